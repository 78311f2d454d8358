//! Which files take part in a run.

use super::read::reason;
use ignore::WalkBuilder;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// The root that stands for standard input.
pub const STDIN: &str = "-";

/// How standard input is called in findings.
pub const STDIN_DISPLAY: &str = "<stdin>";

/// The name of the configuration file. It is no manifest, so it is not read as one.
pub const CONFIG_FILE: &str = "slotlint.yaml";

/// What a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    /// A Go source file.
    Go,
    /// A `go.mod`.
    GoMod,
    /// A Rust source file.
    Rust,
    /// A `Cargo.toml`.
    CargoToml,
    /// A `Cargo.lock`.
    CargoLock,
    /// A `.yaml` or `.yml` file.
    Yaml,
}

impl FileKind {
    /// The kind that a path's last segment says, if slotlint reads such files.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?;
        match name.to_str() {
            Some("go.mod") => return Some(Self::GoMod),
            Some("Cargo.toml") => return Some(Self::CargoToml),
            Some("Cargo.lock") => return Some(Self::CargoLock),
            _ => {}
        }
        if name == CONFIG_FILE {
            return None;
        }
        match path.extension()?.to_str()? {
            "go" => Some(Self::Go),
            "rs" => Some(Self::Rust),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

/// A file of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it is opened.
    pub path: PathBuf,
    /// How it is called: as reached from the current directory, relative when below it, `/` between
    /// segments.
    pub display: String,
    /// The root under which it was found first, as an index into the roots of the run.
    pub root: u32,
    /// What it is read as.
    pub kind: FileKind,
    /// Whether it stands below a `vendor` folder of its root.
    pub vendored: bool,
}

/// A path that was left out although it looks like something to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// How the path is called.
    pub path: String,
    /// Why it was left out, in a few words.
    pub reason: String,
}

/// How to search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Whether `.gitignore` and `.ignore` files are respected.
    pub ignore_files: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { ignore_files: true }
    }
}

/// What was found under the roots of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The files, sorted by display path; each file once, whatever roots reach it.
    pub files: Vec<SourceFile>,
    /// What was left out, sorted.
    pub skipped: Vec<Skipped>,
    /// For each root whether it holds a file to read. A root [`STDIN`] is left to the caller.
    pub readable: Vec<bool>,
    /// Roots that do not exist, with the reason, in order.
    pub missing: Vec<Skipped>,
}

/// Finds the files under `roots`.
///
/// Hidden files and what ignore files exclude are left out, symbolic links are not followed. A root
/// that is itself a file is taken whatever ignore files say. The root [`STDIN`] is passed over.
pub fn find(roots: &[PathBuf], options: &Options) -> Found {
    let mut search = Search {
        found: Found {
            readable: vec![false; roots.len()],
            ..Found::default()
        },
        seen: HashSet::new(),
    };
    for (index, root) in roots.iter().enumerate() {
        if root.as_os_str() != STDIN {
            search.root(index, root, options);
        }
    }
    let Search { mut found, .. } = search;
    found.files.sort_by(|a, b| a.display.cmp(&b.display));
    found.skipped.sort();
    found.skipped.dedup();
    found
}

struct Search {
    found: Found,
    /// Files and skipped paths by their canonical path.
    seen: HashSet<PathBuf>,
}

impl Search {
    fn root(&mut self, index: usize, root: &Path, options: &Options) {
        let shown = display(root);
        let canonical = match root.canonicalize() {
            Ok(path) => path,
            Err(error) => {
                self.found.missing.push(Skipped {
                    path: shown,
                    reason: reason(&error),
                });
                return;
            }
        };
        if !canonical.is_dir() {
            match FileKind::of(root) {
                None => self.skip(shown, "not a kind of file that slotlint reads"),
                Some(_) if !canonical.is_file() => self.skip(shown, "not a regular file"),
                Some(kind) => self.file(index, root, shown, kind, false, canonical),
            }
            return;
        }
        for entry in walker(root, &canonical, options).build() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.walk_error(&error, &shown);
                    continue;
                }
            };
            let path = entry.path();
            let Some(kind) = FileKind::of(path) else {
                continue;
            };
            let Ok(below) = path.strip_prefix(root) else {
                continue;
            };
            let Some(file_type) = entry.file_type() else {
                continue;
            };
            if file_type.is_dir() {
                continue;
            }
            let name = join(&shown, below);
            if file_type.is_symlink() {
                self.skip(name, "symbolic link, not followed");
            } else if !file_type.is_file() {
                self.skip(name, "not a regular file");
            } else {
                let vendored = below
                    .parent()
                    .is_some_and(|folder| folder.iter().any(|part| part == "vendor"));
                // Links below the root are not followed, so this is the canonical path.
                let canonical = canonical.join(below);
                self.file(index, path, name, kind, vendored, canonical);
            }
        }
    }

    fn file(
        &mut self,
        index: usize,
        path: &Path,
        display: String,
        kind: FileKind,
        vendored: bool,
        canonical: PathBuf,
    ) {
        self.found.readable[index] = true;
        if self.seen.insert(canonical) {
            self.found.files.push(SourceFile {
                path: path.to_owned(),
                display,
                root: u32::try_from(index).unwrap_or(u32::MAX),
                kind,
                vendored,
            });
        }
    }

    fn skip(&mut self, path: String, reason: &str) {
        self.found.skipped.push(Skipped {
            path,
            reason: reason.to_owned(),
        });
    }

    fn walk_error(&mut self, error: &ignore::Error, root: &str) {
        let path = error_path(error).map_or_else(|| root.to_owned(), display);
        let reason = error.io_error().map_or_else(|| error.to_string(), reason);
        self.skip(path, &reason);
    }
}

fn walker(root: &Path, canonical: &Path, options: &Options) -> WalkBuilder {
    // Ignore files above the root count only inside a repository: elsewhere a stray `.gitignore` in
    // a home directory could hide everything.
    let in_repository = canonical
        .ancestors()
        .any(|folder| folder.join(".git").exists());
    let mut builder = WalkBuilder::new(root);
    builder
        .hidden(true)
        .follow_links(false)
        .ignore(options.ignore_files)
        .git_ignore(options.ignore_files)
        .git_exclude(options.ignore_files)
        // The user's own global file would make results differ between machines.
        .git_global(false)
        .parents(options.ignore_files && in_repository)
        .require_git(false);
    builder
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        ignore::Error::Partial(errors) => errors.iter().find_map(error_path),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

/// How a path is called in reports: relative when it stands below the current directory, otherwise
/// as given, without `.` segments and with `/` between the others. The current directory is `.`.
pub fn display(path: &Path) -> String {
    let plain = !path
        .components()
        .any(|part| matches!(part, Component::ParentDir));
    let current = std::env::current_dir().ok();
    if plain && path.is_relative() {
        return segments(path);
    }
    if let Some(current) = &current {
        if plain && let Ok(below) = path.strip_prefix(current) {
            return segments(below);
        }
        // Resolved only now: a link given by the user keeps the name that the user knows.
        if let (Ok(path), Ok(current)) = (path.canonicalize(), current.canonicalize())
            && let Ok(below) = path.strip_prefix(&current)
        {
            return segments(below);
        }
    }
    segments(path)
}

fn segments(path: &Path) -> String {
    let mut text = String::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::RootDir => text.push('/'),
            other => {
                if !text.is_empty() && !text.ends_with('/') {
                    text.push('/');
                }
                text.push_str(&other.as_os_str().to_string_lossy());
            }
        }
    }
    if text.is_empty() {
        text.push('.');
    }
    text
}

fn join(root: &str, below: &Path) -> String {
    let below = below
        .iter()
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join("/");
    match root {
        "." => below,
        root if root.ends_with('/') => format!("{root}{below}"),
        root => format!("{root}/{below}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x: 1\n").unwrap();
        }
        folder
    }

    fn names(found: &Found, root: &Path) -> Vec<String> {
        let prefix = format!("{}/", display(root));
        let strip = |name: &str| name.strip_prefix(&prefix).unwrap_or(name).to_owned();
        found
            .files
            .iter()
            .map(|file| strip(&file.display))
            .collect()
    }

    #[test]
    fn reads_the_kinds_it_knows_and_no_others() {
        let folder = tree(&[
            "b.go",
            "a/x.yaml",
            "a/y.yml",
            "go.mod",
            "slotlint.yaml",
            "readme.md",
            ".github/ci.yaml",
            "vendor/m/m.go",
        ]);
        let found = find(&[folder.path().to_owned()], &Options::default());
        assert_eq!(
            names(&found, folder.path()),
            ["a/x.yaml", "a/y.yml", "b.go", "go.mod", "vendor/m/m.go"]
        );
        assert_eq!(found.readable, [true]);
        let vendored: Vec<bool> = found.files.iter().map(|file| file.vendored).collect();
        assert_eq!(vendored, [false, false, false, false, true]);
    }

    #[test]
    fn ignore_files_count_without_a_repository_but_not_for_file_roots() {
        let folder = tree(&["kept.go", "gen/made.go"]);
        fs::write(folder.path().join(".gitignore"), "gen/\n*.pb.go\n").unwrap();
        let explicit = folder.path().join("explicit.pb.go");
        fs::write(&explicit, "package a\n").unwrap();
        let found = find(&[folder.path().to_owned()], &Options::default());
        assert_eq!(names(&found, folder.path()), ["kept.go"]);
        let found = find(&[explicit], &Options::default());
        assert_eq!(found.files.len(), 1);
    }

    #[test]
    fn ignore_files_above_a_root_count_in_a_repository_only() {
        let folder = tree(&["svc/a.go", "svc/a.pb.go"]);
        fs::write(folder.path().join(".gitignore"), "*.pb.go\n").unwrap();
        let root = folder.path().join("svc");
        let outside = find(std::slice::from_ref(&root), &Options::default());
        assert_eq!(names(&outside, &root), ["a.go", "a.pb.go"]);
        fs::create_dir(folder.path().join(".git")).unwrap();
        let inside = find(std::slice::from_ref(&root), &Options::default());
        assert_eq!(names(&inside, &root), ["a.go"]);
    }

    #[test]
    fn a_file_reached_twice_is_counted_once() {
        let folder = tree(&["a/x.go", "y.go"]);
        let roots = [
            folder.path().join("a"),
            folder.path().to_owned(),
            folder.path().join("a/x.go"),
        ];
        let found = find(&roots, &Options::default());
        assert_eq!(found.files.len(), 2);
        assert_eq!(found.readable, [true, true, true]);
        assert_eq!(found.files[0].root, 0);
    }

    #[test]
    fn missing_roots_and_foreign_files_are_said() {
        let folder = tree(&["notes.txt"]);
        let roots = [folder.path().join("none"), folder.path().join("notes.txt")];
        let found = find(&roots, &Options::default());
        assert_eq!(found.readable, [false, false]);
        assert_eq!(found.missing[0].reason, "does not exist");
        assert!(found.skipped[0].path.ends_with("notes.txt"));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_special_files_are_not_read() {
        let folder = tree(&["real/a.go"]);
        let root = folder.path();
        std::os::unix::fs::symlink(root, root.join("real/loop")).unwrap();
        std::os::unix::fs::symlink(root.join("real/a.go"), root.join("link.go")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(root.join("socket.go")).unwrap();
        let found = find(&[root.to_owned()], &Options::default());
        assert_eq!(names(&found, root), ["real/a.go"]);
        let reasons: Vec<&str> = found
            .skipped
            .iter()
            .map(|skipped| skipped.reason.as_str())
            .collect();
        assert_eq!(
            reasons,
            ["symbolic link, not followed", "not a regular file"]
        );
    }

    #[test]
    fn paths_are_called_as_reached_from_the_current_directory() {
        let current = std::env::current_dir().unwrap();
        assert_eq!(display(Path::new(".")), ".");
        assert_eq!(display(Path::new("./a//b/./c.go")), "a/b/c.go");
        assert_eq!(display(&current.join("src/lib.rs")), "src/lib.rs");
        assert_eq!(display(Path::new("src/../src/lib.rs")), "src/lib.rs");
        assert_eq!(display(&current), ".");
        assert_eq!(display(Path::new("../nowhere/x")), "../nowhere/x");
        assert_eq!(display(Path::new("/nowhere/x")), "/nowhere/x");
    }
}
