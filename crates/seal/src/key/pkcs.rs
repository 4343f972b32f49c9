//! Two envelopes of one RSA key: PKCS#1, which key Secrets hold, and PKCS#8, which aws-lc reads.

use super::{
    AnyRef, Decode, Fingerprint, KeyError, ObjectIdentifier, OctetStringRef, Reader, SliceReader,
    UintRef, Zeroizing,
};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// `INTEGER 0`, then `SEQUENCE { OID rsaEncryption, NULL }`.
const RSA_HEADER: [u8; 18] = [
    0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
    0x05, 0x00,
];

/// What may be shown of a key.
pub(super) struct Public {
    pub(super) fingerprint: Fingerprint,
    /// `RSAPublicKey`, DER.
    pub(super) der: Vec<u8>,
}

/// Reads modulus and exponent off `RSAPrivateKey ::= SEQUENCE { version, n, e, d, … }`.
pub(super) fn public_of(pkcs1: &[u8]) -> Result<Public, x509_cert::der::Error> {
    let mut reader = SliceReader::new(pkcs1)?;
    reader.sequence(|key| {
        u8::decode(key)?;
        let (modulus, exponent) = (UintRef::decode(key)?, UintRef::decode(key)?);
        while !key.is_finished() {
            AnyRef::decode(key)?;
        }
        Ok(Public {
            fingerprint: Fingerprint::of_rsa(modulus.as_bytes(), exponent.as_bytes()),
            der: tlv(
                0x30,
                &[number(modulus.as_bytes()), number(exponent.as_bytes())].concat(),
            ),
        })
    })
}

/// `PrivateKeyInfo ::= SEQUENCE { version, algorithm, OCTET STRING }` (RFC 5208 §5); attributes are
/// passed over.
pub(super) fn unwrap_pkcs8(der: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut reader = SliceReader::new(der).map_err(|_| KeyError::Damaged)?;
    let read = reader.sequence(|info| {
        u8::decode(info)?;
        let algorithm = x509_cert::spki::AlgorithmIdentifierRef::decode(info)?;
        let key: &OctetStringRef = Decode::decode(info)?;
        let key = Zeroizing::new(key.as_bytes().to_vec());
        while !info.is_finished() {
            AnyRef::decode(info)?;
        }
        Ok::<_, x509_cert::der::Error>((algorithm.oid, key))
    });
    match read {
        Ok((RSA, key)) => Ok(key),
        Ok(_) => Err(KeyError::NotRsa),
        Err(_) => Err(KeyError::Damaged),
    }
}

/// The other way round.
pub(super) fn wrap_pkcs8(pkcs1: &[u8]) -> Zeroizing<Vec<u8>> {
    let inner = Zeroizing::new(tlv(0x04, pkcs1));
    let mut body = Zeroizing::new(Vec::with_capacity(RSA_HEADER.len() + inner.len()));
    body.extend_from_slice(&RSA_HEADER);
    body.extend_from_slice(&inner);
    Zeroizing::new(tlv(0x30, &body))
}

/// A DER INTEGER that is not negative.
fn number(digits: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if digits.first().is_none_or(|byte| byte & 0x80 != 0) {
        &[0]
    } else {
        &[]
    };
    tlv(0x02, &[sign, digits].concat())
}

/// Tag, length, value; built in one piece so that no half of it is left behind in memory.
fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let digits = &length[length
        .iter()
        .position(|b| *b != 0)
        .unwrap_or(length.len() - 1)..];
    let mut out = Vec::with_capacity(2 + digits.len() + value.len());
    out.push(tag);
    if let ([short], true) = (digits, value.len() < 0x80) {
        out.push(*short);
    } else {
        out.push(0x80 | digits.len() as u8); // at most eight digits
        out.extend_from_slice(digits);
    }
    out.extend_from_slice(value);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_short_as_der_demands() {
        assert_eq!(tlv(4, &[]), [4, 0]);
        assert_eq!(tlv(4, &[9; 127])[..2], [4, 127]);
        assert_eq!(tlv(4, &[9; 128])[..3], [4, 0x81, 128]);
        assert_eq!(tlv(4, &[9; 256])[..4], [4, 0x82, 1, 0]);
    }

    #[test]
    fn wrapping_is_undone_by_unwrapping() {
        let wrapped = wrap_pkcs8(&[7; 300]);
        assert!(unwrap_pkcs8(&wrapped).is_ok_and(|key| key.as_slice() == [7; 300]));
        assert!(matches!(
            unwrap_pkcs8(&wrapped[..40]),
            Err(KeyError::Damaged)
        ));
        assert!(matches!(unwrap_pkcs8(b""), Err(KeyError::Damaged)));
    }
}
