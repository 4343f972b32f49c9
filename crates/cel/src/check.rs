//! What can be said about an expression before it is evaluated.

use std::collections::HashMap;

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue};
use regex::Regex;

use crate::budget::Meter;
use crate::limits::inside;
use crate::types::{Letters, Type, general};
use crate::{Invalid, Value, convert, functions, pattern, signatures, time};

/// Whether every function exists; compiles the patterns that stand in the text.
pub(crate) fn names(root: &IdedExpr) -> Result<HashMap<u64, Regex>, Invalid> {
    let mut patterns = HashMap::new();
    let mut left = vec![root];
    while let Some(node) = left.pop() {
        match &node.expr {
            Expr::Call(call) => {
                let (name, _) = signatures::function(call);
                known(&name)?;
                constants(&name, call)?;
                if let Some(written) = call.args.last().and_then(text) {
                    match &*name {
                        "matches" => {
                            let compiled = pattern::compile(written).map_err(Invalid)?;
                            patterns.insert(node.id, compiled);
                        }
                        name if name.starts_with("get") => {
                            time::offset(written).map_err(|error| Invalid(error.to_string()))?;
                        }
                        _ => {}
                    }
                }
            }
            Expr::Struct(message) => {
                return Err(Invalid(format!(
                    "{}{{...}} makes a message, and messages are not supported",
                    message.type_name
                )));
            }
            Expr::Unspecified => return Err(Invalid("the expression is empty".to_owned())),
            _ => {}
        }
        left.extend(inside(node));
    }
    Ok(patterns)
}

/// What fails whatever the object is, fails now: `int('x')`.
fn constants(name: &str, call: &CallExpr) -> Result<(), Invalid> {
    let given: Option<Vec<_>> = call.args.iter().map(literal).collect();
    if let (Some(given), None) = (given, &call.target)
        && (convert::FUNCTIONS.contains(&name) || given.is_empty())
    {
        let called = functions::call(name, &given, None, &Meter::new());
        called.map_err(|error| Invalid(format!("{name}: {error}")))?;
    }
    Ok(())
}

fn literal(node: &IdedExpr) -> Option<Value<'_>> {
    match &node.expr {
        Expr::Literal(literal) => Some(Value::constant(literal)),
        _ => None,
    }
}

fn known(name: &str) -> Result<(), Invalid> {
    if signatures::of(name).next().is_some() {
        return Ok(());
    }
    Err(Invalid(match name {
        "format" => {
            "the function format is not supported; put the text together with + and string()"
                .to_owned()
        }
        name => format!("there is no function {name}"),
    }))
}

fn text(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

/// Whether the expression is true or false, over objects of these names.
pub(crate) fn is_bool(root: &IdedExpr, variables: &[&str]) -> Result<(), Invalid> {
    let object = Type::Map(Box::new(Type::String), Box::new(Type::Dyn));
    let mut names: Names<'_> = variables
        .iter()
        .map(|name| (*name, object.clone()))
        .collect();
    match of(root, &mut names)? {
        Type::Bool => Ok(()),
        other => Err(Invalid(format!(
            "CEL expression output type mismatch: expected bool, got {}; compare it with something",
            other.name()
        ))),
    }
}

type Names<'a> = Vec<(&'a str, Type)>;

fn of<'a>(node: &'a IdedExpr, names: &mut Names<'a>) -> Result<Type, Invalid> {
    Ok(match &node.expr {
        Expr::Literal(literal) => constant(literal),
        Expr::Ident(name) => named(name, names)?,
        Expr::Select(_) if signatures::type_spelled(node).is_some() => Type::Kind,
        Expr::Select(part) => {
            let selected = select(&of(&part.operand, names)?)?;
            if part.test { Type::Bool } else { selected }
        }
        Expr::List(list) => {
            let mut item = None;
            for (index, element) in list.elements.iter().enumerate() {
                let optional = list.optional_indices.contains(&index);
                let own = maybe(of(element, names)?, optional)?;
                item = Some(same(item, own)?);
            }
            Type::list_of(item.unwrap_or(Type::Open))
        }
        Expr::Map(map) => {
            let (mut key, mut value) = (None, None);
            for entry in &map.entries {
                let EntryExpr::MapEntry(entry) = &entry.expr else {
                    return Err(Invalid("messages are not supported".to_owned()));
                };
                key = Some(same(key, of(&entry.key, names)?)?);
                let own = maybe(of(&entry.value, names)?, entry.optional)?;
                value = Some(same(value, own)?);
            }
            let part = |part: Option<Type>| Box::new(part.unwrap_or(Type::Open));
            Type::Map(part(key), part(value))
        }
        Expr::Comprehension(fold) => comprehension(fold, names)?,
        Expr::Call(call) => {
            let (name, target) = signatures::function(call);
            let member = target.is_some();
            let given = target.into_iter().chain(&call.args);
            let given = given
                .map(|it| of(it, names))
                .collect::<Result<Vec<_>, _>>()?;
            if &*name == "_?._" {
                return optional_select(given.first());
            }
            overload(&name, member, &given)?
        }
        Expr::Struct(_) | Expr::Unspecified => {
            return Err(Invalid("messages are not supported".to_owned()));
        }
    })
}

fn constant(literal: &LiteralValue) -> Type {
    match literal {
        LiteralValue::Boolean(_) => Type::Bool,
        LiteralValue::Bytes(_) => Type::Bytes,
        LiteralValue::Double(_) => Type::Double,
        LiteralValue::Int(_) => Type::Int,
        LiteralValue::Null => Type::Null,
        LiteralValue::String(_) => Type::String,
        LiteralValue::UInt(_) => Type::Uint,
    }
}

fn named(name: &str, names: &Names<'_>) -> Result<Type, Invalid> {
    let name = name.strip_prefix('.').unwrap_or(name);
    let found = names.iter().rev().find(|(own, _)| *own == name);
    if let Some((_, kind)) = found {
        return Ok(kind.clone());
    }
    let kind = signatures::type_named(name).map(|_| Type::Kind);
    kind.ok_or_else(|| {
        let there: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        Invalid(format!(
            "undeclared reference to '{name}': there are {}",
            there.join(", ")
        ))
    })
}

fn select(operand: &Type) -> Result<Type, Invalid> {
    match operand {
        Type::Dyn | Type::Open => Ok(Type::Dyn),
        Type::Map(_, value) => Ok((**value).clone()),
        Type::Optional(inner) => select(inner).map(Type::optional_of),
        other => Err(Invalid(format!(
            "type '{}' does not support field selection",
            other.name()
        ))),
    }
}

fn optional_select(operand: Option<&Type>) -> Result<Type, Invalid> {
    match select(operand.unwrap_or(&Type::Dyn))? {
        already @ Type::Optional(_) => Ok(already),
        other => Ok(Type::optional_of(other)),
    }
}

/// The type of an entry that is written with `?` where it may be missing.
fn maybe(given: Type, optional: bool) -> Result<Type, Invalid> {
    match given {
        Type::Optional(inner) if optional => Ok(*inner),
        unknown @ (Type::Dyn | Type::Open) if optional => Ok(unknown),
        other if optional => Err(Invalid(format!(
            "expected type 'optional' but found '{}'",
            other.name()
        ))),
        other => Ok(other),
    }
}

/// Lists and maps that are written down hold values of one type.
fn same(before: Option<Type>, own: Type) -> Result<Type, Invalid> {
    let Some(before) = before else {
        return Ok(own);
    };
    if own.is_alike(&before) {
        return Ok(general(&before, &own));
    }
    Err(Invalid(format!(
        "expected type '{}' but found '{}'",
        before.name(),
        own.name()
    )))
}

fn comprehension<'a>(fold: &'a ComprehensionExpr, names: &mut Names<'a>) -> Result<Type, Invalid> {
    let item = match of(&fold.iter_range, names)? {
        Type::List(item) => *item,
        Type::Map(key, _) => *key,
        Type::Dyn | Type::Open => Type::Dyn,
        other => {
            return Err(Invalid(format!(
                "expression of type '{}' cannot be range of a comprehension (must be list, map, or dynamic)",
                other.name()
            )));
        }
    };
    let first = of(&fold.accu_init, names)?;
    let depth = names.len();
    names.push((&fold.accu_var, first.clone()));
    names.push((&fold.iter_var, item));
    must_be(&of(&fold.loop_cond, names)?, &Type::Bool)?;
    let step = of(&fold.loop_step, names)?;
    must_be(&step, &first)?;
    names.truncate(depth);
    // An empty list at first is a list of what is put into it.
    names.push((&fold.accu_var, general(&first, &step)));
    let result = of(&fold.result, names)?;
    names.truncate(depth);
    Ok(result)
}

fn must_be(given: &Type, wanted: &Type) -> Result<(), Invalid> {
    if given.fits(wanted, &mut Letters::new()) {
        return Ok(());
    }
    Err(Invalid(format!(
        "expected type '{}' but found '{}'",
        wanted.name(),
        given.name()
    )))
}

fn overload(name: &str, member: bool, given: &[Type]) -> Result<Type, Invalid> {
    let mut result: Option<Type> = None;
    for signature in signatures::of(name) {
        if signature.member != member || signature.arguments.len() != given.len() {
            continue;
        }
        let mut letters = Letters::new();
        let mut pairs = given.iter().zip(&signature.arguments);
        if pairs.all(|(own, wanted)| own.fits(wanted, &mut letters)) {
            let own = signature.result.with(&letters);
            // What two of them leave open is not the same thing.
            result = Some(match result {
                Some(before) if before != own || own.is_open() => Type::Dyn,
                _ => own,
            });
        }
    }
    result.ok_or_else(|| {
        let types: Vec<String> = given.iter().map(Type::name).collect();
        Invalid(format!(
            "found no matching overload for '{name}' applied to '({})'",
            types.join(", ")
        ))
    })
}
