//! `fmt`'s printArg and printValue: what each verb makes of each value.

use std::rc::Rc;

use super::Printer;
use super::number::{LOWER, UPPER};
use crate::error::{Fault, Outcome};
use crate::semver::Version;
use crate::value::{Text, Value};

impl Printer<'_> {
    /// An operand of a verb.
    pub(super) fn operand(&mut self, value: &Value, verb: char) -> Outcome<()> {
        if value.is_nil() {
            return match verb {
                'T' | 'v' => self.pad(b"<nil>"),
                _ => self.bad_verb(value, verb),
            };
        }
        match verb {
            'T' => {
                let name = value.type_name().as_bytes();
                self.pad(self.cut(name))
            }
            'p' => self.pointer(value),
            _ => self.value(value, verb, 0),
        }
    }

    /// `%p`: an address, which is another one each time.
    fn pointer(&mut self, value: &Value) -> Outcome<()> {
        match value.kind_name() {
            "slice" | "map" | "ptr" => {
                Err(Fault::from("%p is not supported: it is never the same"))
            }
            _ => self.bad_verb(value, 'p'),
        }
    }

    fn value(&mut self, value: &Value, verb: char, depth: u32) -> Outcome<()> {
        let meter = self.out.meter();
        let _deeper = meter.deeper()?;
        meter.steps(1)?;
        if self.speaks(value, verb)? {
            return Ok(());
        }
        let fits = match value {
            Value::Nil | Value::NilInterface if self.flags.sharp_v => {
                return self.text("interface {}(nil)");
            }
            Value::Nil | Value::NilInterface => return self.text("<nil>"),
            Value::Bool(value) if matches!(verb, 't' | 'v') => {
                return self.boolean(*value);
            }
            Value::Bool(_) => false,
            Value::Int(number) | Value::Int64(number) | Value::Duration(number) => {
                self.signed(*number, verb)?
            }
            Value::Month(month) => self.signed(month.0, verb)?,
            Value::Weekday(day) => self.signed(day.0, verb)?,
            Value::Uint8(number) => self.unsigned(u64::from(*number), verb)?,
            Value::Uint64(number) => self.unsigned(*number, verb)?,
            Value::Float(number) => self.float(*number, verb)?,
            Value::Str(text) => self.string(text, verb)?,
            Value::List(_) | Value::Strings(_) | Value::Ints(_) | Value::Chunks(_) => {
                return self.slice(value, verb, depth);
            }
            Value::Map(_) | Value::StringMap(_) => return self.map(value, verb, depth),
            Value::Version(version) if depth == 0 => {
                self.out.push(b'&')?;
                return self.structure(value, &version_fields(version), verb, depth);
            }
            Value::Version(_) => {
                return Err(Fault::from(
                    "the address of a version is not supported: it is never the same",
                ));
            }
            Value::PlainVersion(version) => {
                return self.structure(value, &version_fields(version), verb, depth);
            }
            Value::Certificate(certificate) => {
                let fields = [
                    ("Cert", Value::Str(certificate.cert.clone())),
                    ("Key", Value::Str(certificate.key.clone())),
                ];
                return self.structure(value, &fields, verb, depth);
            }
            Value::Time(_) => {
                return Err(Fault::from(format!(
                    "%{verb} of time.Time is not supported"
                )));
            }
        };
        if fits {
            Ok(())
        } else {
            self.bad_verb(value, verb)
        }
    }

    /// A value with a `String` method speaks for itself, to the verbs that take strings.
    fn speaks(&mut self, value: &Value, verb: char) -> Outcome<bool> {
        let plain = matches!(
            value,
            Value::Bool(_) | Value::Str(_) | Value::Float(_) | Value::Int(_) | Value::Int64(_)
        );
        if self.erroring || plain {
            return Ok(false);
        }
        if verb == 'w' {
            return self.bad_verb(value, verb).map(|()| true);
        }
        if self.flags.sharp_v || !matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') {
            return Ok(false);
        }
        match value.spoken(self.out.meter())? {
            Some(text) => self.string(&text, verb),
            None => Ok(false),
        }
    }

    /// A string; false if the verb does not fit.
    fn string(&mut self, text: &[u8], verb: char) -> Outcome<bool> {
        match verb {
            'v' if self.flags.sharp_v => self.quoted(text)?,
            'v' | 's' => self.pad(self.cut(text))?,
            'x' => self.hex(text, LOWER)?,
            'X' => self.hex(text, UPPER)?,
            'q' => self.quoted(text)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `%!d(string=hi)`: what Go prints for a verb that does not fit.
    fn bad_verb(&mut self, value: &Value, verb: char) -> Outcome<()> {
        self.text("%!")?;
        self.out.rune(verb)?;
        self.out.push(b'(')?;
        if value.is_nil() {
            self.text("<nil>")?;
        } else {
            self.text(value.type_name())?;
            self.out.push(b'=')?;
            let before = std::mem::replace(&mut self.erroring, true);
            self.value(value, 'v', 0)?;
            self.erroring = before;
        }
        self.out.push(b')')
    }

    fn slice(&mut self, value: &Value, verb: char, depth: u32) -> Outcome<()> {
        let is_nil = match value {
            Value::List(items) => items.is_nil(),
            Value::Strings(items) => items.is_nil(),
            _ => false,
        };
        let (open, between, close): (&str, &str, &str) = match self.flags.sharp_v {
            true => ("{", ", ", "}"),
            false => ("[", " ", "]"),
        };
        if self.flags.sharp_v {
            self.text(value.type_name())?;
            if is_nil {
                return self.text("(nil)");
            }
        }
        self.text(open)?;
        for (index, item) in value.elements().into_iter().flatten().enumerate() {
            if index > 0 {
                self.text(between)?;
            }
            self.value(&item, verb, depth + 1)?;
        }
        self.text(close)
    }

    fn map(&mut self, value: &Value, verb: char, depth: u32) -> Outcome<()> {
        let entries: Vec<(Text, Value)> = match value {
            Value::Map(map) => map.entries(),
            Value::StringMap(map) => {
                let all = map.iter();
                all.map(|(key, text)| (key.clone(), Value::Str(text.clone())))
                    .collect()
            }
            _ => Vec::new(),
        };
        if self.flags.sharp_v {
            self.text(value.type_name())?;
            if matches!(value, Value::Map(map) if map.is_nil()) {
                return self.text("(nil)");
            }
            self.out.push(b'{')?;
        } else {
            self.text("map[")?;
        }
        for (index, (key, item)) in entries.into_iter().enumerate() {
            if index > 0 {
                self.text(if self.flags.sharp_v { ", " } else { " " })?;
            }
            self.value(&Value::Str(key), verb, depth + 1)?;
            self.out.push(b':')?;
            self.value(&item, verb, depth + 1)?;
        }
        self.out.push(if self.flags.sharp_v { b'}' } else { b']' })
    }

    fn structure(
        &mut self,
        value: &Value,
        fields: &[(&str, Value)],
        verb: char,
        depth: u32,
    ) -> Outcome<()> {
        if self.flags.sharp_v {
            self.text(value.type_name().trim_start_matches('*'))?;
        }
        self.out.push(b'{')?;
        for (index, (name, field)) in fields.iter().enumerate() {
            if index > 0 {
                self.text(if self.flags.sharp_v { ", " } else { " " })?;
            }
            if self.flags.plus_v || self.flags.sharp_v {
                self.text(name)?;
                self.out.push(b':')?;
            }
            self.value(field, verb, depth + 1)?;
        }
        self.out.push(b'}')
    }
}

fn version_fields(version: &Rc<Version>) -> [(&'static str, Value); 6] {
    let text = |bytes: &[u8]| Value::Str(Text::given(bytes));
    [
        ("major", Value::Uint64(version.major)),
        ("minor", Value::Uint64(version.minor)),
        ("patch", Value::Uint64(version.patch)),
        ("pre", text(version.pre.as_bytes())),
        ("metadata", text(version.metadata.as_bytes())),
        ("original", text(version.original.as_bytes())),
    ]
}
