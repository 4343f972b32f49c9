//! The judgement of unsealing: what was sealed, what was opened and what lives in the cluster,
//! to what is to be written. Values in, a [`Verdict`] out; no request is made here.
//!
//! The rules are those of the sealed-secrets controller, so that a cluster can change hands:
//! wholesale replacement of what the SealedSecret controls, merging where the live Secret asks
//! for it by `patch`, and no hand on a Secret that neither is ours nor asks to be.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};
use signet_api::SealedSecret;
use signet_api::names::{
    COPIED_FROM, COPIED_FROM_UID, LAST_APPLIED, LAST_APPLIED_KUBECFG, MANAGED, PATCH, SKIP_OWNER,
};

use super::Opened;

/// `apiVersion` of the owner of every Secret that is made.
const OWNER_API_VERSION: &str = "bitnami.com/v1alpha1";

/// What is to be done. Bodies hold plaintext, so this can neither be printed nor compared.
pub enum Verdict {
    /// There is none: create it as this.
    Create(Value),
    /// Replace what lives by this; it keeps the `resourceVersion` that was seen.
    Update(Value),
    /// It is as it should be.
    Leave,
    /// It is not ours to write.
    Refuse(Refusal),
}

/// Why nothing is written. Its text is the event's, and the peer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody else's Secret has the name.
    NotManaged {
        /// Its name.
        name: String,
    },
    /// The live Secret is immutable and differs; only deleting it helps.
    Immutable {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotManaged { name } => {
                write!(
                    f,
                    "Resource \"{name}\" already exists and is not managed by SealedSecret"
                )
            }
            Self::Immutable { namespace, name } => write!(
                f,
                "Error updating {namespace}/{name}: the target Secret is immutable. Once a Secret is marked as \
                 immutable, it is not possible to revert this change nor to mutate the contents of the data \
                 field. You can only delete and recreate the Secret."
            ),
        }
    }
}

/// Judges one SealedSecret against the live Secret of its name, if there is one.
///
/// The caller has opened every item; `opened` says what the Secret is to look like.
#[must_use]
pub fn decide(sealed: &SealedSecret, opened: &Opened, live: Option<&Value>) -> Verdict {
    let Some(live) = live else {
        return Verdict::Create(body(sealed, opened));
    };
    if let Some(refusal) = standing(sealed, live) {
        return Verdict::Refuse(refusal);
    }
    over(live, next(sealed, opened, live))
}

/// What a live Secret is to become: ours wholly, or with ours laid over it where it asks for that.
pub fn next(sealed: &SealedSecret, opened: &Opened, live: &Value) -> Value {
    if annotated(live, PATCH) {
        merged(sealed, opened, live)
    } else {
        replaced(sealed, opened, live)
    }
}

/// What it takes to make `next` of what lives.
pub fn over(live: &Value, next: Value) -> Verdict {
    let differs = |part: &&str| !same(live.pointer(part), next.pointer(part));
    if !PARTS.iter().any(differs) {
        return Verdict::Leave;
    }
    if live["immutable"] == true && FROZEN.iter().any(differs) {
        return Verdict::Refuse(immutable(live));
    }
    Verdict::Update(next)
}

/// Whether `secret` may be written for `sealed`: it is controlled by it, says `managed` or `patch`
/// itself, or is a copy from another namespace, which gives way. `None` means yes.
///
/// The peer asks this of a Secret that it has just created, too, so a template that skips the
/// owner reference has to say `managed`.
#[must_use]
pub fn standing(sealed: &SealedSecret, secret: &Value) -> Option<Refusal> {
    let ours =
        controller_uid(secret).is_some_and(|uid| Some(uid) == sealed.metadata.uid.as_deref());
    let consents =
        annotated(secret, MANAGED) || annotated(secret, PATCH) || copied_from(secret).is_some();
    (!ours && !consents).then(|| Refusal::NotManaged {
        name: name(sealed).to_owned(),
    })
}

/// Of which SealedSecret a Secret says to be a copy: namespace, name and uid. A copy has its
/// SealedSecret's name in another namespace; of anything else the annotations mean nothing.
#[must_use]
pub fn copied_from(secret: &Value) -> Option<(&str, &str, &str)> {
    let metadata = secret.get("metadata")?;
    let text = |key: &str| metadata.get(key)?.as_str();
    let annotation = |key: &str| metadata.get("annotations")?.get(key)?.as_str();
    let (namespace, name) = annotation(COPIED_FROM)?.split_once('/')?;
    let elsewhere =
        Some(name) == text("name") && Some(namespace) != text("namespace") && !namespace.is_empty();
    elsewhere.then_some((namespace, name, annotation(COPIED_FROM_UID)?))
}

/// Whether a SealedSecret called `name`, of whatever uid, was in charge of `secret`.
#[must_use]
pub fn is_ours_by_name(secret: &Value, name: &str) -> bool {
    let owners = secret.pointer("/metadata/ownerReferences");
    let mut owners = owners.and_then(Value::as_array).into_iter().flatten();
    owners.any(|owner| {
        owner["controller"] == true && owner["kind"] == "SealedSecret" && owner["name"] == name
    }) || annotated(secret, MANAGED)
        || annotated(secret, PATCH)
}

/// Everything of a Secret that an update may touch. `immutable` and finalizers count at creation
/// only, as with the peer.
const PARTS: [&str; 5] = [
    "/data",
    "/type",
    "/metadata/labels",
    "/metadata/annotations",
    "/metadata/ownerReferences",
];

/// Annotations that no template gives a Secret.
const NEVER_CARRIED: [&str; 4] = [
    LAST_APPLIED,
    LAST_APPLIED_KUBECFG,
    COPIED_FROM,
    COPIED_FROM_UID,
];

/// What the API server lets nobody change once `immutable` is set.
const FROZEN: [&str; 2] = ["/data", "/type"];

/// The Secret as it is made where there is none.
pub fn body(sealed: &SealedSecret, opened: &Opened) -> Value {
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), name(sealed).into());
    metadata.insert(
        "namespace".to_owned(),
        sealed.metadata.namespace.clone().into(),
    );
    for (part, value) in [
        ("labels", labels(opened).into()),
        ("annotations", annotations(opened).into()),
        (
            "finalizers",
            template_metadata(opened, "finalizers")
                .cloned()
                .unwrap_or_default(),
        ),
        ("ownerReferences", owners(sealed, opened)),
    ] {
        if !empty(&value) {
            metadata.insert(part.to_owned(), value);
        }
    }
    let mut body =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind(opened)});
    body["data"] = encoded(opened).into();
    if let Some(immutable) = opened.template.immutable {
        body["immutable"] = immutable.into();
    }
    body
}

/// The live Secret with everything of ours replaced: what others added is gone.
fn replaced(sealed: &SealedSecret, opened: &Opened, live: &Value) -> Value {
    let mut next = live.clone();
    next["data"] = encoded(opened).into();
    next["type"] = kind(opened).into();
    next["metadata"]["labels"] = labels(opened).into();
    next["metadata"]["annotations"] = annotations(opened).into();
    next["metadata"]["ownerReferences"] = owners(sealed, opened);
    next
}

/// The live Secret with ours laid over it. It becomes owned only if it says `managed`, which the
/// template may have added just now.
fn merged(sealed: &SealedSecret, opened: &Opened, live: &Value) -> Value {
    let mut next = live.clone();
    lay_over(&mut next["data"], encoded(opened));
    lay_over(&mut next["metadata"]["labels"], labels(opened));
    lay_over(&mut next["metadata"]["annotations"], annotations(opened));
    if let Some(kind) = given_kind(opened) {
        next["type"] = kind.into();
    }
    if annotated(&next, MANAGED) {
        next["metadata"]["ownerReferences"] = owners(sealed, opened);
    }
    next
}

fn lay_over(under: &mut Value, over: Map<String, Value>) {
    match under {
        Value::Object(map) => map.extend(over),
        other => *other = over.into(),
    }
}

/// Whether two parts are alike. To the API server an absent, a null and an empty one are.
#[must_use]
pub fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    let solid = |value: Option<&Value>| value.filter(|value| !empty(value)).cloned();
    match (a, b) {
        (Some(a), Some(b)) if a == b => true,
        _ => solid(a).is_none() && solid(b).is_none(),
    }
}

/// In what two Secrets differ, such as `data.password` or `metadata.labels`: names of parts and of
/// keys, never a value.
#[must_use]
pub fn differences(live: &Value, next: &Value) -> Vec<String> {
    let mut parts = Vec::new();
    let (was, is) = (&next["data"], &live["data"]);
    let keys = [was, is].into_iter().filter_map(Value::as_object);
    let mut keys: Vec<&String> = keys.flat_map(|data| data.keys()).collect();
    keys.sort();
    keys.dedup();
    let differ = |key: &&&String| was.get(key.as_str()) != is.get(key.as_str());
    parts.extend(keys.iter().filter(differ).map(|key| format!("data.{key}")));
    for (part, name) in [
        ("/type", "type"),
        ("/metadata/labels", "metadata.labels"),
        ("/metadata/annotations", "metadata.annotations"),
        ("/metadata/ownerReferences", "metadata.ownerReferences"),
    ] {
        if !same(live.pointer(part), next.pointer(part)) {
            parts.push(name.to_owned());
        }
    }
    parts
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

fn encoded(opened: &Opened) -> Map<String, Value> {
    opened
        .data
        .iter()
        .map(|(key, value)| (key.clone(), BASE64.encode(value.expose()).into()))
        .collect()
}

fn owners(sealed: &SealedSecret, opened: &Opened) -> Value {
    if annotations(opened)
        .get(SKIP_OWNER)
        .is_some_and(|value| value == "true")
    {
        return json!([]);
    }
    json!([{
        "apiVersion": OWNER_API_VERSION,
        "kind": "SealedSecret",
        "name": name(sealed),
        "uid": sealed.metadata.uid.clone().unwrap_or_default(),
        "controller": true,
    }])
}

/// A template without a type means `Opaque`; said aloud, because the API server would say it and
/// the two would differ for ever.
fn kind(opened: &Opened) -> &str {
    given_kind(opened).unwrap_or("Opaque")
}

fn given_kind(opened: &Opened) -> Option<&str> {
    opened
        .template
        .type_
        .as_deref()
        .filter(|kind| !kind.is_empty())
}

fn labels(opened: &Opened) -> Map<String, Value> {
    template_map(opened, "labels")
}

/// The template's annotations without the copies of a manifest that `kubectl apply` and kubecfg
/// leave: those would hold plaintext (threat T15). A template makes no Secret a copy either.
fn annotations(opened: &Opened) -> Map<String, Value> {
    let mut annotations = template_map(opened, "annotations");
    annotations.retain(|key, _| !NEVER_CARRIED.contains(&key.as_str()));
    annotations
}

fn template_map(opened: &Opened, part: &str) -> Map<String, Value> {
    template_metadata(opened, part)
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

/// Of the template's metadata, only what is asked for here reaches the Secret: the rest (uid,
/// resourceVersion, managedFields) is the API server's to say.
fn template_metadata<'a>(opened: &'a Opened, part: &str) -> Option<&'a Value> {
    opened.template.metadata.as_ref()?.get(part)
}

fn name(sealed: &SealedSecret) -> &str {
    sealed.metadata.name.as_deref().unwrap_or_default()
}

fn immutable(live: &Value) -> Refusal {
    let text = |part: &str| {
        live["metadata"][part]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    Refusal::Immutable {
        namespace: text("namespace"),
        name: text("name"),
    }
}

/// Whether an annotation of the Secret is `true`.
pub fn annotated(secret: &Value, annotation: &str) -> bool {
    secret["metadata"]["annotations"]
        .get(annotation)
        .is_some_and(|value| value == "true")
}

/// The uid of the object's controlling owner, if it has one.
pub fn controller_uid(object: &Value) -> Option<&str> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    owners.iter().find(|owner| owner["controller"] == true)?["uid"]
        .as_str()
        .filter(|uid| !uid.is_empty())
}
