//! PEM blocks (RFC 7468), as they stand in `tls.crt` and `tls.key`: text around them is skipped.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// One `-----BEGIN label-----` … `-----END label-----`.
pub struct Block {
    /// The word between the dashes, such as `CERTIFICATE`.
    #[cfg_attr(
        not(feature = "native"),
        expect(dead_code, reason = "only keys come in kinds")
    )]
    pub label: String,
    /// What it holds; wiped, for it may be a private key.
    pub der: Zeroizing<Vec<u8>>,
}

/// Why a block cannot be read. Never quotes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// The bytes are not text.
    #[error("not PEM: the data is not text")]
    NotText,
    /// A block without its last line.
    #[error("PEM block {0:?} has no END line")]
    NoEnd(String),
    /// A block protected by a password, or with header lines of another kind.
    #[error("PEM block {0:?} has headers (encrypted?); give the plain form")]
    Headers(String),
    /// The lines between are not base64.
    #[error("PEM block {0:?} is not valid base64")]
    NotBase64(String),
}

/// The first block whose label is one of `labels`; other blocks are passed over unread.
///
/// # Errors
/// [`PemError`] if that block, or the frame of one before it, is damaged.
pub fn find(data: &[u8], labels: &[&str]) -> Result<Option<Block>, PemError> {
    let text = std::str::from_utf8(data).map_err(|_| PemError::NotText)?;
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let Some(label) = line
            .strip_prefix("-----BEGIN ")
            .and_then(|l| l.strip_suffix("-----"))
        else {
            continue;
        };
        let body = body(label, &mut lines)?;
        if labels.contains(&label) {
            return decode(label, &body).map(Some);
        }
    }
    Ok(None)
}

/// `der` as a block, in lines of 64 characters and with a line break at the end.
pub fn write(label: &str, der: &[u8]) -> Zeroizing<String> {
    let mut base64 = Zeroizing::new(vec![0; der.len().div_ceil(3) * 4]);
    let written = STANDARD
        .encode_slice(der, base64.as_mut_slice())
        .unwrap_or_default();
    let mut text = Zeroizing::new(String::with_capacity(
        written + written / 64 + 2 * label.len() + 40,
    ));
    text.push_str(&format!("-----BEGIN {label}-----\n"));
    for line in base64[..written].chunks(64) {
        text.extend(line.iter().map(|byte| char::from(*byte)));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

fn body<'a>(
    label: &str,
    lines: &mut impl Iterator<Item = &'a str>,
) -> Result<Vec<&'a str>, PemError> {
    let end = format!("-----END {label}-----");
    let mut body = Vec::new();
    for line in lines {
        if line == end {
            return Ok(body);
        }
        body.push(line);
    }
    Err(PemError::NoEnd(label.to_owned()))
}

fn decode(label: &str, body: &[&str]) -> Result<Block, PemError> {
    if body.iter().any(|line| line.contains(':')) {
        return Err(PemError::Headers(label.to_owned()));
    }
    let mut base64 = Zeroizing::new(Vec::with_capacity(body.iter().map(|line| line.len()).sum()));
    body.iter()
        .for_each(|line| base64.extend_from_slice(line.trim().as_bytes()));
    let mut der = Zeroizing::new(vec![0; base64.len().div_ceil(4) * 3]);
    let length = STANDARD
        .decode_slice(base64.as_slice(), der.as_mut_slice())
        .map_err(|_| PemError::NotBase64(label.to_owned()))?;
    der.truncate(length);
    Ok(Block {
        label: label.to_owned(),
        der,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed step is a failed test
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 47, 48, 49, 500] {
            let der = vec![length as u8; length];
            let text = write("THING", &der);
            let block = find(text.as_bytes(), &["OTHER", "THING"]).unwrap().unwrap();
            assert_eq!(
                (block.label.as_str(), block.der.as_slice()),
                ("THING", der.as_slice())
            );
        }
    }

    #[test]
    fn other_blocks_and_text_are_passed_over() {
        let text = format!(
            "# a key\r\n{}words\n{}",
            *write("A", b"one"),
            *write("B", b"two")
        );
        assert_eq!(
            find(text.as_bytes(), &["B"])
                .unwrap()
                .unwrap()
                .der
                .as_slice(),
            b"two"
        );
        assert!(find(text.as_bytes(), &["C"]).unwrap().is_none());
        let windows = text.replace('\n', "\r\n");
        assert_eq!(
            find(windows.as_bytes(), &["B"])
                .unwrap()
                .unwrap()
                .der
                .as_slice(),
            b"two"
        );
    }

    #[test]
    fn damage_is_named() {
        let error = |text: &str| find(text.as_bytes(), &["A"]).map(|_| ()).unwrap_err();
        assert_eq!(
            error("-----BEGIN A-----\nAAAA\n"),
            PemError::NoEnd("A".into())
        );
        let locked = "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END A-----\n";
        assert_eq!(error(locked), PemError::Headers("A".into()));
        assert_eq!(
            error("-----BEGIN A-----\n!\n-----END A-----"),
            PemError::NotBase64("A".into())
        );
        assert_eq!(
            find(&[0xff], &["A"]).map(|_| ()).unwrap_err(),
            PemError::NotText
        );
    }
}
