//! sprig's reflection.

use super::{Arguments, Function, Type};
use crate::error::Outcome;
use crate::host::Host;
use crate::value::{Value, deep_equal};

use Type::{Any, Text};

pub(super) const ALL: &[Function] = &[
    Function::new("deepEqual", &[Any, Any], |host, arguments| {
        deep_equal(host.meter, arguments.any(0)?, arguments.any(1)?).map(Value::Bool)
    }),
    Function::new("kindIs", &[Text, Any], |_, arguments| {
        let kind = arguments.any(1)?.kind_name();
        Ok(Value::Bool(**arguments.text(0)? == *kind.as_bytes()))
    }),
    Function::new("kindOf", &[Any], |host, arguments| {
        host.text(arguments.any(0)?.kind_name().as_bytes())
    }),
    Function::new("typeIs", &[Text, Any], |_, arguments| {
        let name = arguments.any(1)?.type_name();
        Ok(Value::Bool(**arguments.text(0)? == *name.as_bytes()))
    }),
    Function::new("typeIsLike", &[Text, Any], type_is_like),
    Function::new("typeOf", &[Any], |host, arguments| {
        host.text(arguments.any(0)?.type_name().as_bytes())
    }),
];

/// The type, or a pointer to it.
fn type_is_like(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (wanted, name) = (arguments.text(0)?, arguments.any(1)?.type_name());
    let like = |name: &str| **wanted == *name.as_bytes();
    let pointed = name.strip_prefix('*');
    Ok(Value::Bool(like(name) || pointed.is_some_and(like)))
}
