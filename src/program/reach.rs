//! What can run: entry points, routes, handlers, exported names, and all that they lead to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::eval::Evaluator;
use super::ids::FuncId;
use super::model::EventKind;

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
        if let Some(methods) = eval.symbols.methods_of(*ty) {
            let targets = out.entry(*by).or_default();
            for method in methods.values() {
                targets.extend(eval.symbols.with_variants(*method));
            }
        }
    }
    out
}

/// Functions that may run outside tests.
#[must_use]
pub fn live(
    eval: &Evaluator<'_>,
    edges: &BTreeMap<FuncId, BTreeSet<FuncId>>,
    with_tests: bool,
) -> BTreeSet<FuncId> {
    let mut seen = BTreeSet::new();
    let mut queue = VecDeque::new();
    for number in 0..eval.symbols.functions.len() {
        let id = FuncId(number as u32);
        if is_root(eval, id, with_tests) && seen.insert(id) {
            queue.push_back(id);
        }
    }
    while let Some(func) = queue.pop_front() {
        for next in edges.get(&func).into_iter().flatten() {
            let skipped = !with_tests && is_test(eval, *next);
            if !skipped && seen.insert(*next) {
                queue.push_back(*next);
            }
        }
    }
    seen
}

/// Whether a function is test code.
#[must_use]
pub fn is_test(eval: &Evaluator<'_>, id: FuncId) -> bool {
    let info = eval.symbols.func(id);
    let file = &eval.files[info.file as usize];
    file.code.as_ref().is_some_and(|c| c.test)
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
