//! Objects and variables that were written to cost, and what errors tell.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use signet_substitute::{Error, Reason, Rules, Variables, substitute};

fn put_in(data: &Value, variables: &[(&str, &str)]) -> Result<Option<Value>, Error> {
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "default"}, "data": data});
    put_into(&body, variables)
}

fn put_into(body: &Value, variables: &[(&str, &str)]) -> Result<Option<Value>, Error> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let inline: BTreeMap<String, String> = variables.iter().map(owned).collect();
    let since = Instant::now();
    let done = substitute(body, &Variables::new([], &inline)?, Rules::default());
    assert!(
        since.elapsed() < Duration::from_secs(5),
        "{:?}",
        since.elapsed()
    );
    done
}

#[track_caller]
fn too_much(text: &str, value: &str) {
    let done = put_in(&json!({"k": text}), &[("v", value)]);
    let reason = done.err().map(|error| error.reason);
    assert_eq!(
        reason,
        Some(Reason::Budget),
        "{}",
        &text[..text.len().min(40)]
    );
}

#[test]
fn a_large_value_used_often_is_stopped() {
    let large = "x".repeat(1 << 20);
    too_much(&"${v}".repeat(100), &large);
    too_much(&"${v^^}".repeat(100), &large);
    too_much("${v//x/${v}}", &large);
    too_much("${v//x/yyyyyyyyyy}", &large);
    let nested = format!("{}{}{}", "${n:-".repeat(50), "${v}${v}", "}".repeat(50));
    too_much(&nested, &"x".repeat(2 << 20));
}

#[test]
fn a_pattern_on_a_large_value_is_stopped() {
    let large = "a".repeat(1 << 20);
    for text in [
        "${v##*b}",
        "${v%%b*}",
        "${v#*a*a*b}",
        "${v%%b*?*?}",
        "${v##*?*?*b}",
    ] {
        too_much(text, &large);
    }
}

#[test]
fn expressions_too_deep_inside_each_other_are_refused() {
    let deep = format!("{}{}", "${n:-".repeat(100_000), "}".repeat(100_000));
    let reason = put_in(&json!({"k": deep}), &[("v", "")])
        .err()
        .map(|error| error.reason);
    assert_eq!(reason, Some(Reason::Depth));
}

#[test]
fn an_error_names_the_object_the_place_and_the_variable() {
    let data = json!({"ok": "${v}", "list": [{"a/b": "x ${nope} y"}]});
    let error = put_in(&data, &[("v", "CANARY")]).unwrap_err().to_string();
    assert_eq!(
        error,
        "ConfigMap/default/c: variable substitution failed at /data/list/0/a~1b: variable not set \
         (strict mode): \"nope\"; define it in spec.postBuild, give it a default as in \
         ${name:=value}, or write $${name} to keep the text"
    );
}

#[test]
fn no_error_tells_a_value() {
    let canary = "CANARY: [\n\"'{";
    for text in [
        "${v}: ${v}",
        "{${v}",
        "x: ${v}\n${v}",
        "${v:1:2}${nope}",
        "${v/A/${nope}}",
        "${v#[}${v-",
        "a: ${v}: b",
        "${q}${v}",
    ] {
        let variables = [("v", canary), ("q", "\"")];
        let done = put_in(&json!({"k": text, "${v}": "1"}), &variables);
        if let Err(error) = done {
            assert!(!error.to_string().contains("CANARY"), "{text}: {error}");
            assert!(
                !format!("{error:?}").contains("CANARY"),
                "{text}: {error:?}"
            );
        }
    }
    let double = put_in(&json!({"${v}": "1", "CANARY": "2"}), &[("v", "CANARY")]).unwrap_err();
    assert!(matches!(double.reason, Reason::Result(_)));
    assert!(!double.to_string().contains("CANARY"), "{double}");
}

/// What looks like a name may be a part of a password.
#[test]
fn an_error_about_a_secret_repeats_nothing_of_its_data() {
    let body = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
        "stringData": {"password": "pa${CANARY}ss"}});
    let error = put_into(&body, &[("v", "1")]).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
    assert!(
        error
            .to_string()
            .contains("at /stringData/password: variable not set"),
        "{error}"
    );
    let named = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "labels": {"a": "${NAME}"}}});
    let error = put_into(&named, &[("v", "1")]).unwrap_err().to_string();
    assert!(error.contains("\"NAME\""), "{error}");
}

/// Flux passes whole numbers through a fraction of 64 bits here; these are 18 digits.
#[test]
fn a_large_number_keeps_its_digits() {
    let done = put_in(&json!({"k": "${v}"}), &[("v", "123456789012345678")])
        .unwrap()
        .unwrap();
    assert_eq!(done["data"]["k"], json!(123_456_789_012_345_678_i64));
}
