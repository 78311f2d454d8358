//! Path patterns.

use globset::{GlobBuilder, GlobMatcher};

/// A pattern over `/`-separated paths: `*` stays within a segment, `**` does not.
#[derive(Debug, Clone)]
pub struct PathGlob {
    text: String,
    matcher: GlobMatcher,
}

impl PathGlob {
    /// Compiles a pattern. A leading `./` or `/` and a trailing `/` mean nothing more than the
    /// folder itself: `tools/` matches what stands below it.
    ///
    /// # Errors
    ///
    /// What is wrong with the pattern.
    pub fn new(text: &str) -> Result<Self, String> {
        let trimmed = text.trim_start_matches("./").trim_start_matches('/');
        let pattern = match trimmed.strip_suffix('/') {
            Some(folder) => format!("{folder}/**"),
            None => trimmed.to_owned(),
        };
        if pattern.is_empty() {
            return Err("the pattern is empty".to_owned());
        }
        let glob = GlobBuilder::new(&pattern)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| error.kind().to_string())?;
        Ok(Self {
            text: text.to_owned(),
            matcher: glob.compile_matcher(),
        })
    }

    /// Whether the whole path matches.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path)
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for PathGlob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[cfg(test)]
mod tests {
    use super::PathGlob;

    #[test]
    fn matches_paths() {
        for (pattern, path, expected) in [
            ("cmd/admin/**", "cmd/admin/a/b.go", true),
            ("cmd/admin/**", "cmd/other.go", false),
            ("cmd/*", "cmd/a/b.go", false),
            ("**/*_gen.go", "x_gen.go", true),
            ("./tools/", "tools/a/b.go", true),
            ("*.go", "a/b.go", false),
            ("deploy/{a,b}.yaml", "deploy/b.yaml", true),
        ] {
            let glob = PathGlob::new(pattern).unwrap();
            assert_eq!(glob.matches(path), expected, "{pattern} on {path}");
        }
        assert!(PathGlob::new("a[").is_err());
        assert!(PathGlob::new("").is_err());
    }
}
