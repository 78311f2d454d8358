//! Names across files: modules, types, functions, methods and fields.

use super::ids::{FuncId, TypeId};
use super::library::{Library, Role};
use super::value::Ty;
use crate::facts::{FileFacts, Function, Global, MethodSig, Type, TypeDef};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A named type.
#[derive(Debug, Clone)]
pub struct TypeInfo {
    /// The module, as importers write it.
    pub module: Arc<str>,
    /// The name.
    pub name: Arc<str>,
    /// Where the program defines it: file and place in the file's list.
    pub def: Option<(u32, u32)>,
    /// The type without arguments, for one that has some.
    pub base: Option<TypeId>,
    /// Type arguments.
    pub arguments: Vec<Ty>,
    /// The type of which this is one form.
    pub variant_of: Option<TypeId>,
}

/// A function of the program.
#[derive(Debug, Clone)]
pub struct FuncInfo {
    /// The file.
    pub file: u32,
    /// Its number in the file.
    pub index: u32,
    /// The type whose method it is.
    pub owner: Option<TypeId>,
    /// The function that encloses this closure.
    pub parent: Option<FuncId>,
}

/// What a method name on a type leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// A function of the program; the names of embedded fields that lead to its receiver.
    Program(FuncId, Vec<Arc<str>>),
    /// A method of an outer type; likewise.
    Outer(TypeId, Vec<Arc<str>>),
    /// A method that an interface of the program asks for.
    Interface(TypeId),
    /// Nothing that is known.
    Missing,
}

/// All names of a run.
#[derive(Debug)]
pub struct Symbols {
    /// Named types by number.
    pub types: Vec<TypeInfo>,
    /// Functions by number.
    pub functions: Vec<FuncInfo>,
    type_ids: HashMap<(Arc<str>, Arc<str>), TypeId>,
    by_name: HashMap<(Arc<str>, Arc<str>), FuncId>,
    methods: HashMap<TypeId, BTreeMap<Arc<str>, FuncId>>,
    globals: HashMap<(Arc<str>, Arc<str>), (u32, u32)>,
    /// What else values of a type can be used as.
    conforms: HashMap<TypeId, Vec<TypeId>>,
    /// Types that only stand for several interfaces at once.
    several: HashSet<TypeId>,
    /// Forms of types.
    forms: HashMap<TypeId, Vec<TypeId>>,
    /// Types that are said to meet an interface.
    met_by: HashMap<TypeId, Vec<TypeId>>,
    /// Interfaces that are met by types of which only other interfaces are known.
    open: Vec<TypeId>,
    /// Other names of types that depend on arguments: what they stand for, where, and their parameters.
    aliases: HashMap<TypeId, (Type, Arc<str>, Vec<String>)>,
    /// How deep names of types are being followed.
    depth: usize,
    /// Functions of the same name in the same module, as for other platforms: all but the first, by it.
    variants: HashMap<FuncId, Vec<FuncId>>,
    /// First function of each file.
    first: Vec<u32>,
    /// Programs that hold each module.
    pub programs: Programs,
}

/// A method that an interface asks for, and the module that its types are written in.
pub type Asked = (MethodSig, Arc<str>);

/// Programs that hold each module, by number of their main modules.
pub type Programs = HashMap<Arc<str>, BTreeSet<u32>>;

/// Whether some program may hold two modules. A module that no program of the run holds may be held by any.
#[must_use]
pub fn may_meet(programs: &Programs, a: &str, b: &str) -> bool {
    match (programs.get(a), programs.get(b)) {
        (Some(a), Some(b)) => !a.is_disjoint(b),
        _ => true,
    }
}

/// The programs that hold each module: those whose main module imports it, by however many steps.
fn programs(files: &[FileFacts]) -> Programs {
    let mut imports: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    let mut mains: BTreeSet<&str> = BTreeSet::new();
    for code in files.iter().filter_map(|f| f.code.as_ref()) {
        let own = imports.entry(code.module.as_str()).or_default();
        if !code.test {
            own.extend(code.imports.iter().map(|i| i.module.as_str()));
        }
        if code.functions.iter().any(|f| f.entry && f.name == "main") && !code.test {
            mains.insert(code.module.as_str());
        }
    }
    let mut out = Programs::new();
    for (number, main) in (0u32..).zip(mains) {
        let mut seen = BTreeSet::from([main]);
        let mut queue = vec![main];
        while let Some(module) = queue.pop() {
            let Some(imported) = imports.get(module) else {
                continue;
            };
            out.entry(module.into()).or_default().insert(number);
            queue.extend(imported.iter().filter(|m| seen.insert(**m)));
        }
    }
    out
}

/// How deep embedded fields and aliases are followed.
const MAX_DEPTH: usize = 8;

impl Symbols {
    /// Collects the names of all files.
    #[must_use]
    pub fn collect(files: &[FileFacts], library: &Library) -> Self {
        let mut out = Self {
            types: Vec::new(),
            functions: Vec::new(),
            type_ids: HashMap::new(),
            by_name: HashMap::new(),
            methods: HashMap::new(),
            globals: HashMap::new(),
            conforms: HashMap::new(),
            several: HashSet::new(),
            forms: HashMap::new(),
            met_by: HashMap::new(),
            open: Vec::new(),
            aliases: HashMap::new(),
            depth: 0,
            variants: HashMap::new(),
            first: Vec::with_capacity(files.len()),
            programs: programs(files),
        };
        for (number, file) in files.iter().enumerate() {
            let Some(code) = &file.code else { continue };
            // A vendored copy of a modelled library must not hide the model.
            if library.is_client_module(&code.module) {
                continue;
            }
            let module: Arc<str> = code.module.as_str().into();
            for (i, def) in code.types.iter().enumerate() {
                let id = out.intern(&module, &def.name);
                let info = &mut out.types[id.0 as usize];
                if info.def.is_none() {
                    info.def = Some((number as u32, i as u32));
                }
                if def.alias && !def.parameters.is_empty() {
                    let alias = (def.def.clone(), module.clone(), def.parameters.clone());
                    out.aliases.entry(id).or_insert(alias);
                }
                if let Some(parent) = &def.variant_of {
                    let parent = out.intern(&module, parent);
                    out.types[id.0 as usize].variant_of = Some(parent);
                    out.forms.entry(parent).or_default().push(id);
                }
            }
            for (i, global) in code.globals.iter().enumerate() {
                out.globals
                    .entry((module.clone(), global.name.as_str().into()))
                    .or_insert((number as u32, i as u32));
            }
        }
        for (number, file) in files.iter().enumerate() {
            out.first.push(out.functions.len() as u32);
            let Some(code) = &file.code else { continue };
            let module: Arc<str> = code.module.as_str().into();
            let modelled = library.is_client_module(&code.module);
            let first = out.functions.len() as u32;
            for (i, function) in code.functions.iter().enumerate() {
                let id = FuncId(out.functions.len() as u32);
                let owner = function.owner.as_ref().map(|owner| {
                    out.intern(owner.module.as_deref().unwrap_or(&module), &owner.name)
                });
                out.functions.push(FuncInfo {
                    file: number as u32,
                    index: i as u32,
                    owner,
                    parent: function.parent.map(|p| FuncId(first + p)),
                });
                if modelled || function.parent.is_some() || function.name.is_empty() {
                    continue;
                }
                let known = match owner {
                    Some(owner) => *out
                        .methods
                        .entry(owner)
                        .or_default()
                        .entry(function.name.as_str().into())
                        .or_insert(id),
                    None => *out
                        .by_name
                        .entry((module.clone(), function.name.as_str().into()))
                        .or_insert(id),
                };
                // `init` and `_` may stand there many times, and nobody calls them.
                if known != id && !function.entry && function.name != "_" {
                    out.variants.entry(known).or_default().push(id);
                }
            }
        }
        out.note_conformances(files);
        out
    }

    fn note_conformances(&mut self, files: &[FileFacts]) {
        for code in files.iter().filter_map(|f| f.code.as_ref()) {
            for conformance in &code.conforms {
                let Ty::Named(to) = self.resolve(&conformance.to, &code.module) else {
                    continue;
                };
                let with = to;
                let to = self.base(to);
                match self.resolve(&conformance.of, &code.module) {
                    Ty::Named(of) => {
                        let of = self.unalias(files, of);
                        let of = self.base(of);
                        let own = self.ty(of).def.is_some();
                        let known = self.conforms.entry(of).or_default();
                        if !known.contains(&to) {
                            known.push(to);
                        }
                        // Of an interface with arguments, some types meet one and some another.
                        for to in [to, with] {
                            let by = self.met_by.entry(to).or_default();
                            if !by.contains(&of) {
                                by.push(of);
                            }
                        }
                        if !own && !self.open.contains(&to) {
                            self.open.push(to);
                        }
                    }
                    _ if !self.open.contains(&to) => self.open.push(to),
                    _ => {}
                }
            }
        }
    }

    /// Types that are said to meet an interface, where only such types do.
    #[must_use]
    pub fn met_by(&self, files: &[FileFacts], interface: TypeId) -> Option<&[TypeId]> {
        let (def, _) = self.definition(files, interface)?;
        def.nominal.then(|| {
            self.met_by
                .get(&interface)
                .or_else(|| self.met_by.get(&self.base(interface)))
                .map_or(&[][..], Vec::as_slice)
        })
    }

    /// The forms of a type.
    #[must_use]
    pub fn forms_of(&self, id: TypeId) -> &[TypeId] {
        self.forms.get(&id).map_or(&[], Vec::as_slice)
    }

    /// What else values of a type can be used as.
    #[must_use]
    pub fn conforms_to(&self, id: TypeId) -> &[TypeId] {
        self.conforms.get(&self.base(id)).map_or(&[], Vec::as_slice)
    }

    /// A type without its arguments.
    #[must_use]
    pub fn base(&self, id: TypeId) -> TypeId {
        self.ty(id).base.unwrap_or(id)
    }

    /// What the type parameters of a type stand for.
    fn parameters(&self, files: &[FileFacts], id: TypeId) -> Vec<(String, Ty)> {
        match self.definition(files, id) {
            Some((def, _)) => def
                .parameters
                .iter()
                .cloned()
                .zip(self.ty(id).arguments.iter().cloned())
                .collect(),
            None => Vec::new(),
        }
    }

    /// The number of a named type.
    pub fn intern(&mut self, module: &str, name: &str) -> TypeId {
        let key: (Arc<str>, Arc<str>) = (module.into(), name.into());
        if let Some(id) = self.type_ids.get(&key) {
            return *id;
        }
        let id = TypeId(self.types.len() as u32);
        self.types.push(TypeInfo {
            module: key.0.clone(),
            name: key.1.clone(),
            def: None,
            base: None,
            arguments: Vec::new(),
            variant_of: None,
        });
        self.type_ids.insert(key, id);
        id
    }

    /// A type by number.
    #[must_use]
    pub fn ty(&self, id: TypeId) -> &TypeInfo {
        &self.types[id.0 as usize]
    }

    /// The function at a place in a file's list.
    #[must_use]
    pub fn func_id(&self, file: u32, index: u32) -> FuncId {
        FuncId(self.first[file as usize] + index)
    }

    /// A function with those of the same name that other platforms and tags have in its place.
    pub fn with_variants(&self, id: FuncId) -> impl Iterator<Item = FuncId> + '_ {
        let others = self.variants.get(&id).into_iter().flatten().copied();
        std::iter::once(id).chain(others)
    }

    /// A function's entry.
    #[must_use]
    pub fn func(&self, id: FuncId) -> &FuncInfo {
        &self.functions[id.0 as usize]
    }

    /// A function and those around it, innermost first.
    pub fn enclosing(&self, id: FuncId) -> impl Iterator<Item = FuncId> {
        std::iter::successors(Some(id), |id| self.func(*id).parent)
    }

    /// Whether two functions stand within one outermost function, or are it.
    #[must_use]
    pub fn share_locals(&self, closure: FuncId, other: FuncId) -> bool {
        self.enclosing(closure).last() == self.enclosing(other).last()
    }

    /// A function of a module by name.
    #[must_use]
    pub fn find_function(&self, module: &str, name: &str) -> Option<FuncId> {
        self.by_name.get(&(module.into(), name.into())).copied()
    }

    /// A variable or constant of a module: file and place in the file's list.
    #[must_use]
    pub fn find_global(&self, module: &str, name: &str) -> Option<(u32, u32)> {
        self.globals.get(&(module.into(), name.into())).copied()
    }

    /// A type of a module that is already known.
    #[must_use]
    pub fn find_type(&self, module: &str, name: &str) -> Option<TypeId> {
        self.type_ids.get(&(module.into(), name.into())).copied()
    }

    /// Methods that the program defines on a type.
    #[must_use]
    pub fn methods_of(&self, id: TypeId) -> Option<&BTreeMap<Arc<str>, FuncId>> {
        self.methods.get(&self.base(id))
    }

    /// What an interface provides for a method of its own.
    #[must_use]
    pub fn provided(&self, interface: TypeId, name: &str) -> Option<FuncId> {
        self.methods_of(interface)?.get(name).copied()
    }

    /// Types with methods, in a fixed order.
    #[must_use]
    pub fn types_with_methods(&self) -> Vec<TypeId> {
        let mut ids: Vec<TypeId> = self.methods.keys().copied().collect();
        ids.sort();
        ids
    }

    /// A written type as the linker sees it. `module` is the module of the file it stands in.
    pub fn resolve(&mut self, ty: &Type, module: &str) -> Ty {
        self.resolve_with(ty, module, &[])
    }

    /// The same where it is known what type parameters stand for.
    pub fn resolve_with(&mut self, ty: &Type, module: &str, known: &[(String, Ty)]) -> Ty {
        let all = |this: &mut Self, types: &[Type]| -> Vec<Ty> {
            types
                .iter()
                .map(|t| this.resolve_with(t, module, known))
                .collect()
        };
        match ty {
            Type::Unknown | Type::Struct(_) => Ty::Unknown,
            Type::Interface(_, embeds) => {
                let types = all(self, embeds);
                self.several(&types)
            }
            Type::Str => Ty::Text,
            Type::Number => Ty::Number,
            Type::Bool => Ty::Bool,
            Type::Error => Ty::Error,
            Type::Named(path, arguments) => {
                let own = path.module.as_deref().unwrap_or(module).to_string();
                let id = self.intern(&own, &path.name);
                if arguments.is_empty() {
                    return Ty::Named(id);
                }
                let arguments = all(self, arguments);
                self.applied(id, arguments)
            }
            Type::Parameter(name, bound) => match known.iter().find(|(n, _)| n == name) {
                Some((_, ty)) if *ty != Ty::Unknown => ty.clone(),
                _ => self.resolve_with(bound, module, known),
            },
            Type::List(inner) => Ty::List(Arc::new(self.resolve_with(inner, module, known))),
            Type::Channel(inner) => Ty::Channel(Arc::new(self.resolve_with(inner, module, known))),
            Type::Map(key, value) => Ty::Map(
                Arc::new(self.resolve_with(key, module, known)),
                Arc::new(self.resolve_with(value, module, known)),
            ),
            Type::Function(_, results) => Ty::Function(all(self, results).into()),
            Type::Tuple(inner) => Ty::Tuple(all(self, inner).into()),
        }
    }

    /// A type with arguments. Where nothing is known of them, it is the type without.
    fn applied(&mut self, id: TypeId, arguments: Vec<Ty>) -> Ty {
        if let Some((def, module, parameters)) = self.aliases.get(&id).cloned() {
            let known: Vec<(String, Ty)> = parameters.into_iter().zip(arguments).collect();
            // Names that stand for themselves.
            if self.depth >= MAX_DEPTH {
                return Ty::Unknown;
            }
            self.depth += 1;
            let ty = self.resolve_with(&def, &module, &known);
            self.depth -= 1;
            return ty;
        }
        if !arguments.iter().any(|a| matches!(a, Ty::Named(_))) {
            return Ty::Named(id);
        }
        let info = self.ty(id).clone();
        let with = self.intern(&info.module, &format!("{}{arguments:?}", info.name));
        self.types[with.0 as usize] = TypeInfo {
            base: Some(id),
            arguments,
            ..info
        };
        Ty::Named(with)
    }

    /// What is known by several interfaces. Of those from outside the program the first one counts.
    fn several(&mut self, types: &[Ty]) -> Ty {
        let named: Vec<TypeId> = types
            .iter()
            .filter_map(|ty| match ty {
                Ty::Named(id) => Some(*id),
                _ => None,
            })
            .collect();
        let [first, _, ..] = named.as_slice() else {
            return named.first().map_or(Ty::Unknown, |id| Ty::Named(*id));
        };
        if named.iter().any(|id| self.ty(self.base(*id)).def.is_none()) {
            return Ty::Named(*first);
        }
        let names: Vec<String> = named
            .iter()
            .map(|id| format!("{}.{}", self.ty(*id).module, self.ty(*id).name))
            .collect();
        let id = self.intern("", &names.join(" + "));
        if self.several.insert(id) {
            self.conforms.insert(id, named);
        }
        Ty::Named(id)
    }

    /// Whether a type only stands for several interfaces.
    fn is_several(&self, id: TypeId) -> bool {
        self.several.contains(&id)
    }

    /// The definition of a type, with the module it stands in.
    #[must_use]
    pub fn definition<'f>(
        &self,
        files: &'f [FileFacts],
        id: TypeId,
    ) -> Option<(&'f TypeDef, &'f str)> {
        let (file, index) = self.ty(id).def?;
        let code = files[file as usize].code.as_ref()?;
        Some((&code.types[index as usize], code.module.as_str()))
    }

    /// Follows aliases and definitions by another named type: the last named type, or what it is
    /// defined as when that is no name.
    pub fn underlying(&mut self, files: &[FileFacts], id: TypeId) -> Ty {
        let mut current = id;
        for _ in 0..MAX_DEPTH {
            let Some((def, module)) = self.definition(files, current) else {
                return Ty::Named(current);
            };
            match &def.def {
                Type::Struct(_) | Type::Interface(..) => return Ty::Named(current),
                other => match self.resolve(other, module) {
                    Ty::Named(next) => current = next,
                    Ty::Unknown => return Ty::Named(current),
                    ty => return ty,
                },
            }
        }
        Ty::Named(current)
    }

    /// Follows `type A = B` so that methods of B are found on A.
    pub fn unalias(&mut self, files: &[FileFacts], id: TypeId) -> TypeId {
        let mut current = id;
        for _ in 0..MAX_DEPTH {
            let Some((def, module)) = self.definition(files, current) else {
                return current;
            };
            if !def.alias {
                return current;
            }
            match self.resolve(&def.def, module) {
                Ty::Named(next) => current = next,
                _ => return current,
            }
        }
        current
    }

    /// Whether a type is an interface of the program, and what it asks for (embedded ones included).
    /// Each method comes with the module that its types are written in. The second part says that it
    /// embeds a type outside the program.
    pub fn interface(
        &mut self,
        files: &[FileFacts],
        id: TypeId,
    ) -> Option<(Vec<Asked>, Vec<TypeId>)> {
        let mut methods = Vec::new();
        let mut outer = Vec::new();
        let mut queue = vec![(id, 0)];
        let mut is_interface = false;
        while let Some((id, depth)) = queue.pop() {
            let id = self.unalias(files, id);
            let id = self.base(id);
            match self.definition(files, id) {
                Some((def, module)) => {
                    let Type::Interface(own, embeds) = &def.def else {
                        continue;
                    };
                    is_interface = true;
                    let owner: Arc<str> = module.into();
                    methods.extend(own.iter().map(|m| (m.clone(), owner.clone())));
                    if depth < MAX_DEPTH {
                        for embed in embeds {
                            if let Ty::Named(next) = self.resolve(embed, module) {
                                queue.push((next, depth + 1));
                            }
                        }
                    }
                }
                None => outer.push(id),
            }
        }
        is_interface.then_some((methods, outer))
    }

    /// The type of a field, embedded fields included, and the names that lead to it.
    pub fn field(
        &mut self,
        files: &[FileFacts],
        id: TypeId,
        name: &str,
    ) -> Option<(Ty, TypeId, Vec<Arc<str>>)> {
        let mut level = vec![(id, Vec::new())];
        for _ in 0..MAX_DEPTH {
            let mut next = Vec::new();
            for (id, path) in level {
                let id = self.unalias(files, id);
                let Some((def, module)) = self.definition(files, id) else {
                    continue;
                };
                let fields = match &def.def {
                    Type::Struct(fields) => fields,
                    other => {
                        if let Ty::Named(inner) = self.resolve(other, module) {
                            next.push((inner, path));
                        }
                        continue;
                    }
                };
                if let Some(field) = fields.iter().find(|f| f.name == name) {
                    let known = self.parameters(files, id);
                    let ty = self.resolve_with(&field.ty, module, &known);
                    return Some((ty, self.base(id), path));
                }
                for field in fields.iter().filter(|f| f.embedded) {
                    if let Ty::Named(inner) = self.resolve(&field.ty, module) {
                        let mut path: Vec<Arc<str>> = path.clone();
                        path.push(field.name.as_str().into());
                        next.push((inner, path));
                    }
                }
            }
            if next.is_empty() {
                return None;
            }
            level = next;
        }
        None
    }

    /// What a method name on a type leads to: its own methods, those of embedded fields, those that
    /// an interface asks for, or a type outside the program.
    pub fn method(
        &mut self,
        files: &[FileFacts],
        library: &Library,
        id: TypeId,
        name: &str,
    ) -> Method {
        let mut level = vec![(id, Vec::new(), true)];
        // Interfaces may ask for each other.
        let mut seen = BTreeSet::new();
        let mut unknown_outer = None;
        for _ in 0..MAX_DEPTH {
            let mut next = Vec::new();
            // `any`: it may be of any type that meets these interfaces.
            for (id, path, any) in level {
                let id = self.unalias(files, id);
                if !seen.insert(id) {
                    continue;
                }
                let base = self.base(id);
                let definition = self.definition(files, id);
                // What an interface provides may be replaced by the types that meet it.
                let any = any
                    && definition.map_or(self.is_several(base), |(def, _)| {
                        matches!(def.def, Type::Interface(..))
                    });
                if !any && let Some(func) = self.methods.get(&base).and_then(|m| m.get(name)) {
                    return Method::Program(*func, path);
                }
                for to in self.conforms.get(&base).into_iter().flatten() {
                    next.push((*to, path.clone(), any));
                }
                let Some((def, module)) = definition else {
                    if self.outer_has(library, id, name) {
                        return Method::Outer(id, path);
                    }
                    if let Some(func) = self.extension(name) {
                        return Method::Program(func, path);
                    }
                    unknown_outer.get_or_insert((id, path));
                    continue;
                };
                match &def.def {
                    Type::Struct(fields) => {
                        for field in fields.iter().filter(|f| f.embedded) {
                            if let Ty::Named(inner) = self.resolve(&field.ty, module) {
                                let mut path: Vec<Arc<str>> = path.clone();
                                path.push(field.name.as_str().into());
                                next.push((inner, path, any));
                            }
                        }
                    }
                    Type::Interface(methods, embeds) => {
                        if methods.iter().any(|m| m.name == name) {
                            return Method::Interface(id);
                        }
                        for embed in embeds {
                            if let Ty::Named(inner) = self.resolve(embed, module) {
                                next.push((inner, path.clone(), any));
                            }
                        }
                    }
                    // A new type made from an interface has its methods. One made from a structure has not,
                    // and then nobody can have called them.
                    other => {
                        if let Ty::Named(inner) = self.resolve(other, module) {
                            next.push((inner, path, any));
                        }
                    }
                }
            }
            if next.is_empty() {
                break;
            }
            level = next;
        }
        match unknown_outer {
            Some((id, path)) => Method::Outer(id, path),
            None => Method::Missing,
        }
    }

    /// A method of an interface that types outside the program meet.
    fn extension(&self, name: &str) -> Option<FuncId> {
        self.open
            .iter()
            .find_map(|of| self.methods.get(of)?.get(name))
            .copied()
    }

    /// Whether the model of an outer type has the method.
    pub fn outer_has(&self, library: &Library, id: TypeId, name: &str) -> bool {
        let info = self.ty(id);
        if library.method(&info.module, &info.name, name).is_some() {
            return true;
        }
        let Some(client) = library.client(&info.module) else {
            return false;
        };
        match client.types.get(&*info.name).map(|t| t.role) {
            Some(Role::Client | Role::Queue) => {
                client.commands.contains_key(name) || client.control.contains_key(name)
            }
            Some(Role::Script) => client.script_methods.contains_key(name),
            _ => client.replies.contains_key(name),
        }
    }

    /// The module that a function stands in.
    #[must_use]
    pub fn module_of<'f>(&self, files: &'f [FileFacts], id: FuncId) -> &'f str {
        files[self.func(id).file as usize]
            .code
            .as_ref()
            .map_or("", |c| c.module.as_str())
    }

    /// Whether some program may hold two modules.
    #[must_use]
    pub fn may_meet(&self, a: &str, b: &str) -> bool {
        may_meet(&self.programs, a, b)
    }

    /// The facts of a function.
    #[must_use]
    pub fn function<'f>(&self, files: &'f [FileFacts], id: FuncId) -> Option<&'f Function> {
        let info = self.func(id);
        files[info.file as usize]
            .code
            .as_ref()?
            .functions
            .get(info.index as usize)
    }

    /// The facts of a global, with the module it stands in.
    #[must_use]
    pub fn global<'f>(
        &self,
        files: &'f [FileFacts],
        module: &str,
        name: &str,
    ) -> Option<(u32, &'f Global)> {
        let (file, index) = self.find_global(module, name)?;
        let code = files[file as usize].code.as_ref()?;
        Some((file, &code.globals[index as usize]))
    }
}
