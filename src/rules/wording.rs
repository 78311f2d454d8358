//! Pieces that messages of several rules are made of.

use super::finding::{Confidence, Finding, Label, Link, LinkKind, Severity};
use crate::facts::{Lang, Span};
use crate::program::{Event, EventId, FuncId, Program, Site, Template, Upper};
use std::collections::{BTreeSet, VecDeque};

/// A finding at an event, with everything else still to be filled in.
pub fn at_event(
    rule: &'static str,
    severity: Severity,
    program: &Program,
    event: &Event,
) -> Finding {
    let mut finding = at(rule, severity, program, event.site);
    finding.text = event.text.to_string();
    finding.idle = is_idle(program, event.func);
    finding
}

/// Whether nothing in production calls a function, as far as the program shows.
pub fn is_idle(program: &Program, func: FuncId) -> bool {
    let function = program.function(program.outermost(func));
    function.unused || function.aside
}

/// A finding at a place.
pub fn at(rule: &'static str, severity: Severity, program: &Program, site: Site) -> Finding {
    Finding {
        rule,
        severity,
        confidence: Confidence::High,
        path: program.path(site.file).to_string(),
        span: site.span,
        message: String::new(),
        primary: String::new(),
        note: String::new(),
        help: String::new(),
        labels: Vec::new(),
        chain: Vec::new(),
        text: String::new(),
        keys: Vec::new(),
        idle: false,
    }
}

/// A label at a place.
pub fn label(program: &Program, site: Site, message: impl Into<String>) -> Label {
    Label {
        path: program.path(site.file).to_string(),
        span: site.span,
        message: message.into(),
    }
}

/// A link that names a function at a place in it.
pub fn link(program: &Program, kind: LinkKind, func: FuncId, site: Site) -> Link {
    Link {
        kind,
        label: program.function(func).name.clone(),
        path: program.path(site.file).to_string(),
        line: site.span.line,
        value_ms: None,
    }
}

/// A link to a place in a manifest or configuration.
pub fn link_at(
    kind: LinkKind,
    label: impl Into<String>,
    path: &str,
    span: Span,
    value_ms: Option<u64>,
) -> Link {
    Link {
        kind,
        label: label.into(),
        path: path.to_string(),
        line: span.line,
        value_ms,
    }
}

/// How a handler is called by people: its route if one is known.
pub fn handler_name(program: &Program, func: FuncId) -> String {
    let name = &program.function(func).name;
    let route = program.route_of(func);
    match route.and_then(|h| h.path.as_ref().or(h.procedure.as_ref())) {
        Some(path) => format!("{path} -> {name}"),
        None => name.clone(),
    }
}

/// The shortest way from a request handler, or else from a function that nothing calls, down to an
/// event; empty when the event stands in one itself and nobody asks for it.
pub fn way_to(program: &Program, event: EventId) -> Vec<Link> {
    let start = program.event(event).func;
    let mut nodes: Vec<(Upper, Option<usize>)> = vec![((start, None, None), None)];
    let mut seen = BTreeSet::from([(start, None)]);
    let mut queue = VecDeque::from([0usize]);
    let mut last_top = None;
    let mut found = None;
    while let Some(at) = queue.pop_front() {
        let (func, _, need) = nodes[at].0;
        if program.function(func).handler {
            found = Some(at);
            break;
        }
        let uppers = program.uppers(func, need, start);
        if uppers.is_empty() && last_top.is_none() {
            last_top = Some(at);
        }
        for upper in uppers {
            // What is used elsewhere is not shown by what nothing uses.
            if is_idle(program, upper.0) && !is_idle(program, start) {
                continue;
            }
            if seen.insert((upper.0, upper.2)) {
                nodes.push((upper, Some(at)));
                queue.push_back(nodes.len() - 1);
            }
        }
    }
    let Some(top) = found.or(last_top) else {
        return Vec::new();
    };
    let mut calls = Vec::new();
    let mut current = Some(top);
    while let Some(number) = current {
        let ((_, call, _), back) = nodes[number];
        calls.extend(call);
        current = back;
    }
    chain(program, nodes[top].0.0, &calls, event)
}

/// The links of a way: where it begins, each call, and the function that holds the event.
pub fn chain(program: &Program, top: FuncId, calls: &[EventId], event: EventId) -> Vec<Link> {
    let mut out = Vec::new();
    let function = program.function(top);
    let (kind, label) = if function.handler {
        (LinkKind::Handler, handler_name(program, top))
    } else {
        (LinkKind::Call, function.name.clone())
    };
    out.push(Link {
        kind,
        label,
        path: program.path(function.file).to_string(),
        line: function.span.line,
        value_ms: None,
    });
    for (i, call) in calls.iter().enumerate() {
        let next = match calls.get(i + 1) {
            Some(next) => program.event(*next).func,
            None => program.event(event).func,
        };
        out.push(link(
            program,
            LinkKind::Call,
            program.outermost(next),
            program.event(*call).site,
        ));
    }
    out
}

/// A client library as people call it, with its version if that is known.
pub fn client_name(program: &Program, module: &str, version: Option<&str>) -> String {
    let client = program.library.client(module);
    let name = client.map_or("the client", |c| c.client.as_str());
    match version {
        Some(version) => format!("{name} {version}"),
        None => name.to_string(),
    }
}

/// A template in backticks.
pub fn quoted(template: &Template) -> String {
    format!("`{}`", template.text())
}

/// A value in braces, as the code at an event would write it.
pub fn in_braces(program: &Program, event: &Event, value: &str) -> String {
    let is_name = value.chars().all(|c| c.is_alphanumeric() || c == '_');
    let code = program.files[event.site.file as usize].code.as_ref();
    match code.map(|c| c.lang) {
        // A brace that is to be in the text stands twice.
        Some(Lang::Rust) => format!(
            "`{{<{value}>}}` (in `format!`: `{{{{{{{}}}}}}}`)",
            if is_name { value } else { "" }
        ),
        _ => format!("`{{<{value}>}}`"),
    }
}

/// The glob patterns of a command on all of its paths, in backticks.
pub fn patterns(program: &Program, command: EventId) -> Vec<String> {
    let known: BTreeSet<String> = program
        .commands
        .iter()
        .filter(|c| c.event == command)
        .filter_map(|c| c.pattern.as_ref())
        .filter(|p| !p.is_bare())
        .map(quoted)
        .collect();
    known.into_iter().collect()
}

/// Names as they are, without the quotes that messages put around them.
pub fn unquoted(names: &[String]) -> Vec<String> {
    let bare = names.iter().map(|name| name.trim_matches('`'));
    bare.map(str::to_string).collect()
}

/// `2 s`, `350 ms`.
pub fn duration(ms: u64) -> String {
    crate::config::format_ms(ms)
}

/// `a, b and c`.
pub fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// `a or b`, and how many more there are.
pub fn either(names: &[String]) -> String {
    const SHOWN: usize = 3;
    match names.len().saturating_sub(SHOWN) {
        0 => names.join(" or "),
        more => format!("{} or {more} more", names[..SHOWN].join(", ")),
    }
}
