//! Expressions that nobody wrote, the same in each run.

use serde_json::{Value as Json, json};
use signet_testkit::dice::Dice;

/// So many of them, some with types and some without.
pub fn cases(count: usize) -> Vec<Json> {
    let mut dice = Soup(Dice::new(0x2545_f491_4f6c_dd1d));
    (0..count)
        .map(|number| {
            let typed = number % 4 == 0;
            let expr = if typed {
                format!(
                    "{} == {}",
                    dice.expression(2, true),
                    dice.expression(2, true)
                )
            } else {
                dice.expression(3, false)
            };
            json!({"expr": expr, "typed": typed})
        })
        .collect()
}

struct Soup(Dice);

impl Soup {
    fn expression(&mut self, depth: usize, typed: bool) -> String {
        if depth == 0 || self.0.below(5) == 0 {
            return self.leaf(typed);
        }
        let (a, b) = (
            self.expression(depth - 1, typed),
            self.expression(depth - 1, typed),
        );
        match self.0.below(12) {
            0..3 => format!("({a} {} {b})", self.0.one(&OPERATORS)),
            3 => format!("{}({a})", self.0.one(&CONVERSIONS)),
            4 => format!("{a}.{}()", self.0.one(&ALONE)),
            5 => format!("{a}.{}({b})", self.0.one(&WITH_ONE)),
            6 => format!("{a}.{}(x, {b})", self.0.one(&MACROS)),
            7 => format!("[{a}, {b}]"),
            8 => format!("({} ? {a} : {b})", self.expression(depth - 1, typed)),
            9 => format!("{a}[{b}]"),
            10 => format!("{a}[?{b}]"),
            _ => format!("{{{}: {b}}}", self.0.one(&KEYS)),
        }
    }

    fn leaf(&mut self, typed: bool) -> String {
        if self.0.below(3) == 0 {
            return self.0.one(&LITERALS);
        }
        let path = self.0.one(&PATHS);
        if typed { format!("dep.{path}") } else { path }
    }
}

const OPERATORS: [&str; 15] = [
    "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||", "==",
];
const CONVERSIONS: [&str; 12] = [
    "size",
    "int",
    "uint",
    "double",
    "string",
    "bool",
    "bytes",
    "type",
    "dyn",
    "!",
    "-",
    "optional.of",
];
const ALONE: [&str; 9] = [
    "size",
    "lowerAscii",
    "trim",
    "reverse",
    "first",
    "last",
    "hasValue",
    "join",
    "upperAscii",
];
const WITH_ONE: [&str; 9] = [
    "contains",
    "startsWith",
    "indexOf",
    "lastIndexOf",
    "split",
    "substring",
    "charAt",
    "orValue",
    "join",
];
const MACROS: [&str; 6] = ["all", "exists", "exists_one", "map", "filter", "optMap"];
const LITERALS: [&str; 18] = [
    "0",
    "1",
    "2u",
    "1.5",
    "-3",
    "'a'",
    "'Grüße'",
    "''",
    "true",
    "false",
    "null",
    "[]",
    "{}",
    "['a', 'b']",
    "[1, 2]",
    "{'a': 1}",
    "b'a'",
    "duration('1s')",
];
const KEYS: [&str; 6] = ["'a'", "1", "2u", "true", "spec.replicas", "kind"];
const PATHS: [&str; 16] = [
    "spec.replicas",
    "spec.ratio",
    "spec.on",
    "spec.nothing",
    "spec.names",
    "spec.numbers",
    "spec.mixed",
    "spec.text",
    "spec.nested.a",
    "spec.maps",
    "spec.nope",
    "spec.?text",
    "spec.?nope",
    "status.conditions",
    "metadata.labels",
    "kind",
];
