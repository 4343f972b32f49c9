//! One encrypted value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`.
//!
//! ```text
//! data ‖ tag = AES-256-GCM(data key, iv = 32 random bytes, AAD = the keys that lead to it)(value)
//! ```
//!
//! The keys in the additional data are why a value opens in no other place. Thirty-two bytes are no
//! usual nonce: aws-lc takes twelve, which is why this is the portable implementation.

use aes_gcm::AesGcm;
use aes_gcm::aead::array::typenum::U32;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::ErrorKind;
use crate::plaintext::Secret;
use crate::time;
use crate::tree::Leaf;

/// How every encrypted value begins.
pub(crate) const PREFIX: &[u8] = b"ENC[AES256_GCM,data:";

/// Opens values with the data key of a file.
pub(crate) struct Cipher(AesGcm<Aes256, U32>);

impl Cipher {
    /// # Errors
    /// When the data key has another length than 32 bytes.
    pub(crate) fn new(data_key: &[u8]) -> Result<Self, ErrorKind> {
        AesGcm::new_from_slice(data_key)
            .map(Self)
            .map_err(|_| ErrorKind::Metadata {
                field: "age",
                what: "holds a data key that has not 32 bytes",
            })
    }

    /// Opens a value under the keys that lead to it. An empty text is an empty text: SOPS leaves it.
    ///
    /// # Errors
    /// It is not one, it does not open here, or it is not of its type.
    pub(crate) fn open(&self, sealed: &[u8], keys: &str) -> Result<Leaf, ErrorKind> {
        if sealed.is_empty() {
            return Ok(Leaf::Text(Zeroizing::default()));
        }
        let sealed = Sealed::parse(sealed)?;
        let mut buffer = sealed.data;
        let opened = self.0.decrypt_inout_detached(
            &sealed.nonce.into(),
            keys.as_bytes(),
            InOutBuf::from(buffer.as_mut_slice()),
            &sealed.tag.into(),
        );
        opened.map_err(|_| ErrorKind::Sealed)?;
        typed(sealed.kind, buffer)
    }
}

/// Whether a text looks like an encrypted value.
pub(crate) fn looks_encrypted(text: &[u8]) -> bool {
    text.starts_with(PREFIX)
}

struct Sealed<'a> {
    data: Secret,
    nonce: [u8; 32],
    tag: [u8; 16],
    kind: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// SOPS' own pattern takes whatever follows the last bracket of the line; so do we, for the sake
    /// of carriage returns.
    fn parse(text: &'a [u8]) -> Result<Self, ErrorKind> {
        let rest = text.strip_prefix(PREFIX).ok_or(ErrorKind::NotEncrypted)?;
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or(rest);
        let end = line.iter().rposition(|byte| *byte == b']');
        let line = &line[..end.ok_or(ErrorKind::Malformed("its end is missing"))?];
        let (data, line) = field(line, b",iv:")?;
        let (nonce, line) = field(line, b",tag:")?;
        let (tag, kind) = field(line, b",type:")?;
        if data.is_empty() {
            return Err(ErrorKind::Malformed("it holds no data"));
        }
        Ok(Self {
            data: Zeroizing::new(decode(data)?),
            nonce: sized(nonce, "its iv has not 32 bytes")?,
            tag: sized(tag, "its tag has not 16 bytes")?,
            kind,
        })
    }
}

/// What stands before a word, and what behind.
fn field<'a>(line: &'a [u8], word: &[u8]) -> Result<(&'a [u8], &'a [u8]), ErrorKind> {
    let at = line.windows(word.len()).position(|window| window == word);
    let at = at.ok_or(ErrorKind::Malformed("iv, tag or type is missing"))?;
    Ok((&line[..at], &line[at + word.len()..]))
}

fn decode(base64: &[u8]) -> Result<Vec<u8>, ErrorKind> {
    STANDARD
        .decode(base64)
        .map_err(|_| ErrorKind::Malformed("it is not base64"))
}

fn sized<const N: usize>(base64: &[u8], otherwise: &'static str) -> Result<[u8; N], ErrorKind> {
    let bytes = decode(base64)?;
    bytes
        .try_into()
        .map_err(|_| ErrorKind::Malformed(otherwise))
}

/// The opened text as the type that stands beside it.
fn typed(kind: &[u8], text: Secret) -> Result<Leaf, ErrorKind> {
    match kind {
        b"str" => Ok(Leaf::Text(text)),
        b"comment" => Ok(Leaf::Comment(text)),
        b"int" => parsed(&text, "int", |text| text.parse().ok()).map(Leaf::Int),
        b"float" => parsed(&text, "float", finite).map(Leaf::Float),
        b"bool" => parsed(&text, "bool", boolean).map(Leaf::Bool),
        b"time" => parsed(&text, "time", time::canonical).map(|text| Leaf::Time(text.into())),
        // Written last by SOPS 1; today's has no notation for it in most formats.
        b"bytes" => Err(ErrorKind::Malformed(
            "its type is `bytes`, which only SOPS 1 wrote",
        )),
        _ => Err(ErrorKind::Malformed("its type is unknown")),
    }
}

fn parsed<T>(
    text: &[u8],
    kind: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, ErrorKind> {
    let text = std::str::from_utf8(text).ok();
    text.and_then(parse).ok_or(ErrorKind::Type(kind))
}

/// Infinity and NaN do not exist in Kubernetes objects.
fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// The words of Go's `strconv.ParseBool`.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
pub(crate) mod tests {
    use super::*;

    /// A value encrypted as SOPS does it, with a nonce of zeros.
    pub(crate) fn seal(key: &[u8; 32], keys: &str, kind: &str, text: &[u8]) -> String {
        let cipher = AesGcm::<Aes256, U32>::new_from_slice(key).unwrap();
        let mut data = text.to_vec();
        let tag = cipher
            .encrypt_inout_detached(
                &[0; 32].into(),
                keys.as_bytes(),
                InOutBuf::from(data.as_mut_slice()),
            )
            .unwrap();
        let [data, iv, tag] = [&data[..], &[0; 32], &tag[..]].map(|bytes| STANDARD.encode(bytes));
        format!("ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:{kind}]")
    }

    const KEY: [u8; 32] = [7; 32];

    fn open(sealed: &str, keys: &str) -> Result<Leaf, ErrorKind> {
        Cipher::new(&KEY).unwrap().open(sealed.as_bytes(), keys)
    }

    #[test]
    fn a_value_opens_under_its_own_keys_alone() {
        let sealed = seal(&KEY, "data:password:", "str", b"hunter2");
        assert!(matches!(open(&sealed, "data:password:"), Ok(Leaf::Text(t)) if *t == b"hunter2"));
        assert!(matches!(
            open(&sealed, "data:user:"),
            Err(ErrorKind::Sealed)
        ));
    }

    #[test]
    fn what_is_opened_has_its_type() {
        let opened = |kind: &str, text: &str| open(&seal(&KEY, "a:", kind, text.as_bytes()), "a:");
        assert!(matches!(opened("int", "-5"), Ok(Leaf::Int(-5))));
        assert!(matches!(opened("float", "2.5"), Ok(Leaf::Float(2.5))));
        assert!(matches!(opened("bool", "True"), Ok(Leaf::Bool(true))));
        assert!(matches!(
            opened("time", "2001-12-14T00:00:00Z"),
            Ok(Leaf::Time(_))
        ));
        for (kind, text) in [
            ("int", "5x"),
            ("float", "inf"),
            ("float", "1e999"),
            ("bool", "yes"),
            ("time", "now"),
        ] {
            assert!(
                matches!(opened(kind, text), Err(ErrorKind::Type(_))),
                "{kind} {text}"
            );
        }
        assert!(matches!(
            opened("string", "x"),
            Err(ErrorKind::Malformed(_))
        ));
    }

    #[test]
    fn what_is_behind_the_last_bracket_does_not_count() {
        let sealed = seal(&KEY, "a:", "str", b"x") + "\r";
        assert!(matches!(open(&sealed, "a:"), Ok(Leaf::Text(_))));
    }

    #[test]
    fn a_value_that_is_cut_anywhere_is_refused() {
        let sealed = seal(&KEY, "a:", "str", b"some text");
        for end in 1..sealed.len() {
            assert!(open(&sealed[..end], "a:").is_err(), "{end}");
        }
    }

    #[test]
    fn a_changed_bit_opens_nothing() {
        let sealed = seal(&KEY, "a:", "str", b"some text");
        let data = sealed.find("data:").unwrap() + 5;
        let other = if &sealed[data..=data] == "A" {
            "B"
        } else {
            "A"
        };
        let changed = format!("{}{other}{}", &sealed[..data], &sealed[data + 1..]);
        assert!(matches!(open(&changed, "a:"), Err(ErrorKind::Sealed)));
    }
}
