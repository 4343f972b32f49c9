//! The little of DER that keys and certificates need.

use zeroize::Zeroizing;

/// Tags.
pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BITS: u8 = 0x03;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const UTF8: u8 = 0x0c;
pub(super) const PRINTABLE: u8 = 0x13;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// Object identifiers, with tag and length.
pub(super) const RSA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
pub(super) const RSA_SHA256: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
pub(super) const EC: &[u8] = &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
pub(super) const P256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
pub(super) const P384: &[u8] = &[0x06, 5, 0x2b, 0x81, 4, 0, 34];
pub(super) const P521: &[u8] = &[0x06, 5, 0x2b, 0x81, 4, 0, 35];
pub(super) const ECDSA_SHA256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
pub(super) const ED25519: &[u8] = &[0x06, 3, 0x2b, 0x65, 0x70];
pub(super) const COMMON_NAME: &[u8] = &[0x06, 3, 0x55, 4, 3];
pub(super) const NULL: &[u8] = &[0x05, 0];

/// Tag, length, value; the value in parts. Built in one piece, so that no half of it is left behind.
pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let bytes = length.to_be_bytes();
    let significant = bytes.iter().position(|byte| *byte != 0);
    let digits = &bytes[significant.unwrap_or(bytes.len() - 1)..];
    let mut out = Zeroizing::new(Vec::with_capacity(2 + digits.len() + length));
    out.push(tag);
    if length >= 0x80 {
        out.push(0x80 | digits.len() as u8); // at most eight digits
        out.extend_from_slice(digits);
    } else {
        out.push(length as u8);
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// A tag, its value, and what stands behind it.
pub(super) fn read(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits
                .iter()
                .fold(0, |sum, digit| sum << 8 | usize::from(*digit));
            (length, rest)
        }
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((*tag, value, rest))
}

/// The value of a tag that is expected here, and what stands behind it.
pub(super) fn expect(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, value, rest) = read(der)?;
    (found == tag).then_some((value, rest))
}
