//! Errors of a configuration file, with the place in it.

use miette::{Diagnostic, NamedSource, SourceSpan};
use std::ops::Range;
use std::sync::Arc;
use thiserror::Error;

/// What is wrong with a configuration file.
#[derive(Debug, Error, Diagnostic)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read configuration {path}: {reason}")]
    #[diagnostic(code(slotlint::config))]
    Read {
        /// How the file is called.
        path: String,
        /// Why, in a few words.
        reason: String,
    },
    /// The file says something that slotlint does not understand.
    #[error("{message}")]
    #[diagnostic(code(slotlint::config))]
    Invalid {
        /// What is wrong.
        message: String,
        /// The file's name and text.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// The place.
        #[label("{label}")]
        place: SourceSpan,
        /// What the place has to do with it.
        label: String,
        /// 1-based line of the place.
        line: u32,
        /// How the file is called.
        path: String,
        /// What to write instead.
        #[help]
        help: Option<String>,
    },
}

impl ConfigError {
    /// How the file is called.
    pub fn path(&self) -> &str {
        match self {
            Self::Read { path, .. } | Self::Invalid { path, .. } => path,
        }
    }

    /// 1-based line of the place, 1 when there is none.
    pub fn line(&self) -> u32 {
        match self {
            Self::Read { .. } => 1,
            Self::Invalid { line, .. } => *line,
        }
    }
}

/// Something wrong at a byte range, before file and text are known.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) label: String,
    pub(super) help: Option<String>,
    pub(super) range: Range<usize>,
}
