use super::*;
use crate::lang::go::syntax::*;

// WALKER
/// All calls of a file, found through the lowered syntax alone.
#[derive(Default)]
struct Calls(Vec<Span>);

impl Calls {
    fn of(file: &File) -> Vec<Span> {
        let mut calls = Calls::default();
        for decl in &file.decls {
            match decl {
                Decl::Func(func) => calls.stmts(func.body.as_deref().unwrap_or_default()),
                Decl::Type(_) => {}
                Decl::Value(spec) => calls.exprs(&spec.values),
            }
        }
        calls.0.sort();
        calls.0
    }

    fn stmts<'s>(&mut self, stmts: impl IntoIterator<Item = &'s Stmt>) {
        stmts.into_iter().for_each(|stmt| self.stmt(stmt));
    }

    fn exprs<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Expr(expr) | Stmt::Go(expr) | Stmt::Defer(expr) | Stmt::Step(expr, _) => {
                self.expr(expr);
            }
            Stmt::Assign { left, right, .. } => self.exprs(left.iter().chain(right)),
            Stmt::Value(spec) => self.exprs(&spec.values),
            Stmt::Return(exprs) => self.exprs(exprs),
            Stmt::If {
                init,
                cond,
                then,
                otherwise,
            } => {
                self.stmts(init.as_deref());
                self.expr(cond);
                self.stmts(then.iter().chain(otherwise));
            }
            Stmt::For {
                init,
                cond,
                post,
                body,
                ..
            } => {
                self.stmts(
                    init.as_deref()
                        .into_iter()
                        .chain(post.as_deref())
                        .chain(body),
                );
                self.exprs(cond);
            }
            Stmt::Range {
                vars, over, body, ..
            } => {
                self.exprs(vars.iter().chain([over]));
                self.stmts(body);
            }
            Stmt::Switch {
                init,
                subject,
                cases,
            } => {
                self.stmts(init.as_deref());
                self.exprs(subject);
                for case in cases {
                    self.exprs(&case.values);
                    self.stmts(&case.body);
                }
            }
            Stmt::TypeSwitch {
                init,
                subject,
                cases,
                ..
            } => {
                self.stmts(init.as_deref());
                self.expr(subject);
                cases.iter().for_each(|case| self.stmts(&case.body));
            }
            Stmt::Select(cases) => {
                for case in cases {
                    self.stmts(case.comm.as_deref().into_iter().chain(&case.body));
                }
            }
            Stmt::Send(channel, value) => self.exprs([channel, value]),
            Stmt::Block(stmts) => self.stmts(stmts),
            Stmt::Type(_) | Stmt::Break | Stmt::BreakLabel | Stmt::Continue | Stmt::Jump => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Selector(left, _) | ExprKind::Unary(_, left) | ExprKind::Assert(left, _) => {
                self.expr(left);
            }
            ExprKind::Index(left, index) => {
                self.expr(left);
                self.exprs(index);
            }
            ExprKind::Slice(left, start, end) => {
                self.expr(left);
                self.exprs(start.as_deref().into_iter().chain(end.as_deref()));
            }
            ExprKind::Call(call) => {
                self.0.push(expr.span);
                self.expr(&call.callee);
                self.exprs(&call.args);
            }
            ExprKind::Binary(_, left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Composite(_, elements) | ExprKind::Elided(elements) => {
                for element in elements {
                    self.exprs(element.key.iter().chain([&element.value]));
                }
            }
            ExprKind::Func(_, body) => self.stmts(body),
            _ => {}
        }
    }
}
// END

/// Writes syntax as nested lists, so that a test can say all of it in one line.
fn show(expr: &Expr) -> String {
    let opt = |expr: &Option<Box<Expr>>| expr.as_deref().map_or("_".into(), show);
    match &expr.kind {
        ExprKind::Name(name) => name.clone(),
        ExprKind::Str(text) => format!("{text:?}"),
        ExprKind::Rune(rune) => format!("(rune {rune})"),
        ExprKind::Int(value) => value.to_string(),
        ExprKind::Float(value) => format!("{value:?}"),
        ExprKind::Selector(left, name) => format!("(. {} {})", show(left), name.name),
        ExprKind::Index(left, index) => format!("(index {}{})", show(left), exprs(index)),
        ExprKind::Slice(left, start, end) => {
            format!("(slice {} {} {})", show(left), opt(start), opt(end))
        }
        ExprKind::Call(call) => {
            let types: Vec<_> = call.type_args.iter().map(show_type).collect();
            let types = if types.is_empty() {
                String::new()
            } else {
                format!(" <{}>", types.join(" "))
            };
            let spread = if call.spread { " ..." } else { "" };
            format!(
                "(call {}{types}{}{spread})",
                show(&call.callee),
                exprs(&call.args)
            )
        }
        ExprKind::Unary(operator, inner) => format!("({operator} {})", show(inner)),
        ExprKind::Binary(operator, left, right) => {
            format!("({operator} {} {})", show(left), show(right))
        }
        ExprKind::Composite(ty, list) => format!("(new {}{})", show_type(ty), elements(list)),
        ExprKind::Elided(list) => format!("(elided{})", elements(list)),
        ExprKind::Func(signature, body) => {
            format!("(func {}{})", show_signature(signature), stmts(body))
        }
        ExprKind::Assert(inner, ty) => format!("(assert {} {})", show(inner), show_type(ty)),
        ExprKind::Type(ty) => format!("'{}", show_type(ty)),
        ExprKind::Bad => "BAD".into(),
    }
}

fn exprs(list: &[Expr]) -> String {
    list.iter().map(|expr| format!(" {}", show(expr))).collect()
}

fn stmts(list: &[Stmt]) -> String {
    list.iter()
        .map(|stmt| format!(" {}", show_stmt(stmt)))
        .collect()
}

fn elements(list: &[Element]) -> String {
    let key = |element: &Element| {
        element
            .key
            .as_ref()
            .map(|key| show(key) + ":")
            .unwrap_or_default()
    };
    list.iter()
        .map(|element| format!(" {}{}", key(element), show(&element.value)))
        .collect()
}

fn show_type(ty: &TypeExpr) -> String {
    let list = |types: &[TypeExpr]| types.iter().map(show_type).collect::<Vec<_>>().join(" ");
    let func = |func: &FuncType| format!("({}) ({})", list(&func.params), list(&func.results));
    match ty {
        TypeExpr::Name(package, name, args) => {
            let package = package
                .as_ref()
                .map(|package| format!("{package}."))
                .unwrap_or_default();
            let args = if args.is_empty() {
                String::new()
            } else {
                format!("<{}>", list(args))
            };
            format!("{package}{name}{args}")
        }
        TypeExpr::Pointer(inner) => format!("*{}", show_type(inner)),
        TypeExpr::List(inner) => format!("[]{}", show_type(inner)),
        TypeExpr::Map(key, value) => format!("map[{}]{}", show_type(key), show_type(value)),
        TypeExpr::Chan(inner) => format!("chan {}", show_type(inner)),
        TypeExpr::Func(inner) => format!("func{}", func(inner)),
        TypeExpr::Struct(fields) => {
            let field = |field: &StructField| {
                let name = field
                    .name
                    .as_ref()
                    .map(|name| format!("{name} "))
                    .unwrap_or_default();
                let tag = if field.tag.is_empty() {
                    String::new()
                } else {
                    format!(" {:?}", field.tag)
                };
                format!("{name}{}{tag}", show_type(&field.ty))
            };
            format!(
                "struct{{{}}}",
                fields.iter().map(field).collect::<Vec<_>>().join("; ")
            )
        }
        TypeExpr::Interface(methods, embedded) => {
            let methods = methods
                .iter()
                .map(|(name, ty)| format!("{name}{}", func(ty)));
            let all: Vec<_> = methods.chain(embedded.iter().map(show_type)).collect();
            format!("interface{{{}}}", all.join("; "))
        }
        TypeExpr::Bad => "BAD".into(),
    }
}

fn show_fields(fields: &[Field]) -> String {
    let field = |field: &Field| {
        let name = field
            .name
            .as_ref()
            .map(|name| format!("{} ", name.name))
            .unwrap_or_default();
        format!(
            "{name}{}{}",
            if field.variadic { "..." } else { "" },
            show_type(&field.ty)
        )
    };
    fields.iter().map(field).collect::<Vec<_>>().join(", ")
}

fn show_signature(signature: &Signature) -> String {
    format!(
        "({}) ({})",
        show_fields(&signature.params),
        show_fields(&signature.results)
    )
}

fn show_value(spec: &ValueSpec) -> String {
    let names: Vec<_> = spec.names.iter().map(|name| name.name.as_str()).collect();
    let ty = spec
        .ty
        .as_ref()
        .map(|ty| format!(" {}", show_type(ty)))
        .unwrap_or_default();
    let word = if spec.constant { "const" } else { "var" };
    let embed = if spec.embed.is_empty() {
        String::new()
    } else {
        format!(" embed {:?}", spec.embed)
    };
    format!(
        "({word} {}{ty} ={}{embed})",
        names.join(","),
        exprs(&spec.values)
    )
}

fn show_type_spec(spec: &TypeSpec) -> String {
    let params = show_fields(&spec.type_params);
    let params = if params.is_empty() {
        params
    } else {
        format!("[{params}]")
    };
    let alias = if spec.alias { "= " } else { "" };
    format!(
        "(type {}{params} {alias}{})",
        spec.name.name,
        show_type(&spec.ty)
    )
}

fn show_stmt(stmt: &Stmt) -> String {
    let init = |stmt: &Option<Box<Stmt>>| stmt.as_deref().map_or("_".into(), show_stmt);
    let opt = |expr: &Option<Expr>| expr.as_ref().map_or("_".into(), show);
    match stmt {
        Stmt::Expr(expr) => show(expr),
        Stmt::Assign {
            left,
            right,
            op,
            define,
        } => {
            let define = if *define { ":" } else { "" };
            format!("({define}{op}={} <={})", exprs(left), exprs(right))
        }
        Stmt::Value(spec) => show_value(spec),
        Stmt::Type(spec) => show_type_spec(spec),
        Stmt::Step(expr, step) => format!("(step {step} {})", show(expr)),
        Stmt::Return(list) => format!("(return{})", exprs(list)),
        Stmt::If {
            init: first,
            cond,
            then,
            otherwise,
        } => {
            let otherwise = if otherwise.is_empty() {
                String::new()
            } else {
                format!(" else{}", stmts(otherwise))
            };
            format!(
                "(if {} {} then{}{otherwise})",
                init(first),
                show(cond),
                stmts(then)
            )
        }
        Stmt::For {
            init: first,
            cond,
            post,
            body,
            ..
        } => {
            format!(
                "(for {} {} {} do{})",
                init(first),
                opt(cond),
                init(post),
                stmts(body)
            )
        }
        Stmt::Range {
            vars,
            define,
            over,
            body,
            ..
        } => {
            let define = if *define { ":=" } else { "=" };
            format!(
                "(range{} {define} {} do{})",
                exprs(vars),
                show(over),
                stmts(body)
            )
        }
        Stmt::Switch {
            init: first,
            subject,
            cases,
        } => {
            let case =
                |case: &Case| format!(" (case{} do{})", exprs(&case.values), stmts(&case.body));
            format!(
                "(switch {} {}{})",
                init(first),
                opt(subject),
                cases.iter().map(case).collect::<String>()
            )
        }
        Stmt::TypeSwitch {
            init: first,
            name,
            subject,
            cases,
        } => {
            let case = |case: &TypeCase| {
                let types: String = case
                    .types
                    .iter()
                    .map(|ty| format!(" {}", show_type(ty)))
                    .collect();
                format!(" (case{types} do{})", stmts(&case.body))
            };
            let name = name.as_deref().unwrap_or("_");
            let cases: String = cases.iter().map(case).collect();
            format!(
                "(typeswitch {} {name} {}{cases})",
                init(first),
                show(subject)
            )
        }
        Stmt::Select(cases) => {
            let case =
                |case: &CommCase| format!(" (case {} do{})", init(&case.comm), stmts(&case.body));
            format!("(select{})", cases.iter().map(case).collect::<String>())
        }
        Stmt::Go(expr) => format!("(go {})", show(expr)),
        Stmt::Defer(expr) => format!("(defer {})", show(expr)),
        Stmt::Send(channel, value) => format!("(send {} {})", show(channel), show(value)),
        Stmt::Break | Stmt::BreakLabel => "(break)".into(),
        Stmt::Continue => "(continue)".into(),
        Stmt::Jump => "(jump)".into(),
        Stmt::Block(list) => format!("(block{})", stmts(list)),
    }
}

fn show_decl(decl: &Decl) -> String {
    match decl {
        Decl::Func(func) => {
            let receiver = func
                .receiver
                .as_ref()
                .map(|field| show_fields(std::slice::from_ref(field)));
            let receiver = receiver
                .map(|receiver| format!("({receiver}) "))
                .unwrap_or_default();
            let params = show_fields(&func.type_params);
            let params = if params.is_empty() {
                params
            } else {
                format!("[{params}]")
            };
            let body = func
                .body
                .as_ref()
                .map_or(" none".into(), |body| format!(" do{}", stmts(body)));
            format!(
                "(func {receiver}{}{params} {}{body})",
                func.name.name,
                show_signature(&func.signature)
            )
        }
        Decl::Type(spec) => show_type_spec(spec),
        Decl::Value(spec) => show_value(spec),
    }
}

/// The declarations of a text that has no errors.
fn decls(text: &str) -> Vec<String> {
    let file = parse(&format!("package p\n{text}\n"));
    assert_eq!(file.errors, [], "{text}");
    assert_eq!(file.package, "p");
    file.decls.iter().map(show_decl).collect()
}

/// The statements of a function body that has no errors.
fn body(text: &str) -> String {
    let decls = decls(&format!("func f() {{\n{text}\n}}"));
    let [decl] = decls.as_slice() else {
        panic!("{decls:?}")
    };
    let body = decl
        .strip_prefix("(func f () () do")
        .and_then(|body| body.strip_suffix(')'));
    body.unwrap().trim_start().to_owned()
}

/// An expression that has no errors.
fn value(text: &str) -> String {
    let stmt = body(&format!("_ = {text}"));
    stmt.strip_prefix("(= _ <= ")
        .and_then(|value| value.strip_suffix(')'))
        .unwrap()
        .to_owned()
}

/// Declarations of a broken text, and its errors as `line:column reason`.
fn broken(text: &str) -> (Vec<String>, Vec<String>) {
    let file = parse(text);
    assert!(file.errors.iter().all(|error| error.partial));
    let error =
        |error: &ParseError| format!("{}:{} {}", error.span.line, error.span.column, error.reason);
    (
        file.decls.iter().map(show_decl).collect(),
        file.errors.iter().map(error).collect(),
    )
}

fn at(line: u32, column: u32, end_line: u32, end_column: u32) -> Span {
    Span {
        line,
        column,
        end_line,
        end_column,
    }
}

#[test]
fn names_strings_and_numbers() {
    assert_eq!(value("x"), "x");
    assert_eq!(value("nil"), "nil");
    assert_eq!(value("iota"), "iota");
    assert_eq!(
        value(r#""a\n\t\r\a\b\f\v\\\"b""#),
        r#""a\n\t\r\u{7}\u{8}\u{c}\u{b}\\\"b""#
    );
    assert_eq!(value(r#""\x41bc\1012é\u00e9\U0001F600""#), r#""AbcA2éé😀""#);
    assert_eq!(value(r#""\xc3\xa9""#), r#""é""#);
    assert_eq!(value(r#""\xff""#), "\"\u{fffd}\"");
    assert_eq!(value("`a\\n\r\nb\"`"), r#""a\\n\nb\"""#);
    assert_eq!(value("``"), r#""""#);
    assert_eq!(value(r#""""#), r#""""#);
    assert_eq!(value("'a'"), "(rune 97)");
    assert_eq!(value(r"'\''"), "(rune 39)");
    assert_eq!(value(r"'\xff'"), "(rune 255)");
    assert_eq!(value(r"'\u00e9'"), "(rune 233)");
    assert_eq!(value("'é'"), "(rune 233)");
    for (text, expected) in [
        ("42", "42"),
        ("1_000", "1000"),
        ("0", "0"),
        ("0x_FF", "255"),
        ("0b101", "5"),
        ("0o17", "15"),
        ("017", "15"),
        ("9223372036854775807", "9223372036854775807"),
        ("18446744073709551616", "1.8446744073709552e19"),
        ("0x10000000000000000", "1.8446744073709552e19"),
        ("1.5e3", "1500.0"),
        (".5", "0.5"),
        ("1_0.", "10.0"),
        ("0x1p-2", "BAD"),
        ("2i", "BAD"),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn expressions() {
    for (text, expected) in [
        ("a.b.c", "(. (. a b) c)"),
        ("a[1]", "(index a 1)"),
        ("a[1:n]", "(slice a 1 n)"),
        ("a[:n]", "(slice a _ n)"),
        ("a[1:]", "(slice a 1 _)"),
        ("a[:]", "(slice a _ _)"),
        ("a[1:2:3]", "(slice a 1 2)"),
        ("f()", "(call f)"),
        ("f(a, b...)", "(call f a b ...)"),
        ("f(\n\ta, // one\n\tb,\n)", "(call f a b)"),
        ("a.B(x).C()", "(call (. (call (. a B) x) C))"),
        ("&T{}", "(& (new T))"),
        ("-x", "(- x)"),
        ("!x", "(! x)"),
        ("<-x", "(<- x)"),
        ("+x", "(+ x)"),
        ("^x", "(^ x)"),
        ("*p", "(* p)"),
        ("a + b*c", "(+ a (* b c))"),
        ("(a + b) * c", "(* (+ a b) c)"),
        ("((x))", "x"),
        ("a << 1 &^ b", "(&^ (<< a 1) b)"),
        ("a && b || c", "(|| (&& a b) c)"),
        ("a == b != c", "(!= (== a b) c)"),
        ("a < b", "(< a b)"),
        ("a >= b", "(>= a b)"),
        ("a % b / c | d ^ e", "(^ (| (/ (% a b) c) d) e)"),
        ("x.(T)", "(assert x T)"),
        ("x.(*a.T)", "(assert x *a.T)"),
        ("T{1, x: 2}", "(new T 1 x:2)"),
        (
            "a.T{x: {1}, {y: 2}: 3}",
            "(new a.T x:(elided 1) (elided y:2):3)",
        ),
        ("[]T{{a: 1}, {}}", "(new []T (elided a:1) (elided))"),
        ("[...]int{1}", "(new []int 1)"),
        ("[2]int{1}", "(new []int 1)"),
        ("map[string]int{\"a\": 1}", "(new map[string]int \"a\":1)"),
        ("struct{ a int }{1}", "(new struct{a int} 1)"),
        ("Pair[int, string]{1}", "(new Pair<int string> 1)"),
        (
            "func(a int) error { return nil }",
            "(func (a int) (error) (return nil))",
        ),
        ("func() {}()", "(call (func () ()))"),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn types_where_expressions_stand() {
    for (text, expected) in [
        ("make([]string, 0, n)", "(call make '[]string 0 n)"),
        ("make(chan struct{}, 1)", "(call make 'chan struct{} 1)"),
        ("make(map[string]int)", "(call make 'map[string]int)"),
        ("new(T)", "(call new 'T)"),
        ("new(a.T)", "(call new 'a.T)"),
        ("[]byte(s)", "(call '[]byte s)"),
        ("map[string]int(s)", "(call 'map[string]int s)"),
        ("string(s)", "(call string s)"),
        ("(*T)(x)", "(call '*T x)"),
        ("(**a.T)(x)", "(call '**a.T x)"),
        ("(*T[int])(x)", "(call '*T<int> x)"),
        ("(*T)(x).Get()", "(call (. (call '*T x) Get))"),
        ("(*T).Get", "(. (* T) Get)"),
        ("(func(int) error)(x)", "(call 'func(int) (error) x)"),
        ("(<-chan int)(x)", "(call 'chan int x)"),
        ("chan int(x)", "(call 'chan int x)"),
        ("interface{}(x)", "(call 'interface{} x)"),
        ("struct{ a int }(x)", "(call 'struct{a int} x)"),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn generic_calls() {
    for (text, expected) in [
        ("g[int](x)", "(call g <int> x)"),
        ("g[[]string](x, y)", "(call g <[]string> x y)"),
        ("g[*int](x)", "(call g <*int> x)"),
        ("g[a.B, T](x)", "(call g <a.B T> x)"),
        ("a.g[int](x)", "(call (. a g) <int> x)"),
        ("a.b.g[int](x)", "(call (. (. a b) g) <int> x)"),
        ("g[map[string]T]()", "(call g <map[string]T>)"),
        // One name in brackets may be an index.
        ("g[T](x)", "(call (index g T) x)"),
        ("g[T](x, y)", "(call (index g T) x y)"),
        ("a.g[b.T](x)", "(call (index (. a g) (. b T)) x)"),
        ("handlers[*p](x)", "(call (index handlers (* p)) x)"),
        ("handlers[3](x)", "(call (index handlers 3) x)"),
        (
            "handlers[names[i]](x)",
            "(call (index handlers (index names i)) x)",
        ),
        (
            "s.handlers[name](x)",
            "(call (index (. s handlers) name) x)",
        ),
        ("g[T]", "(index g T)"),
        ("g[int, string]", "(index g int string)"),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn statements() {
    for (text, expected) in [
        ("f()", "(call f)"),
        ("a, b = x, y", "(= a b <= x y)"),
        ("a := f()", "(:= a <= (call f))"),
        (
            "a += 1; b <<= 2; c &^= 3",
            "(+= a <= 1) (<<= b <= 2) (&^= c <= 3)",
        ),
        ("a++; b--", "(step 1 a) (step -1 b)"),
        ("return", "(return)"),
        ("return a, f()", "(return a (call f))"),
        ("go f()", "(go (call f))"),
        (
            "defer func() { g() }()",
            "(defer (call (func () () (call g))))",
        ),
        ("ch <- x", "(send ch x)"),
        ("break", "(break)"),
        ("L:\nfor { continue L }", "(for _ _ _ do (continue))"),
        ("goto L\nL:", "(jump)"),
        ("{ a(); {} }", "(block (call a) (block))"),
        ("var a, b int = 1, 2", "(var a,b int = 1 2)"),
        ("var (\n\ta = 1\n\tb T\n)", "(var a = 1) (var b T =)"),
        (
            "const (\n\ta T = iota\n\tb\n)",
            "(const a T = iota) (const b =)",
        ),
        (
            "type T struct{}\ntype U = T",
            "(type T struct{}) (type U = T)",
        ),
        ("if x {}", "(if _ x then)"),
        (
            "if a := f(); a { b() } else { c() }",
            "(if (:= a <= (call f)) a then (call b) else (call c))",
        ),
        (
            "if a { b() } else if c { d() }",
            "(if _ a then (call b) else (if _ c then (call d)))",
        ),
        (
            "if a {} else if b := f(); b {} else { c() }",
            "(if _ a then else (if (:= b <= (call f)) b then else (call c)))",
        ),
        ("for {}", "(for _ _ _ do)"),
        ("for x { f() }", "(for _ x _ do (call f))"),
        (
            "for i := 0; i < n; i++ { f() }",
            "(for (:= i <= 0) (< i n) (step 1 i) do (call f))",
        ),
        ("for ; ; {}", "(for _ _ _ do)"),
        ("for ; f(); {}", "(for _ (call f) _ do)"),
        ("for range n {}", "(range = n do)"),
        (
            "for k, v := range f() { g() }",
            "(range k v := (call f) do (call g))",
        ),
        ("for k = range m {}", "(range k = m do)"),
        ("for a, b[0] = range m {}", "(range a (index b 0) = m do)"),
        (
            "switch x := f(); x {\ncase 1, 2:\n\ta()\n\tfallthrough\ncase 3:\ndefault:\n\tb()\n}",
            "(switch (:= x <= (call f)) x (case 1 2 do (call a) (jump)) (case 3 do) (case do (call b)))",
        ),
        ("switch {\ncase a():\n}", "(switch _ _ (case (call a) do))"),
        ("switch f(); {\n}", "(switch (call f) _)"),
        (
            "switch x := y.(type) {\ncase nil:\ncase *T, []int:\n\ta()\ndefault:\n\tb()\n}",
            "(typeswitch _ x y (case nil do) (case *T []int do (call a)) (case do (call b)))",
        ),
        (
            "switch a := f(); g().(type) {\n}",
            "(typeswitch (:= a <= (call f)) _ (call g))",
        ),
        (
            "select {\ncase x := <-a:\n\tf()\ncase y, ok = <-b():\ncase <-c:\ncase d <- e():\ndefault:\n}",
            "(select (case (:= x <= (<- a)) do (call f)) (case (= y ok <= (<- (call b))) do) \
             (case (<- c) do) (case (send d (call e)) do) (case _ do))",
        ),
    ] {
        assert_eq!(body(text), expected, "{text}");
    }
}

#[test]
fn declarations() {
    for (text, expected) in [
        ("func f()", "(func f () () none)"),
        (
            "func f(a, b int, c ...string) {}",
            "(func f (a int, b int, c ...string) () do)",
        ),
        (
            "func f(int, a.T) (x, y int, err error) {}",
            "(func f (int, a.T) (x int, y int, err error) do)",
        ),
        ("func f(...int) *T {}", "(func f (...int) (*T) do)"),
        ("func (s *S) M() {}", "(func (s *S) M () () do)"),
        ("func (S[K, V]) M() {}", "(func (S<K V>) M () () do)"),
        (
            "func F[K comparable, A, B ~int | a.T](x K) {}",
            "(func F[K comparable, A interface{int; a.T}, B interface{int; a.T}] (x K) () do)",
        ),
        ("type T a.U", "(type T a.U)"),
        ("type T = U", "(type T = U)"),
        (
            "type T[K any] map[K]*U[K, int]",
            "(type T[K any] map[K]*U<K int>)",
        ),
        ("type T [2]chan<- <-chan int", "(type T []chan chan int)"),
        (
            "type T func(a, b int, c ...string) (int, error)",
            "(type T func(int int []string) (int error))",
        ),
        (
            "type T struct {\n\ta, b int `json:\"a\"`\n\t*U\n\tc.V \"t\"\n\tW[int]\n\tx func()\n}",
            "(type T struct{a int \"json:\\\"a\\\"\"; b int \"json:\\\"a\\\"\"; *U; c.V \"t\"; W<int>; x func() ()})",
        ),
        (
            "type I interface {\n\tGet(ctx context.Context, k string) (string, error)\n\tio.Reader\n\t~int | string\n}",
            "(type I interface{Get(context.Context string) (string error); io.Reader; interface{int; string}})",
        ),
        ("type T (((int)))", "(type T int)"),
        ("var a, b = f(), 1", "(var a,b = (call f) 1)"),
        ("var x a.T", "(var x a.T =)"),
        ("const a, b int = 1, 2", "(const a,b int = 1 2)"),
    ] {
        assert_eq!(decls(text), [expected], "{text}");
    }
    let group =
        decls("const (\n\ta = iota\n\tb\n)\ntype (\n\tT int\n\tU = T\n)\nvar (\n\tx = 1\n)");
    let expected = [
        "(const a = iota)",
        "(const b =)",
        "(type T int)",
        "(type U = T)",
        "(var x = 1)",
    ];
    assert_eq!(group, expected);
}

#[test]
fn embedded_files() {
    let text = "\
//go:embed scripts/*.lua \"a b.lua\" `c d`
//go:embed more

// A comment between.
var files embed.FS

var (
\t//go:embed one.lua
\tone string
\ttwo string
)

var x = 1 //go:embed three
var y = 2
//go:embedded four
var z = 3
";
    let expected = [
        r#"(var files embed.FS = embed ["scripts/*.lua", "a b.lua", "c d", "more"])"#,
        r#"(var one string = embed ["one.lua"])"#,
        "(var two string =)",
        "(var x = 1)",
        "(var y = 2)",
        "(var z = 3)",
    ];
    assert_eq!(decls(text), expected);
}

#[test]
fn comments_know_whether_code_precedes_them() {
    let file = parse(
        "// é top\r\npackage p // one\r\n\n/* a\n b */ var x = 1 /* c */ // d\n\tvar s = `// no\n` // e\n",
    );
    let comments: Vec<_> = file
        .comments
        .iter()
        .map(|c| (c.text.as_str(), c.trailing, c.span))
        .collect();
    let expected = [
        ("// é top", false, at(1, 1, 1, 10)),
        ("// one", true, at(2, 11, 2, 17)),
        ("/* a\n b */", false, at(4, 1, 5, 6)),
        ("/* c */", true, at(5, 17, 5, 24)),
        ("// d", true, at(5, 25, 5, 29)),
        ("// e", true, at(7, 3, 7, 7)),
    ];
    assert_eq!(comments, expected);
    assert_eq!(
        parse("package p\n/* not closed\n").comments[0].text,
        "/* not closed\n"
    );
}

#[test]
fn headers() {
    let text = "\u{feff}//go:build linux\r\n/* c */ package /* d */ p; import \"fmt\"\r\nimport (\r\n\t// c\r\n\t. \"a\"\r\n\
                \t_ `b`; x \"c/d\" // e\r\n)\r\nimport y \"\\x7a\"\r\nfunc f() { import \"no\" }\r\n";
    let header = header(text);
    let imports: Vec<_> = header
        .imports
        .iter()
        .map(|i| (i.alias.as_deref(), i.path.as_str()))
        .collect();
    let expected = [
        (None, "fmt"),
        (Some("."), "a"),
        (Some("_"), "b"),
        (Some("x"), "c/d"),
        (Some("y"), "z"),
    ];
    assert_eq!(
        (header.package.as_str(), imports.as_slice()),
        ("p", expected.as_slice())
    );
    let file = parse(&text.replace("{ import \"no\" }", "{}"));
    assert_eq!(
        (file.package.as_str(), file.imports.len(), file.errors.len()),
        ("p", 5, 0)
    );
}

#[test]
fn broken_headers() {
    for (text, package, imports) in [
        ("", "", vec![]),
        ("// nothing", "", vec![]),
        ("package", "", vec![]),
        ("package p", "p", vec![]),
        ("package p\nimport", "p", vec![]),
        (
            "package p\nimport (\n\"a\"\nfunc f() { g(\"b\") }",
            "p",
            vec!["a"],
        ),
        (
            "package p\nimport (\n\"a\n\"b\"\n)\nvar x = \"c\"",
            "p",
            vec!["b"],
        ),
        ("package p\nimport x\nimport \"b\"", "p", vec!["b"]),
        ("import \"b\"", "", vec!["b"]),
        ("package p\nvar x = 1\nimport \"b\"", "p", vec![]),
    ] {
        let header = header(text);
        let paths: Vec<_> = header
            .imports
            .iter()
            .map(|import| import.path.as_str())
            .collect();
        assert_eq!(
            (header.package.as_str(), paths),
            (package, imports),
            "{text}"
        );
    }
}

#[test]
fn places_count_bytes() {
    let file = parse(
        "package p\r\nfunc f() {\r\n\tx := \"é😀\"; rdb.Get(ctx,\r\n\t\t\"ü\").Result()\r\n}\r\n",
    );
    assert_eq!(file.errors, []);
    let [Decl::Func(func)] = file.decls.as_slice() else {
        panic!()
    };
    assert_eq!(func.name.span, at(2, 6, 2, 7));
    let Some([_, Stmt::Expr(outer)]) = func.body.as_deref() else {
        panic!()
    };
    assert_eq!(outer.span, at(3, 17, 4, 17));
    let ExprKind::Call(call) = &outer.kind else {
        panic!()
    };
    assert_eq!(call.text, "rdb.Get(ctx, \"ü\").Result()");
    assert_eq!(call.callee.span, at(3, 17, 4, 15));
    let ExprKind::Selector(get, result) = &call.callee.kind else {
        panic!()
    };
    assert_eq!(
        (result.name.as_str(), result.span),
        ("Result", at(4, 9, 4, 15))
    );
    assert_eq!(get.span, at(3, 17, 4, 8));
    let ExprKind::Call(get) = &get.kind else {
        panic!()
    };
    assert_eq!(get.args[1].span, at(4, 3, 4, 7));

    let file = parse("package p\nfunc f() {\n\tfor {\n\t}\n\tfor range é {\n\t}\n}\n");
    let [Decl::Func(func)] = file.decls.as_slice() else {
        panic!()
    };
    let Some(
        [
            Stmt::For { span: first, .. },
            Stmt::Range {
                span: second, over, ..
            },
        ],
    ) = func.body.as_deref()
    else {
        panic!()
    };
    assert_eq!((*first, *second), (at(3, 2, 3, 5), at(5, 2, 5, 5)));
    assert_eq!(over.span, at(5, 12, 5, 14));
}

#[test]
fn instantiated_callees_have_places() {
    let file = parse("package p\nvar x = a.handlers[name](y)\n");
    let [Decl::Value(spec)] = file.decls.as_slice() else {
        panic!()
    };
    assert_eq!(spec.values[0].span, at(2, 9, 2, 28));
    let ExprKind::Call(call) = &spec.values[0].kind else {
        panic!()
    };
    assert_eq!(call.callee.span, at(2, 9, 2, 25));
}

#[test]
fn long_calls_have_short_texts() {
    let file = parse(&format!(
        "package p\nvar x = f(\"{}\",\n\t\t1)\n",
        "é".repeat(5_000)
    ));
    let [Decl::Value(spec)] = file.decls.as_slice() else {
        panic!()
    };
    let ExprKind::Call(call) = &spec.values[0].kind else {
        panic!()
    };
    assert!(call.text.starts_with("f(\"éé") && (1_024..1_030).contains(&call.text.len()));
}

#[test]
fn new_takes_expressions() {
    for (text, expected) in [
        ("new(5)", "(call new 5)"),
        ("new(f(x))", "(call new (call f x))"),
        ("new(a + 1)", "(call new (+ a 1))"),
        ("new(\"s\")", "(call new \"s\")"),
        ("new([]int{1})", "(call new (new []int 1))"),
        ("new(new(new(5)))", "(call new (call new (call new 5)))"),
        (
            "g(new(x.y(3)).z, new(T), new(true))",
            "(call g (. (call new (call (. x y) 3)) z) (call new 'T) (call new 'true))",
        ),
        (
            "new(func() int { return f() }())",
            "(call new (call (func () (int) (return (call f)))))",
        ),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
    let text = "package p\nfunc a() { x := new(5); r.Get(new(\"é\" + f())) }\nfunc b() { g(1 }\n";
    let (decls, errors) = broken(text);
    assert_eq!(
        decls[0],
        "(func a () () do (:= x <= (call new 5)) (call (. r Get) (call new (+ \"é\" (call f)))))"
    );
    assert_eq!(errors, ["3:15 missing `)`"]);
}

#[test]
fn methods_take_type_parameters() {
    let text = "func (r *R) M[T any, U []T](x T) U { r.Get(x) }\nfunc (r *R) N() { f() }";
    let expected = [
        "(func (r *R) M (x T) (U) do (call (. r Get) x))",
        "(func (r *R) N () () do (call f))",
    ];
    assert_eq!(decls(text), expected);
}

#[test]
fn broken_functions_keep_their_neighbours() {
    let neighbours = [
        "(func a () () do (call one))",
        "(func c () () do (call three))",
    ];
    for (middle, expected, error) in [
        (
            "func b() { f(1 }",
            "(func b () () do (call f 1))",
            "3:15 missing `)`",
        ),
        (
            "func b() {\n\tif x {\n\tr.Get(k)\n}",
            "(func b () () do (if _ x then (call (. r Get) k)))",
            "missing `}`",
        ),
        (
            "func b( { r.Get(k) }",
            "(func b () () do (call (. r Get) k))",
            "3:8 missing `)`",
        ),
        (
            "func (s *S b() { r.Get(k) }",
            "(func (s *S) b () () do (call (. r Get) k))",
            "3:11 missing `)`",
        ),
        (
            "func b(x T) { if x { h()\n\tg(1, 2",
            "(func b (x T) () do (call h))",
            "syntax error",
        ),
        (
            "func b() { h() }\n\tg(1)\n}",
            "(func b () () do (call h) (call g 1))",
            "syntax error",
        ),
        (
            "func b() { x := ; r.Get(k) }",
            "(call (. r Get) k)",
            "syntax error",
        ),
        ("func b() { f(1, @ h(2)) }", "(call h 2)", "syntax error"),
        (
            "func b() { s := \"abc\n\tr.Get(k)\n}",
            "(call (. r Get) k)",
            "syntax error",
        ),
        ("var b = f(1", "f", "3:"),
        ("type b struct { a int", "", "syntax error"),
    ] {
        let text = format!("package p\nfunc a() {{ one() }}\n{middle}\nfunc c() {{ three() }}\n");
        let (decls, errors) = broken(&text);
        for neighbour in neighbours {
            assert!(
                decls.iter().any(|decl| decl == neighbour),
                "{middle}: {decls:?}"
            );
        }
        assert!(
            decls.iter().any(|decl| decl.contains(expected)),
            "{middle}: {decls:?}"
        );
        assert!(
            errors.iter().any(|found| found.contains(error)),
            "{middle}: {errors:?}"
        );
        assert_eq!(
            decls.iter().filter(|decl| decl.contains("three")).count(),
            1,
            "{middle}: {decls:?}"
        );
    }
}

#[test]
fn broken_files_keep_what_is_complete() {
    let (decls, errors) = broken("package p\nconst (A = f(1))\n");
    assert_eq!((decls.len(), errors.len()), (1, 1));
    assert!(decls[0].contains("(const A = (call f 1))"), "{decls:?}");

    let (decls, errors) = broken("package p\nx := f()\nfunc g() {}\n");
    assert_eq!(
        decls,
        ["(func _ () () do (:= x <= (call f)))", "(func g () () do)"]
    );
    assert_eq!(errors, ["2:1 statement outside of a function"]);

    // Code in a raw string begins no declaration.
    let (decls, errors) = broken("package p\nvar s = `\nfunc x() {}\n`\nfunc g() { f(1 }\n");
    assert_eq!(
        decls,
        [
            "(var s = \"\\nfunc x() {}\\n\")",
            "(func g () () do (call f 1))"
        ]
    );
    assert_eq!(errors, ["5:15 missing `)`"]);

    // Unformatted code whose declarations in a block begin their lines is not cut.
    let (decls, errors) = broken("package p\nfunc g() {\nvar x = 1\nvar y = 2\nf(x, y }\n");
    assert_eq!(
        decls,
        ["(func g () () do (var x = 1) (var y = 2) (call f x y))"]
    );
    assert_eq!(errors, ["5:7 missing `)`"]);
}

#[test]
fn errors_are_limited_and_sorted() {
    let file = parse(&format!(
        "package p\n{}",
        "func f() { x := ; g( }\n".repeat(50)
    ));
    assert_eq!(file.errors.len(), MAX_ERRORS);
    assert!(file.errors.is_sorted_by_key(|error| error.span));
    assert_eq!(file.errors[0].span.line, 2);
    assert_eq!(file.decls.len(), 50);

    let deep = format!("func f() {{ {}{} }}\n", "{".repeat(300), "}".repeat(300));
    let file = parse(&format!(
        "package p\n{}{deep}{deep}",
        "func f() { x := ; g( }\n".repeat(50)
    ));
    let deep = |error: &&ParseError| error.reason == "nested deeper than 200 levels";
    assert_eq!(
        (file.errors.len(), file.errors.iter().filter(deep).count()),
        (MAX_ERRORS, 1)
    );
}

/// What the parser finds and what reaches our syntax must be the same calls.
fn assert_calls_survive(text: &str) {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_go::LANGUAGE.into())
        .unwrap();
    let tree = parser.parse(text, None).unwrap();
    let found = Calls::of(&parse(text));
    let mut cursor = tree.walk();
    let mut count = 0;
    'nodes: loop {
        let node = cursor.node();
        if node.kind() == "call_expression" {
            count += 1;
            assert!(
                found.binary_search(&span(node)).is_ok(),
                "{:?}",
                &text[node.byte_range()]
            );
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'nodes;
            }
        }
    }
    assert!(count > 0);
}

#[test]
fn every_call_survives() {
    for text in [
        "package p\nvar x = map[K]V{k(): v(), {a()}: {b: c()}}\nvar y, z = f(g(h())), func() { i() }\n",
        "package p\nfunc f() {\n\tif a := b(); c(a) { d() } else if e() { f() } else { g() }\n\
         \tfor h(); i(); j() { k() }\n\tfor l().x, m()[n()] = range o() { p() }\n\
         \tswitch q(); r() { case s(), t(): u(); default: v() }\n\tswitch w(); x().(type) { case T: y() }\n\
         \tselect { case z() <- a1(): a2(); case b1()[b2()] = <-b3(): b4(); default: b5() }\n\
         \tL: c1()\n\tc2()++; c3().x += c4()\n\tgo c5()(c6()); defer c7(); c8() <- c9()\n\
         \treturn d1()[d2():d3()], d4().(T), -d5(), (*T)(d6()), []byte(d7()), g[int](d8()), d9(e1()...)\n}\n",
        "package p\nfunc f() { a(b(c(), ; d(e(f()))) \nfunc g() { h(i() }\n",
        "package p\nfunc f( x( y() { z(w())\n}}\n t(u())\nfunc g() { if h() { i( \n",
        "package p\nfunc f() { var a T{ = b(); c() } switch d() { case e() f() } }\n",
    ] {
        assert_calls_survive(text);
    }
}

/// A function around a hostile body.
fn function(body: &str) -> String {
    format!(
        "package p\nfunc before() {{ one() }}\nfunc f() {{\n{body}\n}}\nfunc after() {{ two() }}\n"
    )
}

/// The reasons that a hostile text is not wholly read, if it has both neighbours all the same.
fn hostile(body: &str) -> Vec<String> {
    let file = parse(&function(body));
    let shown: Vec<_> = [file.decls.first(), file.decls.last()]
        .into_iter()
        .flatten()
        .map(show_decl)
        .collect();
    assert_eq!(
        shown,
        [
            "(func before () () do (call one))",
            "(func after () () do (call two))"
        ]
    );
    file.errors.into_iter().map(|error| error.reason).collect()
}

#[test]
fn parentheses_have_no_depth() {
    let text = format!(
        "package p\nvar x = {}f(){}\n",
        "(".repeat(100_000),
        ")".repeat(100_000)
    );
    let file = parse(&text);
    assert_eq!(file.errors, []);
    let shown: Vec<_> = file.decls.iter().map(show_decl).collect();
    assert_eq!(shown, ["(var x = (call f))"]);
}

#[test]
fn chains_are_lowered_up_to_a_length() {
    for links in [990, 1_000, 100_000] {
        for text in [
            format!("_ = a{}", "+a".repeat(links)),
            format!("_ = a{}", "[0]".repeat(links)),
            format!("_ = a{}", ".b".repeat(links)),
            format!("a{}", "()".repeat(links)),
            format!("_ = {}a", "!".repeat(links)),
            format!("_ = ({}T)(a)", "*".repeat(links)),
            format!("if a {{}}{}", " else if a {}".repeat(links)),
        ] {
            let expected: &[&str] = if links < 1_000 {
                &[]
            } else {
                &["chained over more than 1000 links"]
            };
            assert_eq!(hostile(&text), expected, "{links} {:.20}", text);
        }
    }
    // What hangs on a chain's links survives, and the links past the limit are the innermost ones.
    let text = format!("package p\nvar x = a{}\n", ".b(c())".repeat(400));
    assert_eq!(Calls::of(&parse(&text)).len(), 800);
}

#[test]
fn nesting_is_bounded() {
    let around = |open: &str, close: &str, count: usize| {
        format!("{}x{}", open.repeat(count), close.repeat(count))
    };
    for (open, close, count) in [
        ("{ ", " }", 20_000),
        ("if x { ", " }", 20_000),
        ("for { ", " }", 20_000),
        ("switch { default: ", " }", 20_000),
        ("func() { ", " }()", 20_000),
        ("f(func() { ", " })", 20_000),
        ("f(", ")", 20_000),
        ("[]byte(", ")", 20_000),
        ("(*T)(", ")", 20_000),
        ("T{", "}", 20_000),
        ("_ = T{a: {", "}}", 1_000),
        ("a[", "]", 20_000),
        ("a[b[int](", ")]", 5_000),
        ("a + (", ")", 20_000),
        ("var x = ", "", 1),
    ] {
        let expected: &[&str] = if count == 1 {
            &[]
        } else {
            &["nested deeper than 200 levels"]
        };
        let found = hostile(&around(open, close, count));
        assert!(
            found
                .iter()
                .any(|reason| expected.contains(&reason.as_str()))
                || count == 1,
            "{open} {found:?}"
        );
        assert!(
            hostile(&around(open, close, 20))
                .iter()
                .all(|reason| reason != "nested deeper than 200 levels")
        );
    }
    for ty in [
        around("[]", "", 20_000),
        around("*", "", 20_000),
        around("map[", "]int", 20_000),
        around("map[int]", "", 20_000),
        around("func(", ")", 5_000),
        around("chan ", "", 20_000),
        around("G[", "]", 5_000),
        around("struct { a ", " }", 5_000),
    ] {
        assert_eq!(
            hostile(&format!("var x {ty}")),
            ["nested deeper than 200 levels"],
            "{ty:.20}"
        );
    }
}

#[test]
fn shared_types_do_not_multiply() {
    for ty in [
        format!("{}int{}", "struct { a, b ".repeat(100), "}".repeat(100)),
        format!("{}int{}", "func (a, b ".repeat(100), ")".repeat(100)),
        format!(
            "struct {{ {} z struct {{ {} }} }}",
            "a, ".repeat(20_000),
            "b int;".repeat(20_000)
        ),
    ] {
        assert_eq!(
            hostile(&format!("var x {ty}")),
            ["types repeated too often"],
            "{ty:.20}"
        );
    }
}

#[test]
fn hostile_texts_end() {
    let n = 5_000;
    for text in [
        String::new(),
        "\u{feff}".into(),
        "\0".repeat(n),
        "\r".repeat(n),
        "(".repeat(n),
        ")".repeat(n),
        "{".repeat(n),
        "}".repeat(n),
        "[".repeat(n),
        "func(".repeat(n),
        "func (".repeat(n),
        "func f() {\n".repeat(n),
        "f(".repeat(n),
        "a[".repeat(n),
        "if x {".repeat(n),
        "new(".repeat(n),
        "new(5) ".repeat(500),
        "\"".repeat(n),
        "'".repeat(n),
        "`".repeat(n + 1),
        "\\".repeat(n),
        "/*".repeat(n),
        "a ".repeat(n),
        "é@".repeat(n),
        "a: ".repeat(n),
        "import (".repeat(n),
        "//go:embed \"\n".repeat(n),
        "case x: ".repeat(100),
        "struct { a ".repeat(n),
    ] {
        parse(&text);
        header(&text);
        let inside = parse(&function(&text));
        assert!(!inside.decls.is_empty(), "{text:.20}");
    }
    let file = parse("");
    assert!(file.errors.is_empty() && file.decls.is_empty() && file.package.is_empty());
}

#[test]
fn recovery_that_takes_forever_is_cut_short() {
    let endless = "case x: ".repeat(1_000);
    let reason = "too large or too tangled to parse";
    let file = parse(&endless);
    let [error] = file.errors.as_slice() else {
        panic!("{:?}", file.errors)
    };
    assert_eq!((error.reason.as_str(), error.partial), (reason, false));

    let text = function("").replace("func after", &format!("var x int\n{endless}\nfunc after"));
    let (decls, errors) = broken(&text);
    assert_eq!(errors, [format!("6:1 {reason}")]);
    let expected = [
        "(func before () () do (call one))",
        "(func f () () do)",
        "(func after () () do (call two))",
    ];
    assert_eq!(decls, expected);
}

#[test]
fn long_lines_are_read() {
    let text = format!(
        "package p\nvar x = []int{{{}}}\nfunc f() {{ g() }}\n",
        "1234567, ".repeat(200_000)
    );
    let file = parse(&text);
    assert_eq!(file.errors, []);
    let [Decl::Value(spec), Decl::Func(_)] = file.decls.as_slice() else {
        panic!()
    };
    let ExprKind::Composite(_, elements) = &spec.values[0].kind else {
        panic!()
    };
    assert_eq!(elements.len(), 200_000);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        parse(&text);
    }

    #[test]
    fn any_tokens_are_read(tokens in proptest::collection::vec(
        proptest::sample::select(vec![
            "func", "f", "(", ")", "{", "}", "[", "]", "if", "else", "for", "range", "switch", "case", ":", "default",
            "type", "struct", "interface", "var", "const", "=", ":=", ",", ";", "\n", ".", "*", "&", "<-", "chan", "map",
            "new", "x", "T", "\"s\"", "`r", "'c'", "1", "...", "go", "defer", "select", "return", "é", "// c\n", "/*", "~",
        ]),
        0..120,
    )) {
        let text = tokens.join(" ");
        parse(&text);
        parse(&function(&text));
    }
}
