//! Paths of routes: routers stand below paths of other routers, often before it is said of which.

use super::eval::{Evaluator, Mount};
use super::ids::FuncId;
use super::model::Route;
use super::targets::{self, Callers};
use super::value::{Atom, Origin, Part, ROUTER, Value};
use std::collections::{BTreeSet, HashMap};

/// A router below more others than this answers at a path that is not known.
const MAX_PREFIXES: usize = 8;
/// Routers are followed upwards this far.
const MAX_DEPTH: usize = 8;

/// Puts every route below what its router stands below, once for each place.
pub fn resolve(eval: &mut Evaluator<'_>, callers: &Callers, live: &BTreeSet<FuncId>) {
    let routes = std::mem::take(&mut eval.routes);
    let mut out = Vec::with_capacity(routes.len());
    let mut search = Search {
        eval,
        callers,
        live,
        known: HashMap::new(),
    };
    for route in routes {
        let prefixes = match &route.router {
            Some(router) => search.prefixes(router, 0),
            None => Some(BTreeSet::from([String::new()])),
        };
        match prefixes {
            Some(prefixes) => out.extend(prefixes.into_iter().map(|prefix| Route {
                path: route.path.as_deref().map(|path| join_paths(&prefix, path)),
                ..route.clone()
            })),
            None => out.push(Route {
                open_prefix: true,
                ..route
            }),
        }
    }
    eval.routes = out;
}

type Prefixes = Option<BTreeSet<String>>;

/// Follows routers upwards.
struct Search<'a, 'f> {
    eval: &'a Evaluator<'f>,
    callers: &'a Callers,
    live: &'a BTreeSet<FuncId>,
    /// Of routers that were put below others, what was found.
    known: HashMap<Atom, Prefixes>,
}

impl Search<'_, '_> {
    /// Paths that a router may stand below; `None` when they are not known.
    fn prefixes(&mut self, router: &Value, depth: usize) -> Prefixes {
        let routers = targets::values(self.eval, self.callers, router)?;
        if routers.is_empty() || depth > MAX_DEPTH {
            return None;
        }
        let mut out = BTreeSet::new();
        for router in routers {
            let Value::Router(parts, _) = router else {
                return None;
            };
            let Some((Part::Hole(own), below)) = parts.split_first() else {
                return None;
            };
            let mut path = String::new();
            for part in below {
                let Part::Lit(text) = part else {
                    return None;
                };
                path.push_str(text);
            }
            let above = match own.origin {
                Origin::Place(_, ROUTER, _) => self.mounted(own, depth)?,
                _ => self.prefixes(&Value::Atom(own.clone()), depth + 1)?,
            };
            out.extend(above.iter().map(|prefix| join_paths(prefix, &path)));
        }
        (out.len() <= MAX_PREFIXES).then_some(out)
    }

    /// Paths that a router was put below where it was made or later.
    fn mounted(&mut self, own: &Atom, depth: usize) -> Prefixes {
        let Some(mounts) = self.eval.mounted.get(own) else {
            return Some(BTreeSet::from([String::new()]));
        };
        if let Some(known) = self.known.get(own) {
            return known.clone();
        }
        // Found again on the way: a router below itself.
        self.known.insert(own.clone(), None);
        let found = self.above(mounts, depth);
        self.known.insert(own.clone(), found.clone());
        found
    }

    fn above(&mut self, mounts: &[Mount], depth: usize) -> Prefixes {
        let mut out = BTreeSet::new();
        // What nothing runs puts nothing anywhere, where something else does.
        let runs = |mount: &&Mount| self.live.contains(&mount.func);
        let running: Vec<&Mount> = mounts.iter().filter(runs).collect();
        let mounts = if running.is_empty() {
            mounts.iter().collect()
        } else {
            running
        };
        for mount in mounts {
            let path = mount.path.as_deref()?;
            match &mount.router {
                None => {
                    out.insert(path.to_string());
                }
                Some(router) => {
                    let above = self.prefixes(router, depth + 1)?;
                    out.extend(above.iter().map(|prefix| join_paths(prefix, path)));
                }
            }
        }
        Some(out)
    }
}

/// Puts a path below a prefix.
fn join_paths(prefix: &str, path: &str) -> String {
    let prefix = prefix.trim_end_matches('/');
    if prefix.is_empty() {
        return path.to_string();
    }
    if path.is_empty() || path == "/" {
        return prefix.to_string();
    }
    format!("{prefix}/{}", path.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::join_paths;

    #[test]
    fn paths_join_with_one_slash() {
        assert_eq!(join_paths("", "/readyz"), "/readyz");
        assert_eq!(join_paths("/api/", "/v1"), "/api/v1");
        assert_eq!(join_paths("/api", ""), "/api");
    }
}
