//! A SealedSecret becomes values again: all of them or none.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde_json::Value;
use signet_api::SealedSecret;
use signet_api::sealed_secret::SecretTemplate;

use super::input::{Input, SecretError};
use super::leads::Leads;
use super::wipe::Wiped;
use crate::bytes::SecretBytes;
use crate::fingerprint::Fingerprint;
use crate::keyring::Keyring;
use crate::scope::Scope;
use crate::sealed_for::SealedFor;
use crate::text;

/// What was inside.
pub struct Opened {
    /// The values, by key.
    pub data: BTreeMap<String, SecretBytes>,
    /// The key that opened each item (an item left out by the template included).
    pub used: BTreeMap<String, Fingerprint>,
    /// What the Secret looks like apart from its values: the template, or in the deprecated form
    /// what the blob says.
    pub template: SecretTemplate,
    /// Whether an entry of the template was rendered: then some values may depend on the moment.
    pub rendered: bool,
}

/// Why nothing was opened. `Display` is the text of the status condition, in the peer's words where
/// it has the same error; no value is ever quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnsealError {
    /// Items that did not open.
    Items {
        /// Each cause, with the keys of the items it befell.
        causes: BTreeMap<String, Vec<String>>,
        /// What more is known of the items that no key opened, see [`Lead`](super::Lead).
        leads: Leads,
    },
    /// `encryptedData` and the deprecated `data` at once.
    BothForms,
    /// The deprecated `data` stands alone, and is not accepted here.
    Deprecated,
    /// The deprecated blob opened, but is no Secret.
    Blob(SecretError),
    /// The blob opened, but is not JSON.
    BlobNotJson,
    /// Entries of `spec.template.data` that are Go templates, which a build that cannot open with
    /// aws-lc does not render.
    Templates(Vec<String>),
}

impl fmt::Display for UnsealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Items { causes, .. } => f.write_str(&lines(causes)),
            Self::BothForms => f.write_str(
                "cannot use the field 'encryptedData' and the deprecated field 'data' \
                 at the same time",
            ),
            Self::Deprecated => f.write_str(
                "using deprecated 'data' field, use 'encryptedData' or flip the feature flag",
            ),
            Self::Blob(cause) => {
                write!(f, "the Secret inside the deprecated field 'data': {cause}")
            }
            Self::BlobNotJson => f.write_str("the deprecated field 'data' holds no JSON Secret"),
            Self::Templates(keys) => write!(
                f,
                "unsupported field spec.template.data ({}): this build does not render templates",
                keys.join(", ")
            ),
        }
    }
}

impl std::error::Error for UnsealError {}

/// `cause (key, key)`, one cause a line, in a fixed order so that the text only changes with the cause.
fn lines(causes: &BTreeMap<String, Vec<String>>) -> String {
    let line = |(cause, keys): (&String, &Vec<String>)| match keys.as_slice() {
        [] => cause.clone(),
        keys => format!("{cause} ({})", keys.join(", ")),
    };
    causes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The label that the object's items must have been sealed under: by its own annotations, namespace
/// and name. What the template says does not count.
#[must_use]
pub fn label_of(sealed: &SealedSecret) -> Vec<u8> {
    let metadata = &sealed.metadata;
    let scope = metadata
        .annotations
        .as_ref()
        .map(Scope::of_annotations)
        .unwrap_or_default();
    scope.label(
        metadata.namespace.as_deref().unwrap_or_default(),
        metadata.name.as_deref().unwrap_or_default(),
    )
}

/// Which release of the sealed-secrets controller decides about `spec.template.data` where they
/// differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TemplateRules {
    /// 0.40 and later: templates see each other's text, and an item counts before an entry of the same
    /// name, in what they see and in the Secret.
    #[default]
    Since040,
    /// 0.36 and earlier: templates see the items alone, and an entry replaces the item of the same
    /// name.
    Until036,
}

impl FromStr for TemplateRules {
    type Err = &'static str;

    fn from_str(release: &str) -> Result<Self, Self::Err> {
        match release {
            "0.40" => Ok(Self::Since040),
            "0.36" => Ok(Self::Until036),
            _ => Err("write 0.40 or 0.36"),
        }
    }
}

/// How to open.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// Keys to try after the one that an item's note names and before all others, for example those
    /// that have opened this object before.
    pub guesses: Vec<Fingerprint>,
    /// Refuse the deprecated `spec.data` instead of opening it.
    pub refuse_deprecated: bool,
    /// How templates are dealt with.
    pub templates: TemplateRules,
    /// The moment that is now to templates. Without it those that ask for it fail.
    pub now: Option<Timestamp>,
}

/// [`open_with`] without guesses and without a clock, the deprecated form accepted.
///
/// # Errors
/// As [`open_with`].
pub fn open_sealed(sealed: &SealedSecret, keyring: &Keyring) -> Result<Opened, UnsealError> {
    open_with(sealed, keyring, &Opening::default())
}

/// Opens every item of `sealed`, each with the key its note names first, then with those that opened
/// the items before it, then with the guesses, then with every other; then renders the template's
/// entries. An entry of `null` leaves its item out of the result. Of the deprecated form nothing is
/// rendered.
///
/// The same object, keys and `now` come to the same bytes each time, whatever the templates do.
///
/// # Errors
/// [`UnsealError`] if anything at all does not open or render: half a Secret is never returned.
pub fn open_with(
    sealed: &SealedSecret,
    keyring: &Keyring,
    opening: &Opening,
) -> Result<Opened, UnsealError> {
    match sealed.spec.data.as_deref().filter(|blob| !blob.is_empty()) {
        None => {
            let mut opened = open_items(sealed, keyring, &opening.guesses)?;
            render(sealed, &mut opened, keyring, opening)?;
            Ok(opened)
        }
        Some(_) if !sealed.spec.encrypted_data.is_empty() => Err(UnsealError::BothForms),
        Some(_) if opening.refuse_deprecated => Err(UnsealError::Deprecated),
        Some(blob) => open_blob(sealed, blob, keyring, &opening.guesses),
    }
}

#[cfg(feature = "native")]
fn render(
    sealed: &SealedSecret,
    opened: &mut Opened,
    keyring: &Keyring,
    opening: &Opening,
) -> Result<(), UnsealError> {
    super::templates::render(sealed, opened, keyring, (opening.templates, opening.now))
}

/// Without the engine: only what an entry of `null` says is done.
#[cfg(not(feature = "native"))]
fn render(
    sealed: &SealedSecret,
    opened: &mut Opened,
    _: &Keyring,
    _: &Opening,
) -> Result<(), UnsealError> {
    let template = sealed.spec.template.as_ref();
    let entries = template.and_then(|template| template.data.as_ref());
    let mut texts = Vec::new();
    for (key, text) in entries.into_iter().flatten() {
        match text {
            Some(_) => texts.push(key.clone()),
            None => drop(opened.data.remove(key)),
        }
    }
    if texts.is_empty() {
        Ok(())
    } else {
        Err(UnsealError::Templates(texts))
    }
}

fn hints(sealed: &SealedSecret) -> SealedFor {
    sealed
        .metadata
        .annotations
        .as_ref()
        .map(SealedFor::of)
        .unwrap_or_default()
}

fn open_items(
    sealed: &SealedSecret,
    keyring: &Keyring,
    guesses: &[Fingerprint],
) -> Result<Opened, UnsealError> {
    let (label, hints) = (label_of(sealed), hints(sealed));
    // The items of one object were mostly sealed together: what opened one comes first for the next.
    let mut guesses = guesses.to_vec();
    let template = sealed.spec.template.clone().unwrap_or_default();
    let mut opened = Opened {
        data: BTreeMap::new(),
        used: BTreeMap::new(),
        template,
        rendered: false,
    };
    let mut causes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut leads = Leads::default();
    for (key, text) in &sealed.spec.encrypted_data {
        let hint = hints.item(key);
        match open_text(text, &label, hint.into_iter().chain(&guesses), keyring) {
            Ok((value, fingerprint)) => {
                if guesses.first() != Some(&fingerprint) {
                    guesses.retain(|guess| *guess != fingerprint);
                    guesses.insert(0, fingerprint);
                }
                opened.used.insert(key.clone(), fingerprint);
                opened.data.insert(key.clone(), value);
            }
            Err(cause) => {
                causes.entry(cause).or_default().push(key.clone());
                leads.follow(key, text, hint, |key| keyring.contains(key));
            }
        }
    }
    if causes.is_empty() {
        Ok(opened)
    } else {
        Err(UnsealError::Items { causes, leads })
    }
}

fn open_text<'a>(
    text: &str,
    label: &[u8],
    hints: impl IntoIterator<Item = &'a Fingerprint>,
    keyring: &Keyring,
) -> Result<(SecretBytes, Fingerprint), String> {
    let item = text::decode(text).map_err(|error| error.to_string())?;
    let (value, used) = keyring
        .open(label, &item, hints)
        .map_err(|error| error.to_string())?;
    Ok((value, *used))
}

/// The deprecated form: one item that holds a whole Secret as JSON, with its own type and metadata.
fn open_blob(
    sealed: &SealedSecret,
    blob: &str,
    keyring: &Keyring,
    guesses: &[Fingerprint],
) -> Result<Opened, UnsealError> {
    let opened = open_text(blob, &label_of(sealed), guesses, keyring);
    let (json, used) = opened.map_err(|cause| UnsealError::Items {
        causes: [(cause, Vec::new())].into(),
        leads: Leads::default(),
    })?;
    let secret = serde_json::from_slice::<Value>(json.expose()).map(Wiped);
    let mut secret = secret.map_err(|_| UnsealError::BlobNotJson)?;
    let input = Input::read(secret.take()).map_err(UnsealError::Blob)?;
    Ok(Opened {
        used: input.data.keys().map(|key| (key.clone(), used)).collect(),
        data: input.data,
        rendered: false,
        template: SecretTemplate {
            metadata: Some(input.metadata),
            type_: input.type_,
            immutable: input.immutable,
            data: None,
        },
    })
}
