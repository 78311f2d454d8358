//! Reading `slotlint.yaml`.

use super::error::Problem;
use super::settings::parse_latency_target;
use super::{
    ClusterMode, Config, ConfigError, FailOn, Ignore, KeyPattern, Latency, LatencyOrigin, Level,
    PathGlob, RuleLevels, Service, nearest, parse_duration_ms,
};
use crate::source::{CONFIG_FILE, LineIndex, ceil_boundary, floor_boundary};
use miette::NamedSource;
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_saphyr::{Error, Location, Spanned};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The configuration file that counts for `root`: the first `slotlint.yaml` upwards from it, not
/// beyond a folder that holds `.git` (a folder, or a file as in worktrees and submodules).
pub fn discover(root: &Path) -> Option<PathBuf> {
    let root = root.canonicalize().ok()?;
    let start = if root.is_dir() { &root } else { root.parent()? };
    for folder in start.ancestors() {
        let path = folder.join(CONFIG_FILE);
        if path.is_file() {
            return Some(path);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// Reads a configuration file. `rules` are the ids that it may name.
///
/// # Errors
///
/// [`ConfigError`] when the file cannot be read, is no YAML, or says something unknown.
pub fn load(path: &Path, rules: &[&str]) -> Result<Config, ConfigError> {
    let display = crate::source::display(path);
    let fail = |reason: String| ConfigError::Read {
        path: display.clone(),
        reason,
    };
    let text = crate::source::read(path).map_err(fail)?;
    if text.error.is_some() {
        return Err(fail("not UTF-8".to_owned()));
    }
    let absolute = path
        .canonicalize()
        .map_err(|error| fail(error.to_string()))?;
    let folder = absolute.parent().unwrap_or(&absolute);
    parse(&text.text, &display, folder, rules)
}

/// Reads the text of a configuration file that is called `path` and stands in `folder`.
///
/// # Errors
///
/// [`ConfigError::Invalid`] when the text is no YAML or says something unknown.
pub fn parse(text: &str, path: &str, folder: &Path, rules: &[&str]) -> Result<Config, ConfigError> {
    let reader = Reader {
        text,
        path,
        lines: LineIndex::new(text),
        rules,
    };
    reader.config(folder).map_err(|problem| {
        let Problem {
            message,
            label,
            help,
            range,
        } = problem;
        ConfigError::Invalid {
            message,
            text: Arc::new(NamedSource::new(path, text.to_owned()).with_language("YAML")),
            line: reader.lines.place(range.start).0,
            place: range.into(),
            label,
            path: path.to_owned(),
            help,
        }
    })
}

/// The file as written, words still to be judged.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Raw {
    version: Option<Spanned<String>>,
    cluster: Option<Spanned<String>>,
    fail_on: Option<Spanned<String>>,
    rules: Option<Pairs<Spanned<RawRule>>>,
    ignore: Option<Vec<Spanned<RawIgnore>>>,
    external: Option<Vec<Spanned<RawKey>>>,
    bounded: Option<Vec<Spanned<RawKey>>>,
    latency: Option<Pairs<Spanned<String>>>,
    services: Option<Vec<RawService>>,
    server: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawLevels {
    severity: Option<Spanned<String>>,
    paths: Option<Pairs<Spanned<String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIgnore {
    rule: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    key: Option<Spanned<String>>,
    reason: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawService {
    name: Spanned<String>,
    module: Option<Spanned<String>>,
    #[serde(default)]
    workloads: Vec<Spanned<String>>,
    cluster: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKeyEntry {
    key: Spanned<String>,
    reason: Option<Spanned<String>>,
}

/// A severity, or a mapping with severities by path.
#[derive(Debug)]
enum RawRule {
    Word(String),
    Levels(RawLevels),
}

/// A key pattern, or a mapping with a reason.
#[derive(Debug)]
enum RawKey {
    Plain(String),
    Entry(RawKeyEntry),
}

impl From<String> for RawRule {
    fn from(word: String) -> Self {
        Self::Word(word)
    }
}

impl From<RawLevels> for RawRule {
    fn from(levels: RawLevels) -> Self {
        Self::Levels(levels)
    }
}

impl From<String> for RawKey {
    fn from(pattern: String) -> Self {
        Self::Plain(pattern)
    }
}

impl From<RawKeyEntry> for RawKey {
    fn from(entry: RawKeyEntry) -> Self {
        Self::Entry(entry)
    }
}

impl<'de> Deserialize<'de> for RawRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word_or::<_, RawLevels, _>(deserializer, "a severity or a mapping")
    }
}

impl<'de> Deserialize<'de> for RawKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word_or::<_, RawKeyEntry, _>(deserializer, "a key pattern or a mapping")
    }
}

/// Reads one word or a mapping `M`. Serde's untagged enums would do the same, but lose the places of
/// what stands inside the mapping.
fn word_or<'de, D, M, T>(deserializer: D, expected: &'static str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    M: Deserialize<'de>,
    T: From<String> + From<M>,
{
    struct WordOr<M, T>(&'static str, PhantomData<(M, T)>);
    impl<'de, M: Deserialize<'de>, T: From<String> + From<M>> Visitor<'de> for WordOr<M, T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_str<E: de::Error>(self, word: &str) -> Result<T, E> {
            Ok(T::from(word.to_owned()))
        }

        fn visit_bool<E: de::Error>(self, word: bool) -> Result<T, E> {
            Ok(T::from(word.to_string()))
        }

        fn visit_i64<E: de::Error>(self, word: i64) -> Result<T, E> {
            Ok(T::from(word.to_string()))
        }

        fn visit_u64<E: de::Error>(self, word: u64) -> Result<T, E> {
            Ok(T::from(word.to_string()))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            M::deserialize(de::value::MapAccessDeserializer::new(map)).map(T::from)
        }
    }
    deserializer.deserialize_any(WordOr::<M, T>(expected, PhantomData))
}

/// A mapping in file order, with the places of its keys.
#[derive(Debug)]
struct Pairs<V>(Vec<(Spanned<String>, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for PairsVisitor<V> {
            type Value = Pairs<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

struct Reader<'a> {
    text: &'a str,
    path: &'a str,
    lines: LineIndex,
    rules: &'a [&'a str],
}

impl Reader<'_> {
    fn config(&self, folder: &Path) -> Result<Config, Problem> {
        let options = serde_saphyr::options! {
            // `off` and `on` are words here.
            strict_booleans: true,
            with_snippet: false,
        };
        let raw: Option<Raw> = serde_saphyr::from_str_with_options(self.text, options)
            .map_err(|error| self.yaml(&error))?;
        let raw = raw.unwrap_or_default();
        if let Some(version) = &raw.version
            && version.value != "1"
        {
            return Err(self.problem(
                version,
                format!("unknown version `{}`", version.value),
                "this version of slotlint reads version 1",
                None,
            ));
        }
        Ok(Config {
            path: self.path.to_owned(),
            folder: folder.to_owned(),
            cluster: self.optional(&raw.cluster, Self::cluster)?,
            fail_on: self.optional(&raw.fail_on, Self::fail_on)?,
            rules: self.each(pairs(&raw.rules), |this, (rule, levels)| {
                this.levels(rule, levels)
            })?,
            ignore: self.each(raw.ignore.iter().flatten(), Self::ignore)?,
            external: self.each(raw.external.iter().flatten(), Self::external)?,
            bounded: self.each(raw.bounded.iter().flatten(), Self::bounded)?,
            latency: self.each(pairs(&raw.latency), |this, (target, value)| {
                this.latency(target, value)
            })?,
            services: self.each(raw.services.iter().flatten(), Self::service)?,
            server: self.optional(&raw.server, Self::server)?,
        })
    }

    fn optional<T>(
        &self,
        word: &Option<Spanned<String>>,
        read: impl Fn(&Self, &Spanned<String>) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        word.as_ref().map(|word| read(self, word)).transpose()
    }

    fn each<R, T>(
        &self,
        items: impl Iterator<Item = R>,
        read: impl Fn(&Self, R) -> Result<T, Problem>,
    ) -> Result<Vec<T>, Problem> {
        items.map(|item| read(self, item)).collect()
    }

    fn cluster(&self, word: &Spanned<String>) -> Result<ClusterMode, Problem> {
        ClusterMode::parse(&word.value)
            .ok_or_else(|| self.unknown("cluster mode", word, &ClusterMode::WORDS))
    }

    fn fail_on(&self, word: &Spanned<String>) -> Result<FailOn, Problem> {
        FailOn::parse(&word.value).ok_or_else(|| self.unknown("severity", word, &FailOn::WORDS))
    }

    fn level(&self, word: &Spanned<String>) -> Result<Level, Problem> {
        Level::parse(&word.value).ok_or_else(|| self.unknown("severity", word, &Level::WORDS))
    }

    fn rule(&self, word: &Spanned<String>) -> Result<String, Problem> {
        if self.rules.contains(&word.value.as_str()) {
            return Ok(word.value.clone());
        }
        let help = match nearest(&word.value, self.rules.iter().copied()) {
            Some(near) => format!("a rule with a similar name exists: `{near}`"),
            None => "`slotlint rules` lists the rules".to_owned(),
        };
        Err(self.problem(
            word,
            format!("unknown rule `{}`", word.value),
            "no rule has this name",
            Some(help),
        ))
    }

    fn levels(
        &self,
        rule: &Spanned<String>,
        levels: &Spanned<RawRule>,
    ) -> Result<RuleLevels, Problem> {
        let rule = self.rule(rule)?;
        match &levels.value {
            RawRule::Word(word) => {
                let word = Spanned::new(word.clone(), levels.referenced, levels.defined);
                Ok(RuleLevels {
                    rule,
                    severity: Some(self.level(&word)?),
                    paths: Vec::new(),
                })
            }
            RawRule::Levels(levels) => Ok(RuleLevels {
                rule,
                severity: self.optional(&levels.severity, Self::level)?,
                paths: self.each(pairs(&levels.paths), |this, (glob, level)| {
                    Ok((this.glob(glob)?, this.level(level)?))
                })?,
            }),
        }
    }

    fn glob(&self, word: &Spanned<String>) -> Result<PathGlob, Problem> {
        PathGlob::new(&word.value).map_err(|reason| {
            self.problem(
                word,
                format!("`{}` is no path pattern", word.value),
                &reason,
                None,
            )
        })
    }

    fn ignore(&self, entry: &Spanned<RawIgnore>) -> Result<Ignore, Problem> {
        let RawIgnore {
            rule,
            path,
            key,
            reason,
        } = &entry.value;
        let range = self.rest_of_line(self.range(entry.referenced).start);
        if rule.is_none() && path.is_none() && key.is_none() {
            return Err(Problem {
                message: "an ignore without rule, path or key would hide everything".to_owned(),
                label: "names nothing".to_owned(),
                help: Some("add `rule:`, `path:` or `key:`".to_owned()),
                range,
            });
        }
        Ok(Ignore {
            rule: self.optional(rule, Self::rule)?,
            path: self.optional(path, Self::glob)?,
            key: key.as_ref().map(|key| KeyPattern::new(&key.value)),
            reason: self.reason(reason.as_ref(), &range)?,
            span: self.lines.span(range),
        })
    }

    fn reason(
        &self,
        reason: Option<&Spanned<String>>,
        entry: &Range<usize>,
    ) -> Result<String, Problem> {
        match reason {
            Some(reason) if !reason.value.trim().is_empty() => Ok(reason.value.clone()),
            _ => Err(Problem {
                message: "the reason is missing".to_owned(),
                label: "says no reason".to_owned(),
                help: Some(
                    "add `reason: \"...\"`, so that the next reader can judge it".to_owned(),
                ),
                range: reason.map_or_else(|| entry.clone(), |reason| self.range(reason.referenced)),
            }),
        }
    }

    fn external(&self, entry: &Spanned<RawKey>) -> Result<KeyPattern, Problem> {
        match &entry.value {
            RawKey::Plain(key) => self.key(key, entry.referenced),
            RawKey::Entry(RawKeyEntry { key, .. }) => self.key(&key.value, key.referenced),
        }
    }

    fn bounded(&self, entry: &Spanned<RawKey>) -> Result<KeyPattern, Problem> {
        match &entry.value {
            RawKey::Plain(key) => {
                let range = self.range(entry.referenced);
                Err(Problem {
                    message: "the reason is missing".to_owned(),
                    label: "says no reason".to_owned(),
                    help: Some(format!("write `{{key: \"{key}\", reason: \"...\"}}`")),
                    range,
                })
            }
            RawKey::Entry(RawKeyEntry { key, reason }) => {
                self.reason(reason.as_ref(), &self.range(key.referenced))?;
                self.key(&key.value, key.referenced)
            }
        }
    }

    fn key(&self, key: &str, place: Location) -> Result<KeyPattern, Problem> {
        if key.is_empty() {
            return Err(Problem {
                message: "the key is empty".to_owned(),
                label: "matches no key".to_owned(),
                help: None,
                range: self.range(place),
            });
        }
        Ok(KeyPattern::new(key))
    }

    fn latency(
        &self,
        target: &Spanned<String>,
        value: &Spanned<String>,
    ) -> Result<Latency, Problem> {
        let (service, path) = parse_latency_target(&target.value).ok_or_else(|| {
            self.problem(
                target,
                format!("`{}` is no request path", target.value),
                "a path begins with `/`, after an optional `SERVICE:`",
                None,
            )
        })?;
        let value_ms = parse_duration_ms(&value.value).ok_or_else(|| {
            self.problem(
                value,
                format!("`{}` is no duration", value.value),
                "a number with a unit is expected",
                Some("write it like `18.8s` or `350ms`".to_owned()),
            )
        })?;
        Ok(Latency {
            service,
            path,
            value_ms,
            origin: LatencyOrigin::File {
                path: self.path.to_owned(),
                span: self.lines.span(self.range(value.referenced)),
            },
        })
    }

    fn service(&self, service: &RawService) -> Result<Service, Problem> {
        Ok(Service {
            name: service.name.value.clone(),
            module: service.module.as_ref().map(|module| module.value.clone()),
            workloads: service.workloads.iter().map(|w| w.value.clone()).collect(),
            cluster: self.optional(&service.cluster, Self::cluster)?,
        })
    }

    fn server(&self, word: &Spanned<String>) -> Result<String, Problem> {
        let well_formed = word.value.split_once('-').is_some_and(|(name, version)| {
            !name.is_empty()
                && name.chars().all(|c| c.is_ascii_lowercase())
                && version.split('.').all(|part| {
                    !part.is_empty() && part.chars().all(|digit| digit.is_ascii_digit())
                })
        });
        if well_formed {
            return Ok(word.value.clone());
        }
        Err(self.problem(
            word,
            format!("`{}` names no server", word.value),
            "a name and a version are expected",
            Some("write it like `redis-7.0` or `valkey-9`".to_owned()),
        ))
    }

    fn unknown(&self, what: &str, word: &Spanned<String>, known: &[&str]) -> Problem {
        self.problem(
            word,
            format!("unknown {what} `{}`", word.value),
            "not one of the known words",
            Some(suggestion(&word.value, known)),
        )
    }

    fn problem<T>(
        &self,
        place: &Spanned<T>,
        message: String,
        label: &str,
        help: Option<String>,
    ) -> Problem {
        Problem {
            message,
            label: label.to_owned(),
            help,
            range: self.range(place.referenced),
        }
    }

    fn yaml(&self, error: &Error) -> Problem {
        let error = error.without_snippet();
        let range = error.location().map_or(0..0, |place| self.range(place));
        let (message, label, help) = match error {
            Error::SerdeUnknownField {
                field, expected, ..
            } => (
                format!("unknown key `{field}`"),
                "not a key of this mapping",
                Some(suggestion(field, expected)),
            ),
            Error::SerdeMissingField { field, .. } => {
                (format!("`{field}` is missing"), "in this mapping", None)
            }
            Error::DuplicateMappingKey { key, .. } => (
                match key {
                    Some(key) => format!("`{key}` stands twice"),
                    None => "a key stands twice".to_owned(),
                },
                "the second one",
                None,
            ),
            Error::MultipleDocuments { .. } => (
                "a configuration is a single YAML document".to_owned(),
                "a second document begins here",
                None,
            ),
            other => {
                let text = other.to_string();
                // The place is shown beside the text, so it is not said in words too.
                let text = text.split(" at line ").next().unwrap_or(&text);
                (text.to_owned(), "here", None)
            }
        };
        Problem {
            message,
            label: label.to_owned(),
            help,
            range,
        }
    }

    /// The bytes of a place, within the text and on character boundaries.
    fn range(&self, place: Location) -> Range<usize> {
        let span = place.span();
        let known = span.byte_offset().zip(span.byte_len());
        let (start, len) = known.map_or_else(
            || {
                let line = u32::try_from(place.line()).unwrap_or(u32::MAX);
                let column = u32::try_from(place.column()).unwrap_or(u32::MAX);
                (self.lines.offset(line, column).unwrap_or(0), 0)
            },
            |(start, len)| {
                let start = usize::try_from(start).unwrap_or(usize::MAX);
                (start, usize::try_from(len).unwrap_or(0))
            },
        );
        let start = floor_boundary(self.text, start);
        let end = ceil_boundary(self.text, start.saturating_add(len));
        start..end
    }

    fn rest_of_line(&self, start: usize) -> Range<usize> {
        let rest = &self.text[start..];
        let line = rest.lines().next().unwrap_or_default().trim_end();
        start..start + line.len()
    }
}

fn pairs<V>(pairs: &Option<Pairs<V>>) -> impl Iterator<Item = (&Spanned<String>, &V)> {
    pairs
        .iter()
        .flat_map(|pairs| pairs.0.iter().map(|(key, value)| (key, value)))
}

fn suggestion(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::finding::Severity;

    const RULES: [&str; 3] = ["keys-command", "smembers-command", "cross-slot"];

    fn config(text: &str) -> Config {
        parse(text, "slotlint.yaml", Path::new("/p"), &RULES).unwrap()
    }

    /// Line, message and help of the error that a text must give.
    fn error(text: &str) -> (u32, String, String) {
        match parse(text, "slotlint.yaml", Path::new("/p"), &RULES).unwrap_err() {
            ConfigError::Invalid {
                line,
                message,
                help,
                ..
            } => (line, message, help.unwrap_or_default()),
            read @ ConfigError::Read { .. } => panic!("{read}"),
        }
    }

    #[test]
    fn reads_everything() {
        let config = config(
            r#"version: 1
cluster: on
fail-on: error
rules:
  smembers-command: off
  keys-command:
    severity: error
    paths: {"tools/**": note, "tools/legacy/**": off}
ignore:
  - {rule: keys-command, path: "cmd/admin/**", reason: "offline"}
  - key: "session:*"
    reason: "owned elsewhere"
external:
  - "billing:*"
  - {key: "mail:<id>", reason: "mailer"}
bounded:
  - {key: "queues", reason: "four of them"}
latency:
  /readyz: 18.8s
  gateway:/livez: 350ms
services:
  - {name: gateway, module: example.com/tickets/gateway, workloads: [ticket-gateway], cluster: true}
server: redis-7.0
"#,
        );
        assert_eq!(config.cluster, Some(ClusterMode::On));
        assert_eq!(config.fail_on, Some(FailOn::Error));
        assert_eq!(config.level("smembers-command", "a.go"), Some(Level::Off));
        let note = Some(Level::At(Severity::Note));
        assert_eq!(config.level("keys-command", "tools/legacy/a.go"), note);
        assert_eq!(
            config.level("keys-command", "a.go"),
            Some(Level::At(Severity::Error))
        );
        assert_eq!(config.level("cross-slot", "a.go"), None);
        assert_eq!(config.ignore.len(), 2);
        assert_eq!(
            (config.ignore[0].span.line, config.ignore[0].span.column),
            (10, 5)
        );
        assert_eq!(config.ignore[1].span.line, 11);
        assert!(config.external[1].matches("mail:<user_id>"));
        assert!(config.bounded[0].matches("queues"));
        assert_eq!(config.latency[0].value_ms, 18_800);
        assert_eq!(config.latency[1].service.as_deref(), Some("gateway"));
        assert_eq!(config.services[0].cluster, Some(ClusterMode::On));
        assert_eq!(config.server.as_deref(), Some("redis-7.0"));
    }

    #[test]
    fn an_empty_file_decides_nothing() {
        assert_eq!(config("").rules, []);
        assert_eq!(
            config(
                "# nothing
"
            )
            .cluster,
            None
        );
        assert_eq!(
            config(
                "rules:
ignore:
"
            )
            .ignore,
            []
        );
    }

    #[test]
    fn errors_name_the_place_and_the_nearest_name() {
        let (line, message, help) = error(
            "version: 1
ignores: []
",
        );
        assert_eq!((line, message.as_str()), (2, "unknown key `ignores`"));
        assert_eq!(help, "did you mean `ignore`?");
        let (line, message, help) = error(
            "rules:
  # one
  key-command: error
",
        );
        assert_eq!((line, message.as_str()), (3, "unknown rule `key-command`"));
        assert!(help.contains("`keys-command`"));
        let (_, message, help) = error(
            "rules: {keys-command: warn}
",
        );
        assert_eq!(message, "unknown severity `warn`");
        assert_eq!(help, "did you mean `warning`?");
        let (line, message, help) = error(
            "rules:
  keys-command:
    severty: error
",
        );
        assert_eq!((line, message.as_str()), (3, "unknown key `severty`"));
        assert_eq!(help, "did you mean `severity`?");
        let (line, message, _) = error(
            "latency:
  /a: 1s
  /readyz: 18.8
",
        );
        assert_eq!((line, message.as_str()), (3, "`18.8` is no duration"));
        assert_eq!(
            error("latency: {readyz: 1s}").1,
            "`readyz` is no request path"
        );
        assert_eq!(error("server: seven").1, "`seven` names no server");
        assert_eq!(error("cluster: maybe").1, "unknown cluster mode `maybe`");
        assert_eq!(error("fail-on: warn").2, "did you mean `warning`?");
        assert_eq!(error("version: 2").1, "unknown version `2`");
        assert_eq!(
            error(
                "a: 1
---
b: 2"
            )
            .1,
            "unknown key `a`"
        );
        assert_eq!(
            error(
                "version: 1
version: 1"
            )
            .1,
            "`version` stands twice"
        );
        assert_eq!(error("services: [{module: a}]").1, "`name` is missing");
        assert_eq!(error("rules: [a]").0, 1);
        assert_eq!(
            error("ignore: [{path: 'a[', reason: x}]").1,
            "`a[` is no path pattern"
        );
    }

    #[test]
    fn reasons_are_required() {
        for text in [
            "ignore: [{rule: keys-command}]",
            "ignore: [{rule: keys-command, reason: ' '}]",
            "bounded: [queues]",
            "bounded: [{key: queues}]",
        ] {
            assert_eq!(error(text).1, "the reason is missing", "{text}");
        }
        assert!(error("ignore: [{reason: x}]").1.contains("hide everything"));
    }

    #[test]
    fn the_file_is_found_upwards_within_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        let deep = top.join("repo/a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(top.join(CONFIG_FILE), "").unwrap();
        assert_eq!(discover(&deep), Some(top.join(CONFIG_FILE)));
        std::fs::write(
            top.join("repo/.git"),
            "gitdir: elsewhere
",
        )
        .unwrap();
        assert_eq!(discover(&deep), None);
        std::fs::write(top.join("repo").join(CONFIG_FILE), "").unwrap();
        std::fs::write(deep.join("x.go"), "").unwrap();
        let found = Some(top.join("repo").join(CONFIG_FILE));
        assert_eq!(discover(&deep.join("x.go")), found);
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let config = config("");
        let current = Path::new("/p/sub");
        assert_eq!(config.relative("x/a.go", current), "sub/x/a.go");
        assert_eq!(config.relative("../b.go", current), "b.go");
        assert_eq!(config.relative("../../q/b.go", current), "../../q/b.go");
        assert_eq!(config.relative("/p/c.go", current), "c.go");
    }
}
