//! How a program gets to an event on its own: without a request, and without another task.

use super::model::Event;
use super::{FuncId, Program};
use std::collections::BTreeSet;

/// All ways to an event, on which nothing is left to another task.
pub struct Ways<'a> {
    /// The functions on the ways.
    pub through: BTreeSet<FuncId>,
    /// The calls on the ways.
    pub calls: Vec<&'a Event>,
    /// Where the ways begin.
    pub begins: BTreeSet<FuncId>,
}

impl Program {
    /// All ways to an event from the functions that the runtime calls, or from one of `begins`. `None` when some way
    /// begins elsewhere or is not seen, answers a request, goes through a closure, or leaves something to another task.
    #[must_use]
    pub fn ways(&self, event: &Event, begins: &BTreeSet<FuncId>) -> Option<Ways<'_>> {
        let mut out = Ways {
            through: BTreeSet::new(),
            calls: Vec::new(),
            begins: BTreeSet::new(),
        };
        // A task that makes the connection itself has it for itself.
        let left = |event: &Event| event.spawned && !begins.contains(&event.func);
        if left(event) {
            return None;
        }
        let mut todo = vec![event.func];
        while let Some(func) = todo.pop() {
            if !out.through.insert(func) {
                continue;
            }
            if begins.contains(&func) {
                out.begins.insert(func);
                continue;
            }
            let function = self.function(func);
            if function.handler || function.loose || function.parent.is_some() {
                return None;
            }
            let uppers = self.uppers(func, None, event.func);
            if uppers.is_empty() {
                if function.name != "main" {
                    return None;
                }
                out.begins.insert(func);
            }
            for (upper, call, _) in uppers {
                let call = self.event(call?);
                if left(call) {
                    return None;
                }
                out.calls.push(call);
                todo.push(upper);
            }
        }
        Some(out)
    }
}
