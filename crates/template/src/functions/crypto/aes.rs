//! `encryptAES` and `decryptAES`: AES-256-CBC with PKCS#7 padding, the initial vector in front, in
//! base 64. The key is the password itself, cut or filled with zeros to 32 bytes.

use aws_lc_rs::cipher::{
    AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

use crate::error::{Fault, Outcome};
use crate::functions::Arguments;
use crate::functions::encoding::{decode64, encode64};
use crate::host::Host;
use crate::value::Value;

const BLOCK: usize = 16;

fn key(password: &[u8]) -> Outcome<UnboundCipherKey> {
    let mut key = Zeroizing::new([0; 32]);
    for (byte, given) in key.iter_mut().zip(password) {
        *byte = *given;
    }
    UnboundCipherKey::new(&AES_256, key.as_slice()).map_err(|_| failed())
}

fn failed() -> Fault {
    Fault::from("the cipher failed")
}

pub(super) fn encrypt(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (password, text) = (arguments.text(0)?, arguments.text(1)?);
    if text.is_empty() {
        return host.text(b"");
    }
    host.meter.memory(2 * text.len() + 2 * BLOCK)?;
    let vector = host.random(BLOCK)?;
    let padding = BLOCK - text.len() % BLOCK;
    let mut content = Zeroizing::new(Vec::with_capacity(text.len() + padding));
    content.extend_from_slice(text);
    content.resize(text.len() + padding, padding as u8);
    let cipher = EncryptingKey::cbc(key(password)?).map_err(|_| failed())?;
    let fixed = FixedLength::<BLOCK>::try_from(vector.as_slice()).map_err(|_| failed())?;
    cipher
        .less_safe_encrypt(&mut content, EncryptionContext::Iv128(fixed))
        .map_err(|_| failed())?;
    let mut out = host.buffer();
    encode64(&mut out, &[vector.as_slice(), &content].concat())?;
    out.text().map(Value::Str)
}

pub(super) fn decrypt(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (password, text) = (arguments.text(0)?, arguments.text(1)?);
    if text.is_empty() {
        return host.text(b"");
    }
    let mut decoded = host.buffer();
    if decode64(&mut decoded, text)?.is_err() {
        return Err(Fault::from("illegal base64 data"));
    }
    let mut decoded = decoded.into_bytes();
    let Some((vector, content)) = decoded.split_at_mut_checked(BLOCK) else {
        return Err(Fault::from("slice bounds out of range"));
    };
    if content.is_empty() || content.len() % BLOCK != 0 {
        return Err(Fault::from("crypto/cipher: input not full blocks"));
    }
    let fixed = FixedLength::<BLOCK>::try_from(&*vector).map_err(|_| failed())?;
    let cipher = DecryptingKey::cbc(key(password)?).map_err(|_| failed())?;
    let plain = cipher
        .decrypt(content, DecryptionContext::Iv128(fixed))
        .map_err(|_| failed())?;
    // The last byte says how long the padding is, and is believed, as in the peer.
    let padding = usize::from(plain.last().copied().unwrap_or_default());
    let length = plain.len().checked_sub(padding);
    let kept = length.and_then(|length| plain.get(..length));
    host.text(kept.ok_or_else(|| Fault::from("slice bounds out of range"))?)
}
