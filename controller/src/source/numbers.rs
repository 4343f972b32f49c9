//! What a look at a repository leaves in the metrics.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::{kind, status_of};
use crate::metrics::{Info, ObjectLabels, Outcome};
use crate::wake::Key;
use crate::world::World;

/// Notes how long a look took and what came of it.
pub fn note(world: &World, key: &Key, begun: Timestamp) {
    let took = Duration::try_from(world.now().duration_since(begun)).unwrap_or_default();
    let labels = labels(key);
    world.metrics.gotk.took(&labels, took);
    let Some(object) = world.stores.repositories.get(key) else {
        return;
    };
    let status = status_of(&object);
    let ready = status.conditions.iter().find(|c| c.type_ == "Ready");
    let is_ready = ready.is_some_and(|c| c.status == "True");
    let outcome = if is_ready {
        Outcome::Success
    } else {
        Outcome::Failure
    };
    world.metrics.reconciled(&labels.kind, outcome, took);
    let text = |path: &str| {
        object
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let info = Info {
        customresource_kind: labels.kind.clone(),
        exported_namespace: key.namespace.clone(),
        name: key.name.clone(),
        ready: ready.map_or("Unknown", |c| c.status.as_str()).to_owned(),
        suspended: "false".to_owned(),
        revision: status
            .artifact
            .map(|artifact| artifact.revision)
            .unwrap_or_default(),
        url: printable(&text("/spec/url")),
    };
    world.metrics.gotk.is(&labels, &info);
}

/// Which series are of this source.
pub fn labels(key: &Key) -> ObjectLabels {
    ObjectLabels {
        kind: kind().kind,
        name: key.name.clone(),
        namespace: key.namespace.clone(),
    }
}

/// A URL without what may be a login: it is refused anyway, and must not be shown before.
fn printable(url: &str) -> String {
    match url.split_once("://").filter(|(_, rest)| rest.contains('@')) {
        Some((scheme, rest)) => {
            let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
            format!("{scheme}://{host}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_in_a_url_is_not_shown() {
        assert_eq!(printable("https://bob:hunter2@host/a"), "https://host/a");
        assert_eq!(printable("https://host/a"), "https://host/a");
    }
}
