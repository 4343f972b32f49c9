//! JSON as a value: dictionaries, lists, floats, strings.

use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::numeric::parse_float;
use crate::unicode;
use crate::value::Value;

/// What a text came to.
pub(super) struct Read {
    pub(super) value: Value,
    pub(super) error: Option<&'static str>,
}

/// Reads a text. What is no JSON comes to nothing; a number that is no float, to nothing in its place.
pub(super) fn read(host: &Host<'_>, text: &[u8]) -> Outcome<Read> {
    let mut reader = Reader {
        host,
        text,
        at: 0,
        overflowed: false,
    };
    let value = reader.value();
    reader.spaces();
    let whole = reader.at == text.len();
    match value {
        Ok(value) if whole => Ok(Read {
            value,
            error: reader
                .overflowed
                .then_some("json: cannot unmarshal number into Go value of type float64"),
        }),
        Err(spent @ Fault::Exhausted(_)) => Err(spent),
        _ => Ok(Read {
            value: Value::NilInterface,
            error: Some("the text is not JSON"),
        }),
    }
}

struct Reader<'r, 'h> {
    host: &'r Host<'h>,
    text: &'r [u8],
    at: usize,
    overflowed: bool,
}

fn invalid() -> Fault {
    Fault::from("invalid JSON")
}

impl Reader<'_, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &[u8], value: Value) -> Outcome<Value> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(invalid());
        }
        self.at += word.len();
        Ok(value)
    }

    fn value(&mut self) -> Outcome<Value> {
        let meter = self.host.meter;
        let _deeper = meter.deeper()?;
        meter.steps(1)?;
        self.spaces();
        match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => self.string(),
            Some(b't') => self.word(b"true", Value::Bool(true)),
            Some(b'f') => self.word(b"false", Value::Bool(false)),
            Some(b'n') => self.word(b"null", Value::NilInterface),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(invalid()),
        }
    }

    fn object(&mut self) -> Outcome<Value> {
        self.at += 1;
        let map = self.host.map()?;
        self.spaces();
        if self.skip(b'}') {
            return Ok(Value::Map(map));
        }
        loop {
            self.spaces();
            if self.peek() != Some(b'"') {
                return Err(invalid());
            }
            let Value::Str(key) = self.string()? else {
                return Err(invalid());
            };
            self.spaces();
            if !self.skip(b':') {
                return Err(invalid());
            }
            let value = self.value()?;
            map.set(self.host.meter, key, value)?;
            self.spaces();
            if self.skip(b'}') {
                return Ok(Value::Map(map));
            }
            if !self.skip(b',') {
                return Err(invalid());
            }
        }
    }

    fn array(&mut self) -> Outcome<Value> {
        self.at += 1;
        let mut items = Vec::new();
        self.spaces();
        if self.skip(b']') {
            return self.host.list(items);
        }
        loop {
            items.push(self.value()?);
            self.spaces();
            if self.skip(b']') {
                return self.host.list(items);
            }
            if !self.skip(b',') {
                return Err(invalid());
            }
        }
    }

    fn digits(&mut self) -> Outcome<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            Err(invalid())
        } else {
            Ok(())
        }
    }

    fn number(&mut self) -> Outcome<Value> {
        let start = self.at;
        self.skip(b'-');
        if !self.skip(b'0') {
            self.digits()?;
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        if self.skip(b'e') || self.skip(b'E') {
            let _sign = self.skip(b'+') || self.skip(b'-');
            self.digits()?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        match parse_float(text) {
            Ok(number) => Ok(Value::Float(number)),
            Err(_) => {
                self.overflowed = true;
                Ok(Value::NilInterface)
            }
        }
    }

    fn string(&mut self) -> Outcome<Value> {
        self.at += 1;
        let mut out = self.host.buffer();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return out.text().map(Value::Str);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let rune = self.escape()?;
                    out.rune(rune)?;
                }
                None | Some(0..0x20) => return Err(invalid()),
                Some(_) => {
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    let (rune, length) = unicode::decode(rest);
                    self.at += length;
                    out.rune(rune)?;
                }
            }
        }
    }

    fn escape(&mut self) -> Outcome<char> {
        let code = self.peek().ok_or_else(invalid)?;
        self.at += 1;
        Ok(match code {
            b'"' | b'\\' | b'/' => char::from(code),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unit()?,
            _ => return Err(invalid()),
        })
    }

    /// A character by its number, or by two halves; a half alone is replaced.
    fn unit(&mut self) -> Outcome<char> {
        let first = self.hexadecimal()?;
        if let Some(rune) = char::from_u32(first) {
            return Ok(rune);
        }
        let behind = self.at;
        if first < 0xdc00 && self.skip(b'\\') && self.skip(b'u') {
            let second = self.hexadecimal()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(unicode::REPLACEMENT));
            }
        }
        self.at = behind;
        Ok(unicode::REPLACEMENT)
    }

    fn hexadecimal(&mut self) -> Outcome<u32> {
        let digits = self.text.get(self.at..self.at + 4).ok_or_else(invalid)?;
        self.at += 4;
        let digits = str::from_utf8(digits).map_err(|_| invalid())?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(invalid());
        }
        u32::from_str_radix(digits, 16).map_err(|_| invalid())
    }
}
