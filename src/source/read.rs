//! One file to text.

use crate::facts::{ParseError, Span};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Files larger than this many bytes are skipped: sources and manifests written by people are far
/// smaller, and a bound keeps memory and time of a run predictable.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// The text of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text, without a byte order mark; bytes that are not UTF-8 are replaced by U+FFFD.
    pub text: String,
    /// Set when bytes were replaced: names the line of the first one.
    pub error: Option<ParseError>,
}

/// Reads a file.
///
/// # Errors
///
/// The reason, in a few words, why the file is left out: it cannot be opened or read, is no regular
/// file, holds more than [`MAX_BYTES`], or is not text.
pub fn read(path: &Path) -> Result<Text, String> {
    // Asked before opening: opening a FIFO would wait for a writer.
    let metadata = std::fs::metadata(path).map_err(|error| reason(&error))?;
    if !metadata.is_file() {
        return Err("not a regular file".to_owned());
    }
    let file = File::open(path).map_err(|error| reason(&error))?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(MAX_BYTES)).unwrap_or(0));
    // The size is judged by what is read, since a file may grow in between.
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| reason(&error))?;
    from_bytes(bytes)
}

/// Makes text of bytes, by the same rules as [`read`].
///
/// # Errors
///
/// The reason why the bytes are left out: too many, or not text.
pub fn from_bytes(mut bytes: Vec<u8>) -> Result<Text, String> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err(format!("larger than {} MiB", MAX_BYTES / (1024 * 1024)));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err("UTF-16 text, only UTF-8 is read".to_owned());
    }
    if memchr::memchr(0, &bytes).is_some() {
        return Err("binary file".to_owned());
    }
    if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        bytes.drain(..3);
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => Text { text, error: None },
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let before = &bytes[..valid];
            let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
            let line = memchr::memchr_iter(b'\n', before).count() + 1;
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            let column = u32::try_from(valid - line_start + 1).unwrap_or(u32::MAX);
            Text {
                text: String::from_utf8_lossy(bytes).into_owned(),
                error: Some(ParseError {
                    span: Span {
                        line,
                        column,
                        end_line: line,
                        end_column: column.saturating_add(1),
                    },
                    reason: "not UTF-8".to_owned(),
                    partial: true,
                }),
            }
        }
    })
}

/// An I/O error in a few words that do not depend on the platform's wording.
pub(super) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_dropped() {
        let text = from_bytes(b"\xEF\xBB\xBFpackage a\n".to_vec()).unwrap();
        assert_eq!(text.text, "package a\n");
        assert_eq!(text.error, None);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced_and_said() {
        let text = from_bytes(b"package a\n// caf\xE9\nvar x = 1\n".to_vec()).unwrap();
        assert!(text.text.contains("// caf\u{FFFD}\nvar x"));
        let error = text.error.unwrap();
        assert_eq!((error.span.line, error.span.column), (2, 7));
        assert_eq!(error.reason, "not UTF-8");
        assert!(error.partial);
    }

    #[test]
    fn binary_files_are_left_out() {
        assert_eq!(from_bytes(b"a\0b".to_vec()), Err("binary file".to_owned()));
        assert!(from_bytes(b"\xFF\xFEa\0".to_vec()).is_err());
    }

    #[test]
    fn the_size_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big.yaml");
        let file = File::create(&path).unwrap();
        file.set_len(MAX_BYTES + 1).unwrap();
        assert_eq!(read(&path), Err("larger than 32 MiB".to_owned()));
        assert_eq!(
            read(folder.path()).unwrap_err(),
            "not a regular file".to_owned()
        );
        assert_eq!(
            read(&folder.path().join("none.go")).unwrap_err(),
            "does not exist".to_owned()
        );
    }
}
