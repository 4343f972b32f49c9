//! Changes as they happen. A watch never ends: when the server is away it waits and begins again.
//!
//! Objects are handed over as JSON and decoded by whoever wants them, one at a time, so that one
//! bad object cannot hide the others of its kind.

use futures::{Stream, StreamExt as _, future, stream, stream::BoxStream};
use kube::{
    Api,
    runtime::{
        WatchStreamExt as _,
        watcher::{self, Config, Event},
    },
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use signet_api::ObjectId;

use crate::{cluster::Cluster, error::ApiError, kind::Kind, transport::with_headers};

mod backoff;
mod raw;

use backoff::Patience;
use raw::Raw;

/// Objects of one page of a list. A page is in memory as a whole, many times larger than it was on
/// the wire; what it costs to ask more often is little.
const PAGE: u32 = 100;

/// What a watch reports.
#[derive(Clone, Debug, PartialEq)]
pub enum Watched<T> {
    /// A fresh list begins: what is not in it is gone.
    Restart,
    /// An object of the list.
    Listed(T),
    /// The list is complete.
    Ready,
    /// An object is new or has changed.
    Applied(T),
    /// An object is gone; this was its last state.
    Deleted(T),
    /// An object that cannot be read as what it should be.
    Bad {
        /// Its namespace, empty if it has none.
        namespace: String,
        /// Its name.
        name: String,
        /// What is wrong with it, without a value.
        error: String,
    },
    /// The watch was interrupted and goes on by itself.
    Failed(ApiError),
}

impl Watched<Value> {
    /// Reads the object as a `T`. One that is none becomes [`Watched::Bad`], and the watch goes on.
    #[must_use]
    pub fn decode<T: DeserializeOwned>(self) -> Watched<T> {
        let read = |body: Value, wrap: fn(T) -> Watched<T>| {
            T::deserialize(&body).map_or_else(|e| bad(&body, &e), wrap)
        };
        match self {
            Self::Listed(body) => read(body, Watched::Listed),
            Self::Applied(body) => read(body, Watched::Applied),
            Self::Deleted(body) => read(body, Watched::Deleted),
            Self::Restart => Watched::Restart,
            Self::Ready => Watched::Ready,
            Self::Failed(error) => Watched::Failed(error),
            Self::Bad {
                namespace,
                name,
                error,
            } => Watched::Bad {
                namespace,
                name,
                error,
            },
        }
    }
}

fn bad<T>(body: &Value, error: &serde_json::Error) -> Watched<T> {
    let text = |pointer| {
        body.pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    Watched::Bad {
        namespace: text("/metadata/namespace"),
        name: text("/metadata/name"),
        error: unquoted(&error.to_string()),
    }
}

/// The parser quotes a string that stands where something else should. It may be one that should
/// have been sealed.
fn unquoted(message: &str) -> String {
    match (message.find("string \""), message.rfind('"')) {
        (Some(start), Some(end)) if start + 8 <= end => {
            format!("{}string{}", &message[..start], &message[end + 1..])
        }
        _ => message.to_owned(),
    }
}

impl Cluster {
    /// Watches the objects of a kind, in one namespace or in all, that a label selector matches.
    /// Never ends; waits and begins again when the server is away. Objects say their `apiVersion`
    /// and `kind` even where the server leaves them out.
    pub fn watch(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        labels: Option<&str>,
    ) -> impl Stream<Item = Watched<Value>> + Send + use<> {
        let selected =
            labels.map_or_else(Config::default, |labels| Config::default().labels(labels));
        self.watch_as::<false>(kind, namespace, selected)
    }

    /// [`Self::watch`] of one object, which need not be there. Of a Secret no value is read.
    pub fn watch_object(&self, kind: &Kind, id: &ObjectId) -> BoxStream<'static, Watched<Value>> {
        let only = Config::default().fields(&format!("metadata.name={}", id.name));
        let namespace = id.namespace.as_deref();
        if kind.bears_secrets() {
            self.watch_as::<true>(kind, namespace, only).boxed()
        } else {
            self.watch_as::<false>(kind, namespace, only).boxed()
        }
    }

    /// [`Self::watch`] without the bodies: `apiVersion`, `kind` and `metadata` of each object.
    pub fn watch_metadata(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        labels: Option<&str>,
    ) -> impl Stream<Item = Watched<Value>> + Send + use<> {
        let selected =
            labels.map_or_else(Config::default, |labels| Config::default().labels(labels));
        self.watch_as::<true>(kind, namespace, selected)
    }

    fn watch_as<const METADATA: bool>(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selected: Config,
    ) -> impl Stream<Item = Watched<Value>> + Send + use<METADATA> {
        let client = with_headers(self.watches(), self.identity_headers());
        let resource = kind.resource();
        let api: Api<Raw<METADATA>> = match namespace.filter(|_| kind.namespaced) {
            Some(namespace) => Api::namespaced_with(client, namespace, &resource),
            None => Api::all_with(client, &resource),
        };
        let config = selected.page_size(PAGE);
        let kind = kind.clone();
        watcher::watcher(api, config)
            .backoff(Patience::default())
            .scan(false, move |restarting, event| {
                future::ready(Some(translate(event, &kind, restarting)))
            })
            .flat_map(stream::iter)
    }
}

/// From the library's words to ours. That a list begins is said when its first page is there: until
/// then nothing is known to have changed.
fn translate<const METADATA: bool>(
    event: watcher::Result<Event<Raw<METADATA>>>,
    kind: &Kind,
    restarting: &mut bool,
) -> Vec<Watched<Value>> {
    let (listing, item) = match event {
        Ok(Event::Init) => {
            *restarting = true;
            return Vec::new();
        }
        Ok(Event::InitApply(raw)) => (true, Watched::Listed(raw.of(kind))),
        Ok(Event::InitDone) => (true, Watched::Ready),
        Ok(Event::Apply(raw)) => (false, Watched::Applied(raw.of(kind))),
        Ok(Event::Delete(raw)) => (false, Watched::Deleted(raw.of(kind))),
        Err(error) => (false, Watched::Failed(failure(error, kind.bears_secrets()))),
    };
    let restart = (listing && std::mem::take(restarting)).then_some(Watched::Restart);
    restart.into_iter().chain([item]).collect()
}

fn failure(error: watcher::Error, secret: bool) -> ApiError {
    use watcher::Error::{
        InitialListFailed, NoResourceVersion, WatchError, WatchFailed, WatchStartFailed,
    };
    match error {
        InitialListFailed(e) | WatchStartFailed(e) | WatchFailed(e) => {
            ApiError::from_kube(e, secret)
        }
        WatchError(status) => ApiError::from_kube(kube::Error::Api(status), secret),
        NoResourceVersion => ApiError::garbled("an object has no resourceVersion"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn raw(name: &str) -> Raw<true> {
        Raw::from(
            json!({"kind": "PartialObjectMetadata", "metadata": {"name": name, "resourceVersion": "7"}}),
        )
    }

    #[test]
    fn a_list_is_announced_when_it_arrives() {
        let kind = Kind::of("v1", "ConfigMap", "configmaps");
        let mut restarting = false;
        let mut say = |event| translate(event, &kind, &mut restarting);
        assert_eq!(say(Ok(Event::Init)), []);
        assert!(matches!(
            say(Err(watcher::Error::NoResourceVersion)).as_slice(),
            [Watched::Failed(_)]
        ));
        assert_eq!(say(Ok(Event::Init)), []);
        let listed = Watched::Listed(raw("a").of(&kind));
        assert_eq!(
            say(Ok(Event::InitApply(raw("a")))),
            [Watched::Restart, listed]
        );
        assert_eq!(say(Ok(Event::InitDone)), [Watched::Ready]);
        assert_eq!(say(Ok(Event::Init)), []);
        assert_eq!(say(Ok(Event::InitDone)), [Watched::Restart, Watched::Ready]);
    }

    #[test]
    fn an_object_says_what_it_really_is() {
        let body = raw("a").of(&Kind::of("apps/v1", "Deployment", "deployments"));
        assert_eq!(
            (&body["apiVersion"], &body["kind"]),
            (&json!("apps/v1"), &json!("Deployment"))
        );
        assert_eq!(body["metadata"]["name"], "a");
    }

    #[test]
    fn a_bad_object_is_named_and_not_quoted() {
        let body =
            json!({"metadata": {"namespace": "n", "name": "a"}, "data": "canary \"quoted\""});
        let watched = Watched::Applied(body).decode::<k8s_openapi::api::core::v1::ConfigMap>();
        let Watched::Bad {
            namespace,
            name,
            error,
        } = watched
        else {
            panic!("it was read as {watched:?}")
        };
        assert_eq!((namespace.as_str(), name.as_str()), ("n", "a"));
        assert!(error.contains("invalid type: string, expected"), "{error}");
        assert!(
            !error.contains("canary") && !error.contains("quoted"),
            "{error}"
        );
    }
}
