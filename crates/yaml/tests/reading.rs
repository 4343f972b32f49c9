//! The reader says what the table of cases says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test may panic"
)]

mod support;

use serde_json::Value;
use support::cases::{CASES, Expect};
use support::ours;

#[test]
fn reads_every_case_as_the_table_says() {
    let wrong: Vec<String> = CASES
        .iter()
        .filter_map(|(source, expect)| complaint(source, expect))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} cases differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn complaint(source: &str, expect: &Expect) -> Option<String> {
    let ours = ours(source.as_bytes());
    let (said, wanted) = match expect {
        Expect::Json(json) | Expect::OursAlone(json, _) => {
            let wanted: Vec<Value> = serde_json::from_str(json).expect(json);
            (ours.map_err(|error| error.to_string()), Ok(wanted))
        }
        Expect::Refused(message) | Expect::RefusedByUs(message, _) => (
            ours.map_err(|error| error.to_string()),
            Err((*message).to_owned()),
        ),
    };
    (said != wanted).then(|| format!("{source:?}\n  reads as {said:?}\n  and not  {wanted:?}"))
}

#[test]
fn keeps_the_order_of_keys_and_the_place_of_everything() {
    let source = "\u{feff}# top\nb:  'x'\na: &k\n- 12 # c\n- {k: \"v\"}\nc: *k\nd: |- # why\n\n   text\n\n\ne:\n";
    let documents = signet_yaml::read(source.as_bytes(), &signet_yaml::Budget::default()).unwrap();
    let keys: Vec<&str> = documents[0]
        .root
        .entries()
        .iter()
        .map(|entry| entry.key.name.as_str())
        .collect();
    assert_eq!(keys, ["b", "a", "c", "d", "e"]);
    let place = |path: &[&str]| {
        let node = documents[0].at(path).unwrap();
        format!(
            "{}:{} {:?} {:?}",
            node.span.line,
            node.span.column,
            node.style,
            &source[node.span.start..node.span.end]
        )
    };
    let places = [
        place(&["b"]),
        place(&["a"]),
        place(&["a", "0"]),
        place(&["a", "1"]),
        place(&["a", "1", "k"]),
        place(&["c"]),
        place(&["c", "1", "k"]),
        place(&["d"]),
        place(&["e"]),
    ];
    insta::assert_snapshot!(places.join("\n"), @r#"
    2:5 SingleQuoted "'x'"
    4:3 Block "12 # c\n- {k: \"v\"}"
    4:3 Plain "12"
    5:3 Flow "{k: \"v\"}"
    5:7 DoubleQuoted "\"v\""
    6:4 Alias "*k"
    5:7 DoubleQuoted "\"v\""
    7:4 Literal "|- # why\n\n   text"
    12:3 Plain ""
    "#);
    assert_eq!(documents[0].line, 2);
    let key = &documents[0].root.entries()[3].key;
    assert_eq!(
        (
            key.span.line,
            key.span.column,
            &source[key.span.start..key.span.end]
        ),
        (7, 1, "d")
    );
}

#[test]
fn refuses_what_is_not_utf8() {
    let utf16: Vec<u8> = "\u{feff}a: 1"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    insta::assert_snapshot!(ours(&utf16).unwrap_err(), @"line 1, column 1: this is not UTF-8 text; save the file as UTF-8");
}

#[test]
fn knows_the_places_in_a_stream_of_json_objects() {
    let source = "{\"a\": 1}\n  {\"b\": 2} {\"c\":\n3}";
    let documents = signet_yaml::read(source.as_bytes(), &signet_yaml::Budget::default()).unwrap();
    let places: Vec<_> = documents
        .iter()
        .map(|document| &document.root.entries()[0])
        .flat_map(|entry| [entry.key.span, entry.value.span])
        .map(|span| (span.line, span.column, &source[span.start..span.end]))
        .collect();
    let wanted = [
        (1, 2, "\"a\""),
        (1, 7, "1"),
        (2, 4, "\"b\""),
        (2, 9, "2"),
        (2, 13, "\"c\""),
        (3, 1, "3"),
    ];
    assert_eq!(places, wanted);
}
