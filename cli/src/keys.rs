//! Private keys out of files: PEM, a key Secret, or a backup of many as `kubectl get -o yaml`
//! writes it.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use signet_seal::{Certificate, KeyOptions, Keyring, PrivateKey, certify, text};
use signet_yaml::Budget;
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Context, Error, Result};
use crate::io::{self, Input};

/// A private key, and what came with it.
pub struct LoadedKey {
    /// File, or file and Secret.
    pub name: String,
    /// The key.
    pub key: PrivateKey,
    /// Its certificate; a bare PEM key may have none, a backup a broken one.
    pub certificate: Option<Certificate>,
}

/// Reads every key of every file. Secrets without `tls.key` are passed over, so that a backup of a
/// whole namespace serves as well.
///
/// # Errors
/// A file without a key, or with one that cannot be read; names the file and the Secret, never
/// quotes what is in it.
pub fn load(files: &[PathBuf]) -> Result<Vec<LoadedKey>> {
    let mut keys = Vec::new();
    for file in files {
        let input = io::read_file(file)?;
        let mut found = in_file(&input)?;
        if found.is_empty() {
            return Err(Error::new(format!("{}: no private key found", input.name)).hint(FORMS));
        }
        keys.append(&mut found);
    }
    Ok(keys)
}

/// What a file with keys may be.
pub const FORMS: &str =
    "give a PEM file, a key Secret, or a List of key Secrets (kubectl get secret -o yaml)";

/// Every key of one file; there may be none.
///
/// # Errors
/// One that cannot be read; names the file and the Secret, never quotes what is in it.
pub fn in_file(input: &Input) -> Result<Vec<LoadedKey>> {
    let mut keys = Vec::new();
    read(input, &mut keys)?;
    Ok(keys)
}

/// All of them as a ring that opens. A key without a certificate opens like any other; the ring wants
/// one for each key, so it gets one that says the key is the oldest.
///
/// # Errors
/// As [`load`].
pub fn keyring(files: &[PathBuf]) -> Result<Keyring> {
    ring(load(files)?)
}

/// Keys that were loaded, as a ring.
///
/// # Errors
/// A key of which no certificate can be made.
pub fn ring(keys: Vec<LoadedKey>) -> Result<Keyring> {
    let mut ring = Keyring::new();
    for LoadedKey {
        name,
        key,
        certificate,
    } in keys
    {
        let certificate = match certificate {
            Some(certificate) => certificate,
            None => certify(&key, &oldest()).at(&name)?,
        };
        ring.add(name, certificate.not_before(), key, certificate);
    }
    Ok(ring)
}

fn oldest() -> KeyOptions {
    KeyOptions {
        bits: 0,
        common_name: String::new(),
        not_before: Timestamp::UNIX_EPOCH,
        ttl: SignedDuration::from_hours(1),
    }
}

fn read(input: &Input, keys: &mut Vec<LoadedKey>) -> Result<()> {
    if is_pem(&input.bytes) {
        let key = PrivateKey::from_pem(&input.bytes).at(&input.name)?;
        let certificate = Certificate::from_pem(&input.bytes).ok();
        keys.push(LoadedKey {
            name: input.name.clone(),
            key,
            certificate,
        });
        return Ok(());
    }
    let documents = signet_yaml::read(&input.bytes, &Budget::default()).at(&input.name)?;
    for document in documents {
        let mut body = document.into_json();
        let read = secrets(&body)
            .into_iter()
            .try_for_each(|secret| take(&input.name, secret, keys));
        wipe(&mut body);
        read?;
    }
    Ok(())
}

/// Whether a line begins a block of PEM; what stands before it is for people. Inside of YAML such
/// a line would be indented.
fn is_pem(bytes: &[u8]) -> bool {
    let mut lines = bytes.trim_ascii_start().split(|byte| *byte == b'\n');
    lines.any(|line| line.starts_with(b"-----BEGIN "))
}

/// The document, or the items of a list.
fn secrets(body: &Value) -> Vec<&Value> {
    match body["items"].as_array() {
        Some(items) => items.iter().collect(),
        None => vec![body],
    }
}

fn take(file: &str, secret: &Value, keys: &mut Vec<LoadedKey>) -> Result<()> {
    let name = secret["metadata"]["name"].as_str().unwrap_or("Secret");
    let name = format!("{file}: {name}");
    let Some(pem) = field(secret, "tls.key").at(&name)? else {
        return Ok(());
    };
    let key = PrivateKey::from_pem(&pem).at(format!("{name}: tls.key"))?;
    // It only says how old the key is: without it, or with a broken one, the key opens all the same.
    let certificate = field(secret, "tls.crt").ok().flatten();
    let certificate = certificate.and_then(|pem| Certificate::from_pem(&pem).ok());
    keys.push(LoadedKey {
        name,
        key,
        certificate,
    });
    Ok(())
}

/// A field of `data`, decoded, or of `stringData`.
fn field(secret: &Value, key: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
    if let Some(plain) = secret["stringData"][key].as_str() {
        return Ok(Some(Zeroizing::new(plain.as_bytes().to_vec())));
    }
    secret["data"][key]
        .as_str()
        .map(text::decode)
        .transpose()
        .at(format!("data.{key}"))
}

/// Overwrites every text in `value`: it may have been a Secret's.
pub fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(map) => map.values_mut().for_each(wipe),
        _ => {}
    }
}
