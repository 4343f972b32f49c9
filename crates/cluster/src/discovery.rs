//! Which kinds the server knows. Asked for one group and version at a time and remembered; asked
//! again when a kind is missing, but at most once a second, since a wrong manifest asks for ever.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::Method;
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    call::Call,
    cluster::Cluster,
    error::ApiError,
    kind::{Kind, root, segment},
};

/// How long "there is no such kind" is believed.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// What was learned, by group and version.
#[derive(Default)]
pub(crate) struct Kinds(Mutex<HashMap<(String, String), Known>>);

struct Known {
    kinds: Vec<Kind>,
    asked: Instant,
}

/// What the cache says about a kind.
#[derive(Debug, PartialEq, Eq)]
enum Lookup {
    Found(Kind),
    /// Asked for just now, and it was not there.
    Absent,
    Unknown,
}

impl Kinds {
    fn map(&self) -> MutexGuard<'_, HashMap<(String, String), Known>> {
        // A map of what the server said is as good after a panic as before.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look_up(&self, group: &str, version: &str, kind: &str, now: Instant) -> Lookup {
        let map = self.map();
        let Some(known) = map.get(&(group.to_owned(), version.to_owned())) else {
            return Lookup::Unknown;
        };
        match known.kinds.iter().find(|k| k.kind == kind) {
            Some(kind) => Lookup::Found(kind.clone()),
            None if now < known.asked + ASK_AGAIN => Lookup::Absent,
            None => Lookup::Unknown,
        }
    }

    fn learn(&self, group: &str, version: &str, kinds: Vec<Kind>, asked: Instant) {
        self.map().insert(
            (group.to_owned(), version.to_owned()),
            Known { kinds, asked },
        );
    }
}

impl Cluster {
    /// The kind as the server knows it; `None` if it does not (yet).
    ///
    /// # Errors
    /// If the server does not answer or refuses to.
    pub async fn kind(
        &self,
        group: &str,
        version: &str,
        kind: &str,
    ) -> Result<Option<Kind>, ApiError> {
        match self.kinds().look_up(group, version, kind, Instant::now()) {
            Lookup::Found(kind) => return Ok(Some(kind)),
            Lookup::Absent => return Ok(None),
            Lookup::Unknown => {}
        }
        let kinds = self.ask_for_kinds(group, version).await?;
        let found = kinds.iter().find(|k| k.kind == kind).cloned();
        self.kinds().learn(group, version, kinds, Instant::now());
        Ok(found)
    }

    /// Forgets every kind: a definition has just been applied or removed.
    #[expect(
        clippy::unused_async,
        reason = "the cache may come to be shared between processes"
    )]
    pub async fn forget_kinds(&self) {
        self.kinds().map().clear();
    }

    async fn ask_for_kinds(&self, group: &str, version: &str) -> Result<Vec<Kind>, ApiError> {
        if !group.is_empty() {
            segment("API group", group)?;
        }
        segment("API version", version)?;
        match self
            .as_ourselves()
            .ask(Call::new(Method::GET, root(group, version)))
            .await
        {
            Ok((_, list)) => Ok(kinds_of(group, version, &list)),
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// Reads an `APIResourceList`. Subresources (`pods/status`) are no kinds of their own.
fn kinds_of(group: &str, version: &str, list: &Value) -> Vec<Kind> {
    let resources = list
        .get("resources")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    resources
        .iter()
        .filter_map(|resource| {
            let plural = resource
                .get("name")?
                .as_str()
                .filter(|name| !name.contains('/'))?;
            Some(Kind {
                group: group.to_owned(),
                version: version.to_owned(),
                kind: resource.get("kind")?.as_str()?.to_owned(),
                plural: plural.to_owned(),
                namespaced: resource.get("namespaced")?.as_bool()?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn subresources_and_nonsense_are_skipped() {
        let list = json!({"resources": [
            {"name": "pods", "kind": "Pod", "namespaced": true},
            {"name": "pods/status", "kind": "Pod", "namespaced": true},
            {"name": "nodes", "kind": "Node", "namespaced": false},
            {"name": 7}, null,
        ]});
        let kinds = kinds_of("", "v1", &list);
        let names: Vec<_> = kinds
            .iter()
            .map(|k| (k.plural.as_str(), k.namespaced))
            .collect();
        assert_eq!(names, [("pods", true), ("nodes", false)]);
        assert!(kinds_of("", "v1", &Value::Null).is_empty());
    }

    #[test]
    fn a_missing_kind_is_asked_for_once_a_second() {
        let kinds = Kinds::default();
        let then = Instant::now();
        assert_eq!(
            kinds.look_up("apps", "v1", "Deployment", then),
            Lookup::Unknown
        );
        let deployment = Kind::of("apps/v1", "Deployment", "deployments");
        kinds.learn("apps", "v1", vec![deployment.clone()], then);
        assert_eq!(
            kinds.look_up("apps", "v1", "Deployment", then + ASK_AGAIN),
            Lookup::Found(deployment)
        );
        assert_eq!(
            kinds.look_up("apps", "v1", "Deploymnet", then),
            Lookup::Absent
        );
        assert_eq!(
            kinds.look_up("apps", "v1", "Deploymnet", then + ASK_AGAIN),
            Lookup::Unknown
        );
        assert_eq!(
            kinds.look_up("apps", "v2", "Deployment", then),
            Lookup::Unknown
        );
    }
}
