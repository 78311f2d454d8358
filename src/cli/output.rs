//! Writing to the terminal.

use crate::report::visible;
use std::io::{self, IsTerminal, Write};

/// Writes to standard output. A reader that has gone is no error: it has seen what it wanted.
///
/// # Errors
///
/// What the system says otherwise, such as a full disk.
pub(super) fn print(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Says a line on standard error, without what a terminal would act on.
pub(super) fn say(message: &str) {
    // There is no further place to tell that standard error cannot be written.
    let _ = writeln!(io::stderr().lock(), "slotlint: {}", visible(message));
}

/// Says several lines on standard error, each without what a terminal would act on.
pub(super) fn say_lines(text: &str) {
    let lines: Vec<_> = text.lines().map(visible).collect();
    let _ = writeln!(io::stderr().lock(), "{}", lines.join("\n"));
}

/// Whether standard output takes colours: it is a terminal, and nobody asked for none.
pub(super) fn colours() -> bool {
    io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none()
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
