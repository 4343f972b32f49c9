//! Paths with slashes. Those of the operating system are the same ones, on the peer's.

use super::{Arguments, Function, Type};
use crate::error::Outcome;
use crate::host::Host;
use crate::value::Value;

use Type::Text;

pub(super) const ALL: &[Function] = &[
    Function::new("base", &[Text], |host, arguments| {
        host.text(base(arguments.text(0)?))
    }),
    Function::new("clean", &[Text], |host, arguments| {
        host.text(&clean(arguments.text(0)?))
    }),
    Function::new("dir", &[Text], dir),
    Function::new("ext", &[Text], |host, arguments| {
        host.text(ext(arguments.text(0)?))
    }),
    Function::new("isAbs", &[Text], is_abs),
    Function::new("osBase", &[Text], |host, arguments| {
        host.text(base(arguments.text(0)?))
    }),
    Function::new("osClean", &[Text], |host, arguments| {
        host.text(&clean(arguments.text(0)?))
    }),
    Function::new("osDir", &[Text], dir),
    Function::new("osExt", &[Text], |host, arguments| {
        host.text(ext(arguments.text(0)?))
    }),
    Function::new("osIsAbs", &[Text], is_abs),
];

/// `path.Base`
fn base(path: &[u8]) -> &[u8] {
    if path.is_empty() {
        return b".";
    }
    let end = path.iter().rposition(|byte| *byte != b'/');
    let Some(end) = end else { return b"/" };
    let path = path.get(..=end).unwrap_or_default();
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

/// `path.Clean`
fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.first() == Some(&b'/');
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join(&b'/');
    match (rooted, joined.is_empty()) {
        (true, _) => [b"/", joined.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}

/// `path.Dir`
fn dir(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let path = arguments.text(0)?;
    let end = path.iter().rposition(|byte| *byte == b'/');
    let directory = end.and_then(|end| path.get(..=end)).unwrap_or_default();
    host.text(&clean(directory))
}

/// `path.Ext`
fn ext(path: &[u8]) -> &[u8] {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let dot = name.iter().rposition(|byte| *byte == b'.');
    dot.and_then(|dot| name.get(dot..)).unwrap_or_default()
}

fn is_abs(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    Ok(Value::Bool(arguments.text(0)?.starts_with(b"/")))
}
