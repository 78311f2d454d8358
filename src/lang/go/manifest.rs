//! `go.mod`: the module's name, the versions it asks for, and what it replaces.

use crate::facts::{Lang, Located, ModuleFile, Span};

/// Reads a `go.mod`. Lines that are not understood are passed over.
#[must_use]
pub fn parse(text: &str) -> ModuleFile {
    let mut out = ModuleFile::of(Lang::Go);
    let mut versions: Vec<(String, String)> = Vec::new();
    let mut block: Option<String> = None;
    for (number, line) in text.lines().enumerate() {
        let bare = line.split("//").next().unwrap_or("").trim();
        if bare.is_empty() {
            continue;
        }
        if bare == ")" {
            block = None;
            continue;
        }
        let (verb, rest) = match &block {
            Some(verb) => (verb.clone(), bare),
            None => match bare.split_once(char::is_whitespace) {
                Some((verb, rest)) => (verb.to_string(), rest.trim()),
                None => continue,
            },
        };
        if rest == "(" {
            block = Some(verb);
            continue;
        }
        let words: Vec<&str> = rest
            .split_whitespace()
            .map(|w| w.trim_matches('"'))
            .collect();
        match (verb.as_str(), words.as_slice()) {
            ("module", [name, ..]) => out.name = (*name).to_string(),
            ("require", [name, version, ..]) => {
                let column = line.find(version).map_or(1, |at| at + 1);
                let span = Span {
                    line: u32::try_from(number + 1).unwrap_or(u32::MAX),
                    column: u32::try_from(column).unwrap_or(u32::MAX),
                    end_line: u32::try_from(number + 1).unwrap_or(u32::MAX),
                    end_column: u32::try_from(column + version.len()).unwrap_or(u32::MAX),
                };
                out.requires.push((
                    (*name).to_string(),
                    Located {
                        value: (*version).to_string(),
                        span,
                    },
                ));
            }
            ("replace", words) => {
                let Some(arrow) = words.iter().position(|w| *w == "=>") else {
                    continue;
                };
                let (Some(name), Some(target)) = (words.first(), words.get(arrow + 1)) else {
                    continue;
                };
                if target.starts_with('.') {
                    out.replaces
                        .push(((*name).to_string(), (*target).to_string()));
                } else if name == target
                    && let Some(version) = words.get(arrow + 2)
                {
                    versions.push(((*name).to_string(), (*version).to_string()));
                }
            }
            _ => {}
        }
    }
    // Another version of the same module; a fork's versions say nothing of what it was forked from.
    for (name, version) in versions {
        for (_, required) in out.requires.iter_mut().filter(|(n, _)| *n == name) {
            required.value.clone_from(&version);
        }
    }
    out
}

/// Folders of modules that belong to someone else: a module of the run is replaced by a copy in the
/// tree. Modules of one owner that replace each other by folders are the owner's own code, and so are the
/// outermost modules of the run and what holds the module that asks for the replacement.
#[must_use]
pub fn foreign_folders(manifests: &[(&str, &ModuleFile)]) -> Vec<String> {
    let depth = |path: &str| path.matches('/').count();
    let top = manifests.iter().map(|(path, _)| depth(path)).min();
    let owners: Vec<Option<String>> = manifests
        .iter()
        .filter(|(path, _)| Some(depth(path)) == top)
        .map(|(_, module)| owner(&module.name))
        .collect();
    let mut out = Vec::new();
    for (path, module) in manifests {
        for (name, target) in &module.replaces {
            let own = owner(name);
            if own.is_none() || own == owner(&module.name) || owners.contains(&own) {
                continue;
            }
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
            let mut inside = true;
            for part in target.split('/') {
                match part {
                    "" | "." => {}
                    // A path that leaves the run is nobody's folder here.
                    ".." => inside &= parts.pop().is_some_and(|p| p != ".."),
                    part => parts.push(part),
                }
            }
            let root = if folder.starts_with('/') { "/" } else { "" };
            let found = format!("{root}{}/", parts.join("/"));
            if inside && !parts.is_empty() && !path.starts_with(&found) {
                out.push(found);
            }
        }
    }
    out
}

/// Host and organisation of a module that can be fetched from somewhere; the host alone where a module
/// stands right below it.
fn owner(module: &str) -> Option<String> {
    let parts: Vec<&str> = module.split('/').collect();
    let host = parts.first().filter(|host| host.contains('.'))?;
    Some(match parts.as_slice() {
        [_, organisation, _, ..] => format!("{host}/{organisation}"),
        _ => (*host).to_string(),
    })
}

/// The import path of the package in a file's folder, and the name of the module that holds it.
/// `manifests` are the `go.mod` files of the run with their paths. Without one the folder itself
/// serves as path. Where several modules of the run have one name, all but the first get a number
/// after it, so that none hides another; the third value is the name as written.
#[must_use]
pub fn import_path(file: &str, manifests: &[(&str, &ModuleFile)]) -> (String, String, String) {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    // A vendored package goes by the path below `vendor/`.
    if let Some((_, inner)) = format!("/{folder}").split_once("/vendor/") {
        return (inner.to_string(), inner.to_string(), inner.to_string());
    }
    let mut best: Option<(&str, usize)> = None;
    for (at, (path, _)) in manifests.iter().enumerate() {
        let root = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let inside = root.is_empty()
            || folder == root
            || folder
                .strip_prefix(root)
                .is_some_and(|r| r.starts_with('/'));
        if inside && best.is_none_or(|(known, _)| root.len() >= known.len()) {
            best = Some((root, at));
        }
    }
    match best {
        Some((root, at)) => {
            let name = &manifests[at].1.name;
            let alike = manifests[..at].iter().filter(|(_, m)| m.name == *name);
            let unique = match alike.count() {
                0 => name.clone(),
                count => format!("{name}/#{count}"),
            };
            let below = folder[root.len()..].trim_start_matches('/');
            let path = if below.is_empty() {
                unique.clone()
            } else {
                format!("{unique}/{below}")
            };
            (path, unique, name.clone())
        }
        None => (folder.to_string(), String::new(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_come_with_their_places() {
        let module = parse(
            "module example.com/a\n\ngo 1.22\n\nrequire github.com/x/y v1.2.3 // indirect\nrequire (\n\tgithub.com/redis/go-redis/v9 v9.17.2\n)\nreplace example.com/b => ../b\n",
        );
        assert_eq!(module.name, "example.com/a");
        assert_eq!(module.requires[0].0, "github.com/x/y");
        let (name, version) = &module.requires[1];
        assert_eq!(
            (name.as_str(), version.value.as_str()),
            ("github.com/redis/go-redis/v9", "v9.17.2")
        );
        assert_eq!(
            (
                version.span.line,
                version.span.column,
                version.span.end_column
            ),
            (7, 31, 38)
        );
        assert_eq!(
            module.replaces,
            vec![("example.com/b".to_string(), "../b".to_string())]
        );
    }

    #[test]
    fn copies_of_other_owners_are_foreign() {
        let module = |name: &str, replaces: &[(&str, &str)]| ModuleFile {
            name: name.into(),
            replaces: replaces
                .iter()
                .map(|(name, target)| ((*name).into(), (*target).into()))
                .collect(),
            ..ModuleFile::of(Lang::Go)
        };
        let root = module(
            "github.com/shop/api",
            &[("github.com/other/lib", "./third/lib")],
        );
        let kit = module(
            "github.com/shop/kit",
            &[("github.com/shop/api", "../"), ("example.com/y", "../z")],
        );
        // A module without an owner of its own may ask for its surroundings.
        let sidecar = module("sidecar", &[("github.com/shop/api", "../")]);
        let run = [
            ("go.mod", &root),
            ("kit/go.mod", &kit),
            ("sidecar/go.mod", &sidecar),
        ];
        assert_eq!(foreign_folders(&run), ["third/lib/", "z/"]);
        assert!(foreign_folders(&run[2..]).is_empty());
    }

    #[test]
    fn the_nearest_manifest_names_the_package() {
        let outer = ModuleFile {
            name: "example.com/o".into(),
            ..ModuleFile::of(Lang::Go)
        };
        let inner = ModuleFile {
            name: "example.com/i".into(),
            ..ModuleFile::of(Lang::Go)
        };
        let manifests = [("svc/go.mod", &outer), ("svc/sub/go.mod", &inner)];
        let path = |file| import_path(file, &manifests).0;
        assert_eq!(path("svc/main.go"), "example.com/o");
        assert_eq!(path("svc/a/b/x.go"), "example.com/o/a/b");
        assert_eq!(path("svc/sub/x.go"), "example.com/i");
        assert_eq!(path("svc/subway/x.go"), "example.com/o/subway");
        assert_eq!(path("svc/vendor/github.com/x/y/z.go"), "github.com/x/y");
        assert_eq!(path("other/x.go"), "other");
    }
}
