use super::Context;
use super::finding::{Confidence, Finding, Severity};
use super::wording::{at_event, in_braces, label, quoted};
use crate::config::ClusterMode;
use crate::program::{EventId, FuncId, KeyedUnit, Program, Site, Template};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A template in use: where, and whether slots matter there.
struct Use<'a> {
    template: &'a Template,
    command: EventId,
    cluster: bool,
}

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    if program.cluster_mode() == ClusterMode::Off {
        return;
    }
    let uses = uses(program);
    let mut units: HashMap<EventId, Vec<&KeyedUnit>> = HashMap::new();
    for unit in program.units.iter().filter(|u| u.connection.cluster) {
        let mut commands: Vec<EventId> = unit.keys.iter().map(|k| k.command).collect();
        commands.sort();
        commands.dedup();
        for command in commands {
            units.entry(command).or_default().push(unit);
        }
    }
    let tagged = tagged(&uses);
    let mut siblings: HashMap<String, Option<Evidence<'_>>> = HashMap::new();
    // One finding for each function and template: the evidence, and the places.
    let mut found: BTreeMap<(FuncId, String), (Vec<&Use<'_>>, Evidence<'_>)> = BTreeMap::new();
    for one in &uses {
        if one.template.hash_tag().is_some()
            || one.template.is_emptied()
            || one.template.holes().next().is_none()
        {
            continue;
        }
        let Some(evidence) = together(&units, one).or_else(|| {
            // Keys that read alike have the same siblings.
            *siblings
                .entry(one.template.text())
                .or_insert_with(|| sibling(one, &tagged))
        }) else {
            continue;
        };
        let func = program.outermost(program.event(one.command).func);
        found
            .entry((func, one.template.family()))
            .and_modify(|(places, _)| places.push(one))
            .or_insert_with(|| (vec![one], evidence));
    }
    for ((_, _), (mut places, evidence)) in found {
        places.sort_by_key(|p| program.event(p.command).site);
        places.dedup_by_key(|p| p.command);
        out.push(report(program, &places, &evidence));
    }
}

fn uses(program: &Program) -> Vec<Use<'_>> {
    let mut out = Vec::new();
    for keyed in &program.commands {
        let event = program.event(keyed.event);
        if !program.is_judged(event.func) || !program.function(event.func).live {
            continue;
        }
        let cluster = program
            .connections
            .get(&keyed.event)
            .is_some_and(|c| c.cluster);
        for key in &keyed.keys {
            if let Some(template) = &key.template
                && !template.is_bare()
                && !key.unsure
                && !key.mixed
            {
                out.push(Use {
                    template,
                    command: keyed.event,
                    cluster,
                });
            }
        }
    }
    out
}

/// Why a tag is expected.
#[derive(Clone, Copy)]
struct Evidence<'a> {
    sibling: &'a Template,
    command: EventId,
    together: bool,
}

/// A key of the same value, used in the same unit, that has the tag.
fn together<'a>(
    units: &HashMap<EventId, Vec<&'a KeyedUnit>>,
    one: &Use<'_>,
) -> Option<Evidence<'a>> {
    for unit in units.get(&one.command).into_iter().flatten() {
        if !unit
            .keys
            .iter()
            .any(|k| k.command == one.command && k.template.as_ref() == Some(one.template))
        {
            continue;
        }
        for key in &unit.keys {
            let Some(other) = &key.template else { continue };
            if let Some(tag) = other.tag_hole()
                && one.template.holes().any(|hole| *hole == tag)
            {
                return Some(Evidence {
                    sibling: other,
                    command: key.command,
                    together: true,
                });
            }
        }
    }
    None
}

/// A key of the same entity that has the tag: the same text before it; or a value of the same name, if
/// that says something, to which the same words lead, or the same first word.
fn sibling<'a>(one: &Use<'_>, tagged: &[Tagged<'a>]) -> Option<Evidence<'a>> {
    let before = one.template.text_before_hole();
    let word = first_word(&before);
    let names: Vec<String> = one
        .template
        .holes()
        .map(|hole| hole.display_name())
        .collect();
    tagged
        .iter()
        .find(|other| {
            let same_text = other.before == before && !before.is_empty();
            let same_name = names.contains(&other.name) && !is_generic(&other.name);
            let leads = !other.before.is_empty() && before.starts_with(&other.before);
            let same_word = !word.is_empty() && other.word == word;
            same_text || same_name && (leads || same_word)
        })
        .map(|other| Evidence {
            sibling: other.template,
            command: other.command,
            together: false,
        })
}

/// A key whose hash tag is one value.
struct Tagged<'a> {
    template: &'a Template,
    command: EventId,
    /// Literal text before the tag.
    before: String,
    /// The first word of that.
    word: String,
    /// The value's name.
    name: String,
}

/// Keys with a tag, one for each text before it and name of its value.
fn tagged<'a>(uses: &[Use<'a>]) -> Vec<Tagged<'a>> {
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for one in uses {
        let Some(tag) = one.template.tag_hole() else {
            continue;
        };
        let text = one.template.text_before_hole();
        let Some(before) = text.strip_suffix('{') else {
            continue;
        };
        let name = tag.display_name();
        if seen.insert((before.to_string(), name.clone())) {
            out.push(Tagged {
                template: one.template,
                command: one.command,
                before: before.to_string(),
                word: first_word(&text).to_string(),
                name,
            });
        }
    }
    out
}

/// Names that any value may have.
fn is_generic(name: &str) -> bool {
    matches!(name, "id" | "key" | "name" | "value" | "k" | "s" | "v")
}

/// `cart` of `cart:total:`.
fn first_word(text: &str) -> &str {
    match text.find([':', '/', '|', '.', '{']) {
        Some(at) => &text[..at],
        None => "",
    }
}

fn report(program: &Program, places: &[&Use<'_>], evidence: &Evidence<'_>) -> Finding {
    let first = places[0];
    let event = program.event(first.command);
    let severity = if first.cluster {
        Severity::Error
    } else {
        Severity::Note
    };
    let mut finding = at_event("missing-hash-tag", severity, program, event);
    finding.confidence = if evidence.together {
        Confidence::High
    } else {
        Confidence::Medium
    };
    let hole = evidence
        .sibling
        .tag_hole()
        .map(|h| h.display_name())
        .unwrap_or_default();
    finding.message = format!(
        "{} has no hash tag, while {} of the same entity has one",
        quoted(first.template),
        quoted(evidence.sibling)
    );
    finding.primary = format!("{} lies in a slot of its own", quoted(first.template));
    let why = if evidence.together {
        "used together with it"
    } else {
        "a key of the same entity, tagged"
    };
    finding.labels.push(label(
        program,
        program.event(evidence.command).site,
        format!("{} is {why}", quoted(evidence.sibling)),
    ));
    for place in &places[1..] {
        let site: Site = program.event(place.command).site;
        finding.labels.push(label(program, site, "used here too"));
    }
    finding.note = "keys of one entity on different shards cannot be used in one transaction, script or multi-key command".into();
    finding.help = format!(
        "write {} in every key of the entity, in one function that all callers use; renaming a key in use is a migration",
        in_braces(program, event, &hole)
    );
    finding.keys = vec![first.template.text()];
    finding
}
