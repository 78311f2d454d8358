use super::Context;
use super::finding::{Confidence, Finding, Severity};
use super::wording::{at_event, either, label, quoted, way_to};
use crate::program::{Branch, Command, Event, EventId, FuncId, KeyedCommand, Program, Template};
use std::collections::{BTreeMap, BTreeSet};

/// A finding names no more places than this.
const MAX_LABELS: usize = 8;

/// What the first of two commands does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum First {
    /// SET NX without a time to live.
    Lock,
    /// INCR, or INCRBY.
    Count,
}

/// What the second one does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Second {
    /// Sets the time to live.
    Expire,
    /// Removes the key.
    Delete,
}

/// A command with one known key on one path.
struct Step<'a> {
    keyed: &'a KeyedCommand,
    command: &'a Command,
    key: &'a Template,
}

/// Two commands on one key, and the calls that lead to the function in which both begin.
struct Pair<'a> {
    key: &'a Template,
    second: EventId,
    does: Second,
    chain: &'a [EventId],
    near: bool,
    /// Whether the reply of the first decides about the second.
    decided: bool,
}

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    let mut by_root: BTreeMap<FuncId, Vec<Step<'_>>> = BTreeMap::new();
    for keyed in &program.commands {
        let event = program.event(keyed.event);
        let Some(command) = event.command() else {
            continue;
        };
        if !program.is_judged(event.func) || keyed.open {
            continue;
        }
        let begin = keyed.chain.first().copied().unwrap_or(keyed.event);
        let root = program.outermost(program.event(begin).func);
        let steps = by_root.entry(root).or_default();
        for key in &keyed.keys {
            if let Some(key) = &key.template {
                steps.push(Step {
                    keyed,
                    command,
                    key,
                });
            }
        }
    }
    let deleted = program.families(|_, key| key.access.deletes);
    let mut found: BTreeMap<(EventId, First), Vec<Pair<'_>>> = BTreeMap::new();
    for steps in by_root.values() {
        for step in steps {
            let first = match step.command.name.as_str() {
                "INCR" | "INCRBY" => First::Count,
                _ if step.command.only_new && step.command.sets_no_ttl() => First::Lock,
                _ => continue,
            };
            let same: Vec<&Step<'_>> = steps
                .iter()
                .filter(|s| s.key == step.key && s.keyed.event != step.keyed.event)
                .collect();
            let pairs = match first {
                First::Lock => lock(program, step, &same),
                First::Count => count(program, step, &same),
            };
            found
                .entry((step.keyed.event, first))
                .or_default()
                .extend(pairs);
        }
    }
    for ((event, first), pairs) in found {
        if !pairs.is_empty() {
            let freed = |p: &Pair<'_>| deleted.contains(&p.key.family());
            let left = if first == First::Count && pairs.iter().any(freed) {
                Left::Freed
            } else if pairs.iter().all(|p| is_passed(first, p.key)) {
                Left::Passed
            } else {
                Left::Stuck
            };
            out.push(report(program, event, first, &pairs, left));
        }
    }
}

/// What becomes of a key whose time to live was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// It stands in the way for good.
    Stuck,
    /// Something deletes it some time.
    Freed,
    /// Nobody asks for it again: the next round has a key of its own.
    Passed,
}

/// Words that name a stretch of time.
const WINDOWS: [&str; 16] = [
    "bucket",
    "date",
    "day",
    "epoch",
    "hour",
    "interval",
    "minute",
    "month",
    "now",
    "period",
    "time",
    "timestamp",
    "today",
    "ts",
    "week",
    "window",
];

/// Words that name how long a stretch is rather than which one.
const LENGTHS: [&str; 11] = [
    "duration", "len", "length", "limit", "millis", "ms", "name", "sec", "secs", "seconds", "size",
];

/// Words that name what is drawn at random and used once.
const ONCE: [&str; 8] = [
    "challenge",
    "code",
    "csrf",
    "jti",
    "nonce",
    "otp",
    "pkce",
    "state",
];

/// Words that name what someone holds.
const HELD: [&str; 6] = ["leader", "lease", "lock", "locks", "mutex", "semaphore"];

/// Whether the key is one of a stretch of time that passes, or of something that is used once: what is left of
/// it takes memory, and bars nobody's way.
fn is_passed(first: First, key: &Template) -> bool {
    let (told, holes) = key.words();
    let has = |words: &[String], list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    match first {
        First::Count => holes
            .iter()
            .any(|hole| has(hole, &WINDOWS) && !has(hole, &LENGTHS)),
        First::Lock => {
            let once = has(&told, &["nonce", "csrf", "pkce", "jti"])
                || holes.iter().any(|hole| has(hole, &ONCE));
            once && !has(&told, &HELD)
        }
    }
}

/// The time to live or removal that should make up for a lock without one.
fn lock<'a>(program: &Program, step: &Step<'a>, same: &[&Step<'a>]) -> Vec<Pair<'a>> {
    let mut out: Vec<Pair<'a>> = Vec::new();
    for second in same {
        let Some((a, way)) = meet(program, step, second) else {
            continue;
        };
        let does = match second.command.name.as_str() {
            name if is_expire(name) => Second::Expire,
            "DEL" | "UNLINK" if released(program, a, &way, same) => Second::Delete,
            _ => continue,
        };
        let decided = branches_between(program, a, &way)
            .iter()
            .any(|branch| branch.on.contains(&a));
        out.push(Pair {
            decided,
            ..pair(step, second, does, a)
        });
    }
    // What is deleted in passing is no matter where a time to live follows.
    if out.iter().any(|p| p.does == Second::Expire) {
        out.retain(|p| p.does == Second::Expire);
    }
    out
}

/// The time to live that only the first of a count gets.
fn count<'a>(program: &Program, step: &Step<'a>, same: &[&Step<'a>]) -> Vec<Pair<'a>> {
    let mut out = Vec::new();
    // The key was made with a time to live before it was counted.
    if same
        .iter()
        .any(|s| s.command.sets_ttl() && !is_expire(&s.command.name))
    {
        return out;
    }
    for second in same {
        if let Some((a, way)) = meet(program, step, second)
            && is_expire(&second.command.name)
        {
            let first = branches_between(program, a, &way)
                .iter()
                .any(|branch| branch.first.contains(&a));
            if !first {
                // A later call makes up for it.
                return Vec::new();
            }
            out.push(pair(step, second, Second::Expire, a));
        }
    }
    out
}

fn pair<'a>(step: &Step<'a>, second: &Step<'a>, does: Second, at: EventId) -> Pair<'a> {
    Pair {
        key: step.key,
        second: second.keyed.event,
        does,
        chain: &step.keyed.chain,
        near: at == step.keyed.event,
        decided: true,
    }
}

fn is_expire(name: &str) -> bool {
    matches!(name, "EXPIRE" | "PEXPIRE" | "EXPIREAT" | "PEXPIREAT")
}

/// Where two commands begin in one function, the second after the first and on one way through it: the
/// event that leads to the first, and those that lead to the second.
fn meet(program: &Program, first: &Step<'_>, second: &Step<'_>) -> Option<(EventId, Vec<EventId>)> {
    if program.is_queued(first.keyed.event) && program.is_queued(second.keyed.event) {
        return None;
    }
    let path = |step: &Step<'_>| [step.keyed.chain.as_slice(), &[step.keyed.event]].concat();
    let (one, other) = (path(first), path(second));
    let at = one.iter().zip(&other).position(|(a, b)| a != b)?;
    let (a, b) = (one[at], other[at]);
    let (x, y) = (program.event(a), program.event(b));
    let together = program.outermost(x.func) == program.outermost(y.func);
    (together && a < b && !program.are_apart(a, b)).then(|| (a, other[at..].to_vec()))
}

/// Branches on the way to the second command that the first does not stand in.
fn branches_between<'a>(program: &'a Program, first: EventId, way: &[EventId]) -> Vec<&'a Branch> {
    let before: BTreeSet<u64> = program
        .event(first)
        .branches
        .iter()
        .map(|b| b.number)
        .collect();
    way.iter()
        .flat_map(|event| &program.event(*event).branches)
        .filter(|b| !before.contains(&b.number))
        .collect()
}

/// Whether a removal is the other end of a lock: it runs whenever the lock was taken, whatever comes in
/// between. A removal on some branches only takes back what should have stayed.
fn released(program: &Program, lock: EventId, way: &[EventId], same: &[&Step<'_>]) -> bool {
    branches_between(program, lock, way)
        .into_iter()
        .filter(|branch| !branch.rest)
        .all(|branch| {
            branch
                .on
                .iter()
                .any(|on| *on == lock || same.iter().any(|s| s.keyed.event == *on))
        })
}

fn report(program: &Program, id: EventId, first: First, pairs: &[Pair<'_>], left: Left) -> Finding {
    let event: &Event = program.event(id);
    let mut finding = at_event("lock-without-expiry", Severity::Error, program, event);
    let mut keys: Vec<&Template> = pairs.iter().map(|p| p.key).collect();
    keys.sort();
    keys.dedup();
    let mut names: Vec<String> = keys
        .iter()
        .filter(|k| !k.is_bare())
        .map(|k| quoted(k))
        .collect();
    names.dedup();
    let key = match names.as_slice() {
        [] => "a key".into(),
        some => either(some),
    };
    let deletes = pairs.iter().all(|p| p.does == Second::Delete);
    let decided = deletes || pairs.iter().any(|p| p.decided);
    if left != Left::Stuck {
        finding.severity = Severity::Warning;
        finding.confidence = Confidence::Medium;
    }
    if deletes || !decided || !pairs.iter().any(|p| p.near) {
        finding.confidence = Confidence::Medium;
    }
    finding.message = match (first, deletes) {
        (First::Count, _) => {
            format!("{key} is counted first and gets its time to live in a second command")
        }
        (First::Lock, false) => {
            format!("{key} is taken first and gets its time to live in a second command")
        }
        (First::Lock, true) => {
            format!("{key} is taken without a time to live, and only a later DEL frees it")
        }
    };
    finding.primary = match first {
        First::Count => "the first one makes the key, without a time to live".into(),
        First::Lock => "makes the key, without a time to live".into(),
    };
    for pair in pairs {
        let text = match (first, pair.does) {
            (First::Count, _) => {
                "only the first of a count comes here: no later count makes up for it"
            }
            (First::Lock, Second::Expire) => "the time to live is set here, on its own",
            (First::Lock, Second::Delete) => "freed here, if the process gets this far",
        };
        finding
            .labels
            .push(label(program, program.event(pair.second).site, text));
        if let Some(call) = pair.chain.first() {
            let text = "the key comes from here";
            finding
                .labels
                .push(label(program, program.event(*call).site, text));
        }
    }
    finding.labels.sort();
    finding.labels.dedup();
    finding.labels.truncate(MAX_LABELS);
    finding.chain = way_to(program, id);
    finding.note = match first {
        _ if left == Left::Passed => "a crash, a timeout or an error in between leaves a key that nobody asks for again and that never ends: memory that nothing frees".into(),
        First::Count if left == Left::Freed => "a crash, a timeout or an error in between leaves a counter that does not end by itself: it goes on from where it was until something deletes it".into(),
        First::Count => "a crash, a timeout or an error in between leaves a counter that never starts again: whoever it limits stays locked out".into(),
        First::Lock if decided => "a crash, a timeout or an error in between leaves the key for ever: nobody can take it again".into(),
        First::Lock => "a crash, a timeout or an error in between leaves the key without a time to live, until this runs again for it".into(),
    };
    finding.help = match first {
        First::Count => "count and expire in one script, or queue INCR and EXPIRE with NX in one transaction on every call".into(),
        First::Lock => "set value and time to live in one command: SET key value NX EX seconds".into(),
    };
    finding.keys = keys.iter().map(|k| k.text()).collect();
    finding
}
