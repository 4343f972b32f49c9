//! `spec.template.data`: values that are rendered from the opened items.
//!
//! What Go renders anew at each turn is rendered here to the same bytes each time: what is random
//! comes from
//!
//! ```text
//! seed = witness of the key that opened the items over SHA-256(namespace ‖ name ‖ spec)
//! rng of an entry = ChaCha20(SHA-256(seed ‖ its key))
//! ```
//! and so is the same for one spec and one key, in whatever order entries are rendered, on every
//! replica and in `signet unseal` too; who does not hold the private key cannot tell it. Sealing an
//! item again is another spec.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use signet_api::SealedSecret;
use signet_template::{Budget, Renderer};
use zeroize::Zeroizing;

use super::leads::Leads;
use super::open::{Opened, TemplateRules, UnsealError};
use crate::bytes::SecretBytes;
use crate::keyring::Keyring;

/// Sets the seed apart from whatever else a key vouches for.
const PURPOSE: &[u8] = b"signet templates v1";

/// Renders the entries that are texts, and takes the items out that an entry of `null` names.
///
/// # Errors
/// [`UnsealError::Items`], with the entries that are no templates or did not render.
pub(super) fn render(
    sealed: &SealedSecret,
    opened: &mut Opened,
    keyring: &Keyring,
    (rules, now): (TemplateRules, Option<Timestamp>),
) -> Result<(), UnsealError> {
    let template = sealed.spec.template.as_ref();
    let Some(entries) = template.and_then(|template| template.data.as_ref()) else {
        return Ok(());
    };
    let texts: Vec<_> = entries
        .iter()
        .filter_map(|(key, text)| Some((key, text.as_deref()?)))
        .collect();
    if !texts.is_empty() {
        let seed = seed(sealed, opened, keyring).ok_or_else(|| failed(&texts))?;
        let rendered = all(&texts, opened, &seed, (rules, now))?;
        opened.rendered = true;
        for (key, value) in rendered {
            let sealed_too = sealed.spec.encrypted_data.contains_key(&key);
            if rules == TemplateRules::Until036 || !sealed_too {
                opened.data.insert(key, value.into());
            }
        }
    }
    for (key, _) in entries.iter().filter(|(_, text)| text.is_none()) {
        opened.data.remove(key);
    }
    Ok(())
}

/// Without any key there is nothing that randomness could come from.
fn failed(texts: &[(&String, &str)]) -> UnsealError {
    let keys = texts.iter().map(|(key, _)| (*key).clone()).collect();
    UnsealError::Items {
        causes: [(
            "templates need a sealing key, and there is none".to_owned(),
            keys,
        )]
        .into(),
        leads: Leads::default(),
    }
}

type Rendered = BTreeMap<String, Zeroizing<Vec<u8>>>;

/// Each text under its key, with one budget for all of them. Every one is tried, so that all errors
/// are told at once.
fn all(
    texts: &[(&String, &str)],
    opened: &Opened,
    seed: &[u8; 32],
    (rules, now): (TemplateRules, Option<Timestamp>),
) -> Result<Rendered, UnsealError> {
    let mut values: BTreeMap<&str, &[u8]> = BTreeMap::new();
    if rules == TemplateRules::Since040 {
        // Their texts as they are; an item of the same name counts before them.
        values.extend(
            texts
                .iter()
                .map(|(key, text)| (key.as_str(), text.as_bytes())),
        );
    }
    let items = opened.data.iter();
    values.extend(items.map(|(key, value): (_, &SecretBytes)| (key.as_str(), value.expose())));
    let renderer = Renderer::new(values, now, Budget::default());
    let mut rendered = Rendered::new();
    let mut causes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, text) in texts {
        let mut rng = ChaCha20Rng::from_seed(*of_entry(seed, key));
        match renderer.render(key, text, &mut rng) {
            Ok(value) => drop(rendered.insert((*key).clone(), value)),
            Err(error) => causes
                .entry(error.to_string())
                .or_default()
                .push((*key).clone()),
        }
    }
    if causes.is_empty() {
        return Ok(rendered);
    }
    Err(UnsealError::Items {
        causes,
        leads: Leads::default(),
    })
}

fn of_entry(seed: &[u8; 32], key: &str) -> Zeroizing<[u8; 32]> {
    let hasher = Sha256::new().chain_update(seed).chain_update(key);
    Zeroizing::new(hasher.finalize().into())
}

/// Of a key that opened an item; where none did, of the oldest, which stays longest.
fn seed(sealed: &SealedSecret, opened: &Opened, keyring: &Keyring) -> Option<Zeroizing<[u8; 32]>> {
    let oldest = || keyring.entries().last().map(|entry| *entry.fingerprint());
    let key = opened.used.values().min().copied().or_else(oldest)?;
    let spec = serde_json::to_vec(&sealed.spec).ok()?;
    let mut hasher = Sha256::new();
    for part in [&sealed.metadata.namespace, &sealed.metadata.name] {
        hasher.update(part.as_deref().unwrap_or_default());
        hasher.update([0]);
    }
    hasher.update(&spec);
    let message = [PURPOSE, hasher.finalize().as_slice()].concat();
    keyring.witness(&key, &message).map(Zeroizing::new)
}
