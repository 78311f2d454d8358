//! What is known of one place, for people who wonder why something is reported or silent.

use super::{EventKind, Program, Template};
use std::fmt::Write as _;

/// Tells what is known of the calls and commands on a line: receiver, command, key, slot, and why
/// something is unknown.
#[must_use]
pub fn describe(program: &Program, path: &str, line: u32) -> String {
    let mut out = String::new();
    for (number, event) in program.events.iter().enumerate() {
        let id = super::EventId(number as u32);
        if event.site.span.line != line || program.path(event.site.file) != path {
            continue;
        }
        let function = program.function(event.func);
        match &event.kind {
            EventKind::Command(command) => {
                let _ = writeln!(
                    out,
                    "{path}:{line}:{}: {} in {}",
                    event.site.span.column, command.name, function.name
                );
                if let Some(connection) = program.connections.get(&id) {
                    let _ = writeln!(
                        out,
                        "  connection: {:?} of {} {}{}",
                        connection.kind,
                        connection.client,
                        connection.version.as_deref().unwrap_or("(version unknown)"),
                        if connection.cluster {
                            ", judged as a cluster"
                        } else {
                            ""
                        },
                    );
                    for site in &connection.made {
                        let _ = writeln!(
                            out,
                            "  made at: {}:{}",
                            program.path(site.file),
                            site.span.line
                        );
                    }
                }
                let _ = writeln!(
                    out,
                    "  reached: {}",
                    if function.live {
                        "yes"
                    } else {
                        "no, nothing that runs calls it"
                    }
                );
                for keyed in program.commands.iter().filter(|c| c.event == id) {
                    for key in &keyed.keys {
                        let _ = writeln!(out, "  key: {}", describe_key(key.template.as_ref()));
                    }
                    if keyed.open {
                        out.push_str("  further keys are not known\n");
                    }
                    if let Some(pattern) = &keyed.pattern {
                        let _ = writeln!(out, "  pattern: {}", pattern.text());
                    }
                    for call in &keyed.chain {
                        let call = program.event(*call);
                        let _ = writeln!(
                            out,
                            "    by way of {} ({}:{})",
                            program.function(call.func).name,
                            program.path(call.site.file),
                            call.site.span.line
                        );
                    }
                }
            }
            EventKind::Call { callees, .. } => {
                if callees.is_empty() {
                    let _ = writeln!(
                        out,
                        "{path}:{line}:{}: call of a value that is not followed to a function",
                        event.site.span.column
                    );
                    continue;
                }
                let names: Vec<&str> = callees
                    .iter()
                    .map(|f| program.function(*f).name.as_str())
                    .collect();
                let _ = writeln!(
                    out,
                    "{path}:{line}:{}: call of {}",
                    event.site.span.column,
                    names.join(", ")
                );
            }
            EventKind::Queue {
                kind, connection, ..
            } => {
                let _ = writeln!(
                    out,
                    "{path}:{line}:{}: {kind:?} on a {connection:?} connection",
                    event.site.span.column
                );
            }
            EventKind::Define(_) | EventKind::Connect(_) => {}
        }
    }
    if out.is_empty() {
        let _ = writeln!(
            out,
            "{path}:{line}: no call of the program and no Redis command is known here"
        );
    }
    out
}

fn describe_key(template: Option<&Template>) -> String {
    let Some(template) = template else {
        return "unknown: its value comes from something that is not followed".into();
    };
    if template.is_bare() {
        return format!(
            "{}: unknown, nothing in the program says what it is",
            template.text()
        );
    }
    let tag = match template.hash_tag() {
        Some(tag) => format!("hash tag {}", super::value::render(&tag)),
        None => "no hash tag".into(),
    };
    match template.slot() {
        Some(slot) => format!("{} ({tag}, slot {slot})", template.text()),
        None => format!("{} ({tag})", template.text()),
    }
}
