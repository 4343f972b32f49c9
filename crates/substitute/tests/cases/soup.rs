//! Texts put together at random, the same in each run.

use serde_json::{Value, json};

use super::config_map;

const PARTS: [&str; 46] = [
    "${", "${v}", "${", "}", "}", "v", "n", "e", "nope", "p", "u", "w", "star", ":", ":-", ":=",
    "=", "-", "+", "#", "##", "%", "%%", "/", "//", "/#", "/%", "^", "^^", ",", ",,", "$", "$$",
    "\\", "*", "?", "[", "]", "a-z", "1", "-2", "é", " ", "o", "l", "${p",
];

/// So many texts, most of which begin an expression that means something.
pub fn text_soup(count: usize) -> Vec<Value> {
    let mut dice = Dice(0xdead_beef_cafe_f00d);
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
    let mut dice = Dice(0x0bad_5eed_0bad_5eed);
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
                (0..dice.below(7))
                    .map(|_| texts[dice.below(texts.len())])
                    .collect()
            };
            let data = json!({"a": text(), "b": [text(), {"c": text()}], "d": {"e": text()}});
            json!({"object": config_map(&data), "vars": tame, "strict": true})
        })
        .collect()
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(count).unwrap()).unwrap()
    }

    fn one(&mut self, of: &[&str]) -> String {
        of[self.below(of.len())].to_owned()
    }

    fn anything(&mut self) -> String {
        (0..1 + self.below(9))
            .map(|_| PARTS[self.below(PARTS.len())])
            .collect()
    }

    fn expression(&mut self, depth: usize) -> String {
        let name = self.one(&["v", "n", "e", "nope", "p", "u", "w", "star"]);
        let operator = self.one(&[
            "", ":-", ":=", "=", ":", "#", "##", "%", "%%", "/", "//", "/#", "/%", "^", "^^", ",",
            ",,",
        ]);
        let argument = self.argument(depth);
        let tail = match operator.as_str() {
            "" | "^" | "^^" | "," | ",," => String::new(),
            "/" | "//" | "/#" | "/%" => format!("{argument}/{}", self.argument(depth)),
            ":" if self.below(2) == 0 => format!("{argument}:{}", self.argument(depth)),
            _ => argument,
        };
        format!(
            "{}${{{name}{operator}{tail}}}{}",
            self.one(&["", "a", "$$"]),
            self.one(&["", "b", "}"])
        )
    }

    fn argument(&mut self, depth: usize) -> String {
        match self.below(4) {
            0 if depth > 0 => self.expression(depth - 1),
            1 => self.one(&["1", "-2", "3", "0", "x"]),
            2 => self.one(&[
                "*", "*l", "?", "[a-z]*", "l*", "*/", "[^a]", "\\/", "o", "r",
            ]),
            _ => self.one(&["default", "a b", "", "é", "l", "o", "/"]),
        }
    }
}
