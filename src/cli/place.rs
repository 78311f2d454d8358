//! `slotlint facts`.

use super::output::{print, say};
use super::project::{Configurations, Project, say_config_error};
use super::{Status, args};
use crate::config::Settings;
use crate::program::{self, Program};
use crate::source::display;

/// Prints what is known of a place.
pub(super) fn run(arguments: &args::Facts) -> Status {
    let configurations = match Configurations::read(&arguments.paths, &arguments.configuration) {
        Ok(configurations) => configurations,
        Err(error) => {
            say_config_error(&error);
            return Status::Failure;
        }
    };
    let mut project = Project::read(&arguments.paths, &configurations, None);
    project.say_troubles(false);
    if !project.missing.is_empty() {
        return Status::Failure;
    }
    let path = display(&arguments.at.file);
    if !project.contains(&path) {
        say(&format!("{path} is not among the files that were read"));
        return Status::Failure;
    }
    let settings = Settings::new(
        None,
        Vec::new(),
        configurations.first(),
        &configurations.configs,
    );
    let program = Program::link(std::mem::take(&mut project.facts), &settings);
    let mut text = program::describe(&program, &path, arguments.at.line);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let text: String = text
        .lines()
        .map(|line| format!("{}\n", crate::report::visible(line)))
        .collect();
    match print(text.as_bytes()) {
        Ok(()) => Status::Clean,
        Err(error) => {
            say(&format!("cannot write to standard output: {error}"));
            Status::Failure
        }
    }
}
