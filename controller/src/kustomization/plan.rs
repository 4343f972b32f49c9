//! From what is declared to what is to be done: compare with what was applied and what is there.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use signet_api::{Kustomization, ObjectId};
use signet_cluster::{Cluster, Kind};
use signet_engine::inventory;
use signet_engine::manifest::Manifest;
use signet_engine::verdict::{self, Verdict};
use signet_source::Snapshot;

use super::failure::Failure;
use super::render::Rendered;
use crate::unsupported;
use crate::wake::Key;
use crate::world::World;

/// One object, and what is to be done about it.
pub struct Step {
    /// The declaration.
    pub manifest: Manifest,
    /// Its digest.
    pub digest: String,
    /// `None` while its definition is part of the same commit and not applied yet.
    pub kind: Option<Kind>,
    /// What to do.
    pub verdict: Verdict,
}

/// What one run will do.
pub struct Plan {
    /// Stages in the order of applying.
    pub stages: Vec<Vec<Step>>,
    /// With whose rights.
    pub applier: Cluster,
}

impl Plan {
    /// Every step.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.stages.iter().flatten()
    }

    /// What is declared, in the order of applying.
    pub fn ids(&self) -> Vec<ObjectId> {
        self.steps().map(|step| step.manifest.id.clone()).collect()
    }
}

/// Fields of Flux's schema of which a `false` changes nothing here: what it asks for is always
/// so, or is about a part that is not in use.
const HARMLESS: [&str; 2] = ["force", "wait"];

/// A declaration that asks for what is not built yet is refused by name, never half done.
///
/// # Errors
/// A terminal failure that lists the fields.
pub fn check_supported(kustomization: &Kustomization) -> Result<(), Failure> {
    let spec = &kustomization.spec;
    let idle = |name: &str, value: &Value| match value {
        Value::Bool(on) => !*on && HARMLESS.contains(&name),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    let mut fields = unsupported::fields(&spec.other, idle);
    if spec.source_ref.kind != "GitRepository" {
        fields.push(format!("spec.sourceRef.kind: {}", spec.source_ref.kind));
    }
    match unsupported::message(&fields) {
        Some(message) => Err(Failure::terminal(unsupported::REASON, message)),
        None => Ok(()),
    }
}

/// The commit to work on.
///
/// # Errors
/// The repository is not there, or has no commit yet; its first commit wakes us.
pub fn source(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
) -> Result<Snapshot, Failure> {
    let reference = &kustomization.spec.source_ref;
    let namespace = reference.namespace.as_deref().unwrap_or(&key.namespace);
    let source = Key::new(namespace, &reference.name);
    if let Some(snapshot) = world.snapshot(&source) {
        return Ok(snapshot);
    }
    let what = if world.stores.repositories.get(&source).is_none() {
        format!("GitRepository/{source} not found; spec.sourceRef names it")
    } else {
        format!("GitRepository/{source} is not ready: it has no commit yet")
    };
    Err(Failure::transient("ArtifactFailed", what))
}

pub(super) type Gvk = (String, String, String);

/// What names a kind.
pub(super) fn gvk(id: &ObjectId) -> Gvk {
    (id.group.clone(), id.version.clone(), id.kind.clone())
}

/// Asks for each kind once; `None` where the cluster does not know it.
pub(super) async fn kinds_of(
    world: &World,
    wanted: HashSet<Gvk>,
) -> Result<HashMap<Gvk, Option<Kind>>, Failure> {
    let mut kinds = HashMap::new();
    for gvk in wanted {
        let kind = world.cluster.kind(&gvk.0, &gvk.1, &gvk.2).await;
        let kind = kind.map_err(|error| {
            Failure::api("ReconciliationFailed", "asking for the kinds", &error)
        })?;
        kinds.insert(gvk, kind);
    }
    Ok(kinds)
}

/// Compares what is declared with what was applied and what is there.
///
/// # Errors
/// An object belongs to another Kustomization, or the API server is away.
pub async fn decide(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
    rendered: &Rendered,
) -> Result<Plan, Failure> {
    let kinds = resolve(world, kustomization, rendered).await?;
    let known: HashSet<Kind> = kinds.values().flatten().cloned().collect();
    world.owned.watch(&world.cluster, known).await;
    let mut stages = Vec::new();
    for stage in &rendered.stages {
        let steps = stage.iter().map(|(manifest, digest)| {
            let kind = kinds.get(&gvk(&manifest.id)).cloned().flatten();
            step(world, key, manifest, digest, kind)
        });
        stages.push(steps.collect::<Result<Vec<_>, _>>()?);
    }
    let applier = world.applier(kustomization);
    let applier =
        applier.map_err(|error| Failure::api("AccessDenied", "spec.serviceAccountName", &error))?;
    Ok(Plan { stages, applier })
}

fn step(
    world: &World,
    key: &Key,
    manifest: &Manifest,
    digest: &str,
    kind: Option<Kind>,
) -> Result<Step, Failure> {
    let memory = world.owned.memory(&manifest.id, key);
    let seen = world.owned.seen(&manifest.id);
    let me = (key.namespace.as_str(), key.name.as_str());
    let verdict = verdict::decide(manifest, digest, memory.as_ref(), seen.as_ref(), me);
    if let Verdict::Refuse(why) = &verdict {
        let message = format!("{}: {}: {why}", manifest.origin, manifest.id);
        return Err(Failure::terminal("ReconciliationFailed", message));
    }
    Ok(Step {
        manifest: manifest.clone(),
        digest: digest.to_owned(),
        kind,
        verdict,
    })
}

/// The kinds in use: of what is declared, and of what is in the inventory and may be pruned.
async fn resolve(
    world: &World,
    kustomization: &Kustomization,
    rendered: &Rendered,
) -> Result<HashMap<Gvk, Option<Kind>>, Failure> {
    let declared = rendered
        .stages
        .iter()
        .flatten()
        .map(|(manifest, _)| gvk(&manifest.id));
    let old = kustomization
        .status
        .as_ref()
        .and_then(|status| status.inventory.as_ref());
    let owned: Vec<ObjectId> = old.map(inventory::ids).unwrap_or_default();
    let wanted: HashSet<Gvk> = declared.chain(owned.iter().map(gvk)).collect();
    kinds_of(world, wanted).await
}
