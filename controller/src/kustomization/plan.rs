//! From what is declared to what is to be done: compare with what was applied and what is there.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use signet_api::{Kustomization, ObjectId, names};
use signet_cluster::{Cluster, Kind};
use signet_engine::hooks::{Deletion, Phase, Role, deletion, role};
use signet_engine::manifest::Manifest;
use signet_engine::record::{self, Stand};
use signet_engine::seen::Seen;
use signet_engine::verdict::{self, Verdict};
use signet_engine::{inventory, outcome};
use signet_source::Snapshot;

use super::failure::Failure;
use super::hooks;
use super::render::{Layer, Rendered};
use crate::places::Place;
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
    /// The live object, if it was seen.
    pub seen: Option<Seen>,
    /// What to do.
    pub verdict: Verdict,
    /// Whether it may be deleted and made again where a change cannot be made otherwise.
    pub force: bool,
    /// Whether it is deleted before it is applied: that is what it takes, and it may be done.
    pub anew: bool,
    /// When it is deleted, if it is a hook.
    pub hook: Option<Deletion>,
    /// Whether it holds values, so that what the API server says of it is not repeated.
    pub hidden: bool,
    /// Whether more of it may be ours than is declared, because another process applied it.
    pub adopted: bool,
    /// What is sent instead of the declaration, because some of it is ignored.
    pub payload: Option<Value>,
}

impl Step {
    /// Whether it is written, and rehearsed before.
    pub fn writes(&self) -> bool {
        matches!(
            self.verdict,
            Verdict::Create | Verdict::Configure | Verdict::PutBack(_)
        )
    }

    /// What is sent.
    pub fn body(&self) -> &Value {
        self.payload.as_ref().unwrap_or(&self.manifest.body)
    }

    /// Whether fields that others added to it are to be taken, so that they go.
    pub fn takes_fields(&self) -> bool {
        let intruded = self.seen.as_ref().filter(|seen| seen.intruder.is_some());
        intruded.is_some_and(|seen| !verdict::merges(&self.manifest, Some(seen)))
    }
}

/// Steps that may be taken together.
pub struct Stage {
    /// When they have their turn.
    pub phase: Phase,
    /// In the order of applying.
    pub steps: Vec<Step>,
}

/// What one run will do.
pub struct Plan {
    /// Stages in the order of applying.
    pub stages: Vec<Stage>,
    /// With whose rights.
    pub applier: Cluster,
}

impl Plan {
    /// Every step.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.stages.iter().flat_map(|stage| &stage.steps)
    }

    /// The stages of a run that does not fail.
    pub fn regular(&self) -> impl Iterator<Item = &Stage> {
        let all = self.stages.iter();
        all.filter(|stage| stage.phase != Phase::SyncFail)
    }

    /// Every step, with its phase.
    pub fn steps_mut(&mut self) -> impl Iterator<Item = (Phase, &mut Step)> {
        let all = self.stages.iter_mut();
        all.flat_map(|stage| stage.steps.iter_mut().map(|step| (stage.phase, step)))
    }

    /// What is owned when all is applied, in the order of applying: hooks that are deleted when they
    /// have succeeded are not, nor is what runs only after a failure.
    pub fn ids(&self) -> Vec<ObjectId> {
        let steps = self.regular().flat_map(|stage| &stage.steps);
        let stays = |step: &&Step| step.hook.is_none_or(|hook| !hook.on_success);
        let staying = steps.filter(stays);
        staying.map(|step| step.manifest.id.clone()).collect()
    }
}

/// A declaration that asks for what is not built yet is refused by name, never half done.
///
/// # Errors
/// A terminal failure that lists the fields.
pub fn check_supported(kustomization: &Kustomization) -> Result<(), Failure> {
    let spec = &kustomization.spec;
    let idle = |_: &str, value: &Value| value.as_object().is_some_and(serde_json::Map::is_empty);
    let mut fields = unsupported::fields(&spec.other, idle);
    let config_map = spec
        .kube_config
        .as_ref()
        .and_then(|it| it.config_map_ref.as_ref());
    fields.extend(config_map.map(|_| "spec.kubeConfig.configMapRef".to_owned()));
    let account = spec.decryption.as_ref();
    let account = account.and_then(|it| it.service_account_name.as_ref());
    fields.extend(account.map(|_| "spec.decryption.serviceAccountName".to_owned()));
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
) -> Result<(Key, Snapshot), Failure> {
    let reference = &kustomization.spec.source_ref;
    let namespace = reference.namespace.as_deref().unwrap_or(&key.namespace);
    if namespace != key.namespace && world.settings.sync.no_cross_namespace {
        let message = format!(
            "can't access 'GitRepository/{namespace}/{}', cross-namespace references have been blocked",
            reference.name
        );
        return Err(Failure::terminal("AccessDenied", message));
    }
    let source = Key::new(namespace, &reference.name);
    if let Some(snapshot) = world.snapshot(&source) {
        return Ok((source, snapshot));
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
    cluster: &Cluster,
    wanted: HashSet<Gvk>,
) -> Result<HashMap<Gvk, Option<Kind>>, Failure> {
    let mut kinds = HashMap::new();
    for gvk in wanted {
        let kind = cluster.kind(&gvk.0, &gvk.1, &gvk.2).await;
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
    place: &Place,
    key: &Key,
    kustomization: &Kustomization,
    rendered: &Rendered,
) -> Result<Plan, Failure> {
    let kinds = resolve(place, kustomization, rendered).await?;
    let known: HashSet<Kind> = kinds.values().flatten().cloned().collect();
    place.owned.watch(&place.cluster, known).await;
    recall(place, key, kustomization, rendered);
    let verify = world.verifications.due(key, world.now());
    let mut stages = Vec::new();
    for Layer { phase, objects } in &rendered.stages {
        let steps = objects.iter().map(|(manifest, digest)| {
            let kind = kinds.get(&gvk(&manifest.id)).cloned().flatten();
            let mut step = step(world, place, key, manifest, digest, kind)?;
            step.force |= kustomization.spec.force;
            step.hidden |= rendered.hidden.contains(&manifest.id);
            if verify && step.verdict == Verdict::Leave {
                step.verdict = Verdict::Verify;
            }
            Ok(step)
        });
        let steps = steps.collect::<Result<Vec<_>, Failure>>()?;
        let phase = *phase;
        stages.push(Stage { phase, steps });
    }
    let applier = world.applier(place, kustomization);
    let applier =
        applier.map_err(|error| Failure::api("AccessDenied", "spec.serviceAccountName", &error))?;
    let mut plan = Plan { stages, applier };
    hooks::decide(world, key, kustomization, &mut plan, &rendered.digest).await?;
    Ok(plan)
}

/// After a restart nothing is remembered; what the record in the status vouches for is then taken as
/// applied, and costs no request.
fn recall(place: &Place, key: &Key, kustomization: &Kustomization, rendered: &Rendered) {
    let Some(record) = kustomization.status.as_ref().and_then(outcome::record) else {
        return;
    };
    let visible = |(manifest, _): &&(Manifest, String)| {
        !rendered.hidden.contains(&manifest.id) && role(manifest) == Role::Kept
    };
    let all = || rendered.objects().filter(visible);
    if all().any(|(manifest, _)| place.owned.memory(&manifest.id, key).is_some()) {
        return;
    }
    let seen: Vec<_> = all()
        .filter_map(|(manifest, digest)| {
            let seen = place.owned.seen(&manifest.id)?;
            seen.belongs_to((&key.namespace, &key.name))
                .then_some((manifest, digest, seen))
        })
        .collect();
    let stands: Vec<Stand<'_>> = seen
        .iter()
        .map(|(manifest, digest, seen)| Stand {
            id: &manifest.id,
            digest,
            seen,
        })
        .collect();
    let standing = record::standing(record, &stands);
    for (manifest, digest, seen) in &seen {
        if standing.contains(&manifest.id) {
            place.owned.stands(&manifest.id, key, digest, seen.clone());
        }
    }
}

/// What was applied, for the status, see [`recall`].
pub fn record(place: &Place, key: &Key, plan: &Plan) -> String {
    let counts = |step: &&Step| step.hook.is_none() && !step.hidden;
    let remembered: Vec<_> = plan
        .steps()
        .filter(counts)
        .filter_map(|step| Some((step, place.owned.memory(&step.manifest.id, key)?)))
        .collect();
    let stands: Vec<Stand<'_>> = remembered
        .iter()
        .map(|(step, memory)| Stand {
            id: &step.manifest.id,
            digest: &memory.digest,
            seen: &memory.seen,
        })
        .collect();
    record::of(&stands)
}

fn step(
    world: &World,
    place: &Place,
    key: &Key,
    manifest: &Manifest,
    digest: &str,
    kind: Option<Kind>,
) -> Result<Step, Failure> {
    let memory = place.owned.memory(&manifest.id, key);
    let mut seen = place.owned.seen(&manifest.id);
    if let Some(seen) = &mut seen {
        forget_former_owner(world, &manifest.id, seen);
    }
    let me = (key.namespace.as_str(), key.name.as_str());
    let verdict = verdict::decide(manifest, digest, memory.as_ref(), seen.as_ref(), me);
    if let Verdict::Refuse(why) = &verdict {
        place.owned.claim(&manifest.id, key);
        let message = format!("{}: {}: {why}", manifest.origin, manifest.id);
        return Err(Failure::terminal("ReconciliationFailed", message));
    }
    let says =
        |switch: Option<&str>| switch.is_some_and(|word| word.eq_ignore_ascii_case("enabled"));
    Ok(Step {
        manifest: manifest.clone(),
        digest: digest.to_owned(),
        kind,
        force: says(manifest.switch(names::FORCE)) || seen.as_ref().is_some_and(|seen| seen.force),
        seen,
        verdict,
        anew: false,
        hook: matches!(role(manifest), Role::Hook(_)).then(|| deletion(manifest)),
        hidden: manifest.id.kind == "Secret" && manifest.id.group.is_empty(),
        adopted: !place.owned.is_certain(&manifest.id, key),
        payload: None,
    })
}

/// Labels name an owner that has let the object go: it is not in its inventory any more, or there is
/// no such Kustomization. Then it is nobody's, as if it had no labels.
fn forget_former_owner(world: &World, id: &ObjectId, seen: &mut Seen) {
    let Some((namespace, name)) = &seen.owner else {
        return;
    };
    let owner = world.stores.kustomizations.get(&Key::new(namespace, name));
    let inventory = owner
        .as_deref()
        .and_then(|owner| owner.pointer("/status/inventory/entries"));
    let wanted = id.inventory_id();
    let entries = inventory.and_then(Value::as_array).into_iter().flatten();
    let listed = entries
        .filter_map(|entry| entry.get("id"))
        .any(|listed| *listed == *wanted);
    if !listed {
        seen.owner = None;
    }
}

/// The kinds in use: of what is declared, and of what is in the inventory and may be pruned.
async fn resolve(
    place: &Place,
    kustomization: &Kustomization,
    rendered: &Rendered,
) -> Result<HashMap<Gvk, Option<Kind>>, Failure> {
    let declared = rendered.objects().map(|(manifest, _)| gvk(&manifest.id));
    let old = kustomization
        .status
        .as_ref()
        .and_then(|status| status.inventory.as_ref());
    let owned: Vec<ObjectId> = old.map(inventory::ids).unwrap_or_default();
    let wanted: HashSet<Gvk> = declared.chain(owned.iter().map(gvk)).collect();
    kinds_of(&place.cluster, wanted).await
}
