//! Hash tags and slots of a Redis cluster.
//!
//! The rule, in our words, from the Redis cluster specification ("Key distribution model" and "Hash
//! tags"): a key belongs to one of 16384 slots, the CRC16 of its hash input modulo 16384. The hash
//! input is the text between the first `{` and the first `}` after it; when there is no such pair,
//! or nothing stands between the two, it is the whole key. The CRC is CRC16-XMODEM: polynomial
//! 0x1021, initial value 0, no reflection. Keys are bytes: case counts and nothing is trimmed.

use crc16::{State, XMODEM};

/// Slots of a cluster.
pub const SLOTS: u16 = 16384;

/// The bytes between a key's first `{` and the first `}` after it, if there are any.
pub fn hash_tag(key: &[u8]) -> Option<&[u8]> {
    let open = memchr::memchr(b'{', key)?;
    let rest = &key[open + 1..];
    let close = memchr::memchr(b'}', rest)?;
    (close > 0).then(|| &rest[..close])
}

/// The slot of a key, below [`SLOTS`].
pub fn slot(key: &[u8]) -> u16 {
    State::<XMODEM>::calculate(hash_tag(key).unwrap_or(key)) % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Keys with hash tag and slot as real servers say them; see the file beside the data.
    const VECTORS: &str = include_str!("../../tests/data/hash-tag-vectors.tsv");

    #[test]
    fn agrees_with_real_servers() {
        let mut count = 0;
        for line in VECTORS.lines().skip(1) {
            let fields: Vec<&str> = line.split('\t').collect();
            let key: String = serde_json::from_str(fields[0]).unwrap();
            let tag: Option<String> =
                (!fields[1].is_empty()).then(|| serde_json::from_str(fields[1]).unwrap());
            let expected: u16 = fields[2].parse().unwrap();
            assert_eq!(slot(key.as_bytes()), expected, "slot of {key:?}");
            assert_eq!(
                hash_tag(key.as_bytes()),
                tag.as_deref().map(str::as_bytes),
                "hash tag of {key:?}"
            );
            count += 1;
        }
        assert_eq!(count, 66);
    }

    /// The rule once more, one byte and one bit at a time, as the specification tells it.
    fn slot_by_bits(key: &[u8]) -> u16 {
        let mut input = key;
        for start in 0..key.len() {
            if key[start] == b'{' {
                for end in start + 1..key.len() {
                    if key[end] == b'}' {
                        if end > start + 1 {
                            input = &key[start + 1..end];
                        }
                        break;
                    }
                }
                break;
            }
        }
        let mut crc: u32 = 0;
        for byte in input {
            for bit in (0..8).rev() {
                let carry = (crc >> 15) & 1;
                crc = (crc << 1) & 0xFFFF;
                if carry ^ u32::from(byte >> bit & 1) == 1 {
                    crc ^= 0x1021;
                }
            }
        }
        u16::try_from(crc % 16384).unwrap()
    }

    proptest! {
        #[test]
        fn agrees_with_the_specification_on_bytes(key in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(slot(&key), slot_by_bits(&key));
        }

        #[test]
        fn agrees_with_the_specification_on_braces(key in "[{}ab:]{0,12}") {
            prop_assert_eq!(slot(key.as_bytes()), slot_by_bits(key.as_bytes()));
        }
    }
}
