//! What a run reads: its roots, their configurations, and the facts of their files.

use super::args::Configuration;
use super::output::{say, say_lines};
use crate::config::{Config, ConfigError, discover, load};
use crate::facts::{FileFacts, Suppression};
use crate::report::{FileCounts, Unparsed};
use crate::rules::filter::{FileContext, Scope};
use crate::source::{self, FileKind, STDIN, STDIN_DISPLAY, Skipped};
use crate::{lang, rules};
use miette::{GraphicalReportHandler, GraphicalTheme};
use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The configurations of a run.
#[derive(Debug, Default)]
pub(super) struct Configurations {
    /// Each file once, in the order of the roots.
    pub(super) configs: Vec<Config>,
    /// Where each of `configs` was read.
    paths: Vec<PathBuf>,
    /// For each root the configuration that counts for it, as an index into `configs`.
    by_root: Vec<Option<usize>>,
    /// For each of `configs` whether the run covers its whole folder.
    complete: Vec<bool>,
}

impl Configurations {
    /// Reads the configuration of each root.
    ///
    /// # Errors
    ///
    /// The first configuration that cannot be used.
    pub(super) fn read(roots: &[PathBuf], arguments: &Configuration) -> Result<Self, ConfigError> {
        let ids: Vec<&str> = rules::ALL.iter().map(|rule| rule.id).collect();
        let mut this = Self::default();
        for root in roots {
            let path = if arguments.isolated {
                None
            } else if let Some(path) = &arguments.config {
                Some(path.clone())
            } else if root.as_os_str() == STDIN {
                discover(Path::new("."))
            } else {
                discover(root)
            };
            let index = match path {
                None => None,
                Some(path) => Some(match this.paths.iter().position(|known| *known == path) {
                    Some(index) => index,
                    None => {
                        this.configs.push(load(&path, &ids)?);
                        this.paths.push(path);
                        this.configs.len() - 1
                    }
                }),
            };
            this.by_root.push(index);
        }
        let folders: Vec<PathBuf> = roots
            .iter()
            .filter_map(|root| root.canonicalize().ok())
            .filter(|root| root.is_dir())
            .collect();
        this.complete = this
            .configs
            .iter()
            .map(|config| {
                arguments.config.is_some()
                    || folders.iter().any(|root| config.folder.starts_with(root))
            })
            .collect();
        Ok(this)
    }

    /// The configuration of the first root.
    pub(super) fn first(&self) -> Option<&Config> {
        let index = self.by_root.first().copied().flatten()?;
        self.configs.get(index)
    }

    /// The configurations as the filter sees them.
    pub(super) fn scopes(&self) -> Vec<Scope<'_>> {
        self.configs
            .iter()
            .zip(&self.complete)
            .map(|(config, complete)| Scope {
                config,
                complete: *complete,
            })
            .collect()
    }

    /// The configuration that is nearest to a file: the one in the deepest folder above it, else that
    /// of its root.
    fn nearest(&self, file: &Path, root: usize) -> Option<usize> {
        let above = self
            .configs
            .iter()
            .enumerate()
            .filter(|(_, config)| file.starts_with(&config.folder))
            .max_by_key(|(_, config)| config.folder.components().count());
        above
            .map(|(index, _)| index)
            .or_else(|| self.by_root.get(root).copied().flatten())
    }
}

/// Says on standard error what is wrong with a configuration, with its place.
pub(super) fn say_config_error(error: &ConfigError) {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    let mut text = String::new();
    match handler.render_report(&mut text, error) {
        Ok(()) => {
            say(&format!("cannot use configuration {}", error.path()));
            say_lines(text.trim_end());
        }
        Err(_) => say(&error.to_string()),
    }
}

/// What the filter and the reports need to know of a file.
#[derive(Debug)]
struct FileInfo {
    scope: Option<usize>,
    relative: String,
    suppressions: Vec<Suppression>,
    broken_calls: Vec<(u32, u32)>,
    vendored: bool,
    test: bool,
    generated: bool,
}

/// The files of a run.
#[derive(Debug, Default)]
pub(super) struct Project {
    /// What the files say.
    pub(super) facts: Vec<FileFacts>,
    /// How many were read.
    pub(super) counts: FileCounts,
    /// What was left out.
    pub(super) skipped: Vec<Skipped>,
    /// What could not be parsed.
    pub(super) unparsed: Vec<Unparsed>,
    /// Roots that do not exist.
    pub(super) missing: Vec<String>,
    /// Roots that exist and hold nothing readable.
    pub(super) empty: Vec<String>,
    files: BTreeMap<String, FileInfo>,
    /// Where the text of each path in a finding is read.
    sources: HashMap<String, PathBuf>,
    stdin: Option<Arc<str>>,
}

impl Project {
    /// Finds and reads the files of all roots.
    pub(super) fn read(
        roots: &[PathBuf],
        configurations: &Configurations,
        jobs: Option<usize>,
    ) -> Self {
        let found = source::find(roots, &source::Options::default());
        let mut this = Self {
            skipped: found.skipped,
            missing: found.missing.iter().map(|root| root.path.clone()).collect(),
            ..Self::default()
        };
        this.skipped.extend(found.missing);
        let mut readable = found.readable;
        let stdin_root = roots.iter().position(|root| root.as_os_str() == STDIN);
        let stdin = stdin_root.and_then(|root| this.read_stdin(&mut readable[root]));
        this.facts = lang::read(&found.files, stdin, jobs);
        for facts in &mut this.facts {
            if facts.path == STDIN_DISPLAY
                && let Some(root) = stdin_root
            {
                facts.root = u32::try_from(root).unwrap_or(u32::MAX);
            }
        }

        let kinds: HashMap<&str, &source::SourceFile> = found
            .files
            .iter()
            .map(|file| (file.display.as_str(), file))
            .collect();
        let mut folders = Folders::default();
        // For each root its own files, and how many of them could be read.
        let mut read = vec![(0_usize, 0_usize); roots.len()];
        for facts in &this.facts {
            let file = kinds.get(facts.path.as_str());
            let root = usize::try_from(facts.root).unwrap_or(usize::MAX);
            if let Some((all, good)) = read.get_mut(root) {
                *all += 1;
                *good += usize::from(facts.skipped.is_none());
            }
            let unlinked = (facts.unlinked && facts.relevant)
                .then_some("no module of its package declares it, so it is not compiled");
            if let Some(reason) = facts.skipped.as_deref().or(unlinked) {
                this.skipped.push(Skipped {
                    path: facts.path.clone(),
                    reason: reason.to_owned(),
                });
                continue;
            }
            match file.map_or(FileKind::Yaml, |file| file.kind) {
                FileKind::Go => this.counts.go += 1,
                FileKind::Yaml => this.counts.yaml += 1,
                FileKind::Rust => this.counts.rust += 1,
                FileKind::GoMod | FileKind::CargoToml | FileKind::CargoLock => {}
            }
            this.unparsed.extend(unparsed(facts));
            // Configurations know their folders by canonical paths; without any, nothing asks.
            let canonical = file
                .filter(|_| !configurations.configs.is_empty())
                .and_then(|file| folders.canonical(&file.path));
            let scope = configurations.nearest(canonical.as_deref().unwrap_or(Path::new("")), root);
            let code = facts.code.as_ref();
            let info = FileInfo {
                scope,
                relative: scope.map_or_else(String::new, |scope| {
                    relative(canonical.as_deref(), facts, &configurations.configs[scope])
                }),
                suppressions: facts.suppressions.clone(),
                broken_calls: facts
                    .code
                    .as_ref()
                    .map_or_else(Vec::new, |code| code.broken_calls.clone()),
                vendored: file.is_some_and(|file| file.vendored)
                    || code.is_some_and(|code| code.vendored),
                test: code.is_some_and(|code| code.test),
                generated: code.is_some_and(|code| code.generated),
            };
            this.files.insert(facts.path.clone(), info);
        }
        for (root, (all, good)) in read.into_iter().enumerate() {
            if all > 0 && good == 0 {
                readable[root] = false;
            }
        }
        for (root, readable) in roots.iter().zip(readable) {
            let name = if root.as_os_str() == STDIN {
                STDIN_DISPLAY.to_owned()
            } else {
                source::display(root)
            };
            if !readable && !this.missing.contains(&name) {
                this.empty.push(name);
            }
        }
        this.skipped.sort();
        this.skipped.dedup();
        this.unparsed.sort();
        this.sources = found
            .files
            .into_iter()
            .map(|file| (file.display, file.path))
            .collect();
        for (config, path) in configurations.configs.iter().zip(&configurations.paths) {
            this.sources.insert(config.path.clone(), path.clone());
        }
        this
    }

    fn read_stdin(&mut self, readable: &mut bool) -> Option<String> {
        let mut bytes = Vec::new();
        let limited = std::io::stdin().lock().take(source::MAX_BYTES + 1);
        let text = { limited }
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())
            .and_then(|_| source::from_bytes(bytes));
        let text = match text {
            Ok(text) => text,
            Err(reason) => {
                self.skipped.push(Skipped {
                    path: STDIN_DISPLAY.to_owned(),
                    reason,
                });
                return None;
            }
        };
        if text.text.trim().is_empty() {
            return None;
        }
        *readable = true;
        if let Some(error) = text.error {
            self.unparsed.push(Unparsed {
                path: STDIN_DISPLAY.to_owned(),
                line: error.span.line,
                reason: error.reason,
                partial: error.partial,
            });
        }
        self.stdin = Some(text.text.as_str().into());
        Some(text.text)
    }

    /// The files as the filter sees them.
    pub(super) fn contexts(&self, tests: bool) -> BTreeMap<&str, FileContext<'_>> {
        self.files
            .iter()
            .map(|(path, info)| {
                let context = FileContext {
                    scope: info.scope,
                    relative: &info.relative,
                    suppressions: &info.suppressions,
                    broken_calls: &info.broken_calls,
                    reported: !info.vendored && (tests || !info.test),
                    generated: info.generated,
                };
                (path.as_str(), context)
            })
            .collect()
    }

    /// The text behind a path of a finding, as it is now.
    pub(super) fn text(&self, path: &str) -> Option<Arc<str>> {
        if path == STDIN_DISPLAY {
            return self.stdin.clone();
        }
        let file = self.sources.get(path)?;
        source::read(file).ok().map(|text| text.text.into())
    }

    /// Whether a file of this name takes part.
    pub(super) fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Says what was left out (if `skipped`), missing, empty or not understood.
    pub(super) fn say_troubles(&self, skipped: bool) {
        for entry in &self.skipped {
            if self.missing.contains(&entry.path) {
                say(&format!("{}: {}", entry.path, entry.reason));
            } else if skipped {
                say(&format!("skipped {}: {}", entry.path, entry.reason));
            }
        }
        for entry in &self.unparsed {
            let extent = if entry.partial {
                "could be parsed only in part"
            } else {
                "could not be parsed"
            };
            say(&format!(
                "{}:{}: {extent}: {}",
                entry.path, entry.line, entry.reason
            ));
        }
        for root in &self.empty {
            say(&format!("{root} holds nothing that slotlint can read"));
        }
    }
}

/// A file's path as a configuration's patterns see it: below the configuration's folder, else as it
/// is called in reports.
fn relative(canonical: Option<&Path>, facts: &FileFacts, config: &Config) -> String {
    canonical
        .and_then(|path| path.to_str())
        .map(|path| (path, config.relative(path, Path::new("/"))))
        .filter(|(path, relative)| path != relative)
        .map_or_else(|| facts.path.clone(), |(_, relative)| relative)
}

/// Canonical paths of files, the system being asked once a folder.
#[derive(Debug, Default)]
struct Folders {
    known: HashMap<PathBuf, Option<PathBuf>>,
}

impl Folders {
    fn canonical(&mut self, file: &Path) -> Option<PathBuf> {
        let parent = match file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if !self.known.contains_key(parent) {
            let canonical = parent.canonicalize().ok();
            self.known.insert(parent.to_owned(), canonical);
        }
        let folder = self.known.get(parent)?.as_ref()?;
        Some(folder.join(file.file_name()?))
    }
}

/// The entry of a file with parse errors: the first one that cost the whole file, else the first.
fn unparsed(facts: &FileFacts) -> Option<Unparsed> {
    let error = facts
        .errors
        .iter()
        .min_by_key(|error| (error.partial, error.span))?;
    Some(Unparsed {
        path: facts.path.clone(),
        line: error.span.line,
        reason: error.reason.clone(),
        partial: error.partial,
    })
}
