//! What can run: entry points, routes, handlers, exported names, and all that they lead to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::eval::Evaluator;
use super::ids::{FuncId, TypeId};
use super::model::EventKind;
use crate::facts::{CodeFile, Type};

use super::value::Ty;

/// Edges of the call graph, unsure ones included: by whom, and what.
#[must_use]
pub fn edges(eval: &Evaluator<'_>) -> BTreeMap<FuncId, BTreeSet<FuncId>> {
    let mut out: BTreeMap<FuncId, BTreeSet<FuncId>> = BTreeMap::new();
    for event in &eval.events {
        let targets = out.entry(event.func).or_default();
        match &event.kind {
            EventKind::Call { callees, .. } => targets.extend(callees),
            EventKind::Define(closure) => {
                targets.insert(*closure);
            }
            _ => {}
        }
    }
    for (by, func) in &eval.references {
        let targets = out.entry(*by).or_default();
        targets.extend(eval.symbols.with_variants(*func));
    }
    for (by, ty) in &eval.escaped {
        out.entry(*by).or_default().extend(escaping(eval, *ty));
    }
    out
}

/// Methods of a type that escaped, which code that knows nothing of the type can call.
fn escaping(eval: &Evaluator<'_>, ty: TypeId) -> Vec<FuncId> {
    let methods = eval.symbols.methods_of(ty).into_iter().flatten();
    methods
        .map(|(_, method)| *method)
        .filter(|method| can_be_called_unseen(eval, *method))
        .flat_map(|method| eval.symbols.with_variants(method))
        .collect()
}

/// Whether code that knows nothing of a type can call its method, through an interface.
fn can_be_called_unseen(eval: &Evaluator<'_>, id: FuncId) -> bool {
    let code = code_of(eval, id);
    let function = eval.symbols.function(eval.files, id);
    code.is_some_and(|c| c.lang.meets_any_interface())
        || function.is_some_and(|f| f.meets.is_some())
}

/// Functions that may be called in ways that are not seen: from outside, by a value that they were handed on as, or
/// by their name on something unknown.
#[must_use]
pub fn loose(eval: &Evaluator<'_>, with_tests: bool) -> BTreeSet<FuncId> {
    let names: BTreeSet<&str> = eval.unresolved.iter().map(|(_, name)| &**name).collect();
    let by_name = |id: FuncId| {
        let function = eval.symbols.function(eval.files, id);
        function.is_some_and(|f| f.receiver.is_some() && names.contains(f.name.as_str()))
    };
    let mut out: BTreeSet<FuncId> = all(eval)
        .filter(|id| !is_entry(eval, *id))
        .filter(|id| is_root(eval, *id, with_tests) || by_name(*id))
        .collect();
    for (_, func) in &eval.references {
        out.extend(eval.symbols.with_variants(*func));
    }
    for (_, ty) in &eval.escaped {
        out.extend(escaping(eval, *ty));
    }
    out
}

fn is_entry(eval: &Evaluator<'_>, id: FuncId) -> bool {
    let function = eval.symbols.function(eval.files, id);
    function.is_some_and(|function| function.entry)
}

/// Functions that may run outside tests.
#[must_use]
pub fn live(
    eval: &Evaluator<'_>,
    edges: &BTreeMap<FuncId, BTreeSet<FuncId>>,
    with_tests: bool,
) -> BTreeSet<FuncId> {
    let roots = all(eval).filter(|id| is_root(eval, *id, with_tests));
    let aside = |id: FuncId| !with_tests && is_test(eval, id);
    reached(eval, edges, roots.collect(), &aside, false)
}

/// Functions that something in the program uses, be it code of which nobody knows who runs it: from what
/// the runtime, routers and code outside the program call, and what attributes hand to code that is not seen, on
/// to all that is called, handed on, or goes by the name of a method that is called on what is not known. Tests
/// and examples use nothing.
#[must_use]
pub fn used(
    eval: &Evaluator<'_>,
    edges: &BTreeMap<FuncId, BTreeSet<FuncId>>,
    with_tests: bool,
) -> BTreeSet<FuncId> {
    let aside = |id: FuncId| !with_tests && is_test(eval, id) || is_aside(eval, id);
    let registered = |id: FuncId| {
        let function = eval.symbols.function(eval.files, id);
        function.is_some_and(|f| f.registered)
    };
    let roots =
        all(eval).filter(|id| !aside(*id) && (registered(*id) || is_root(eval, *id, with_tests)));
    reached(eval, edges, roots.collect(), &aside, true)
}

fn all(eval: &Evaluator<'_>) -> impl Iterator<Item = FuncId> + use<> {
    (0..eval.symbols.functions.len()).map(|number| FuncId(number as u32))
}

/// What calls lead to. A call on something unknown may be of any method of that name; if `made`, only of types
/// that something makes, as far as the program has functions for that.
fn reached(
    eval: &Evaluator<'_>,
    edges: &BTreeMap<FuncId, BTreeSet<FuncId>>,
    roots: Vec<FuncId>,
    aside: &dyn Fn(FuncId) -> bool,
    made: bool,
) -> BTreeSet<FuncId> {
    let mut by_name: BTreeMap<&str, Vec<(FuncId, Option<TypeId>)>> = BTreeMap::new();
    for id in all(eval) {
        if let Some(function) = eval.symbols.function(eval.files, id)
            && (made || function.receiver.is_some())
        {
            let owner = eval.symbols.func(id).owner;
            let owner = owner.filter(|_| function.receiver.is_some());
            by_name.entry(&function.name).or_default().push((id, owner));
        }
    }
    let mut perhaps: BTreeMap<FuncId, Vec<(FuncId, Option<TypeId>)>> = BTreeMap::new();
    for (by, name) in &eval.unresolved {
        let methods = by_name.get(&**name).into_iter().flatten();
        perhaps.entry(*by).or_default().extend(methods);
    }
    let makers = makers(eval);
    let maker_of: BTreeMap<FuncId, TypeId> = makers
        .iter()
        .flat_map(|(ty, makers)| makers.iter().map(|maker| (*maker, *ty)))
        .collect();
    let mut waiting: BTreeMap<TypeId, Vec<FuncId>> = BTreeMap::new();
    let mut exist: BTreeSet<TypeId> = BTreeSet::new();
    let mut seen: BTreeSet<FuncId> = roots.iter().copied().collect();
    let mut queue: VecDeque<FuncId> = roots.into();
    loop {
        while let Some(func) = queue.pop_front() {
            let mut next: Vec<FuncId> = edges.get(&func).into_iter().flatten().copied().collect();
            if let Some(ty) = maker_of.get(&func)
                && exist.insert(*ty)
            {
                next.extend(waiting.remove(ty).unwrap_or_default());
            }
            for (method, ty) in perhaps.get(&func).into_iter().flatten() {
                match ty.filter(|ty| made && makers.contains_key(ty) && !exist.contains(ty)) {
                    Some(ty) => waiting.entry(ty).or_default().push(*method),
                    None => next.push(*method),
                }
            }
            for next in next {
                if !aside(next) && seen.insert(next) {
                    queue.push_back(next);
                }
            }
        }
        // What has methods that run was made by someone, be it code outside the program.
        let running: BTreeSet<TypeId> = seen
            .iter()
            .filter_map(|id| {
                let function = eval.symbols.function(eval.files, *id)?;
                function.receiver.as_ref()?;
                eval.symbols.func(*id).owner
            })
            .collect();
        for makers in running.iter().filter_map(|ty| makers.get(ty)) {
            if makers.iter().any(|maker| seen.contains(maker)) {
                continue;
            }
            for maker in makers.iter().filter(|maker| !aside(**maker)) {
                if seen.insert(*maker) {
                    queue.push_back(*maker);
                }
            }
        }
        if queue.is_empty() {
            return seen;
        }
    }
}

/// Functions that belong to a type and make a value of it.
fn makers(eval: &Evaluator<'_>) -> BTreeMap<TypeId, Vec<FuncId>> {
    let mut out: BTreeMap<TypeId, Vec<FuncId>> = BTreeMap::new();
    for id in all(eval) {
        let Some(owner) = eval.symbols.func(id).owner else {
            continue;
        };
        let makes = eval
            .symbols
            .function(eval.files, id)
            .is_some_and(|function| {
                function.receiver.is_none()
                    && function.results.iter().any(|ty| match ty {
                        Type::Named(path, _) => path.name == eval.symbols.ty(owner).name.as_ref(),
                        _ => false,
                    })
            });
        if makes {
            out.entry(owner).or_default().push(id);
        }
    }
    out
}

/// The file that a function stands in.
fn code_of<'f>(eval: &Evaluator<'f>, id: FuncId) -> Option<&'f CodeFile> {
    eval.files[eval.symbols.func(id).file as usize]
        .code
        .as_ref()
}

/// Whether a function stands beside the programs.
fn is_aside(eval: &Evaluator<'_>, id: FuncId) -> bool {
    code_of(eval, id).is_some_and(|c| c.aside)
}

/// Whether a function is test code.
#[must_use]
pub fn is_test(eval: &Evaluator<'_>, id: FuncId) -> bool {
    code_of(eval, id).is_some_and(|c| c.test)
        || eval
            .symbols
            .function(eval.files, id)
            .is_some_and(|f| f.test)
}

fn is_root(eval: &Evaluator<'_>, id: FuncId, with_tests: bool) -> bool {
    if is_test(eval, id) {
        return with_tests;
    }
    let info = eval.symbols.func(id);
    let Some(code) = &eval.files[info.file as usize].code else {
        return false;
    };
    let Some(function) = eval.symbols.function(eval.files, id) else {
        return false;
    };
    if function.entry {
        return true;
    }
    // What code outside the program asked for it calls.
    if let Some(meets) = &function.meets
        && !code.vendored
    {
        let module = meets.module.as_deref().unwrap_or(&code.module);
        let id = eval.symbols.find_type(module, &meets.name);
        if id.is_none_or(|id| eval.symbols.definition(eval.files, id).is_none()) {
            return true;
        }
    }
    // Only a named function of the package itself can be reached from outside.
    code.public && !code.vendored && info.parent.is_none() && function.exported
}

/// Functions that answer requests: registered for a route, or of the shape that routers ask for.
#[must_use]
pub fn request_handlers(eval: &mut Evaluator<'_>) -> BTreeSet<FuncId> {
    let mut out: BTreeSet<FuncId> = eval
        .routes
        .iter()
        .flat_map(|r| r.handlers.iter().copied())
        .collect();
    let files = eval.files;
    for number in 0..eval.symbols.functions.len() {
        let id = FuncId(number as u32);
        let info = eval.symbols.func(id).clone();
        let Some(code) = &files[info.file as usize].code else {
            continue;
        };
        let Some(function) = code.functions.get(info.index as usize) else {
            continue;
        };
        let types: Vec<String> = function
            .params
            .iter()
            .map(|p| match eval.symbols.resolve(&p.ty, &code.module) {
                Ty::Named(ty) => {
                    let info = eval.symbols.ty(ty);
                    format!("{}.{}", info.module, info.name)
                }
                _ => String::new(),
            })
            .collect();
        if !types.is_empty() && eval.library.is_handler(&types) {
            out.insert(id);
        }
    }
    out
}
