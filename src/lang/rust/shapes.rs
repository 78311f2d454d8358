//! Types of the standard library and of common crates by what they come down to: text, lists, maps, and
//! what only wraps a value. The knowledge is data (`rules/libraries/rust-types.json`).

use crate::facts::Type;
use serde::Deserialize;
use std::collections::HashMap;

/// What a type comes down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// Text or bytes.
    Text,
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// Elements of its first argument's type.
    List,
    /// Keys and values.
    Map,
    /// A value of its first argument's type.
    Same,
    /// The same, of which all calls of a function are given one.
    Shared,
    /// An error.
    Error,
    /// What comes out of a channel.
    Channel,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "_meta")]
    _meta: serde::de::IgnoredAny,
    shapes: HashMap<Shape, Vec<String>>,
    /// Pools, with the name of what they hand out.
    pools: HashMap<String, String>,
    /// What belongs to types under such a name.
    associated: HashMap<String, String>,
    /// Names that are known without being taken in.
    prelude: HashMap<String, String>,
    /// Crates that others hand on, with what the names of those have in them.
    handed_on: HashMap<String, String>,
    /// Modules that are other modules, longest first matched.
    modules: HashMap<String, String>,
    /// Names that modules give when all their names are taken in.
    globs: HashMap<String, HashMap<String, String>>,
}

impl std::hash::Hash for Shape {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (*self as u8).hash(state);
    }
}

/// What is known of names outside the program.
pub struct Names {
    shapes: HashMap<String, Shape>,
    pools: HashMap<String, String>,
    associated: HashMap<String, String>,
    prelude: HashMap<String, String>,
    handed_on: HashMap<String, String>,
    modules: HashMap<String, String>,
    globs: HashMap<String, HashMap<String, String>>,
}

impl Names {
    /// The shipped table.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn shipped() -> Self {
        let file: File =
            serde_json::from_str(include_str!("../../../rules/libraries/rust-types.json"))
                .expect("the shipped table of types is valid");
        let mut shapes = HashMap::new();
        for (shape, types) in file.shapes {
            shapes.extend(types.into_iter().map(|ty| (ty, shape)));
        }
        Self {
            shapes,
            pools: file.pools,
            associated: file.associated,
            prelude: file.prelude,
            handed_on: file.handed_on,
            modules: file.modules,
            globs: file.globs,
        }
    }

    /// What a type comes down to, by its full path.
    pub fn shape(&self, path: &str) -> Option<Shape> {
        self.shapes.get(path).copied()
    }

    /// The name of what a pool hands out, if the type at this path is a pool.
    pub fn pool(&self, path: &str) -> Option<&str> {
        self.pools.get(path).map(String::as_str)
    }

    /// What a pool hands out that is made of a type outside the program.
    pub fn pooled(&self, pool: &str, of: &str) -> Option<&str> {
        self.associated
            .get(&format!("{pool}<{of}>"))
            .or_else(|| self.associated.get(of))
            .map(String::as_str)
    }

    /// What a name means everywhere.
    pub fn prelude(&self, name: &str) -> Option<&str> {
        self.prelude.get(name).map(String::as_str)
    }

    /// A path under the name that tables know it by.
    pub fn canonical(&self, path: &str) -> String {
        let mut path = path.to_string();
        if let Some((by, rest)) = path.split_once("::")
            && let crate_name = rest.split("::").next().unwrap_or(rest)
            && let Some(part) = self.handed_on.get(crate_name)
            && by.contains(part.as_str())
            && by != crate_name
        {
            path = rest.to_string();
        }
        for _ in 0..4 {
            let ends: Vec<usize> = path
                .match_indices("::")
                .map(|(at, _)| at)
                .chain([path.len()])
                .collect();
            let found = ends.into_iter().rev().find_map(|end| {
                let to = self.modules.get(&path[..end])?;
                Some(format!("{to}{}", &path[end..]))
            });
            match found {
                Some(next) => path = next,
                None => break,
            }
        }
        path
    }

    /// Whether a module's names are known.
    pub fn has_glob(&self, module: &str) -> bool {
        self.globs.contains_key(module)
    }

    /// What a name means where all names of a module are taken in.
    pub fn in_glob(&self, module: &str, name: &str) -> Option<&str> {
        self.globs.get(module)?.get(name).map(String::as_str)
    }
}

/// A type by its shape.
pub fn shaped(shape: Shape, mut arguments: Vec<Type>) -> Type {
    let mut next = || {
        if arguments.is_empty() {
            Type::Unknown
        } else {
            arguments.remove(0)
        }
    };
    match shape {
        Shape::Text => Type::Str,
        Shape::Number => Type::Number,
        Shape::Bool => Type::Bool,
        Shape::Error => Type::Error,
        Shape::Same | Shape::Shared => next(),
        // Bytes are text.
        Shape::List => Type::List(Box::new(next())),
        Shape::Channel => Type::Channel(Box::new(next())),
        Shape::Map => {
            let key = next();
            let value = next();
            Type::Map(Box::new(key), Box::new(value))
        }
    }
}
