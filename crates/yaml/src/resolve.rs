//! What a scalar means: the resolution rules of YAML 1.1 as Go's reader applies them.
//!
//! <https://yaml.org/type/> names the types; go-yaml v2 decides which words count. Its
//! choices are kept, also the odd ones: `y` and `n` are booleans, base 60 is not read,
//! a timestamp stays a string, a tag that is not known is passed over.

mod timestamp;

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use granit_parser::Tag;

use crate::error::ErrorKind;
use crate::node::Value;
use crate::number::{self, GoNumber};

/// The meaning of a scalar, before it becomes a value or a key.
#[derive(Clone, PartialEq)]
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(GoNumber),
    /// `.inf` and its like, with its name as a key.
    NotFinite(&'static str),
    Text(Cow<'a, str>),
}

/// The tags that change the meaning of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    /// No tag.
    None,
    /// `!` alone: a string, however it is written.
    NonSpecific,
    Str,
    Bool,
    Int,
    Float,
    Null,
    Timestamp,
    Binary,
    Merge,
    /// A tag that Kubernetes does not know: the text as it is.
    Other,
}

impl Hint {
    /// Whether a text under this tag may mean something else than itself.
    pub(crate) fn converts(self) -> bool {
        match self {
            Self::Bool | Self::Int | Self::Float | Self::Null | Self::Timestamp | Self::Binary => {
                true
            }
            Self::None | Self::NonSpecific | Self::Str | Self::Merge | Self::Other => false,
        }
    }

    pub(crate) fn of(tag: Option<&Tag>) -> Self {
        let Some(tag) = tag else { return Self::None };
        match tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() {
            Some("str") => Self::Str,
            Some("bool") => Self::Bool,
            Some("int") => Self::Int,
            Some("float") => Self::Float,
            Some("null") => Self::Null,
            Some("timestamp") => Self::Timestamp,
            Some("binary") => Self::Binary,
            Some("merge") => Self::Merge,
            _ if tag.original() == "!" => Self::NonSpecific,
            _ => Self::Other,
        }
    }
}

/// What a scalar of this tag, notation and text means.
pub(crate) fn resolve<'a>(
    hint: Hint,
    plain: bool,
    text: Cow<'a, str>,
) -> Result<Scalar<'a>, ErrorKind> {
    match hint {
        Hint::None if !plain => Ok(Scalar::Text(text)),
        Hint::Str | Hint::NonSpecific | Hint::Other | Hint::Merge => Ok(Scalar::Text(text)),
        Hint::Binary => binary(&text).map(|text| Scalar::Text(text.into())),
        Hint::Timestamp => timestamp(text),
        _ => fit(hint, word_or_number(text)),
    }
}

impl Scalar<'_> {
    /// The value that Kubernetes sees.
    pub(crate) fn into_value(self) -> Result<Value, ErrorKind> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(yes) => Value::Bool(yes),
            Self::Number(number) => Value::Number(number.to_json().ok_or(ErrorKind::NotFinite)?),
            Self::NotFinite(_) => return Err(ErrorKind::NotFinite),
            Self::Text(text) => Value::String(text.into_owned()),
        })
    }

    /// The key that Kubernetes sees: keys of JSON are strings.
    pub(crate) fn into_key(self) -> Result<String, ErrorKind> {
        match self {
            Self::Null => Err(ErrorKind::Key("null")),
            Self::Bool(yes) => Ok(yes.to_string()),
            Self::Number(number) => number
                .to_key()
                .ok_or(ErrorKind::Key("an integer beyond 63 bits")),
            Self::NotFinite(name) => Ok(name.to_owned()),
            Self::Text(text) => Ok(text.into_owned()),
        }
    }
}

/// Whether an unquoted scalar of this text would be read as this very string.
pub(crate) fn is_string(text: &str) -> bool {
    matches!(word_or_number(text.into()), Scalar::Text(_))
}

/// Whether an unquoted scalar of this text is a timestamp to Go, which it keeps as a string.
pub(crate) fn is_timestamp(text: &str) -> bool {
    timestamp::is(text)
}

fn word_or_number(text: Cow<'_, str>) -> Scalar<'_> {
    if let Some(word) = word(&text) {
        return word;
    }
    let number = match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'+' | b'-') => number::parse(&text),
        Some(b'.') => number::parse_fraction(&text),
        _ => None,
    };
    number.map_or(Scalar::Text(text), Scalar::Number)
}

fn word(text: &str) -> Option<Scalar<'static>> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Scalar::NotFinite(".nan"),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::NotFinite(".inf"),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::NotFinite("-.inf"),
        _ => return None,
    })
}

/// Holds a scalar to its tag; an integer is also a float.
fn fit(hint: Hint, scalar: Scalar<'_>) -> Result<Scalar<'_>, ErrorKind> {
    match (hint, scalar) {
        (Hint::None, scalar)
        | (Hint::Bool, scalar @ Scalar::Bool(_))
        | (Hint::Null, scalar @ Scalar::Null)
        | (Hint::Int, scalar @ Scalar::Number(GoNumber::Int(_) | GoNumber::Uint(_)))
        | (Hint::Float, scalar @ (Scalar::Number(GoNumber::Float(_)) | Scalar::NotFinite(_))) => {
            Ok(scalar)
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "the tag asks for a float, as Go understands it"
        )]
        (Hint::Float, Scalar::Number(GoNumber::Int(value))) => {
            Ok(Scalar::Number(GoNumber::Float(value as f64)))
        }
        (Hint::Bool, _) => Err(ErrorKind::Tag("!!bool")),
        (Hint::Null, _) => Err(ErrorKind::Tag("!!null")),
        (Hint::Int, _) => Err(ErrorKind::Tag("!!int")),
        (_, _) => Err(ErrorKind::Tag("!!float")),
    }
}

/// `!!binary`: Go decodes it and then makes the bytes a JSON string, each byte that is
/// not UTF-8 becoming U+FFFD.
fn binary(text: &str) -> Result<String, ErrorKind> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    let digits: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let bytes = ENGINE
        .decode(digits)
        .map_err(|_| ErrorKind::Tag("!!binary"))?;
    let mut string = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        string.push_str(chunk.valid());
        string.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Ok(string)
}

/// `!!timestamp`: Go checks the form and keeps the string.
fn timestamp(text: Cow<'_, str>) -> Result<Scalar<'_>, ErrorKind> {
    let date = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = date.split('-').collect();
    let digits = |part: &&str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    match parts.as_slice() {
        [year, month, day] if digits(year, 4..=4) && digits(month, 1..=2) && digits(day, 1..=2) => {
            Ok(Scalar::Text(text))
        }
        _ => Err(ErrorKind::Tag("!!timestamp")),
    }
}
