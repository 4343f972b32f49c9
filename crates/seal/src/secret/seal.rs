//! A Secret becomes a SealedSecret.

use std::collections::BTreeMap;

use rand_core::CryptoRng;
use serde::Serialize;
use serde_json::{Map, Value};
use signet_api::names::SEALED_FOR;
use signet_api::sealed_secret::SecretTemplate;

use super::input::{Input, SecretError, metadata_text};
use crate::format::Sealer;
use crate::scope::Scope;
use crate::{sealed_for, text};

/// How to seal; the default is what `kubeseal` does without flags.
#[derive(Clone, Copy, Debug, Default)]
pub struct SealOptions<'a> {
    /// The scope asked for; `None` takes the one that the Secret's annotations declare.
    pub scope: Option<Scope>,
    /// Namespace for a Secret that names none.
    pub namespace: Option<&'a str>,
    /// Whether `namespace` was asked for by name: then a Secret of another one is refused, unless
    /// the scope is cluster-wide.
    pub namespace_is_explicit: bool,
    /// A name to use instead of the Secret's.
    pub name: Option<&'a str>,
    /// Seal a Secret without values instead of taking it for a mistake.
    pub allow_empty_data: bool,
    /// Leave out our note of the key, so that the output has only what kubeseal writes.
    pub without_note: bool,
}

/// A SealedSecret, in the order in which kubeseal writes its fields. Holds no plaintext.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SealedManifest {
    /// `SealedSecret`.
    pub kind: &'static str,
    /// `bitnami.com/v1alpha1`.
    pub api_version: &'static str,
    /// Name, namespace, and the annotations that opening needs.
    pub metadata: SealedMetadata,
    /// The items and the template.
    pub spec: SealedSpec,
}

/// Metadata of a [`SealedManifest`]: labels and annotations of the Secret are in the template.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SealedMetadata {
    /// Name of SealedSecret and Secret.
    pub name: String,
    /// Absent only in cluster-wide scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The scope, unless strict, and the key's fingerprint.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// Spec of a [`SealedManifest`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SealedSpec {
    /// The Secret without its values.
    pub template: SecretTemplate,
    /// The items, base64.
    pub encrypted_data: BTreeMap<String, String>,
}

impl SealedManifest {
    /// JSON as kubeseal prints it: two spaces, and a line break at the end.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{:#}\n", Pretty(self))
    }

    /// The object as a value, for other writers.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default() // only maps of text: cannot fail
    }
}

/// Serialises without a second copy, and without an error that cannot happen.
struct Pretty<'a>(&'a SealedManifest);

impl std::fmt::Display for Pretty<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string_pretty(self.0).map_err(|_| std::fmt::Error)?)
    }
}

/// Seals a Secret, given as JSON, for the key of `sealer`.
///
/// `data` is sealed first and `stringData` over it; labels, annotations, type and `immutable` go to
/// the template; the scope is declared on both. The value handed in is wiped, whatever the result.
///
/// # Errors
/// [`SecretError`], in kubeseal's words where it has the same error. It never quotes a value.
pub fn seal_secret(
    secret: Value,
    options: &SealOptions<'_>,
    sealer: &dyn Sealer,
    rng: &mut dyn CryptoRng,
) -> Result<SealedManifest, SecretError> {
    let mut input = Input::read(secret)?;
    if input.data.is_empty() && !options.allow_empty_data {
        return Err(SecretError::Empty);
    }
    let name = name(&input.metadata, options)?;
    let mut annotations = annotations(&input.metadata);
    let scope = options
        .scope
        .unwrap_or_else(|| Scope::of_annotations(&annotations));
    scope.declare(&mut annotations);
    let namespace = namespace(&input.metadata, scope, options)?;
    write_back(
        &mut input.metadata,
        &name,
        namespace.as_deref(),
        &annotations,
    );

    let label = scope.label(namespace.as_deref().unwrap_or_default(), &name);
    let encrypted_data = items(&input, &label, sealer, rng)?;
    let note = if options.without_note {
        None
    } else {
        note(&encrypted_data, sealer)
    };
    let mut outer = BTreeMap::new();
    scope.declare(&mut outer);
    outer.extend(note.map(|text| (SEALED_FOR.to_owned(), text)));
    Ok(SealedManifest {
        kind: "SealedSecret",
        api_version: "bitnami.com/v1alpha1",
        metadata: SealedMetadata {
            name,
            namespace,
            annotations: outer,
        },
        spec: SealedSpec {
            template: template(input),
            encrypted_data,
        },
    })
}

fn items(
    input: &Input,
    label: &[u8],
    sealer: &dyn Sealer,
    rng: &mut dyn CryptoRng,
) -> Result<BTreeMap<String, String>, SecretError> {
    input
        .data
        .iter()
        .map(|(key, value)| {
            let item = sealer.seal(rng, label, value.expose())?;
            Ok((key.clone(), text::encode(&item)))
        })
        .collect()
}

fn note(items: &BTreeMap<String, String>, sealer: &dyn Sealer) -> Option<String> {
    let fingerprint = *sealer.fingerprint();
    sealed_for::annotation(&items.keys().map(|key| (key.clone(), fingerprint)).collect())
}

fn name(metadata: &Map<String, Value>, options: &SealOptions<'_>) -> Result<String, SecretError> {
    match options.name.filter(|name| !name.is_empty()) {
        Some(name) => Ok(name.to_owned()),
        None => metadata_text(metadata, "name")?.ok_or(SecretError::NoName),
    }
}

fn namespace(
    metadata: &Map<String, Value>,
    scope: Scope,
    options: &SealOptions<'_>,
) -> Result<Option<String>, SecretError> {
    let anywhere = scope == Scope::ClusterWide;
    let asked = options.namespace.filter(|namespace| !namespace.is_empty());
    match (metadata_text(metadata, "namespace")?, asked) {
        (Some(secret), Some(asked))
            if options.namespace_is_explicit && !anywhere && secret != asked =>
        {
            Err(SecretError::NamespaceMismatch {
                secret,
                asked: asked.to_owned(),
            })
        }
        (Some(secret), _) => Ok(Some(secret)),
        (None, _) if anywhere => Ok(None),
        (None, Some(asked)) => Ok(Some(asked.to_owned())),
        (None, None) => Err(SecretError::NoNamespace),
    }
}

fn annotations(metadata: &Map<String, Value>) -> BTreeMap<String, String> {
    let map = metadata
        .get("annotations")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    map.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// The template repeats name and namespace, as kubeseal's does.
fn write_back(
    metadata: &mut Map<String, Value>,
    name: &str,
    namespace: Option<&str>,
    annotations: &BTreeMap<String, String>,
) {
    metadata.insert("name".to_owned(), name.into());
    if let Some(namespace) = namespace {
        metadata.insert("namespace".to_owned(), namespace.into());
    }
    metadata.remove("annotations");
    if !annotations.is_empty() {
        let map = annotations
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().into()));
        metadata.insert("annotations".to_owned(), Value::Object(map.collect()));
    }
}

fn template(input: Input) -> SecretTemplate {
    SecretTemplate {
        metadata: Some(input.metadata),
        type_: input.type_,
        immutable: input.immutable,
        data: None,
    }
}
