//! What a run leaves in the metrics.

use serde_json::Value;
use signet_engine::outcome::{End, Outcome};

use super::kind;
use crate::metrics::{self, Info, ObjectLabels};
use crate::wake::Key;
use crate::world::World;

/// Notes how long a run took and what came of it; that it waits is no end.
pub fn note(world: &World, key: &Key, outcome: &Outcome) {
    let result = match &outcome.end {
        End::Waiting { .. } => return,
        End::Applied(_) => metrics::Outcome::Success,
        End::Failed { .. } | End::Held(_) => metrics::Outcome::Failure,
    };
    let labels = labels(key);
    world.metrics.gotk.took(&labels, outcome.took);
    world.metrics.reconciled(&labels.kind, result, outcome.took);
    if let Some(object) = world.stores.kustomizations.get(key) {
        world.metrics.gotk.is(&labels, &info(key, &object));
    }
}

/// Shows a Kustomization that is gone no longer.
pub fn forget(world: &World, key: &Key) {
    world.metrics.gotk.forget(&labels(key));
}

fn info(key: &Key, object: &Value) -> Info {
    let text = |path: &str| {
        let text = object.pointer(path).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let conditions = object
        .pointer("/status/conditions")
        .and_then(Value::as_array);
    let ready = conditions
        .into_iter()
        .flatten()
        .find(|condition| condition["type"] == "Ready");
    Info {
        customresource_kind: kind().kind,
        exported_namespace: key.namespace.clone(),
        name: key.name.clone(),
        ready: ready
            .and_then(|ready| ready["status"].as_str())
            .unwrap_or("Unknown")
            .to_owned(),
        suspended: "false".to_owned(),
        revision: text("/status/lastAppliedRevision"),
        url: String::new(),
    }
}

fn labels(key: &Key) -> ObjectLabels {
    ObjectLabels {
        kind: kind().kind,
        name: key.name.clone(),
        namespace: key.namespace.clone(),
    }
}
