//! `fail`, and a greeting.

use super::{Arguments, Function, Type};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::value::Value;

use Type::Text;

pub(super) const ALL: &[Function] = &[
    Function::new("fail", &[Text], fail),
    Function::new("hello", &[], |host, _| host.text(b"Hello!")),
];

/// Fails with a message, which is shown if it is a constant of the template. One that was put
/// together may hold a value.
fn fail(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let shown = arguments.text(0)?.shown();
    Err(Fault::from(shown.unwrap_or_else(|| {
        "the message is not shown, because it is not a constant of the template".to_owned()
    })))
}
