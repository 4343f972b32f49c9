//! Passwords: hashed for a file, or derived from a master password.

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::error::{Fault, Outcome};
use crate::functions::Arguments;
use crate::functions::encoding::digits;
use crate::host::Host;
use crate::value::{Buffer, Value};

/// Rounds of bcrypt, as a power of two.
const COST: u32 = 10;

/// What a bcrypt costs.
const BCRYPT: u64 = 60;

/// What a derived password costs.
const SCRYPT: u64 = 150;

/// bcrypt's own digits.
const DIGITS: &[u8] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

pub(super) fn bcrypt(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut out = host.buffer();
    write_bcrypt(host, &mut out, arguments.text(0)?)?;
    out.text().map(Value::Str)
}

fn write_bcrypt(host: &Host<'_>, out: &mut Buffer<'_>, password: &[u8]) -> Outcome<()> {
    if password.len() > 72 {
        return out.extend(
            b"failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes",
        );
    }
    host.meter.effort(BCRYPT)?;
    let mut salt = [0; 16];
    salt.copy_from_slice(&host.random(16)?);
    // It ends with a zero byte, where there is room for one.
    let mut key = Zeroizing::new(Vec::with_capacity(73));
    key.extend_from_slice(password);
    key.push(0);
    key.truncate(72);
    let hash = bcrypt::bcrypt(COST, salt, &key);
    out.extend(format!("$2a${COST:02}$").as_bytes())?;
    digits(out, &salt, DIGITS, 6)?;
    digits(out, hash.get(..23).unwrap_or_default(), DIGITS, 6)?;
    Ok(())
}

pub(super) fn htpasswd(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (user, password) = (arguments.text(0)?, arguments.text(1)?);
    let mut out = host.buffer();
    if user.contains(&b':') {
        out.extend(b"invalid username: ")?;
        out.extend(user)?;
        return out.text().map(Value::Str);
    }
    out.extend(user)?;
    out.push(b':')?;
    write_bcrypt(host, &mut out, password)?;
    out.text().map(Value::Str)
}

/// The forms of the passwords of a type, a letter for each character.
fn forms(kind: &[u8]) -> Option<&'static [&'static str]> {
    Some(match kind {
        b"maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        b"long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        b"medium" => &["CvcnoCvc", "CvcCvcno"],
        b"short" => &["Cvcn"],
        b"basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        b"pin" => &["nnnn"],
        _ => return None,
    })
}

/// The characters that a letter of a form stands for.
fn characters(letter: u8) -> &'static [u8] {
    match letter {
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// `derivePassword counter type password user site`, the algorithm of Master Password:
/// `scrypt(password, seed ‖ length of user ‖ user)` keys an HMAC over
/// `seed ‖ length of site ‖ site ‖ counter`, whose bytes choose a form and its characters.
pub(super) fn derive(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    const SEED: &[u8] = b"com.lyndir.masterpassword";
    let (counter, kind) = (arguments.uint(0)? as u32, arguments.text(1)?);
    let Some(forms) = forms(kind) else {
        let mut out = host.buffer();
        out.extend(b"cannot find password template ")?;
        out.extend(kind)?;
        return out.text().map(Value::Str);
    };
    let (password, user, site) = (arguments.text(2)?, arguments.text(3)?, arguments.text(4)?);
    host.meter.effort(SCRYPT)?;
    let length = |text: &[u8]| (text.len() as u32).to_be_bytes();
    let salt = [SEED, &length(user), user].concat();
    let mut key = Zeroizing::new([0; 64]);
    let parameters = scrypt::Params::new(15, 8, 2);
    let derived = parameters.ok().and_then(|parameters| {
        scrypt::scrypt(password, &salt, &parameters, key.as_mut_slice()).ok()
    });
    derived.ok_or_else(|| Fault::from("scrypt failed"))?;
    let message = [SEED, &length(site), site, &counter.to_be_bytes()].concat();
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_slice());
    let tag = hmac::sign(&key, &message);
    let mut seed = tag.as_ref().iter().map(|byte| usize::from(*byte));
    let form = forms.get(seed.next().unwrap_or_default() % forms.len());
    let mut out = host.buffer();
    for (letter, byte) in form.unwrap_or(&"").bytes().zip(seed) {
        let characters = characters(letter);
        out.extend(
            characters
                .get(byte % characters.len())
                .map(std::slice::from_ref)
                .unwrap_or_default(),
        )?;
    }
    out.text().map(Value::Str)
}
