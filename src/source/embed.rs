//! Files whose text a source file takes in.

use super::read::read;
use globset::{Glob, GlobMatcher};
use std::path::Path;

/// Larger files are no scripts.
const MAX_BYTES: u64 = 64 * 1024;
/// A pattern that stands for more files than this is read so far.
const MAX_FILES: usize = 64;

/// Names and texts of the files that a pattern means, relative to the folder of `source`, in the order
/// of their names. A pattern is a path; its last element may hold `*`, or be a folder. Nothing outside
/// the folder is read.
#[must_use]
pub fn embedded(source: &Path, pattern: &str) -> Vec<(String, String)> {
    let pattern = pattern.strip_prefix("all:").unwrap_or(pattern);
    let inside = pattern
        .split('/')
        .all(|part| !part.is_empty() && part != "." && part != "..");
    let Some(folder) = source.parent().filter(|_| inside) else {
        return Vec::new();
    };
    let names = if is_dir(folder, pattern) {
        matching(&folder.join(pattern), pattern, "*")
    } else {
        match pattern.rsplit_once('/') {
            Some((below, _)) if !is_dir(folder, below) => Vec::new(),
            _ if !pattern.contains('*') => vec![pattern.to_owned()],
            Some((below, last)) => matching(&folder.join(below), below, last),
            None => matching(folder, "", pattern),
        }
    };
    names
        .into_iter()
        .take(MAX_FILES)
        .filter_map(|name| {
            let path = folder.join(&name);
            let metadata = std::fs::symlink_metadata(&path).ok()?;
            if !metadata.is_file() || metadata.len() > MAX_BYTES {
                return None;
            }
            let text = read(&path).ok().filter(|text| text.error.is_none())?;
            Some((name, text.text))
        })
        .collect()
}

/// Whether a path below a folder is a folder itself, and no symbolic link is on the way.
fn is_dir(folder: &Path, below: &str) -> bool {
    let mut path = folder.to_path_buf();
    below.split('/').all(|part| {
        path.push(part);
        std::fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir())
    })
}

/// Files of a folder whose names match, with `below` before them.
fn matching(folder: &Path, below: &str, pattern: &str) -> Vec<String> {
    let Some(pattern) = matcher(pattern) else {
        return Vec::new();
    };
    let mut out: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with(['.', '_']) && pattern.is_match(name))
        .map(|name| match below {
            "" => name,
            below => format!("{below}/{name}"),
        })
        .collect();
    out.sort();
    out
}

/// A pattern in which `*` stands for anything, and every other character for itself.
fn matcher(pattern: &str) -> Option<GlobMatcher> {
    let pattern = globset::escape(pattern).replace("[*]", "*");
    Some(Glob::new(&pattern).ok()?.compile_matcher())
}

#[cfg(test)]
mod tests {
    use super::{embedded, matcher};

    #[test]
    fn stars_stand_for_anything() {
        for (name, pattern, matches) in [
            ("a.lua", "*.lua", true),
            ("a.lua", "a.lua", true),
            ("a.lua", "a", false),
            ("lock_v2.lua", "lock*.lua", true),
            ("lock.lua.bak", "lock*.lua", false),
            ("a_b_c", "a*b*c", true),
            ("acb", "a*b*c", false),
            ("a[b].lua", "a[b]*", true),
            ("ab.lua", "a[b]*", false),
            ("é{1}.lua", "é{1}*.lua", true),
        ] {
            let matcher = matcher(pattern).expect("a pattern");
            assert_eq!(matcher.is_match(name), matches, "{name} {pattern}");
        }
    }

    #[test]
    fn nothing_outside_the_folder_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("inner");
        std::fs::create_dir_all(&inner).expect("a folder");
        std::fs::write(folder.path().join("out.lua"), "out").expect("written");
        std::fs::write(inner.join("in.lua"), "in").expect("written");
        let source = inner.join("x.go");
        assert_eq!(
            embedded(&source, "in.lua"),
            [("in.lua".into(), "in".into())]
        );
        assert!(embedded(&source, "../out.lua").is_empty());
        assert!(embedded(&source, "./in.lua").is_empty());
        std::fs::create_dir_all(folder.path().join("other")).expect("a folder");
        std::fs::write(folder.path().join("other/o.lua"), "other").expect("written");
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path().join("other"), inner.join("link"))
            .expect("a link");
        for pattern in ["link", "link/o.lua", "link/*.lua"] {
            assert!(embedded(&source, pattern).is_empty(), "{pattern}");
        }
    }
}
