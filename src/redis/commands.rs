//! The command table: where the keys of a command stand, and what it costs.

use serde::Deserialize;
use std::collections::BTreeMap;

/// A rule that finds keys among a command's words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeySpec {
    access: String,
    index: Option<i64>,
    keyword: Option<String>,
    from: Option<i64>,
    last: Option<i64>,
    step: Option<usize>,
    limit: Option<usize>,
    count_at: Option<usize>,
    first: Option<usize>,
}

/// A command.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandInfo {
    /// The type of value under its keys: string, list, set, zset, hash, stream, array, any or none.
    #[serde(rename = "type")]
    pub value_type: String,
    #[serde(default)]
    keys: Vec<KeySpec>,
    #[serde(default)]
    special: bool,
    /// What its cost grows with: keyspace, value, args, returned, ...
    pub n: Option<String>,
    /// The release that deprecated it.
    pub deprecated_since: Option<String>,
    /// write, readonly, blocking, admin, dangerous.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Whether the reply is as large as the value, or the keyspace.
    #[serde(default)]
    pub unbounded_reply: bool,
    /// Whether it can take more than one key.
    #[serde(default)]
    pub multi_key: bool,
    /// The first release that has it.
    pub since: String,
    /// The command of which it is a subcommand.
    pub container: Option<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "_meta")]
    _meta: serde::de::IgnoredAny,
    commands: BTreeMap<String, CommandInfo>,
}

/// All commands.
#[derive(Debug)]
pub struct CommandTable {
    commands: BTreeMap<String, CommandInfo>,
}

impl CommandTable {
    /// Reads the table that the program ships with.
    ///
    /// # Panics
    /// Never: a test reads the shipped table.
    #[must_use]
    pub fn shipped() -> Self {
        let file: File = serde_json::from_str(include_str!("../../rules/commands.json"))
            .expect("the shipped command table is valid");
        Self {
            commands: file.commands,
        }
    }

    /// A command by its name in upper case; subcommands as two words.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&CommandInfo> {
        self.commands.get(name)
    }

    /// The position of the word in which a command says how many keys follow it; `None` for commands that do not.
    #[must_use]
    pub fn counts_keys_at(&self, name: &str) -> Option<usize> {
        let spec = self.get(name)?.keys.iter().find(|k| k.count_at.is_some())?;
        Some(usize::try_from(spec.index?).ok()? + spec.count_at?)
    }

    /// Of a command whose words are keys from some place to the end: the position of the first one, the step
    /// from one to the next, and what happens to them.
    #[must_use]
    pub fn keys_to_end(&self, name: &str) -> Option<(usize, usize, &str)> {
        let spec = self.get(name)?.keys.iter().find(|k| k.last == Some(-1))?;
        let begin = usize::try_from(spec.index?).ok()?;
        let whole = spec.limit.is_none() && spec.count_at.is_none();
        whole.then(|| (begin, spec.step.unwrap_or(1).max(1), spec.access.as_str()))
    }

    /// Whether a command can have keys.
    #[must_use]
    pub fn takes_keys(&self, name: &str) -> bool {
        self.get(name).is_some_and(|info| !info.keys.is_empty())
    }

    /// What a command does to its first key, in the letters of the table.
    #[must_use]
    pub fn access(&self, name: &str) -> &str {
        self.get(name)
            .and_then(|info| info.keys.first())
            .map_or("", |spec| spec.access.as_str())
    }

    /// How many commands and subcommands there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.commands.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// Positions of keys among the words of a command (word 0 is the command itself), each with what
    /// happens to it. Words that are not known are `None`; with `open`, more words may follow, and
    /// positions that count from the end are then left out.
    #[must_use]
    pub fn key_words(
        &self,
        name: &str,
        words: &[Option<String>],
        open: bool,
    ) -> Vec<(usize, String)> {
        let Some(info) = self.get(name) else {
            return Vec::new();
        };
        let mut out: Vec<(usize, String)> = Vec::new();
        for spec in &info.keys {
            let Some(begin) = spec.begin(words) else {
                continue;
            };
            if let (Some(count_at), Some(first)) = (spec.count_at, spec.first) {
                let count = words
                    .get(begin + count_at)
                    .and_then(|w| w.as_deref())
                    .and_then(|w| w.parse::<usize>().ok());
                // The number is not known: nothing can be said of the words behind it.
                let Some(count) = count else { continue };
                let step = spec.step.unwrap_or(1);
                for i in 0..count.min(words.len()) {
                    out.push((begin + first + i * step, spec.access.clone()));
                }
                continue;
            }
            let last = spec.last.unwrap_or(0);
            if last < 0 && open {
                continue;
            }
            let end = if last >= 0 {
                begin + usize::try_from(last).unwrap_or(0)
            } else if spec.limit == Some(2) {
                begin + (words.len().saturating_sub(begin)) / 2 - usize::from(words.len() > begin)
            } else {
                let back = usize::try_from(-last).unwrap_or(0);
                match words.len().checked_sub(back) {
                    Some(end) => end,
                    None => continue,
                }
            };
            let mut at = begin;
            while at <= end && at < words.len() {
                out.push((at, spec.access.clone()));
                at += spec.step.unwrap_or(1);
            }
        }
        // SORT writes to the word behind the last STORE, which no specification says.
        if info.special
            && name == "SORT"
            && let Some(store) = words.iter().rposition(|w| {
                w.as_deref()
                    .is_some_and(|w| w.eq_ignore_ascii_case("STORE"))
            })
        {
            out.push((store + 1, "w".into()));
        }
        out.retain(|(at, _)| *at < words.len());
        out
    }
}

impl KeySpec {
    fn begin(&self, words: &[Option<String>]) -> Option<usize> {
        if let Some(index) = self.index {
            return if index >= 0 {
                usize::try_from(index).ok()
            } else {
                words.len().checked_sub(usize::try_from(-index).ok()?)
            };
        }
        let keyword = self.keyword.as_deref()?;
        let is_keyword = |w: &Option<String>| {
            w.as_deref()
                .is_some_and(|w| w.eq_ignore_ascii_case(keyword))
        };
        let from = self.from.unwrap_or(1);
        if from >= 0 {
            let from = usize::try_from(from).ok()?;
            words
                .iter()
                .skip(from)
                .position(is_keyword)
                .map(|at| at + from + 1)
        } else {
            let upto = words.len().checked_sub(usize::try_from(-from).ok()?)?;
            words[..=upto.min(words.len() - 1)]
                .iter()
                .rposition(is_keyword)
                .map(|at| at + 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(line: &str) -> Vec<(usize, String)> {
        let words: Vec<Option<String>> = line.split(' ').map(|w| Some(w.to_string())).collect();
        let name = words[0].clone().unwrap_or_default();
        CommandTable::shipped().key_words(&name, &words, false)
    }

    fn at(positions: &[(usize, &str)]) -> Vec<(usize, String)> {
        positions
            .iter()
            .map(|(n, a)| (*n, (*a).to_string()))
            .collect()
    }

    #[test]
    fn the_table_covers_redis_and_valkey() {
        assert_eq!(CommandTable::shipped().len(), 450);
    }

    #[test]
    fn keys_are_found_in_words() {
        assert_eq!(keys("SET k v"), at(&[(1, "w")]));
        assert_eq!(keys("MGET a b c"), at(&[(1, "r"), (2, "r"), (3, "r")]));
        assert_eq!(keys("EVAL s 2 a b x"), at(&[(3, "rw"), (4, "rw")]));
        assert_eq!(
            keys("XREAD COUNT 2 STREAMS a b 0 0"),
            at(&[(4, "r"), (5, "r")])
        );
        assert_eq!(
            keys("ZUNIONSTORE d 2 a b WEIGHTS 1 2"),
            at(&[(1, "w"), (3, "r"), (4, "r")])
        );
        assert_eq!(keys("BLPOP a b 0"), at(&[(1, "rd"), (2, "rd")]));
        assert_eq!(keys("MSET a 1 b 2"), at(&[(1, "w"), (3, "w")]));
        assert_eq!(keys("SORT a STORE b"), at(&[(1, "r"), (3, "w")]));
        assert_eq!(keys("PING"), at(&[]));
        assert_eq!(keys("EVAL s"), at(&[]));
    }
}
