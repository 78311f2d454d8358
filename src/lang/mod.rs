//! Text to facts. The rooms below are the only ones that know a parser.

pub mod go;
pub mod rust;
pub mod suppression;
pub mod yaml;

use crate::facts::{FileFacts, ModuleFile};
use crate::source::{FileKind, STDIN_DISPLAY, SourceFile, Text, from_bytes, read as read_file};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Stack for parsing threads. Lowering recurses along nested syntax, within the parser's depth limit.
const STACK_BYTES: usize = 64 << 20;

/// Reads files, and rendered YAML from standard input if it is given, to facts. What cannot be read
/// or parsed is said in the facts of its file. `jobs` limits the number of threads; 0 and `None`
/// leave it to the machine. Facts come in the order of the files, standard input last.
///
/// # Panics
/// When the system gives no threads.
#[must_use]
pub fn read(files: &[SourceFile], stdin: Option<String>, jobs: Option<usize>) -> Vec<FileFacts> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.unwrap_or(0))
        .stack_size(STACK_BYTES)
        .build()
        .unwrap_or_else(|error| panic!("cannot start threads: {error}"));
    let mut facts = pool.install(|| read_all(files));
    if let Some(text) = stdin {
        let read = match from_bytes(text.into_bytes()) {
            Ok(text) => yaml_facts(STDIN_DISPLAY, &text),
            Err(reason) => FileFacts {
                skipped: Some(reason),
                ..FileFacts::default()
            },
        };
        facts.push(FileFacts {
            path: STDIN_DISPLAY.to_owned(),
            ..read
        });
    }
    facts
}

/// What the first look at a file gives.
enum Glance {
    Done(Box<FileFacts>),
    /// What a Go file says at its top, whether it mentions a client, and whether it is never built.
    Go(go::Header, bool, bool),
    /// A file of a Rust package.
    Rust(rust::Glance),
}

fn read_all(files: &[SourceFile]) -> Vec<FileFacts> {
    let glances: Vec<Glance> = files.par_iter().map(glance).collect();
    let manifests: Vec<(&str, &ModuleFile)> = files
        .iter()
        .zip(&glances)
        .filter_map(|(file, glance)| match glance {
            Glance::Done(facts) => Some((file.display.as_str(), facts.module.as_ref()?)),
            Glance::Go(..) | Glance::Rust(_) => None,
        })
        .collect();
    let plan = Plan::new(files, &glances, &manifests);
    let of_rust = files
        .iter()
        .zip(&glances)
        .filter_map(|(file, glance)| match glance {
            Glance::Rust(glance) => Some((file, glance)),
            _ => None,
        });
    let mut of_rust = rust::read(&of_rust.collect::<Vec<_>>());
    let given: Vec<Option<FileFacts>> = files
        .iter()
        .map(|file| of_rust.remove(&file.display))
        .collect();
    files
        .par_iter()
        .zip(glances)
        .zip(given)
        .enumerate()
        .map(|(number, ((file, glance), given))| {
            let mut facts = match glance {
                Glance::Done(facts) => *facts,
                Glance::Go(..) => plan.parse(number, file),
                Glance::Rust(_) => given.unwrap_or_default(),
            };
            facts.path.clone_from(&file.display);
            facts.root = file.root;
            if let Some(code) = &mut facts.code {
                code.aside |= in_examples(&file.display);
            }
            facts
        })
        .collect()
}

/// Whether a file stands in a folder of examples.
fn in_examples(path: &str) -> bool {
    stands_in(path, &["example", "examples", "_example", "_examples"])
}

/// Whether a file stands in a folder of one of these names, at any depth.
fn stands_in(path: &str, folders: &[&str]) -> bool {
    path.rsplit('/').skip(1).any(|part| folders.contains(&part))
}

fn glance(file: &SourceFile) -> Glance {
    let text = match read_file(&file.path) {
        Ok(text) => text,
        Err(reason) => {
            return Glance::Done(Box::new(FileFacts {
                skipped: Some(reason),
                ..FileFacts::default()
            }));
        }
    };
    match file.kind {
        FileKind::Go => {
            let relevant = go::mentions_client(&text.text);
            let never = go::is_never_built(&text.text);
            Glance::Go(go::header(&text.text), relevant, never)
        }
        FileKind::GoMod => Glance::Done(Box::new(FileFacts {
            module: Some(go::manifest::parse(&text.text)),
            ..FileFacts::default()
        })),
        FileKind::Rust => Glance::Rust(rust::Glance::source(&text.text)),
        FileKind::CargoToml => Glance::Rust(rust::Glance::manifest(&text.text)),
        FileKind::CargoLock => Glance::Rust(rust::Glance::lock(&text.text)),
        FileKind::Yaml => Glance::Done(Box::new(yaml_facts(&file.display, &text))),
    }
}

fn yaml_facts(path: &str, text: &Text) -> FileFacts {
    let yaml = yaml::parse(path, &text.text);
    let mut errors = yaml.errors;
    errors.extend(text.error.clone());
    FileFacts {
        documents: yaml.documents,
        errors,
        suppressions: yaml.suppressions,
        relevant: yaml.relevant,
        skipped: yaml.skipped,
        ..FileFacts::default()
    }
}

/// Which Go files are parsed, and under which names.
struct Plan {
    /// Import path of each Go file's package.
    modules: Vec<String>,
    /// Names in package clauses by import path.
    packages: HashMap<String, String>,
    /// Packages that can matter.
    wanted: BTreeSet<String>,
    /// Whether a file itself mentions a client.
    relevant: Vec<bool>,
    /// Whether exported names of a file can be used from outside.
    public: Vec<bool>,
    /// Whether a file belongs to someone else.
    vendored: Vec<bool>,
    /// Modules that go by another name than their own, by file: the name, and what they go by.
    renamed: HashMap<usize, (String, String)>,
    /// Packages that a file imports with a dot, by file.
    dotted: HashMap<usize, Vec<String>>,
    /// Exported names of packages that are imported so.
    exported: HashMap<String, Vec<String>>,
}

impl Plan {
    fn new(files: &[SourceFile], glances: &[Glance], manifests: &[(&str, &ModuleFile)]) -> Self {
        let mut modules = Vec::with_capacity(files.len());
        let mut roots = Vec::with_capacity(files.len());
        let mut packages = HashMap::new();
        let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut seeds = BTreeSet::new();
        let mut relevant = Vec::with_capacity(files.len());
        let mut with_main = BTreeSet::new();
        let mut vendored = BTreeSet::new();
        let foreign = go::manifest::foreign_folders(manifests);
        let not_own: Vec<bool> = files
            .iter()
            .map(|f| f.vendored || foreign.iter().any(|folder| f.display.starts_with(folder)))
            .collect();
        let mut renamed = HashMap::new();
        let mut dotted: HashMap<usize, Vec<String>> = HashMap::new();
        for (number, (file, glance)) in files.iter().zip(glances).enumerate() {
            let (path, root, name) = go::manifest::import_path(&file.display, manifests);
            if let Glance::Go(header, mentions, never) = glance {
                relevant.push(*mentions);
                // Tests and generators beside a package have names of their own.
                let test = file.display.ends_with("_test.go");
                if !test && !never {
                    packages
                        .entry(path.clone())
                        .or_insert_with(|| header.package.clone());
                }
                let around = go::Surroundings {
                    renamed: (root != name).then(|| (name.clone(), root.clone())),
                    ..go::Surroundings::default()
                };
                let own = imports.entry(path.clone()).or_default();
                own.extend(header.imports.iter().map(|i| around.package(&i.path)));
                if !test {
                    for import in &header.imports {
                        if import.alias.as_deref() == Some(".") {
                            let package = around.package(&import.path);
                            dotted.entry(number).or_default().push(package);
                        }
                    }
                }
                renamed.extend(around.renamed.map(|names| (number, names)));
                if file.vendored {
                    vendored.insert(path.clone());
                }
                if *mentions {
                    seeds.insert(path.clone());
                }
                if header.package == "main" && !test && !never {
                    with_main.insert(root.clone());
                }
            } else {
                relevant.push(false);
            }
            modules.push(path);
            roots.push(root);
        }
        let public = files
            .iter()
            .zip(&modules)
            .zip(&roots)
            .map(|((file, module), root)| {
                let inner = module.split('/').any(|part| part == "internal");
                !inner && !file.vendored && !with_main.contains(root)
            })
            .collect();
        let exported = exported(files, &modules, &dotted);
        Self {
            vendored: not_own,
            renamed,
            dotted,
            exported,
            wanted: wanted(seeds, &imports, &vendored),
            modules,
            packages,
            relevant,
            public,
        }
    }

    fn parse(&self, number: usize, file: &SourceFile) -> FileFacts {
        let module = &self.modules[number];
        let text = match read_file(&file.path) {
            Ok(text) => text,
            Err(reason) => {
                return FileFacts {
                    skipped: Some(reason),
                    ..FileFacts::default()
                };
            }
        };
        if !self.wanted.contains(module) {
            // Nothing in it can matter, but a file that cannot be parsed is always said.
            let mut errors = if self.vendored[number] {
                Vec::new()
            } else {
                go::syntax_errors(&text.text)
            };
            errors.extend(text.error);
            return FileFacts {
                errors,
                ..FileFacts::default()
            };
        }
        let dots = self.dotted.get(&number).into_iter().flatten();
        let around = go::Surroundings {
            packages: Some(&self.packages),
            dots: dots
                .filter_map(|package| self.exported.get_key_value(package))
                .flat_map(|(package, names)| {
                    names.iter().map(move |n| (n.clone(), package.clone()))
                })
                .collect(),
            renamed: self.renamed.get(&number).cloned(),
            embedded: go::embedded(&text.text)
                .into_iter()
                .map(|pattern| {
                    let files = crate::source::embedded(&file.path, &pattern);
                    (pattern, files)
                })
                .collect(),
        };
        let mut facts = go::parse(&file.display, &text.text, &around);
        if let Some(error) = text.error {
            facts.errors.push(error);
        }
        if let Some(code) = &mut facts.code {
            code.module.clone_from(module);
            // Tests of another package name stand beside the package, not in it.
            if code.package.ends_with("_test") && code.test {
                code.module.push_str("_test");
            }
            code.vendored = self.vendored[number];
            code.public = self.public[number];
        }
        facts.relevant = self.relevant[number];
        facts
    }
}

/// Exported names of the packages of the run that some file imports with a dot.
fn exported(
    files: &[SourceFile],
    modules: &[String],
    dotted: &HashMap<usize, Vec<String>>,
) -> HashMap<String, Vec<String>> {
    let wanted: BTreeSet<&String> = dotted.values().flatten().collect();
    let mut out: HashMap<String, Vec<String>> = HashMap::new();
    for (file, module) in files.iter().zip(modules) {
        if file.kind != FileKind::Go
            || !wanted.contains(module)
            || file.display.ends_with("_test.go")
        {
            continue;
        }
        if let Ok(text) = read_file(&file.path) {
            let names = go::declared(&text.text);
            let public = |name: &String| name.chars().next().is_some_and(char::is_uppercase);
            out.entry(module.clone())
                .or_default()
                .extend(names.into_iter().filter(public));
        }
    }
    out
}

/// Packages that mention a client, packages that import those, and what any of these import: a key
/// may be built below, and a caller stand above. Of vendored packages only those that lead to a
/// client matter: nobody else's library spells this program's keys.
fn wanted(
    seeds: BTreeSet<String>,
    imports: &BTreeMap<String, BTreeSet<String>>,
    vendored: &BTreeSet<String>,
) -> BTreeSet<String> {
    let mut importers: HashMap<&str, Vec<&str>> = HashMap::new();
    for (package, needs) in imports {
        for needed in needs {
            importers.entry(needed).or_default().push(package);
        }
    }
    let mut wanted = seeds;
    let mut queue: Vec<String> = wanted.iter().cloned().collect();
    while let Some(package) = queue.pop() {
        for upper in importers.get(package.as_str()).into_iter().flatten() {
            if wanted.insert((*upper).to_owned()) {
                queue.push((*upper).to_owned());
            }
        }
    }
    let mut queue: Vec<String> = wanted.iter().cloned().collect();
    while let Some(package) = queue.pop() {
        for lower in imports.get(&package).into_iter().flatten() {
            let own = imports.contains_key(lower) && !vendored.contains(lower);
            if own && wanted.insert(lower.clone()) {
                queue.push(lower.clone());
            }
        }
    }
    wanted
}
