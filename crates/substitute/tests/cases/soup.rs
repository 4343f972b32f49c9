//! Texts put together at random, the same in each run.

use serde_json::{Value, json};
use signet_testkit::dice::Dice;

use super::config_map;

const PARTS: [&str; 46] = [
    "${", "${v}", "${", "}", "}", "v", "n", "e", "nope", "p", "u", "w", "star", ":", ":-", ":=",
    "=", "-", "+", "#", "##", "%", "%%", "/", "//", "/#", "/%", "^", "^^", ",", ",,", "$", "$$",
    "\\", "*", "?", "[", "]", "a-z", "1", "-2", "é", " ", "o", "l", "${p",
];

/// So many texts, most of which begin an expression that means something.
pub fn text_soup(count: usize) -> Vec<Value> {
    let mut dice = Soup(Dice::new(0xdead_beef_cafe_f00d));
    (0..count)
        .map(|number| {
            let text = if number % 2 == 0 {
                dice.expression(2)
            } else {
                dice.anything()
            };
            json!({"text": text, "strict": number % 5 == 0})
        })
        .collect()
}

/// So many objects with expressions in them. A value that ends up between quotes or brackets that
/// Go's writer did not expect changes the object in ways that readers disagree about, and so the
/// variables here are tame.
pub fn object_soup(count: usize) -> Vec<Value> {
    let mut dice = Soup(Dice::new(0x0bad_5eed_0bad_5eed));
    let tame = json!({"v": "value", "n": "3", "e": "", "w": "hello World", "y": "yes"});
    let texts = [
        "${n}",
        "${v}",
        "${y}",
        "${e}",
        "a",
        " ",
        ": ",
        "\n",
        "'",
        "${nope:-5}",
        "word ",
        "#",
        "1",
        "$${x}",
        ".",
        "-",
        "true",
        "${w}",
        "é",
    ];
    (0..count)
        .map(|_| {
            let mut text = || -> String {
                (0..dice.0.below(7))
                    .map(|_| texts[dice.0.below(texts.len())])
                    .collect()
            };
            let data = json!({"a": text(), "b": [text(), {"c": text()}], "d": {"e": text()}});
            json!({"object": config_map(&data), "vars": tame, "strict": true})
        })
        .collect()
}

struct Soup(Dice);

impl Soup {
    fn anything(&mut self) -> String {
        (0..1 + self.0.below(9))
            .map(|_| PARTS[self.0.below(PARTS.len())])
            .collect()
    }

    fn expression(&mut self, depth: usize) -> String {
        let name = self.0.one(&["v", "n", "e", "nope", "p", "u", "w", "star"]);
        let operator = self.0.one(&[
            "", ":-", ":=", "=", ":", "#", "##", "%", "%%", "/", "//", "/#", "/%", "^", "^^", ",",
            ",,",
        ]);
        let argument = self.argument(depth);
        let tail = match operator.as_str() {
            "" | "^" | "^^" | "," | ",," => String::new(),
            "/" | "//" | "/#" | "/%" => format!("{argument}/{}", self.argument(depth)),
            ":" if self.0.below(2) == 0 => format!("{argument}:{}", self.argument(depth)),
            _ => argument,
        };
        format!(
            "{}${{{name}{operator}{tail}}}{}",
            self.0.one(&["", "a", "$$"]),
            self.0.one(&["", "b", "}"])
        )
    }

    fn argument(&mut self, depth: usize) -> String {
        match self.0.below(4) {
            0 if depth > 0 => self.expression(depth - 1),
            1 => self.0.one(&["1", "-2", "3", "0", "x"]),
            2 => self.0.one(&[
                "*", "*l", "?", "[a-z]*", "l*", "*/", "[^a]", "\\/", "o", "r",
            ]),
            _ => self.0.one(&["default", "a b", "", "é", "l", "o", "/"]),
        }
    }
}
