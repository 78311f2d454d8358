//! Types as written.

use super::{Binding, Body, Lowering, name_of, text_of};
use crate::facts::Type;

impl Lowering<'_> {
    /// A type. References, and the lifetimes in it, are left out.
    pub(super) fn ty(&self, ty: &syn::Type, body: &Body) -> Type {
        match ty {
            syn::Type::Array(array) => self.list(&array.elem, body),
            syn::Type::Slice(slice) => self.list(&slice.elem, body),
            syn::Type::FnPtr(function) => Type::Function(
                function
                    .inputs
                    .iter()
                    .map(|i| self.ty(&i.ty, body))
                    .collect(),
                self.results(&function.output, body),
            ),
            syn::Type::Group(group) => self.ty(&group.elem, body),
            syn::Type::Paren(paren) => self.ty(&paren.elem, body),
            syn::Type::Ptr(pointer) => self.ty(&pointer.elem, body),
            syn::Type::Reference(reference) => self.ty(&reference.elem, body),
            syn::Type::Tuple(tuple) => {
                Type::Tuple(tuple.elems.iter().map(|t| self.ty(t, body)).collect())
            }
            syn::Type::ImplTrait(opaque) => self.bounds(&opaque.bounds, body),
            syn::Type::TraitObject(object) => self.bounds(&object.bounds, body),
            syn::Type::Path(path) => self.path_type(path.qself.as_ref(), &path.path, body),
            _ => Type::Unknown,
        }
    }

    /// A list; bytes are text.
    fn list(&self, element: &syn::Type, body: &Body) -> Type {
        match element {
            syn::Type::Path(path) if path.path.is_ident("u8") => Type::Str,
            element => Type::List(Box::new(self.ty(element, body))),
        }
    }

    pub(super) fn results(&self, output: &syn::ReturnType, body: &Body) -> Vec<Type> {
        match output {
            syn::ReturnType::Default => vec![Type::Tuple(Vec::new())],
            syn::ReturnType::Type(_, ty) => vec![self.ty(ty, body)],
        }
    }

    /// A type by its path.
    pub(super) fn path_type(
        &self,
        own: Option<&syn::QSelf>,
        path: &syn::Path,
        body: &Body,
    ) -> Type {
        if let Some(own) = own {
            // `<T as Trait>::Name`
            let of = self.ty(&own.ty, body);
            return match path.segments.last() {
                Some(last) if path.segments.len() > own.position => {
                    associated(&of, &name_of(&last.ident))
                }
                _ => of,
            };
        }
        let Some(first) = path.segments.first() else {
            return Type::Unknown;
        };
        let name = name_of(&first.ident);
        if path.leading_colon.is_none() {
            let of = match body.find(&name) {
                Some(Binding::Parameter(bound)) => {
                    Some(Type::Parameter(name.clone(), Box::new(bound.clone())))
                }
                _ if name == "Self" => body.own.clone(),
                _ => None,
            };
            if let Some(mut of) = of {
                for segment in path.segments.iter().skip(1) {
                    of = associated(&of, &name_of(&segment.ident));
                }
                return of;
            }
        }
        let arguments = path
            .segments
            .last()
            .map_or_else(Vec::new, |last| self.arguments(&last.arguments, body));
        Type::Named(self.written(self.spelled(path, body)), arguments)
    }

    /// The text of a path, with its first name replaced by what it stands for in the function.
    pub(super) fn spelled(&self, path: &syn::Path, body: &Body) -> String {
        let text = text_of(path);
        let first = text.split("::").next().unwrap_or(&text);
        match body.find(first) {
            Some(Binding::Item(full)) => format!("{full}{}", &text[first.len()..]),
            _ => text,
        }
    }

    /// Type arguments; lifetimes and constants are left out.
    pub(super) fn arguments(&self, arguments: &syn::PathArguments, body: &Body) -> Vec<Type> {
        match arguments {
            syn::PathArguments::AngleBracketed(arguments) => arguments
                .args
                .iter()
                .filter_map(|argument| match argument {
                    syn::GenericArgument::Type(ty) => Some(self.ty(ty, body)),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What a value can be used as of which only traits are known.
    pub(super) fn bounds<'b>(
        &self,
        bounds: impl IntoIterator<Item = &'b syn::TypeParamBound>,
        body: &Body,
    ) -> Type {
        let mut all: Vec<Type> = Vec::new();
        for bound in bounds {
            let syn::TypeParamBound::Trait(bound) = bound else {
                continue;
            };
            if bound.maybe.is_some() {
                continue;
            }
            match self.bound(&bound.path, body) {
                Some(Bound::Is(ty)) => return ty,
                Some(Bound::Trait(ty)) => all.push(ty),
                None => {}
            }
        }
        match all.len() {
            0 => Type::Unknown,
            1 => all.swap_remove(0),
            _ => Type::Interface(Vec::new(), all),
        }
    }

    fn bound(&self, path: &syn::Path, body: &Body) -> Option<Bound> {
        let last = path.segments.last()?;
        let item = |name: &str| match &last.arguments {
            syn::PathArguments::AngleBracketed(arguments) => {
                arguments.args.iter().find_map(|argument| match argument {
                    syn::GenericArgument::AssocType(bound) if bound.ident == name => {
                        Some(self.ty(&bound.ty, body))
                    }
                    _ => None,
                })
            }
            _ => None,
        };
        let first = || self.arguments(&last.arguments, body).into_iter().next();
        Some(match name_of(&last.ident).as_str() {
            "Fn" | "FnMut" | "FnOnce" | "AsyncFn" | "AsyncFnMut" | "AsyncFnOnce" => {
                let syn::PathArguments::Parenthesized(signature) = &last.arguments else {
                    return None;
                };
                Bound::Is(Type::Function(
                    signature
                        .inputs
                        .iter()
                        .map(|i| self.ty(&i.ty, body))
                        .collect(),
                    self.results(&signature.output, body),
                ))
            }
            "Future" | "IntoFuture" => Bound::Is(item("Output").unwrap_or_default()),
            "Iterator" | "IntoIterator" | "DoubleEndedIterator" | "ExactSizeIterator" => {
                Bound::Is(Type::List(Box::new(item("Item").unwrap_or_default())))
            }
            "Stream" | "FusedStream" => {
                Bound::Is(Type::Channel(Box::new(item("Item").unwrap_or_default())))
            }
            // What can be seen as text is text, and what can be seen as a type is of that type.
            "ToString" | "Display" => Bound::Is(Type::Str),
            "AsRef" | "Into" | "Borrow" | "Deref" | "AsMut" | "BorrowMut" | "DerefMut" => {
                Bound::Is(first().or_else(|| item("Target")).unwrap_or_default())
            }
            "Send" | "Sync" | "Sized" | "Unpin" | "Copy" | "Clone" | "Debug" | "Eq"
            | "PartialEq" | "Ord" | "PartialOrd" | "Hash" | "Default" | "Serialize"
            | "Deserialize" | "DeserializeOwned" | "UnwindSafe" | "Any" | "Error" => return None,
            _ => Bound::Trait(Type::Named(
                self.written(self.spelled(path, body)),
                self.arguments(&last.arguments, body),
            )),
        })
    }

    /// Puts type parameters into scope, with their bounds.
    pub(super) fn generics(&self, generics: &syn::Generics, body: &mut Body) {
        // Bounds may name each other: first all names, then what they stand for.
        for parameter in generics.type_params() {
            body.bind(
                &name_of(&parameter.ident),
                Binding::Parameter(Type::Unknown),
            );
        }
        for parameter in generics.type_params() {
            let mut bounds: Vec<&syn::TypeParamBound> = parameter.bounds.iter().collect();
            for predicate in generics.where_clause.iter().flat_map(|w| &w.predicates) {
                if let syn::WherePredicate::Type(predicate) = predicate
                    && let syn::Type::Path(path) = &predicate.bounded_ty
                    && path.path.is_ident(&parameter.ident)
                {
                    bounds.extend(&predicate.bounds);
                }
            }
            let mut bound = self.bounds(bounds, body);
            if bound == Type::Unknown
                && let Some((_, default)) = &parameter.default
            {
                bound = self.ty(default, body);
            }
            body.bind(&name_of(&parameter.ident), Binding::Parameter(bound));
        }
    }
}

/// What a bound says.
enum Bound {
    /// The type itself, as far as it matters.
    Is(Type),
    /// Only a trait.
    Trait(Type),
}

/// A type that belongs to another one.
fn associated(of: &Type, name: &str) -> Type {
    match of {
        Type::Named(path, _) => {
            let mut path = path.clone();
            path.name = format!("{}::{name}", path.name);
            Type::Named(path, Vec::new())
        }
        Type::Parameter(_, bound) => associated(bound, name),
        _ => Type::Unknown,
    }
}
