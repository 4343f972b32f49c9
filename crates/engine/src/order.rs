//! The order of things: what others need comes first, and goes last.
//!
//! Four stages, each healthy before the next begins: definitions (kinds, namespaces, roles), then
//! classes, whose kinds may be defined beside them, then sealed secrets so that they are open
//! before their readers start, then the rest.
//! A repository written for Argo CD brings phases and waves of its own ([`crate::hooks`]); inside each
//! wave the stages are the same.
//! Inside a stage the order of kinds is Flux's (`docs/spec/`), so that logs read alike.

use std::collections::BTreeMap;

use signet_api::ObjectId;

use crate::hooks::{self, Phase, Role};
use crate::manifest::Manifest;

/// Objects that may be applied together.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// What a person reads while it is waited for.
    pub name: &'static str,
    /// When it has its turn.
    pub phase: Phase,
    /// Its objects, in the order in which to apply them.
    pub manifests: Vec<Manifest>,
}

/// Names of the stages, in their order.
const STAGES: [&str; 4] = ["definitions", "classes", "sealed secrets", "objects"];

/// Kinds that come before all others, in this order.
const FIRST: [&str; 23] = [
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ClusterRoleBinding",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that come after all others: a webhook that is registered before its server runs would
/// refuse everything.
const LAST: [&str; 2] = [
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// Sorts into stages; a stage without objects is left out, and so is what is not to be applied.
#[must_use]
pub fn stages(mut manifests: Vec<Manifest>) -> Vec<Stage> {
    manifests.sort_by_cached_key(|manifest| key(&manifest.id));
    let mut stages: BTreeMap<(Phase, i32, usize), Vec<Manifest>> = BTreeMap::new();
    for manifest in manifests {
        let (wave, stage) = (hooks::wave(&manifest), stage(&manifest.id));
        let phases = match hooks::role(&manifest) {
            Role::Kept => vec![Phase::Sync],
            Role::Hook(phases) => phases,
            Role::Skipped => Vec::new(),
        };
        for phase in phases {
            let place = stages.entry((phase, wave, stage)).or_default();
            place.push(manifest.clone());
        }
    }
    let stage = |((phase, _, stage), manifests)| Stage {
        name: STAGES[stage],
        phase,
        manifests,
    };
    stages.into_iter().map(stage).collect()
}

/// Sorts objects for deletion: exactly the other way round.
#[must_use]
pub fn deletion_order(mut objects: Vec<ObjectId>) -> Vec<ObjectId> {
    objects.sort_by_cached_key(|id| std::cmp::Reverse((stage(id), key(id))));
    objects
}

fn stage(id: &ObjectId) -> usize {
    match id.kind.as_str() {
        "CustomResourceDefinition" | "Namespace" | "ClusterRole" => 0,
        kind if kind.ends_with("Class") => 1,
        "SealedSecret" if id.group == "bitnami.com" => 2,
        _ => 3,
    }
}

type Key = (usize, String, String, Option<String>, String);

/// Kinds that no list names are ordered by group and kind between the lists.
fn key(id: &ObjectId) -> Key {
    let at = |list: &[&str]| list.iter().position(|kind| *kind == id.kind);
    let rank = at(&FIRST)
        .or_else(|| at(&LAST).map(|n| FIRST.len() + 1 + n))
        .unwrap_or(FIRST.len());
    (
        rank,
        id.group.clone(),
        id.kind.clone(),
        id.namespace.clone(),
        id.name.clone(),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use super::*;
    use crate::manifest::Origin;

    const SET: [&str; 11] = [
        "_hook_admissionregistration.k8s.io_ValidatingWebhookConfiguration",
        "shop_web_apps_Deployment",
        "shop_x_example.com_Shop",
        "shop_db_bitnami.com_SealedSecret",
        "bank_conf__ConfigMap",
        "_shop__Namespace",
        "_fast_storage.k8s.io_StorageClass",
        "shop_conf__ConfigMap",
        "_shops.example.com_apiextensions.k8s.io_CustomResourceDefinition",
        "shop_web__ServiceAccount",
        "_fast_example.com_WidgetClass",
    ];

    fn id(text: &&str) -> ObjectId {
        ObjectId::from_inventory(text, "v1").unwrap()
    }

    fn shown(ids: impl IntoIterator<Item = ObjectId>) -> String {
        ids.into_iter().map(|id| format!("{id}\n")).collect()
    }

    #[test]
    fn definitions_then_sealed_secrets_then_the_rest() {
        let manifests = SET.iter().map(id).map(|id| Manifest {
            id,
            body: serde_json::Value::Null,
            origin: Origin::new("x.yaml", 1),
        });
        let stages = stages(manifests.collect());
        let text: String = stages
            .into_iter()
            .map(|s| {
                format!(
                    "- {}\n{}",
                    s.name,
                    shown(s.manifests.into_iter().map(|m| m.id))
                )
            })
            .collect();
        insta::assert_snapshot!(text, @"
        - definitions
        CustomResourceDefinition/shops.example.com
        Namespace/shop
        - classes
        StorageClass/fast
        WidgetClass/fast
        - sealed secrets
        SealedSecret/shop/db
        - objects
        ServiceAccount/shop/web
        ConfigMap/bank/conf
        ConfigMap/shop/conf
        Deployment/shop/web
        Shop/shop/x
        ValidatingWebhookConfiguration/hook
        ");
    }

    #[test]
    fn deletion_goes_the_other_way_round() {
        insta::assert_snapshot!(shown(deletion_order(SET.iter().map(id).collect())), @"
        ValidatingWebhookConfiguration/hook
        Shop/shop/x
        Deployment/shop/web
        ConfigMap/shop/conf
        ConfigMap/bank/conf
        ServiceAccount/shop/web
        SealedSecret/shop/db
        WidgetClass/fast
        StorageClass/fast
        Namespace/shop
        CustomResourceDefinition/shops.example.com
        ");
    }

    #[test]
    fn phases_and_waves_come_before_stages() {
        let with = |id: &str, hook: &str, wave: &str| {
            let annotations = serde_json::json!({hooks::HOOK: hook, hooks::WAVE: wave});
            Manifest {
                id: ObjectId::from_inventory(id, "v1").unwrap(),
                body: serde_json::json!({"metadata": {"annotations": annotations}}),
                origin: Origin::new("x.yaml", 1),
            }
        };
        let manifests = vec![
            with("shop_after_batch_Job", "PostSync", ""),
            with("shop_web_apps_Deployment", "", ""),
            with("shop_late__Service", "", "5"),
            with("_shop__Namespace", "", "5"),
            with("shop_before_batch_Job", "PreSync,SyncFail", ""),
            with("shop_never__ConfigMap", "Skip", ""),
            with("shop_first__ConfigMap", "", "-1"),
        ];
        let shown: Vec<String> = stages(manifests)
            .into_iter()
            .map(|stage| {
                let ids = stage.manifests.iter().map(|m| m.id.to_string());
                format!(
                    "{:?} {}: {}",
                    stage.phase,
                    stage.name,
                    ids.collect::<Vec<_>>().join(", ")
                )
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        PreSync objects: Job/shop/before
        Sync objects: ConfigMap/shop/first
        Sync objects: Deployment/shop/web
        Sync definitions: Namespace/shop
        Sync objects: Service/shop/late
        PostSync objects: Job/shop/after
        SyncFail objects: Job/shop/before
        ");
    }
}
