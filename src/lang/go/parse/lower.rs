//! Syntax trees to our own syntax.
//!
//! Two things shape this code. Texts may be hostile: left-deep chains are lowered in a loop, all other
//! nesting is bounded, and no list is indexed (a child by its number costs as much as its number).
//! And texts may be broken: whatever is complete inside an error is kept, as a statement after the
//! one that it stands in.

use std::collections::HashMap;

use tree_sitter::Node;

use super::{literal, span};
use crate::facts::{ParseError, Span};
use crate::lang::go::syntax::{
    CallExpr, Case, CommCase, Decl, Element, Expr, ExprKind, Field, FuncDecl, FuncType, Ident,
    Signature, Stmt, StructField, TypeCase, TypeExpr, TypeSpec, ValueSpec,
};

/// Deepest nesting of statements, expressions and types.
const MAX_NESTING: u32 = 200;

/// Most boxes inside each other: nesting plus the links of chains. Dropping them recurses.
const MAX_LINKS: usize = 1_000;

/// How many nodes the types of names that share one (`a, b struct{..}`) may be repeated into. Nested
/// ones would grow without bound.
const MAX_COPIES: usize = 200_000;

/// Longest text kept of a call, in bytes.
const MAX_CALL_TEXT: usize = 1 << 10;

/// Lowers the trees of one file.
pub(super) struct Lowering<'t> {
    text: &'t str,
    /// `//go:embed` patterns by the offset of what they stand above.
    embeds: HashMap<usize, Vec<String>>,
    decls: Vec<Decl>,
    /// How many declarations belong to trees before the present one.
    before: usize,
    /// Statements found inside errors, on their way to the nearest list of statements.
    orphans: Vec<Stmt>,
    nesting: u32,
    /// How many errors are being searched, one inside the other.
    salvaging: u32,
    links: usize,
    copies: usize,
    limit: Option<ParseError>,
}

impl<'t> Lowering<'t> {
    /// Starts on a file.
    pub(super) fn new(text: &'t str, embeds: HashMap<usize, Vec<String>>) -> Self {
        Lowering {
            text,
            embeds,
            decls: Vec::new(),
            before: 0,
            orphans: Vec::new(),
            nesting: 0,
            salvaging: 0,
            links: 0,
            copies: 0,
            limit: None,
        }
    }

    /// The declarations, and the first limit that was met.
    pub(super) fn finish(self) -> (Vec<Decl>, Option<ParseError>) {
        (self.decls, self.limit)
    }

    /// Lowers a tree of the whole file or a piece of it.
    pub(super) fn tree(&mut self, root: Node<'_>) {
        self.before = self.decls.len();
        if root.is_error() {
            self.stray(root);
            return;
        }
        for node in root.named_children(&mut root.walk()) {
            match node.kind() {
                _ if node.is_error() => self.stray(node),
                "comment" | "package_clause" | "import_declaration" => {}
                _ => self.salvage(node),
            }
            self.adopt(node);
        }
    }

    /// Keeps what is complete in an error at file level. If a function's header is, what follows is
    /// its body.
    fn stray(&mut self, error: Node<'_>) {
        if let Some(function) = self.broken_function(error) {
            self.decls.push(Decl::Func(function));
        }
        self.salvage(error);
        self.adopt(error);
    }

    /// The function whose header stands in an error.
    fn broken_function(&mut self, error: Node<'_>) -> Option<FuncDecl> {
        let (mut receiver, mut name, mut params) = (None, None, None);
        let mut cursor = error.walk();
        let header = error
            .children(&mut cursor)
            .skip_while(|node| node.kind() != "func");
        for node in header.take_while(|node| node.kind() != "{") {
            match node.kind() {
                "identifier" | "field_identifier" if name.is_none() => name = Some(node),
                "parameter_list" if name.is_none() => receiver = Some(node),
                "parameter_list" if params.is_none() => params = Some(node),
                _ => {}
            }
        }
        Some(FuncDecl {
            name: self.ident(name?),
            receiver: self.fields(receiver).into_iter().next(),
            type_params: Vec::new(),
            signature: Signature {
                params: self.fields(params),
                results: Vec::new(),
            },
            body: None,
        })
    }

    /// Gives statements found at file level to the function before them in the same tree: most often
    /// a stray brace has closed it early.
    fn adopt(&mut self, node: Node<'_>) {
        if self.orphans.is_empty() {
            return;
        }
        let orphans = std::mem::take(&mut self.orphans);
        if let Some(Decl::Func(function)) = self.decls[self.before..].last_mut() {
            function.body.get_or_insert_default().extend(orphans);
            return;
        }
        self.decls.push(Decl::Func(FuncDecl {
            name: Ident {
                name: "_".into(),
                span: span(node),
            },
            receiver: None,
            type_params: Vec::new(),
            signature: Signature::default(),
            body: Some(orphans),
        }));
    }

    /// Lowers whatever is complete in a node: declarations become such at file level, statements and
    /// expressions orphans.
    fn salvage(&mut self, node: Node<'_>) {
        if self.salvaging >= MAX_NESTING {
            self.met(
                span(node),
                format!("nested deeper than {MAX_NESTING} levels"),
            );
            return;
        }
        self.salvaging += 1;
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            let kind = node.kind();
            match kind {
                "function_declaration" | "method_declaration" => self.function(node),
                // File level only: below a statement they are that statement's business.
                "const_declaration" | "var_declaration" | "type_declaration"
                    if self.nesting == 0 =>
                {
                    let mut stmts = Vec::new();
                    self.declarations(node, &mut stmts);
                    self.decls
                        .extend(stmts.into_iter().filter_map(|stmt| match stmt {
                            Stmt::Value(spec) => Some(Decl::Value(spec)),
                            Stmt::Type(spec) => Some(Decl::Type(spec)),
                            _ => None,
                        }));
                }
                "const_spec" | "var_spec" => {
                    let spec = self.value_spec(node, kind == "const_spec");
                    if self.nesting == 0 {
                        self.decls.push(Decl::Value(spec));
                    } else {
                        self.orphans.push(Stmt::Value(spec));
                    }
                }
                _ if is_statement(kind) => {
                    let mut stmts = Vec::new();
                    self.stmt(node, &mut stmts);
                    self.orphans.append(&mut stmts);
                }
                _ if is_compound(kind) => {
                    let expr = self.expr(node);
                    self.orphans.push(Stmt::Expr(expr));
                }
                _ => {
                    let first = waiting.len();
                    waiting.extend(node.named_children(&mut node.walk()));
                    waiting[first..].reverse();
                }
            }
        }
        self.salvaging -= 1;
    }

    /// Keeps what is complete in the errors directly below a node.
    fn salvage_errors(&mut self, node: Node<'_>) {
        if node.has_error() {
            for child in node.children(&mut node.walk()).filter(Node::is_error) {
                self.salvage(child);
            }
        }
    }

    /// The named children of a node, without comments and errors; from these all is kept that is complete.
    fn children<'n>(&mut self, node: Node<'n>) -> Vec<Node<'n>> {
        self.salvage_errors(node);
        let mut cursor = node.walk();
        node.named_children(&mut cursor)
            .filter(|child| !child.is_extra() && !child.is_error())
            .collect()
    }

    /// The only child of a node that has one.
    fn child<'n>(&self, node: Node<'n>) -> Option<Node<'n>> {
        node.named_children(&mut node.walk())
            .find(|child| !child.is_extra() && !child.is_error())
    }

    /// Notes that a limit was met; once is enough.
    fn met(&mut self, span: Span, reason: String) {
        self.limit.get_or_insert(ParseError {
            span,
            reason,
            partial: true,
        });
    }

    /// Goes one level down and does something there, unless that is too deep.
    fn deeper<T>(&mut self, node: Node<'_>, then: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.nesting >= MAX_NESTING {
            self.met(
                span(node),
                format!("nested deeper than {MAX_NESTING} levels"),
            );
            return None;
        }
        if !self.fits(node, 1) {
            return None;
        }
        self.nesting += 1;
        self.links += 1;
        let result = then(self);
        self.links -= 1;
        self.nesting -= 1;
        Some(result)
    }

    /// Whether there is room for more links.
    fn fits(&mut self, node: Node<'_>, more: usize) -> bool {
        let fits = self.links + more <= MAX_LINKS;
        if !fits {
            self.met(
                span(node),
                format!("chained over more than {MAX_LINKS} links"),
            );
        }
        fits
    }

    /// The source of a node.
    fn source(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn ident(&self, node: Node<'_>) -> Ident {
        Ident {
            name: self.source(node).to_owned(),
            span: span(node),
        }
    }

    /// The name in a field; empty if it is missing.
    fn ident_at(&self, node: Node<'_>, field: &str) -> Ident {
        let start = || Ident {
            name: String::new(),
            span: span(node),
        };
        node.child_by_field_name(field)
            .map_or_else(start, |name| self.ident(name))
    }
}

/// Declarations.
impl Lowering<'_> {
    fn function(&mut self, node: Node<'_>) {
        self.salvage_errors(node);
        let function = FuncDecl {
            name: self.ident_at(node, "name"),
            receiver: self
                .fields(node.child_by_field_name("receiver"))
                .into_iter()
                .next(),
            type_params: self.fields(node.child_by_field_name("type_parameters")),
            signature: self.signature(node),
            body: node
                .child_by_field_name("body")
                .map(|body| self.block(body)),
        };
        self.decls.push(Decl::Func(function));
    }

    /// The specifications of a `const`, `var` or `type` declaration.
    fn declarations(&mut self, node: Node<'_>, out: &mut Vec<Stmt>) {
        let mut embed = self.embeds.remove(&node.start_byte()).unwrap_or_default();
        let mut line = 0;
        for child in self.children(node) {
            match child.kind() {
                "type_spec" | "type_alias" => {
                    let spec = self.type_spec(child);
                    out.push(Stmt::Type(spec));
                }
                "const_spec" | "var_spec" => {
                    let mut spec = self.value_spec(child, child.kind() == "const_spec");
                    spec.embed.append(&mut embed);
                    spec.line = line;
                    line += 1;
                    out.push(Stmt::Value(spec));
                }
                "var_spec_list" => {
                    for spec in self.children(child) {
                        let spec = self.value_spec(spec, false);
                        out.push(Stmt::Value(spec));
                    }
                }
                _ => {}
            }
        }
    }

    fn value_spec(&mut self, node: Node<'_>, constant: bool) -> ValueSpec {
        self.salvage_errors(node);
        ValueSpec {
            names: self.names(node),
            ty: node.child_by_field_name("type").map(|ty| self.ty(ty)),
            values: self.exprs(node.child_by_field_name("value")),
            constant,
            line: 0,
            embed: self.embeds.remove(&node.start_byte()).unwrap_or_default(),
        }
    }

    fn type_spec(&mut self, node: Node<'_>) -> TypeSpec {
        self.salvage_errors(node);
        TypeSpec {
            name: self.ident_at(node, "name"),
            type_params: self.fields(node.child_by_field_name("type_parameters")),
            ty: self.ty_at(node, "type"),
            alias: node.kind() == "type_alias",
        }
    }

    /// The names that a specification or field declares.
    fn names(&self, node: Node<'_>) -> Vec<Ident> {
        let mut cursor = node.walk();
        let named = node
            .children_by_field_name("name", &mut cursor)
            .filter(Node::is_named);
        named.map(|name| self.ident(name)).collect()
    }

    fn signature(&mut self, node: Node<'_>) -> Signature {
        let params = self.fields(node.child_by_field_name("parameters"));
        let results = match node.child_by_field_name("result") {
            Some(list) if list.kind() == "parameter_list" => self.fields(Some(list)),
            Some(ty) => vec![Field {
                name: None,
                ty: self.ty(ty),
                variadic: false,
                tag: String::new(),
            }],
            None => Vec::new(),
        };
        Signature { params, results }
    }

    /// Parameters, results or type parameters: one entry a name.
    fn fields(&mut self, list: Option<Node<'_>>) -> Vec<Field> {
        let mut fields = Vec::new();
        for node in list.map(|list| self.children(list)).unwrap_or_default() {
            self.salvage_errors(node);
            let variadic = node.kind() == "variadic_parameter_declaration";
            let ty = self.ty_at(node, "type");
            for (name, ty) in self.spread(node, ty) {
                fields.push(Field {
                    name,
                    ty,
                    variadic,
                    tag: String::new(),
                });
            }
        }
        fields
    }

    /// The names of a field, each with the type that they share.
    fn spread(&mut self, node: Node<'_>, ty: TypeExpr) -> Vec<(Option<Ident>, TypeExpr)> {
        let mut names = self.names(node);
        let Some(last) = names.pop() else {
            return vec![(None, ty)];
        };
        let mut fields = Vec::with_capacity(names.len() + 1);
        let cost = if names.is_empty() {
            0
        } else {
            weight(&ty, MAX_COPIES.saturating_sub(self.copies) + 1)
        };
        for name in names {
            self.copies += cost;
            if self.copies > MAX_COPIES {
                self.met(name.span, "types repeated too often".into());
                fields.push((Some(name), TypeExpr::Bad));
            } else {
                fields.push((Some(name), ty.clone()));
            }
        }
        fields.push((Some(last), ty));
        fields
    }
}

/// Types.
impl Lowering<'_> {
    fn ty_at(&mut self, node: Node<'_>, field: &str) -> TypeExpr {
        node.child_by_field_name(field)
            .map_or(TypeExpr::Bad, |ty| self.ty(ty))
    }

    fn ty(&mut self, node: Node<'_>) -> TypeExpr {
        self.deeper(node, |this| this.ty_inner(node))
            .unwrap_or(TypeExpr::Bad)
    }

    fn ty_inner(&mut self, node: Node<'_>) -> TypeExpr {
        let mut node = node;
        // These say nothing of their own, and there may be any number of them.
        while matches!(node.kind(), "parenthesized_type" | "negated_type") {
            self.salvage_errors(node);
            match self.child(node) {
                Some(inner) => node = inner,
                None => return TypeExpr::Bad,
            }
        }
        self.salvage_errors(node);
        match node.kind() {
            _ if node.is_missing() => TypeExpr::Bad,
            "type_identifier" | "identifier" => {
                TypeExpr::Name(None, self.source(node).to_owned(), Vec::new())
            }
            "qualified_type" => {
                let package = self.ident_at(node, "package").name;
                TypeExpr::Name(Some(package), self.ident_at(node, "name").name, Vec::new())
            }
            "generic_type" => match self.ty_at(node, "type") {
                TypeExpr::Name(package, name, _) => TypeExpr::Name(
                    package,
                    name,
                    self.types(node.child_by_field_name("type_arguments")),
                ),
                other => other,
            },
            "pointer_type" => TypeExpr::Pointer(Box::new(self.only_type(node))),
            "array_type" | "slice_type" | "implicit_length_array_type" => {
                TypeExpr::List(Box::new(self.ty_at(node, "element")))
            }
            "map_type" => TypeExpr::Map(
                Box::new(self.ty_at(node, "key")),
                Box::new(self.ty_at(node, "value")),
            ),
            "channel_type" => TypeExpr::Chan(Box::new(self.ty_at(node, "value"))),
            "function_type" => TypeExpr::Func(Box::new(self.func_type(node))),
            "struct_type" => TypeExpr::Struct(self.struct_fields(node)),
            "interface_type" => self.interface(node),
            "type_elem" | "type_constraint" => self.union(node),
            _ => TypeExpr::Bad,
        }
    }

    fn only_type(&mut self, node: Node<'_>) -> TypeExpr {
        self.child(node)
            .map_or(TypeExpr::Bad, |inner| self.ty(inner))
    }

    fn types(&mut self, list: Option<Node<'_>>) -> Vec<TypeExpr> {
        let nodes = list.map(|list| self.children(list)).unwrap_or_default();
        nodes.into_iter().map(|node| self.ty(node)).collect()
    }

    /// `A | B` is an interface of these; alone, a type is itself.
    fn union(&mut self, node: Node<'_>) -> TypeExpr {
        let mut types = self.types(Some(node));
        match types.len() {
            1 => types.swap_remove(0),
            _ => TypeExpr::Interface(Vec::new(), types),
        }
    }

    fn func_type(&mut self, node: Node<'_>) -> FuncType {
        let Signature { params, results } = self.signature(node);
        let plain = |field: Field| {
            if field.variadic {
                TypeExpr::List(Box::new(field.ty))
            } else {
                field.ty
            }
        };
        FuncType {
            params: params.into_iter().map(plain).collect(),
            results: results.into_iter().map(plain).collect(),
        }
    }

    fn struct_fields(&mut self, node: Node<'_>) -> Vec<StructField> {
        let mut fields = Vec::new();
        let list = self
            .child(node)
            .map(|list| self.children(list))
            .unwrap_or_default();
        for node in list {
            self.salvage_errors(node);
            let tag = node
                .child_by_field_name("tag")
                .map(|tag| literal::string(self.source(tag)))
                .unwrap_or_default();
            let mut ty = self.ty_at(node, "type");
            if node.child(0).is_some_and(|first| first.kind() == "*") {
                ty = TypeExpr::Pointer(Box::new(ty));
            }
            for (name, ty) in self.spread(node, ty) {
                fields.push(StructField {
                    name: name.map(|name| name.name),
                    ty,
                    tag: tag.clone(),
                });
            }
        }
        fields
    }

    fn interface(&mut self, node: Node<'_>) -> TypeExpr {
        let (mut methods, mut embedded) = (Vec::new(), Vec::new());
        for child in self.children(node) {
            if child.kind() == "method_elem" {
                let name = self.ident_at(child, "name").name;
                methods.push((name, self.func_type(child)));
            } else {
                embedded.push(self.ty(child));
            }
        }
        TypeExpr::Interface(methods, embedded)
    }
}

/// Expressions.
impl Lowering<'_> {
    fn expr(&mut self, node: Node<'_>) -> Expr {
        self.deeper(node, |this| this.chain(node))
            .unwrap_or_else(|| bad(node))
    }

    fn expr_at(&mut self, node: Node<'_>, field: &str) -> Expr {
        node.child_by_field_name(field)
            .map_or_else(|| bad(node), |expr| self.expr(expr))
    }

    fn only_expr(&mut self, node: Node<'_>) -> Expr {
        self.child(node)
            .map_or_else(|| bad(node), |expr| self.expr(expr))
    }

    /// The expressions of a list, or the one that stands in its place.
    fn exprs(&mut self, list: Option<Node<'_>>) -> Vec<Expr> {
        match list {
            Some(list) if list.kind() == "expression_list" => self
                .children(list)
                .into_iter()
                .map(|node| self.expr(node))
                .collect(),
            Some(expr) => vec![self.expr(expr)],
            None => Vec::new(),
        }
    }

    /// An expression that may be long to the left: `a.b().c()`, `a + b + c`.
    fn chain(&mut self, node: Node<'_>) -> Expr {
        let outer = self.links;
        let mut links = Vec::new();
        let mut base = self.without_parens(node);
        let mut expr = loop {
            let Some(next) = base.and_then(receiver) else {
                self.links = outer + links.len();
                break base.map_or_else(|| bad(node), |base| self.base(base));
            };
            if !self.fits(node, links.len() + 1) {
                break bad(next);
            }
            links.extend(base);
            base = self.without_parens(next);
        };
        while let Some(link) = links.pop() {
            self.links = outer + links.len();
            self.salvage_errors(link);
            expr = self.link(link, expr);
        }
        expr
    }

    /// The expression in any number of parentheses.
    fn without_parens<'n>(&mut self, node: Node<'n>) -> Option<Node<'n>> {
        let mut node = node;
        while node.kind() == "parenthesized_expression" {
            self.salvage_errors(node);
            node = self.child(node)?;
        }
        Some(node)
    }

    /// One link of a chain, upon what stands left of it.
    fn link(&mut self, node: Node<'_>, left: Expr) -> Expr {
        let kind = match node.kind() {
            "call_expression" => self.call(node, left),
            "selector_expression" => {
                ExprKind::Selector(Box::new(left), self.ident_at(node, "field"))
            }
            "index_expression" => {
                ExprKind::Index(Box::new(left), vec![self.expr_at(node, "index")])
            }
            "slice_expression" => self.slice(node, left),
            "type_assertion_expression" => {
                ExprKind::Assert(Box::new(left), self.ty_at(node, "type"))
            }
            "binary_expression" => ExprKind::Binary(
                operator(node),
                Box::new(left),
                Box::new(self.expr_at(node, "right")),
            ),
            _ => ExprKind::Unary(operator(node), Box::new(left)),
        };
        Expr {
            kind,
            span: span(node),
        }
    }

    fn slice(&mut self, node: Node<'_>, left: Expr) -> ExprKind {
        let mut bound = |field| {
            node.child_by_field_name(field)
                .map(|bound| Box::new(self.expr(bound)))
        };
        let (start, end) = (bound("start"), bound("end"));
        ExprKind::Slice(Box::new(left), start, end)
    }

    fn call(&mut self, node: Node<'_>, callee: Expr) -> ExprKind {
        let (mut callee, mut type_args) = (callee, Vec::new());
        if let Some(list) = node.child_by_field_name("type_arguments") {
            (callee, type_args) = self.instantiate(callee, list);
        } else if let ExprKind::Index(_, index) = &callee.kind
            && let [
                Expr {
                    kind: ExprKind::Name(name),
                    ..
                },
            ] = index.as_slice()
            && is_predeclared_type(name)
        {
            type_args.push(TypeExpr::Name(None, name.clone(), Vec::new()));
            if let ExprKind::Index(generic, _) = callee.kind {
                callee = *generic;
            }
        }
        let (mut args, mut spread) = (Vec::new(), false);
        for arg in node
            .child_by_field_name("arguments")
            .map(|list| self.children(list))
            .unwrap_or_default()
        {
            spread = arg.kind() == "variadic_argument";
            args.push(if spread {
                self.only_expr(arg)
            } else {
                self.expr(arg)
            });
        }
        ExprKind::Call(Box::new(CallExpr {
            callee,
            type_args,
            args,
            spread,
            text: fold(self.source(node)),
        }))
    }

    /// What `f[..]` calls. One name in brackets may as well be an index: `handlers[name](..)`.
    fn instantiate(&mut self, callee: Expr, list: Node<'_>) -> (Expr, Vec<TypeExpr>) {
        let nodes = self.children(list);
        match nodes.as_slice() {
            [only] if !self.is_surely_type(*only) => {
                let mut place = callee.span;
                (place.end_line, place.end_column) = (span(list).end_line, span(list).end_column);
                let index = vec![self.type_as_expr(*only)];
                (
                    Expr {
                        kind: ExprKind::Index(Box::new(callee), index),
                        span: place,
                    },
                    Vec::new(),
                )
            }
            _ => (
                callee,
                nodes.into_iter().map(|node| self.ty(node)).collect(),
            ),
        }
    }

    /// Whether what reads as a type cannot be a value.
    fn is_surely_type(&self, node: Node<'_>) -> bool {
        let mut node = node;
        loop {
            let list = match node.kind() {
                "type_identifier" => return is_predeclared_type(self.source(node)),
                "qualified_type" => return false,
                "generic_type" => node.child_by_field_name("type_arguments").unwrap_or(node),
                "pointer_type" | "parenthesized_type" | "type_elem" => node,
                _ => return true,
            };
            match list.named_child(0) {
                Some(only) if list.named_child_count() == 1 => node = only,
                _ => return true,
            }
        }
    }

    /// An expression that does not begin with another one.
    fn base(&mut self, node: Node<'_>) -> Expr {
        self.salvage_errors(node);
        let kind = match node.kind() {
            _ if node.is_missing() => ExprKind::Bad,
            "identifier" | "nil" | "true" | "false" | "iota" => {
                ExprKind::Name(self.source(node).to_owned())
            }
            "interpreted_string_literal" | "raw_string_literal" => {
                ExprKind::Str(literal::string(self.source(node)))
            }
            "int_literal" => literal::int(self.source(node)),
            "float_literal" => literal::float(self.source(node)),
            "rune_literal" => {
                literal::rune(self.source(node)).map_or(ExprKind::Bad, ExprKind::Rune)
            }
            "composite_literal" => {
                let ty = self.ty_at(node, "type");
                ExprKind::Composite(ty, self.elements(node.child_by_field_name("body")))
            }
            "literal_value" => ExprKind::Elided(self.elements(Some(node))),
            "func_literal" => self.closure(node),
            "call_expression" => {
                let callee = self.pointer_conversion(node);
                self.call(node, callee)
            }
            "type_conversion_expression" => self.conversion(node),
            "type_instantiation_expression" => self.instantiation(node),
            kind if is_type(kind) => ExprKind::Type(self.ty(node)),
            _ => ExprKind::Bad,
        };
        Expr {
            kind,
            span: span(node),
        }
    }

    fn closure(&mut self, node: Node<'_>) -> ExprKind {
        let signature = self.signature(node);
        ExprKind::Func(
            signature,
            node.child_by_field_name("body")
                .map(|body| self.block(body))
                .unwrap_or_default(),
        )
    }

    fn elements(&mut self, list: Option<Node<'_>>) -> Vec<Element> {
        let nodes = list.map(|list| self.children(list)).unwrap_or_default();
        let mut elements = Vec::with_capacity(nodes.len());
        for node in nodes {
            self.salvage_errors(node);
            elements.push(if node.kind() == "keyed_element" {
                let key = node
                    .child_by_field_name("key")
                    .map(|key| self.only_expr(key));
                let value = node
                    .child_by_field_name("value")
                    .map_or_else(|| bad(node), |value| self.only_expr(value));
                Element { key, value }
            } else {
                Element {
                    key: None,
                    value: self.only_expr(node),
                }
            });
        }
        elements
    }

    /// `T(x)`. The parser takes a call of a generic function or of an indexed value for one, too.
    fn conversion(&mut self, node: Node<'_>) -> ExprKind {
        let mut ty = node.child_by_field_name("type");
        while let Some(inner) = ty.filter(|ty| ty.kind() == "parenthesized_type") {
            ty = self.child(inner);
        }
        let (callee, type_args) = match ty {
            Some(ty) if ty.kind() == "generic_type" => {
                let generic = ty
                    .child_by_field_name("type")
                    .map_or_else(|| bad(ty), |name| self.type_as_expr(name));
                match ty.child_by_field_name("type_arguments") {
                    Some(list) => self.instantiate(generic, list),
                    None => (generic, Vec::new()),
                }
            }
            Some(ty) => (self.type_as_expr(ty), Vec::new()),
            None => (bad(node), Vec::new()),
        };
        let args = vec![self.expr_at(node, "operand")];
        ExprKind::Call(Box::new(CallExpr {
            callee,
            type_args,
            args,
            spread: false,
            text: fold(self.source(node)),
        }))
    }

    /// `f[A, B]` without a call.
    fn instantiation(&mut self, node: Node<'_>) -> ExprKind {
        let mut parts = self.children(node).into_iter();
        let generic = parts
            .next()
            .map_or_else(|| bad(node), |generic| self.type_as_expr(generic));
        ExprKind::Index(
            Box::new(generic),
            parts.map(|part| self.type_as_expr(part)).collect(),
        )
    }

    /// What reads as a type, but may be a value: the parser cannot tell names apart.
    fn type_as_expr(&mut self, node: Node<'_>) -> Expr {
        self.deeper(node, |this| this.type_as_expr_inner(node))
            .unwrap_or_else(|| bad(node))
    }

    fn type_as_expr_inner(&mut self, node: Node<'_>) -> Expr {
        let mut node = node;
        while matches!(node.kind(), "parenthesized_type" | "type_elem")
            && node.named_child_count() == 1
        {
            match self.child(node) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        self.salvage_errors(node);
        let kind = match node.kind() {
            "type_identifier" => ExprKind::Name(self.source(node).to_owned()),
            "qualified_type" => {
                let package = self.ident_at(node, "package");
                let package = Expr {
                    kind: ExprKind::Name(package.name),
                    span: package.span,
                };
                ExprKind::Selector(Box::new(package), self.ident_at(node, "name"))
            }
            "generic_type" => {
                let generic = node
                    .child_by_field_name("type")
                    .map_or_else(|| bad(node), |ty| self.type_as_expr(ty));
                let args = node
                    .child_by_field_name("type_arguments")
                    .map(|list| self.children(list));
                let args = args
                    .unwrap_or_default()
                    .into_iter()
                    .map(|arg| self.type_as_expr(arg))
                    .collect();
                ExprKind::Index(Box::new(generic), args)
            }
            "pointer_type" if !self.is_surely_type(node) => {
                let inner = self
                    .child(node)
                    .map_or_else(|| bad(node), |inner| self.type_as_expr(inner));
                ExprKind::Unary("*", Box::new(inner))
            }
            _ => ExprKind::Type(self.ty(node)),
        };
        Expr {
            kind,
            span: span(node),
        }
    }

    /// The callee of `(*T)(x)`.
    fn pointer_conversion(&mut self, call: Node<'_>) -> Expr {
        let Some((stars, name)) = pointer_callee(call) else {
            return bad(call);
        };
        let span = call
            .child_by_field_name("function")
            .map_or(span(call), span);
        if !self.fits(name, stars) {
            return Expr {
                kind: ExprKind::Bad,
                span,
            };
        }
        let mut ty = self.expr_as_type(name);
        for _ in 0..stars {
            ty = TypeExpr::Pointer(Box::new(ty));
        }
        Expr {
            kind: ExprKind::Type(ty),
            span,
        }
    }

    /// What reads as an expression, but is the name of a type.
    fn expr_as_type(&mut self, node: Node<'_>) -> TypeExpr {
        match node.kind() {
            "identifier" => TypeExpr::Name(None, self.source(node).to_owned(), Vec::new()),
            "selector_expression" => {
                let package = node
                    .child_by_field_name("operand")
                    .map(|package| self.source(package).to_owned());
                TypeExpr::Name(package, self.ident_at(node, "field").name, Vec::new())
            }
            "index_expression" | "type_instantiation_expression" => {
                let mut parts = self.children(node).into_iter();
                match parts.next().map(|name| self.type_part(name)) {
                    Some(TypeExpr::Name(package, name, _)) => TypeExpr::Name(
                        package,
                        name,
                        parts.map(|part| self.type_part(part)).collect(),
                    ),
                    _ => TypeExpr::Bad,
                }
            }
            _ => TypeExpr::Bad,
        }
    }

    fn type_part(&mut self, node: Node<'_>) -> TypeExpr {
        if is_type(node.kind()) {
            return self.ty(node);
        }
        self.deeper(node, |this| this.expr_as_type(node))
            .unwrap_or(TypeExpr::Bad)
    }
}

/// Statements.
impl Lowering<'_> {
    /// The statements of a block.
    fn block(&mut self, node: Node<'_>) -> Vec<Stmt> {
        // What was found before the block belongs after the statement that the block is part of.
        let before = std::mem::take(&mut self.orphans);
        let mut stmts = Vec::new();
        for node in node.named_children(&mut node.walk()) {
            if node.kind() == "statement_list" {
                for node in node.named_children(&mut node.walk()) {
                    self.stmt_in_block(node, &mut stmts);
                }
            } else {
                self.stmt_in_block(node, &mut stmts);
            }
        }
        self.orphans = before;
        stmts
    }

    fn stmt_in_block(&mut self, node: Node<'_>, out: &mut Vec<Stmt>) {
        if node.is_error() {
            self.salvage(node);
        } else if !node.is_extra() {
            self.stmt(node, out);
        }
        out.append(&mut self.orphans);
    }

    fn block_at(&mut self, node: Node<'_>, field: &str) -> Vec<Stmt> {
        node.child_by_field_name(field)
            .map(|body| self.block(body))
            .unwrap_or_default()
    }

    /// A simple statement in a header.
    fn simple(&mut self, node: Node<'_>, field: &str) -> Option<Box<Stmt>> {
        let mut stmts = Vec::new();
        self.stmt(node.child_by_field_name(field)?, &mut stmts);
        stmts.pop().map(Box::new)
    }

    fn stmt(&mut self, node: Node<'_>, out: &mut Vec<Stmt>) {
        let mut node = node;
        while node.kind() == "labeled_statement" {
            self.salvage_errors(node);
            let labeled = node
                .named_children(&mut node.walk())
                .find(|child| is_statement(child.kind()));
            match labeled {
                Some(labeled) => node = labeled,
                None => return,
            }
        }
        if self
            .deeper(node, |this| this.stmt_inner(node, out))
            .is_none()
        {
            out.push(Stmt::Expr(bad(node)));
        }
    }

    fn stmt_inner(&mut self, node: Node<'_>, out: &mut Vec<Stmt>) {
        if node.kind() != "block" {
            self.salvage_errors(node);
        }
        let stmt = match node.kind() {
            "expression_statement" => Stmt::Expr(self.only_expr(node)),
            "assignment_statement" | "short_var_declaration" => self.assignment(node),
            "const_declaration" | "var_declaration" | "type_declaration" => {
                return self.declarations(node, out);
            }
            "if_statement" => return self.if_statement(node, out),
            "for_statement" => self.for_statement(node),
            "expression_switch_statement" => self.switch(node),
            "type_switch_statement" => self.type_switch(node),
            "select_statement" => self.select(node),
            "inc_statement" => Stmt::Step(self.only_expr(node), 1),
            "dec_statement" => Stmt::Step(self.only_expr(node), -1),
            "return_statement" => Stmt::Return(self.exprs(self.child(node))),
            "go_statement" => Stmt::Go(self.only_expr(node)),
            "defer_statement" => Stmt::Defer(self.only_expr(node)),
            "send_statement" | "receive_statement" => self.communication(node),
            "break_statement" if node.named_child_count() > 0 => Stmt::BreakLabel,
            "break_statement" => Stmt::Break,
            "continue_statement" => Stmt::Continue,
            "fallthrough_statement" | "goto_statement" => Stmt::Jump,
            "block" => Stmt::Block(self.block(node)),
            "empty_statement" => return,
            _ => return self.salvage(node),
        };
        out.push(stmt);
    }

    fn assignment(&mut self, node: Node<'_>) -> Stmt {
        Stmt::Assign {
            left: self.exprs(node.child_by_field_name("left")),
            right: self.exprs(node.child_by_field_name("right")),
            op: operator(node),
            define: node.kind() == "short_var_declaration",
        }
    }

    /// `if` with all its `else if`, which may be many.
    fn if_statement(&mut self, node: Node<'_>, out: &mut Vec<Stmt>) {
        let outer = self.links;
        let mut arms = Vec::new();
        let mut next = node;
        let mut otherwise = loop {
            let init = self.simple(next, "initializer");
            arms.push((
                init,
                self.expr_at(next, "condition"),
                self.block_at(next, "consequence"),
            ));
            match next.child_by_field_name("alternative") {
                Some(arm) if arm.kind() == "if_statement" => {
                    if !self.fits(arm, 1) {
                        break vec![Stmt::Expr(bad(arm))];
                    }
                    self.links += 1;
                    self.salvage_errors(arm);
                    next = arm;
                }
                Some(block) => break self.block(block),
                None => break Vec::new(),
            }
        };
        self.links = outer;
        while let Some((init, cond, then)) = arms.pop() {
            otherwise = vec![Stmt::If {
                init,
                cond,
                then,
                otherwise,
            }];
        }
        out.append(&mut otherwise);
    }

    fn for_statement(&mut self, node: Node<'_>) -> Stmt {
        let place = span(node);
        let span = Span {
            end_line: place.line,
            end_column: place.column + 3,
            ..place
        };
        let mut cursor = node.walk();
        let clause = node
            .named_children(&mut cursor)
            .find(|child| !child.is_extra() && !child.is_error());
        let (mut init, mut cond, mut post) = (None, None, None);
        match clause {
            Some(clause) if clause.kind() == "range_clause" => {
                self.salvage_errors(clause);
                return Stmt::Range {
                    vars: self.exprs(clause.child_by_field_name("left")),
                    define: has_token(clause, ":="),
                    over: self.expr_at(clause, "right"),
                    body: self.block_at(node, "body"),
                    span,
                };
            }
            Some(clause) if clause.kind() == "for_clause" => {
                self.salvage_errors(clause);
                init = self.simple(clause, "initializer");
                cond = clause
                    .child_by_field_name("condition")
                    .map(|cond| self.expr(cond));
                post = self.simple(clause, "update");
            }
            Some(condition) if condition.kind() != "block" => cond = Some(self.expr(condition)),
            _ => {}
        }
        Stmt::For {
            init,
            cond,
            post,
            body: self.block_at(node, "body"),
            span,
        }
    }

    fn switch(&mut self, node: Node<'_>) -> Stmt {
        let init = self.simple(node, "initializer");
        let subject = node
            .child_by_field_name("value")
            .map(|subject| self.expr(subject));
        let mut cases = Vec::new();
        for case in cases_of(node) {
            let values = self.exprs(case.child_by_field_name("value"));
            cases.push(Case {
                values,
                body: self.case_body(case),
            });
        }
        Stmt::Switch {
            init,
            subject,
            cases,
        }
    }

    fn type_switch(&mut self, node: Node<'_>) -> Stmt {
        let init = self.simple(node, "initializer");
        let name = node
            .child_by_field_name("alias")
            .map(|name| self.source(name).to_owned());
        let subject = self.expr_at(node, "value");
        let mut cases = Vec::new();
        for case in cases_of(node) {
            let types = named_children(case)
                .into_iter()
                .filter(|child| is_type(child.kind()));
            let types = types.map(|ty| self.ty(ty)).collect();
            cases.push(TypeCase {
                types,
                body: self.case_body(case),
            });
        }
        Stmt::TypeSwitch {
            init,
            name,
            subject,
            cases,
        }
    }

    fn select(&mut self, node: Node<'_>) -> Stmt {
        let mut cases = Vec::new();
        for case in cases_of(node) {
            let comm = case
                .child_by_field_name("communication")
                .map(|comm| Box::new(self.communication(comm)));
            cases.push(CommCase {
                comm,
                body: self.case_body(case),
            });
        }
        Stmt::Select(cases)
    }

    fn communication(&mut self, node: Node<'_>) -> Stmt {
        self.salvage_errors(node);
        if node.kind() == "send_statement" {
            return Stmt::Send(self.expr_at(node, "channel"), self.expr_at(node, "value"));
        }
        let left = self.exprs(node.child_by_field_name("left"));
        let right = self.expr_at(node, "right");
        if left.is_empty() {
            return Stmt::Expr(right);
        }
        Stmt::Assign {
            left,
            right: vec![right],
            op: "",
            define: has_token(node, ":="),
        }
    }

    /// The statements of a case.
    fn case_body(&mut self, case: Node<'_>) -> Vec<Stmt> {
        self.salvage_errors(case);
        let list = named_children(case)
            .into_iter()
            .find(|child| child.kind() == "statement_list");
        list.map(|list| self.block(list)).unwrap_or_default()
    }
}

/// An expression that is not understood.
fn bad(node: Node<'_>) -> Expr {
    Expr {
        kind: ExprKind::Bad,
        span: span(node),
    }
}

fn named_children(node: Node<'_>) -> Vec<Node<'_>> {
    node.named_children(&mut node.walk()).collect()
}

/// The cases of a `switch` or `select`.
fn cases_of(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cases = named_children(node);
    let case = |kind| {
        matches!(
            kind,
            "expression_case" | "type_case" | "communication_case" | "default_case"
        )
    };
    cases.retain(|child| case(child.kind()));
    cases
}

/// Whether a token stands directly below a node.
fn has_token(node: Node<'_>, token: &str) -> bool {
    node.children(&mut node.walk())
        .any(|child| child.kind() == token)
}

/// The operator of an expression or assignment, the latter's without `=`.
fn operator(node: Node<'_>) -> &'static str {
    const OPERATORS: [&str; 21] = [
        "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "&^", "&&", "||", "==", "!=", "<",
        "<=", ">", ">=", "!", "<-",
    ];
    let Some(operator) = node.child_by_field_name("operator") else {
        return "";
    };
    let text = operator.kind();
    let text = if node.kind() == "assignment_statement" {
        text.strip_suffix('=').unwrap_or(text)
    } else {
        text
    };
    OPERATORS
        .into_iter()
        .find(|known| *known == text)
        .unwrap_or("")
}

/// What stands left in an expression that begins with another one.
fn receiver(node: Node<'_>) -> Option<Node<'_>> {
    let field = match node.kind() {
        "call_expression" if pointer_callee(node).is_none() => "function",
        "selector_expression"
        | "index_expression"
        | "slice_expression"
        | "type_assertion_expression"
        | "unary_expression" => "operand",
        "binary_expression" => "left",
        _ => return None,
    };
    node.child_by_field_name(field)
}

/// The stars and the name of the callee of `(*T)(x)`. Nothing tells it from a call through a pointer
/// to a function, but that is not written.
fn pointer_callee(call: Node<'_>) -> Option<(usize, Node<'_>)> {
    let mut node = call
        .child_by_field_name("function")
        .filter(|node| node.kind() == "parenthesized_expression")?;
    let mut stars = 0;
    loop {
        node = match node.kind() {
            "parenthesized_expression" => node
                .named_children(&mut node.walk())
                .find(|child| !child.is_extra() && !child.is_error())?,
            "unary_expression" if node.child_by_field_name("operator")?.kind() == "*" => {
                stars += 1;
                node.child_by_field_name("operand")?
            }
            "identifier" | "type_instantiation_expression" => break,
            "selector_expression" | "index_expression"
                if node.child_by_field_name("operand")?.kind() == "identifier" =>
            {
                break;
            }
            _ => return None,
        };
    }
    (stars > 0).then_some((stars, node))
}

/// The number of nodes of a type, counted up to a limit.
fn weight(ty: &TypeExpr, limit: usize) -> usize {
    let mut waiting = vec![ty];
    let mut weight = 0;
    while let Some(ty) = waiting.pop() {
        weight += 1;
        if weight >= limit {
            break;
        }
        match ty {
            TypeExpr::Name(_, _, args) => waiting.extend(args),
            TypeExpr::Pointer(inner) | TypeExpr::List(inner) | TypeExpr::Chan(inner) => {
                waiting.push(inner)
            }
            TypeExpr::Map(key, value) => waiting.extend([&**key, &**value]),
            TypeExpr::Func(func) => waiting.extend(func.params.iter().chain(&func.results)),
            TypeExpr::Struct(fields) => waiting.extend(fields.iter().map(|field| &field.ty)),
            TypeExpr::Interface(methods, embedded) => {
                waiting.extend(
                    methods
                        .iter()
                        .flat_map(|(_, func)| func.params.iter().chain(&func.results)),
                );
                waiting.extend(embedded);
            }
            TypeExpr::Bad => {}
        }
    }
    weight
}

/// A call's source with white space folded, cut where it is long: a call may contain all of a file,
/// and its arguments contain calls again.
fn fold(source: &str) -> String {
    let mut folded = String::new();
    let mut space = false;
    for c in source.chars() {
        if c.is_whitespace() {
            space = true;
            continue;
        }
        if folded.len() >= MAX_CALL_TEXT {
            break;
        }
        if std::mem::take(&mut space) {
            folded.push(' ');
        }
        folded.push(c);
    }
    folded
}

/// Whether a name is a type wherever nobody has given it another meaning.
fn is_predeclared_type(name: &str) -> bool {
    matches!(
        name,
        "any"
            | "bool"
            | "byte"
            | "comparable"
            | "complex64"
            | "complex128"
            | "error"
            | "float32"
            | "float64"
            | "int"
            | "int8"
            | "int16"
            | "int32"
            | "int64"
            | "rune"
            | "string"
            | "uint"
            | "uint8"
            | "uint16"
            | "uint32"
            | "uint64"
            | "uintptr"
    )
}

/// Whether a node is a type.
fn is_type(kind: &str) -> bool {
    matches!(
        kind,
        "type_identifier"
            | "qualified_type"
            | "generic_type"
            | "pointer_type"
            | "array_type"
            | "slice_type"
            | "implicit_length_array_type"
            | "map_type"
            | "channel_type"
            | "function_type"
            | "struct_type"
            | "interface_type"
            | "parenthesized_type"
            | "negated_type"
            | "type_elem"
    )
}

/// Whether a node is a statement.
fn is_statement(kind: &str) -> bool {
    let other = matches!(
        kind,
        "const_declaration" | "var_declaration" | "type_declaration" | "empty_statement"
    );
    other || is_stray(kind)
}

/// Whether a node is a statement that may not stand at file level.
pub(super) fn is_stray(kind: &str) -> bool {
    let statement = kind
        .strip_suffix("_statement")
        .is_some_and(|name| name != "empty");
    statement || matches!(kind, "block" | "short_var_declaration")
}

/// Whether a node is an expression of several parts: only these may contain a call.
fn is_compound(kind: &str) -> bool {
    matches!(
        kind,
        "call_expression"
            | "selector_expression"
            | "index_expression"
            | "slice_expression"
            | "type_assertion_expression"
            | "type_conversion_expression"
            | "type_instantiation_expression"
            | "unary_expression"
            | "binary_expression"
            | "parenthesized_expression"
            | "composite_literal"
            | "func_literal"
    )
}
