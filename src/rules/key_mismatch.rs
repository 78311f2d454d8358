use super::Context;
use super::fallback_scan::walks_keyspace;
use super::finding::{Confidence, Finding, Label, Severity};
use super::wording::{at_event, label, quoted, way_to};
use crate::program::{Access, Command, EventId, FuncId, Program, Template};
use std::collections::{BTreeMap, BTreeSet};

/// A key in use.
struct Use<'a> {
    template: &'a Template,
    access: Access,
    value_type: &'a str,
    command: EventId,
    /// Calls that hand the key down, outermost first.
    chain: &'a [EventId],
    live: bool,
    /// Whether no code may ever put this key together.
    mixed: bool,
}

impl Use<'_> {
    /// A command that takes what it reads is the other end of a queue: it counts as both.
    fn writes(&self) -> bool {
        self.access.writes || self.access.reads && self.access.deletes
    }
}

/// Uses of keys of one family.
#[derive(Default)]
struct Family<'a> {
    readers: Vec<&'a Use<'a>>,
    writers: Vec<&'a Use<'a>>,
    dead_writers: Vec<&'a Use<'a>>,
    deleters: Vec<&'a Use<'a>>,
}

/// Values whose keys are not known: they could be anything of their type.
#[derive(Default)]
struct Unresolved<'a> {
    reads: BTreeSet<&'a str>,
    writes: BTreeSet<&'a str>,
}

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    let mut unresolved = Unresolved::default();
    let uses = uses(program, &mut unresolved);
    let mut families: BTreeMap<(String, &str), Family<'_>> = BTreeMap::new();
    for one in &uses {
        let family = families
            .entry((one.template.family(), type_group(one.value_type)))
            .or_default();
        if !one.live {
            if one.writes() {
                family.dead_writers.push(one);
            }
            continue;
        }
        if one.access.reads {
            family.readers.push(one);
        }
        if one.writes() {
            family.writers.push(one);
        }
        if one.access.deletes && !one.access.reads {
            family.deleters.push(one);
        }
    }
    let scripts = script_texts(program);
    let lone_readers: Vec<&Family<'_>> = families
        .values()
        .filter(|f| !f.readers.is_empty() && f.writers.is_empty())
        // What a server named itself is there.
        .filter(|f| {
            f.readers
                .iter()
                .any(|r| !r.mixed && !r.template.is_listed())
        })
        .filter(|f| !written_elsewhere(context, &uses, &unresolved, &scripts, f.readers[0]))
        .collect();
    // Where one of several names of a key is written, the others are no mistake.
    let lone_families: BTreeSet<String> = lone_readers
        .iter()
        .map(|f| f.readers[0].template.family())
        .collect();
    let served: BTreeSet<(EventId, &[EventId])> = uses
        .iter()
        .filter(|u| u.access.reads && !lone_families.contains(&u.template.family()))
        .map(|u| (u.command, u.chain))
        .collect();
    let lone_writers: Vec<&Family<'_>> = families
        .values()
        .filter(|f| !f.writers.is_empty() && f.readers.is_empty())
        .filter(|f| !read_elsewhere(context, &uses, &unresolved, &scripts, f.writers[0]))
        .collect();
    let common = common_words(&uses);
    let mut paired = BTreeSet::new();
    for family in &lone_readers {
        let readers: Vec<&Use<'_>> = family
            .readers
            .iter()
            .filter(|r| !r.template.is_listed() && !served.contains(&(r.command, r.chain)))
            .copied()
            .collect();
        let Some(reader) = readers.first() else {
            continue;
        };
        let partner = lone_writers.iter().find(|w| {
            let writer = w.writers[0];
            compatible(writer.value_type, reader.value_type)
                && one_entity(writer.template, reader.template, &common)
        });
        // Alone, a missing writer may be a library that was given the client.
        if partner.is_none() && program.shares_client {
            continue;
        }
        if let Some(partner) = partner {
            paired.insert(partner.writers[0].template.family());
        }
        // Each function that reads is told once.
        let mut by_function: BTreeMap<FuncId, Vec<&Use<'_>>> = BTreeMap::new();
        for reader in readers.iter().copied() {
            let func = program.outermost(program.event(reader.command).func);
            by_function.entry(func).or_default().push(reader);
        }
        for readers in by_function.values() {
            let dead = same_dead_writers(&families, reader.template);
            out.push(report_reader(
                program,
                readers,
                partner.copied(),
                &dead,
                family,
            ));
        }
    }
    for family in lone_writers.into_iter().filter(|_| !program.shares_client) {
        let writer = family.writers[0];
        if !paired.contains(&writer.template.family()) {
            out.push(report_writer(program, writer));
        }
    }
}

fn uses<'a>(program: &'a Program, unresolved: &mut Unresolved<'a>) -> Vec<Use<'a>> {
    let mut out = Vec::new();
    for keyed in &program.commands {
        let event = program.event(keyed.event);
        let function = program.function(event.func);
        if function.test {
            continue;
        }
        let Some(command) = event.command() else {
            continue;
        };
        let value_type = program
            .library
            .commands
            .get(&command.name)
            .map_or("any", |c| c.value_type.as_str());
        let value_type = if value_type == "none" {
            "any"
        } else {
            value_type
        };
        let mut note = |access: Access| {
            if access.reads {
                unresolved.reads.insert(value_type);
            }
            if access.writes {
                unresolved.writes.insert(value_type);
            }
        };
        for key in &keyed.keys {
            match &key.template {
                Some(template) if !template.is_bare() => out.push(Use {
                    template,
                    access: key.access,
                    value_type,
                    command: keyed.event,
                    chain: &keyed.chain,
                    live: function.live,
                    mixed: key.mixed,
                }),
                // Dead code cannot be the missing partner.
                _ if function.live => note(key.access),
                _ => {}
            }
        }
        if keyed.open && function.live {
            for key in &command.keys {
                note(key.access);
            }
        }
    }
    out
}

/// Types that can hold the same value for this purpose.
fn type_group(value_type: &str) -> &str {
    match value_type {
        "bitmap" | "hll" => "string",
        "geo" => "zset",
        other => other,
    }
}

fn compatible(a: &str, b: &str) -> bool {
    let (a, b) = (type_group(a), type_group(b));
    let any = |t: &str| t == "any" || t.contains('|');
    a == b || any(a) || any(b)
}

/// Literal texts of scripts: a key spelled out there may be read or written by the script.
fn script_texts(program: &Program) -> Vec<String> {
    program
        .events
        .iter()
        .filter_map(|e| e.command()?.script.as_ref()?.literal())
        .collect()
}

fn in_scripts(scripts: &[String], template: &Template) -> bool {
    let Some(longest) = template.literals().max_by_key(|t| t.len()) else {
        return false;
    };
    longest.len() > 2 && scripts.iter().any(|s| s.contains(longest))
}

fn is_external(context: &Context<'_>, template: &Template) -> bool {
    context
        .settings
        .external
        .iter()
        .any(|p| p.matches(&template.text()))
}

fn written_elsewhere(
    context: &Context<'_>,
    uses: &[Use<'_>],
    unresolved: &Unresolved<'_>,
    scripts: &[String],
    reader: &Use<'_>,
) -> bool {
    is_external(context, reader.template)
        || unresolved
            .writes
            .iter()
            .any(|t| compatible(t, reader.value_type))
        || in_scripts(scripts, reader.template)
        || uses.iter().any(|u| {
            u.live
                && u.writes()
                && compatible(u.value_type, reader.value_type)
                && u.template.may_match(reader.template)
        })
}

fn read_elsewhere(
    context: &Context<'_>,
    uses: &[Use<'_>],
    unresolved: &Unresolved<'_>,
    scripts: &[String],
    writer: &Use<'_>,
) -> bool {
    let program = context.program;
    is_external(context, writer.template)
        || unresolved
            .reads
            .iter()
            .any(|t| compatible(t, writer.value_type))
        || in_scripts(scripts, writer.template)
        || uses.iter().any(|u| {
            u.live
                && u.access.reads
                && compatible(u.value_type, writer.value_type)
                && u.template.may_match(writer.template)
        })
        || program.commands.iter().any(|c| {
            program.function(program.event(c.event).func).live
                && program
                    .event(c.event)
                    .command()
                    .is_some_and(|c| c.pattern.is_some())
                && c.pattern
                    .as_ref()
                    .is_none_or(|p| p.is_bare() || writer.template.may_match_glob(p))
        })
}

/// Words that keys of more than two families have: they name the service, not what a key is about.
fn common_words(uses: &[Use<'_>]) -> BTreeSet<String> {
    let families: BTreeMap<String, &Template> = uses
        .iter()
        .map(|one| (one.template.family(), one.template))
        .collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in families.values().flat_map(|template| words(template)) {
        *counts.entry(word).or_default() += 1;
    }
    let common = counts.into_iter().filter(|(_, count)| *count > 2);
    common.map(|(word, _)| word).collect()
}

/// The words that a template is made with.
fn words(template: &Template) -> BTreeSet<String> {
    template
        .literals()
        .flat_map(|l| l.split(|c: char| !c.is_alphanumeric()))
        .map(str::to_lowercase)
        .filter(|w| w.len() > 2)
        .collect()
}

/// Whether two templates are about the same thing: a value of the same name, or a word that few others
/// have.
fn one_entity(a: &Template, b: &Template, common: &BTreeSet<String>) -> bool {
    let names =
        |t: &Template| -> BTreeSet<String> { t.holes().map(|h| h.display_name()).collect() };
    let (names_a, names_b) = (names(a), names(b));
    let (words_a, words_b) = (words(a), words(b));
    let shares_word = words_a
        .intersection(&words_b)
        .any(|word| !common.contains(word));
    let shares_value = names_a.intersection(&names_b).any(|n| n != "value");
    shares_value || shares_word && a.holes().count() == b.holes().count()
}

fn same_dead_writers<'a>(
    families: &BTreeMap<(String, &str), Family<'a>>,
    template: &Template,
) -> Vec<&'a Use<'a>> {
    families
        .values()
        .flat_map(|f| &f.dead_writers)
        .filter(|w| w.template.family() == template.family())
        .copied()
        .collect()
}

fn type_name(value_type: &str) -> &str {
    match type_group(value_type) {
        "zset" => "sorted set",
        "any" => "value",
        other => other,
    }
}

fn writer_label(program: &Program, one: &Use<'_>, text: String) -> Label {
    label(program, program.event(one.command).site, text)
}

fn report_reader(
    program: &Program,
    readers: &[&Use<'_>],
    partner: Option<&Family<'_>>,
    dead: &[&Use<'_>],
    family: &Family<'_>,
) -> Finding {
    let reader = readers[0];
    let event = program.event(reader.command);
    let severity = if partner.is_some() {
        Severity::Error
    } else {
        Severity::Warning
    };
    let mut finding = at_event("key-mismatch", severity, program, event);
    finding.confidence = if partner.is_some() {
        Confidence::High
    } else {
        Confidence::Medium
    };
    finding.message = format!(
        "{} is read, but nothing that runs writes it",
        quoted(reader.template)
    );
    let command = event.command().map_or("", |c| c.name.as_str());
    finding.chain = way_to(program, reader.command);
    let asked = match finding.chain.first() {
        Some(first) if first.kind == super::LinkKind::Handler => {
            format!(", on the way from {}", first.label)
        }
        _ => String::new(),
    };
    finding.primary = format!(
        "{command} reads this {}{asked}",
        type_name(reader.value_type)
    );
    for reader in readers {
        if let Some(call) = reader.chain.first().copied() {
            finding.labels.push(label(
                program,
                program.event(call).site,
                "the key comes from here",
            ));
        }
    }
    for writer in dead {
        let name = &program
            .function(program.outermost(program.event(writer.command).func))
            .name;
        finding.labels.push(writer_label(
            program,
            writer,
            format!("its only writer is {name}, which nothing calls"),
        ));
    }
    if let Some(partner) = partner {
        for writer in &partner.writers {
            finding.labels.push(writer_label(
                program,
                writer,
                format!(
                    "{} is written here (a {} of the same entity), and nothing reads it",
                    quoted(writer.template),
                    type_name(writer.value_type)
                ),
            ));
        }
    }
    for deleter in &family.deleters {
        finding.labels.push(writer_label(
            program,
            deleter,
            "removed here under the same name".into(),
        ));
    }
    for other in readers[1..].iter().filter(|r| r.command != reader.command) {
        finding
            .labels
            .push(writer_label(program, other, "read here too".into()));
    }
    finding.labels.sort();
    finding.labels.dedup();
    finding.note = match fallback(program, reader.command) {
        Some(place) => format!(
            "every lookup misses, so callers take their fallback: see fallback-scan at {place}"
        ),
        None => "every lookup misses, so callers take whatever they do on a miss".into(),
    };
    finding.help = if partner.is_some() {
        "build the key in one function and call it from both places".into()
    } else {
        "write the key where it is made, or list it under `external:` when another service owns it"
            .into()
    };
    finding.keys = vec![reader.template.text()];
    if let Some(partner) = partner {
        finding.keys.push(partner.writers[0].template.text());
    }
    finding
}

/// The walk over the keyspace that a miss of this reader leads to.
fn fallback(program: &Program, reader: EventId) -> Option<String> {
    let from_reader = |earlier| program.reaches_command(earlier, &|id, _: &Command| id == reader);
    program
        .command_events()
        .filter(|(_, event, command)| walks_keyspace(event, command))
        .find(|(id, ..)| program.miss_path(*id, &from_reader).is_some())
        .map(|(_, event, _)| format!("{}:{}", program.path(event.site.file), event.site.span.line))
}

fn report_writer(program: &Program, writer: &Use<'_>) -> Finding {
    let event = program.event(writer.command);
    let mut finding = at_event("key-mismatch", Severity::Note, program, event);
    finding.confidence = Confidence::Medium;
    finding.message = format!(
        "{} is written, but nothing that runs reads it",
        quoted(writer.template)
    );
    finding.primary = format!("writes this {}", type_name(writer.value_type));
    finding.note = "it takes memory and time for nobody in this program".into();
    finding.help =
        "drop the write, or list the key under `external:` when another service reads it".into();
    finding.keys = vec![writer.template.text()];
    finding
}
