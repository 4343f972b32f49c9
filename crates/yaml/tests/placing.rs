//! A string is set at a path, in a file that has no such entry yet: the entry appears, written as
//! its neighbours are, and nothing else moves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test may panic"
)]

use signet_yaml::edit::{SetError, set_at};
use signet_yaml::{Budget, Node, read};

fn set(source: &str, path: &[&str]) -> Result<String, SetError> {
    let edited = set_at(source.as_bytes(), 0, path, "new", &Budget::default())?;
    Ok(String::from_utf8(edited).unwrap())
}

fn check(path: &[&str], cases: &[(&str, &str)]) {
    for (source, wanted) in cases {
        let edited = set(source, path).unwrap_or_else(|error| panic!("{source:?}: {error}"));
        assert_eq!(&edited, wanted, "{source:?}");
        let again = read(edited.as_bytes(), &Budget::default()).unwrap();
        assert_eq!(again[0].at(path).and_then(Node::as_str), Some("new"));
    }
}

#[test]
fn a_new_entry_is_written_as_its_neighbours_are() {
    #[rustfmt::skip]
    check(&["d", "k"], &[
        ("d:\n  a: b\n", "d:\n  a: b\n  k: new\n"),
        ("d:\n  a: b # why\n\nc: 1\n", "d:\n  a: b # why\n  k: new\n\nc: 1\n"),
        ("d:\n    a: b\n    # about c\nc: 1", "d:\n    a: b\n    k: new\n    # about c\nc: 1"),
        ("d:\n  a: b", "d:\n  a: b\n  k: new"),
        ("d:\r\n  a: b\r\nc: 1\r\n", "d:\r\n  a: b\r\n  k: new\r\nc: 1\r\n"),
        ("d:\n  a: |\n    text\n    more\n\nc: 1\n", "d:\n  a: |\n    text\n    more\n  k: new\n\nc: 1\n"),
        ("d:\n  a: |+\n    text\n\n\nc: 1\n", "d:\n  a: |+\n    text\n\n\n  k: new\nc: 1\n"),
        ("d:\n  a:\n    deep: x\nc: 1\n", "d:\n  a:\n    deep: x\n  k: new\nc: 1\n"),
        ("d:\n  a:\nc: 1\n", "d:\n  a:\n  k: new\nc: 1\n"),
        ("d: {a: b}\n", "d: {a: b, k: new}\n"),
        ("d: {a: 'b' } # why\n", "d: {a: 'b', k: new } # why\n"),
        ("d: {\n  a: b,\n}\n", "d: {\n  a: b,\n  k: new,\n}\n"),
        ("{\"d\":{\"a\":\"b\"}}", "{\"d\":{\"a\":\"b\", \"k\": \"new\"}}"),
        ("{\n  \"d\": {\n    \"a\": \"b\"\n  }\n}\n", "{\n  \"d\": {\n    \"a\": \"b\",\n    \"k\": \"new\"\n  }\n}\n"),
        ("{\n\t\"d\": {\n\t\t\"a\": \"b\"\n\t}\n}\n", "{\n\t\"d\": {\n\t\t\"a\": \"b\",\n\t\t\"k\": \"new\"\n\t}\n}\n"),
    ]);
}

#[test]
fn a_mapping_that_is_empty_or_missing_is_made() {
    #[rustfmt::skip]
    check(&["d", "k"], &[
        ("d: {}\nc: 1\n", "d:\n  k: new\nc: 1\n"),
        ("d:\nc: 1\n", "d:\n  k: new\nc: 1\n"),
        ("d: # why\nc: 1\n", "d: # why\n  k: new\nc: 1\n"),
        ("d: null\nc: 1\n", "d:\n  k: new\nc: 1\n"),
        ("d: ~", "d:\n  k: new"),
        ("c: 1\n", "c: 1\nd:\n  k: new\n"),
        ("c:\n  e: 1\n", "c:\n  e: 1\nd:\n  k: new\n"),
        ("d: &x {}\nc: 1\n", "d: &x {k: new}\nc: 1\n"),
        ("d: {\n  }\nc: 1\n", "d:\n  k: new\nc: 1\n"),
        ("{d: {}, c: 1}", "{d: {k: new}, c: 1}"),
        ("{d: , c: 1}", "{d: {k: new} , c: 1}"),
        ("{\"c\": 1}", "{\"c\": 1, \"d\": {\"k\": \"new\"}}"),
        ("{}", "{\"d\": {\"k\": \"new\"}}"),
        ("{\n  \"c\": 1\n}\n", "{\n  \"c\": 1,\n  \"d\": {\n    \"k\": \"new\"\n  }\n}\n"),
        ("{\n  \"d\": {},\n  \"c\": 1\n}\n", "{\n  \"d\": {\n    \"k\": \"new\"\n  },\n  \"c\": 1\n}\n"),
        ("{\n  \"d\": null\n}\n", "{\n  \"d\": {\n    \"k\": \"new\"\n  }\n}\n"),
    ]);
}

#[test]
fn every_mapping_on_the_way_is_made() {
    #[rustfmt::skip]
    check(&["spec", "template", "metadata", "labels", "a/b"], &[
        ("spec: {}\n", "spec:\n  template:\n    metadata:\n      labels:\n        a/b: new\n"),
        ("spec:\n  template:\n    type: Opaque\n", "spec:\n  template:\n    type: Opaque\n    metadata:\n      labels:\n        a/b: new\n"),
        ("{\n  \"spec\": {\n    \"x\": 1\n  }\n}\n", "{\n  \"spec\": {\n    \"x\": 1,\n    \"template\": {\n      \"metadata\": {\n        \"labels\": {\n          \"a/b\": \"new\"\n        }\n      }\n    }\n  }\n}\n"),
    ]);
}

#[test]
fn a_list_is_walked_and_a_value_that_is_there_is_replaced() {
    check(
        &["items", "1", "d", "k"],
        &[
            (
                "items:\n- a: 1\n- d:\n    x: y\n- b: 1\n",
                "items:\n- a: 1\n- d:\n    x: y\n    k: new\n- b: 1\n",
            ),
            (
                "items:\n- a: 1\n- c: 1\n- b: 1\n",
                "items:\n- a: 1\n- c: 1\n  d:\n    k: new\n- b: 1\n",
            ),
            (
                "items: [1, {d: {k: 'old'}}]\n",
                "items: [1, {d: {k: 'new'}}]\n",
            ),
        ],
    );
}

#[test]
fn what_would_change_something_else_is_refused() {
    for source in [
        "x: &x {a: b}\nd: *x\n",
        "d: &x {a: b}\ne: *x\n",
        "d: &x\n  a: b\ne: *x\n",
        "d: &x\ne: *x\n",
    ] {
        let refused = set(source, &["d", "k"]).map_err(|error| error.to_string());
        let error = refused.unwrap_err();
        assert!(error.contains("cannot be"), "{source:?}: {error}");
    }
    for source in [
        "d: text\n",
        "d: [1]\n",
        "d:\n  k: {a: b}\n",
        "d: 7\n",
        "d: { # none\n  }\n",
        "x: &x {a: b}\nd: {<<: *x}\n",
    ] {
        let error = set(source, &["d", "k"]).unwrap_err();
        assert!(
            matches!(error, SetError::Occupied { .. }),
            "{source:?}: {error}"
        );
    }
    assert!(matches!(set("a: [", &["d"]), Err(SetError::Read(_))));
    assert_eq!(set("# nothing\n", &["d"]), Err(SetError::NoDocument(0)));
}

#[test]
fn a_merge_key_stays_and_its_source_too() {
    check(
        &["d", "k"],
        &[(
            "x: &x {a: b}\nd:\n  <<: *x\n  c: 1\n",
            "x: &x {a: b}\nd:\n  <<: *x\n  c: 1\n  k: new\n",
        )],
    );
}

#[test]
fn the_other_documents_stay() {
    let source = b"a: 1\n---\nd: {}\n---\nb: 1\n";
    let edited = set_at(source, 1, &["d", "k"], "x: y", &Budget::default()).unwrap();
    assert_eq!(edited, b"a: 1\n---\nd:\n  k: \"x: y\"\n---\nb: 1\n");
}
