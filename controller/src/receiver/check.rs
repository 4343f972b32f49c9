//! Whether a call is what its sender says: the signature over the bytes as they came, before
//! anything of them is parsed (threat T11), compared in constant time (threat T12). Pure.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The token of a Receiver. It cannot be printed or compared with `==`.
#[derive(Clone)]
pub struct Token(Zeroizing<Vec<u8>>);

impl Token {
    /// As the Secret has it.
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The path that only those who know the token know: SHA-256 of token, name and namespace.
    pub fn path(&self, name: &str, namespace: &str) -> String {
        let mut digest = Sha256::new();
        digest.update(self.0.as_slice());
        digest.update(name);
        digest.update(namespace);
        format!("/hook/{}", hex(&digest.finalize()))
    }

    /// Digests first: their lengths are equal, whatever was sent.
    fn is(&self, said: &[u8]) -> bool {
        let (ours, theirs) = (Sha256::digest(self.0.as_slice()), Sha256::digest(said));
        ours.as_slice().ct_eq(theirs.as_slice()).into()
    }

    fn signed<M: Mac + KeyInit>(&self, body: &[u8], signature: &str) -> bool {
        let (Ok(mut mac), Some(bytes)) =
            (<M as KeyInit>::new_from_slice(&self.0), unhex(signature))
        else {
            return false;
        };
        mac.update(body);
        mac.verify_slice(&bytes).is_ok()
    }

    /// `sha256=<hex>` or `sha512=<hex>`. SHA-1 is not taken.
    fn signed_as_said(&self, body: &[u8], said: &str) -> bool {
        match said.split_once('=') {
            Some(("sha256", hex)) => self.signed::<Hmac<Sha256>>(body, hex),
            Some(("sha512", hex)) => self.signed::<Hmac<Sha512>>(body, hex),
            _ => false,
        }
    }
}

/// Whose calls are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// Anybody who knows the path.
    Generic,
    /// Anybody who signs: `X-Signature`.
    GenericHmac,
    /// GitHub, and what speaks like it, as Gitea and Forgejo do: `X-Hub-Signature-256`.
    Github,
    /// GitLab: `X-Gitlab-Token`.
    Gitlab,
    /// Bitbucket Data Center: `X-Hub-Signature`.
    Bitbucket,
    /// A CDEvent from anybody who knows the path.
    Cdevents,
}

impl Sender {
    /// Reads `spec.type`; none for one that is not supported.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "generic" => Self::Generic,
            "generic-hmac" => Self::GenericHmac,
            "github" => Self::Github,
            "gitlab" => Self::Gitlab,
            "bitbucket" => Self::Bitbucket,
            "cdevents" => Self::Cdevents,
            _ => return None,
        })
    }

    /// Whether the call is to be acted on. A refusal says nothing of why to whoever called.
    pub fn accepts(
        self,
        token: &Token,
        events: &[String],
        headers: &HeaderMap,
        body: &[u8],
    ) -> bool {
        let header = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let named = |name: &str| token.signed_as_said(body, header(name));
        let (genuine, event) = match self {
            Self::Generic => return true,
            Self::GenericHmac => return named("x-signature"),
            Self::Github => (named("x-hub-signature-256"), header("x-github-event")),
            Self::Gitlab => (
                token.is(header("x-gitlab-token").as_bytes()),
                header("x-gitlab-event"),
            ),
            Self::Bitbucket => (named("x-hub-signature"), header("x-event-key")),
            Self::Cdevents => return cdevent(body).is_some_and(|event| counts(&event, events)),
        };
        genuine && counts(event, events)
    }
}

/// Whether an event is among those asked for; all are if none is named.
fn counts(event: &str, events: &[String]) -> bool {
    events.is_empty() || events.iter().any(|one| one.eq_ignore_ascii_case(event))
}

/// The type of a CDEvent, which says what it is about and when.
fn cdevent(body: &[u8]) -> Option<String> {
    let event: Value = serde_json::from_slice(body).ok()?;
    let said = |path: &str| {
        event
            .pointer(path)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    for needed in [
        "/context/id",
        "/context/source",
        "/context/timestamp",
        "/subject/id",
    ] {
        said(needed)?;
    }
    said("/context/type").map(str::to_owned)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is the failed test")]

    use super::*;

    fn token() -> Token {
        Token::new(Zeroizing::new(b"s3cret".to_vec()))
    }

    fn signature(body: &[u8]) -> String {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(b"s3cret").unwrap();
        mac.update(body);
        hex(&mac.finalize().into_bytes())
    }

    fn accepts(kind: &str, events: &[&str], headers: &[(&'static str, &str)], body: &[u8]) -> bool {
        let events: Vec<String> = events.iter().map(|e| (*e).to_owned()).collect();
        let headers = headers.iter().map(|(name, value)| {
            (
                name.parse::<axum::http::HeaderName>().unwrap(),
                value.parse().unwrap(),
            )
        });
        Sender::parse(kind)
            .unwrap()
            .accepts(&token(), &events, &headers.collect(), body)
    }

    #[test]
    fn the_path_is_the_digest_of_token_name_and_namespace() {
        // printf 's3cretflux-system' | … : token, name and namespace without anything between.
        let digest = Sha256::digest(b"s3cretfleetflux-system");
        assert_eq!(
            token().path("fleet", "flux-system"),
            format!("/hook/{}", hex(&digest))
        );
    }

    #[test]
    fn each_sender_has_its_own_header_and_its_events() {
        let body = b"{\"ref\": 1}";
        let good = signature(body);
        let named = format!("sha256={good}");
        for (kind, sign, said, event) in [
            ("github", "x-hub-signature-256", &named, "x-github-event"),
            ("bitbucket", "x-hub-signature", &named, "x-event-key"),
            (
                "gitlab",
                "x-gitlab-token",
                &"s3cret".to_owned(),
                "x-gitlab-event",
            ),
        ] {
            assert!(
                accepts(kind, &["push"], &[(sign, said), (event, "Push")], body),
                "{kind}"
            );
            assert!(
                accepts(kind, &[], &[(sign, said)], body),
                "{kind}: all events"
            );
            assert!(
                !accepts(kind, &["push"], &[(sign, said), (event, "ping")], body),
                "{kind}"
            );
            assert!(
                !accepts(kind, &["push"], &[(event, "push")], body),
                "{kind}: unsigned"
            );
            assert!(!accepts(kind, &[], &[(sign, "sha256=00")], body), "{kind}");
            let changed = kind == "gitlab" || !accepts(kind, &[], &[(sign, said)], b"{\"ref\": 2}");
            assert!(changed, "{kind}: another body");
        }
    }

    #[test]
    fn a_signature_is_over_the_very_bytes_and_never_sha_1() {
        let body = b"{ }";
        assert!(accepts(
            "generic-hmac",
            &[],
            &[("x-signature", &format!("sha256={}", signature(body)))],
            body
        ));
        assert!(!accepts(
            "generic-hmac",
            &[],
            &[("x-signature", &format!("sha256={}", signature(b"{}")))],
            body
        ));
        assert!(!accepts(
            "generic-hmac",
            &[],
            &[("x-signature", &format!("sha1={}", signature(body)))],
            body
        ));
        assert!(!accepts(
            "generic-hmac",
            &[],
            &[("x-signature", &signature(body))],
            body
        ));
        assert!(!accepts(
            "generic-hmac",
            &[],
            &[("x-signature", "sha256=é")],
            body
        ));
        assert!(!accepts("generic-hmac", &[], &[], body));
        assert!(accepts("generic", &[], &[], body));
    }

    #[test]
    fn a_cdevent_is_whole_and_of_a_kind_that_counts() {
        let event = br#"{"context": {"id": "1", "source": "/x", "timestamp": "t",
            "type": "dev.cdevents.change.merged.0.2.0"}, "subject": {"id": "2"}}"#;
        assert!(accepts(
            "cdevents",
            &["dev.cdevents.change.merged.0.2.0"],
            &[],
            event
        ));
        assert!(!accepts(
            "cdevents",
            &["dev.cdevents.change.created.0.2.0"],
            &[],
            event
        ));
        assert!(!accepts("cdevents", &[], &[], b"{\"context\": 5}"));
        assert!(!accepts("cdevents", &[], &[], b"no JSON"));
    }

    #[test]
    fn other_senders_are_not_understood() {
        for kind in [
            "",
            "harbor",
            "dockerhub",
            "quay",
            "gcr",
            "nexus",
            "acr",
            "generic-oidc",
            "GitHub",
        ] {
            assert_eq!(Sender::parse(kind), None, "{kind}");
        }
    }
}
