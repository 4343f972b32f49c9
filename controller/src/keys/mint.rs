//! A new sealing key, as a Secret that the sealed-secrets controller would load as well.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde_json::{Value, json};
use signet_api::names::{KEY_ACTIVE, KEY_LABEL, NEW_KEY_REQUESTED_AT};
use signet_cluster::SecretObject;
use signet_seal::{KeyOptions, KeyPair, generate};

use super::schedule::Why;
use super::{COMPONENT, KeysError};
use crate::settings::KeySettings;
use crate::world::World;

/// Makes a key, stores it and says so. It is in use when the key Secrets are next loaded.
///
/// Keys are ordered by whole seconds, and of two with the same time the older stays in use; so a
/// key is never made in the second in which the `newest` began.
pub async fn make(world: &World, why: &Why, newest: Option<Timestamp>) -> Result<(), KeysError> {
    while newest.is_some_and(|newest| newest.as_second() == world.now().as_second()) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let settings = &world.settings.keys;
    let options = KeyOptions {
        bits: settings.bits,
        common_name: settings.common_name.clone(),
        not_before: world.now(),
        ttl: settings.ttl,
    };
    let pair = tokio::task::spawn_blocking(move || generate(&options)).await??;
    let body = body(&pair, &world.settings.namespace, settings, why);
    world
        .cluster
        .create_secret(&SecretObject::new(body))
        .await?;
    tracing::info!(fingerprint = %pair.certificate.fingerprint(), why = reason(why), "made a new sealing key");
    Ok(())
}

fn reason(why: &Why) -> &'static str {
    match why {
        Why::First => "there was none",
        Why::Requested(_) => "somebody asked for it",
        Why::Renewal => "the newest was older than --key-renew-period",
        Why::CutOff => "the newest was older than --key-cutoff-time",
        Why::Signal => "SIGUSR1 asked for it",
    }
}

/// Labels and annotations of the operator give way to those that make it a key.
fn body(pair: &KeyPair, namespace: &str, settings: &KeySettings, why: &Why) -> Value {
    let mut metadata = json!({
        "generateName": settings.prefix,
        "namespace": namespace,
        "labels": settings.labels,
        "annotations": settings.annotations,
    });
    metadata["labels"][KEY_LABEL] = KEY_ACTIVE.into();
    metadata["labels"]["app.kubernetes.io/managed-by"] = COMPONENT.into();
    if let Why::Requested(token) = why {
        metadata["annotations"][NEW_KEY_REQUESTED_AT] = token.as_str().into();
    }
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": "kubernetes.io/tls",
        "data": {
            "tls.crt": BASE64.encode(pair.certificate.pem()),
            "tls.key": BASE64.encode(pair.key.to_pem_pkcs1().as_bytes()),
        },
    })
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    pub(in crate::keys) fn settings() -> KeySettings {
        KeySettings {
            prefix: "sealed-secrets-key".to_owned(),
            order: crate::args::KeyOrder::CertNotBefore,
            bits: 2048,
            ttl: jiff::SignedDuration::from_hours(87_600),
            common_name: String::new(),
            labels: [
                ("team".to_owned(), "a".to_owned()),
                (KEY_LABEL.to_owned(), "no".to_owned()),
            ]
            .into(),
            annotations: std::collections::BTreeMap::new(),
            cutoff: None,
            renew_period: None,
        }
    }

    /// A stored key Secret whose certificate begins at `time`.
    pub(in crate::keys) fn secret(name: &str, time: &str) -> Value {
        let options = KeyOptions {
            bits: 2048,
            common_name: String::new(),
            not_before: time.parse().unwrap(),
            ttl: settings().ttl,
        };
        let pair = generate(&options).unwrap();
        let mut body = body(&pair, "signet-system", &settings(), &Why::First);
        body["metadata"]["name"] = name.into();
        body["metadata"]["creationTimestamp"] = time.into();
        body
    }

    #[test]
    fn a_key_secret_is_what_the_peer_loads() {
        let made = secret("a", "2026-11-01T00:00:00Z");
        assert_eq!(made["metadata"]["generateName"], "sealed-secrets-key");
        assert_eq!(
            made["metadata"]["labels"]["sealedsecrets.bitnami.com/sealed-secrets-key"],
            "active"
        );
        assert_eq!(made["metadata"]["labels"]["team"], "a");
        assert_eq!(made["type"], "kubernetes.io/tls");
        let pem = BASE64
            .decode(made["data"]["tls.key"].as_str().unwrap())
            .unwrap();
        assert!(pem.starts_with(b"-----BEGIN RSA PRIVATE KEY-----"));
    }
}
