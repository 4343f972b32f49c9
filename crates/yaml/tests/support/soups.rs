//! Tokens of YAML thrown together at random, many of them well-formed by luck.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

/// The same soups every time.
pub fn soups(count: usize) -> Vec<String> {
    let token = proptest::sample::select(TOKENS);
    let soup = proptest::collection::vec(token, 1..14)
        .prop_map(|tokens| format!("r: {}", tokens.concat()));
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| soup.new_tree(&mut runner).unwrap().current())
        .collect()
}

/// Without `...`: behind it Go drops the rest of a file without a word, and we read on.
const TOKENS: &[&str] = &[
    "a: ",
    "b: ",
    "c: ",
    "a: ",
    "\n",
    "\n",
    "\n",
    "\n  ",
    "\n  ",
    "\n    ",
    "\n- ",
    "\n  - ",
    "- ",
    "x",
    "y",
    "12",
    "0644",
    "1e3",
    "word",
    "two words",
    "'q'",
    "\"d\\n\"",
    "'",
    "\"",
    "|",
    ">",
    "|-",
    ">+",
    "|2",
    "#",
    " # c",
    ": ",
    ":",
    ",",
    ", ",
    "[",
    "]",
    "{",
    "}",
    "[]",
    "{}",
    "[1, b]",
    "{k: v}",
    "&x ",
    "*x",
    "*x",
    "<<: ",
    "!!str ",
    "!t ",
    "? ",
    "\n---\n",
    "\t",
    " ",
    "  ",
    "\r\n",
    "~",
    "é",
    "-",
    "--",
    "%",
    "\n\n",
];
