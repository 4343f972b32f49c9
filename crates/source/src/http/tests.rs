//! Where credentials go, and which redirects are followed.

#![allow(clippy::unwrap_used, clippy::panic)] // a failed unwrap is the failed test

use std::time::Duration;

use zeroize::Zeroizing;

use super::*;
use crate::address::Address;
use crate::credentials::{Credentials, Tls};

fn http(url: &str, credentials: &Credentials) -> Http {
    let Address::Http(address) = Address::parse(url).unwrap() else {
        panic!("an http address")
    };
    let wire = Wire::new(url.to_owned(), Duration::from_secs(1), Vec::new());
    Http {
        client: client(&Tls::default(), None).unwrap(),
        reach: Reach::default(),
        bound_to: address.origin(),
        authorization: authorization(credentials, &wire).unwrap(),
        client_certificate: true,
        wire,
        redirected: None,
    }
}

fn at(origin: &str) -> Url {
    Url::parse(&format!("{origin}/a{FIRST_REQUEST}")).unwrap()
}

#[test]
fn credentials_are_bound_to_scheme_host_and_port() {
    let bearer = Credentials::Bearer(Zeroizing::new("t0ken".to_owned()));
    let http = http("https://host/a", &bearer);
    for ours in ["https://host", "https://host:443", "https://HOST"] {
        assert!(http.authorization_for(&at(ours)).is_some(), "{ours}");
    }
    for other in [
        "http://host",
        "https://host:444",
        "https://host.evil",
        "https://evil",
    ] {
        assert!(http.authorization_for(&at(other)).is_none(), "{other}");
    }
    let value = http.authorization_for(&at("https://host")).unwrap();
    assert_eq!(value.as_bytes(), b"Bearer t0ken");
    assert!(!format!("{value:?}").contains("t0ken"));
}

#[test]
fn a_redirect_never_leads_from_https_to_http() {
    let http = http("https://host/a", &Credentials::None);
    let refused =
        |from: &str, to: &str| http.may_follow(&at(from), &at(to)).unwrap_err().to_string();
    assert!(refused("https://host", "http://host").contains("from https to http"));
    assert!(refused("https://host", "https://other").contains("client certificate"));
    assert!(refused("http://host", "http://169.254.169.254").contains("link-local"));
    assert!(
        http.may_follow(&at("https://host"), &at("https://host:443"))
            .is_ok()
    );
}

#[test]
fn basic_credentials_become_the_header_of_rfc_7617() {
    let password = Zeroizing::new("open sesame".to_owned());
    let basic = Credentials::Basic {
        username: "Aladdin".to_owned(),
        password,
    };
    let value = http("http://host/a", &basic)
        .authorization_for(&at("http://host"))
        .unwrap();
    assert_eq!(value.as_bytes(), b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}
