//! What the writer prints, the reader reads back; and how it looks.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test may panic"
)]

mod support;

use proptest::prelude::*;
use serde_json::{Value, json};
use signet_yaml::{write, write_all};
use support::ours;
use support::strings::AWKWARD;

#[test]
fn looks_as_kubectl_prints() {
    let value = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"labels": {"app.kubernetes.io/name": "web"}, "annotations": {}, "name": "web"},
        "spec": {
            "containers": [{"args": ["--port=80", "-v", "5"], "image": "nginx:1.27", "ports": [{"port": 80}]}, {}],
            "nested": [[1, 2], [], ["a"]],
            "replicas": null,
        },
        "text": "#!/bin/sh\n\necho hi\n",
        "unended": "a\nb",
    });
    insta::assert_snapshot!(write(&value), @r##"
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      annotations: {}
      labels:
        app.kubernetes.io/name: web
      name: web
    spec:
      containers:
      - args:
        - "--port=80"
        - "-v"
        - "5"
        image: nginx:1.27
        ports:
        - port: 80
      - {}
      nested:
      - - 1
        - 2
      - []
      - - a
      replicas: null
    text: |
      #!/bin/sh

      echo hi
    unended: |-
      a
      b
    "##);
}

#[test]
fn quotes_what_any_reader_might_misread() {
    let value = json!([
        "yes",
        "y",
        "0644",
        "1e3",
        "1.10",
        "12:30",
        "2001-01-01",
        "",
        "~",
        "a: b",
        "a #b",
        "- a",
        "<<",
        "=",
        "{{ x }}",
        "\u{7}"
    ]);
    insta::assert_snapshot!(write(&value), @r#"
    - "yes"
    - "y"
    - "0644"
    - "1e3"
    - "1.10"
    - "12:30"
    - "2001-01-01"
    - ""
    - "~"
    - "a: b"
    - "a #b"
    - "- a"
    - "<<"
    - "="
    - "{{ x }}"
    - "\u0007"
    "#);
}

#[test]
fn reads_back_every_awkward_string() {
    for text in AWKWARD {
        let value = json!({"a": text, "b": [text, {"c": text}], *text: {"d": [[text]]}});
        round_trips(&value);
    }
}

#[test]
fn reads_back_scalars_and_empty_collections_as_roots() {
    for value in [
        json!("yes"),
        json!("a\nb\n"),
        json!(12),
        json!(true),
        json!({}),
        json!([]),
    ] {
        round_trips(&value);
    }
}

#[test]
fn separates_documents() {
    let documents = [json!({"a": 1}), json!({"b": "---\n"}), json!([2])];
    let written = write_all(&documents);
    insta::assert_snapshot!(written, @r"
    a: 1
    ---
    b: |
      ---
    ---
    - 2
    ");
    assert_eq!(ours(written.as_bytes()).unwrap(), documents);
}

fn round_trips(value: &Value) {
    let written = write(value);
    let read = ours(written.as_bytes()).unwrap_or_else(|error| panic!("{error}:\n{written}"));
    assert_eq!(read, std::slice::from_ref(value), "{written}");
}

fn number() -> impl Strategy<Value = Value> {
    // A whole float is an integer once Kubernetes has read it: that is not ours to keep.
    let fraction = any::<f64>().prop_filter("a fraction", |value| {
        value.is_finite() && value.fract() != 0.0
    });
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        fraction.prop_map(Value::from)
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ a-z\\n:#'\"-]{0,12}",
        "[0-9a-fxo_.:eE+-]{1,8}",
        proptest::sample::select(AWKWARD).prop_map(str::to_owned)
    ]
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        text().prop_map(Value::from)
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_back(value in tree()) {
        prop_assume!(!value.is_null()); // an empty document is no document
        round_trips(&value);
    }
}
