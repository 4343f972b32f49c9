//! Their key Secrets, if one may read them: which open, which would be refused, and why. The private
//! keys stay in a ring that is dropped at the end.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use signet_api::names::{KEY_ACTIVE, KEY_LABEL};
use signet_cluster::SecretObject;
use signet_seal::{Certificate, Keyring, Life, PrivateKey, published};

use super::find::Survey;
use crate::error::{Error, Result};
use crate::online::{Asked, Online};

/// The keys, and what is to be said of each.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Keys {
    /// Each key Secret of the cluster; `None` if they were not read.
    pub secrets: Option<Vec<KeySecret>>,
    /// How many keys items were tried with, those of backups included.
    pub tried: usize,
    #[serde(skip)]
    pub ring: Keyring,
}

/// One key Secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeySecret {
    /// Its name.
    pub name: String,
    /// Fingerprint of its private key; absent if it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Until when it may be sealed for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_after: Option<String>,
    /// Whether its label says that it is used.
    pub active: bool,
    /// Whether it is used by them and would not be by Signet.
    pub refused: bool,
    /// What is to be said of it.
    pub remarks: Vec<String>,
}

/// Reads them, and adds them to `backup`.
///
/// # Errors
/// The cluster does not answer.
pub fn read(
    online: &Online,
    survey: &mut Survey,
    backup: Keyring,
    without: bool,
    now: Timestamp,
) -> Result<Keys> {
    let mut keys = Keys {
        secrets: None,
        tried: 0,
        ring: backup,
    };
    if !without && let Some(found) = list(online, survey)? {
        let described = found.iter().map(|secret| take(secret, now, &mut keys.ring));
        keys.secrets = Some(described.collect());
    }
    keys.tried = keys.ring.len();
    if keys.secrets.is_none() && without {
        survey
            .left_out
            .push("key Secrets were not read (--without-keys)".to_owned());
    }
    if keys.tried == 0 {
        survey.left_out.push(
            "no item was tried: give --key-backup FILE, or have the right to read the key Secrets"
                .to_owned(),
        );
    }
    Ok(keys)
}

fn list(online: &Online, survey: &mut Survey) -> Result<Option<Vec<SecretObject>>> {
    let namespace = survey.namespace().to_owned();
    let what = format!(
        "read secrets in namespace {namespace}: what is to be said of their keys was left out"
    );
    let listed = Asked::from(online.list_secrets(&namespace, KEY_LABEL), &what);
    let Some(mut all) = listed.map_err(Error::new)?.or_note(&mut survey.left_out) else {
        return Ok(None);
    };
    // The oldest releases kept one key under the bare prefix, without the label.
    let prefix = survey
        .chosen
        .as_ref()
        .and_then(|found| found.flag("key-prefix"));
    let legacy = online.get_secret(&namespace, prefix.unwrap_or("sealed-secrets-key"));
    let legacy = legacy.map_err(Error::new)?;
    all.extend(legacy.filter(|secret| secret.body["metadata"]["labels"][KEY_LABEL].is_null()));
    Ok(Some(all))
}

fn take(secret: &SecretObject, now: Timestamp, ring: &mut Keyring) -> KeySecret {
    let metadata = &secret.body["metadata"];
    let label = &metadata["labels"][KEY_LABEL];
    let mut described = KeySecret {
        name: metadata["name"].as_str().unwrap_or_default().to_owned(),
        fingerprint: None,
        not_after: None,
        active: *label == KEY_ACTIVE || *label == Value::Null,
        refused: false,
        remarks: Vec::new(),
    };
    if !described.active {
        let label = label.as_str().unwrap_or_default();
        described
            .remarks
            .push(format!("set aside: its label says {label}"));
    }
    match pair(secret) {
        Ok((key, certificate)) => add(key, certificate, now, ring, &mut described),
        Err(cause) => {
            described.refused = described.active;
            described.remarks.push(format!(
                "{cause}: their controller ends at its next start because of it, Signet goes on without it"
            ));
        }
    }
    described
}

fn add(
    key: PrivateKey,
    certificate: Certificate,
    now: Timestamp,
    ring: &mut Keyring,
    described: &mut KeySecret,
) {
    described.fingerprint = Some(key.fingerprint().to_string());
    described.not_after = Some(certificate.not_after().to_string());
    if key.fingerprint() != certificate.fingerprint() {
        described.remarks.push(
            "its certificate is another key's: it opens, and is never sealed for by Signet"
                .to_owned(),
        );
    }
    match certificate.life(now) {
        Life::Fresh => {}
        Life::Late => described
            .remarks
            .push("four fifths of its certificate's life are over".to_owned()),
        Life::Over => described
            .remarks
            .push("its certificate has expired: it only opens".to_owned()),
    }
    if published::is_published(key.fingerprint()) {
        described.refused = described.active;
        described.remarks.push(
            "its private key is published for everybody to read: Signet refuses it".to_owned(),
        );
        return;
    }
    if described.active {
        ring.add(
            described.name.clone(),
            certificate.not_before(),
            key,
            certificate,
        );
    }
}

fn pair(secret: &SecretObject) -> Result<(PrivateKey, Certificate), String> {
    let part = |key: &str| {
        let bytes = secret.value(key);
        bytes.ok_or_else(|| format!("{key} is missing, or not base64"))
    };
    let key =
        PrivateKey::from_pem(&part("tls.key")?).map_err(|cause| format!("tls.key: {cause}"))?;
    let certificate =
        Certificate::from_pem(&part("tls.crt")?).map_err(|cause| format!("tls.crt: {cause}"))?;
    Ok((key, certificate))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use jiff::SignedDuration;
    use serde_json::json;
    use signet_seal::{KeyOptions, KeyPair, generate};

    use super::*;

    const NOW: &str = "2026-11-25T00:00:00Z";

    /// Lives for a hundred hours from then.
    fn made(not_before: &str) -> KeyPair {
        let options = KeyOptions {
            bits: 2048,
            common_name: String::new(),
            not_before: not_before.parse().unwrap(),
            ttl: SignedDuration::from_hours(100),
        };
        generate(&options).unwrap()
    }

    /// What is said of a key Secret, and how many keys the ring has then.
    fn taken(label: &str, key: &[u8], certificate: &[u8]) -> (KeySecret, usize) {
        let metadata = json!({"name": "k", "labels": {KEY_LABEL: label}});
        let mut secret = SecretObject::new(json!({ "metadata": metadata }));
        secret.set_value("tls.key", key);
        secret.set_value("tls.crt", certificate);
        let mut ring = Keyring::new();
        let described = take(&secret, NOW.parse().unwrap(), &mut ring);
        (described, ring.len())
    }

    fn pair_taken(label: &str, key: &KeyPair, certificate: &KeyPair) -> (KeySecret, usize) {
        let pem = key.key.to_pem_pkcs1();
        taken(
            label,
            pem.as_bytes(),
            certificate.certificate.pem().as_bytes(),
        )
    }

    #[test]
    fn a_good_key_opens_and_has_nothing_said_of_it() {
        let pair = made(NOW);
        let (key, count) = pair_taken("active", &pair, &pair);
        assert!(
            key.active && !key.refused && key.remarks.is_empty(),
            "{key:?}"
        );
        assert_eq!(key.fingerprint, Some(pair.key.fingerprint().to_string()));
        assert_eq!(count, 1);
    }

    #[test]
    fn what_is_wrong_with_a_key_is_said() {
        let (pair, old) = (made(NOW), made("2026-11-20T00:00:00Z"));
        let (key, count) = pair_taken("compromised", &pair, &pair);
        assert_eq!(key.remarks, ["set aside: its label says compromised"]);
        assert_eq!(count, 0);
        let (key, count) = pair_taken("active", &pair, &old);
        assert!(key.remarks[0].starts_with("its certificate is another key's"));
        assert_eq!(key.remarks[1], "its certificate has expired: it only opens");
        assert_eq!(count, 1);
        let late = made("2026-11-21T12:00:00Z");
        let (key, _) = pair_taken("active", &late, &late);
        assert_eq!(
            key.remarks,
            ["four fifths of its certificate's life are over"]
        );
    }

    #[test]
    fn a_key_that_cannot_be_used_is_refused_with_the_reason() {
        let (key, count) = taken("active", b"", b"");
        assert!(
            key.refused && key.remarks[0].starts_with("tls.key: no PEM block"),
            "{key:?}"
        );
        assert_eq!(count, 0);
        let example = include_bytes!("../../../../../keys-example/tls.key");
        let certificate = include_bytes!("../../../../../keys-example/tls.crt");
        let (key, count) = taken("active", example, certificate);
        assert!(
            key.refused && key.remarks[0].contains("published"),
            "{key:?}"
        );
        assert_eq!(count, 0);
    }
}
