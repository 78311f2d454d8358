//! `Cargo.toml` and `Cargo.lock`.

use crate::facts::{Lang, Located, ModuleFile, ParseError};
use crate::source::LineIndex;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a `Cargo.toml` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The package's name; a workspace may have none.
    pub package: Option<String>,
    /// The name of its library in code, if it says one.
    pub library: Option<String>,
    /// The file of its library, if it says one.
    pub library_path: Option<String>,
    /// Programs that it names: name, and file if it says one.
    pub programs: Vec<(String, Option<String>)>,
    /// Dependencies.
    pub dependencies: Vec<Dependency>,
    /// Dependencies that packages of the workspace may take over.
    pub shared: Vec<Dependency>,
    /// Whether it is the root of a workspace.
    pub workspace: bool,
    /// What cannot be read.
    pub error: Option<ParseError>,
}

/// A dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The name that code uses.
    pub name: String,
    /// The package's name.
    pub package: String,
    /// The version as asked for, with its place.
    pub version: Option<Located<String>>,
    /// Whether the workspace says the rest.
    pub inherited: bool,
}

/// Reads a `Cargo.toml`.
#[must_use]
pub fn parse(text: &str) -> Manifest {
    let lines = LineIndex::new(text);
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            return Manifest {
                error: Some(ParseError {
                    span: lines.span(error.span().unwrap_or(0..0)),
                    reason: error.message().lines().next().unwrap_or("").to_string(),
                    partial: false,
                }),
                ..Manifest::default()
            };
        }
    };
    let table = table.get_ref();
    let package = section(table, "package").and_then(|package| text_of(package, "name"));
    let library = section(table, "lib");
    let mut out = Manifest {
        package,
        library: library.and_then(|lib| text_of(lib, "name")),
        library_path: library.and_then(|lib| text_of(lib, "path")),
        programs: Vec::new(),
        dependencies: Vec::new(),
        shared: Vec::new(),
        workspace: table.contains_key("workspace"),
        error: None,
    };
    if let Some(DeValue::Array(programs)) = table.get("bin").map(Spanned::get_ref) {
        for program in programs.iter() {
            if let DeValue::Table(program) = program.get_ref()
                && let Some(name) = text_of(program, "name")
            {
                out.programs.push((name, text_of(program, "path")));
            }
        }
    }
    dependencies(table, &lines, &mut out.dependencies);
    if let Some(targets) = section(table, "target") {
        for target in targets.values() {
            if let DeValue::Table(target) = target.get_ref() {
                dependencies(target, &lines, &mut out.dependencies);
            }
        }
    }
    if let Some(workspace) = section(table, "workspace") {
        dependencies(workspace, &lines, &mut out.shared);
    }
    out
}

fn section<'t, 'i>(table: &'t DeTable<'i>, name: &str) -> Option<&'t DeTable<'i>> {
    match table.get(name)?.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

fn text_of(table: &DeTable<'_>, name: &str) -> Option<String> {
    match table.get(name)?.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        _ => None,
    }
}

fn dependencies(table: &DeTable<'_>, lines: &LineIndex, out: &mut Vec<Dependency>) {
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(section) = section(table, kind) else {
            continue;
        };
        for (name, value) in section {
            let key = name.get_ref().to_string();
            let located = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
                DeValue::String(text) => Some(Located {
                    value: text.to_string(),
                    span: lines.span(value.span()),
                }),
                _ => None,
            };
            let mut dependency = Dependency {
                name: key.replace('-', "_"),
                package: key,
                version: located(value),
                inherited: false,
            };
            if let DeValue::Table(details) = value.get_ref() {
                if let Some(package) = text_of(details, "package") {
                    dependency.package = package;
                }
                dependency.version = details.get("version").and_then(located);
                dependency.inherited = matches!(
                    details.get("workspace").map(Spanned::get_ref),
                    Some(DeValue::Boolean(true))
                );
            }
            out.push(dependency);
        }
    }
}

/// Versions that a `Cargo.lock` has settled on, by package; several where there are several.
#[must_use]
pub fn locked(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let Ok(table) = DeTable::parse(text) else {
        return out;
    };
    if let Some(DeValue::Array(packages)) = table.get_ref().get("package").map(Spanned::get_ref) {
        for package in packages.iter() {
            if let DeValue::Table(package) = package.get_ref()
                && let (Some(name), Some(version)) =
                    (text_of(package, "name"), text_of(package, "version"))
            {
                out.entry(name).or_default().push(version);
            }
        }
    }
    out
}

/// The manifest in the form that the program knows: dependencies by the names that clients go by, with the
/// locked version where there is one that was asked for.
#[must_use]
pub fn module(
    manifest: &Manifest,
    workspace: Option<&Manifest>,
    locked: Option<&BTreeMap<String, Vec<String>>>,
) -> Option<ModuleFile> {
    let name = manifest.package.clone()?;
    let mut requires: Vec<(String, Located<String>)> = Vec::new();
    for dependency in &manifest.dependencies {
        let shared = workspace
            .filter(|_| dependency.inherited)
            .and_then(|w| w.shared.iter().find(|d| d.name == dependency.name));
        let package = shared.map_or(&dependency.package, |s| &s.package);
        let asked = dependency
            .version
            .clone()
            .or_else(|| shared.and_then(|s| s.version.clone()));
        let versions = locked.and_then(|l| l.get(package));
        let version = match (&asked, versions) {
            (_, Some(versions)) if versions.len() == 1 => Some(versions[0].clone()),
            (Some(asked), Some(versions)) => versions
                .iter()
                .find(|v| meets(v, &asked.value))
                .cloned()
                .or_else(|| plain(&asked.value)),
            (Some(asked), None) => plain(&asked.value),
            (None, _) => None,
        };
        if let Some(value) = version {
            requires.push((
                package.replace('-', "_"),
                Located {
                    value,
                    span: asked.map(|a| a.span).unwrap_or_default(),
                },
            ));
        }
    }
    // What a dependency brings along has a version too.
    for (package, versions) in locked.into_iter().flatten() {
        let name = package.replace('-', "_");
        if let [version] = versions.as_slice()
            && !requires.iter().any(|(n, _)| *n == name)
        {
            requires.push((
                name,
                Located {
                    value: version.clone(),
                    span: crate::facts::Span::default(),
                },
            ));
        }
    }
    Some(ModuleFile {
        lang: Lang::Rust,
        name,
        requires,
        replaces: Vec::new(),
    })
}

/// The version that a requirement begins with.
fn plain(requirement: &str) -> Option<String> {
    let first = requirement.split(',').next()?.trim();
    let version = first.trim_start_matches(['^', '=', '~', '>', '<', ' ']);
    version
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| version.to_string())
}

/// Whether a version is one that a requirement of the usual form allows.
fn meets(version: &str, requirement: &str) -> bool {
    let Some(asked) = plain(requirement) else {
        return false;
    };
    let leading = |v: &str| -> Vec<u64> {
        v.split(['.', '-', '+'])
            .map_while(|n| n.parse().ok())
            .collect()
    };
    let (have, want) = (leading(version), leading(&asked));
    // The first number that is not zero says what is compatible.
    let fixed = want
        .iter()
        .position(|n| *n != 0)
        .map_or(want.len(), |at| at + 1);
    have.iter().take(fixed).eq(want.iter().take(fixed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = r#"
[package]
name = "queue-api"

[[bin]]
name = "worker"
path = "src/jobs.rs"

[dependencies]
redis = { version = "0.27", features = ["aio"] }
shop-common = { path = "../common" }
cache = { package = "fred", version = "^9.1" }
serde = { workspace = true }

[workspace]
[workspace.dependencies]
serde = "1.0.200"
"#;

    #[test]
    fn dependencies_go_by_the_names_in_code() {
        let manifest = parse(SERVICE);
        assert_eq!(manifest.package.as_deref(), Some("queue-api"));
        assert_eq!(
            manifest.programs,
            [("worker".to_string(), Some("src/jobs.rs".to_string()))]
        );
        let names: Vec<(&str, &str)> = manifest
            .dependencies
            .iter()
            .map(|d| (d.name.as_str(), d.package.as_str()))
            .collect();
        assert!(names.contains(&("shop_common", "shop-common")));
        assert!(names.contains(&("cache", "fred")));
    }

    #[test]
    fn the_locked_version_counts() {
        let manifest = parse(SERVICE);
        let lock = locked(
            "[[package]]\nname = \"redis\"\nversion = \"0.27.6\"\n[[package]]\nname = \"redis\"\nversion = \"1.0.2\"\n[[package]]\nname = \"fred\"\nversion = \"9.4.0\"\n",
        );
        let module = module(&manifest, Some(&manifest), Some(&lock)).expect("a package");
        let version = |name: &str| {
            let found = module.requires.iter().find(|(n, _)| n == name);
            found.map(|(_, v)| v.value.as_str())
        };
        assert_eq!(version("redis"), Some("0.27.6"));
        assert_eq!(version("fred"), Some("9.4.0"));
        assert_eq!(version("serde"), Some("1.0.200"));
        assert_eq!(version("shop_common"), None);
    }

    #[test]
    fn broken_manifests_are_said() {
        assert!(parse("[package\nname = 1").error.is_some());
    }
}
