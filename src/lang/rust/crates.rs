//! Which file is which module of which crate.

use super::super::{in_examples, stands_in};
use super::Source;
use super::manifest::Manifest;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Where a file stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its crate, as an index into [`Crates::crates`].
    pub krate: usize,
    /// Its module within the crate; empty for the crate's root.
    pub module: String,
    /// Whether only tests have it.
    pub test: bool,
}

/// A crate: a library, a program, a test.
#[derive(Debug, Clone)]
pub struct Crate {
    /// How it is called, told apart from all others.
    pub id: String,
    /// Names that code of it may begin a path with, and the crates that they mean: those of the run by their
    /// ids, others by their own names.
    pub names: BTreeMap<String, String>,
    /// Whether it is a library.
    pub library: bool,
    /// Whether it is a program that somebody runs: no example, benchmark, test or build script.
    pub program: bool,
    /// Whether it is an example, or belongs to a package of tests.
    pub aside: bool,
    /// Whether it is there for tests alone.
    pub test: bool,
}

/// All crates of a run.
#[derive(Debug, Default)]
pub struct Crates {
    /// The crates.
    pub crates: Vec<Crate>,
    /// The place of each file, by its path.
    pub places: HashMap<String, Place>,
    /// Modules of a crate that are modules of another one: the same file belongs to both.
    pub shared: HashMap<(usize, String), (usize, String)>,
    /// Files of packages that no module of theirs declares: they are not compiled.
    pub unlinked: BTreeSet<String>,
    /// Modules that stand in files, and whether all that these declare is seen.
    linked: HashMap<(usize, String), bool>,
    /// Modules that are declared, whether their files are there or not.
    declared: HashSet<(usize, String)>,
}

/// A package of the run.
struct Package<'a> {
    /// Its folder with a `/` at the end, unless that is empty.
    folder: String,
    manifest: &'a Manifest,
    /// Its name in ids.
    id: String,
}

/// Whether a package is there to test others, by its name.
fn tests_others(package: &str) -> bool {
    let package = package.replace('_', "-");
    let words: Vec<&str> = package.split('-').collect();
    matches!(
        words.as_slice(),
        [.., "tests" | "e2e"] | [.., "integration" | "e2e", "test"]
    )
}

impl Crates {
    /// Finds the crates of all files. `manifests` come with their paths, `sources` with the files' paths.
    #[must_use]
    pub fn find(manifests: &[(&str, &Manifest)], sources: &BTreeMap<&str, &Source>) -> Self {
        let packages = packages(manifests);
        let mut out = Self::default();
        let mut roots: Vec<(usize, String)> = Vec::new();
        for package in &packages {
            out.targets(package, &packages, manifests, sources, &mut roots);
        }
        // Libraries come first: a file that a program shares with one belongs to the library.
        roots.sort_by_key(|(krate, _)| !out.crates[*krate].library);
        for (krate, path) in &roots {
            out.follow(*krate, path, sources);
        }
        for package in &packages {
            out.leave_out(package, &packages, &roots, sources);
        }
        // Files that no crate is seen to declare: taken for modules by their paths.
        for path in sources.keys() {
            if !out.places.contains_key(*path) {
                out.adopt(path, &packages);
            }
        }
        // What stands in a folder of tests or benchmarks is there for them.
        for (path, place) in &mut out.places {
            let folder = nearest(&packages, path).map_or(0, |p| p.folder.len());
            place.test |= stands_in(&path[folder..], &["tests", "benches"]);
        }
        out
    }

    fn targets(
        &mut self,
        package: &Package<'_>,
        packages: &[Package<'_>],
        manifests: &[(&str, &Manifest)],
        sources: &BTreeMap<&str, &Source>,
        roots: &mut Vec<(usize, String)>,
    ) {
        let folder = &package.folder;
        let own = package.id.clone();
        let own_name = package.manifest.library.clone().unwrap_or_else(|| {
            package
                .manifest
                .package
                .clone()
                .unwrap_or_default()
                .replace('-', "_")
        });
        let names = names(package, packages, manifests);
        let library = format!(
            "{folder}{}",
            package
                .manifest
                .library_path
                .as_deref()
                .unwrap_or("src/lib.rs")
        );
        let has_library = sources.contains_key(library.as_str());
        let mut add = |this: &mut Self, id: String, library: bool, test: bool, path: String| {
            if !sources.contains_key(path.as_str()) || roots.iter().any(|(_, known)| *known == path)
            {
                return;
            }
            let mut names = names.clone();
            if has_library && !library {
                names.insert(own_name.clone(), own.clone());
            }
            let aside = in_examples(&path)
                || package
                    .manifest
                    .package
                    .as_deref()
                    .is_some_and(tests_others);
            roots.push((this.crates.len(), path));
            let beginning = [own.as_str(), "/"].concat();
            let kind = id.strip_prefix(&beginning).unwrap_or("");
            let program = !library
                && !test
                && !aside
                && !kind.starts_with("benches/")
                && kind != "build script";
            this.crates.push(Crate {
                id,
                names,
                library,
                program,
                test,
                aside,
            });
        };
        add(self, own.clone(), true, false, library.clone());
        for (name, path) in &package.manifest.programs {
            let paths = match path {
                Some(path) => vec![format!("{folder}{path}")],
                None => vec![
                    format!("{folder}src/bin/{name}.rs"),
                    format!("{folder}src/bin/{name}/main.rs"),
                    format!("{folder}src/main.rs"),
                ],
            };
            if let Some(path) = paths.into_iter().find(|p| sources.contains_key(p.as_str())) {
                add(self, format!("{own}/{name}"), false, false, path);
            }
        }
        let name = package.manifest.package.clone().unwrap_or_default();
        add(
            self,
            format!("{own}/{name}"),
            false,
            false,
            format!("{folder}src/main.rs"),
        );
        add(
            self,
            format!("{own}/build script"),
            false,
            false,
            format!("{folder}build.rs"),
        );
        for (below, test) in [
            ("src/bin/", false),
            ("examples/", false),
            ("benches/", false),
            ("tests/", true),
        ] {
            let start = format!("{folder}{below}");
            let found: Vec<String> = sources
                .range(start.as_str()..)
                .take_while(|(path, _)| path.starts_with(&start))
                .map(|(path, _)| (*path).to_string())
                .collect();
            for path in found {
                let rest = &path[start.len()..];
                let name = match rest.split_once('/') {
                    None => rest.trim_end_matches(".rs"),
                    Some((name, "main.rs")) => name,
                    Some(_) => continue,
                };
                let id = format!("{own}/{}{name}", below.trim_start_matches("src/bin/"));
                add(self, id, false, test, path.clone());
            }
        }
    }

    /// Gives a file and the modules that it declares to a crate.
    fn follow(&mut self, krate: usize, root: &str, sources: &BTreeMap<&str, &Source>) {
        let test = self.crates[krate].test;
        let mut todo = vec![(root.to_string(), String::new(), test, true)];
        while let Some((path, module, test, is_root)) = todo.pop() {
            let Some(source) = sources.get(path.as_str()) else {
                continue;
            };
            if let Some(known) = self.places.get(&path) {
                if known.krate != krate || known.module != module {
                    self.shared
                        .insert((krate, module), (known.krate, known.module.clone()));
                }
                continue;
            }
            self.places.insert(
                path.clone(),
                Place {
                    krate,
                    module: module.clone(),
                    test,
                },
            );
            // What cannot be read may declare anything.
            let facts = &source.facts;
            let told = facts.code.is_some() && facts.errors.is_empty() && !source.scope.open;
            self.linked.insert((krate, module.clone()), told);
            let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
            let folder = if folder.is_empty() {
                String::new()
            } else {
                format!("{folder}/")
            };
            // Modules of `a.rs` stand in `a/`, those of a root or of `mod.rs` beside it.
            let beside = is_root || file == "mod.rs";
            let stem = file.trim_end_matches(".rs");
            for declared in &source.scope.modules {
                let mut inside = folder.clone();
                if !beside {
                    inside.push_str(&format!("{stem}/"));
                }
                for part in declared.within.split("::").filter(|p| !p.is_empty()) {
                    inside.push_str(&format!("{part}/"));
                }
                let name = &declared.name;
                let candidates = match &declared.file {
                    Some(file) => vec![
                        normal(&format!("{folder}{file}")),
                        normal(&format!("{inside}{file}")),
                    ],
                    None => vec![
                        format!("{inside}{name}.rs"),
                        format!("{inside}{name}/mod.rs"),
                    ],
                };
                let found = candidates
                    .into_iter()
                    .find(|p| sources.contains_key(p.as_str()));
                let below = [module.as_str(), declared.within.as_str(), name.as_str()]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join("::");
                self.declared.insert((krate, below.clone()));
                if let Some(found) = found {
                    todo.push((found, below, test || declared.test, false));
                }
            }
        }
    }

    /// Notes the files of a package that no module of it declares.
    fn leave_out(
        &mut self,
        package: &Package<'_>,
        packages: &[Package<'_>],
        roots: &[(usize, String)],
        sources: &BTreeMap<&str, &Source>,
    ) {
        // The path below `src/`, of a file of the package.
        fn below<'p>(path: &'p str, of: &Package<'_>, packages: &[Package<'_>]) -> Option<&'p str> {
            let own = nearest(packages, path).is_some_and(|p| p.folder == of.folder);
            let below = path
                .strip_prefix(of.folder.as_str())?
                .strip_prefix("src/")?;
            (own && !below.starts_with("bin/")).then_some(below)
        }
        let roots: Vec<usize> = roots
            .iter()
            .filter(|(_, path)| {
                let path = below(path, package, packages);
                matches!(path, Some("lib.rs" | "main.rs"))
            })
            .map(|(krate, _)| *krate)
            .collect();
        if roots.is_empty() {
            return;
        }
        for path in sources.keys() {
            let found = below(path, package, packages);
            let Some(below) = found.filter(|_| !self.places.contains_key(*path)) else {
                continue;
            };
            let stem = below.trim_end_matches(".rs");
            let stem = stem.strip_suffix("/mod").unwrap_or(stem);
            let parts: Vec<&str> = stem.split('/').collect();
            // The nearest module above that is compiled says whether there is one on the way to the file.
            let undeclared = |krate: usize| {
                let path = |n: usize| (krate, parts[..n].join("::"));
                let above = (0..parts.len()).rev().find_map(|n| {
                    let told = self.linked.get(&path(n))?;
                    Some((n, *told))
                });
                above.is_some_and(|(n, told)| told && !self.declared.contains(&path(n + 1)))
            };
            if roots.iter().all(|krate| undeclared(*krate)) {
                self.unlinked.insert((*path).to_string());
            }
        }
    }

    /// A file that nothing declares, as a module by its path.
    fn adopt(&mut self, path: &str, packages: &[Package<'_>]) {
        let package = nearest(packages, path);
        let (id, below) = match package {
            Some(package) => (package.id.clone(), &path[package.folder.len()..]),
            None => match path.rsplit_once('/') {
                Some((folder, file)) => (folder.to_string(), file),
                None => (String::new(), path),
            },
        };
        let below = below.strip_prefix("src/").unwrap_or(below);
        let stem = below.trim_end_matches(".rs");
        let stem = stem.strip_suffix("/mod").unwrap_or(stem);
        let module = match stem {
            "lib" | "main" => String::new(),
            stem => stem.replace('/', "::"),
        };
        let known = self.crates.iter().position(|c| c.id == id);
        let krate = known.unwrap_or_else(|| {
            self.crates.push(Crate {
                id,
                names: BTreeMap::new(),
                library: false,
                program: false,
                aside: false,
                test: false,
            });
            self.crates.len() - 1
        });
        self.places.insert(
            path.to_string(),
            Place {
                krate,
                module,
                test: false,
            },
        );
    }
}

/// A path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn packages<'a>(manifests: &[(&str, &'a Manifest)]) -> Vec<Package<'a>> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut out = Vec::new();
    for (path, manifest) in manifests {
        let Some(name) = &manifest.package else {
            continue;
        };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        // Packages of one name are told apart by a number.
        let mut id = name.clone();
        let mut count = 1;
        while !seen.insert(id.clone()) {
            id = format!("{name}#{count}");
            count += 1;
        }
        out.push(Package {
            folder: if folder.is_empty() {
                String::new()
            } else {
                format!("{folder}/")
            },
            manifest,
            id,
        });
    }
    out
}

/// The package that a file belongs to.
fn nearest<'p, 'a>(packages: &'p [Package<'a>], path: &str) -> Option<&'p Package<'a>> {
    packages
        .iter()
        .filter(|p| path.starts_with(&p.folder))
        .max_by_key(|p| p.folder.len())
}

/// What the names of a package's dependencies mean.
fn names(
    package: &Package<'_>,
    packages: &[Package<'_>],
    manifests: &[(&str, &Manifest)],
) -> BTreeMap<String, String> {
    let workspace = manifests
        .iter()
        .filter(|(path, manifest)| {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            manifest.workspace && package.folder.starts_with(folder)
        })
        .max_by_key(|(path, _)| path.len())
        .map(|(_, manifest)| *manifest);
    let mut out = BTreeMap::new();
    for dependency in &package.manifest.dependencies {
        let shared = workspace
            .filter(|_| dependency.inherited)
            .and_then(|w| w.shared.iter().find(|d| d.name == dependency.name));
        let wanted = shared.map_or(&dependency.package, |s| &s.package);
        let known = packages
            .iter()
            .find(|p| p.manifest.package.as_ref() == Some(wanted));
        match known {
            Some(known) => {
                // Code says the library's name, unless the manifest renames the package.
                let renamed = dependency.package != dependency.name.replace('_', "-")
                    && dependency.package != dependency.name;
                let name = match &known.manifest.library {
                    Some(library) if !renamed => library.clone(),
                    _ => dependency.name.clone(),
                };
                out.insert(name, known.id.clone());
            }
            None => {
                out.insert(dependency.name.clone(), wanted.replace('-', "_"));
            }
        }
    }
    out
}
