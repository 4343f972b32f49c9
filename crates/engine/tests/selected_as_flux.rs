//! Label selectors and patterns, and what Flux selects by them: from the vectors always, from Flux
//! itself where `SIGNET_GO_FLUX` names the program built from `tests/go-flux`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

use serde_json::{Value, json};
use signet_cel::pattern;
use signet_engine::labels::Selector;
use signet_testkit::dice::Dice;
use signet_testkit::go_flux;

const VECTORS: &str = "selector.jsonl";

#[test]
fn everything_is_selected_that_flux_selects() {
    let vectors = go_flux::vectors(VECTORS);
    assert!(vectors.len() > 100, "the vectors are there");
    check(&vectors);
}

#[test]
#[ignore = "needs Go: SIGNET_GO_FLUX names the program built from tests/go-flux"]
fn the_vectors_are_what_flux_says() {
    go_flux::keep(VECTORS, "selector", &cases(), Value::clone);
}

#[test]
#[ignore = "needs Go: SIGNET_GO_FLUX names the program built from tests/go-flux"]
fn a_soup_of_selectors_selects_what_it_selects_in_flux() {
    let cases = soup(60_000);
    let answers = go_flux::ask("selector", &cases);
    check(&cases.into_iter().zip(answers).collect::<Vec<_>>());
}

/// Patterns that Go refuses may be patterns here, such as `a**`; and what would be a pattern only
/// between the brackets that anchor it, such as `a)|(b`, is none here.
fn check(pairs: &[(Value, Value)]) {
    let mut wrong = Vec::new();
    for (case, says) in pairs {
        let ours = answer(case);
        let fails = |answer: &Value| answer["error"] != Value::Null;
        let error = ours["error"].as_str().unwrap_or_default();
        let stricter = ["unopened group", "unclosed group", "repetition operator"];
        let apart = case["pattern"] != Value::Null
            && (fails(says) || stricter.iter().any(|words| error.contains(words)));
        if !apart && (fails(&ours) != fails(says) || ours["selects"] != says["selects"]) {
            wrong.push(format!("{case}\n  ours: {ours}\n  Flux: {says}"));
        }
    }
    let first: Vec<&String> = wrong.iter().take(20).collect();
    assert!(wrong.is_empty(), "{} differ:\n{first:#?}", wrong.len());
}

fn answer(case: &Value) -> Value {
    let selects = match case["pattern"].as_str() {
        Some(written) => {
            let text = case["text"].as_str().unwrap();
            pattern::anchored(written).map(|pattern| pattern.is_match(text))
        }
        None => {
            let selector = Selector::parse(case["selector"].as_str().unwrap());
            selector.map(|selector| selector.selects(case.get("labels")))
        }
    };
    match selects {
        Ok(selects) => json!({"selects": selects}),
        Err(error) => json!({"error": error}),
    }
}

const SELECTORS: &str = "
a
!a
! a
a=1
a==1
a!=1
a = 1
a=
a!=
a in (1)
a in (1,2)
a in ( 1 , 2 )
a in ()
a in (,)
a in (1,)
a in (,1)
a in (,,1)
a in (1,,2)
a notin (1)
a notin ()
a in 1
a in
a in (1
a in 1)
a>0
a<2
a>1
a > 0
a>x
b>0
a=1,b
a=1,b=2
a=1,
,a
a,,b
a b
a=b c
a===1
a!1
!a=1
!!a
in
in in (in)
notin notin (in,notin)
a=in
x.io/a=1
x.io/a
X.io/a
x.io/
/a
a/b/c
-a
a-
a_b.c-d
ä
a=ä
a=-1
a=1-
a=1.2.3
a=(1)
a=1=2
(a)
a=!1
a<>1
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
a=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
";

const PATTERNS: [(&str, &str); 24] = [
    ("web", "web"),
    ("web", "web-1"),
    ("web|api", "api"),
    ("web|api", "an-api"),
    ("web.*", "web-1"),
    (".*", ""),
    ("we(b|c)", "wec"),
    ("[a-c]+", "abc"),
    ("[^a-c]+", "xyz"),
    (r"\w+", "a_1"),
    (r"\w+", "ä"),
    (r"\d+", "٣"),
    (r"[\w.-]+", "a.b-c"),
    ("[[a]+", "[a"),
    ("[a&&b]+", "&"),
    ("a{2}", "aa"),
    ("a{,2}", "a{,2}"),
    ("a{x", "a{x"),
    (r"\Qa.b\E", "a.b"),
    (r"\Qa.b\E", "axb"),
    ("(?i)WEB", "web"),
    ("[[:alpha:]]+", "abc"),
    (r"\pL+", "äö"),
    ("a)|(b", "b"),
];

fn cases() -> Vec<Value> {
    let labels = [
        json!({"a": "1", "x.io/a": "1"}),
        json!({"a": "in", "b": "2", "in": "in"}),
        json!({}),
    ];
    let selectors = SELECTORS.lines().flat_map(|selector| {
        labels
            .iter()
            .map(move |labels| json!({"selector": selector, "labels": labels}))
    });
    let patterns = PATTERNS
        .iter()
        .map(|(pattern, text)| json!({"pattern": pattern, "text": text}));
    selectors.chain(patterns).collect()
}

/// Selectors and patterns put together at random, the same in each run.
fn soup(count: usize) -> Vec<Value> {
    const SIGNS: [&str; 22] = [
        "a", "b", "1", "2", "in", "notin", "=", "==", "!=", "!", "(", ")", ",", "<", ">", " ",
        "a=", " in (", "/", "-", "x.io/", ")",
    ];
    const PARTS: [&str; 30] = [
        "a",
        "b",
        "ä",
        ".",
        "*",
        "+",
        "?",
        "|",
        "(",
        ")",
        "[",
        "]",
        "^",
        "-",
        "{",
        "}",
        "1",
        ",",
        "\\w",
        "\\d",
        "\\",
        "&",
        "~",
        "[:alpha:]",
        "\\Q",
        "\\E",
        "_",
        "<",
        "(?i)",
        "\\S",
    ];
    let mut dice = Dice::new(0x0123_4567_89ab_cdef);
    let mut below = |count| dice.below(count);
    let labels = json!({"a": "1", "b": "", "in": "a"});
    (0..count)
        .map(|number| {
            let length = 1 + below(8);
            if number % 2 == 0 {
                let text: String = (0..length).map(|_| SIGNS[below(SIGNS.len())]).collect();
                json!({"selector": text, "labels": labels})
            } else {
                let pattern: String = (0..length).map(|_| PARTS[below(PARTS.len())]).collect();
                let texts = [
                    "a", "b", "ab", "a1", "ä", "A", "[", "{", "-", "&", "_", "a{1}",
                ];
                json!({"pattern": pattern, "text": texts[below(texts.len())]})
            }
        })
        .collect()
}
