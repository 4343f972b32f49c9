//! A source's URL and its Secret: nothing gets through that `ssh` could take for an option, or the
//! shell of a Git server for the end of a quote, and nothing secret is ever repeated.
//!
//! The two parsers are taken in by path: the rest of their crate is Git.
#![no_main]
#![allow(
    dead_code,
    reason = "the rest of their crate uses what is not used here"
)]

#[path = "../../crates/source/src/address.rs"]
mod address;
#[path = "../../crates/source/src/credentials/mod.rs"]
mod credentials;

use address::{Address, SshAddress};
use credentials::{Credentials, Proxy, SecretData, Tls};
use libfuzzer_sys::fuzz_target;
use signet_fuzz::two;
use zeroize::Zeroizing;

/// A password that no input has by chance.
const CANARY: &str = "hunter2canary";

fuzz_target!(|data: &[u8]| {
    let (url, rest) = two(data);
    let Ok(url) = std::str::from_utf8(url) else {
        return;
    };
    if data
        .windows(CANARY.len())
        .any(|w| w.eq_ignore_ascii_case(CANARY.as_bytes()))
    {
        return;
    }
    locate(url);
    with_password(url);
    secret(url, rest.unwrap_or_default());
});

fn locate(url: &str) {
    let Ok(address) = Address::parse(url) else {
        return;
    };
    let shown = address.to_string();
    assert_eq!(Address::parse(&shown).as_ref(), Ok(&address), "{shown}");
    match &address {
        Address::Http(http) => {
            assert!(matches!(http.url.scheme(), "http" | "https"));
            assert_eq!((http.url.username(), http.url.password()), ("", None));
        }
        Address::Ssh(ssh) => check(ssh),
    }
}

fn check(ssh: &SshAddress) {
    let SshAddress {
        user, host, path, ..
    } = ssh;
    let parts = [Some(host), user.as_ref(), Some(path)];
    for part in parts.into_iter().flatten() {
        assert!(!part.starts_with('-'), "{ssh:?}");
        assert!(
            !part.contains(['\'', '"', '\\', '`', '$', ';', '|', '&']),
            "{ssh:?}"
        );
        assert!(!part.chars().any(char::is_control), "{ssh:?}");
    }
    assert!(!path.trim_start_matches('/').starts_with('-'), "{ssh:?}");
    assert!(
        !host.is_empty() && !host.contains(char::is_whitespace),
        "{ssh:?}"
    );
}

/// A password written into the URL is refused, or at least not repeated.
fn with_password(url: &str) {
    let Some((scheme, rest)) = url.split_once("://") else {
        return;
    };
    if !scheme.chars().all(char::is_alphanumeric) || rest.starts_with(['/', '\\']) {
        return; // what follows is not where a URL has its user
    }
    for text in [
        format!("{scheme}://user:{CANARY}@{rest}"),
        format!("{scheme}://{rest}?token={CANARY}"),
        format!("{scheme}://{rest}#{CANARY}"),
    ] {
        let shown = match Address::parse(&text) {
            Ok(address) => format!("{address} {address:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!shown.contains(CANARY), "{text:?}: {shown}");
    }
}

/// The values are the lines of the rest; which of the keys are there, its first byte says.
fn secret(url: &str, rest: &[u8]) {
    const KEYS: [&str; 8] = [
        "identity",
        "known_hosts",
        "username",
        "password",
        "bearerToken",
        "ca.crt",
        "tls.crt",
        "tls.key",
    ];
    let proxy = [CANARY.as_bytes(), url.as_bytes()].concat();
    let proxy = [("address", proxy), ("password", CANARY.into())];
    let proxy = proxy.map(|(key, value)| (key.to_owned(), Zeroizing::new(value)));
    if let Err(error) = Proxy::from_secret(&proxy.into()) {
        assert!(!format!("{error} {error:?}").contains(CANARY), "{error}");
    }
    let (which, rest) = rest.split_first().unwrap_or((&0, &[]));
    let mut values = rest.split(|byte| *byte == b'\n');
    let there = (0..KEYS.len()).filter(|at| which & (1 << at) != 0);
    let data: SecretData = there
        .map(|at| {
            let value = [CANARY.as_bytes(), values.next().unwrap_or_default()].concat();
            (KEYS[at].to_owned(), Zeroizing::new(value))
        })
        .collect();
    let said = match (Tls::from_secret(&data), Credentials::from_secret(url, data)) {
        (Ok(_), Ok(Credentials::Ssh { identity, .. })) => {
            assert!(
                identity.ends_with(b"\n"),
                "ssh wants a line break at the end"
            );
            return;
        }
        (tls, credentials) => format!("{:?} {:?}", tls.err(), credentials.map(|_| ()).err()),
    };
    assert!(!said.contains(CANARY), "{said}");
}
