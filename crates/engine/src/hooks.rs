//! Waves and hooks as Argo CD writes them, so that a repository that carries them keeps its meaning.
//!
//! A wave is a number: lower ones come first, and each is healthy before the next begins. A hook is
//! an object, mostly a Job, that runs before or after the others, once for each set that differs from
//! the one before; it is no part of what is kept applied in between.

use std::fmt;

use serde_json::{Map, Value};
use signet_api::names;

use crate::digest;
use crate::manifest::{Manifest, switch};

/// Annotation: the wave of an object, a whole number; 0 without it.
pub const WAVE: &str = "argocd.argoproj.io/sync-wave";
/// Annotation: the phases in which an object runs as a hook, or `Skip`.
pub const HOOK: &str = "argocd.argoproj.io/hook";
/// Annotation: when a hook is deleted.
pub const DELETE_POLICY: &str = "argocd.argoproj.io/hook-delete-policy";
/// Annotation: options of an object, of which `Prune=false` is acted on.
pub const OPTIONS: &str = "argocd.argoproj.io/sync-options";

/// When an object has its turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Before everything else.
    PreSync,
    /// With everything else.
    #[default]
    Sync,
    /// When everything else is healthy.
    PostSync,
    /// When something has failed.
    SyncFail,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Phase {
    fn named(name: &str) -> Option<Self> {
        match name {
            "PreSync" => Some(Self::PreSync),
            "Sync" => Some(Self::Sync),
            "PostSync" => Some(Self::PostSync),
            "SyncFail" => Some(Self::SyncFail),
            _ => None,
        }
    }
}

/// What the annotations make of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is kept applied, as any other.
    Kept,
    /// It is a hook of these phases.
    Hook(Vec<Phase>),
    /// It is not applied at all.
    Skipped,
}

/// When a hook is deleted. Argo's default is before it is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Before it is made again.
    pub before_creation: bool,
    /// Once it has succeeded.
    pub on_success: bool,
    /// Once it has failed.
    pub on_failure: bool,
}

/// For what a live hook runs: a phase of the set with this digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The phase.
    pub phase: Phase,
    /// [`crate::manifest::digest_of_all`] of the set.
    pub set: String,
}

impl Run {
    /// What a live hook says of itself; `None` for what is no hook of ours.
    #[must_use]
    pub fn of(object: &Value) -> Option<Self> {
        let (phase, set) = switch(object, names::HOOK_OF)?.split_once(' ')?;
        let phase = Phase::named(phase)?;
        Some(Self {
            phase,
            set: set.to_owned(),
        })
    }

    /// Has a manifest say it.
    pub fn mark(&self, manifest: &mut Manifest) {
        let metadata = manifest.body.get_mut("metadata");
        let Some(metadata) = metadata.and_then(Value::as_object_mut) else {
            return;
        };
        let annotations = metadata.entry("annotations");
        let annotations = annotations.or_insert_with(|| Value::Object(Map::new()));
        if let Some(annotations) = annotations.as_object_mut() {
            let run = format!("{} {}", self.phase, self.set);
            annotations.insert(names::HOOK_OF.to_owned(), Value::from(run));
        }
    }
}

/// The role of an object. Words that Argo CD does not know make no hook, as there.
#[must_use]
pub fn role(manifest: &Manifest) -> Role {
    let words: Vec<&str> = list(manifest, HOOK).collect();
    if words.contains(&"Skip") {
        return Role::Skipped;
    }
    let phases: Vec<Phase> = words.into_iter().filter_map(Phase::named).collect();
    if phases.is_empty() {
        Role::Kept
    } else {
        Role::Hook(phases)
    }
}

/// The wave of an object; what is no whole number counts as 0, as in Argo CD.
#[must_use]
pub fn wave(manifest: &Manifest) -> i32 {
    let text = annotation(manifest, WAVE).unwrap_or_default();
    text.trim().parse().unwrap_or(0)
}

/// When the hook is deleted.
#[must_use]
pub fn deletion(manifest: &Manifest) -> Deletion {
    let words: Vec<&str> = list(manifest, DELETE_POLICY).collect();
    let has = |word: &str| words.contains(&word);
    Deletion {
        before_creation: has("BeforeHookCreation") || words.is_empty(),
        on_success: has("HookSucceeded"),
        on_failure: has("HookFailed"),
    }
}

/// Whether the object is to stay when it leaves the repository (`Prune=false`).
#[must_use]
pub fn is_kept(object: &Value) -> bool {
    let options = object
        .pointer("/metadata/annotations")
        .and_then(|annotations| annotations.get(OPTIONS))
        .and_then(Value::as_str)
        .unwrap_or_default();
    options
        .split(',')
        .any(|option| option.trim() == "Prune=false")
}

/// A hook may have `generateName` where others need a name; it gets one that is the same for the same
/// content, so that a restart finds it again. Other objects are left as they are.
pub fn name_hook(body: &mut Value) {
    let is_hook = body
        .pointer("/metadata/annotations")
        .is_some_and(|annotations| annotations.get(HOOK).is_some());
    let metadata = body.get("metadata");
    let text = |key: &str| metadata?.get(key)?.as_str().map(str::to_owned);
    let (Some(prefix), None, true) = (text("generateName"), text("name"), is_hook) else {
        return;
    };
    let digest = digest::of_value(body);
    let digits: String = digest.chars().skip("sha256:".len()).take(10).collect();
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("name".to_owned(), Value::from(format!("{prefix}{digits}")));
        metadata.remove("generateName");
    }
}

fn list<'a>(manifest: &'a Manifest, key: &str) -> impl Iterator<Item = &'a str> {
    let text = annotation(manifest, key).unwrap_or_default();
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

fn annotation<'a>(manifest: &'a Manifest, key: &str) -> Option<&'a str> {
    let annotations = manifest.body.pointer("/metadata/annotations")?;
    annotations.get(key)?.as_str()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::manifest::Origin;

    fn with(annotations: &Value) -> Manifest {
        let body = json!({"apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": "j", "annotations": annotations}});
        Manifest::new(body, Origin::new("j.yaml", 1)).unwrap()
    }

    #[test]
    fn roles_are_read_as_argo_reads_them() {
        let role_of = |text: &str| role(&with(&json!({HOOK: text})));
        assert_eq!(role_of("PreSync"), Role::Hook(vec![Phase::PreSync]));
        let both = vec![Phase::PreSync, Phase::PostSync];
        assert_eq!(role_of(" PreSync , PostSync"), Role::Hook(both));
        assert_eq!(role_of("Skip"), Role::Skipped);
        assert_eq!(role_of("presync"), Role::Kept, "words have their case");
        assert_eq!(role_of(""), Role::Kept);
        assert_eq!(role(&with(&json!({}))), Role::Kept);
    }

    #[test]
    fn waves_are_whole_numbers_and_nought_without() {
        let wave_of = |text: &str| wave(&with(&json!({WAVE: text})));
        assert_eq!((wave_of("-5"), wave_of("12"), wave_of("1.5")), (-5, 12, 0));
        assert_eq!(wave(&with(&json!({}))), 0);
    }

    #[test]
    fn a_hook_goes_before_it_is_made_again_unless_it_says_otherwise() {
        let of = |text: &str| {
            let found = deletion(&with(&json!({DELETE_POLICY: text})));
            (found.before_creation, found.on_success, found.on_failure)
        };
        assert_eq!(of(""), (true, false, false));
        assert_eq!(of("HookSucceeded"), (false, true, false));
        assert_eq!(of("HookSucceeded,HookFailed"), (false, true, true));
        assert_eq!(of("BeforeHookCreation"), (true, false, false));
    }

    #[test]
    fn a_hook_says_for_what_it_runs() {
        let mut manifest = with(&json!({HOOK: "PreSync"}));
        let run = Run {
            phase: Phase::PreSync,
            set: "sha256:1".to_owned(),
        };
        run.mark(&mut manifest);
        assert_eq!(Run::of(&manifest.body), Some(run));
        assert_eq!(role(&manifest), Role::Hook(vec![Phase::PreSync]));
        assert_eq!(Run::of(&with(&json!({})).body), None);
    }

    #[test]
    fn an_option_keeps_an_object_that_leaves() {
        let body = with(&json!({OPTIONS: "Replace=true, Prune=false"})).body;
        assert!(is_kept(&body));
        assert!(!is_kept(&with(&json!({OPTIONS: "Prune=true"})).body));
    }

    #[test]
    fn a_generated_name_is_the_same_for_the_same_content() {
        let named = |image: &str| {
            let mut body = json!({"metadata": {"generateName": "migrate-",
                "annotations": {HOOK: "PreSync"}}, "spec": {"image": image}});
            name_hook(&mut body);
            body["metadata"]["name"].as_str().unwrap().to_owned()
        };
        assert_eq!(named("a"), named("a"));
        assert_ne!(named("a"), named("b"));
        assert!(named("a").starts_with("migrate-"));
        let mut other = json!({"metadata": {"generateName": "y"}});
        name_hook(&mut other);
        assert_eq!(other, json!({"metadata": {"generateName": "y"}}));
    }
}
