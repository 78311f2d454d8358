//! Names to what they stand for: `use` trees, modules, crates, and what the standard library gives.
//!
//! A file's facts come with paths as written, each with the module of the file that it stands in. Once all
//! files are known, this gives each path the crate and the full name of what it means there.

use super::crates::{Crates, Place};
use super::shapes::{Names, Shape, shaped};
use super::{Scope, Source};
use crate::facts::{
    Arm, Call, Callee, CodeFile, Expr, FormatPart, Import, LoopKind, Path, Place as Target, Stmt,
    Type, TypeDef,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How far a search for a name is: names lead to modules that ask for the same name.
#[derive(Default)]
struct Seen {
    /// Names being looked for: crate, module, name.
    under_way: HashSet<(usize, String, String)>,
    /// Names that were looked for.
    count: usize,
}

/// Names looked for to find one: modules that all take in each other lead round in many ways.
const MAX_STEPS: usize = 5_000;

impl Seen {
    /// Whether to look for a name; [`Seen::leave`] ends that.
    fn enter(&mut self, name: &(usize, String, String)) -> bool {
        self.count += 1;
        self.count <= MAX_STEPS && self.under_way.insert(name.clone())
    }

    fn leave(&mut self, name: &(usize, String, String)) {
        self.under_way.remove(name);
    }
}

/// What is declared under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A structure, enumeration, trait or alias.
    Type,
    /// A structure or a variant with fields that have no names.
    Tuple,
    /// A structure or a variant without fields.
    Unit,
    /// A function, constant or variable.
    Value,
    /// A module.
    Module,
}

/// A module's names.
#[derive(Default)]
struct Members {
    uses: HashMap<String, String>,
    globs: Vec<String>,
}

/// Names of all crates.
struct Program<'c> {
    crates: &'c Crates,
    names: &'c Names,
    defined: Vec<HashMap<String, Kind>>,
    members: Vec<HashMap<String, Members>>,
    by_id: HashMap<&'c str, usize>,
}

/// What a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    /// Something that a crate of the run declares.
    Own(usize, String),
    /// Something outside: its full path, the crate first.
    Outer(String),
}

/// Gives every path in the facts what it stands for.
pub fn resolve(crates: &Crates, names: &Names, sources: &mut BTreeMap<&str, &mut Source>) {
    let mut program = Program {
        crates,
        names,
        defined: vec![HashMap::new(); crates.crates.len()],
        members: Vec::new(),
        by_id: crates
            .crates
            .iter()
            .enumerate()
            .map(|(i, c)| (c.id.as_str(), i))
            .collect(),
    };
    program
        .members
        .resize_with(crates.crates.len(), HashMap::new);
    for (path, source) in sources.iter() {
        if let (Some(place), Some(code)) = (crates.places.get(*path), &source.facts.code) {
            program.declare(place, code, &source.scope);
        }
    }
    for (path, source) in sources.iter_mut() {
        let Some(place) = crates.places.get(*path) else {
            continue;
        };
        if let Some(code) = &mut source.facts.code {
            Resolver {
                program: &program,
                place,
                imports: BTreeSet::new(),
                known: HashMap::new(),
            }
            .file(code);
        }
    }
}

fn joined(module: &str, name: &str) -> String {
    match (module, name) {
        ("", name) => name.to_string(),
        (module, "") => module.to_string(),
        (module, name) => format!("{module}::{name}"),
    }
}

impl Program<'_> {
    fn declare(&mut self, place: &Place, code: &CodeFile, scope: &Scope) {
        let defined = &mut self.defined[place.krate];
        let mut add = |name: &str, kind: Kind| {
            defined.entry(joined(&place.module, name)).or_insert(kind);
        };
        for def in &code.types {
            let kind = match &def.def {
                Type::Struct(fields) if fields.is_empty() => Kind::Unit,
                Type::Struct(fields) if fields.iter().any(|f| f.name == "0") => Kind::Tuple,
                _ => Kind::Type,
            };
            add(&def.name, kind);
        }
        for function in &code.functions {
            if function.owner.is_none() && function.parent.is_none() && !function.name.is_empty() {
                add(&function.name, Kind::Value);
            }
        }
        for global in &code.globals {
            add(&global.name, Kind::Value);
        }
        for module in &scope.inline {
            add(module, Kind::Module);
        }
        // What a function declares stands in a module of its own.
        let names = code.types.iter().map(|t| &t.name);
        let names = names.chain(code.functions.iter().map(|f| &f.name));
        for name in names.chain(code.globals.iter().map(|g| &g.name)) {
            if let Some((within, _)) = name.rsplit_once("()::") {
                add(&format!("{within}()"), Kind::Module);
            }
        }
        for module in &scope.modules {
            add(&joined(&module.within, &module.name), Kind::Module);
        }
        if !place.module.is_empty() {
            defined.entry(place.module.clone()).or_insert(Kind::Module);
        }
        let members = &mut self.members[place.krate];
        for taken in &scope.uses {
            let own = members
                .entry(joined(&place.module, &taken.module))
                .or_default();
            if taken.name.is_empty() {
                own.globs.push(taken.path.clone());
            } else if taken.name != "_" {
                own.uses
                    .entry(taken.name.clone())
                    .or_insert_with(|| taken.path.clone());
            }
        }
    }

    /// What a path means in a module.
    fn find(&self, krate: usize, module: &str, path: &str, seen: &mut Seen) -> Option<Found> {
        let mut parts = path.split("::").peekable();
        let mut found = match *parts.peek()? {
            "" => {
                parts.next();
                self.krate(krate, parts.next()?)
            }
            "crate" | "$crate" => {
                parts.next();
                Found::Own(krate, String::new())
            }
            "self" => {
                parts.next();
                Found::Own(krate, module.to_string())
            }
            "super" => {
                let mut module = module;
                while parts.peek() == Some(&"super") {
                    parts.next();
                    module = module.rsplit_once("::").map_or("", |(above, _)| above);
                }
                Found::Own(krate, module.to_string())
            }
            first => {
                parts.next();
                let more = parts.peek().is_some();
                self.name(krate, module, first, more, seen)?
            }
        };
        for part in parts {
            found = self.below(found, part, seen)?;
        }
        Some(found)
    }

    /// A crate by the name that code of another one has for it.
    fn krate(&self, from: usize, name: &str) -> Found {
        let known = self.crates.crates[from].names.get(name);
        let known = known.map_or(name, String::as_str);
        match self.by_id.get(known) {
            Some(own) => Found::Own(*own, String::new()),
            None => Found::Outer(known.to_string()),
        }
    }

    /// What a single name means in a module.
    fn name(
        &self,
        krate: usize,
        module: &str,
        name: &str,
        more: bool,
        seen: &mut Seen,
    ) -> Option<Found> {
        let found = self.member(krate, module, name, seen);
        // A function has nothing below it: the path begins with something else of that name.
        let value = |found: &Found| matches!(found, Found::Own(krate, full) if self.kind(*krate, full) == Some(Kind::Value));
        if let Some(found) = found.filter(|found| !more || !value(found)) {
            return Some(found);
        }
        if self.crates.crates[krate].names.contains_key(name) {
            return Some(self.krate(krate, name));
        }
        if let Some(known) = self.names.prelude(name) {
            return Some(Found::Outer(known.to_string()));
        }
        // A name of a module all of whose names are taken in, and of which nothing is known.
        let globs = self.members[krate].get(module).map(|m| m.globs.as_slice());
        let mut outer = Vec::new();
        // What a module takes in all names of is not looked for among these names.
        let all = (krate, module.to_string(), "*".to_string());
        if seen.enter(&all) {
            for glob in globs.unwrap_or_default() {
                if let Some(Found::Outer(path)) = self.find(krate, module, glob, seen) {
                    outer.push(path);
                }
            }
            seen.leave(&all);
        }
        let is_crate = name.chars().next().is_some_and(char::is_lowercase);
        match outer.as_slice() {
            [only] if !self.names.has_glob(&self.names.canonical(only)) => {
                Some(Found::Outer(format!("{only}::{name}")))
            }
            // Crates need no manifest to be seen.
            _ if is_crate => Some(Found::Outer(name.to_string())),
            _ => None,
        }
    }

    /// What a module has under a name: declared, taken in, or among all names of another one.
    fn member(&self, krate: usize, module: &str, name: &str, seen: &mut Seen) -> Option<Found> {
        let key = (krate, module.to_string(), name.to_string());
        if !seen.enter(&key) {
            return None;
        }
        let found = self.member_of(krate, module, name, seen);
        seen.leave(&key);
        found
    }

    fn member_of(&self, krate: usize, module: &str, name: &str, seen: &mut Seen) -> Option<Found> {
        if let Some((krate, module)) = self.crates.shared.get(&(krate, module.to_string())) {
            return self.member(*krate, module, name, seen);
        }
        let full = joined(module, name);
        if let Some(kind) = self.defined[krate].get(&full) {
            // The same file may be a module of several crates.
            if *kind == Kind::Module
                && let Some((krate, module)) = self.crates.shared.get(&(krate, full.clone()))
            {
                return Some(Found::Own(*krate, module.clone()));
            }
            return Some(Found::Own(krate, full));
        }
        let members = self.members[krate].get(module)?;
        if let Some(path) = members.uses.get(name) {
            // `use redis;` and `use redis::Client as redis;` name what stands outside.
            let own = path == name || path.starts_with(&format!("{name}::"));
            if own {
                let first = self.krate(krate, name);
                let mut found = first;
                for part in path.split("::").skip(1) {
                    found = self.below(found, part, seen)?;
                }
                return Some(found);
            }
            return self.find(krate, module, path, seen);
        }
        for glob in &members.globs {
            match self.find(krate, module, glob, seen) {
                Some(Found::Own(of, inner)) if (of, inner.as_str()) != (krate, module) => {
                    let found = self.member(of, &inner, name, seen);
                    if found.is_some() {
                        return found;
                    }
                }
                Some(Found::Outer(path)) => {
                    let path = self.names.canonical(&path);
                    if let Some(known) = self.names.in_glob(&path, name) {
                        return Some(Found::Outer(known.to_string()));
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn below(&self, found: Found, name: &str, seen: &mut Seen) -> Option<Found> {
        match found {
            Found::Outer(path) => Some(Found::Outer(format!("{path}::{name}"))),
            Found::Own(krate, module) => {
                let is_module = module.is_empty()
                    || self.defined[krate].get(&module) == Some(&Kind::Module)
                    || self.crates.shared.contains_key(&(krate, module.clone()));
                if is_module {
                    return self.member(krate, &module, name, seen);
                }
                // Of a type: a variant, or something that belongs to it.
                Some(Found::Own(krate, joined(&module, name)))
            }
        }
    }

    fn kind(&self, krate: usize, name: &str) -> Option<Kind> {
        self.defined[krate].get(name).copied()
    }
}

/// One file under way.
struct Resolver<'p, 'c> {
    program: &'p Program<'c>,
    place: &'p Place,
    imports: BTreeSet<String>,
    /// What was found for a path in a module.
    known: HashMap<(String, String), Option<Found>>,
}

impl Resolver<'_, '_> {
    fn file(&mut self, code: &mut CodeFile) {
        let krate = &self.program.crates.crates[self.place.krate];
        code.module = krate.id.clone();
        code.package.clone_from(&krate.id);
        code.test |= self.place.test;
        let own = |name: &str| joined(&self.place.module, name);
        for def in &mut code.types {
            def.name = own(&def.name);
            if let Some(parent) = &mut def.variant_of {
                *parent = own(parent);
            }
        }
        for global in &mut code.globals {
            global.name = own(&global.name);
        }
        for function in &mut code.functions {
            if function.owner.is_none() && !function.name.is_empty() {
                function.entry &= self.place.module.is_empty() && !krate.library;
                function.name = own(&function.name);
            }
        }
        for TypeDef { def, .. } in &mut code.types {
            self.ty(def);
        }
        for global in &mut code.globals {
            self.ty(&mut global.ty);
            if let Some(value) = &mut global.value {
                self.expr(value);
            }
        }
        for conformance in &mut code.conforms {
            self.ty(&mut conformance.of);
            self.ty(&mut conformance.to);
        }
        for function in &mut code.functions {
            if let Some(owner) = &mut function.owner {
                self.own_path(owner);
            }
            if let Some(meets) = &mut function.meets {
                self.own_path(meets);
            }
            if let Some(receiver) = &mut function.receiver {
                self.ty(&mut receiver.ty);
            }
            for param in &mut function.params {
                param.shared = self.is_shared(&param.ty);
                self.ty(&mut param.ty);
            }
            function.results.iter_mut().for_each(|ty| self.ty(ty));
            self.block(&mut function.body);
        }
        let imports = std::mem::take(&mut self.imports);
        code.imports = imports
            .into_iter()
            .filter(|module| *module != code.module)
            .map(|module| Import {
                name: module.clone(),
                module,
            })
            .collect();
    }

    /// What a path as written means, by crate and name.
    fn found(&mut self, path: &Path) -> Option<Found> {
        let inner = path.module.as_deref().unwrap_or("");
        let module = joined(&self.place.module, inner);
        let key = (module, path.name.clone());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let program = self.program;
        let found = program
            .find(self.place.krate, &key.0, &key.1, &mut Seen::default())
            .map(|found| match found {
                Found::Outer(path) => Found::Outer(program.names.canonical(&path)),
                own => own,
            });
        self.known.insert(key, found.clone());
        found
    }

    /// The path under which everybody knows it.
    fn spelled(&mut self, found: Found) -> Path {
        let (module, name) = match found {
            Found::Own(krate, name) => (self.program.crates.crates[krate].id.clone(), name),
            Found::Outer(path) => match path.split_once("::") {
                Some((krate, name)) => (krate.to_string(), name.to_string()),
                None => (path, String::new()),
            },
        };
        self.imports.insert(module.clone());
        Path {
            module: Some(module),
            name,
        }
    }

    fn own_path(&mut self, path: &mut Path) {
        match self.found(path) {
            Some(found) => *path = self.spelled(found),
            // A name that nothing declares is nobody's.
            None => path.module = Some("?".to_string()),
        }
    }

    /// Whether a type is one of which all calls of a function are given the same value.
    fn is_shared(&mut self, ty: &Type) -> bool {
        let Type::Named(path, _) = ty else {
            return false;
        };
        let found = self.found(path);
        matches!(found, Some(Found::Outer(full)) if self.program.names.shape(&full) == Some(Shape::Shared))
    }

    fn ty(&mut self, ty: &mut Type) {
        match ty {
            Type::Named(path, arguments) => {
                let pooled = self.pooled(path, arguments);
                if let Some(pooled) = pooled {
                    *ty = pooled;
                    return;
                }
                let bytes = matches!(arguments.as_slice(), [Type::Named(p, _)] if p.name == "u8");
                arguments.iter_mut().for_each(|a| self.ty(a));
                let Some(found) = self.found(path) else {
                    *ty = Type::Unknown;
                    return;
                };
                if let Found::Outer(full) = &found
                    && let Some(shape) = self.program.names.shape(full)
                {
                    let arguments = std::mem::take(arguments);
                    *ty = if bytes && shape == Shape::List {
                        Type::Str
                    } else {
                        shaped(shape, arguments)
                    };
                    return;
                }
                *path = self.spelled(found);
            }
            Type::Parameter(_, bound) => self.ty(bound),
            Type::List(inner) | Type::Channel(inner) => self.ty(inner),
            Type::Map(key, value) => {
                self.ty(key);
                self.ty(value);
            }
            Type::Function(params, results) => {
                params.iter_mut().for_each(|t| self.ty(t));
                results.iter_mut().for_each(|t| self.ty(t));
            }
            Type::Tuple(types) => types.iter_mut().for_each(|t| self.ty(t)),
            Type::Struct(fields) => fields.iter_mut().for_each(|f| self.ty(&mut f.ty)),
            Type::Interface(methods, embeds) => {
                for method in methods {
                    method.params.iter_mut().for_each(|t| self.ty(t));
                    method.results.iter_mut().for_each(|t| self.ty(t));
                }
                embeds.iter_mut().for_each(|t| self.ty(t));
            }
            _ => {}
        }
    }

    /// What a pool hands out, in the place of the pool.
    fn pooled(&mut self, path: &Path, arguments: &[Type]) -> Option<Type> {
        let Some(Found::Outer(pool)) = self.found(path) else {
            return None;
        };
        let names = self.program.names;
        let name = names.pool(&pool)?;
        let Some(Type::Named(of, _)) = arguments.first() else {
            return Some(Type::Unknown);
        };
        if name.is_empty() {
            let mut inner = arguments[0].clone();
            self.ty(&mut inner);
            return Some(inner);
        }
        Some(match self.found(of)? {
            Found::Own(krate, of) => {
                let path = self.spelled(Found::Own(krate, joined(&of, name)));
                Type::Named(path, Vec::new())
            }
            Found::Outer(of) => match names.pooled(&pool, &of) {
                Some(pooled) => {
                    let path = self.spelled(Found::Outer(pooled.to_string()));
                    Type::Named(path, Vec::new())
                }
                None => Type::Unknown,
            },
        })
    }

    fn block(&mut self, stmts: &mut [Stmt]) {
        for stmt in stmts {
            match stmt {
                Stmt::Assign { places, values, ty } => {
                    places.iter_mut().for_each(|p| self.target(p));
                    values.iter_mut().for_each(|v| self.expr(v));
                    self.ty(ty);
                }
                Stmt::Expr(expr) => self.expr(expr),
                Stmt::Return(values) => values.iter_mut().for_each(|v| self.expr(v)),
                Stmt::If {
                    cond,
                    then,
                    otherwise,
                } => {
                    self.expr(cond);
                    self.block(then);
                    self.block(otherwise);
                }
                Stmt::Switch { subject, arms } => {
                    subject.iter_mut().for_each(|s| self.expr(s));
                    for Arm {
                        conditions,
                        body,
                        binding,
                    } in arms
                    {
                        conditions.iter_mut().for_each(|c| self.expr(c));
                        if let Some((_, ty)) = binding {
                            self.ty(ty);
                        }
                        self.block(body);
                    }
                }
                Stmt::Loop { kind, body, .. } => {
                    match &mut **kind {
                        LoopKind::Each {
                            over, key, value, ..
                        } => {
                            self.expr(over);
                            key.iter_mut().for_each(|p| self.target(p));
                            value.iter_mut().for_each(|p| self.target(p));
                        }
                        LoopKind::While { cond, step, .. } => {
                            self.expr(cond);
                            self.block(step);
                        }
                        LoopKind::Forever => {}
                    }
                    self.block(body);
                }
                Stmt::Spawn { call, .. } => self.expr(call),
                Stmt::Block(inner) => self.block(inner),
                Stmt::Break | Stmt::Continue => {}
            }
        }
    }

    fn target(&mut self, place: &mut Target) {
        match place {
            Target::Global(path) => self.own_path(path),
            Target::Field(base, _) => self.expr(base),
            Target::Index(base, index) => {
                self.expr(base);
                self.expr(index);
            }
            Target::Ignore | Target::Local(_) => {}
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Global(path) => {
                if let Some(better) = self.named(path) {
                    *expr = better;
                }
            }
            Expr::Variant(path) => self.own_path(path),
            Expr::Associated(ty, name) => {
                if name.is_empty() {
                    // `Self` as a value.
                    self.ty(ty);
                    *expr = Expr::Composite(ty.clone(), Vec::new(), Default::default());
                    return;
                }
                if let Type::Named(path, _) = &**ty {
                    let full = Path {
                        name: format!("{}::{name}", path.name),
                        ..path.clone()
                    };
                    if let Some(better) = self.named(&full) {
                        *expr = better;
                        return;
                    }
                }
                self.ty(ty);
            }
            Expr::Field(base, ..) | Expr::Not(base) | Expr::Neg(base) | Expr::Len(base) => {
                self.expr(base)
            }
            Expr::Convert(ty, base) | Expr::Assert(base, ty) => {
                self.expr(base);
                self.ty(ty);
            }
            Expr::Index(base, index) => {
                self.expr(base);
                self.expr(index);
            }
            Expr::Slice(base, from, to) => {
                self.expr(base);
                from.iter_mut().for_each(|e| self.expr(e));
                to.iter_mut().for_each(|e| self.expr(e));
            }
            Expr::Binary(_, left, right) => {
                self.expr(left);
                self.expr(right);
            }
            Expr::Composite(ty, entries, _) => {
                self.ty(ty);
                for entry in entries {
                    entry.key.iter_mut().for_each(|k| self.expr(k));
                    self.expr(&mut entry.value);
                }
            }
            Expr::Append(base, items, _) => {
                self.expr(base);
                items.iter_mut().for_each(|i| self.expr(i));
            }
            Expr::Zero(ty) => self.ty(ty),
            Expr::Format(parts) => {
                for part in parts {
                    match part {
                        FormatPart::Text(_) => {}
                        FormatPart::Display(e) | FormatPart::Other(e) => self.expr(e),
                    }
                }
            }
            Expr::Call(call) => {
                if let Some(better) = self.call(call) {
                    *expr = better;
                }
            }
            _ => {}
        }
    }

    /// A path as a value: something without fields, something that belongs to a type, or a plain name.
    fn named(&mut self, path: &Path) -> Option<Expr> {
        let found = self.found(path);
        match found {
            Some(Found::Own(krate, name)) => {
                let kind = self.program.kind(krate, &name);
                let owner = name
                    .rsplit_once("::")
                    .map(|(o, n)| (o.to_string(), n.to_string()));
                if kind.is_none()
                    && let Some((owner, last)) = owner
                    && self.is_type(krate, &owner)
                {
                    let ty = self.spelled(Found::Own(krate, owner));
                    return Some(Expr::Associated(
                        Box::new(Type::Named(ty, Vec::new())),
                        last,
                    ));
                }
                let path = self.spelled(Found::Own(krate, name));
                Some(match kind {
                    Some(Kind::Unit) => Expr::Composite(
                        Box::new(Type::Named(path, Vec::new())),
                        Vec::new(),
                        Default::default(),
                    ),
                    _ => Expr::Global(path),
                })
            }
            Some(outer) => Some(Expr::Global(self.spelled(outer))),
            None => Some(Expr::Global(Path {
                module: Some("?".to_string()),
                name: path.name.clone(),
            })),
        }
    }

    fn is_type(&self, krate: usize, name: &str) -> bool {
        matches!(
            self.program.kind(krate, name),
            Some(Kind::Type | Kind::Tuple | Kind::Unit)
        )
    }

    /// A call; some come down to something else.
    fn call(&mut self, call: &mut Call) -> Option<Expr> {
        call.args.iter_mut().for_each(|a| self.expr(a));
        match &mut call.callee {
            Callee::Method(receiver, _) => {
                self.expr(receiver);
                None
            }
            Callee::Value(value) => {
                self.expr(value);
                None
            }
            Callee::Associated(ty, name) => {
                let name = name.clone();
                if let Type::Named(path, _) = ty {
                    let full = Path {
                        name: format!("{}::{name}", path.name),
                        ..path.clone()
                    };
                    return self.call_path(&full, call);
                }
                self.ty(ty);
                None
            }
            Callee::Path(path) => {
                let path = path.clone();
                self.call_path(&path, call)
            }
        }
    }

    fn call_path(&mut self, path: &Path, call: &mut Call) -> Option<Expr> {
        match self.found(path) {
            Some(Found::Own(krate, name)) => {
                let kind = self.program.kind(krate, &name);
                if kind == Some(Kind::Tuple) {
                    // What looks like a call makes a value.
                    let path = self.spelled(Found::Own(krate, name));
                    let entries = std::mem::take(&mut call.args)
                        .into_iter()
                        .enumerate()
                        .map(|(i, value)| crate::facts::Entry {
                            name: Some(i.to_string()),
                            key: None,
                            value,
                        })
                        .collect();
                    return Some(Expr::Composite(
                        Box::new(Type::Named(path, Vec::new())),
                        entries,
                        call.span,
                    ));
                }
                if kind.is_none()
                    && let Some((owner, last)) = name.rsplit_once("::")
                    && self.is_type(krate, owner)
                {
                    let ty = self.spelled(Found::Own(krate, owner.to_string()));
                    call.callee = Callee::Associated(Type::Named(ty, Vec::new()), last.to_string());
                    return None;
                }
                call.callee = Callee::Path(self.spelled(Found::Own(krate, name)));
                None
            }
            Some(Found::Outer(full)) => {
                // What is computed at its first use may be a function by its name.
                if full.ends_with("::new")
                    && full
                        .rsplit("::")
                        .nth(1)
                        .is_some_and(|ty| ty.starts_with("Lazy"))
                    && matches!(
                        call.args.as_slice(),
                        [Expr::Global(_) | Expr::Associated(..)]
                    )
                {
                    let callee = match call.args.pop() {
                        Some(Expr::Global(path)) => Callee::Path(path),
                        Some(Expr::Associated(ty, name)) => Callee::Associated(*ty, name),
                        _ => return None,
                    };
                    return Some(Expr::Call(Box::new(Call {
                        callee,
                        args: Vec::new(),
                        spread: false,
                        waited: call.waited,
                        span: call.span,
                        text: call.text.clone(),
                    })));
                }
                if let Some((ty, last)) = full.rsplit_once("::")
                    && let Some(shape) = self.program.names.shape(ty)
                    && let Some(better) = wrapped(shape, last, call)
                {
                    return Some(better);
                }
                // `State(x)`: the wrapper is the value.
                if matches!(
                    self.program.names.shape(&full),
                    Some(Shape::Same | Shape::Shared)
                ) && call.args.len() == 1
                {
                    return call.args.pop();
                }
                call.callee = Callee::Path(self.spelled(Found::Outer(full)));
                None
            }
            None => {
                call.callee = Callee::Path(Path {
                    module: Some("?".to_string()),
                    name: path.name.clone(),
                });
                None
            }
        }
    }
}

/// What belongs to a type that only wraps, holds text, or is a list or map: `Arc::new(x)`, `Vec::new()`.
fn wrapped(shape: Shape, name: &str, call: &mut Call) -> Option<Expr> {
    let empty = match shape {
        Shape::Text => Some(Type::Str),
        Shape::List => Some(Type::List(Box::new(Type::Unknown))),
        Shape::Map => Some(Type::Map(Box::new(Type::Unknown), Box::new(Type::Unknown))),
        _ => None,
    };
    match (name, call.args.len(), empty) {
        ("new" | "default", 0, Some(ty))
        | ("with_capacity" | "with_hasher" | "with_capacity_and_hasher", _, Some(ty)) => {
            Some(Expr::Zero(Box::new(ty)))
        }
        (
            "from"
            | "from_iter"
            | "from_utf8"
            | "from_utf8_lossy"
            | "from_str"
            | "copy_from_slice"
            | "from_static"
            | "from_utf8_unchecked",
            1,
            Some(_),
        ) => call.args.pop(),
        (
            "new" | "from" | "clone" | "pin" | "new_with" | "const_new" | "from_pointee" | "Owned"
            | "Borrowed" | "from_ref" | "as_ref" | "downgrade" | "new_cyclic",
            1,
            None,
        ) if matches!(shape, Shape::Same | Shape::Shared) => {
            let value = call.args.pop()?;
            // What is computed at its first use is what the function gives.
            Some(match value {
                Expr::Closure(_) => Expr::Call(Box::new(Call {
                    callee: Callee::Value(value),
                    args: Vec::new(),
                    spread: false,
                    waited: call.waited,
                    span: call.span,
                    text: call.text.clone(),
                })),
                value => value,
            })
        }
        _ => None,
    }
}

/// Crates that some of these programs use, by however many steps.
#[must_use]
pub fn used_by<'f>(
    files: &[&'f CodeFile],
    programs: impl Iterator<Item = &'f str>,
) -> HashSet<String> {
    let mut imports: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for code in files.iter().filter(|code| !code.test) {
        let own = imports.entry(&code.module).or_default();
        own.extend(code.imports.iter().map(|i| i.module.as_str()));
    }
    let mut todo: Vec<&str> = programs.collect();
    let mut seen: HashSet<String> = HashSet::new();
    while let Some(module) = todo.pop() {
        if seen.insert(module.to_string())
            && let Some(needs) = imports.get(module)
        {
            todo.extend(needs);
        }
    }
    seen
}
