use super::Context;
use super::finding::{Finding, Severity};
use super::wording::{at_event, either, patterns, unquoted, way_to};

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    for (id, event, command) in program.command_events() {
        if command.name != "KEYS" {
            continue;
        }
        let patterns = patterns(program, id);
        let mut finding = at_event("keys-command", Severity::Error, program, event);
        finding.message = match patterns.as_slice() {
            [] => "KEYS walks the whole keyspace and blocks the server while it does".into(),
            some => format!(
                "KEYS {} walks the whole keyspace and blocks the server while it does",
                either(some)
            ),
        };
        finding.primary = "looks at every key of the server, whatever the pattern says".into();
        finding.note =
            "every other client waits until it is done: O(N) in the size of the database".into();
        let names_one = |p: &String| !p.contains(['*', '?', '[']);
        finding.help = if !patterns.is_empty() && patterns.iter().all(names_one) {
            "a pattern without a wildcard is the name of one key: ask EXISTS, or read the key"
                .into()
        } else {
            "keep the names in a set or sorted set that the writers maintain, or walk with SCAN outside requests".into()
        };
        finding.chain = way_to(program, id);
        finding.keys = unquoted(&patterns);
        out.push(finding);
    }
}
