//! Expressions that were written to cost: each is refused, or ends early with a budget spent.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use signet_cel::{Error, Program, Variables, budget, pattern};

/// What an evaluation may take in a build without optimisation, on a machine with other work.
const PATIENCE: Duration = Duration::from_secs(3);

fn evaluate(text: &str, object: &Json) -> Result<bool, Error> {
    let program = Program::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let since = Instant::now();
    let answer = program.holds(Variables::Fields(object.as_object().unwrap()));
    assert!(since.elapsed() < PATIENCE, "{text}: {:?}", since.elapsed());
    answer
}

#[track_caller]
fn too_much(text: &str, object: &Json) {
    assert!(
        matches!(evaluate(text, object), Err(Error::Budget(_))),
        "{text}"
    );
}

#[test]
fn loops_inside_each_other_are_stopped() {
    let many = json!({"l": vec![1; 5_000]});
    too_much("l.all(a, l.all(b, l.all(c, a == b)))", &many);
    too_much("l.exists(a, l.exists(b, a != b)) || true", &many);
    too_much("l.map(a, l.map(b, [a, b])).size() > 0", &many);
    let different = json!({"l": (0..5_000).collect::<Vec<_>>()});
    too_much("sets.contains(l, l)", &different);
    too_much("l.map(x, [l]) == l.map(x, [l])", &different);
}

#[test]
fn one_loop_over_what_an_object_may_hold_is_not() {
    let conditions: Vec<Json> = (0..2_000)
        .map(|n| json!({"type": n.to_string(), "status": "True"}))
        .collect();
    let object = json!({"status": {"conditions": conditions}});
    let text = "status.conditions.filter(c, c.type != 'x').all(c, c.status == 'True')";
    assert_eq!(evaluate(text, &object), Ok(true));
}

#[test]
fn texts_and_lists_that_double_are_stopped() {
    let doubling = |start: &str, times: usize| {
        let steps = ".map(y, y + y)".repeat(times);
        format!("[{start}]{steps}.size() > 0")
    };
    too_much(&doubling("'aaaaaaaa'", 60), &json!({}));
    too_much(&doubling("[1, 2, 3]", 60), &json!({}));
    let replaced = format!(
        "'aa'{}.size() > 0",
        ".replace('a', 'aaaaaaaaaa')".repeat(30)
    );
    too_much(&replaced, &json!({}));
    let joined = format!(
        "{}.size() > 0",
        "['a', 'b'].map(x, ['a', 'b', 'c', 'd']).map(y, y.join('xxxxxxxxxxxxxxxx'))"
    );
    assert_eq!(evaluate(&joined, &json!({})), Ok(true));
    too_much(
        "l.map(x, l.join(x)).join('').size() > 0",
        &json!({"l": vec!["aaaaaaaaaa"; 2_000]}),
    );
}

#[test]
fn patterns_cost_what_their_text_is_long() {
    let long = json!({"text": "a".repeat(1 << 20)});
    for catastrophe in [
        "(a+)+$",
        "(a|aa)+$",
        "(.*a){12}",
        "(a*)*b",
        "a?".repeat(25).as_str(),
    ] {
        let text = format!("text.matches('{catastrophe}')");
        let since = Instant::now();
        let answer = evaluate(&text, &long);
        assert!(
            answer.is_ok() || matches!(answer, Err(Error::Budget(_))),
            "{answer:?}"
        );
        assert!(since.elapsed() < PATIENCE);
    }
    assert!(pattern::compile("(((a{50}){50}){50}){50}").is_err());
    assert!(Program::parse("text.matches('((a{99}){99}){99}')").is_err());
    too_much(
        "l.exists(x, text.matches(x))",
        &json!({"text": "b".repeat(100_000), "l": vec!["(a+)+$"; 1_000]}),
    );
}

#[test]
fn what_is_too_long_or_too_deep_is_refused() {
    let refused = |text: String| Program::parse(&text).err().map(|error| error.to_string());
    let long = refused(format!("{} == 1", "a".repeat(budget::LENGTH)));
    assert!(long.unwrap().contains("make it shorter"));
    let chain = refused(format!("1{}", "+1".repeat(1_000)));
    assert!(chain.unwrap().contains("take it apart"));
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("!", ""),
        ("-", ""),
        ("{1:", "}"),
        ("f(", ")"),
    ] {
        let nested = format!("{}1{}", open.repeat(900), close.repeat(900));
        let _ = refused(nested); // refused or not, it ends
    }
    assert!(Program::parse(&format!("a{}", ".b".repeat(150))).is_ok());
}

/// An error that the object causes tells names and types, and no value.
#[test]
fn errors_tell_no_value() {
    let secret = json!({"data": {"password": "CANARY"}, "n": 1});
    for text in [
        "data.password != 'x' && data.password + 1 == 2",
        "int(data.password) == 1",
        "timestamp(data.password) == timestamp(0)",
        "duration(data.password) == duration('1s')",
        "data.password.matches('(' + data.password)",
        "[data.password].join(1) == ''",
        "data.password.nope == 1",
        "data.password[0] == 1",
        "data.password",
        "base64.decode(data.password + '!') == b''",
        "bool(data.password)",
        "n.matches(data.password)",
        "data[data.password + data.password + data.password]",
    ] {
        let error = evaluate(text, &secret).unwrap_err().to_string();
        assert!(!error.contains("CANARY"), "{text}: {error}");
    }
}
