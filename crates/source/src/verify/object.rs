//! The parts of a commit or a tag: what was signed, and the signature.

use gix::bstr::ByteSlice;

/// How signatures begin.
pub(super) const SSH: &[u8] = b"-----BEGIN SSH SIGNATURE-----";
pub(super) const PGP: &[u8] = b"-----BEGIN PGP SIGNATURE-----";

/// A signature and the bytes it is about.
pub(super) struct Signed {
    pub(super) payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

/// The header of a commit that holds its signature; its further lines begin with a space.
const HEADER: &[u8] = b"gpgsig ";

impl Signed {
    /// A commit: the signature stands in its first `gpgsig` header, and all other bytes are signed.
    pub(super) fn commit(raw: &[u8]) -> Option<Self> {
        let (mut payload, mut signature) = (Vec::with_capacity(raw.len()), Vec::new());
        let (mut in_header, mut in_signature) = (true, false);
        for line in raw.lines_with_terminator() {
            in_header &= line != b"\n";
            in_signature = in_header
                && match (in_signature, line.strip_prefix(HEADER)) {
                    (false, Some(first)) if signature.is_empty() => {
                        signature.extend_from_slice(first);
                        true
                    }
                    (true, _) if line.starts_with(b" ") => {
                        signature.extend_from_slice(line.get(1..).unwrap_or_default());
                        true
                    }
                    _ => false,
                };
            if !in_signature {
                payload.extend_from_slice(line);
            }
        }
        (!signature.is_empty()).then_some(Self { payload, signature })
    }

    /// A tag: the signature is its last part.
    pub(super) fn tag(raw: &[u8]) -> Option<Self> {
        let mut at = 0;
        let mut begin = None;
        for line in raw.lines_with_terminator() {
            if line.starts_with(SSH) || line.starts_with(PGP) {
                begin = Some(at);
            }
            at += line.len();
        }
        let (payload, signature) = raw.split_at_checked(begin?)?;
        Some(Self {
            payload: payload.to_vec(),
            signature: signature.to_vec(),
        })
    }
}

/// The name that a tag object gives itself.
pub(super) fn name_of_tag(raw: &[u8]) -> Option<&str> {
    let mut headers = raw.lines().take_while(|line| !line.is_empty());
    let name = headers.find_map(|line| line.strip_prefix(b"tag "))?;
    std::str::from_utf8(name).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

    use super::*;

    #[test]
    fn a_commit_is_taken_apart_at_its_first_signature_alone() {
        let raw = b"tree 1\nauthor a\ngpgsig -----BEGIN\n one\n \n two\ngpgsig again\nencoding x\n\ngpgsig in text\n more\n";
        let signed = Signed::commit(raw).unwrap();
        assert_eq!(signed.signature.as_bstr(), "-----BEGIN\none\n\ntwo\n");
        assert_eq!(
            signed.payload.as_bstr(),
            "tree 1\nauthor a\ngpgsig again\nencoding x\n\ngpgsig in text\n more\n"
        );
        assert!(Signed::commit(b"tree 1\n\ngpgsig in the message\n").is_none());
    }

    #[test]
    fn a_tag_is_taken_apart_at_its_last_signature() {
        let raw = b"object 1\ntag v1\n\ntext\n-----BEGIN PGP SIGNATURE-----\nx\n-----BEGIN SSH SIGNATURE-----\ny\n";
        let signed = Signed::tag(raw).unwrap();
        assert!(signed.signature.starts_with(SSH));
        assert!(signed.payload.ends_with(b"x\n"));
        assert_eq!(name_of_tag(raw), Some("v1"));
        assert!(Signed::tag(b"object 1\ntag v1\n\ntext\n").is_none());
        assert_eq!(name_of_tag(b"object 1\n\ntag v1\n"), None);
    }
}
