//! sprig's lists. A function and its `must` sister differ in Go by a panic, which ends a template just
//! as an error does.

use super::cast::to_int;
use super::strings::texts;
use super::{Arguments, Function, Type};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::value::{List, Slice, Value, afford, deep_equal};

use Type::{Any, Int};

pub(super) const ALL: &[Function] = &[
    Function::new("append", &[Any, Any], push),
    Function::new("chunk", &[Int, Any], chunk),
    Function::new("compact", &[Any], compact),
    Function::new("concat", &[], concat).and(Any),
    Function::new("first", &[Any], first),
    Function::new("has", &[Any, Any], has),
    Function::new("initial", &[Any], initial),
    Function::new("last", &[Any], last),
    Function::new("list", &[], list).and(Any),
    Function::new("mustAppend", &[Any, Any], push),
    Function::new("mustChunk", &[Int, Any], chunk),
    Function::new("mustCompact", &[Any], compact),
    Function::new("mustFirst", &[Any], first),
    Function::new("mustHas", &[Any, Any], has),
    Function::new("mustInitial", &[Any], initial),
    Function::new("mustLast", &[Any], last),
    Function::new("mustPrepend", &[Any, Any], prepend),
    Function::new("mustPush", &[Any, Any], push),
    Function::new("mustRest", &[Any], rest),
    Function::new("mustReverse", &[Any], reverse),
    Function::new("mustSlice", &[Any], slice).and(Any),
    Function::new("mustUniq", &[Any], uniq),
    Function::new("mustWithout", &[Any], without).and(Any),
    Function::new("prepend", &[Any, Any], prepend),
    Function::new("push", &[Any, Any], push),
    Function::new("rest", &[Any], rest),
    Function::new("reverse", &[Any], reverse),
    Function::new("slice", &[Any], slice).and(Any),
    Function::new("sortAlpha", &[Any], sort_alpha),
    Function::new("tuple", &[], list).and(Any),
    Function::new("uniq", &[Any], uniq),
    Function::new("without", &[Any], without).and(Any),
];

/// The elements of a list, which are paid for as a copy.
fn elements(host: &Host<'_>, value: &Value, doing: &str) -> Outcome<Vec<Value>> {
    let Some(length) = value.slice_len() else {
        let kind = value.kind_name();
        return Err(Fault::from(format!("Cannot {doing} type {kind}")));
    };
    afford(host.meter, length)?;
    Ok(value.elements().into_iter().flatten().collect())
}

fn list(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    host.list(arguments.from(0).to_vec())
}

fn push(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut items = elements(host, arguments.any(0)?, "push on")?;
    items.push(arguments.any(1)?.clone());
    host.list(items)
}

fn prepend(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut items = elements(host, arguments.any(0)?, "prepend on")?;
    items.insert(0, arguments.any(1)?.clone());
    host.list(items)
}

fn first(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let list = arguments.any(0)?;
    match list.slice_len() {
        Some(_) => Ok(list.element(0).unwrap_or(Value::NilInterface)),
        None => list.misfit("Cannot find first on type"),
    }
}

fn last(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let list = arguments.any(0)?;
    match list.slice_len() {
        Some(length) => {
            let last = length.checked_sub(1).and_then(|last| list.element(last));
            Ok(last.unwrap_or(Value::NilInterface))
        }
        None => list.misfit("Cannot find last on type"),
    }
}

fn rest(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut items = elements(host, arguments.any(0)?, "find rest on")?;
    if items.is_empty() {
        return Ok(Value::List(List::nil()));
    }
    items.remove(0);
    host.list(items)
}

fn initial(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut items = elements(host, arguments.any(0)?, "find initial on")?;
    if items.pop().is_none() {
        return Ok(Value::List(List::nil()));
    }
    host.list(items)
}

fn reverse(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut items = elements(host, arguments.any(0)?, "find reverse on")?;
    items.reverse();
    host.list(items)
}

fn compact(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut items = elements(host, arguments.any(0)?, "compact on")?;
    items.retain(|item| !super::defaults::is_empty(item));
    host.list(items)
}

fn is_in(host: &Host<'_>, items: &[Value], wanted: &Value) -> Outcome<bool> {
    for item in items {
        if deep_equal(host.meter, wanted, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut kept = Vec::new();
    for item in elements(host, arguments.any(0)?, "find uniq on")? {
        if !is_in(host, &kept, &item)? {
            kept.push(item);
        }
    }
    host.list(kept)
}

fn without(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut kept = Vec::new();
    for item in elements(host, arguments.any(0)?, "find without on")? {
        if !is_in(host, arguments.from(1), &item)? {
            kept.push(item);
        }
    }
    host.list(kept)
}

fn has(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (wanted, list) = (arguments.any(0)?, arguments.any(1)?);
    if list.is_nil() {
        return Ok(Value::Bool(false));
    }
    let items = elements(host, list, "find has on")?;
    is_in(host, &items, wanted).map(Value::Bool)
}

fn slice(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let list = arguments.any(0)?;
    let Some(length) = list.slice_len() else {
        return list.misfit("list should be type of slice or array but");
    };
    if length == 0 {
        return Ok(Value::NilInterface);
    }
    let index = |at: usize| arguments.from(at).first().map(to_int);
    let part = list.part(index(1).unwrap_or(0), index(2).unwrap_or(length as i64));
    part.ok_or_else(|| Fault::from("reflect.Value.Slice: slice index out of bounds"))
}

fn concat(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut all = Vec::new();
    for list in arguments.from(0) {
        all.append(&mut elements(host, list, "concat as list")?);
    }
    match all.is_empty() {
        true => Ok(Value::List(List::nil())),
        false => host.list(all),
    }
}

/// A list of strings is sorted where it is, so that whoever holds it sees it sorted, as in the peer.
fn sort_alpha(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let value = arguments.any(0)?;
    let length = value.slice_len().unwrap_or(1);
    host.meter
        .steps(length.saturating_mul(length.max(1).ilog2() as usize))?;
    if let Value::Strings(strings) = value {
        strings.sort();
        return Ok(value.clone());
    }
    if value.is_nil() {
        return host.strings(vec![value.to_text(host.meter)?]);
    }
    let mut texts = texts(host, value)?;
    texts.sort();
    host.strings(texts)
}

/// The list in lists of `size`, by the peer's arithmetic in floats, odd sizes included.
fn chunk(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (size, items) = (
        arguments.int(0)?,
        elements(host, arguments.any(1)?, "chunk")?,
    );
    let out_of_range = || Fault::from("runtime error: makeslice: len out of range");
    let (length, step) = (items.len() as f64, size as f64);
    let count = ((length - 1.0) / step).floor() + 1.0;
    if !(0.0..=length).contains(&count) {
        return Err(out_of_range());
    }
    let mut lists = Vec::new();
    for index in 0..count as i64 {
        let is_last = index == count as i64 - 1;
        let left = if is_last {
            (length % step).floor() as i64
        } else {
            size
        };
        let taken = usize::try_from(if left == 0 { size } else { left });
        let from = usize::try_from(index.saturating_mul(size)).unwrap_or(usize::MAX);
        let range = taken
            .ok()
            .and_then(|taken| Some(from..from.checked_add(taken)?));
        let part = range.and_then(|range| items.get(range));
        let part = part.ok_or_else(out_of_range)?.to_vec();
        lists.push(List::of(host.meter, part)?);
    }
    Slice::chunks(host.meter, lists).map(Value::Chunks)
}
