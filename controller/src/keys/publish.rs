//! The ConfigMap that publishes the newest certificate and the names of all keys, and where a new
//! key is asked for.
//!
//! Everybody who is logged in may read it (the role comes with the installation), so that sealing
//! needs neither the service proxy nor this controller to be up, and so that `signet explain` can
//! say which keys there are.

use serde_json::{Value, json};
use signet_api::names::{
    CERTIFICATE_CONFIG_MAP, CERTIFICATE_KEY, KEYS_KEY, NEW_KEY_HANDLED_AT, NEW_KEY_REQUESTED_AT,
};
use signet_api::published_keys::PublishedKey;
use signet_cluster::{ApiError, Cluster, Kind, Mode};
use signet_seal::{Entry, Keyring};

use super::COMPONENT;

/// What stands in the ConfigMap; all `None` if there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Whether there is one.
    pub exists: bool,
    /// Its uid.
    pub uid: Option<String>,
    /// The certificate that it shows, PEM.
    pub certificate: Option<String>,
    /// The keys that it lists, JSON.
    pub keys: Option<String>,
    /// The token that asks for a new key.
    pub requested: Option<String>,
    /// The last token that was answered.
    pub handled: Option<String>,
}

impl Published {
    fn of(body: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let annotations = &body["metadata"]["annotations"];
        Self {
            exists: true,
            uid: text(&body["metadata"]["uid"]),
            certificate: text(&body["data"][CERTIFICATE_KEY]),
            keys: text(&body["data"][KEYS_KEY]),
            requested: text(&annotations[NEW_KEY_REQUESTED_AT]),
            handled: text(&annotations[NEW_KEY_HANDLED_AT]),
        }
    }
}

/// Reads it.
///
/// # Errors
/// What the API server said, other than that there is none.
pub async fn read(cluster: &Cluster, namespace: &str) -> Result<Published, ApiError> {
    let found = cluster
        .get(&config_maps(), Some(namespace), CERTIFICATE_CONFIG_MAP)
        .await?;
    Ok(found.as_ref().map(Published::of).unwrap_or_default())
}

/// What is to be shown.
pub struct Face {
    certificate: String,
    keys: String,
}

impl Face {
    /// Of a ring; `None` if there is nothing that one could seal for.
    #[must_use]
    pub fn of(ring: &Keyring) -> Option<Self> {
        let newest = ring.newest()?;
        let mut keys: Vec<PublishedKey> = Vec::new();
        for entry in ring.entries() {
            let key = described(entry, newest.fingerprint() == entry.fingerprint());
            if !keys
                .iter()
                .any(|known| known.fingerprint == key.fingerprint)
            {
                keys.push(key);
            }
        }
        Some(Self {
            certificate: newest.pem().to_owned(),
            keys: json!(keys).to_string(),
        })
    }

    fn is_shown(&self, seen: &Published) -> bool {
        seen.certificate.as_deref() == Some(&self.certificate)
            && seen.keys.as_deref() == Some(&self.keys)
    }
}

fn described(entry: &Entry, newest: bool) -> PublishedKey {
    let certificate = entry.certificate();
    PublishedKey {
        fingerprint: entry.fingerprint().to_string(),
        not_before: certificate.not_before().to_string(),
        not_after: certificate.not_after().to_string(),
        bits: entry.can_seal().then_some(certificate.modulus_length() * 8),
        newest,
    }
}

/// Makes it show `face` and `handled`, with a write only if it does not. The request annotation is
/// left as it is: it belongs to whoever set it.
///
/// # Errors
/// What the API server said.
pub async fn write(
    cluster: &Cluster,
    namespace: &str,
    seen: &Published,
    face: &Face,
    handled: Option<&str>,
) -> Result<(), ApiError> {
    if face.is_shown(seen) && seen.handled.as_deref() == handled {
        return Ok(());
    }
    let body = body(namespace, face, handled);
    let kind = config_maps();
    if seen.exists {
        let patch = json!({"metadata": {"annotations": body["metadata"]["annotations"]}, "data": body["data"]});
        let name = CERTIFICATE_CONFIG_MAP;
        cluster
            .merge_patch(&kind, Some(namespace), name, &patch, false, COMPONENT)
            .await?;
    } else {
        cluster.apply(&kind, &body, Mode::Apply).await?;
    }
    Ok(())
}

/// The kind that is published.
#[must_use]
pub fn config_maps() -> Kind {
    Kind::of("v1", "ConfigMap", "configmaps")
}

fn body(namespace: &str, face: &Face, handled: Option<&str>) -> Value {
    let annotations: Value =
        handled.map_or_else(|| json!({}), |token| json!({ NEW_KEY_HANDLED_AT: token }));
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": CERTIFICATE_CONFIG_MAP,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": COMPONENT},
            "annotations": annotations,
        },
        "data": {CERTIFICATE_KEY: face.certificate, KEYS_KEY: face.keys},
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use signet_seal::{KeyOptions, generate};

    use super::*;

    fn add(ring: &mut Keyring, name: &str, time: &str) -> String {
        let pair = generate(&KeyOptions {
            bits: 2048,
            common_name: String::new(),
            not_before: time.parse().unwrap(),
            ttl: jiff::SignedDuration::from_hours(24),
        });
        let pair = pair.unwrap();
        let fingerprint = pair.certificate.fingerprint().to_string();
        ring.add(name, time.parse().unwrap(), pair.key, pair.certificate);
        fingerprint
    }

    #[test]
    fn every_key_is_listed_newest_first_and_nothing_of_the_private_halves() {
        let mut ring = Keyring::new();
        let old = add(&mut ring, "old", "2026-01-01T00:00:00Z");
        let new = add(&mut ring, "new", "2026-02-01T00:00:00Z");
        let face = Face::of(&ring).unwrap();
        let keys: Vec<PublishedKey> = serde_json::from_str(&face.keys).unwrap();
        let expected = |fingerprint: String, month: &str, newest| PublishedKey {
            fingerprint,
            not_before: format!("2026-{month}-01T00:00:00Z"),
            not_after: format!("2026-{month}-02T00:00:00Z"),
            bits: Some(2048),
            newest,
        };
        assert_eq!(
            keys,
            [expected(new, "02", true), expected(old, "01", false)]
        );
        assert!(Face::of(&Keyring::new()).is_none());
    }

    #[test]
    fn what_is_published_is_read_back() {
        let face = Face {
            certificate: "PEM".to_owned(),
            keys: "[]".to_owned(),
        };
        let mut body = body("signet-system", &face, Some("t1"));
        body["metadata"]["annotations"][NEW_KEY_REQUESTED_AT] = "t2".into();
        let published = Published::of(&body);
        assert!(face.is_shown(&published));
        assert_eq!(
            (published.requested.as_deref(), published.handled.as_deref()),
            (Some("t2"), Some("t1"))
        );
        let before = Published {
            keys: None,
            ..published
        };
        assert!(!face.is_shown(&before), "written by an older release");
    }

    #[test]
    fn an_empty_map_is_no_certificate() {
        assert_eq!(
            Published::of(&json!({"metadata": {}})),
            Published {
                exists: true,
                ..Published::default()
            }
        );
    }
}
