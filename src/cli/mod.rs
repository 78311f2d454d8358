//! The command line: arguments, subcommands, exit statuses. The only room that prints.

mod args;
mod check;
mod output;
mod pages;
mod place;
mod project;
mod slot;

use args::{Arguments, Command};
use clap::{CommandFactory, Parser, error::ErrorKind};
use std::ffi::OsString;
use std::panic::catch_unwind;
use std::process::ExitCode;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// Nothing to complain of.
    Clean,
    /// Findings at or above the threshold, or keys in different slots.
    Findings,
    /// A usage, configuration, I/O or internal error.
    Failure,
    /// A given root holds nothing readable.
    Nothing,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Clean => 0,
            Status::Findings => 1,
            Status::Failure => 2,
            Status::Nothing => 3,
        })
    }
}

/// Runs slotlint with the arguments of the process, its name first, and says how the process ends:
/// 0 nothing to report, 1 findings, 2 usage, configuration, I/O or internal error, 3 a given root
/// holds nothing readable.
pub fn run<I, T>(arguments: I) -> ExitCode
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let result = Arguments::try_parse_from(arguments).and_then(|arguments| {
        // A fault of slotlint must not end with a status that scripts take for something else; the
        // panic's own message is on standard error by then.
        catch_unwind(|| dispatch(&arguments.command)).unwrap_or(Ok(Status::Failure))
    });
    match result {
        Ok(status) => status.into(),
        Err(error) => {
            // Nothing can be done when even this cannot be written.
            let _ = error.print();
            u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
        }
    }
}

fn dispatch(command: &Command) -> Result<Status, clap::Error> {
    match command {
        Command::Check(check) => check::run(check),
        Command::Slot(slot) => Ok(slot::run(slot)),
        Command::Explain(explain) => Ok(pages::explain(explain)),
        Command::Rules => Ok(pages::rules()),
        Command::Facts(facts) => Ok(place::run(facts)),
    }
}

/// A usage error in the words of the argument parser.
fn usage(kind: ErrorKind, message: &str) -> clap::Error {
    Arguments::command().error(kind, message)
}
