//! Certificates, field by field as `crypto/x509` makes them of sprig's templates.

use std::net::IpAddr;
use std::rc::Rc;

use aws_lc_rs::digest;
use x509_cert::der::{Decode, Encode};
use zeroize::Zeroizing;

use super::der::{self, BITS, BOOLEAN, INTEGER, OCTETS, SEQUENCE, tlv};
use super::keys::Key;
use super::pem;
use crate::error::{Fault, Outcome};
use crate::functions::Arguments;
use crate::functions::encoding::decode64;
use crate::host::Host;
use crate::time::{HOUR, Time};
use crate::value::{Certificate, Text, Value};

/// What is to be certified.
struct Wish<'a> {
    common_name: &'a [u8],
    addresses: Option<&'a Value>,
    names: Option<&'a Value>,
    days: i64,
    is_authority: bool,
}

/// Who certifies it: name, key identifier and key.
struct Issuer<'k> {
    name: Vec<u8>,
    identifier: Vec<u8>,
    key: &'k Key,
}

/// `genCA` and `genCAWithKey`: common name, days, key.
pub(super) fn authority(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let wish = Wish {
        common_name: arguments.text(0)?,
        addresses: None,
        names: None,
        days: arguments.int(1)?,
        is_authority: true,
    };
    let key = key_of(host, arguments, 2)?;
    made(host, &wish, &key, None)
}

/// `genSelfSignedCert` and `genSelfSignedCertWithKey`: common name, addresses, names, days, key.
pub(super) fn self_signed(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let key = key_of(host, arguments, 4)?;
    made(host, &wish(arguments)?, &key, None)
}

/// `genSignedCert` and `genSignedCertWithKey`: as above, with the authority before the key.
pub(super) fn signed(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let key = key_of(host, arguments, 5)?;
    let authority = arguments.certificate(4)?;
    let unreadable = || Fault::from("unable to decode certificate");
    let block = pem::read(host, &authority.cert)?.ok_or_else(unreadable)?;
    let parsed = x509_cert::Certificate::from_der(&block.der);
    let parsed = parsed.map_err(|_| Fault::from("error parsing certificate"))?;
    let body = parsed.tbs_certificate();
    let signer = Key::read(host, &authority.key)
        .map_err(|fault| fault.within("error parsing private key"))?;
    let holder = body
        .subject_public_key_info()
        .subject_public_key
        .raw_bytes();
    if holder != signer.public()? {
        return Err(Fault::from(
            "error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
        ));
    }
    let extensions = body.extensions().map(Vec::as_slice).unwrap_or_default();
    let identifier = extensions
        .iter()
        .find(|extension| extension.extn_id.to_string() == "2.5.29.14")
        .and_then(|extension| der::expect(extension.extn_value.as_bytes(), OCTETS));
    let issuer = Issuer {
        name: body.subject().to_der().map_err(|_| unreadable())?,
        identifier: identifier
            .map(|(value, _)| value.to_vec())
            .unwrap_or_default(),
        key: &signer,
    };
    made(host, &wish(arguments)?, &key, Some(issuer))
}

fn wish<'a>(arguments: &Arguments<'a>) -> Outcome<Wish<'a>> {
    Ok(Wish {
        common_name: arguments.text(0)?,
        addresses: Some(arguments.any(1)?),
        names: Some(arguments.any(2)?),
        days: arguments.int(3)?,
        is_authority: false,
    })
}

/// The key that was given, or a new one.
fn key_of(host: &Host<'_>, arguments: &Arguments<'_>, index: usize) -> Outcome<Key> {
    match arguments.from(index) {
        [] => Key::new_rsa(host, 2048),
        _ => Key::read(host, arguments.text(index)?)
            .map_err(|fault| fault.within("parsing private key")),
    }
}

/// `buildCustomCert`: certificate and key in base 64, which are looked at and handed out.
pub(super) fn build_custom(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let decoded = |index: usize, what: &str| {
        let mut out = host.buffer();
        match decode64(&mut out, arguments.text(index)?)? {
            Ok(()) => out.text(),
            Err(_) => Err(Fault::from(format!("unable to decode base64 {what}"))),
        }
    };
    let (cert, key) = (decoded(0, "certificate")?, decoded(1, "private key")?);
    let block = pem::read(host, &cert)?;
    let block = block.ok_or_else(|| Fault::from("unable to decode certificate"))?;
    x509_cert::Certificate::from_der(&block.der)
        .map_err(|_| Fault::from("error parsing certificate"))?;
    Key::read(host, &key).map_err(|fault| fault.within("error parsing private key"))?;
    Ok(Value::Certificate(Rc::new(Certificate { cert, key })))
}

/// Certificate and key, signed by the issuer or by itself.
fn made(host: &Host<'_>, wish: &Wish<'_>, key: &Key, issuer: Option<Issuer<'_>>) -> Outcome<Value> {
    let subject = subject(wish.common_name)?;
    let issuer = issuer.unwrap_or_else(|| Issuer {
        name: subject.to_vec(),
        identifier: Vec::new(),
        key,
    });
    let mut serial = host.random(16)?;
    if let Some(first) = serial.first_mut() {
        // A number of 128 bits needs a zero byte in front if it is not to be negative.
        *first |= 1; // and it is not to be zero
    }
    let algorithm = issuer.key.algorithm();
    let body = tlv(
        SEQUENCE,
        &[
            &[0xa0, 3, INTEGER, 1, 2], // version 3
            &tlv(INTEGER, &[sign_byte(&serial), &serial]),
            &algorithm,
            &issuer.name,
            &validity(host, wish.days)?,
            &subject,
            &key.public_info()?,
            &tlv(0xa3, &[&extensions(host, wish, key, &issuer, &subject)?]),
        ],
    );
    let signature = issuer.key.sign(host, &body)?;
    let signature = tlv(BITS, &[&[0], &signature]);
    let whole = tlv(SEQUENCE, &[&body, &algorithm, &signature]);
    Ok(Value::Certificate(Rc::new(Certificate {
        cert: pem::write(host, "CERTIFICATE", &whole)?,
        key: key.write(host)?,
    })))
}

fn sign_byte(number: &[u8]) -> &'static [u8] {
    match number.first() {
        Some(0x80..) => &[0],
        _ => &[],
    }
}

/// A name of one part, or of none.
fn subject(common_name: &[u8]) -> Outcome<Zeroizing<Vec<u8>>> {
    if common_name.is_empty() {
        return Ok(tlv(SEQUENCE, &[]));
    }
    if str::from_utf8(common_name).is_err() {
        return Err(Fault::from(
            "error creating certificate: asn1: string not valid UTF-8",
        ));
    }
    let printable = |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte);
    let tag = match common_name.iter().all(printable) {
        true => der::PRINTABLE,
        false => der::UTF8,
    };
    let pair = tlv(SEQUENCE, &[der::COMMON_NAME, &tlv(tag, &[common_name])]);
    Ok(tlv(SEQUENCE, &[&tlv(der::SET, &[&pair])]))
}

/// From now on for so many days of 24 hours.
fn validity(host: &Host<'_>, days: i64) -> Outcome<Zeroizing<Vec<u8>>> {
    let now = host.now()?;
    let until = now.add((24 * HOUR).wrapping_mul(days));
    Ok(tlv(SEQUENCE, &[&date(host, &now)?, &date(host, &until)?]))
}

fn date(host: &Host<'_>, time: &Time) -> Outcome<Zeroizing<Vec<u8>>> {
    let year = time.date().year;
    let (tag, layout): (u8, &[u8]) = match year {
        1950..2050 => (der::UTC_TIME, b"060102150405Z"),
        0..=9999 => (der::TIME, b"20060102150405Z"),
        _ => {
            return Err(Fault::from(
                "error creating certificate: asn1: cannot represent time as GeneralizedTime",
            ));
        }
    };
    let mut text = host.buffer();
    time.format(&mut text, layout)?;
    Ok(tlv(tag, &[text.bytes()]))
}

fn extensions(
    host: &Host<'_>,
    wish: &Wish<'_>,
    key: &Key,
    issuer: &Issuer<'_>,
    subject: &[u8],
) -> Outcome<Zeroizing<Vec<u8>>> {
    let usage: &[u8] = match wish.is_authority {
        true => &[BITS, 2, 2, 0b1010_0100], // signatures, encryption of keys, certificates
        false => &[BITS, 2, 5, 0b1010_0000],
    };
    let both = [
        &[0x06, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1], // server
        &[0x06, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2], // client
    ];
    let basic: &[u8] = match wish.is_authority {
        true => &[SEQUENCE, 3, BOOLEAN, 1, 0xff],
        false => &[SEQUENCE, 0],
    };
    let mut all = vec![
        extension(15, true, usage),
        extension(37, false, &tlv(SEQUENCE, &[both[0], both[1]])),
        extension(19, true, basic),
    ];
    if wish.is_authority {
        // RFC 7093: the beginning of a SHA-256 of the key.
        let hash = digest::digest(&digest::SHA256, &key.public()?);
        let identifier = hash.as_ref().get(..20).unwrap_or_default();
        all.push(extension(14, false, &tlv(OCTETS, &[identifier])));
    }
    if issuer.name != subject && !issuer.identifier.is_empty() {
        let identifier = tlv(0x80, &[&issuer.identifier]);
        all.push(extension(35, false, &tlv(SEQUENCE, &[&identifier])));
    }
    let names = alternative_names(host, wish)?;
    if !names.is_empty() {
        let critical = subject == [SEQUENCE, 0];
        all.push(extension(17, critical, &tlv(SEQUENCE, &[&names])));
    }
    let all: Vec<&[u8]> = all.iter().map(|extension| extension.as_slice()).collect();
    Ok(tlv(SEQUENCE, &all))
}

/// An extension of those that are numbered under 2.5.29.
fn extension(number: u8, critical: bool, value: &[u8]) -> Zeroizing<Vec<u8>> {
    let identifier = [0x06, 3, 0x55, 0x1d, number];
    let critical: &[u8] = if critical { &[BOOLEAN, 1, 0xff] } else { &[] };
    tlv(SEQUENCE, &[&identifier, critical, &tlv(OCTETS, &[value])])
}

/// Host names, then addresses.
fn alternative_names(host: &Host<'_>, wish: &Wish<'_>) -> Outcome<Zeroizing<Vec<u8>>> {
    let mut names = Zeroizing::new(Vec::new());
    let addresses = strings(wish.addresses, "error parsing ip: a value is not a string")?;
    let not_a_string = "error processing alternate dns name: a value is not a string";
    for name in strings(wish.names, not_a_string)? {
        if !name.is_ascii() {
            return Err(Fault::from(
                "error creating certificate: x509: a name cannot be encoded as an IA5String",
            ));
        }
        host.meter.memory(name.len())?;
        names.extend_from_slice(&tlv(0x82, &[&name]));
    }
    for text in addresses {
        let address = str::from_utf8(&text)
            .ok()
            .and_then(|text| text.parse().ok());
        let address: IpAddr = address.ok_or_else(|| Fault::from("error parsing ip"))?;
        let part = match address.to_canonical() {
            IpAddr::V4(address) => tlv(0x87, &[&address.octets()]),
            IpAddr::V6(address) => tlv(0x87, &[&address.octets()]),
        };
        names.extend_from_slice(&part);
    }
    Ok(names)
}

fn strings(list: Option<&Value>, otherwise: &'static str) -> Outcome<Vec<Text>> {
    let elements = list.and_then(Value::elements).into_iter().flatten();
    let text = |element: Value| match element {
        Value::Str(text) => Ok(text),
        _ => Err(Fault::from(otherwise)),
    };
    elements.map(text).collect()
}
