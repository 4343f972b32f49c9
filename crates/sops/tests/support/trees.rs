//! Random files: mappings, lists, values of every type, and comments wherever they may stand.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

const SCALARS: [&str; 26] = [
    "text",
    "\"\"",
    "''",
    "1",
    "-5",
    "2.5",
    "1e3",
    "0644",
    "0x1F",
    "true",
    "False",
    "null",
    "~",
    "\"on\"",
    "off",
    "2001-12-14",
    "\"2001-12-14\"",
    "'it''s'",
    "\"a\\nb\\n\"",
    "\"a\\nb\"",
    "\"tab\\there\"",
    "a b c",
    "\"x: y\"",
    "[]",
    "{}",
    "é中",
];

const KEYS: [&str; 10] = [
    "a",
    "b",
    "\"n\"",
    "\"on\"",
    "data",
    "key with space",
    "é",
    "x_unencrypted",
    "\"1\"",
    "'q'",
];

/// The file of this number; the same each time.
pub fn file(number: u64) -> String {
    let mut writer = Writer {
        rng: ChaCha20Rng::seed_from_u64(number),
        out: String::new(),
    };
    for document in 0..=writer.below(2) {
        if document > 0 {
            writer.out.push_str("---\n");
        }
        writer.mapping(0, 3);
    }
    writer.out
}

struct Writer {
    rng: ChaCha20Rng,
    out: String,
}

impl Writer {
    fn below(&mut self, bound: u32) -> u32 {
        self.rng.next_u32() % bound
    }

    fn one_of(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(u32::try_from(words.len()).unwrap()) as usize]
    }

    /// Now and then a comment on a line of its own.
    fn comment(&mut self, indent: usize) {
        while self.below(6) == 0 {
            let number = self.below(100);
            self.out
                .push_str(&format!("{}# comment {number}\n", " ".repeat(indent)));
        }
    }

    /// The rest of a line that has a value.
    fn end(&mut self) {
        if self.below(10) == 0 {
            self.out.push_str(" # behind");
        }
        self.out.push('\n');
    }

    fn mapping(&mut self, indent: usize, depth: u32) {
        let mut keys = KEYS.to_vec();
        for position in 0..=self.below(4) {
            // The first key may stand behind a dash.
            if position > 0 || indent == 0 {
                self.comment(indent);
                self.out.push_str(&" ".repeat(indent));
            }
            let at = self.below(u32::try_from(keys.len()).unwrap()) as usize;
            let key = keys.remove(at);
            self.out.push_str(&format!("{key}:"));
            self.value(indent, depth);
        }
    }

    fn value(&mut self, indent: usize, depth: u32) {
        match self.below(if depth == 0 { 4 } else { 7 }) {
            0 => {
                let line = self.one_of(&["one", "  two", "three  ", "- four"]);
                let pad = " ".repeat(indent + 2);
                self.out.push_str(&format!(" |\n{pad}first\n{pad}{line}\n"));
            }
            4 | 5 => {
                self.end();
                self.comment(indent + 2);
                self.out.push_str(&" ".repeat(indent + 2));
                self.mapping(indent + 2, depth - 1);
            }
            6 => {
                self.end();
                self.list(indent + 2, depth - 1);
            }
            _ => {
                let scalar = self.one_of(&SCALARS);
                self.out.push_str(&format!(" {scalar}"));
                self.end();
            }
        }
    }

    fn list(&mut self, indent: usize, depth: u32) {
        for _ in 0..=self.below(3) {
            self.comment(indent);
            self.out.push_str(&" ".repeat(indent));
            if depth > 0 && self.below(3) == 0 {
                self.out.push_str("- ");
                self.mapping(indent + 2, depth - 1);
            } else {
                let scalar = self.one_of(&SCALARS);
                self.out.push_str(&format!("- {scalar}"));
                self.end();
            }
        }
    }
}
