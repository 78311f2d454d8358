//! From roots to text: which files take part in a run, what they say, and where a byte stands.

pub mod embed;
pub mod lines;
pub mod read;
pub mod walk;

pub use embed::embedded;
pub use lines::{LineIndex, ceil_boundary, floor_boundary};
pub use read::{MAX_BYTES, Text, from_bytes, read};
pub use walk::{
    CONFIG_FILE, FileKind, Found, Options, STDIN, STDIN_DISPLAY, Skipped, SourceFile, display, find,
};
