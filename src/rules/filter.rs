//! The one place where findings are left out, re-rated, numbered and sorted.

use super::finding::{Confidence, Finding, Severity};
use crate::config::{Config, FailOn, Ignore, Level, nearest};
use crate::facts::{Span, Suppression};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The rule of findings about suppressions. They cannot be suppressed themselves.
pub const SUPPRESSION: &str = "suppression";

/// Which rules take part in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The only rules that take part; empty means all.
    pub select: Vec<String>,
    /// Rules that do not take part, whatever `select` says.
    pub ignore: Vec<String>,
}

impl Selection {
    /// Whether a rule takes part.
    pub fn contains(&self, rule: &str) -> bool {
        (self.select.is_empty() || self.select.iter().any(|name| name == rule))
            && !self.ignore.iter().any(|name| name == rule)
    }
}

/// A configuration of the run.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Whether the run covers all that the configuration speaks of, so that an ignore that matched
    /// nothing is known to be of no use.
    pub complete: bool,
}

/// What the filter knows of a file.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileContext<'a> {
    /// The nearest configuration, as an index into [`Run::scopes`].
    pub scope: Option<usize>,
    /// The file's path as that configuration's patterns see it.
    pub relative: &'a str,
    /// The file's suppression comments.
    pub suppressions: &'a [Suppression],
    /// Calls that begin on an earlier line than the name of what they call: line of the name, and
    /// line of the beginning. A comment above the beginning covers the call.
    pub broken_calls: &'a [(u32, u32)],
    /// Whether findings in the file are reported: not in vendored code, nor in tests unless asked.
    pub reported: bool,
    /// Whether a generator wrote the file: findings in it are notes.
    pub generated: bool,
}

/// All that decides what becomes of a finding.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Ids of all rules.
    pub rules: &'a [&'static str],
    /// The rules that take part.
    pub selection: &'a Selection,
    /// The configurations. What stands in no known file follows the first.
    pub scopes: &'a [Scope<'a>],
    /// The files that were read, by path.
    pub files: &'a BTreeMap<&'a str, FileContext<'a>>,
    /// The folder that paths are relative to, absolute.
    pub current: &'a Path,
    /// Whether notes are wanted.
    pub pedantic: bool,
    /// What fails the run.
    pub fail_on: FailOn,
}

/// A finding that is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The finding, at its final severity.
    pub finding: Finding,
    /// 16 hexadecimal digits that stay the same when lines shift: made of rule, path, normalised text
    /// and occurrence.
    pub fingerprint: String,
}

/// Findings by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Errors.
    pub error: usize,
    /// Warnings.
    pub warning: usize,
    /// Notes.
    pub note: usize,
}

/// What a run reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The findings, sorted by path, line, column, rule and message.
    pub findings: Vec<Reported>,
    /// How many findings comments and configurations suppressed, hidden notes not counted.
    pub suppressed: usize,
    /// The findings by severity.
    pub counts: Counts,
}

impl Outcome {
    /// Whether a finding is severe enough to fail the run.
    pub fn fails(&self, fail_on: FailOn) -> bool {
        self.findings
            .iter()
            .any(|reported| fail_on.fails(reported.finding.severity))
    }
}

/// Decides what of `findings` is reported.
pub fn apply(mut findings: Vec<Finding>, run: &Run<'_>) -> Outcome {
    findings.retain(|finding| {
        let file = run.files.get(finding.path.as_str());
        run.selection.contains(finding.rule) && file.is_none_or(|file| file.reported)
    });
    let mut suppressed = 0;
    let mut comments = Comments::new(run);
    let mut ignores = Ignores::new(run);
    let mut reported = Vec::new();
    for mut entry in numbered(findings) {
        let finding = &mut entry.finding;
        let Some(severity) = run.severity(finding) else {
            continue;
        };
        if severity < finding.severity && finding.idle {
            finding.primary = format!("{}; nothing calls this function", finding.primary);
        }
        finding.severity = severity;
        // Both are asked, so that neither is called unused for the other's sake.
        let by_comment = finding.rule != SUPPRESSION && comments.cover(finding);
        let by_config = finding.rule != SUPPRESSION && ignores.cover(finding, run);
        if !run.shows(severity) {
            continue;
        }
        if by_comment || by_config {
            suppressed += 1;
        } else {
            reported.push(entry);
        }
    }
    if run.selection.contains(SUPPRESSION) {
        let mut own = comments.findings(run);
        own.extend(ignores.findings(run));
        for mut entry in numbered(own) {
            if let Some(severity) = run.severity(&entry.finding)
                && run.shows(severity)
            {
                entry.finding.severity = severity;
                reported.push(entry);
            }
        }
    }
    reported.sort_by(|a, b| order(&a.finding).cmp(&order(&b.finding)));
    let mut counts = Counts::default();
    for entry in &reported {
        match entry.finding.severity {
            Severity::Error => counts.error += 1,
            Severity::Warning => counts.warning += 1,
            Severity::Note => counts.note += 1,
        }
    }
    Outcome {
        findings: reported,
        suppressed,
        counts,
    }
}

impl Run<'_> {
    fn shows(&self, severity: Severity) -> bool {
        severity > Severity::Note || self.pedantic || self.fail_on == FailOn::Note
    }

    fn scope(&self, path: &str) -> Option<usize> {
        match self.files.get(path) {
            Some(file) => file.scope,
            None => self
                .scopes
                .iter()
                .position(|scope| scope.config.path == path)
                .or((!self.scopes.is_empty()).then_some(0)),
        }
    }

    fn level(&self, rule: &str, path: &str) -> Option<Level> {
        let config = self.scopes.get(self.scope(path)?)?.config;
        config.level(rule, &self.relative(path, config))
    }

    /// A path as the patterns of its configuration see it.
    fn relative(&self, path: &str, config: &Config) -> String {
        match self.files.get(path) {
            Some(file) => file.relative.to_owned(),
            None => config.relative(path, self.current),
        }
    }

    /// The final severity of a finding, `None` when its rule is off there.
    fn severity(&self, finding: &Finding) -> Option<Severity> {
        let severity = match self.level(finding.rule, &finding.path) {
            Some(Level::Off) => return None,
            // A note is where the rule does not really apply, as slot rules outside a cluster: the
            // severity chosen for the rule is not meant for it.
            Some(Level::At(_)) if finding.severity == Severity::Note => Severity::Note,
            Some(Level::At(severity)) => severity,
            // What nobody calls does no harm yet.
            None if finding.idle => finding.severity.min(Severity::Warning),
            None => finding.severity,
        };
        let file = self.files.get(finding.path.as_str());
        Some(if file.is_some_and(|file| file.generated) {
            Severity::Note
        } else {
            severity
        })
    }

    /// Whether a rule can report at a path, so that suppressions of it can be judged.
    fn judges(&self, rule: &str, path: &str) -> bool {
        self.selection.contains(rule) && self.level(rule, path) != Some(Level::Off)
    }
}

/// A suppression comment with what became of it.
struct Comment<'a> {
    path: &'a str,
    suppression: &'a Suppression,
    /// The 1-based line that it covers.
    line: u32,
    /// For each rule that it names whether it covered a finding.
    used: Vec<bool>,
}

struct Comments<'a> {
    comments: Vec<Comment<'a>>,
    by_place: HashMap<(&'a str, u32), Vec<usize>>,
}

impl<'a> Comments<'a> {
    fn new(run: &Run<'a>) -> Self {
        let mut this = Self {
            comments: Vec::new(),
            by_place: HashMap::new(),
        };
        for (path, file) in run.files.iter().filter(|(_, file)| file.reported) {
            for suppression in file.suppressions {
                let line = covered_line(suppression, file.suppressions);
                if suppression.reason.is_some() {
                    let index = this.comments.len();
                    this.by_place.entry((path, line)).or_default().push(index);
                    for (name, begin) in file.broken_calls {
                        if *begin <= line && line < *name {
                            this.by_place.entry((path, *name)).or_default().push(index);
                        }
                    }
                }
                this.comments.push(Comment {
                    path,
                    suppression,
                    line,
                    used: vec![false; suppression.rules.len()],
                });
            }
        }
        this
    }

    fn cover(&mut self, finding: &Finding) -> bool {
        let mut covered = false;
        let place = (finding.path.as_str(), finding.span.line);
        for index in self.by_place.get(&place).into_iter().flatten() {
            let comment = &mut self.comments[*index];
            for (rule, used) in comment.suppression.rules.iter().zip(&mut comment.used) {
                if rule == finding.rule {
                    *used = true;
                    covered = true;
                }
            }
        }
        covered
    }

    fn findings(&self, run: &Run<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for comment in &self.comments {
            let Comment {
                path, suppression, ..
            } = comment;
            let mut report = |message: String, help: String| {
                out.push(own(path, suppression.span, message, help));
            };
            if suppression.rules.is_empty() {
                report(
                    "this suppression names no rule".to_owned(),
                    "name the rule: `slotlint:ignore RULE -- reason`".to_owned(),
                );
            }
            if suppression.reason.is_none() {
                report(
                    "this suppression gives no reason, so it suppresses nothing".to_owned(),
                    "add the reason: `slotlint:ignore RULE -- reason`".to_owned(),
                );
            }
            for (rule, used) in suppression.rules.iter().zip(&comment.used) {
                if rule == SUPPRESSION {
                    report(
                        "findings about suppressions cannot be suppressed".to_owned(),
                        "remove the rule from the comment".to_owned(),
                    );
                } else if !run.rules.contains(&rule.as_str()) {
                    report(format!("unknown rule `{rule}`"), known(rule, run.rules));
                } else if !used && suppression.reason.is_some() && run.judges(rule, path) {
                    report(
                        format!("`{rule}` has nothing to suppress on line {}", comment.line),
                        "remove the suppression".to_owned(),
                    );
                }
            }
        }
        out
    }
}

/// The line that a comment speaks of: its own when code precedes it, else the next, comments of the
/// same sort passed over so that they can be stacked.
fn covered_line(suppression: &Suppression, all: &[Suppression]) -> u32 {
    if suppression.trailing {
        return suppression.span.line;
    }
    let next = |span: Span| {
        if span.end_line > span.line && span.end_column == 1 {
            span.end_line
        } else {
            span.end_line + 1
        }
    };
    let mut line = next(suppression.span);
    while let Some(other) = all
        .iter()
        .find(|other| !other.trailing && other.span.line == line)
    {
        line = next(other.span);
    }
    line
}

struct Ignores {
    /// For each scope and entry whether it covered a finding.
    used: Vec<Vec<bool>>,
}

impl Ignores {
    fn new(run: &Run<'_>) -> Self {
        let used = run.scopes.iter();
        Self {
            used: used
                .map(|scope| vec![false; scope.config.ignore.len()])
                .collect(),
        }
    }

    fn cover(&mut self, finding: &Finding, run: &Run<'_>) -> bool {
        let Some(index) = run.scope(&finding.path) else {
            return false;
        };
        let config = run.scopes[index].config;
        if config.ignore.is_empty() {
            return false;
        }
        let path = run.relative(&finding.path, config);
        let mut covered = false;
        for (ignore, used) in config.ignore.iter().zip(&mut self.used[index]) {
            if covers(ignore, finding, &path) {
                *used = true;
                covered = true;
            }
        }
        covered
    }

    fn findings(&self, run: &Run<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for (index, (scope, used)) in run.scopes.iter().zip(&self.used).enumerate() {
            let entries = scope.config.ignore.iter().zip(used);
            for (ignore, _) in entries.filter(|(_, used)| !**used) {
                if judges_ignore(ignore, index, run) {
                    out.push(own(
                        &scope.config.path,
                        ignore.span,
                        "this ignore matches no finding".to_owned(),
                        "remove the entry, or correct its rule, path or key".to_owned(),
                    ));
                }
            }
        }
        out
    }
}

fn covers(ignore: &Ignore, finding: &Finding, path: &str) -> bool {
    ignore.rule.as_ref().is_none_or(|rule| rule == finding.rule)
        && ignore.path.as_ref().is_none_or(|glob| glob.matches(path))
        && ignore
            .key
            .as_ref()
            .is_none_or(|key| finding.keys.iter().any(|template| key.matches(template)))
}

/// Whether an ignore that covered nothing is known to be of no use: its rule takes part and is not
/// off, and what it speaks of was read.
fn judges_ignore(ignore: &Ignore, scope: usize, run: &Run<'_>) -> bool {
    let Scope { config, complete } = run.scopes[scope];
    let judged = ignore.rule.as_ref().is_none_or(|rule| {
        let off = config.rules.iter().any(|levels| {
            levels.rule == *rule && levels.severity == Some(Level::Off) && levels.paths.is_empty()
        });
        run.selection.contains(rule) && !off
    });
    let all = run.selection.select.is_empty() || ignore.rule.is_some();
    let read = complete
        || ignore.path.as_ref().is_some_and(|glob| {
            run.files
                .values()
                .any(|file| file.scope == Some(scope) && glob.matches(file.relative))
        });
    judged && all && read
}

fn own(path: &str, span: Span, message: String, help: String) -> Finding {
    Finding {
        rule: SUPPRESSION,
        severity: Severity::Warning,
        confidence: Confidence::High,
        path: path.to_owned(),
        span,
        text: message.clone(),
        message,
        primary: String::new(),
        note: String::new(),
        help,
        labels: Vec::new(),
        chain: Vec::new(),
        keys: Vec::new(),
        idle: false,
    }
}

fn known(rule: &str, rules: &[&'static str]) -> String {
    match nearest(rule, rules.iter().copied()) {
        Some(near) => format!("write `{near}` if that is meant"),
        None => "run `slotlint rules` for the names".to_owned(),
    }
}

/// Sorts, drops what is said twice, and gives each finding its fingerprint. Occurrences are counted
/// before anything is suppressed: a suppression must not renumber its neighbours.
fn numbered(mut findings: Vec<Finding>) -> Vec<Reported> {
    findings.sort_by(|a, b| {
        order(a)
            .cmp(&order(b))
            .then_with(|| a.labels.cmp(&b.labels))
            .then_with(|| a.chain.cmp(&b.chain))
            .then_with(|| (&a.primary, &a.note, &a.help).cmp(&(&b.primary, &b.note, &b.help)))
    });
    findings.dedup();
    let mut occurrences: HashMap<(&'static str, String, String), u32> = HashMap::new();
    findings
        .into_iter()
        .map(|finding| {
            let text = if finding.text.is_empty() {
                &finding.message
            } else {
                &finding.text
            };
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let key = (finding.rule, finding.path.clone(), text.clone());
            let occurrence = occurrences.entry(key).or_default();
            let fingerprint = fingerprint(finding.rule, &finding.path, &text, *occurrence);
            *occurrence += 1;
            Reported {
                finding,
                fingerprint,
            }
        })
        .collect()
}

fn order(finding: &Finding) -> (&str, u32, u32, &str, &str, Span) {
    (
        &finding.path,
        finding.span.line,
        finding.span.column,
        finding.rule,
        &finding.message,
        finding.span,
    )
}

/// FNV-1a over 64 bits: fingerprints are kept in files, so the function must never change, as the
/// standard library's hashers may.
fn fingerprint(rule: &str, path: &str, text: &str, occurrence: u32) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let occurrence = occurrence.to_string();
    let mut hash = OFFSET;
    for field in [rule, path, text, &occurrence] {
        // 0xFF is no byte of UTF-8, so fields cannot run into each other.
        for byte in field.bytes().chain([0xFF]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: [&str; 3] = ["cross-slot", "keys-command", SUPPRESSION];

    fn at(line: u32) -> Span {
        Span {
            line,
            column: 5,
            end_line: line,
            end_column: 9,
        }
    }

    fn finding(rule: &'static str, path: &str, line: u32) -> Finding {
        Finding {
            severity: Severity::Error,
            text: "rdb.Keys(ctx,  pattern)".to_owned(),
            keys: vec!["session:<id>".to_owned()],
            rule,
            ..own(path, at(line), format!("{rule} found"), String::new())
        }
    }

    fn comment(line: u32, rules: &[&str], reason: Option<&str>, trailing: bool) -> Suppression {
        Suppression {
            span: at(line),
            rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
            reason: reason.map(str::to_owned),
            trailing,
        }
    }

    struct Setup {
        config: Option<Config>,
        complete: bool,
        selection: Selection,
        pedantic: bool,
        fail_on: FailOn,
        reported: bool,
        generated: bool,
    }

    impl Default for Setup {
        fn default() -> Self {
            Self {
                config: None,
                complete: true,
                selection: Selection::default(),
                pedantic: false,
                fail_on: FailOn::default(),
                reported: true,
                generated: false,
            }
        }
    }

    impl Setup {
        fn config(text: &str) -> Self {
            let config = crate::config::parse(text, "slotlint.yaml", Path::new("/p"), &RULES);
            Self {
                config: Some(config.unwrap()),
                ..Self::default()
            }
        }

        /// Runs the filter over findings of `a.go`, which holds the comments.
        fn run(&self, findings: Vec<Finding>, comments: &[Suppression]) -> Outcome {
            let scopes: Vec<Scope<'_>> = self
                .config
                .iter()
                .map(|config| Scope {
                    config,
                    complete: self.complete,
                })
                .collect();
            let file = FileContext {
                scope: (!scopes.is_empty()).then_some(0),
                relative: "a.go",
                suppressions: comments,
                broken_calls: &[],
                reported: self.reported,
                generated: self.generated,
            };
            let run = Run {
                rules: &RULES,
                selection: &self.selection,
                scopes: &scopes,
                files: &BTreeMap::from([("a.go", file)]),
                current: Path::new("/p"),
                pedantic: self.pedantic,
                fail_on: self.fail_on,
            };
            apply(findings, &run)
        }
    }

    /// Rule, line and severity of what is reported.
    fn seen(outcome: &Outcome) -> Vec<(&str, u32, &str)> {
        outcome
            .findings
            .iter()
            .map(|entry| {
                let finding = &entry.finding;
                (finding.rule, finding.span.line, finding.severity.as_str())
            })
            .collect()
    }

    #[test]
    fn sorts_counts_and_drops_duplicates() {
        let findings = vec![
            finding("keys-command", "b.go", 1),
            finding("keys-command", "a.go", 9),
            finding("cross-slot", "a.go", 9),
            finding("keys-command", "a.go", 9),
        ];
        let outcome = Setup::default().run(findings, &[]);
        assert_eq!(
            seen(&outcome),
            [
                ("cross-slot", 9, "error"),
                ("keys-command", 9, "error"),
                ("keys-command", 1, "error")
            ]
        );
        assert_eq!(outcome.counts.error, 3);
        assert!(outcome.fails(FailOn::Warning) && !outcome.fails(FailOn::Never));
    }

    #[test]
    fn fingerprints_follow_the_text_and_not_the_line() {
        let prints = |lines: &[u32]| -> Vec<String> {
            let findings = lines.iter().map(|l| finding("keys-command", "a.go", *l));
            let outcome = Setup::default().run(findings.collect(), &[]);
            outcome
                .findings
                .into_iter()
                .map(|r| r.fingerprint)
                .collect()
        };
        let first = prints(&[3, 7]);
        assert_eq!(first, prints(&[30, 70]));
        assert_ne!(first[0], first[1]);
        // Kept in files by users: a change of this value breaks their baselines.
        assert_eq!(
            first[0],
            fingerprint("keys-command", "a.go", "rdb.Keys(ctx, pattern)", 0)
        );
        assert_eq!(fingerprint("", "", "", 0), "a99bdc089f81eb89");
        // A suppressed occurrence keeps its number.
        let comments = [comment(3, &["keys-command"], Some("why"), true)];
        let findings = vec![
            finding("keys-command", "a.go", 3),
            finding("keys-command", "a.go", 7),
        ];
        let outcome = Setup::default().run(findings, &comments);
        assert_eq!(outcome.findings[0].fingerprint, first[1]);
    }

    #[test]
    fn comments_cover_their_line_or_the_next() {
        let findings = vec![
            finding("keys-command", "a.go", 3),
            finding("keys-command", "a.go", 6),
            finding("cross-slot", "a.go", 6),
            finding("keys-command", "a.go", 8),
        ];
        let comments = [
            comment(3, &["keys-command"], Some("why"), true),
            comment(4, &["cross-slot"], Some("why"), false),
            comment(5, &["keys-command"], Some("why"), false),
        ];
        let outcome = Setup::default().run(findings, &comments);
        assert_eq!(seen(&outcome), [("keys-command", 8, "error")]);
        assert_eq!(outcome.suppressed, 3);
    }

    #[test]
    fn bad_comments_are_findings_and_suppress_nothing() {
        let comments = [
            comment(3, &["keys-command"], None, true),
            comment(5, &["key-command"], Some("why"), true),
            comment(6, &[], Some("why"), true),
            comment(7, &["cross-slot"], Some("why"), true),
            comment(8, &[SUPPRESSION], Some("why"), true),
        ];
        let outcome = Setup::default().run(vec![finding("keys-command", "a.go", 3)], &comments);
        assert_eq!(
            seen(&outcome),
            [
                ("keys-command", 3, "error"),
                (SUPPRESSION, 3, "warning"),
                (SUPPRESSION, 5, "warning"),
                (SUPPRESSION, 6, "warning"),
                (SUPPRESSION, 7, "warning"),
                (SUPPRESSION, 8, "warning"),
            ]
        );
        let help = |index: usize| outcome.findings[index].finding.help.as_str();
        assert_eq!(help(2), "write `keys-command` if that is meant");
        assert_eq!(help(4), "remove the suppression");
    }

    #[test]
    fn unused_is_judged_for_selected_rules_only() {
        let comments = [comment(3, &["cross-slot"], Some("why"), true)];
        let mut setup = Setup::default();
        setup.selection.select = vec!["keys-command".to_owned(), SUPPRESSION.to_owned()];
        assert_eq!(seen(&setup.run(vec![], &comments)), []);
        setup.selection = Selection {
            select: vec![],
            ignore: vec!["cross-slot".to_owned()],
        };
        assert_eq!(seen(&setup.run(vec![], &comments)), []);
        setup.selection.ignore = vec![SUPPRESSION.to_owned()];
        assert_eq!(seen(&setup.run(vec![], &comments)), []);
        let off = Setup::config("rules: {cross-slot: off}");
        assert_eq!(seen(&off.run(vec![], &comments)), []);
        assert_eq!(Setup::default().run(vec![], &comments).findings.len(), 1);
    }

    #[test]
    fn severities_follow_rule_and_path() {
        let findings = || {
            vec![
                finding("keys-command", "a.go", 3),
                finding("cross-slot", "a.go", 4),
            ]
        };
        let setup = Setup::config("rules: {keys-command: warning, cross-slot: off}");
        assert_eq!(
            seen(&setup.run(findings(), &[])),
            [("keys-command", 3, "warning")]
        );
        let setup = Setup::config(
            "rules: {keys-command: {severity: error, paths: {'*.go': off}}, cross-slot: {paths: {'x/**': off}}}",
        );
        assert_eq!(
            seen(&setup.run(findings(), &[])),
            [("cross-slot", 4, "error")]
        );
    }

    #[test]
    fn notes_are_shown_on_demand() {
        let mut setup = Setup::config("rules: {keys-command: note}");
        let findings = || vec![finding("keys-command", "a.go", 3)];
        let comments = [comment(3, &["keys-command"], Some("why"), true)];
        assert_eq!(seen(&setup.run(findings(), &[])), []);
        let hidden = setup.run(findings(), &comments);
        assert_eq!((hidden.findings.len(), hidden.suppressed), (0, 0));
        setup.pedantic = true;
        assert_eq!(
            seen(&setup.run(findings(), &[])),
            [("keys-command", 3, "note")]
        );
        setup.pedantic = false;
        setup.fail_on = FailOn::Note;
        assert_eq!(setup.run(findings(), &[]).counts.note, 1);
    }

    #[test]
    fn vendored_code_is_silent_and_generated_code_has_notes() {
        let findings = || vec![finding("keys-command", "a.go", 3)];
        let comments = [comment(9, &["keys-command"], Some("why"), true)];
        let setup = Setup {
            reported: false,
            ..Setup::default()
        };
        assert_eq!(seen(&setup.run(findings(), &comments)), []);
        let setup = Setup {
            generated: true,
            pedantic: true,
            ..Setup::default()
        };
        assert_eq!(
            seen(&setup.run(findings(), &[])),
            [("keys-command", 3, "note")]
        );
    }

    #[test]
    fn configured_ignores_cover_and_are_judged() {
        let findings = || vec![finding("keys-command", "a.go", 3)];
        for entry in [
            "rule: keys-command",
            "path: '*.go'",
            "key: 'session:*'",
            "rule: keys-command, path: a.go, key: 'session:<x>'",
        ] {
            let setup = Setup::config(&format!("ignore: [{{{entry}, reason: x}}]"));
            let outcome = setup.run(findings(), &[]);
            assert_eq!(seen(&outcome), [], "{entry}");
            assert_eq!(outcome.suppressed, 1);
        }
        let mut setup = Setup::config(
            "ignore:\n  - {rule: cross-slot, reason: x}\n  - {rule: keys-command, path: 'b/**', reason: x}\n",
        );
        let outcome = setup.run(findings(), &[]);
        assert_eq!(
            seen(&outcome),
            [
                ("keys-command", 3, "error"),
                (SUPPRESSION, 2, "warning"),
                (SUPPRESSION, 3, "warning")
            ]
        );
        assert_eq!(outcome.findings[1].finding.path, "slotlint.yaml");
        // Of a run over a part of the tree nothing can be said.
        setup.complete = false;
        assert_eq!(setup.run(findings(), &[]).findings.len(), 1);
    }

    #[test]
    fn unselected_rules_are_left_out() {
        let mut setup = Setup::default();
        setup.selection.select = vec!["cross-slot".to_owned()];
        let outcome = setup.run(vec![finding("keys-command", "a.go", 3)], &[]);
        assert_eq!(seen(&outcome), []);
        assert!(!outcome.fails(FailOn::Note));
    }
}
