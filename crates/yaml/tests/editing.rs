//! Edits change one value and no other byte, in every notation a value may have.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test may panic"
)]

mod support;

use proptest::prelude::*;
use signet_yaml::edit::{self, EditError, apply, set_scalar};
use signet_yaml::{Budget, Node, Style, read};
use support::soups::soups;
use support::strings::AWKWARD;

const NEW: &str = "AgCnew+/base64==";

/// The source after one value of its first document was set.
fn set(source: &str, path: &[&str], new: &str) -> String {
    let documents = read(source.as_bytes(), &Budget::default()).unwrap();
    let node = documents[0].at(path).unwrap();
    let edited = apply(
        source.as_bytes(),
        vec![set_scalar(source.as_bytes(), node, new)],
    )
    .unwrap();
    let edited = String::from_utf8(edited).unwrap();
    let again = read(edited.as_bytes(), &Budget::default())
        .unwrap_or_else(|error| panic!("{error}: {edited:?}"));
    assert_eq!(
        again[0].at(path).and_then(Node::as_str),
        Some(new),
        "{edited:?}"
    );
    edited
}

#[test]
fn keeps_the_notation_and_everything_around() {
    #[rustfmt::skip]
    let cases = [
        ("a: old # why\nb: 1\n", "a: AgCnew+/base64== # why\nb: 1\n"),
        ("a:   'old'   # why", "a:   'AgCnew+/base64=='   # why"),
        ("a: \"old\"\r\nb: 1\r\n", "a: \"AgCnew+/base64==\"\r\nb: 1\r\n"),
        ("a: old\n  and more\nb: 1\n", "a: AgCnew+/base64==\nb: 1\n"),
        ("a: &x !t old\nb: *x\n", "a: &x !t AgCnew+/base64==\nb: *x\n"),
        ("{a: old, b: 1}", "{a: AgCnew+/base64==, b: 1}"),
        ("{\n\t\"a\": \"old\",\n\t\"b\": 1\n}\n", "{\n\t\"a\": \"AgCnew+/base64==\",\n\t\"b\": 1\n}\n"),
        ("{\"a\":5}", "{\"a\":\"AgCnew+/base64==\"}"),
        ("{\"a\":null}", "{\"a\":\"AgCnew+/base64==\"}"),
        ("a:\nb: 1\n", "a: \"AgCnew+/base64==\"\nb: 1\n"),
        ("a : \nb: 1\n", "a : \"AgCnew+/base64==\" \nb: 1\n"),
        ("{a: , b: 1}", "{a: \"AgCnew+/base64==\" , b: 1}"),
        ("? a\n:\nb: 1\n", "? a\n: \"AgCnew+/base64==\"\nb: 1\n"),
        ("a:   # why\nb: 1\n", "a: \"AgCnew+/base64==\"   # why\nb: 1\n"),
        ("a: |-\n  old\nb: 1\n", "a: |-\n  AgCnew+/base64==\nb: 1\n"),
        ("a: |\n  old\nb: 1\n", "a: |-\n  AgCnew+/base64==\nb: 1\n"),
        ("a: >-  # why\n     old\n     and more\n\n\n# c\nb: 1\n", "a: >-  # why\n     AgCnew+/base64==\n\n\n# c\nb: 1\n"),
        ("a: |2+\n   old\n\n\nb: 1\n", "a: |-\n   AgCnew+/base64==\n\n\nb: 1\n"),
        ("a: >\r\n  old\r\n  old\r\nb: 1\r\n", "a: >-\r\n  AgCnew+/base64==\r\nb: 1\r\n"),
        ("a:\n  |\n  old", "a:\n  |-\n  AgCnew+/base64=="),
        ("a:\n  # |\r  |\n  old", "a:\n  # |\r  |-\n  AgCnew+/base64=="),
        ("a: &x |\n  old\n # less\nb: 1\n", "a: &x |-\n  AgCnew+/base64==\n # less\nb: 1\n"),
        ("a: !ab &c>d |- # |\n\n\n  old\nb: 1\n", "a: !ab &c>d |- # |\n  AgCnew+/base64==\nb: 1\n"),
        ("a: |-\nb: 1\n", "a: \"AgCnew+/base64==\"\nb: 1\n"),
        ("x: 1\na: |\n\n\nb: 1\n", "x: 1\na: \"AgCnew+/base64==\"\n\n\nb: 1\n"),
        ("\u{feff}é: ü # ö\na: ä # ß\n", "\u{feff}é: ü # ö\na: AgCnew+/base64== # ß\n"),
    ];
    for (source, wanted) in cases {
        assert_eq!(set(source, &["a"], NEW), wanted);
    }
}

#[test]
fn fills_an_empty_block_inside_of_others() {
    for (before, path, wanted) in [
        (
            "m:\n  a: |\n  b: 1\n",
            &["m", "a"][..],
            "m:\n  a: \"AgCnew+/base64==\"\n  b: 1\n",
        ),
        (
            "m:\n    x: >1-\n     t\n    a: |\n    b: |+\n",
            &["m", "a"],
            "m:\n    x: >1-\n     t\n    a: \"AgCnew+/base64==\"\n    b: |+\n",
        ),
        (
            "m:\n  a: |\r  b: 1\r\n",
            &["m", "a"],
            "m:\n  a: \"AgCnew+/base64==\"\r  b: 1\r\n",
        ),
        (
            "m:\n - a: |+\n\n   b: 1\n",
            &["m", "0", "a"],
            "m:\n - a: \"AgCnew+/base64==\"\n\n   b: 1\n",
        ),
    ] {
        assert_eq!(set(before, path, NEW), wanted);
    }
}

#[test]
fn sets_a_value_that_is_the_whole_document() {
    assert_eq!(set(" |\n    old", &[], NEW), " |-\n    AgCnew+/base64==");
    assert_eq!(
        set("# c\n&x |\n  old\n", &[], NEW),
        "# c\n&x |-\n  AgCnew+/base64==\n"
    );
    assert_eq!(set("!!binary aGk=\n", &[], NEW), "AgCnew+/base64==\n");
    assert_eq!(
        set("\u{feff}# a | b\n|\n  old\n", &[], NEW),
        "\u{feff}# a | b\n|-\n  AgCnew+/base64==\n"
    );
    assert_eq!(
        set("--- >\n  old\n", &[], NEW),
        "--- >-\n  AgCnew+/base64==\n"
    );
    assert_eq!(set("|\r  old\n  new", &[], NEW), "\"AgCnew+/base64==\"");
    assert_eq!(set("|\nold\n", &[], "a\nb\n"), "|\na\nb\n");
    assert_eq!(set("|\nold\n", &[], "a\n---\n"), "\"a\\n---\\n\"\n");
}

#[test]
fn takes_away_a_tag_that_would_change_the_meaning() {
    #[rustfmt::skip]
    let cases = [
        ("a: !!binary aGk= # why\nb: 1\n", "a: AgCnew+/base64== # why\nb: 1\n"),
        ("a: !!binary &x aGk=\nb: *x\n", "a: &x AgCnew+/base64==\nb: *x\n"),
        ("a: &x !!binary aGk=\nb: *x\n", "a: &x AgCnew+/base64==\nb: *x\n"),
        ("a: !!binary |\n  aGk=\nb: 1\n", "a: |-\n  AgCnew+/base64==\nb: 1\n"),
        ("a: !!binary\n  aGk=\nb: 1\n", "a: \n  AgCnew+/base64==\nb: 1\n"),
        ("{\"a\":!!int 5}", "{\"a\":\"AgCnew+/base64==\"}"),
        ("a: !!float 5 # !!float\nb: !!int 7\n", "a: \"AgCnew+/base64==\" # !!float\nb: !!int 7\n"),
        ("a: !<tag:yaml.org,2002:binary> 'aGk='\n", "a: 'AgCnew+/base64=='\n"),
        ("a: !!str 5\n", "a: !!str AgCnew+/base64==\n"),
    ];
    for (source, wanted) in cases {
        assert_eq!(set(source, &["a"], NEW), wanted);
    }
    // A list whose first value has a tag, and an empty value with one.
    assert_eq!(
        set("[!!int 5, x]", &["0"], NEW),
        "[\"AgCnew+/base64==\", x]"
    );
    assert_eq!(set("a: !!null\nb: 1\n", &["a"], "x"), "a: \"x\"\nb: 1\n");
}

#[test]
fn keeps_the_line_break_at_the_end_of_a_block() {
    let new = "AgCnew\n";
    assert_eq!(
        set("a: |\n  old\nb: 1\n", &["a"], new),
        "a: |\n  AgCnew\nb: 1\n"
    );
    assert_eq!(set("a: |-\n  old", &["a"], new), "a: |\n  AgCnew\n");
    assert_eq!(
        set("a: |+\r\n  old\r\n\r\nb: 1\r\n", &["a"], "x\n\ny\n"),
        "a: |\r\n  x\r\n\r\n  y\r\n\r\nb: 1\r\n"
    );
    assert_eq!(
        set("- a: |\n    old\n- b", &["0", "a"], "x\ny"),
        "- a: |-\n    x\n    y\n- b"
    );
}

#[test]
fn quotes_what_the_notation_cannot_hold() {
    assert_eq!(set("a: old\n", &["a"], "yes"), "a: \"yes\"\n");
    assert_eq!(set("a: old\n", &["a"], "0644"), "a: \"0644\"\n");
    assert_eq!(set("a: 'old'\n", &["a"], "it's"), "a: 'it''s'\n");
    assert_eq!(
        set("a: 'old'\n", &["a"], "two\nlines"),
        "a: \"two\\nlines\"\n"
    );
    assert_eq!(
        set("a: >\n  old\nb: 1", &["a"], "two\nlines"),
        "a: \"two\\nlines\"\nb: 1"
    );
    assert_eq!(
        set("a: |\n  old\nb: 1", &["a"], " indented"),
        "a: \" indented\"\nb: 1"
    );
    assert_eq!(set("a: |\n  old\nb: 1", &["a"], ""), "a: \"\"\nb: 1");
}

#[test]
fn sets_any_string_in_any_notation() {
    let sources = [
        "a: old\nb: 1\n",
        "a: 'old'\nb: 1\n",
        "a: \"old\"\nb: 1\n",
        "a: |\n  old\nb: 1\n",
        "a: >-\n  old\n\nb: 1\n",
        "a: |+\n  old\n\n\nb: 1\n",
        "{a: old, b: 1}",
        "{\"a\":\"old\"}",
        "a:\nb: 1\n",
        "a: |\n  old",
        "a: |\r\n  old\r\nb: 1",
    ];
    for source in sources {
        for new in AWKWARD {
            set(source, &["a"], new);
        }
    }
}

#[test]
fn replaces_an_alias_and_leaves_its_anchor() {
    let source = "a: &x old\nb: *x\nc: [*x]\n";
    assert_eq!(
        set(source, &["b"], NEW),
        "a: &x old\nb: AgCnew+/base64==\nc: [*x]\n"
    );
    assert_eq!(
        set(source, &["c", "0"], "yes"),
        "a: &x old\nb: *x\nc: [\"yes\"]\n"
    );
}

const REPOSITORY_FILE: &str = "\u{feff}# sealed by hand\r
---\r
apiVersion: bitnami.com/v1alpha1 # keep\r
kind: SealedSecret\r
spec:\r
    encryptedData:\r
        plain: AgBold1\r
        quoted:   'AgBold2'   # two\r
        \"double\": \"AgBold3\"\r
        literal: |\r
            AgBold4\r
        folded: >-\r
\r
            AgBold5\r
\r
        # the end\r
        flow: {deep: [AgBold6, \"AgBold7\"]}\r
---\r
# nothing here\r
---\r
spec: {\"encryptedData\": {\"last\": AgBold8}}\r
...\r
";

#[test]
fn rotates_a_file_of_many_documents_and_every_notation() {
    let source = REPOSITORY_FILE.as_bytes();
    let documents = read(source, &Budget::default()).unwrap();
    let mut edits = Vec::new();
    let mut wanted = REPOSITORY_FILE
        .replace("literal: |\r", "literal: |-\r")
        .replace(">-\r\n\r\n", ">-\r\n");
    for document in &documents {
        for (number, node) in leaves(&document.root) {
            edits.push(set_scalar(source, node, &format!("AgCnew{number}==")));
            wanted = wanted.replace(&format!("AgBold{number}"), &format!("AgCnew{number}=="));
        }
    }
    assert_eq!(edits.len(), 8);
    edits.reverse(); // any order will do
    assert_eq!(
        String::from_utf8(apply(source, edits).unwrap()).unwrap(),
        wanted
    );
}

/// Every value `AgBold<number>` in the tree.
fn leaves(node: &Node) -> Vec<(String, &Node)> {
    let number = node
        .as_str()
        .and_then(|text| text.trim().strip_prefix("AgBold"));
    let inside = node
        .entries()
        .iter()
        .map(|entry| &entry.value)
        .chain(node.items())
        .flat_map(leaves);
    number
        .map(|number| (number.to_owned(), node))
        .into_iter()
        .chain(inside)
        .collect()
}

/// Wherever a string stands, however odd its surroundings, setting it sets it.
#[test]
fn sets_every_string_of_a_soup() {
    let mut edited = 0;
    for source in soups(20_000) {
        let Ok(documents) = read(source.as_bytes(), &Budget::default()) else {
            continue;
        };
        for path in documents
            .first()
            .map(|document| strings(&document.root))
            .unwrap_or_default()
        {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            set(&source, &path, NEW);
            set(&source, &path, "not: plain");
            edited += 1;
        }
    }
    assert!(edited > 2_000, "only {edited} strings were found");
}

/// The paths of all strings in a tree, but for those inside of an alias: an anchor set
/// elsewhere may be theirs.
fn strings(node: &Node) -> Vec<Vec<String>> {
    let entries = node
        .entries()
        .iter()
        .map(|entry| (entry.key.name.clone(), &entry.value));
    let items = node
        .items()
        .iter()
        .enumerate()
        .map(|(at, item)| (at.to_string(), item));
    let inside = entries
        .chain(items)
        .filter(|_| node.style != Style::Alias)
        .flat_map(|(step, child)| {
            strings(child)
                .into_iter()
                .map(move |path| [vec![step.clone()], path].concat())
        });
    node.as_str()
        .map(|_| Vec::new())
        .into_iter()
        .chain(inside)
        .collect()
}

#[test]
fn refuses_edits_that_do_not_fit_together() {
    let source = b"a: &x {k: old}\nb: *x\n";
    let documents = read(source, &Budget::default()).unwrap();
    let (first, shared) = (
        documents[0].at(&["a", "k"]).unwrap(),
        documents[0].at(&["b", "k"]).unwrap(),
    );
    let twice = |one, two| {
        apply(
            source,
            vec![
                set_scalar(source, first, one),
                set_scalar(source, shared, two),
            ],
        )
    };
    assert_eq!(twice("new", "new").unwrap(), b"a: &x {k: new}\nb: *x\n");
    assert_eq!(twice("new", "other"), Err(EditError::Overlap { line: 1 }));
    assert_eq!(
        apply(b"a", vec![set_scalar(source, first, "new")]),
        Err(EditError::Outside { line: 1 })
    );
}

#[test]
fn debug_never_shows_the_text_of_an_edit() {
    let documents = read(b"a: old", &Budget::default()).unwrap();
    let shown = format!(
        "{:?}",
        edit::set_scalar(b"a: old", documents[0].at(&["a"]).unwrap(), "hunter2")
    );
    assert!(!shown.contains("hunter2"), "{shown}");
}

fn notation() -> impl Strategy<Value = (Style, &'static str)> {
    prop_oneof![
        Just((Style::Plain, "\u{e4}: 1 # x\na: old\n\n\nb: |\n  y\n")),
        Just((
            Style::SingleQuoted,
            "- 'x'\r\na: 'old' # c\r\n".trim_start_matches("- 'x'\r\n")
        )),
        Just((
            Style::DoubleQuoted,
            "{\"z\": [1, 2], \"a\": \"old\" , \"c\": {}}"
        )),
        Just((
            Style::Literal,
            "x: 1\na: |\n    old\n    text\n\n# c\nb: 1\n"
        )),
        Just((Style::Folded, "x: 1\na: >-\n old\n text\nb: 1\n")),
    ]
}

proptest! {
    /// Before and behind the value the bytes are the same, and only the value has changed.
    #[test]
    fn an_edit_touches_only_the_span((style, source) in notation(), new in any::<String>()) {
        let documents = read(source.as_bytes(), &Budget::default()).unwrap();
        let node = documents[0].at(&["a"]).unwrap();
        prop_assert_eq!(node.style, style);
        let edited = set(source, &["a"], &new);
        prop_assert!(edited.starts_with(&source[..node.span.start]));
        prop_assert!(edited.ends_with(&source[node.span.end..]));
        let mut wanted = documents[0].to_json();
        wanted["a"] = new.into();
        prop_assert_eq!(&read(edited.as_bytes(), &Budget::default()).unwrap()[0].to_json(), &wanted);
    }
}
