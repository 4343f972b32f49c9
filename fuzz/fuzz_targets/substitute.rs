//! A text with expressions, a zero byte, and the value of a variable: what comes out is bounded, is
//! an object where an object went in, and no error tells the value.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use signet_fuzz::two;
use signet_substitute::{Rules, Template, Variables, budget, substitute};
use signet_yaml::{Budget, read, write_as_go};

fuzz_target!(|data: &[u8]| {
    let (text, value) = two(data);
    let (Ok(text), Ok(value)) = (
        std::str::from_utf8(text),
        std::str::from_utf8(value.unwrap_or(b"value: [1]")),
    ) else {
        return;
    };
    let inline = ["v", "a", "x"].map(|name| (name.to_owned(), value.to_owned()));
    let variables = Variables::new([], &BTreeMap::from(inline)).expect("names");
    template(text, value, &variables);
    object(text, value, &variables);
    as_go(text);
});

fn template(text: &str, value: &str, variables: &Variables) {
    let Ok(template) = Template::parse(text) else {
        assert!(text.contains('$'), "{text}");
        return;
    };
    for strict in [true, false] {
        match template.render(variables, strict) {
            Ok(done) => {
                assert!(done.len() <= budget::BYTES);
                assert!(text.contains('$') || *done == *text, "{text}");
            }
            Err(reason) => tells_nothing(text, value, &format!("{reason} {reason:?}")),
        }
    }
}

fn object(text: &str, value: &str, variables: &Variables) {
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"},
        "data": {"k": text, "l": [text, {"m": text}]}});
    match substitute(&body, variables, Rules::default()) {
        Ok(done) => assert!(done.is_none_or(|done| done.is_object())),
        Err(error) => tells_nothing(text, value, &format!("{error} {error:?}")),
    }
}

/// Short values may stand in a message by chance.
fn tells_nothing(text: &str, value: &str, said: &str) {
    let value = value.replace('\n', "");
    let telling = value.len() >= 12 && value.chars().any(|c| !c.is_ascii_alphabetic() && c != ' ');
    if telling && !text.contains(&value) {
        assert!(!said.contains(&value), "{said}");
    }
}

/// The text of Go reads back as the value, but for what Go itself does not read: control characters
/// of old, and its own `<<`.
fn as_go(text: &str) {
    let odd = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t' | '\r')
            || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{feff}')
    };
    if text.contains(odd) || text.contains("<<") || text == "=" {
        return;
    }
    let value = json!({"a": text, "b": [text, {"c": text}], "d": {text: [[text]]}});
    let written = write_as_go(&value);
    let read = read(written.as_bytes(), &Budget::default());
    let read = read.unwrap_or_else(|error| panic!("{error} in:\n{written}"));
    let read: Vec<Value> = read
        .into_iter()
        .map(signet_yaml::Document::into_json)
        .collect();
    assert_eq!(read, [value], "{written}");
}
