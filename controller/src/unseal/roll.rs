//! Workloads notice: when a Secret of ours changes in value, the pods that read it are rolled.
//!
//! Only where the operator switched it on and the workload says so (or the operator says so for
//! all). Changes of one namespace are gathered for a moment, so that a commit that changes five
//! values rolls a workload once. The annotation that rolls belongs to a field manager of its own:
//! to whoever else applies the workload it is no drift.
//!
//! A re-sealed value, a new label or a Secret made anew with the same value roll nothing: what is
//! compared is what was written with what was there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use signet_api::names::{ROLL, ROLLED_AT};
use signet_cluster::{ApiError, Kind};

use super::COMPONENT;
use crate::args::RollArg;
use crate::queue::Again;
use crate::wake::{Key, Wake};
use crate::world::World;

/// Changes that come within this time are one batch.
const GATHER: Duration = Duration::from_secs(1);

/// Longest wait before a failed roll is tried again.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Field manager of the annotation.
const MANAGER: &str = "signet-roll";

/// Name of the queue in [`World::backoff`].
const QUEUE: &str = "roll";

/// Secrets whose values changed and whose readers are not rolled yet, by namespace.
#[derive(Default)]
pub struct Changes(Mutex<BTreeMap<String, BTreeSet<String>>>);

impl Changes {
    fn put(&self, namespace: &str, names: impl IntoIterator<Item = String>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(namespace.to_owned()).or_default().extend(names);
    }

    fn take(&self, namespace: &str) -> BTreeSet<String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(namespace).unwrap_or_default()
    }
}

/// Notes that a Secret was written, if that changed a value.
pub fn written(world: &World, key: &Key, before: &Value, after: &Value) {
    let changed = !signet_seal::secret::decide::same(before.get("data"), after.get("data"));
    if changed && world.settings.unsealing.roll != RollArg::Off {
        let Key { namespace, name } = key;
        world.changes.put(namespace, [name.clone()]);
        let namespace = Key::new(namespace.clone(), String::new());
        world.queues.rolls.push(namespace, Wake::Changed);
    }
}

/// Rolls the readers of what changed in one namespace. What fails is tried again.
pub async fn reconcile(world: &World, key: &Key, wake: Wake) -> Option<Again> {
    if wake != Wake::Retry {
        tokio::time::sleep(GATHER).await;
    }
    let names = world.changes.take(&key.namespace);
    if names.is_empty() {
        return None;
    }
    match roll_all(world, &key.namespace, &names).await {
        Ok(()) => {
            world.succeeded(QUEUE, key);
            None
        }
        Err(error) => {
            tracing::warn!(
                namespace = key.namespace,
                "workloads were not rolled: {error}"
            );
            world.changes.put(&key.namespace, names);
            Some(Again {
                after: world.backoff(QUEUE, key, LONGEST_WAIT),
                wake: Wake::Retry,
            })
        }
    }
}

async fn roll_all(
    world: &World,
    namespace: &str,
    names: &BTreeSet<String>,
) -> Result<(), ApiError> {
    for kind in kinds() {
        for workload in world.cluster.list(&kind, namespace).await? {
            let read = read_of(&workload["spec"]["template"]["spec"], names);
            if !read.is_empty() && wants(&workload, world.settings.unsealing.roll) {
                roll(world, &kind, namespace, &workload, &read).await?;
            }
        }
    }
    Ok(())
}

async fn roll(
    world: &World,
    kind: &Kind,
    namespace: &str,
    workload: &Value,
    read: &BTreeSet<&str>,
) -> Result<(), ApiError> {
    let name = workload["metadata"]["name"].as_str().unwrap_or_default();
    let annotations = json!({ ROLLED_AT: world.now().to_string() });
    let patch = json!({"spec": {"template": {"metadata": {"annotations": annotations}}}});
    let sent = world
        .cluster
        .merge_patch(kind, Some(namespace), name, &patch, false, MANAGER)
        .await;
    match sent {
        Err(error) if error.is_not_found() => return Ok(()),
        sent => sent?,
    };
    world.metrics.rolled();
    let names: Vec<_> = read.iter().copied().collect();
    let text = format!("Rolled because a Secret changed: {}", names.join(", "));
    tracing::info!(namespace, name, kind = kind.kind, "{text}");
    let mut regarding = workload.clone();
    regarding["apiVersion"] = kind.api_version().into();
    regarding["kind"] = kind.kind.clone().into();
    world
        .event(&regarding, COMPONENT, false, "SecretChanged", &text)
        .await;
    Ok(())
}

fn kinds() -> [Kind; 3] {
    [
        Kind::of("apps/v1", "Deployment", "deployments"),
        Kind::of("apps/v1", "StatefulSet", "statefulsets"),
        Kind::of("apps/v1", "DaemonSet", "daemonsets"),
    ]
}

/// The workload's word counts before the operator's.
fn wants(workload: &Value, operator: RollArg) -> bool {
    match workload["metadata"]["annotations"][ROLL].as_str() {
        Some(word) => word == "true",
        None => operator == RollArg::All,
    }
}

/// Which of `names` the containers of a pod read: by variable, by all variables, or by volume.
/// Image pull secrets are read at the next start in any case.
fn read_of<'a>(pod: &Value, names: &'a BTreeSet<String>) -> BTreeSet<&'a str> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut read: Vec<Value> = Vec::new();
    for containers in ["containers", "initContainers"] {
        for container in list(&pod[containers]) {
            let env = list(&container["env"]).into_iter();
            read.extend(env.map(|it| it["valueFrom"]["secretKeyRef"]["name"].clone()));
            let all = list(&container["envFrom"]).into_iter();
            read.extend(all.map(|it| it["secretRef"]["name"].clone()));
        }
    }
    for volume in list(&pod["volumes"]) {
        read.push(volume["secret"]["secretName"].clone());
        let sources = list(&volume["projected"]["sources"]).into_iter();
        read.extend(sources.map(|it| it["secret"]["name"].clone()));
    }
    let read: BTreeSet<&str> = read.iter().filter_map(Value::as_str).collect();
    names
        .iter()
        .map(String::as_str)
        .filter(|name| read.contains(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_reading_a_secret_is_seen() {
        let pod = json!({
            "containers": [{
                "env": [
                    {"name": "A", "valueFrom": {"secretKeyRef": {"name": "by-variable", "key": "k"}}},
                    {"name": "B", "value": "by-accident"},
                ],
                "envFrom": [{"secretRef": {"name": "by-all"}}, {"configMapRef": {"name": "map"}}],
            }],
            "initContainers": [{"envFrom": [{"secretRef": {"name": "by-init"}}]}],
            "volumes": [
                {"secret": {"secretName": "by-volume"}},
                {"projected": {"sources": [{"secret": {"name": "by-projection"}}]}},
                {"configMap": {"name": "map"}},
            ],
            "imagePullSecrets": [{"name": "by-kubelet"}],
        });
        let names = [
            "by-accident",
            "by-all",
            "by-init",
            "by-kubelet",
            "by-projection",
            "by-variable",
            "by-volume",
            "map",
        ];
        let names: BTreeSet<String> = names.map(str::to_owned).into();
        let read: Vec<_> = read_of(&pod, &names).into_iter().collect();
        assert_eq!(
            read,
            [
                "by-all",
                "by-init",
                "by-projection",
                "by-variable",
                "by-volume"
            ]
        );
        assert!(read_of(&Value::Null, &names).is_empty());
    }

    #[test]
    fn the_workload_decides_and_then_the_operator() {
        let workload = |word: &str| json!({"metadata": {"annotations": {ROLL: word}}});
        for (workload, annotated, all) in [
            (workload("true"), true, true),
            (workload("false"), false, false),
            (json!({"metadata": {}}), false, true),
        ] {
            assert_eq!(wants(&workload, RollArg::Annotated), annotated);
            assert_eq!(wants(&workload, RollArg::All), all);
        }
    }

    #[test]
    fn changes_are_taken_together_and_once() {
        let changes = Changes::default();
        changes.put("a", ["x".to_owned()]);
        changes.put("a", ["y".to_owned(), "x".to_owned()]);
        changes.put("b", ["z".to_owned()]);
        assert_eq!(changes.take("a"), ["x", "y"].map(str::to_owned).into());
        assert!(changes.take("a").is_empty());
    }
}
