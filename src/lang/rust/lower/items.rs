//! Items: functions, types, implementations, modules, names taken in.

use super::{Body, Lowering, Module, Use, name_of, text_of};
use crate::facts::{
    Conformance, Expr, FieldDef, Global, Located, MethodSig, Param, Span, Stmt, Type, TypeDef,
};
use syn::spanned::Spanned;

impl Lowering<'_> {
    pub(super) fn items(&mut self, items: &[syn::Item]) {
        // Macros may be used above their definition in other modules; within a file this is simpler than
        // to tell.
        for item in items {
            if let syn::Item::Macro(definition) = item {
                self.define_macro(definition);
            }
        }
        for item in items {
            self.item(item, None);
        }
    }

    /// An item of a module, or of the function whose body is given.
    pub(super) fn item(&mut self, item: &syn::Item, mut within: Option<&mut Body>) {
        let attrs = attributes(item);
        let before = self.test;
        self.test |= is_test(attrs);
        let local = |this: &Self, name: &str, within: &mut Option<&mut Body>| match within {
            Some(body) => {
                let full = format!("{}()::{name}", body.path);
                body.bind(name, super::Binding::Item(format!("self::{full}")));
                this.declared(&full)
            }
            None => this.declared(name),
        };
        let first = self.types.len();
        match item {
            syn::Item::Fn(function) => {
                let name = local(self, &name_of(&function.sig.ident), &mut within);
                let scopes = within.as_ref().map(|body| body.scopes.clone());
                self.function(
                    function_parts(function),
                    &name,
                    None,
                    scopes.unwrap_or_default(),
                );
            }
            syn::Item::Struct(item) => {
                let name = local(self, &name_of(&item.ident), &mut within);
                self.structure(&name, &item.ident, &item.generics, &item.fields, None);
            }
            syn::Item::Union(item) => {
                let name = local(self, &name_of(&item.ident), &mut within);
                let fields = syn::Fields::Named(item.fields.clone());
                self.structure(&name, &item.ident, &item.generics, &fields, None);
            }
            syn::Item::Enum(item) => {
                let name = local(self, &name_of(&item.ident), &mut within);
                self.structure(&name, &item.ident, &item.generics, &syn::Fields::Unit, None);
                for variant in &item.variants {
                    let full = format!("{name}::{}", name_of(&variant.ident));
                    self.structure(
                        &full,
                        &variant.ident,
                        &item.generics,
                        &variant.fields,
                        Some(name.clone()),
                    );
                }
            }
            syn::Item::Type(item) => {
                let name = local(self, &name_of(&item.ident), &mut within);
                self.alias(&name, item.ident.span(), &item.generics, &item.ty, None);
            }
            syn::Item::Trait(item) => {
                let name = local(self, &name_of(&item.ident), &mut within);
                self.interface(&name, item);
            }
            syn::Item::TraitAlias(item) => {
                let name = local(self, &name_of(&item.ident), &mut within);
                let body = self.outside(&item.generics);
                let bounds = item.bounds.iter().map(std::slice::from_ref);
                let embeds = bounds.map(|bound| self.bounds(bound, &body)).collect();
                self.types.push(TypeDef {
                    name,
                    span: self.places.of(item.ident.span()),
                    def: Type::Interface(Vec::new(), embeds),
                    alias: false,
                    parameters: parameters(&item.generics),
                    nominal: true,
                    filled: false,
                    cloned: false,
                    variant_of: None,
                });
            }
            syn::Item::Impl(item) => {
                let before = self.registered;
                self.registered |= is_registered(&item.attrs);
                self.implementation(item, within.as_deref());
                self.registered = before;
            }
            syn::Item::Const(item) => {
                let name = local(self, &name_of(&item.ident), &mut within);
                self.global(
                    &name,
                    &item.ident,
                    Some(&item.ty),
                    Some(&item.expr),
                    true,
                    None,
                );
            }
            syn::Item::Static(item) => {
                let name = local(self, &name_of(&item.ident), &mut within);
                self.global(
                    &name,
                    &item.ident,
                    Some(&item.ty),
                    Some(&item.expr),
                    false,
                    None,
                );
            }
            syn::Item::Mod(item) => self.module(item),
            // Beside it stands what the name means outside tests.
            syn::Item::Use(_) if self.test && !before => {}
            syn::Item::Use(item) => {
                let mut prefix = String::new();
                if item.leading_colon.is_some() {
                    prefix.push_str("::");
                }
                self.take_in(&item.tree, &prefix, &mut within);
            }
            syn::Item::ExternCrate(item) => {
                let krate = name_of(&item.ident);
                let name = match &item.rename {
                    Some((_, name)) => name_of(name),
                    None => krate.clone(),
                };
                self.scope.uses.push(Use {
                    module: self.module.clone(),
                    name,
                    path: if krate == "self" {
                        "crate".to_string()
                    } else {
                        format!("::{krate}")
                    },
                });
            }
            syn::Item::Macro(item) if item.ident.is_none() => {
                self.item_macro(&item.mac, within);
            }
            _ => {}
        }
        let (filled, cloned) = (derives(attrs, MAKERS), derives(attrs, &["Clone"]));
        for ty in &mut self.types[first..] {
            ty.filled |= filled;
            ty.cloned |= cloned;
        }
        self.test = before;
    }

    fn module(&mut self, item: &syn::ItemMod) {
        let name = name_of(&item.ident);
        let full = self.declared(&name);
        match &item.content {
            Some((_, items)) => {
                let outer = std::mem::replace(&mut self.module, full.clone());
                self.scope.inline.push(full);
                self.items(items);
                self.module = outer;
            }
            None => {
                let file = item.attrs.iter().find_map(|attr| match &attr.meta {
                    syn::Meta::NameValue(pair) if pair.path.is_ident("path") => {
                        literal(&pair.value)
                    }
                    _ => None,
                });
                self.scope.modules.push(Module {
                    within: self.module.clone(),
                    name,
                    file,
                    test: self.test,
                });
            }
        }
    }

    fn take_in(&mut self, tree: &syn::UseTree, prefix: &str, within: &mut Option<&mut Body>) {
        let joined = |name: &str| match prefix {
            "" => name.to_string(),
            "::" => format!("::{name}"),
            _ => format!("{prefix}::{name}"),
        };
        let mut add = |name: String, path: String| match within {
            Some(body) if !name.is_empty() => {
                // What a function takes in is known there alone.
                if name != "_" {
                    body.bind(&name, super::Binding::Item(path));
                }
            }
            _ => self.scope.uses.push(Use {
                module: self.module.clone(),
                name,
                path,
            }),
        };
        match tree {
            syn::UseTree::Name(name) => {
                let name = name_of(&name.ident);
                if name == "self" {
                    let last = prefix.rsplit("::").next().unwrap_or(prefix);
                    add(last.to_string(), prefix.to_string());
                } else {
                    add(name.clone(), joined(&name));
                }
            }
            syn::UseTree::Rename(rename) => {
                let name = name_of(&rename.ident);
                let path = if name == "self" {
                    prefix.to_string()
                } else {
                    joined(&name)
                };
                add(name_of(&rename.rename), path);
            }
            syn::UseTree::Glob(_) => add(String::new(), prefix.to_string()),
            syn::UseTree::Path(path) => {
                let prefix = joined(&name_of(&path.ident));
                self.take_in(&path.tree, &prefix, within);
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.take_in(tree, prefix, within);
                }
            }
        }
    }

    /// A body for what stands outside functions.
    fn outside(&self, generics: &syn::Generics) -> Body {
        let mut body = self.body(0, None, "");
        self.generics(generics, &mut body);
        body
    }

    fn structure(
        &mut self,
        name: &str,
        ident: &proc_macro2::Ident,
        generics: &syn::Generics,
        fields: &syn::Fields,
        variant_of: Option<String>,
    ) {
        let body = self.outside(generics);
        let fields = fields
            .iter()
            .enumerate()
            .map(|(i, field)| FieldDef {
                name: field.ident.as_ref().map_or_else(|| i.to_string(), name_of),
                ty: self.ty(&field.ty, &body),
                embedded: false,
                tag: String::new(),
            })
            .collect();
        self.types.push(TypeDef {
            name: name.to_string(),
            span: self.places.of(ident.span()),
            def: Type::Struct(fields),
            alias: false,
            parameters: parameters(generics),
            nominal: false,
            filled: false,
            cloned: false,
            variant_of,
        });
    }

    fn alias(
        &mut self,
        name: &str,
        span: proc_macro2::Span,
        generics: &syn::Generics,
        ty: &syn::Type,
        around: Option<&Body>,
    ) {
        let mut body = self.outside(generics);
        if let Some(around) = around {
            body.own.clone_from(&around.own);
            body.scopes.splice(0..0, around.scopes.iter().cloned());
        }
        let def = self.ty(ty, &body);
        self.types.push(TypeDef {
            name: name.to_string(),
            span: self.places.of(span),
            def,
            alias: true,
            parameters: parameters(generics),
            nominal: false,
            filled: false,
            cloned: false,
            variant_of: None,
        });
    }

    fn interface(&mut self, name: &str, item: &syn::ItemTrait) {
        let mut body = self.outside(&item.generics);
        let own = Type::Named(
            self.written(format!("self::{}", relative(name, &self.module))),
            Vec::new(),
        );
        body.own = Some(own.clone());
        let mut methods = Vec::new();
        for inner in &item.items {
            match inner {
                syn::TraitItem::Fn(function) => {
                    let mut scoped = self.body(0, body.own.clone(), "");
                    scoped.scopes = body.scopes.clone();
                    scoped.scopes.push(Default::default());
                    self.generics(&function.sig.generics, &mut scoped);
                    let inputs = function.sig.inputs.iter();
                    methods.push(MethodSig {
                        name: name_of(&function.sig.ident),
                        params: inputs
                            .filter_map(|input| match input {
                                syn::FnArg::Typed(typed) => Some(self.ty(&typed.ty, &scoped)),
                                syn::FnArg::Receiver(_) => None,
                            })
                            .collect(),
                        results: self.results(&function.sig.output, &scoped),
                    });
                    if let Some(block) = &function.default {
                        let parts = Parts {
                            attrs: &function.attrs,
                            exported: true,
                            sig: &function.sig,
                            block,
                        };
                        let label = name_of(&function.sig.ident);
                        self.method(parts, &label, &own, &body);
                    }
                }
                syn::TraitItem::Const(constant) => {
                    if let Some((_, value)) = &constant.default {
                        let full = format!("{name}::{}", name_of(&constant.ident));
                        self.global(
                            &full,
                            &constant.ident,
                            Some(&constant.ty),
                            Some(value),
                            true,
                            Some(&body),
                        );
                    }
                }
                _ => {}
            }
        }
        let embeds = item
            .supertraits
            .iter()
            .map(|bound| self.bounds(std::slice::from_ref(bound), &body))
            .filter(|ty| *ty != Type::Unknown)
            .collect();
        self.types.push(TypeDef {
            name: name.to_string(),
            span: self.places.of(item.ident.span()),
            def: Type::Interface(methods, embeds),
            alias: false,
            parameters: parameters(&item.generics),
            nominal: true,
            filled: false,
            cloned: false,
            variant_of: None,
        });
    }

    fn implementation(&mut self, item: &syn::ItemImpl, within: Option<&Body>) {
        let mut body = self.body(0, None, "");
        if let Some(within) = within {
            body.scopes.splice(0..0, within.scopes.iter().cloned());
        }
        self.generics(&item.generics, &mut body);
        let of = self.ty(&item.self_ty, &body);
        body.own = Some(of.clone());
        let target = item.trait_.as_ref().map(|(path, _)| path);
        let trait_type = target.map(|path| {
            Type::Named(
                self.written(self.spelled(path, &body)),
                path.segments
                    .last()
                    .map_or_else(Vec::new, |last| self.arguments(&last.arguments, &body)),
            )
        });
        // Methods for all types that meet a bound are methods of the trait.
        let owner = match (&of, &trait_type) {
            (Type::Parameter(..), Some(of_trait)) => of_trait.clone(),
            _ => of.clone(),
        };
        let name = target
            .and_then(|path| path.segments.last())
            .map(|last| name_of(&last.ident));
        let associated = |this: &Self, name: &str| match &owner {
            Type::Named(path, _) => Some(format!("{}::{name}", this.local_name(&path.name)?)),
            _ => None,
        };
        for inner in &item.items {
            match inner {
                syn::ImplItem::Fn(function) => {
                    let parts = Parts {
                        attrs: &function.attrs,
                        exported: item.trait_.is_some()
                            || matches!(function.vis, syn::Visibility::Public(_)),
                        sig: &function.sig,
                        block: &function.block,
                    };
                    let label = name_of(&function.sig.ident);
                    let test = self.test;
                    self.test |= is_test(&function.attrs);
                    let first = self.functions.len();
                    match (name.as_deref(), label.as_str()) {
                        (Some("Display"), "fmt") => self.shown(parts, "to_string", &owner, &body),
                        (Some("ToRedisArgs" | "ToSingleRedisArg"), "write_redis_args") => {
                            self.shown(parts, "to_redis_args", &owner, &body);
                        }
                        (Some("From"), "from") => {
                            self.method(parts, &label, &owner, &body);
                            self.conversion(&parts, target, &owner, &body);
                        }
                        _ => {
                            self.method(parts, &label, &owner, &body);
                        }
                    }
                    if let (Some(Type::Named(path, _)), Some(function)) =
                        (&trait_type, self.functions.get_mut(first))
                    {
                        function.meets = Some(path.clone());
                    }
                    self.test = test;
                }
                syn::ImplItem::Const(constant) => {
                    if let Some(full) = associated(self, &name_of(&constant.ident)) {
                        self.global(
                            &full,
                            &constant.ident,
                            Some(&constant.ty),
                            Some(&constant.expr),
                            true,
                            Some(&body),
                        );
                    }
                }
                syn::ImplItem::Type(ty) => {
                    if matches!(name.as_deref(), Some("Deref")) {
                        let to = self.ty(&ty.ty, &body);
                        self.conforms.push(Conformance { of: of.clone(), to });
                    }
                    if let Some(full) = associated(self, &name_of(&ty.ident)) {
                        self.alias(&full, ty.ident.span(), &ty.generics, &ty.ty, Some(&body));
                    }
                }
                _ => {}
            }
        }
        if let Some(to) = trait_type {
            let of = match of {
                Type::Parameter(_, bound) => *bound,
                of => of,
            };
            self.conforms.push(Conformance { of, to });
        }
    }

    /// The name within the file of a type that an implementation is for, if it is one of the current module.
    fn local_name(&self, written: &str) -> Option<String> {
        let name = written.strip_prefix("self::").unwrap_or(written);
        (!name.contains("::") || name.contains("()::")).then(|| self.declared(name))
    }

    /// `From<A> for B` also gives A a method that makes a B of it.
    fn conversion(
        &mut self,
        parts: &Parts<'_>,
        target: Option<&syn::Path>,
        owner: &Type,
        around: &Body,
    ) {
        let from = target
            .and_then(|path| path.segments.last())
            .and_then(|last| self.arguments(&last.arguments, around).into_iter().next());
        let Some(Type::Named(from, _)) = from else {
            return;
        };
        let span = self.places.of(parts.sig.ident.span());
        let index = self.slot("into", "into", span);
        let call = Expr::Call(Box::new(crate::facts::Call {
            callee: crate::facts::Callee::Associated(owner.clone(), "from".to_string()),
            args: vec![Expr::Local(0)],
            spread: false,
            waited: true,
            span,
            text: String::new(),
        }));
        let function = &mut self.functions[index as usize];
        function.owner = Some(from.clone());
        function.locals = vec!["self".to_string()];
        function.receiver = Some(Param {
            name: "self".to_string(),
            local: 0,
            ty: Type::Named(from, Vec::new()),
            variadic: false,
            shared: false,
        });
        function.results = vec![owner.clone()];
        function.body = vec![Stmt::Return(vec![call])];
    }

    /// A method that writes text becomes one that returns it.
    fn shown(&mut self, parts: Parts<'_>, name: &str, owner: &Type, around: &Body) {
        let sink = parts.sig.inputs.iter().find_map(|input| match input {
            syn::FnArg::Typed(typed) => match &*typed.pat {
                syn::Pat::Ident(ident) => Some(name_of(&ident.ident)),
                _ => None,
            },
            syn::FnArg::Receiver(_) => None,
        });
        let index = self.method_slot(&parts, name, owner);
        let mut body = self.method_body(index, &parts, owner, around);
        let text = body.fresh("");
        body.sink = Some((sink.unwrap_or_default(), text));
        let mut out = vec![Stmt::Assign {
            places: vec![crate::facts::Place::Local(text)],
            values: vec![Expr::Zero(Box::new(Type::Str))],
            ty: Type::Str,
        }];
        self.receiver(index, parts.sig, &mut body);
        self.block(parts.block, &mut body, &mut out);
        out.push(Stmt::Return(vec![Expr::Local(text)]));
        let function = &mut self.functions[index as usize];
        function.results = vec![Type::Str];
        function.body = out;
        function.locals = body.locals;
    }

    fn method_slot(&mut self, parts: &Parts<'_>, name: &str, owner: &Type) -> u32 {
        let span = self.places.of(parts.sig.ident.span());
        let label = match owner {
            Type::Named(path, _) => {
                let short = path.name.rsplit("::").next().unwrap_or(&path.name);
                format!("{short}::{}", name_of(&parts.sig.ident))
            }
            _ => name_of(&parts.sig.ident),
        };
        let index = self.slot(name, &label, span);
        let function = &mut self.functions[index as usize];
        function.owner = match owner {
            Type::Named(path, _) => Some(path.clone()),
            // Nobody can call what belongs to a type without a name; it may still be called by a trait.
            _ => None,
        };
        if function.owner.is_none() {
            function.name = format!("<{index}>::{name}");
        }
        function.exported = parts.exported;
        function.test |= is_test(parts.attrs);
        function.registered |= is_registered(parts.attrs);
        index
    }

    fn method_body(&self, index: u32, parts: &Parts<'_>, owner: &Type, around: &Body) -> Body {
        let path = match owner {
            Type::Named(path, _) => path.name.rsplit("::").next().unwrap_or("").to_string(),
            _ => String::new(),
        };
        let path = format!("{path}::{}", name_of(&parts.sig.ident));
        let mut body = self.body(index, around.own.clone(), &path);
        body.scopes = around.scopes.clone();
        body.scopes.push(Default::default());
        self.generics(&parts.sig.generics, &mut body);
        body
    }

    fn method(&mut self, parts: Parts<'_>, name: &str, owner: &Type, around: &Body) -> u32 {
        let index = self.method_slot(&parts, name, owner);
        let body = self.method_body(index, &parts, owner, around);
        self.fill(index, &parts, body);
        index
    }

    fn function(
        &mut self,
        parts: Parts<'_>,
        name: &str,
        own: Option<Type>,
        scopes: Vec<std::collections::HashMap<String, super::Binding>>,
    ) {
        let span = self.places.of(parts.sig.ident.span());
        let label = name_of(&parts.sig.ident);
        let index = self.slot(name, &label, span);
        let function = &mut self.functions[index as usize];
        function.exported = parts.exported;
        function.test |= is_test(parts.attrs);
        function.registered |= is_registered(parts.attrs);
        function.entry =
            label == "main" && name == "main" || has_attribute(parts.attrs, &["launch"]);
        function.paths = request_paths(parts.attrs, self.places);
        let mut body = self.body(index, own, relative(name, &self.module));
        if !scopes.is_empty() {
            // A function within another one sees its items, and not its variables.
            body.scopes = scopes
                .into_iter()
                .map(|mut scope| {
                    scope.retain(|_, binding| matches!(binding, super::Binding::Item(_)));
                    scope
                })
                .collect();
            body.scopes.push(Default::default());
        }
        self.generics(&parts.sig.generics, &mut body);
        self.fill(index, &parts, body);
    }

    fn receiver(&mut self, index: u32, sig: &syn::Signature, body: &mut Body) {
        if let Some(receiver) = sig.receiver() {
            let alone = matches!(&receiver.kind, syn::ReceiverKind::Reference(_, _, Some(_)));
            self.functions[index as usize].exclusive = alone;
            let receiver = Param {
                name: "self".to_string(),
                local: body.declare("self"),
                ty: body.own.clone().unwrap_or_default(),
                variadic: false,
                shared: false,
            };
            self.functions[index as usize].receiver = Some(receiver);
        }
    }

    fn fill(&mut self, index: u32, parts: &Parts<'_>, mut body: Body) {
        self.receiver(index, parts.sig, &mut body);
        let mut out = Vec::new();
        let params = parts
            .sig
            .inputs
            .iter()
            .filter_map(|input| match input {
                syn::FnArg::Typed(typed) => {
                    Some(self.param(&typed.pat, Some(&typed.ty), &mut body, &mut out))
                }
                syn::FnArg::Receiver(_) => None,
            })
            .collect();
        let results = self.results(&parts.sig.output, &body);
        let value = self.block(parts.block, &mut body, &mut out);
        if let Some(value) = value {
            out.push(Stmt::Return(vec![value]));
        }
        let function = &mut self.functions[index as usize];
        function.params = params;
        function.results = results;
        function.body = out;
        function.locals = body.locals;
        function.later = parts.sig.asyncness.is_some()
            || matches!(&parts.sig.output, syn::ReturnType::Type(_, ty) if is_future(ty));
    }

    /// A parameter; what its pattern takes apart is bound by statements at the beginning.
    pub(super) fn param(
        &mut self,
        pat: &syn::Pat,
        ty: Option<&syn::Type>,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Param {
        let written = match pat {
            syn::Pat::Type(typed) => return self.param(&typed.pat, Some(&typed.ty), body, out),
            syn::Pat::Ident(ident) if ident.subpat.is_none() => name_of(&ident.ident),
            _ => String::new(),
        };
        let ty = ty.map_or(Type::Unknown, |ty| self.ty(ty, body));
        let local = if written.is_empty() {
            let local = body.fresh(&super::patterns::first_name(pat).unwrap_or_default());
            self.bind_pattern(pat, Expr::Local(local), body, out);
            local
        } else {
            body.declare(&written)
        };
        Param {
            name: if written.is_empty() {
                body.locals[local as usize].clone()
            } else {
                written
            },
            local,
            ty,
            variadic: false,
            shared: false,
        }
    }

    /// A constant or static variable.
    pub(super) fn global(
        &mut self,
        name: &str,
        ident: &proc_macro2::Ident,
        ty: Option<&syn::Type>,
        value: Option<&syn::Expr>,
        constant: bool,
        around: Option<&Body>,
    ) {
        let span = self.places.of(ident.span());
        let holder = self.slot("", "statics", span);
        let mut body = self.body(holder, None, relative(name, &self.module));
        if let Some(around) = around {
            body.own.clone_from(&around.own);
            body.scopes = around.scopes.clone();
        }
        let ty = ty.map_or(Type::Unknown, |ty| self.ty(ty, &body));
        let mut out = Vec::new();
        let value = value.map(|value| self.expr(value, &mut body, &mut out));
        let function = &mut self.functions[holder as usize];
        function.locals = body.locals;
        function.body = out;
        function.entry = true;
        self.globals.push(Global {
            name: name.to_string(),
            span,
            ty,
            value,
            constant,
            holder,
        });
    }
}

/// What a function of any kind has.
#[derive(Clone, Copy)]
pub(super) struct Parts<'s> {
    attrs: &'s [syn::Attribute],
    exported: bool,
    sig: &'s syn::Signature,
    block: &'s syn::Block,
}

fn function_parts(function: &syn::ItemFn) -> Parts<'_> {
    Parts {
        attrs: &function.attrs,
        exported: matches!(function.vis, syn::Visibility::Public(_)),
        sig: &function.sig,
        block: &function.block,
    }
}

/// A name below a module of the file.
fn relative<'n>(name: &'n str, module: &str) -> &'n str {
    name.strip_prefix(module)
        .and_then(|rest| rest.strip_prefix("::"))
        .unwrap_or(name)
}

fn parameters(generics: &syn::Generics) -> Vec<String> {
    generics.type_params().map(|p| name_of(&p.ident)).collect()
}

/// The text of a string literal.
pub(super) fn literal(expr: &syn::Expr) -> Option<String> {
    match expr {
        syn::Expr::Lit(lit) => match &lit.lit {
            syn::Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(i) => &i.attrs,
        syn::Item::Enum(i) => &i.attrs,
        syn::Item::Fn(i) => &i.attrs,
        syn::Item::Impl(i) => &i.attrs,
        syn::Item::Macro(i) => &i.attrs,
        syn::Item::Mod(i) => &i.attrs,
        syn::Item::Static(i) => &i.attrs,
        syn::Item::Struct(i) => &i.attrs,
        syn::Item::Trait(i) => &i.attrs,
        syn::Item::Type(i) => &i.attrs,
        syn::Item::Use(i) => &i.attrs,
        _ => &[],
    }
}

/// Whether attributes say that something is only there for tests.
pub(super) fn is_test(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let path = text_of(attr.path());
        let last = path.rsplit("::").next().unwrap_or(&path);
        match (last, &attr.meta) {
            ("cfg", syn::Meta::List(list)) => asks_for_test(list.tokens.clone()),
            ("test" | "rstest" | "test_case" | "bench" | "proptest" | "quickcheck", _) => true,
            (other, _) => other.ends_with("_test"),
        }
    })
}

/// Whether a condition of `cfg` holds in tests alone.
fn asks_for_test(tokens: proc_macro2::TokenStream) -> bool {
    let tokens: Vec<proc_macro2::TokenTree> = tokens.into_iter().collect();
    match tokens.as_slice() {
        [proc_macro2::TokenTree::Ident(word)] => word == "test",
        [
            proc_macro2::TokenTree::Ident(word),
            proc_macro2::TokenTree::Group(group),
        ] if word == "all" => {
            let inner: Vec<proc_macro2::TokenTree> = group.stream().into_iter().collect();
            inner
                .split(|t| matches!(t, proc_macro2::TokenTree::Punct(p) if p.as_char() == ','))
                .any(|part| asks_for_test(part.iter().cloned().collect()))
        }
        _ => false,
    }
}

/// What is derived that makes values of a type.
const MAKERS: &[&str] = &[
    "Deserialize",
    "FromRow",
    "FromForm",
    "Parser",
    "Args",
    "Queryable",
    "QueryableByName",
    "Message",
    "FromRedisValue",
    "Object",
    "InputObject",
    "Arbitrary",
    "FromQueryResult",
];

/// Whether an attribute derives one of these.
fn derives(attrs: &[syn::Attribute], wanted: &[&str]) -> bool {
    attrs.iter().any(|attr| match &attr.meta {
        syn::Meta::List(list) if attr.path().is_ident("derive") => {
            list.tokens.clone().into_iter().any(|token| {
                matches!(&token, proc_macro2::TokenTree::Ident(name) if wanted.iter().any(|m| name == m))
            })
        }
        _ => false,
    })
}

/// Whether there is an attribute of one of these names.
/// Whether an attribute may hand a function to code that is not seen: any but those that only change how it
/// is built, seen or traced.
fn is_registered(attrs: &[syn::Attribute]) -> bool {
    const HARMLESS: &[&str] = &[
        "allow",
        "async_recursion",
        "async_trait",
        "automatically_derived",
        "cfg",
        "cfg_attr",
        "cold",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "inline",
        "instrument",
        "must_use",
        "rustfmt",
        "skip",
        "track_caller",
        "warn",
    ];
    attrs.iter().any(|attr| {
        let last = attr.path().segments.last();
        last.is_some_and(|last| !HARMLESS.iter().any(|name| last.ident == name))
    })
}

fn has_attribute(attrs: &[syn::Attribute], names: &[&str]) -> bool {
    attrs.iter().any(|attr| {
        let last = attr.path().segments.last();
        last.is_some_and(|last| names.iter().any(|name| last.ident == name))
    })
}

/// Paths in attributes such as `#[get("/queue")]`.
fn request_paths(attrs: &[syn::Attribute], places: &super::Places<'_>) -> Vec<Located<String>> {
    const VERBS: [&str; 9] = [
        "get", "post", "put", "delete", "patch", "head", "options", "route", "connect",
    ];
    attrs
        .iter()
        .filter(|attr| has_attribute(std::slice::from_ref(attr), &VERBS))
        .filter_map(|attr| {
            let syn::Meta::List(list) = &attr.meta else {
                return None;
            };
            let mut tokens = list.tokens.clone().into_iter();
            let proc_macro2::TokenTree::Literal(first) = tokens.next()? else {
                return None;
            };
            let syn::Lit::Str(text) = syn::Lit::new(first) else {
                return None;
            };
            let path = text.value();
            // A query behind the path says nothing of where it answers.
            let path = path.split('?').next().unwrap_or("").to_string();
            Some(Located {
                value: path,
                span: places.of(text.span()),
            })
        })
        .collect()
}

/// The place of something that has tokens.
pub(super) fn span_of(node: &impl Spanned, places: &super::Places<'_>) -> Span {
    places.of(node.span())
}

/// Whether a type is written as something to be waited for: `impl Future<..>`, boxed or not.
fn is_future(ty: &syn::Type) -> bool {
    let names_future =
        |bounds: &syn::punctuated::Punctuated<syn::TypeParamBound, syn::Token![+]>| {
            bounds.iter().any(|bound| {
                matches!(bound, syn::TypeParamBound::Trait(bound)
                if bound.path.segments.last().is_some_and(|s| s.ident == "Future"))
            })
        };
    match ty {
        syn::Type::ImplTrait(shown) => names_future(&shown.bounds),
        syn::Type::TraitObject(object) => names_future(&object.bounds),
        syn::Type::Paren(inner) => is_future(&inner.elem),
        syn::Type::Group(inner) => is_future(&inner.elem),
        syn::Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let wraps = last.ident == "Pin" || last.ident == "Box";
            match &last.arguments {
                syn::PathArguments::AngleBracketed(given) if wraps => given.args.iter().any(
                    |arg| matches!(arg, syn::GenericArgument::Type(inner) if is_future(inner)),
                ),
                _ => last.ident == "BoxFuture" || last.ident == "LocalBoxFuture",
            }
        }),
        _ => false,
    }
}
