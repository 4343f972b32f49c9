//! The text that Go writes, letter by letter: from the vectors always, from Go itself where
//! `SIGNET_GO_FLUX` names the program built from `tests/go-flux`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failed test may panic"
)]

mod support;

use serde_json::{Map, Value, json};
use signet_testkit::dice::Dice;
use signet_testkit::go_flux;
use signet_yaml::write_as_go;
use support::strings::AWKWARD;

const VECTORS: &str = "yaml.jsonl";

#[test]
fn every_value_is_written_as_go_writes_it() {
    let vectors = go_flux::vectors(VECTORS);
    assert!(vectors.len() > 150, "the vectors are there");
    check(&vectors);
}

#[test]
#[ignore = "needs Go: SIGNET_GO_FLUX names the program built from tests/go-flux"]
fn the_vectors_are_what_go_writes() {
    go_flux::keep(VECTORS, "yaml", &cases(), Value::clone);
}

#[test]
#[ignore = "needs Go: SIGNET_GO_FLUX names the program built from tests/go-flux"]
fn a_soup_of_values_is_written_as_go_writes_it() {
    let cases = soup(40_000);
    let answers = go_flux::ask("yaml", &cases);
    let written = answers
        .iter()
        .filter(|says| says["yaml"] != Value::Null)
        .count();
    assert!(written > 30_000, "only {written} of them are written by Go");
    check(&cases.into_iter().zip(answers).collect::<Vec<_>>());
}

/// What Go refuses to write, a control character, is written here all the same.
fn check(pairs: &[(Value, Value)]) {
    let mut wrong = Vec::new();
    for (case, says) in pairs {
        let ours = write_as_go(&case["value"]);
        if says["yaml"].as_str().is_some_and(|text| text != ours) {
            wrong.push(format!(
                "{case}\n  ours: {ours:?}\n  Go:   {}",
                says["yaml"]
            ));
        }
    }
    let first: Vec<&String> = wrong.iter().take(20).collect();
    assert!(wrong.is_empty(), "{} differ:\n{first:#?}", wrong.len());
}

fn cases() -> Vec<Value> {
    let places =
        |text: &&str| json!({"a": text, "b": [text, {"c": text}], (*text): {"d": [[text]]}});
    // Go reads U+0085 as a line break inside of JSON, and writes something else.
    let sound = |text: &&&str| !text.contains('\u{85}');
    let strings = AWKWARD.iter().chain(MORE).filter(sound).map(places);
    let numbers = [
        json!([
            0,
            -1,
            1.5,
            1e6,
            1_234_567.5,
            1e20,
            1e21,
            1e-5,
            0.0001,
            -0.0,
            123_456_789.125
        ]),
        json!([i64::MIN, i64::MAX, 1e300, 5e-324]),
    ];
    let shapes = [
        json!({"a": {}, "b": [], "c": [[]], "d": [{}], "e": [[1, [2, []]], {"f": [1]}], "g": null}),
        json!([{"a": 1, "b": [1, {"c": {"d": 1}}]}, [true, false, null]]),
        json!({"a10": 1, "a9": 1, "a-1": 1, "A": 1, "a": 1, "b.c": 1, "b/c": 1, "01": 1, "1": 1, "": 1}),
    ];
    let values = strings.chain(numbers).chain(shapes);
    values.map(|value| json!({"value": value})).collect()
}

/// Variables, long lines, and what only Go minds.
const MORE: &[&str] = &[
    "${x}",
    "$x",
    "${x:-a b}",
    "${x:=\"a\"}",
    "a ${x}",
    "${x}: b",
    "- ${x}",
    "${x} #c",
    "#${x}",
    "'${x}'",
    "\"${x}\"",
    "{${x}}",
    "a\n${x}\n",
    "a: 1\nb: ${x}\n",
    "2026-01-31",
    "2026-02-30",
    "2026-1-3T1:2:3Z",
    "2026-01-31 12:34:56.7",
    "190:20:30",
    "190:20:30.5",
    "12:60",
    "<<",
    "=",
    "---",
    "--- a",
    "...a",
    "a 🙂 b",
    "\u{a0}",
    "tab\there",
    "word word word word word word word word word word word word word word word word word word word word",
    "word word word word word word word word word word word word word word word word  word word word: word",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b",
    "true word word word word word word word word word word word word word word word word word \t word word",
];

/// Values put together at random, the same in each run.
fn soup(count: usize) -> Vec<Value> {
    let mut dice = Soup(Dice::new(0x1234_5678_9abc_def1));
    (0..count)
        .map(|_| json!({"value": dice.value(3)}))
        .collect()
}

struct Soup(Dice);

impl Soup {
    fn value(&mut self, depth: usize) -> Value {
        match self.0.below(if depth == 0 { 4 } else { 9 }) {
            0..3 => json!(self.text()),
            3 => [
                json!(null),
                json!(true),
                json!(0),
                json!(1.5),
                json!([]),
                json!({}),
            ][self.0.below(6)]
            .clone(),
            4 | 5 => (0..self.0.below(4))
                .map(|_| self.value(depth - 1))
                .collect(),
            _ => {
                let mut map = Map::new();
                for _ in 0..self.0.below(5) {
                    map.insert(self.text(), self.value(depth - 1));
                }
                Value::Object(map)
            }
        }
    }

    fn text(&mut self) -> String {
        const PARTS: [&str; 40] = [
            "a", "B", "word", "1", "10", "0", "-", ":", ": ", "#", " #", " ", "  ", "\n", "'",
            "\"", "\\", "${x}", "$", "{", "}", "[", ",", "&", "*", "!", "|", ">", "%", "@", "`",
            "~", "?", "é", "🙂", "\t", "\u{2029}", "\u{2028}", "null", "\r",
        ];
        let length = if self.0.below(10) == 0 {
            40
        } else {
            self.0.below(6)
        };
        let mut text: String = (0..length)
            .map(|_| PARTS[self.0.below(PARTS.len())])
            .collect();
        if self.0.below(8) == 0 {
            text.push_str(&" long words".repeat(self.0.below(20)));
        }
        text
    }
}
