//! How large an expression may be, before anybody walks through it.

use cel::common::ast::{EntryExpr, Expr, IdedExpr};

use crate::Invalid;
use crate::budget::{DEPTH, LENGTH};

pub(crate) fn of_text(text: &str) -> Result<(), Invalid> {
    if text.len() <= LENGTH {
        return Ok(());
    }
    let long = text.len();
    Err(Invalid(format!(
        "the expression has {long} bytes, and {LENGTH} are the most: make it shorter"
    )))
}

/// Walks level by level, because what is too deep cannot be walked into.
pub(crate) fn of_depth(root: &IdedExpr) -> Result<(), Invalid> {
    let mut level = vec![root];
    for _ in 0..DEPTH {
        level = level.into_iter().flat_map(inside).collect();
        if level.is_empty() {
            return Ok(());
        }
    }
    Err(Invalid(format!(
        "the expression has more than {DEPTH} operations inside each other: take it apart"
    )))
}

/// The expressions of which this one is made.
pub(crate) fn inside(node: &IdedExpr) -> Vec<&IdedExpr> {
    match &node.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
        Expr::Call(call) => call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect(),
        Expr::Select(select) => vec![&*select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(|it| entry(&it.expr)).collect(),
        Expr::Struct(message) => {
            let entries = message.entries.iter();
            entries.flat_map(|it| entry(&it.expr)).collect()
        }
        Expr::Comprehension(fold) => vec![
            &fold.iter_range,
            &fold.accu_init,
            &fold.loop_cond,
            &fold.loop_step,
            &fold.result,
        ],
    }
}

fn entry(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}
