//! An object as the server sent it, with just enough shape for the library's watcher.

use std::{borrow::Cow, fmt};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{Resource, core::DynamicResourceScope, discovery::ApiResource};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::kind::Kind;

/// Any JSON is one, so no object can make a list unreadable. With `METADATA` the server is asked to
/// leave the bodies out.
#[derive(Clone)]
pub(super) struct Raw<const METADATA: bool> {
    body: Value,
    /// Name, namespace and version: what the watcher looks at.
    meta: ObjectMeta,
}

impl<const METADATA: bool> Raw<METADATA> {
    /// The object, saying which kind it is.
    pub(super) fn of(self, kind: &Kind) -> Value {
        let mut body = self.body;
        if let Some(fields) = body.as_object_mut() {
            fields.insert("apiVersion".to_owned(), json!(kind.api_version()));
            fields.insert("kind".to_owned(), json!(kind.kind));
        }
        body
    }
}

impl<const METADATA: bool> From<Value> for Raw<METADATA> {
    fn from(body: Value) -> Self {
        let text = |key: &str| body.get("metadata")?.get(key)?.as_str().map(str::to_owned);
        let meta = ObjectMeta {
            name: text("name"),
            namespace: text("namespace"),
            resource_version: text("resourceVersion"),
            ..ObjectMeta::default()
        };
        Self { body, meta }
    }
}

impl<'de, const METADATA: bool> Deserialize<'de> for Raw<METADATA> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

/// The name alone: the library prints what it watches, and that may be a Secret.
impl<const METADATA: bool> fmt::Debug for Raw<METADATA> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}",
            self.meta.namespace.as_deref().unwrap_or_default(),
            self.meta.name.as_deref().unwrap_or_default()
        )
    }
}

impl<const METADATA: bool> Resource for Raw<METADATA> {
    type DynamicType = ApiResource;
    type Scope = DynamicResourceScope;

    fn kind(resource: &ApiResource) -> Cow<'_, str> {
        resource.kind.as_str().into()
    }
    fn group(resource: &ApiResource) -> Cow<'_, str> {
        resource.group.as_str().into()
    }
    fn version(resource: &ApiResource) -> Cow<'_, str> {
        resource.version.as_str().into()
    }
    fn api_version(resource: &ApiResource) -> Cow<'_, str> {
        resource.api_version.as_str().into()
    }
    fn plural(resource: &ApiResource) -> Cow<'_, str> {
        resource.plural.as_str().into()
    }
    fn metadata_api() -> bool {
        METADATA
    }
    fn meta(&self) -> &ObjectMeta {
        &self.meta
    }
    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.meta
    }
}
