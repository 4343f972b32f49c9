//! The keys of the Secrets, and what is refused.

#![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

fn secret(pairs: &[(&str, &str)]) -> SecretData {
    let pair = |(key, value): &(&str, &str)| {
        ((*key).to_owned(), Zeroizing::new(value.as_bytes().to_vec()))
    };
    pairs.iter().map(pair).collect()
}

fn read(url: &str, pairs: &[(&str, &str)]) -> Result<Credentials, CredentialsError> {
    Credentials::from_secret(url, secret(pairs))
}

/// An encrypted key in OpenSSH's form (PROTOCOL.key) that asks for so many rounds.
fn locked(rounds: u32) -> String {
    let text = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes(), bytes].concat();
    let kdf = [text(&[7; 16]), rounds.to_be_bytes().to_vec()].concat();
    let public = [text(b"ssh-ed25519"), text(&[9; 32])].concat();
    let parts = [
        b"openssh-key-v1\0".to_vec(),
        text(b"aes256-ctr"),
        text(b"bcrypt"),
        text(&kdf),
        1_u32.to_be_bytes().to_vec(),
        text(&public),
        text(&[5; 144]),
    ];
    let base64 = STANDARD.encode(parts.concat());
    let lines: Vec<_> = base64.as_bytes().chunks(70).collect();
    let body = String::from_utf8(lines.join(&b'\n')).unwrap();
    format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n")
}

#[test]
fn a_key_that_asks_for_work_without_end_is_refused_at_once() {
    let opened = |rounds| {
        let (identity, known) = (locked(rounds), ("known_hosts", "h ssh-ed25519 AAAA"));
        let pairs = [("identity", identity.as_str()), ("password", "p"), known];
        read("ssh://h/a", &pairs).map(|_| ()).unwrap_err()
    };
    assert_eq!(opened(1), CredentialsError::WrongPassword);
    assert_eq!(opened(u32::MAX), CredentialsError::Rounds(u32::MAX));
    assert_eq!(opened(257), CredentialsError::Rounds(257));
}

#[test]
fn https_takes_basic_or_bearer() {
    let basic = read(
        "https://h",
        &[("username", "bob"), ("password", "hunter2\n")],
    )
    .unwrap();
    assert!(matches!(&basic, Credentials::Basic { username, password }
        if username == "bob" && password.as_str() == "hunter2"));
    let bearer = read("https://h", &[("bearerToken", "t0ken")]).unwrap();
    assert!(matches!(&bearer, Credentials::Bearer(token) if token.as_str() == "t0ken"));
    assert!(matches!(
        read("https://h", &[("ca.crt", "x")]),
        Ok(Credentials::None)
    ));
}

#[test]
fn half_a_pair_or_both_ways_at_once_is_refused() {
    assert_eq!(
        read("https://h", &[("username", "bob")]).unwrap_err(),
        missing("username", "password")
    );
    let both = [("bearerToken", "t"), ("username", "u"), ("password", "p")];
    assert_eq!(
        read("https://h", &both).unwrap_err(),
        CredentialsError::Ambiguous
    );
    let split = [("bearerToken", "t\r\nEvil: header")];
    assert_eq!(
        read("https://h", &split).unwrap_err(),
        CredentialsError::NotText("bearerToken")
    );
}

#[test]
fn ssh_without_known_hosts_is_refused_and_says_how_to_pin() {
    let error = read("ssh://h/a", &[("identity", "key")]).unwrap_err();
    assert!(error.to_string().contains("ssh-keyscan"), "{error}");
    let blank = [("identity", "key"), ("known_hosts", " \n")];
    assert_eq!(
        read("ssh://h/a", &blank).unwrap_err(),
        CredentialsError::NoKnownHosts
    );
    assert_eq!(
        read("ssh://h/a", &[]).unwrap_err(),
        CredentialsError::NoIdentity
    );
}

#[test]
fn a_private_key_gets_back_its_last_line_break() {
    let pairs = [("identity", "key"), ("known_hosts", "h ssh-ed25519 AAAA")];
    let ssh = read("ssh://h/a", &pairs).unwrap();
    assert!(matches!(ssh, Credentials::Ssh { identity, .. } if identity.as_slice() == b"key\n"));
}

#[test]
fn a_client_certificate_needs_its_key() {
    let alone = secret(&[("tls.crt", "x")]);
    assert_eq!(
        Tls::from_secret(&alone).unwrap_err(),
        missing("tls.crt", "tls.key")
    );
    let old = Tls::from_secret(&secret(&[("caFile", "pem")])).unwrap();
    assert_eq!(old.ca.as_deref(), Some(b"pem".as_slice()));
}

#[test]
fn a_proxy_is_an_address_with_or_without_a_login() {
    let proxy = |pairs: &[(&str, &str)]| Proxy::from_secret(&secret(pairs));
    let address = ("address", "http://proxy:3128");
    assert!(proxy(&[address]).unwrap().login.is_none());
    let whole = proxy(&[address, ("username", "bob"), ("password", "hunter2")]).unwrap();
    assert!(!format!("{whole:?}").contains("hunter2"));
    assert_eq!(whole.password().unwrap().as_str(), "hunter2");
    assert_eq!(proxy(&[]).unwrap_err(), CredentialsError::NoProxyAddress);
    let half = proxy(&[address, ("username", "bob")]).unwrap_err();
    assert_eq!(half, missing("username", "password"));
    for bad in ["proxy:3128", "ftp://proxy", "http://bob:hunter2@proxy"] {
        let error = proxy(&[("address", bad)]).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}

#[test]
fn nothing_secret_is_printed() {
    let basic = read("https://h", &[("username", "bob"), ("password", "hunter2")]).unwrap();
    assert!(!format!("{basic:?}").contains("hunter2"));
}
