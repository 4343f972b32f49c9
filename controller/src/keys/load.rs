//! Key Secrets become a keyring. One that cannot be used is named and passed over; the others count.

use serde_json::Value;
use signet_api::names::{KEY_ACTIVE, KEY_LABEL, NEW_KEY_REQUESTED_AT};
use signet_cluster::{ApiError, Cluster, SecretObject};
use signet_seal::{Certificate, Keyring, PrivateKey, published};
use zeroize::Zeroizing;

use crate::args::KeyOrder;
use crate::settings::KeySettings;

/// What the namespace holds.
#[derive(Default)]
pub struct Loaded {
    /// Every key that can be used.
    pub ring: Keyring,
    /// How many key Secrets there are, usable or not.
    pub listed: usize,
    /// Those that cannot be used.
    pub bad: Vec<BadKey>,
    /// Tokens that keys were made for.
    pub answered: Vec<String>,
    newest: Option<jiff::Timestamp>,
}

impl Loaded {
    /// The time that the key which is sealed for is ordered by.
    pub fn newest(&self) -> Option<jiff::Timestamp> {
        self.newest
    }
}

/// A key Secret that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadKey {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its version, so that one is complained about once.
    pub resource_version: String,
    /// Why, and what to do.
    pub cause: String,
}

/// Lists and reads.
///
/// # Errors
/// What the API server said. An unreadable Secret is no error, see [`Loaded::bad`].
pub async fn load(
    cluster: &Cluster,
    namespace: &str,
    settings: &KeySettings,
    accept_published: bool,
) -> Result<Loaded, ApiError> {
    let active = format!("{KEY_LABEL}={KEY_ACTIVE}");
    let mut secrets = cluster.list_secrets(namespace, &active).await?;
    // The oldest releases of the peer kept one key under the bare prefix, without the label.
    let legacy = cluster.get_secret(namespace, &settings.prefix).await?;
    secrets.extend(legacy.filter(|secret| secret.body["metadata"]["labels"][KEY_LABEL].is_null()));
    Ok(read_all(secrets, settings.order, accept_published))
}

/// Reads key Secrets, oldest first, as the peer registers them.
fn read_all(mut secrets: Vec<SecretObject>, order: KeyOrder, accept_published: bool) -> Loaded {
    secrets.sort_by(|a, b| age(&a.body).cmp(&age(&b.body)));
    let mut loaded = Loaded {
        listed: secrets.len(),
        ..Loaded::default()
    };
    for secret in &secrets {
        let body = &secret.body;
        let name = text(body, "/metadata/name").to_owned();
        match read(secret, accept_published) {
            Ok((key, certificate)) => {
                let made = text(body, "/metadata/creationTimestamp").parse().ok();
                let time = match order {
                    KeyOrder::SecretCreationTimestamp => made,
                    KeyOrder::CertNotBefore => None,
                };
                let time = time.unwrap_or(certificate.not_before());
                loaded.ring.add(name, time, key, certificate);
            }
            Err(cause) => loaded.bad.push(BadKey {
                name,
                uid: text(body, "/metadata/uid").to_owned(),
                resource_version: text(body, "/metadata/resourceVersion").to_owned(),
                cause,
            }),
        }
        loaded.answered.extend(token(body).map(str::to_owned));
    }
    loaded.newest = newest(&loaded.ring);
    loaded
}

fn newest(ring: &Keyring) -> Option<jiff::Timestamp> {
    let sealing = ring.entries().find(|entry| entry.can_seal());
    sealing.map(signet_seal::Entry::order)
}

fn age(body: &Value) -> (&str, &str) {
    (
        text(body, "/metadata/creationTimestamp"),
        text(body, "/metadata/name"),
    )
}

fn read(
    secret: &SecretObject,
    accept_published: bool,
) -> Result<(PrivateKey, Certificate), String> {
    let key =
        PrivateKey::from_pem(&decoded(secret, "tls.key")?).map_err(|e| format!("tls.key: {e}"))?;
    let certificate =
        Certificate::from_pem(&decoded(secret, "tls.crt")?).map_err(|e| format!("tls.crt: {e}"))?;
    if published::is_published(key.fingerprint()) && !accept_published {
        return Err(PUBLISHED.to_owned());
    }
    Ok((key, certificate))
}

const PUBLISHED: &str = "its private key is published for everybody to read. Delete the Secret, \
    or start the controller with --danger-accept-the-published-example-key if nothing sealed here is secret";

fn decoded(secret: &SecretObject, key: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    secret
        .value(key)
        .ok_or_else(|| format!("{key}: missing, or not base64"))
}

fn token(body: &Value) -> Option<&str> {
    body["metadata"]["annotations"]
        .get(NEW_KEY_REQUESTED_AT)?
        .as_str()
}

fn text<'a>(body: &'a Value, pointer: &str) -> &'a str {
    body.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::super::mint::tests::secret;
    use super::*;

    fn read(bodies: Vec<Value>) -> Loaded {
        read_all(
            bodies.into_iter().map(SecretObject::new).collect(),
            KeyOrder::CertNotBefore,
            false,
        )
    }

    #[test]
    fn one_bad_secret_spoils_no_other() {
        let good = secret("a", "2026-11-01T00:00:00Z");
        let mut bad = secret("b", "2026-11-02T00:00:00Z");
        bad["data"]["tls.key"] = "bm8ga2V5".into();
        let mut empty = secret("c", "2026-11-03T00:00:00Z");
        empty["data"] = Value::Null;
        let loaded = read(vec![empty, bad, good]);
        assert_eq!((loaded.listed, loaded.ring.len()), (3, 1));
        let causes: Vec<_> = loaded
            .bad
            .iter()
            .map(|bad| (bad.name.as_str(), bad.cause.as_str()))
            .collect();
        assert_eq!(
            causes,
            [
                (
                    "b",
                    "tls.key: no PEM block RSA PRIVATE KEY or PRIVATE KEY found"
                ),
                ("c", "tls.key: missing, or not base64")
            ]
        );
    }

    #[test]
    fn the_published_example_key_is_used_only_by_whoever_says_so() {
        let mut example = SecretObject::new(secret("example", "2026-11-01T00:00:00Z"));
        example.set_value("tls.key", include_bytes!("../../../keys-example/tls.key"));
        example.set_value("tls.crt", include_bytes!("../../../keys-example/tls.crt"));
        let loaded = read(vec![example.body.clone()]);
        assert_eq!((loaded.listed, loaded.ring.len()), (1, 0));
        assert!(
            loaded.bad[0]
                .cause
                .contains("--danger-accept-the-published-example-key")
        );
        assert_eq!(
            read_all(vec![example], KeyOrder::CertNotBefore, true)
                .ring
                .len(),
            1
        );
    }

    #[test]
    fn the_operator_chooses_what_the_newest_is() {
        let (mut first, mut second) = (
            secret("first", "2026-10-01T00:00:00Z"),
            secret("second", "2026-11-01T00:00:00Z"),
        );
        first["metadata"]["creationTimestamp"] = "2026-12-02T00:00:00Z".into();
        second["metadata"]["creationTimestamp"] = "2026-12-01T00:00:00Z".into();
        for (order, newest) in [
            (KeyOrder::CertNotBefore, "second"),
            (KeyOrder::SecretCreationTimestamp, "first"),
        ] {
            let secrets = [&first, &second].map(|body| SecretObject::new(body.clone()));
            let loaded = read_all(secrets.into(), order, false);
            let name = loaded.ring.entries().next().unwrap().name().to_owned();
            assert_eq!(name, newest, "{order:?}");
        }
    }

    #[test]
    fn the_newest_certificate_seals_whatever_the_order_of_the_list() {
        let (old, new) = (
            secret("a", "2026-10-01T00:00:00Z"),
            secret("b", "2026-11-01T00:00:00Z"),
        );
        for bodies in [[old.clone(), new.clone()], [new, old]] {
            let loaded = read(bodies.to_vec());
            assert_eq!(loaded.newest().unwrap().to_string(), "2026-11-01T00:00:00Z");
        }
    }

    #[test]
    fn a_token_is_seen_on_its_key() {
        let mut made = secret("a", "2026-11-01T00:00:00Z");
        made["metadata"]["annotations"] = serde_json::json!({NEW_KEY_REQUESTED_AT: "t1"});
        assert_eq!(read(vec![made]).answered, ["t1"]);
    }
}
