//! Calls: of functions and methods of the program, of closures, of what is unknown.

use super::*;
use crate::program::library::{Client, Connection, Role};
use crate::program::value::Fnv;
use crate::program::words::{At, elements};
use std::hash::{Hash, Hasher};

impl<'f> Evaluator<'f> {
    pub(in crate::program) fn emit(
        &mut self,
        frame: &Frame,
        span: Span,
        text: &str,
        mut kind: EventKind,
    ) -> EventId {
        let id = EventId(self.events.len() as u32);
        let mut on_miss = frame.miss.clone();
        on_miss.sort();
        on_miss.dedup();
        if let EventKind::Command(command) = &mut kind {
            command.opened = self.is_opened(&command.receiver);
        }
        let mut loops = frame.around();
        if !frame.is_waited() && self.is_begun(&kind) {
            for around in &mut loops {
                if matches!(around.sort, LoopSort::Each | LoopSort::Counted) {
                    around.sort = LoopSort::Beside;
                }
            }
        }
        self.events.push(Event {
            func: frame.func,
            site: self.place(frame, span),
            text: text.into(),
            loops,
            on_miss,
            branches: frame.branches.clone(),
            spawned: frame.spawned,
            each_node: frame.each_node,
            bound: frame.bound.clone(),
            kind,
        });
        id
    }

    pub(super) fn call(&mut self, frame: &mut Frame, call: &Call) -> (Value, Ty) {
        match &call.callee {
            Callee::Path(path) => {
                let module = path.module.as_deref().unwrap_or(&frame.module).to_string();
                if let Some(func) = self.symbols.find_function(&module, &path.name) {
                    let args = self.args(frame, call);
                    if self.is_generated(func) {
                        self.note_service(frame, call, &module, &path.name, &args);
                    }
                    return self.call_program(frame, call, vec![func], None, args);
                }
                if let Some(id) = self.symbols.find_type(&module, &path.name)
                    && self.symbols.definition(self.files, id).is_some()
                {
                    let ty = Ty::Named(id);
                    let (value, from) = match call.args.first() {
                        Some(arg) => self.expr(frame, arg),
                        None => (Value::Unknown, Ty::Unknown),
                    };
                    return (self.convert(value, &from, &ty), ty);
                }
                if let Some((value, _)) = self.global(&module, &path.name) {
                    if let Some((module, name)) = self.outer_name(&value) {
                        return self.outer_function(frame, call, &module, &name);
                    }
                    let args = self.args(frame, call);
                    return self.call_value(frame, call, value, args);
                }
                self.outer_function(frame, call, &module, &path.name)
            }
            Callee::Associated(ty, name) => self.call_associated(frame, call, ty, name),
            Callee::Method(receiver, name) => {
                let local = match receiver {
                    Expr::Local(local) => Some(*local),
                    Expr::Call(_) => {
                        root_local(receiver).filter(|_| self.lang(frame) == Lang::Rust)
                    }
                    _ => None,
                };
                if let Some(func) = self.method_of_type(frame, receiver, name) {
                    let args = self.args(frame, call);
                    return self.call_value(frame, call, Value::Function(func, None), args);
                }
                let (value, ty) = self.expr(frame, receiver);
                // What a chain has made of its beginning is no longer that.
                let local = local.filter(|_| {
                    matches!(receiver, Expr::Local(_)) || matches!(value, Value::Builder(_))
                });
                self.call_method(frame, call, value, ty, name, local)
            }
            Callee::Value(expr) => {
                let (value, _) = self.expr(frame, expr);
                if let Value::Method(receiver, ty, name) = value {
                    return self.outer_method(frame, call, *receiver, ty, &name, None);
                }
                if let Some((module, name)) = self.outer_name(&value) {
                    return self.outer_function(frame, call, &module, &name);
                }
                let args = self.args(frame, call);
                // A closure that is called where it is made runs there.
                if let Expr::Closure(index) = expr {
                    self.closure(frame, *index, args.clone());
                    if let Value::Function(func, _) = value
                        && let Some(given) = self.given_by(func)
                    {
                        return given;
                    }
                }
                self.call_value(frame, call, value, args)
            }
        }
    }

    /// Whether a generator wrote a function.
    fn is_generated(&self, func: FuncId) -> bool {
        let file = self.symbols.func(func).file as usize;
        let code = self.files[file].code.as_ref();
        code.is_some_and(|c| c.generated)
    }

    /// The function outside the program that a value is: `var NewClient = redis.NewClient`.
    fn outer_name(&self, value: &Value) -> Option<(String, String)> {
        let Value::Atom(atom) = value else {
            return None;
        };
        let Origin::Global(name) = &atom.origin else {
            return None;
        };
        let (module, name) = name.rsplit_once('.')?;
        let own = self.symbols.find_global(module, name).is_some();
        (!own).then(|| (module.to_string(), name.to_string()))
    }

    /// Evaluates arguments.
    pub(in crate::program) fn args(&mut self, frame: &mut Frame, call: &Call) -> Vec<(Value, Ty)> {
        call.args.iter().map(|a| self.expr(frame, a)).collect()
    }

    pub(in crate::program) fn call_value(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        value: Value,
        mut args: Vec<(Value, Ty)>,
    ) -> (Value, Ty) {
        match value {
            Value::Function(func, receiver) => {
                let method = self
                    .symbols
                    .function(self.files, func)
                    .is_some_and(|f| f.receiver.is_some());
                // A method named by its type takes the receiver before all else.
                let receiver = match receiver {
                    None if method && !args.is_empty() => Some(Box::new(args.remove(0).0)),
                    receiver => receiver,
                };
                self.call_program(frame, call, vec![func], receiver.map(|r| *r), args)
            }
            Value::Choice(..) => {
                let mut leaves = BTreeSet::new();
                leaf_values(&value, &mut leaves);
                let mut funcs = Vec::new();
                let mut receivers = BTreeSet::new();
                let mut all = true;
                for leaf in &leaves {
                    match leaf {
                        Value::Function(func, receiver) => {
                            funcs.push(*func);
                            receivers.insert(receiver.clone());
                        }
                        Value::Nil => {}
                        _ => all = false,
                    }
                }
                funcs.dedup();
                if funcs.is_empty() {
                    return self.call_later(frame, call, value, None, &args);
                }
                // Methods bound to different objects: no one of them is the receiver.
                let receiver = match receivers.pop_first() {
                    Some(Some(one)) if receivers.is_empty() => Some(*one),
                    _ => None,
                };
                let event = EventId(self.events.len() as u32);
                if !all {
                    let method = None;
                    self.dynamic.insert(event, Called { value, method });
                }
                self.call_program(frame, call, funcs, receiver, args)
            }
            Value::Atom(ref atom) if self.constructor(atom).is_some() => {
                let Some(id) = self.constructor(atom) else {
                    return (Value::Unknown, Ty::Unknown);
                };
                self.construct(frame, call, id, args)
            }
            Value::Atom(_) => self.call_later(frame, call, value, None, &args),
            _ => {
                self.note_escapes(frame, &args);
                (Value::Unknown, Ty::Unknown)
            }
        }
    }

    /// The structure without names for its fields that a name stands for, where it is used as a function.
    fn constructor(&self, atom: &Atom) -> Option<TypeId> {
        let Origin::Global(name) = &atom.origin else {
            return None;
        };
        let (module, name) = name.rsplit_once('.')?;
        let id = self.symbols.find_type(module, name)?;
        let (def, _) = self.symbols.definition(self.files, id)?;
        matches!(&def.def, Type::Struct(fields) if fields.iter().any(|f| f.name == "0"))
            .then_some(id)
    }

    /// Makes an object of values in the order of its fields.
    fn construct(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        id: TypeId,
        args: Vec<(Value, Ty)>,
    ) -> (Value, Ty) {
        let mut fields = BTreeMap::new();
        for (number, (value, _)) in args.into_iter().enumerate() {
            let name: Arc<str> = number.to_string().into();
            self.field_writes
                .entry((id, name.clone()))
                .or_default()
                .push((value.clone(), frame.func));
            fields.insert(name, value);
        }
        let whole = self.symbols.ty(id).variant_of;
        let object = Object {
            ty: id,
            fields,
            site: self.place(frame, call.span),
        };
        let ty = Ty::Named(whole.unwrap_or(id));
        (Value::Object(Arc::new(object)), ty)
    }

    /// A call of a value that may be known when everything has been evaluated: a parameter, a field,
    /// an element of a list. With `method` its method of that name is called.
    pub(in crate::program) fn call_later(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        value: Value,
        method: Option<&str>,
        args: &[(Value, Ty)],
    ) -> (Value, Ty) {
        let ty = match &value {
            Value::Atom(atom) => {
                if let Origin::Param(_, number) = atom.origin {
                    frame.param_calls.push((number, args.to_vec()));
                }
                let ty = atom.ty.clone();
                match self.flat(&ty) {
                    Ty::Function(results) => match &results[..] {
                        [one] => one.clone(),
                        _ => Ty::Tuple(results.clone()),
                    },
                    _ => Ty::Unknown,
                }
            }
            _ => Ty::Unknown,
        };
        self.note_escapes(frame, args);
        let mut given: Vec<Value> = args.iter().map(|(v, _)| v.clone().bounded()).collect();
        if let [Value::Tuple(inner)] = given.as_slice() {
            given = inner.clone();
        }
        let mut all = vec![value.clone()];
        all.extend(given.iter().cloned());
        let event = self.emit(
            frame,
            call.span,
            &call.text,
            EventKind::Call {
                callees: Vec::new(),
                receiver: None,
                args: given,
            },
        );
        let method = method.map(Arc::from);
        self.dynamic.insert(event, Called { value, method });
        (self.pure("call", &all, ty.clone()), ty)
    }

    /// Functions handed to code outside the program are called there. Closures are evaluated where
    /// they stand; these are the named ones and methods.
    pub(in crate::program) fn note_called(
        &mut self,
        frame: &Frame,
        call: &Call,
        args: &[(Value, Ty)],
    ) {
        for (value, _) in args {
            if let Value::Function(func, receiver) = value
                && self.symbols.func(*func).parent.is_none()
            {
                let receiver = receiver.as_deref().cloned().map(Value::bounded);
                let kind = EventKind::Call {
                    callees: vec![*func],
                    receiver,
                    args: Vec::new(),
                };
                self.emit(frame, call.span, &call.text, kind);
            }
        }
    }

    /// Values handed to code outside the program may have their methods called there.
    pub(in crate::program) fn note_escapes(&mut self, frame: &Frame, args: &[(Value, Ty)]) {
        for (value, ty) in args {
            self.note_kept(value);
            if let Value::Object(object) = value {
                self.escaped.insert((frame.func, object.ty));
            }
            if let Ty::Named(id) = ty
                && self.symbols.definition(self.files, *id).is_some()
            {
                self.escaped.insert((frame.func, *id));
            }
        }
    }

    /// A connection, or a parameter that may be one, that is put where it may outlive the function.
    pub(in crate::program) fn note_kept(&mut self, value: &Value) {
        value.connections(&mut |connected| {
            self.kept_connections.insert(connected.site);
        });
        let kept = &mut self.kept_params;
        value.atoms(&mut |atom| {
            if let Origin::Param(func, number) = atom.origin {
                kept.insert((func, number));
            }
        });
    }

    pub(in crate::program) fn call_method(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        value: Value,
        ty: Ty,
        name: &str,
        local: Option<LocalId>,
    ) -> (Value, Ty) {
        let ty = match ty {
            Ty::Unknown => self.type_of(&value),
            ty => ty,
        };
        let Ty::Named(id) = ty else {
            if let Some(method) = self.library.value_method(self.lang(frame), name) {
                return self.value_method(frame, call, method, value, ty, local);
            }
            let args = self.args(frame, call);
            self.note_escapes(frame, &args);
            if matches!(value, Value::Function(..)) {
                // `f.ServeHTTP(w, r)` on a function value.
                return self.call_value(frame, call, value, args);
            }
            if ty == Ty::Unknown {
                self.unresolved.insert((frame.func, name.into()));
            }
            return self.outer_result(frame, call, name, Some(value), &args, Ty::Unknown);
        };
        match self.symbols.method(self.files, self.library, id, name) {
            Method::Program(func, path) => {
                let receiver = self.walk(retype(value, &ty), &path);
                let args = self.args(frame, call);
                self.call_program(frame, call, vec![func], Some(receiver), args)
            }
            Method::Interface(interface) => {
                let own = frame.module.clone();
                let within = self.provided_by(frame, &value);
                let mut funcs = self.implementations(interface, name, within);
                // A value made in one program does not get into another one.
                funcs.retain(|f| {
                    let module = self.symbols.module_of(self.files, *f);
                    self.symbols.may_meet(&own, module)
                });
                if let Some(client) = self.small_interface(interface, name) {
                    // The program's own implementations are called too, whatever they do.
                    if !funcs.is_empty() {
                        let args = self.args(frame, call);
                        self.call_program(frame, call, funcs, Some(value.clone()), args);
                    }
                    return self.client_method(
                        frame,
                        call,
                        client,
                        value,
                        interface,
                        Role::Client,
                        Connection::Unknown,
                        name,
                    );
                }
                let args = self.args(frame, call);
                if funcs.is_empty() {
                    self.note_escapes(frame, &args);
                    let ty = self.interface_result(interface, name);
                    return self.outer_result(frame, call, name, Some(value), &args, ty);
                }
                let alike = (funcs.len() == self.implementers(interface).len())
                    .then(|| implementer_choice(&value, interface));
                self.call_any(frame, call, funcs, Some(value), args, alike)
            }
            Method::Outer(outer, path) => {
                // What any value may have is not what an interface asks for that the type also meets.
                let own = self.symbols.unalias(self.files, id);
                if self.symbols.conforms_to(own).contains(&outer)
                    && !self.symbols.outer_has(self.library, outer, name)
                    && let Some(method) = self.library.value_method(self.lang(frame), name)
                {
                    return self.value_method(frame, call, method, value, ty, local);
                }
                let receiver = if path.is_empty() {
                    value
                } else {
                    self.walk(retype(value, &ty), &path)
                };
                self.outer_method(frame, call, receiver, outer, name, local)
            }
            Method::Missing => {
                if let Some(method) = self.library.value_method(self.lang(frame), name) {
                    return self.value_method(frame, call, method, value, ty, local);
                }
                let (callee, _) = self.field(frame, (value, Ty::Named(id)), name, call.span);
                let args = self.args(frame, call);
                self.call_value(frame, call, callee, args)
            }
        }
    }

    /// The type of a value that came by a name without one, such as a type parameter's.
    fn type_of(&mut self, value: &Value) -> Ty {
        match value {
            Value::Object(object) => Ty::Named(object.ty),
            Value::Atom(atom) => atom.ty.clone(),
            Value::Connection(connected) => {
                let client = self.library.client(&connected.module);
                let made = client.and_then(|c| c.functions.get(&*connected.constructor));
                match made.and_then(|made| made.returns.as_deref()) {
                    Some(returns) => Ty::Named(self.symbols.intern(&connected.module, returns)),
                    None => Ty::Unknown,
                }
            }
            _ => Ty::Unknown,
        }
    }

    /// The client whose command an interface of the program asks for: the method has the name of a
    /// client's, and gives that client's own type of reply.
    fn small_interface(&mut self, interface: TypeId, name: &str) -> Option<&'f Client> {
        if let Ty::Named(reply) = self.interface_result(interface, name) {
            let info = self.symbols.ty(reply);
            let client = self.library.client(&info.module)?;
            let returns = match client.commands.get(name) {
                Some(command) => command.returns.as_deref()?,
                None => return client.control.contains_key(name).then_some(client),
            };
            return (returns == &*info.name).then_some(client);
        }
        // What opens a queue or runs a function over one names the client's types in its parameters.
        let (methods, _) = self.symbols.interface(self.files, interface)?;
        let (method, module) = methods.into_iter().find(|(m, _)| m.name == name)?;
        let mut clients = Vec::new();
        for ty in method.params.iter().chain(&method.results) {
            modules_in(ty, &module, &mut clients);
        }
        clients
            .iter()
            .filter_map(|module| self.library.client(module))
            .find(|client| client.control.contains_key(name))
    }

    pub(super) fn interface_result(&mut self, interface: TypeId, name: &str) -> Ty {
        let files = self.files;
        let Some((methods, _)) = self.symbols.interface(files, interface) else {
            return Ty::Unknown;
        };
        let Some((method, module)) = methods.iter().find(|(m, _)| m.name == name) else {
            return Ty::Unknown;
        };
        let types: Vec<Ty> = method
            .results
            .iter()
            .map(|r| self.symbols.resolve(r, module))
            .collect();
        match types.as_slice() {
            [one] => one.clone(),
            _ => Ty::Tuple(types.into()),
        }
    }

    /// The function that an interface provides and that calls something on its own receiver here.
    fn provided_by(&self, frame: &Frame, receiver: &Value) -> Option<FuncId> {
        let Value::Atom(atom) = receiver else {
            return None;
        };
        let Origin::Param(func, RECEIVER) = atom.origin else {
            return None;
        };
        let by = self.symbols.func(func).owner?;
        let (def, _) = self.symbols.definition(self.files, by)?;
        let own = self.symbols.share_locals(frame.func, func);
        (own && matches!(def.def, Type::Interface(..))).then_some(func)
    }

    /// Methods of program types that an interface method may lead to. `within` is a function that the interface
    /// provides: a type that has its own one in its place does not come there.
    pub(in crate::program) fn implementations(
        &mut self,
        interface: TypeId,
        name: &str,
        within: Option<FuncId>,
    ) -> Vec<FuncId> {
        let types = self.implementers(interface);
        let files = self.files;
        let provided = within.and_then(|func| Some((func, self.symbols.function(files, func)?)));
        let mut out = Vec::new();
        for id in types.iter() {
            if let Some((within, provided)) = provided
                && let Method::Program(func, _) =
                    self.symbols
                        .method(files, self.library, *id, &provided.name)
                && func != within
            {
                continue;
            }
            match self.symbols.method(self.files, self.library, *id, name) {
                Method::Program(func, _) => out.push(func),
                // Whatever meets one interface meets the other too, with what that provides.
                Method::Interface(of) => out.extend(self.symbols.provided(of, name)),
                Method::Outer(..) | Method::Missing => {}
            }
        }
        // Where nothing of the program is seen to meet the interface, what it provides is there for others.
        if types.is_empty() {
            out.extend(self.symbols.provided(interface, name));
        }
        // In the order of the types, so that what one value's methods give goes together.
        let mut seen = HashSet::new();
        out.retain(|func| seen.insert(*func));
        out
    }

    pub(super) fn implementers(&mut self, interface: TypeId) -> Arc<Vec<TypeId>> {
        if let Some(known) = self.implementers.get(&interface) {
            return known.clone();
        }
        let mut out = Vec::new();
        if let Some(types) = self.symbols.met_by(self.files, interface) {
            out.extend_from_slice(types);
            out.sort();
        } else if let Some((methods, _)) = self.symbols.interface(self.files, interface)
            && !methods.is_empty()
        {
            for id in self.symbols.types_with_methods() {
                let all = methods.iter().all(|(m, module)| {
                    match self.symbols.method(self.files, self.library, id, &m.name) {
                        Method::Program(func, _) => self.takes_alike(func, m, module),
                        _ => false,
                    }
                });
                if all {
                    out.push(id);
                }
            }
        }
        let out = Arc::new(out);
        self.implementers.insert(interface, out.clone());
        out
    }

    /// Whether a method takes what an interface asks for: as many parameters, and no type of the
    /// program where the interface names another.
    fn takes_alike(&mut self, func: FuncId, wanted: &MethodSig, module: &str) -> bool {
        let files = self.files;
        let Some(function) = self.symbols.function(files, func) else {
            return false;
        };
        let own = self.symbols.module_of(files, func);
        if function.params.len() != wanted.params.len() {
            return false;
        }
        function
            .params
            .iter()
            .zip(&wanted.params)
            .all(|(param, want)| {
                if matches!(param.ty, Type::Parameter(..)) || matches!(want, Type::Parameter(..)) {
                    return true;
                }
                match (
                    self.symbols.resolve(&param.ty, own),
                    self.symbols.resolve(want, module),
                ) {
                    (Ty::Named(a), Ty::Named(b)) => {
                        let known = |this: &Self, id| this.symbols.definition(files, id).is_some();
                        self.symbols.unalias(files, a) == self.symbols.unalias(files, b)
                            || !known(self, a)
                            || !known(self, b)
                    }
                    _ => true,
                }
            })
    }

    /// What a function of the program returns for these arguments.
    pub(in crate::program) fn returned(
        &mut self,
        func: FuncId,
        receiver: Option<Value>,
        args: &[Value],
    ) -> Option<Value> {
        let summary = self.summary(func)?;
        let first = summary.returns.first()?;
        self.contexts += 1;
        let fill = |v: &Value| subst(v, func, receiver.as_ref(), args, self.contexts);
        Some(fill(&self.select(first, &fill)))
    }

    pub(super) fn call_program(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        callees: Vec<FuncId>,
        receiver: Option<Value>,
        args: Vec<(Value, Ty)>,
    ) -> (Value, Ty) {
        self.call_any(frame, call, callees, receiver, args, None)
    }

    /// Calls one of several functions. `alike` is the number of the choice between them, where another
    /// call is known to choose the same.
    fn call_any(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        callees: Vec<FuncId>,
        receiver: Option<Value>,
        args: Vec<(Value, Ty)>,
        alike: Option<u64>,
    ) -> (Value, Ty) {
        let files = self.files;
        let several = callees.len();
        let callees: Vec<FuncId> = callees
            .into_iter()
            .flat_map(|callee| self.symbols.with_variants(callee))
            .collect();
        let Some(function) = callees
            .first()
            .and_then(|f| self.symbols.function(files, *f))
        else {
            return (Value::Unknown, Ty::Unknown);
        };
        let mut values: Vec<Value> = args.iter().map(|(v, _)| v.clone().bounded()).collect();
        // f(g()) with a g of several results.
        if let [Value::Tuple(inner)] = values.as_slice()
            && function.params.len() > 1
        {
            values = inner.clone();
        }
        if function.params.last().is_some_and(|p| p.variadic) && !call.spread {
            let fixed = function.params.len() - 1;
            let rest = if values.len() > fixed {
                values.split_off(fixed)
            } else {
                Vec::new()
            };
            values.push(Value::list(rest));
        }
        let receiver = receiver.map(Value::bounded);
        // What a called function sends over a connection in a transaction is part of it.
        let given = values.clone();
        for value in &mut values {
            if let Some(keys) = self.keys_found(value) {
                *value = keys;
            }
            *value = frame.current_queue(std::mem::take(value));
            if let Some(queue) = frame.transactions.get(value) {
                *value = Value::Queue(*queue, 0);
            }
        }
        let event = self.emit(
            frame,
            call.span,
            &call.text,
            EventKind::Call {
                callees: callees.clone(),
                receiver: receiver.clone(),
                args: values.clone(),
            },
        );
        let module = self.symbols.module_of(files, callees[0]);
        let types: Vec<Ty> = function
            .results
            .iter()
            .map(|r| self.symbols.resolve(r, module))
            .collect();
        let ty = match types.as_slice() {
            [one] => one.clone(),
            _ => Ty::Tuple(types.clone().into()),
        };
        self.contexts += 1;
        let context = self.contexts;
        self.calls.insert(context, event);
        let mut alternatives: Vec<Vec<Value>> = Vec::new();
        if callees.len() <= MAX_IMPLEMENTERS {
            for callee in &callees {
                let Some(summary) = self.summary(*callee) else {
                    continue;
                };
                for (number, params) in &summary.param_calls {
                    // Called in several ways: its parameters stay open.
                    if summary
                        .param_calls
                        .iter()
                        .any(|(n, p)| n == number && p != params)
                    {
                        continue;
                    }
                    let Some(Value::Function(closure, None)) = values.get(*number as usize) else {
                        continue;
                    };
                    let info = self.symbols.func(*closure).clone();
                    if info.file == frame.file
                        && info.parent.is_some()
                        && frame.pending.contains(&info.index)
                    {
                        let given = params
                            .iter()
                            .map(|(v, t)| {
                                (
                                    self.requeue(
                                        subst(v, *callee, receiver.as_ref(), &values, context),
                                        context,
                                    ),
                                    t.clone(),
                                )
                            })
                            .collect();
                        self.closure(frame, info.index, given);
                    }
                }
                for number in &summary.run_params {
                    if let Some(queue) = given.get(usize::from(*number)) {
                        self.run_queue(frame, queue);
                    }
                }
                for sending in &summary.sendings {
                    let fill = |v: &Value| subst(v, *callee, receiver.as_ref(), &values, context);
                    let sending = Sending {
                        receiver: self.requeue(fill(&sending.receiver), context),
                        context: sending.context.as_ref().map(fill),
                        words: fill(&sending.words),
                        ..sending.clone()
                    };
                    let at = At {
                        span: call.span,
                        text: &call.text,
                    };
                    self.send(frame, at, sending);
                }
                alternatives.push(
                    summary
                        .returns
                        .iter()
                        .map(|v| {
                            let fill =
                                |v: &Value| subst(v, *callee, receiver.as_ref(), &values, context);
                            self.requeue(fill(&self.select(v, &fill)), context)
                        })
                        .collect(),
                );
            }
        }
        let name = function.name.clone();
        let id = match alike.filter(|_| callees.len() == several) {
            Some(id) => id,
            None => self.fresh_choice(),
        };
        let complete = alternatives.len() == callees.len();
        let mut out = Vec::new();
        for (i, result) in types.iter().enumerate() {
            let known: Vec<Value> = alternatives
                .iter()
                .map(|a| a.get(i).cloned().unwrap_or_default())
                .collect();
            let joined = if complete {
                self.join(id, known)
            } else {
                Value::Unknown
            };
            let value = match joined {
                Value::Unknown => {
                    let mut all: Vec<Value> = receiver.iter().cloned().collect();
                    all.extend(values.iter().cloned());
                    let callee: Arc<str> = format!("{module}.{name}#{i}").into();
                    let site = all
                        .iter()
                        .any(|v| matches!(v, Value::Unknown))
                        .then(|| (self.place(frame, call.span), context));
                    let args: Arc<[Value]> =
                        if site.is_some() || all.iter().map(Value::weight).sum::<u32>() > 48 {
                            let mut args = vec![
                                Value::Int(i64::from(call.span.line)),
                                Value::Int(i64::from(call.span.column)),
                            ];
                            args.extend(elements(&all).iter().cloned());
                            args.into()
                        } else {
                            all.into()
                        };
                    Value::Atom(Atom::new(
                        Origin::Call {
                            callee,
                            args,
                            nth: i as u16,
                            site,
                        },
                        None,
                        result.clone(),
                    ))
                }
                Value::Atom(mut atom) => {
                    if atom.ty == Ty::Unknown {
                        atom.ty = result.clone();
                    }
                    Value::Atom(atom)
                }
                other => other,
            };
            out.push(value);
        }
        let value = if out.len() == 1 {
            out.swap_remove(0)
        } else {
            Value::Tuple(out)
        };
        (value, ty)
    }

    /// Queues that a called function made are told apart by call.
    pub(super) fn requeue(&self, value: Value, context: u64) -> Value {
        match value {
            Value::Queue(event, _) => Value::Queue(event, context),
            Value::Tuple(items) => Value::Tuple(
                items
                    .into_iter()
                    .map(|v| self.requeue(v, context))
                    .collect(),
            ),
            Value::Choice(id, items) => Value::Choice(
                id,
                items
                    .into_iter()
                    .map(|v| self.requeue(v, context))
                    .collect(),
            ),
            other => other,
        }
    }

    /// Evaluates closures that nothing has run yet, with parameters of their own.
    pub(super) fn run_pending(&mut self, frame: &mut Frame) {
        while let Some(index) = frame.pending.pop() {
            if frame.evaluated.contains(&index) {
                continue;
            }
            // Who runs it, and how often, is not seen here.
            let detached = std::mem::replace(&mut frame.detached, frame.loops.len());
            self.closure(frame, index, Vec::new());
            frame.detached = detached;
        }
    }

    /// Whether a closure stands in the function under evaluation, whose locals it shares.
    pub(in crate::program) fn is_own_closure(&self, frame: &Frame, closure: FuncId) -> bool {
        self.symbols.func(closure).parent.is_some()
            && self.symbols.share_locals(closure, frame.func)
    }

    /// Evaluates a closure where it stands. Parameters without a given value stay open.
    pub(in crate::program) fn closure(
        &mut self,
        frame: &mut Frame,
        index: u32,
        given: Vec<(Value, Ty)>,
    ) {
        let id = self.symbols.func_id(frame.file, index);
        let files = self.files;
        let Some(function) = self.symbols.function(files, id) else {
            return;
        };
        if !frame.evaluated.insert(index) {
            return;
        }
        self.emit(frame, function.span, "", EventKind::Define(id));
        if self.depth >= MAX_EVALUATION_DEPTH {
            return;
        }
        let Some(before) = frame.copy() else {
            return;
        };
        self.depth += 1;
        let outer = std::mem::replace(&mut frame.func, id);
        let returns = std::mem::take(&mut frame.returns);
        let calls = std::mem::take(&mut frame.param_calls);
        let transactions = frame.transactions.clone();
        let pending = std::mem::take(&mut frame.pending);
        for (i, param) in function.params.iter().enumerate() {
            let mut ty = self.symbols.resolve(&param.ty, &frame.module.clone());
            if param.variadic {
                ty = Ty::List(Arc::new(ty));
            }
            match given.get(i) {
                Some((value, given_ty)) => {
                    let ty = if ty == Ty::Unknown {
                        given_ty.clone()
                    } else {
                        ty
                    };
                    self.store_local(frame, param.local, value.clone(), ty, Vec::new());
                }
                None => self.bind_param(frame, id, i as u16, &param.name, param.local, ty),
            }
        }
        let (misses, branches) = (frame.miss.len(), frame.branches.len());
        let inside = std::mem::replace(&mut frame.inside, frame.loops.len());
        self.block(frame, &function.body);
        frame.inside = inside;
        frame.miss.truncate(misses);
        frame.branches.truncate(branches);
        let summary = self.finish(frame, &function.results);
        self.states[id.0 as usize] = State::Done(Arc::new(summary));
        frame.func = outer;
        frame.returns = returns;
        frame.param_calls = calls;
        frame.transactions = transactions;
        frame.pending = pending;
        // The closure may run or not, once or often: what it assigned may hold or not.
        let after = std::mem::take(&mut frame.env);
        let kept = after
            .iter()
            .zip(&before)
            .map(|(a, b)| match &b.value {
                None | Some((Value::Unknown | Value::Nil, _)) => a.clone(),
                _ => b.clone(),
            })
            .collect();
        frame.env = self.join_envs(vec![after, kept]);
        self.depth -= 1;
    }

    /// A result of code outside the program: the same for the same operands, unless the function is
    /// known to give another one each time.
    pub(in crate::program) fn outer_result(
        &mut self,
        frame: &Frame,
        call: &Call,
        name: &str,
        receiver: Option<Value>,
        args: &[(Value, Ty)],
        ty: Ty,
    ) -> (Value, Ty) {
        let mut all: Vec<Value> = receiver.into_iter().collect();
        all.extend(args.iter().map(|(v, _)| v.clone()));
        let distinct = self.library.is_distinct(name)
            || all.iter().any(|v| matches!(v, Value::Unknown))
            || all.iter().map(Value::weight).sum::<u32>() > 48;
        let site = distinct.then(|| {
            self.contexts += 1;
            (self.place(frame, call.span), self.contexts)
        });
        // `r.FormValue("owner")` is the owner; otherwise the function's own name says most.
        let hint = match args
            .iter()
            .filter_map(|(v, _)| v.literal())
            .collect::<Vec<_>>()
            .as_slice()
        {
            [one]
                if !one.is_empty()
                    && one.len() <= 40
                    && one
                        .chars()
                        .all(|c| c.is_alphanumeric() || "-_.".contains(c)) =>
            {
                Some(one.clone())
            }
            _ => None,
        };
        let args: Arc<[Value]> = if site.is_some() {
            elements(&all)
        } else {
            all.into()
        };
        let make = |nth: u16, ty: Ty| {
            Value::Atom(Atom::new(
                Origin::Call {
                    callee: name.into(),
                    args: args.clone(),
                    nth,
                    site,
                },
                hint.clone().map(|h| h.as_str().into()),
                ty,
            ))
        };
        if let Ty::Tuple(types) = &ty {
            let items = types
                .iter()
                .enumerate()
                .map(|(i, t)| make(i as u16, t.clone()))
                .collect();
            return (Value::Tuple(items), ty);
        }
        (make(0, ty.clone()), ty)
    }

    /// Notes that a queue has been run.
    pub(in crate::program) fn run_queue(&mut self, frame: &mut Frame, queue: &Value) {
        match queue {
            Value::Queue(event, context) => {
                *frame.run.entry((*event, *context)).or_default() += 1;
                self.note_sent(frame, *event);
            }
            Value::Atom(Atom {
                origin: Origin::Param(func, number),
                ..
            }) if *func == frame.func => frame.run_params.push(*number),
            _ => {}
        }
    }

    /// Whether a connection is one that its client was just asked for: it came by no field or parameter that
    /// could hold it.
    fn is_opened(&mut self, receiver: &Value) -> bool {
        let ty = match receiver {
            Value::Connection(connected) => return connected.handed.is_some(),
            Value::Choice(_, values) => return values.iter().all(|v| self.is_opened(v)),
            Value::Atom(atom) => match &atom.origin {
                Origin::Field(_, owner, name) => {
                    let field = self.symbols.field(self.files, *owner, name);
                    field.map(|(ty, ..)| ty)
                }
                Origin::Param(func, number) => {
                    let files = self.files;
                    let module = self.symbols.module_of(files, *func);
                    let function = self.symbols.function(files, *func);
                    let param = function.and_then(|f| f.params.get(usize::from(*number)));
                    param.map(|param| self.symbols.resolve(&param.ty, module))
                }
                _ => None,
            },
            _ => None,
        };
        let Some(Ty::Named(id)) = ty.map(|ty| self.flat(&ty)) else {
            return false;
        };
        let info = self.symbols.ty(id);
        let client = self.library.client(&info.module);
        client
            .and_then(|client| client.types.get(&*info.name))
            .is_some_and(|ty| !ty.gives.is_empty())
    }

    /// Whether what is called or sent is only begun, and goes on while it is waited for.
    fn is_begun(&self, kind: &EventKind) -> bool {
        match kind {
            EventKind::Call { callees, .. } => {
                let later = |func| {
                    let function = self.symbols.function(self.files, func);
                    function.is_some_and(|function| function.later)
                };
                callees.iter().all(|func| later(*func))
            }
            EventKind::Command(command) => self.goes_later(command.receiver_type),
            EventKind::Queue { .. } | EventKind::Define(_) | EventKind::Connect(_) => false,
        }
    }

    /// Whether what is sent through a type goes while it is waited for.
    fn goes_later(&self, through: Option<TypeId>) -> bool {
        through.is_some_and(|id| {
            let info = self.symbols.ty(id);
            self.library.client(&info.module).is_some_and(|client| {
                let ty = client.types.get(&*info.name);
                ty.is_some_and(|ty| ty.role == Role::Client && (ty.later || client.later))
            })
        })
    }

    /// Notes that a queue is sent here.
    pub(in crate::program) fn note_sent(&mut self, frame: &Frame, queue: EventId) {
        if let EventKind::Queue { receiver_type, .. } = &self.events[queue.0 as usize].kind
            && !frame.is_waited()
            && self.goes_later(*receiver_type)
        {
            return;
        }
        let opened = &mut self.events[queue.0 as usize];
        if opened.func == frame.func
            && opened.spawned == frame.spawned
            && opened.loops == frame.around()
            && let EventKind::Queue { sent, .. } = &mut opened.kind
        {
            *sent = true;
        }
    }
}

impl Frame {
    /// Whether somebody waits for what the call under evaluation begins, before anything else goes on.
    fn is_waited(&self) -> bool {
        self.waited || self.waits
    }

    /// A queue as it is now: after it has been run it is another one.
    pub(in crate::program) fn current_queue(&self, value: Value) -> Value {
        let Value::Queue(event, mut context) = value else {
            return value;
        };
        // Each run makes another one of it; runs are counted where they were seen.
        for _ in 0..MAX_RUNS {
            match self.run.get(&(event, context)) {
                Some(times) => context = context.wrapping_add(times << 48),
                None => break,
            }
        }
        Value::Queue(event, context)
    }

    /// The locals as they are now, for another branch; `None` when the function has too many of both to
    /// be followed further.
    pub(super) fn copy(&mut self) -> Option<Env> {
        self.copied += self.env.len();
        (self.copied <= MAX_COPIED).then(|| self.env.clone())
    }

    /// The value of a local.
    pub(in crate::program) fn local(&self, local: LocalId) -> Option<&(Value, Ty)> {
        self.env.get(local as usize)?.value.as_ref()
    }

    /// The loops in which a list that was there before them grows: those inside the one that makes it anew
    /// in each round.
    pub(in crate::program) fn loops_over(&self, local: LocalId) -> Vec<Site> {
        let first = self.carried.iter().position(|c| c.contains(&local));
        let loops = first.and_then(|first| self.loops.get(first..));
        loops.unwrap_or_default().iter().map(|l| l.site).collect()
    }

    /// The loops around the current place, as far as it runs in them.
    pub(in crate::program) fn around(&self) -> Vec<LoopFact> {
        self.loops[self.detached..].to_vec()
    }

    /// Leaves a local object with fields of which nothing is known.
    pub(in crate::program) fn forget_fields(&mut self, local: LocalId) {
        if let Some(slot) = self.env.get_mut(local as usize).map(Arc::make_mut)
            && let Some((value, _)) = &mut slot.value
            && let Value::Object(object) = value
        {
            let mut emptied = (**object).clone();
            emptied.fields.clear();
            *value = Value::Object(Arc::new(emptied));
        }
    }

    /// Notes that a parameter that holds a function is called with these values.
    pub(in crate::program) fn call_param(&mut self, number: u16, given: Vec<(Value, Ty)>) {
        self.param_calls.push((number, given));
    }
}

/// The local that a chain of methods begins with.
fn root_local(expr: &Expr) -> Option<LocalId> {
    let mut expr = expr;
    loop {
        match expr {
            Expr::Local(local) => return Some(*local),
            Expr::Call(call) => match &call.callee {
                Callee::Method(receiver, _) => expr = receiver,
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// A queue that is run more often in one function is one queue from then on.
const MAX_RUNS: usize = 8;

/// The number of the choice of what stands behind an interface: the same for one value, whichever of its
/// methods is called. Far from the numbers of other choices.
fn implementer_choice(value: &Value, interface: TypeId) -> u64 {
    let mut hasher = Fnv::default();
    (value, interface).hash(&mut hasher);
    hasher.finish() | 1 << 63
}

/// Modules of the types that a type names.
fn modules_in(ty: &Type, own: &str, out: &mut Vec<String>) {
    match ty {
        Type::Named(path, args) => {
            out.push(path.module.as_deref().unwrap_or(own).to_string());
            args.iter().for_each(|t| modules_in(t, own, out));
        }
        Type::List(inner) => modules_in(inner, own, out),
        Type::Function(params, results) => {
            params
                .iter()
                .chain(results)
                .for_each(|t| modules_in(t, own, out));
        }
        Type::Tuple(inner) => inner.iter().for_each(|t| modules_in(t, own, out)),
        _ => {}
    }
}
