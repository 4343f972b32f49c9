//! The judgement of one copy: what was opened and what lives in the other namespace, to what is to be
//! written there. The rules are those of the SealedSecret's own Secret ([`super::super::decide`]),
//! with a mark in the place of an owner reference.

use serde_json::{Value, json};
use signet_api::SealedSecret;
use signet_api::names::{MANAGED, PATCH};
use signet_seal::secret::Opened;

use super::mark::{self, Mark};
use crate::wake::Key;
use signet_seal::secret::decide::{self, Refusal, Verdict, annotated, controller_uid};

/// Judges the copy in `namespace` against the live Secret of its name, if there is one.
#[must_use]
pub fn decide(
    sealed: &SealedSecret,
    opened: &Opened,
    live: Option<&Value>,
    namespace: &str,
) -> Verdict {
    let source = source(sealed);
    let Some(live) = live else {
        return Verdict::Create(body(sealed, opened, namespace));
    };
    let marked = Mark::of(live).map(|mark| mark.source == source);
    // Who controls a Secret puts it back, so that two would write in turns.
    let consents = || annotated(live, MANAGED) && controller_uid(live).is_none();
    let ours = marked.unwrap_or_else(consents);
    if !ours && (marked.is_some() || !annotated(live, PATCH)) {
        let name = source.name;
        return Verdict::Refuse(Refusal::NotManaged { name });
    }
    let mut next = decide::next(sealed, opened, live);
    if ours {
        next["metadata"]["ownerReferences"] = json!([]);
        put_mark(&mut next, sealed, &source);
    } else {
        keep(&mut next, live);
    }
    decide::over(live, next)
}

/// A Secret that only lets itself be merged into stays its owner's: no template of another namespace
/// makes it ours, to be replaced and deleted.
fn keep(next: &mut Value, live: &Value) {
    next["metadata"]["ownerReferences"] = live["metadata"]["ownerReferences"].clone();
    if let Some(annotations) = next["metadata"]["annotations"].as_object_mut() {
        match live["metadata"]["annotations"].get(MANAGED) {
            Some(word) => annotations.insert(MANAGED.to_owned(), word.clone()),
            None => annotations.remove(MANAGED),
        };
    }
}

/// The copy where there is none. Finalizers stay behind: they would let whoever seals keep a namespace
/// of others from being deleted.
fn body(sealed: &SealedSecret, opened: &Opened, namespace: &str) -> Value {
    let mut body = decide::body(sealed, opened);
    if let Some(metadata) = body["metadata"].as_object_mut() {
        metadata.remove("ownerReferences");
        metadata.remove("finalizers");
        metadata.insert("namespace".to_owned(), namespace.into());
    }
    put_mark(&mut body, sealed, &source(sealed));
    body
}

fn put_mark(secret: &mut Value, sealed: &SealedSecret, source: &Key) {
    let annotations = &mut secret["metadata"]["annotations"];
    if !annotations.is_object() {
        *annotations = json!({});
    }
    if let Some(annotations) = annotations.as_object_mut() {
        let uid = sealed.metadata.uid.as_deref().unwrap_or_default();
        mark::put(annotations, source, uid);
    }
}

fn source(sealed: &SealedSecret) -> Key {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    Key::new(
        text(&sealed.metadata.namespace),
        text(&sealed.metadata.name),
    )
}

#[cfg(test)]
mod tests;
