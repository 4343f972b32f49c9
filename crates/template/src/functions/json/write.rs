//! A value as JSON.

use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::print::format_float;
use crate::unicode;
use crate::value::{Buffer, Text, Value};

/// How it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `<`, `>` and `&` are escaped.
    Html,
    /// They are not.
    Raw,
    /// They are, and everything has a line of its own.
    Pretty,
}

pub(super) fn write(host: &Host<'_>, value: &Value, style: Style) -> Outcome<Text> {
    let mut writer = Writer {
        host,
        out: host.buffer(),
        style,
    };
    writer.value(value, 0)?;
    writer.out.text()
}

struct Writer<'w, 'h> {
    host: &'w Host<'h>,
    out: Buffer<'h>,
    style: Style,
}

impl Writer<'_, '_> {
    fn plain(&mut self, text: &str) -> Outcome<()> {
        self.out.extend(text.as_bytes())
    }

    fn value(&mut self, value: &Value, depth: usize) -> Outcome<()> {
        let _deeper = self.host.meter.deeper()?;
        self.host.meter.steps(1)?;
        match value {
            Value::Nil | Value::NilInterface => self.plain("null"),
            Value::Bool(value) => self.plain(if *value { "true" } else { "false" }),
            Value::Int(number) | Value::Int64(number) | Value::Duration(number) => {
                self.plain(&number.to_string())
            }
            Value::Month(month) => self.plain(&month.0.to_string()),
            Value::Weekday(day) => self.plain(&day.0.to_string()),
            Value::Uint8(number) => self.plain(&number.to_string()),
            Value::Uint64(number) => self.plain(&number.to_string()),
            Value::Float(number) => self.float(*number),
            Value::Str(text) => self.string(text),
            Value::List(items) if items.is_nil() => self.plain("null"),
            Value::Strings(items) if items.is_nil() => self.plain("null"),
            Value::Map(map) if map.is_nil() => self.plain("null"),
            Value::List(_) | Value::Strings(_) | Value::Ints(_) | Value::Chunks(_) => {
                let items = value.elements().into_iter().flatten();
                self.sequence(b'[', b']', depth, items.map(|item| (None, item)))
            }
            Value::Map(map) => {
                let entries = map.entries().into_iter();
                self.sequence(
                    b'{',
                    b'}',
                    depth,
                    entries.map(|(key, value)| (Some(key), value)),
                )
            }
            Value::StringMap(map) => {
                let entries = map.iter();
                let entries =
                    entries.map(|(key, text)| (Some(key.clone()), Value::Str(text.clone())));
                self.sequence(b'{', b'}', depth, entries)
            }
            Value::Certificate(certificate) => {
                let field =
                    |name: &[u8], text: &Text| (Some(Text::given(name)), Value::Str(text.clone()));
                let fields = [
                    field(b"Cert", &certificate.cert),
                    field(b"Key", &certificate.key),
                ];
                self.sequence(b'{', b'}', depth, fields.into_iter())
            }
            Value::Version(version) | Value::PlainVersion(version) => {
                self.string(version.show().as_bytes())
            }
            Value::Time(time) => {
                if !(0..=9999).contains(&time.date().year) {
                    return Err(Fault::from(
                        "Time.MarshalJSON: year outside of range [0,9999]",
                    ));
                }
                if time.zone.at(time.seconds).offset.abs() >= 24 * 3600 {
                    return Err(Fault::from(
                        "Time.MarshalJSON: timezone hour outside of range [0,23]",
                    ));
                }
                self.out.push(b'"')?;
                time.format(&mut self.out, b"2006-01-02T15:04:05.999999999Z07:00")?;
                self.out.push(b'"')
            }
        }
    }

    fn sequence(
        &mut self,
        open: u8,
        close: u8,
        depth: usize,
        items: impl Iterator<Item = (Option<Text>, Value)>,
    ) -> Outcome<()> {
        self.out.push(open)?;
        let mut empty = true;
        for (key, item) in items {
            if !std::mem::take(&mut empty) {
                self.out.push(b',')?;
            }
            self.line(depth + 1)?;
            if let Some(key) = key {
                self.string(&key)?;
                self.plain(if self.style == Style::Pretty {
                    ": "
                } else {
                    ":"
                })?;
            }
            self.value(&item, depth + 1)?;
        }
        if !empty {
            self.line(depth)?;
        }
        self.out.push(close)
    }

    fn line(&mut self, depth: usize) -> Outcome<()> {
        if self.style != Style::Pretty {
            return Ok(());
        }
        self.out.push(b'\n')?;
        self.out.fill(b' ', 2 * depth)
    }

    /// As ECMAScript writes numbers.
    fn float(&mut self, value: f64) -> Outcome<()> {
        if !value.is_finite() {
            return Err(Fault::from("json: unsupported value"));
        }
        let size = value.abs();
        if size != 0.0 && !(1e-6..1e21).contains(&size) {
            let text = format_float(value, 'e', None);
            return self.plain(&text.replace("e-0", "e-"));
        }
        self.plain(&format_float(value, 'f', None))
    }

    fn string(&mut self, text: &[u8]) -> Outcome<()> {
        self.out.push(b'"')?;
        for (_, rune, length) in unicode::runes(text) {
            match rune {
                '"' => self.plain("\\\"")?,
                '\\' => self.plain("\\\\")?,
                '\u{8}' => self.plain("\\b")?,
                '\u{c}' => self.plain("\\f")?,
                '\n' => self.plain("\\n")?,
                '\r' => self.plain("\\r")?,
                '\t' => self.plain("\\t")?,
                unicode::REPLACEMENT if length == 1 => self.plain("\\ufffd")?,
                '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => self.escape(rune)?,
                '<' | '>' | '&' if self.style != Style::Raw => self.escape(rune)?,
                rune => self.out.rune(rune)?,
            }
        }
        self.out.push(b'"')
    }

    fn escape(&mut self, rune: char) -> Outcome<()> {
        self.plain(&format!("\\u{:04x}", u32::from(rune)))
    }
}
