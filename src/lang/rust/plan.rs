//! Which files are parsed, and how they become one program.

use super::crates::Crates;
use super::manifest::{self, Manifest};
use super::resolve::{self, resolve};
use super::shapes::Names;
use super::{Macros, Source};
use crate::facts::FileFacts;
use crate::source::{SourceFile, read as read_file};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Packages of client libraries, without which nothing in a package can matter.
const CLIENTS: &[&str] = &["redis", "fred", "rustis", "valkey"];

/// Macros of the standard library that take what matters.
const STANDARD: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "concat",
    "dbg",
    "debug_assert",
    "eprintln",
    "format",
    "format_args",
    "matches",
    "panic",
    "println",
    "todo",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// What the first look at a file gives.
#[derive(Debug)]
pub enum Glance {
    /// A source file, whether it mentions a client, and whether it defines macros.
    Source(bool, bool),
    /// A manifest.
    Manifest(Box<Manifest>),
    /// Settled versions.
    Lock(BTreeMap<String, Vec<String>>),
}

impl Glance {
    /// Looks at a source file.
    #[must_use]
    pub fn source(text: &str) -> Self {
        let defines = memchr::memmem::find(text.as_bytes(), b"macro_rules!").is_some();
        Self::Source(super::mentions_client(text), defines)
    }

    /// Reads a `Cargo.toml`.
    #[must_use]
    pub fn manifest(text: &str) -> Self {
        Self::Manifest(Box::new(manifest::parse(text)))
    }

    /// Reads a `Cargo.lock`.
    #[must_use]
    pub fn lock(text: &str) -> Self {
        Self::Lock(manifest::locked(text))
    }
}

/// Reads all Rust files of a run. Facts come by path.
#[must_use]
pub fn read(files: &[(&SourceFile, &Glance)]) -> BTreeMap<String, FileFacts> {
    let manifests: Vec<(&str, &Manifest)> = files
        .iter()
        .filter_map(|(file, glance)| match glance {
            Glance::Manifest(manifest) => Some((file.display.as_str(), &**manifest)),
            _ => None,
        })
        .collect();
    let wanted = wanted(files, &manifests);
    let macros = Macros {
        rules: macros(files, &wanted),
        crates: names(&manifests),
    };
    let mut sources: BTreeMap<&str, Source> = files
        .par_iter()
        .filter_map(|(file, glance)| {
            let Glance::Source(mentions, _) = glance else {
                return None;
            };
            Some((
                file.display.as_str(),
                source(
                    file,
                    *mentions,
                    wanted.contains(file.display.as_str()).then_some(&macros),
                ),
            ))
        })
        .collect();
    let crates = Crates::find(&manifests, &sources.iter().map(|(p, s)| (*p, s)).collect());
    for path in &crates.unlinked {
        if let Some(source) = sources.get_mut(path.as_str()) {
            source.facts.code = None;
            source.facts.unlinked = true;
        }
    }
    resolve(
        &crates,
        &Names::shipped(),
        &mut sources.iter_mut().map(|(p, s)| (*p, s)).collect(),
    );
    let mut used = {
        let code: Vec<_> = sources
            .values()
            .filter_map(|s| s.facts.code.as_ref())
            .collect();
        let programs = crates.crates.iter().filter(|c| c.program);
        resolve::used_by(&code, programs.map(|c| c.id.as_str()))
    };
    // A program that takes the files of a library for modules of its own uses them too.
    for ((by, _), (of, _)) in &crates.shared {
        if crates.crates[*by].program {
            used.insert(crates.crates[*of].id.clone());
        }
    }
    let mut out = BTreeMap::new();
    for (path, mut source) in sources {
        if let (Some(code), Some(place)) = (&mut source.facts.code, crates.places.get(path)) {
            let krate = &crates.crates[place.krate];
            code.public = krate.library && !used.contains(&krate.id);
            code.aside = krate.aside;
        }
        out.insert(path.to_string(), source.facts);
    }
    for (path, manifest) in &manifests {
        out.insert((*path).to_string(), manifest_facts(path, manifest, files));
    }
    for (file, glance) in files {
        if let Glance::Lock(_) = glance {
            out.insert(file.display.clone(), FileFacts::default());
        }
    }
    out
}

/// Macros that files define for each other. One that is defined in several ways is not known, and one that
/// is called like a macro of the standard library is for its own file.
fn macros(files: &[(&SourceFile, &Glance)], wanted: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let found: Vec<(String, String)> = files
        .par_iter()
        .filter(|(file, glance)| {
            matches!(glance, Glance::Source(_, true)) && wanted.contains(file.display.as_str())
        })
        .filter_map(|(file, _)| read_file(&file.path).ok())
        .flat_map_iter(|text| super::macros_of(&text.text))
        .collect();
    let mut by_name: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (name, text) in found {
        by_name
            .entry(name)
            .and_modify(|known| {
                if known.as_ref() != Some(&text) {
                    *known = None;
                }
            })
            .or_insert(Some(text));
    }
    by_name
        .into_iter()
        .filter(|(name, _)| !STANDARD.contains(&name.as_str()))
        .filter_map(|(name, text)| Some((name, text?)))
        .collect()
}

/// Names that code has for the crates of these manifests.
fn names(manifests: &[(&str, &Manifest)]) -> BTreeSet<String> {
    let packages: BTreeSet<&str> = manifests
        .iter()
        .filter_map(|(_, m)| m.package.as_deref())
        .collect();
    let own = manifests
        .iter()
        .flat_map(|(_, m)| [m.package.as_deref(), m.library.as_deref()])
        .flatten();
    let renamed = manifests
        .iter()
        .flat_map(|(_, m)| m.dependencies.iter().chain(&m.shared))
        .filter(|d| packages.contains(d.package.as_str()))
        .map(|d| d.name.as_str());
    own.chain(renamed).map(|n| n.replace('-', "_")).collect()
}

/// A file; `macros` are given when it is to be read in full.
fn source(file: &SourceFile, mentions: bool, macros: Option<&Macros>) -> Source {
    let text = match read_file(&file.path) {
        Ok(text) => text,
        Err(reason) => {
            return Source {
                facts: FileFacts {
                    skipped: Some(reason),
                    ..FileFacts::default()
                },
                ..Source::default()
            };
        }
    };
    let mut source = if let Some(macros) = macros {
        super::parse(&text.text, macros)
    } else {
        // Nothing in it can matter, but a file that cannot be parsed is always said.
        let errors = if file.vendored {
            Vec::new()
        } else {
            super::syntax_errors(&text.text)
        };
        Source {
            facts: FileFacts {
                errors,
                ..FileFacts::default()
            },
            ..Source::default()
        }
    };
    source.facts.errors.extend(text.error);
    source.facts.relevant = mentions;
    if let Some(code) = &mut source.facts.code {
        code.vendored = file.vendored;
    }
    source
}

/// Files of packages that use a client, that depend on one which does, or that one of these depends on.
fn wanted<'f>(
    files: &[(&'f SourceFile, &Glance)],
    manifests: &[(&str, &Manifest)],
) -> BTreeSet<&'f str> {
    let folder = |path: &str| match path.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/"),
        None => String::new(),
    };
    let packages: Vec<(String, &Manifest)> = manifests
        .iter()
        .filter(|(_, m)| m.package.is_some())
        .map(|(path, m)| (folder(path), *m))
        .collect();
    let package_of = |path: &str| {
        packages
            .iter()
            .enumerate()
            .filter(|(_, (folder, _))| path.starts_with(folder.as_str()))
            .max_by_key(|(_, (folder, _))| folder.len())
            .map(|(number, _)| number)
    };
    let mut chosen = BTreeSet::new();
    let mut loose = false;
    for (number, (_, manifest)) in packages.iter().enumerate() {
        let uses = manifest
            .dependencies
            .iter()
            .any(|d| CLIENTS.iter().any(|c| d.package.contains(c)));
        if uses {
            chosen.insert(number);
        }
    }
    for (file, glance) in files {
        if let Glance::Source(true, _) = glance {
            match package_of(&file.display) {
                Some(number) => {
                    chosen.insert(number);
                }
                None => loose = true,
            }
        }
    }
    let by_name = |name: &str| {
        packages
            .iter()
            .position(|(_, m)| m.package.as_deref() == Some(name))
    };
    let needs: Vec<Vec<usize>> = packages
        .iter()
        .map(|(_, m)| {
            m.dependencies
                .iter()
                .filter_map(|d| by_name(&d.package))
                .collect()
        })
        .collect();
    // Upwards to callers, then downwards to what any of these may build keys with.
    loop {
        let before = chosen.len();
        for (number, needed) in needs.iter().enumerate() {
            if needed.iter().any(|n| chosen.contains(n)) {
                chosen.insert(number);
            }
        }
        if chosen.len() == before {
            break;
        }
    }
    let mut todo: Vec<usize> = chosen.iter().copied().collect();
    while let Some(number) = todo.pop() {
        for needed in &needs[number] {
            if chosen.insert(*needed) {
                todo.push(*needed);
            }
        }
    }
    files
        .iter()
        .filter(|(file, _)| match package_of(&file.display) {
            Some(number) => chosen.contains(&number),
            None => loose,
        })
        .map(|(file, _)| file.display.as_str())
        .collect()
}

fn manifest_facts(path: &str, manifest: &Manifest, files: &[(&SourceFile, &Glance)]) -> FileFacts {
    let folder = |path: &str| match path.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/"),
        None => String::new(),
    };
    let own = folder(path);
    let above = |file: &&(&SourceFile, &Glance)| own.starts_with(&folder(&file.0.display));
    let nearest = |wanted: &dyn Fn(&Glance) -> bool| {
        files
            .iter()
            .filter(|(_, glance)| wanted(glance))
            .filter(above)
            .max_by_key(|(file, _)| file.display.len())
            .map(|(_, glance)| *glance)
    };
    let workspace = nearest(&|g| matches!(g, Glance::Manifest(m) if m.workspace));
    let lock = nearest(&|g| matches!(g, Glance::Lock(_)));
    FileFacts {
        module: manifest::module(
            manifest,
            match workspace {
                Some(Glance::Manifest(manifest)) => Some(manifest),
                _ => None,
            },
            match lock {
                Some(Glance::Lock(versions)) => Some(versions),
                _ => None,
            },
        ),
        errors: manifest.error.iter().cloned().collect(),
        ..FileFacts::default()
    }
}
