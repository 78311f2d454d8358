//! Durations as people write them.

/// Nanoseconds of a millisecond.
const MS: u128 = 1_000_000;

/// Reads a duration in Go's notation (`18.814s`, `350ms`, `1h2m3.5s`, `250us`, `10ns`, `0`), with or
/// without a space before a unit, as whole milliseconds, halves rounded up.
///
/// `None` when it is no duration, has no unit, is negative, or is beyond what milliseconds in 64
/// bits hold.
pub fn parse_duration_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    if text == "0" {
        return Some(0);
    }
    let mut rest = text;
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let tail = tail.trim_start();
        let letters = tail
            .find(|c: char| c.is_ascii_digit() || c == '.' || c.is_whitespace())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        total = total.checked_add(nanoseconds(number, unit)?)?;
        rest = tail.trim_start();
    }
    (!text.is_empty())
        .then(|| u64::try_from((total + MS / 2) / MS).ok())
        .flatten()
}

fn nanoseconds(number: &str, unit: &str) -> Option<u128> {
    let scale: u128 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => MS,
        "s" => 1_000 * MS,
        "m" => 60_000 * MS,
        "h" => 3_600_000 * MS,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = if whole.is_empty() {
        0
    } else {
        whole.parse::<u128>().ok()?.checked_mul(scale)?
    };
    let mut digit_scale = scale;
    for digit in fraction.chars() {
        digit_scale /= 10;
        value = value.checked_add(u128::from(digit.to_digit(10)?) * digit_scale)?;
    }
    Some(value)
}

/// Milliseconds as people read them: `350ms` below a second, else seconds without trailing zeros.
pub fn format_ms(ms: u64) -> String {
    if ms < 1_000 {
        return format!("{ms}ms");
    }
    let text = format!("{}.{:03}", ms / 1_000, ms % 1_000);
    format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations() {
        for (text, ms) in [
            ("18.814s", 18_814),
            ("350ms", 350),
            ("1h2m3.5s", 3_723_500),
            ("250us", 0),
            ("500us", 1),
            ("1500µs", 2),
            ("10ns", 0),
            ("2 s", 2_000),
            ("1m 30s", 90_000),
            (" .5s ", 500),
            ("1.s", 1_000),
            ("0", 0),
            ("2.5h", 9_000_000),
        ] {
            assert_eq!(parse_duration_ms(text), Some(ms), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_none() {
        for text in [
            "",
            " ",
            "5",
            "s",
            "-3s",
            "1.2.3s",
            "3 days",
            "3sec",
            "1e3s",
            ".s",
            "1s-",
            "٣s",
            "99999999999999999999999999999999999999999999h",
        ] {
            assert_eq!(parse_duration_ms(text), None, "{text}");
        }
    }

    #[test]
    fn writes_durations() {
        assert_eq!(format_ms(0), "0ms");
        assert_eq!(format_ms(350), "350ms");
        assert_eq!(format_ms(18_814), "18.814s");
        assert_eq!(format_ms(2_000), "2s");
        assert_eq!(format_ms(90_000), "90s");
    }
}
