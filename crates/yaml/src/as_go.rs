//! The writer of Go: the very text that `sigs.k8s.io/yaml` makes of a value.
//!
//! Whoever changes the text of a manifest, as Flux's variable substitution does, sees how Go wrote
//! it: where a string has no quotes, where a line is broken, in which order keys stand. For every
//! other purpose [`write()`](crate::write()) is the better writer.

mod keys;
mod scalar;

use serde_json::{Map, Number, Value};

use scalar::{Place, Scalar};

/// Columns after which Go looks for a space at which to break a line.
const WIDTH: usize = 80;
/// Spaces of one level.
const STEP: isize = 2;

/// One document as Go's `sigs.k8s.io/yaml` writes it, ending with a line break.
#[must_use]
pub fn write_as_go(value: &Value) -> String {
    let mut writer = Writer {
        out: String::new(),
        column: 0,
        indent: -1,
        whitespace: true,
        indention: true,
    };
    writer.node(value, Place::Root);
    writer.write_indent();
    writer.out
}

/// The text so far, and what Go remembers about its end.
struct Writer {
    out: String,
    column: usize,
    /// Of the collection that is being written; -1 outside of any.
    indent: isize,
    /// Whether the last character was white space, or what stands for it.
    whitespace: bool,
    /// Whether there is only indentation in this line.
    indention: bool,
}

impl Writer {
    fn node(&mut self, value: &Value, place: Place) {
        match value {
            Value::Object(map) if !map.is_empty() => self.mapping(map),
            Value::Array(items) if !items.is_empty() => self.sequence(items, place),
            Value::Object(_) => self.empty("{", "}"),
            Value::Array(_) => self.empty("[", "]"),
            Value::String(text) => self.scalar(&Scalar::text(text), place),
            Value::Number(number) => self.scalar(&Scalar::plain(&as_go_writes(number)), place),
            other => self.scalar(&Scalar::plain(&other.to_string()), place),
        }
    }

    fn mapping(&mut self, map: &Map<String, Value>) {
        let outer = self.deeper(false, false);
        for (key, value) in keys::sorted(map) {
            self.write_indent();
            let scalar = Scalar::text(key);
            if scalar.is_simple_key() {
                self.scalar(&scalar, Place::SimpleKey);
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.scalar(&scalar, Place::Mapping);
                self.write_indent();
                self.indicator(":", true, false, true);
            }
            self.node(value, Place::Mapping);
        }
        self.indent = outer;
    }

    fn sequence(&mut self, items: &[Value], place: Place) {
        let outer = self.deeper(false, place == Place::Mapping && !self.indention);
        for item in items {
            self.write_indent();
            self.indicator("-", true, false, true);
            self.node(item, Place::Sequence);
        }
        self.indent = outer;
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true, true, false);
        self.indicator(close, false, false, false);
    }

    fn scalar(&mut self, scalar: &Scalar<'_>, place: Place) {
        let outer = self.deeper(true, false);
        scalar.write(self, place);
        self.indent = outer;
    }

    /// Goes one level deeper; returns the level to come back to.
    fn deeper(&mut self, flow: bool, indentless: bool) -> isize {
        let outer = self.indent;
        self.indent = match outer {
            ..0 if flow => STEP,
            ..0 => 0,
            _ if indentless => outer,
            _ => outer + STEP,
        };
        outer
    }

    /// Goes to the indentation, in a new line if this one holds something else.
    fn write_indent(&mut self) {
        let indent = usize::try_from(self.indent).unwrap_or(0);
        let there = self.column == indent && self.whitespace;
        if !self.indention || self.column > indent || (self.column == indent && !there) {
            self.line_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn indicator(&mut self, text: &str, spaced: bool, is_space: bool, is_indention: bool) {
        if spaced && !self.whitespace {
            self.put(' ');
        }
        text.chars().for_each(|c| self.put(c));
        self.whitespace = is_space;
        self.indention = self.indention && is_indention;
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    /// A line break of the text itself, which may be another character.
    fn copy_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
    }
}

/// A number as it comes out of Go's JSON writer, its YAML reader and its YAML writer: whole if it
/// is worth a whole number of 64 bits, else with an exponent where it has more than six places.
fn as_go_writes(number: &Number) -> String {
    if number.is_i64() || number.is_u64() {
        return number.to_string();
    }
    let value = number.as_f64().unwrap_or_default();
    if value.fract() == 0.0 && value.abs() < 18_446_744_073_709_551_616.0 {
        let whole = format!("{value:.0}");
        if whole.parse::<i64>().is_ok() || whole.parse::<u64>().is_ok() {
            return whole
                .strip_prefix('-')
                .filter(|w| *w == "0")
                .unwrap_or(&whole)
                .to_owned();
        }
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_variable_stands_without_quotes_where_nothing_else_asks_for_them() {
        let value = json!({"a": "${x}", "b": "${x}: z", "c": "yes", "d": "a\nb ${x}\n", "e": "'${x}'",
            "f": ["${x}", {"g": "- ${x}"}], "h": "", "i": "1", "j": "${x} #", "k": "2026-01-31"});
        insta::assert_snapshot!(write_as_go(&value), @r#"
        a: ${x}
        b: '${x}: z'
        c: "yes"
        d: |
          a
          b ${x}
        e: '''${x}'''
        f:
        - ${x}
        - g: '- ${x}'
        h: ""
        i: "1"
        j: '${x} #'
        k: "2026-01-31"
        "#);
    }

    #[test]
    fn long_lines_are_broken_at_a_space() {
        let value = json!({"words": "word ".repeat(40).trim_end()});
        assert_eq!(write_as_go(&value).lines().count(), 3);
    }

    #[test]
    fn numbers_are_written_as_go_does() {
        let shown = |value: Value| write_as_go(&value).trim_end().to_owned();
        assert_eq!(shown(json!(6.0)), "6");
        assert_eq!(shown(json!(-0.0)), "0");
        assert_eq!(shown(json!(1_234_567.5)), "1.2345675e+06");
        assert_eq!(shown(json!(0.00001)), "1e-05");
        assert_eq!(shown(json!(1e300)), "1e+300");
        assert_eq!(
            shown(json!(18_446_744_073_709_551_615_u64)),
            "18446744073709551615"
        );
    }
}
