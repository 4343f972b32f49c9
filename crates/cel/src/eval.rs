//! Evaluation: a walk over the expression, in which every step is paid for.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, ListExpr, MapExpr, operators,
};
use regex::Regex;

use crate::budget::Meter;
use crate::value::{List, Map};
use crate::{Error, Value, Variables, functions, select, signatures};

type Outcome<'a> = Result<Value<'a>, Error>;

pub(crate) fn evaluate<'a>(
    root: &'a IdedExpr,
    patterns: &'a HashMap<u64, Regex>,
    variables: Variables<'a>,
) -> Outcome<'a> {
    let run = Run {
        patterns,
        variables,
        locals: RefCell::new(Vec::new()),
        meter: Meter::new(),
    };
    run.value(root)
}

/// One evaluation.
struct Run<'a> {
    patterns: &'a HashMap<u64, Regex>,
    variables: Variables<'a>,
    /// Names that macros bind, the innermost last. One may stand for an error, which a later step
    /// may overrule.
    locals: RefCell<Vec<(&'a str, Outcome<'a>)>>,
    meter: Meter,
}

impl<'a> Run<'a> {
    fn value(&self, node: &'a IdedExpr) -> Outcome<'a> {
        self.meter.steps(1)?;
        match &node.expr {
            Expr::Literal(literal) => Ok(Value::constant(literal)),
            Expr::Ident(name) => self.named(name),
            Expr::Select(part) => {
                if let Some(name) = signatures::type_spelled(node)
                    && self.variables.get("google").is_none()
                {
                    return Ok(Value::Type(name));
                }
                let operand = self.value(&part.operand)?;
                select::field(&operand, &part.field, part.test, &self.meter)
            }
            Expr::List(list) => self.list(list),
            Expr::Map(map) => self.map(map),
            Expr::Comprehension(fold) => self.fold(fold),
            Expr::Call(call) => self.call(node.id, call),
            Expr::Struct(_) | Expr::Unspecified => Err(Error::new("messages are not supported")),
        }
    }

    fn named(&self, name: &'a str) -> Outcome<'a> {
        let name = name.strip_prefix('.').unwrap_or(name);
        let locals = self.locals.borrow();
        if let Some((_, local)) = locals.iter().rev().find(|(own, _)| *own == name) {
            return local.clone();
        }
        let field = self.variables.get(name).map(Value::of);
        let kind = || signatures::type_named(name).map(Value::Type);
        let found = field.or_else(kind);
        found.ok_or_else(|| Error::new(format!("no such attribute(s): {name}")))
    }

    fn call(&self, id: u64, call: &'a CallExpr) -> Outcome<'a> {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [condition, yes, no]) => {
                let taken = if truth(&self.value(condition)?)? {
                    yes
                } else {
                    no
                };
                return self.value(taken);
            }
            (operators::LOGICAL_AND, [left, right]) => return self.both(left, right, false),
            (operators::LOGICAL_OR, [left, right]) => return self.both(left, right, true),
            (operators::NOT_STRICTLY_FALSE, [only]) => {
                let value = spent(self.value(only))?;
                return Ok(Value::Bool(!matches!(value, Ok(Value::Bool(false)))));
            }
            (operators::INDEX | operators::OPT_INDEX, [operand, key]) => {
                let operand = self.value(operand)?;
                if matches!(operand, Value::Optional(None)) {
                    return Ok(operand);
                }
                let key = self.value(key)?;
                return match call.func_name.as_str() {
                    operators::INDEX => select::index(&operand, &key, &self.meter),
                    _ => select::optional(&operand, &key, &self.meter),
                };
            }
            ("or", [other]) => {
                if let Some(target) = &call.target {
                    return self.optional_or(target, other, false);
                }
            }
            ("orValue", [other]) => {
                if let Some(target) = &call.target {
                    return self.optional_or(target, other, true);
                }
            }
            _ => {}
        }
        let (name, target) = signatures::function(call);
        let arguments = target.into_iter().chain(&call.args);
        let arguments: Vec<Value<'a>> = arguments
            .map(|it| self.value(it))
            .collect::<Result<_, _>>()?;
        functions::call(&name, &arguments, self.patterns.get(&id), &self.meter)
    }

    /// `&&` and `||`: the side that decides decides, even if the other fails.
    fn both(&self, left: &'a IdedExpr, right: &'a IdedExpr, decides: bool) -> Outcome<'a> {
        let mut failed = None;
        for side in [left, right] {
            match spent(self.value(side))?.and_then(|value| truth(&value)) {
                Ok(value) if value == decides => return Ok(Value::Bool(decides)),
                Ok(_) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(Value::Bool(!decides)), Err)
    }

    /// `a.or(b)` and `a.orValue(b)`, which look at `b` only where there is no `a`.
    fn optional_or(&self, target: &'a IdedExpr, other: &'a IdedExpr, plain: bool) -> Outcome<'a> {
        match self.value(target)? {
            Value::Optional(Some(inner)) if plain => Ok((*inner).clone()),
            Value::Optional(Some(inner)) => Ok(Value::Optional(Some(inner))),
            Value::Optional(None) => self.value(other),
            given => Ok(given),
        }
    }

    fn list(&self, list: &'a ListExpr) -> Outcome<'a> {
        self.meter.elements(list.elements.len())?;
        let mut items = Vec::with_capacity(list.elements.len());
        for (index, element) in list.elements.iter().enumerate() {
            let value = self.value(element)?;
            if list.optional_indices.contains(&index) {
                items.extend(given(value)?);
            } else {
                items.push(value);
            }
        }
        Ok(Value::list(items))
    }

    fn map(&self, map: &'a MapExpr) -> Outcome<'a> {
        self.meter.elements(2 * map.entries.len())?;
        let mut entries: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(map.entries.len());
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else {
                return Err(Error::new("messages are not supported"));
            };
            let key = self.value(&entry.key)?;
            if !select::is_key(&key) {
                return Err(functions::no_overload("a key", &[key]));
            }
            let value = self.value(&entry.value)?;
            let value = if entry.optional {
                given(value)?
            } else {
                Some(value)
            };
            let Some(value) = value else { continue };
            let mut before = None;
            for (at, (other, _)) in entries.iter().enumerate() {
                if other.type_name() == key.type_name() && other.equals(&key, &self.meter)? {
                    before = Some(at);
                }
            }
            match before.and_then(|at| entries.get_mut(at)) {
                Some(entry) => entry.1 = value,
                None => entries.push((key, value)),
            }
        }
        Ok(Value::Map(Map::Made(Rc::new(entries))))
    }

    /// A macro: `all`, `exists`, `exists_one`, `map`, `filter`, `optMap`, `optFlatMap`.
    fn fold(&self, fold: &'a ComprehensionExpr) -> Outcome<'a> {
        let range = match self.value(&fold.iter_range)? {
            Value::List(list) => list,
            Value::Map(map) => List::Made(Rc::new(map.keys())),
            other => return Err(functions::no_overload("iterate over", &[other])),
        };
        let first = spent(self.value(&fold.accu_init))?;
        let depth = self.locals.borrow().len();
        self.locals.borrow_mut().push((&fold.accu_var, first));
        let result = self.rounds(fold, &range, depth);
        self.locals.borrow_mut().truncate(depth + 1);
        let result = result.and_then(|()| self.value(&fold.result));
        self.locals.borrow_mut().truncate(depth);
        result
    }

    fn rounds(
        &self,
        fold: &'a ComprehensionExpr,
        range: &List<'a>,
        depth: usize,
    ) -> Result<(), Error> {
        for item in range.iter() {
            self.meter.steps(1)?;
            self.locals.borrow_mut().truncate(depth + 1);
            self.locals.borrow_mut().push((&fold.iter_var, Ok(item)));
            if let Ok(Value::Bool(false)) = spent(self.value(&fold.loop_cond))? {
                return Ok(());
            }
            let step = spent(self.step(&fold.loop_step, &fold.accu_var, depth))?;
            if let Some((_, local)) = self.locals.borrow_mut().get_mut(depth) {
                *local = step;
            }
        }
        Ok(())
    }

    /// One round. `@result + [x]` appends in place: copying what there is so far each time would
    /// make a long list cost its square.
    fn step(&self, step: &'a IdedExpr, accumulator: &str, depth: usize) -> Outcome<'a> {
        match &step.expr {
            Expr::Call(call) if call.func_name == operators::CONDITIONAL => {
                let [condition, yes, no] = call.args.as_slice() else {
                    return self.value(step);
                };
                let taken = if truth(&self.value(condition)?)? {
                    yes
                } else {
                    no
                };
                self.step(taken, accumulator, depth)
            }
            Expr::Call(call) if call.func_name == operators::ADD => match call.args.as_slice() {
                [left, right] if is_named(left, accumulator) => self.append(step, right, depth),
                _ => self.value(step),
            },
            _ => self.value(step),
        }
    }

    fn append(&self, step: &'a IdedExpr, right: &'a IdedExpr, depth: usize) -> Outcome<'a> {
        let Expr::List(list) = &right.expr else {
            return self.value(step);
        };
        let Value::List(added) = self.list(list)? else {
            return self.value(step);
        };
        let mut locals = self.locals.borrow_mut();
        let place = locals.get_mut(depth).map(|(_, local)| local);
        let before = place.map(|local| std::mem::replace(local, Ok(Value::Null)));
        match before.unwrap_or(Ok(Value::Null))? {
            Value::List(List::Made(mut items)) => {
                Rc::make_mut(&mut items).extend(added.iter());
                Ok(Value::List(List::Made(items)))
            }
            other => Err(functions::no_overload("_+_", &[other, Value::List(added)])),
        }
    }
}

fn is_named(node: &IdedExpr, name: &str) -> bool {
    matches!(&node.expr, Expr::Ident(own) if own == name)
}

/// What an entry with `?` brings, if anything.
fn given(value: Value<'_>) -> Result<Option<Value<'_>>, Error> {
    match value {
        Value::Optional(inner) => Ok(inner.map(|inner| (*inner).clone())),
        other => Err(functions::no_overload("[?_]", &[other])),
    }
}

fn truth(value: &Value<'_>) -> Result<bool, Error> {
    match value {
        Value::Bool(yes) => Ok(*yes),
        other => Err(functions::no_overload(
            "a condition",
            std::slice::from_ref(other),
        )),
    }
}

/// Nothing may overrule that the budget is spent.
fn spent<'a>(outcome: Outcome<'a>) -> Result<Outcome<'a>, Error> {
    match outcome {
        Err(Error::Budget(what)) => Err(Error::Budget(what)),
        other => Ok(other),
    }
}
