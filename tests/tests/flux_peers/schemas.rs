//! The definitions of Flux's kinds that we install, beside those of Flux's own controllers: but for the
//! words that describe a field or say what is wrong with it, they are the same, so that either can be
//! put in the other's place.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;
use signet_tests::tools::{self, Program};
use signet_yaml::{Budget, Document};

/// Of each kind: who comes with its definition, its group and its plural.
const KINDS: [(Program, &str, &str); 3] = [
    (
        Program::SourceController,
        "source.toolkit.fluxcd.io",
        "gitrepositories",
    ),
    (
        Program::KustomizeController,
        "kustomize.toolkit.fluxcd.io",
        "kustomizations",
    ),
    (
        Program::NotificationController,
        "notification.toolkit.fluxcd.io",
        "receivers",
    ),
];

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn our_definitions_are_those_of_flux() -> Result<()> {
    let ours = tools::tests_dir().join("../deploy/crds");
    for (program, group, plural) in KINDS {
        let released = tools::source_of(program)?.join("config/crd/bases");
        let theirs = spec(&released.join(format!("{group}_{plural}.yaml")))?;
        let ours = spec(&ours.join(format!("{plural}.{group}.yaml")))?;
        let mut found = Vec::new();
        compare(&theirs, &ours, plural, &mut found);
        assert!(found.is_empty(), "{}", found.join("\n"));
        let fields = "/versions/0/schema/openAPIV3Schema/properties/spec/properties";
        let fields = theirs.pointer(fields).and_then(Value::as_object);
        assert!(fields.context("no fields")?.len() > 5, "{plural}");
    }
    Ok(())
}

fn spec(path: &Path) -> Result<Value> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let mut documents = signet_yaml::read(&bytes, &Budget::default())?.into_iter();
    let mut definition = documents
        .next()
        .map(Document::into_json)
        .context("no document")?;
    Ok(definition["spec"].take())
}

/// Every place where the two differ.
fn compare(theirs: &Value, ours: &Value, path: &str, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let words = |name: &str, value: &Value| {
                value.is_string() && ["description", "message"].contains(&name)
            };
            for (name, value) in theirs.iter().filter(|(name, value)| !words(name, value)) {
                let place = format!("{path}/{name}");
                match ours.get(name) {
                    Some(ours) => compare(value, ours, &place, found),
                    None => found.push(format!("{place} is missing in ours: {value}")),
                }
            }
            for (name, value) in ours.iter().filter(|(name, value)| !words(name, value)) {
                if !theirs.contains_key(name) {
                    found.push(format!("{path}/{name} is only in ours: {value}"));
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let (one, other) = (in_order(one), in_order(other));
            for (number, (one, other)) in one.iter().zip(other).enumerate() {
                compare(one, &other, &format!("{path}/{number}"), found);
            }
        }
        _ if theirs != ours => found.push(format!("{path}: theirs {theirs}, ours {ours}")),
        _ => {}
    }
}

/// The order of words, such as those of an `enum`, means nothing.
fn in_order(items: &[Value]) -> Vec<Value> {
    let mut items = items.to_vec();
    if items.iter().all(Value::is_string) {
        items.sort_by_key(ToString::to_string);
    }
    items
}

#[test]
fn a_field_that_is_missing_or_other_is_found() {
    let theirs = serde_json::json!({"a": {"enum": ["x", "y"], "description": "one"}, "b": 1});
    let same = serde_json::json!({"a": {"enum": ["y", "x"], "description": "other"}, "b": 1});
    let other = serde_json::json!({"a": {"enum": ["y", "z"], "default": 3}});
    let all = |ours: &Value| {
        let mut found = Vec::new();
        compare(&theirs, ours, "", &mut found);
        found
    };
    assert_eq!(all(&same), [""; 0]);
    let expected = [
        "/a/enum/0: theirs \"x\", ours \"y\"",
        "/a/enum/1: theirs \"y\", ours \"z\"",
        "/a/default is only in ours: 3",
        "/b is missing in ours: 1",
    ];
    assert_eq!(all(&other), expected);
}
