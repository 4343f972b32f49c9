//! Objects: applied, rehearsed, read, deleted, patched. No decision is taken here.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use signet_api::{ObjectId, names::FIELD_MANAGER};
use signet_engine::seen::Seen;

use crate::{call::Call, cluster::Cluster, error::ApiError, kind::Kind, list::without_copies};

const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";
const JSON: &str = "application/json";
/// Asks for an object without its body.
const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// Whether an apply is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is.
    Apply,
    /// The server goes through all of it, admission included, and stores nothing.
    Rehearse,
}

/// What an apply came to.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The object was not there before.
    pub created: bool,
    /// The object is another than before. Certain if [`Cluster::apply_over`] was told what was
    /// there; without that it is `true`, since an answer alone does not tell.
    pub changed: bool,
    /// What the engine remembers of the object.
    pub seen: Seen,
    /// The object as the server has it now.
    pub body: Value,
}

impl Cluster {
    /// Server-side apply under our field manager, taking fields from other managers by force. Unknown
    /// and duplicate fields are errors. The body's namespace decides where.
    ///
    /// # Errors
    /// What the server says, its message withheld if the object is a Secret; `Invalid` without a
    /// request if the body lacks a name or a namespace it needs.
    pub async fn apply(&self, kind: &Kind, body: &Value, mode: Mode) -> Result<Applied, ApiError> {
        self.apply_over(kind, body, mode, None).await
    }

    /// [`Self::apply`], told the `resourceVersion` that was last seen, so that
    /// [`Applied::changed`] is certain.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub async fn apply_over(
        &self,
        kind: &Kind,
        body: &Value,
        mode: Mode,
        known: Option<&str>,
    ) -> Result<Applied, ApiError> {
        let path = kind.object(namespace_of(body), name_of(body)?)?;
        let mut call = Call::new(Method::PATCH, path)
            .query("fieldManager", FIELD_MANAGER)
            .query("fieldValidation", "Strict")
            .query("force", "true");
        if mode == Mode::Rehearse {
            call = call.query("dryRun", "All");
        }
        let (status, body) = self
            .ask(call.json(body, APPLY).secret(kind.bears_secrets()))
            .await?;
        let seen = Seen::of(&body, FIELD_MANAGER, self.overridden())
            .ok_or_else(|| ApiError::garbled("an applied object has no uid"))?;
        let created = status == StatusCode::CREATED;
        Ok(Applied {
            created,
            changed: created || known != Some(&seen.resource_version),
            seen,
            body,
        })
    }

    /// Asks whether an object could be created whose own namespace is not there yet, by pretending
    /// to create it in `namespace`. That it exists there is no failure.
    ///
    /// # Errors
    /// What the server would say to the object.
    pub async fn rehearse_create(
        &self,
        kind: &Kind,
        body: &Value,
        namespace: &str,
    ) -> Result<(), ApiError> {
        let mut body = body.clone();
        if kind.namespaced {
            body["metadata"]["namespace"] = json!(namespace);
        }
        let call = Call::new(Method::POST, kind.collection(Some(namespace))?)
            .query("dryRun", "All")
            .query("fieldManager", FIELD_MANAGER)
            .query("fieldValidation", "Strict")
            .json(&body, JSON)
            .secret(kind.bears_secrets());
        match self.ask(call).await {
            Err(error) if error.reason != "AlreadyExists" => Err(error),
            _ => Ok(()),
        }
    }

    /// Creates an object, in the namespace that it names.
    ///
    /// # Errors
    /// What the server says; 409 `AlreadyExists` if it is there.
    pub async fn create(&self, kind: &Kind, body: &Value) -> Result<(), ApiError> {
        let call = Call::new(Method::POST, kind.collection(namespace_of(body))?);
        let call = call.json(body, JSON).secret(kind.bears_secrets());
        self.ask(call).await.map(drop)
    }

    /// All objects of a kind in a namespace. They leave out what kind they are.
    ///
    /// # Errors
    /// What the server says.
    pub async fn list(&self, kind: &Kind, namespace: &str) -> Result<Vec<Value>, ApiError> {
        let call = Call::new(Method::GET, kind.collection(Some(namespace))?);
        let (_, mut list) = self.ask(call.secret(kind.bears_secrets())).await?;
        match list.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(ApiError::garbled("a list has no items")),
        }
    }

    /// Reads an object; `None` if it is not there.
    ///
    /// # Errors
    /// What the server says.
    pub async fn get(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Value>, ApiError> {
        let call =
            Call::new(Method::GET, kind.object(namespace, name)?).secret(kind.bears_secrets());
        match self.ask(call).await {
            Ok((_, body)) => Ok(Some(body)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads `metadata` of an object and nothing of its body; `None` if it is not there.
    ///
    /// # Errors
    /// What the server says.
    pub async fn get_metadata(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Value>, ApiError> {
        let call = Call::new(Method::GET, kind.object(namespace, name)?)
            .accept(METADATA)
            .secret(kind.bears_secrets());
        match self.ask(call).await {
            Ok((_, mut body)) => {
                without_copies(&mut body);
                Ok(Some(body))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Says anew which manager owns which field, of the very object that was looked at.
    ///
    /// # Errors
    /// What the server says; `Conflict` or `Invalid` if the object is another meanwhile.
    pub async fn set_managed_fields(
        &self,
        kind: &Kind,
        id: &ObjectId,
        resource_version: &str,
        fields: &Value,
    ) -> Result<(), ApiError> {
        let replace =
            |path: &str, value: &Value| json!({"op": "replace", "path": path, "value": value});
        let patch = json!([
            replace("/metadata/managedFields", fields),
            replace("/metadata/resourceVersion", &json!(resource_version)),
        ]);
        let path = kind.object(id.namespace.as_deref(), &id.name)?;
        let call = Call::new(Method::PATCH, path).query("fieldManager", FIELD_MANAGER);
        self.ask(call.json(&patch, JSON_PATCH).secret(kind.bears_secrets()))
            .await
            .map(drop)
    }

    /// Deletes an object, its dependents afterwards in the background. With a `uid` only that very
    /// object: one of the same name that came since stays. `false` if it was not there.
    ///
    /// # Errors
    /// What the server says; `Conflict` if the uid is another.
    pub async fn delete(
        &self,
        kind: &Kind,
        id: &ObjectId,
        uid: Option<&str>,
    ) -> Result<bool, ApiError> {
        let mut options =
            json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"});
        if let Some(uid) = uid {
            options["preconditions"] = json!({"uid": uid});
        }
        let path = kind.object(id.namespace.as_deref(), &id.name)?;
        let call = Call::new(Method::DELETE, path)
            .json(&options, JSON)
            .secret(kind.bears_secrets());
        match self.ask(call).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// JSON merge patch of an object, or of its `/status` alone. `manager` stands in the object's
    /// managed fields.
    ///
    /// # Errors
    /// What the server says.
    pub async fn merge_patch(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
        status: bool,
        manager: &str,
    ) -> Result<Value, ApiError> {
        let mut path = kind.object(namespace, name)?;
        if status {
            path.push_str("/status");
        }
        let call = Call::new(Method::PATCH, path).query("fieldManager", manager);
        let (_, body) = self
            .ask(call.json(patch, MERGE).secret(kind.bears_secrets()))
            .await?;
        Ok(body)
    }
}

/// Namespace of a manifest, `None` if it says none.
pub(crate) fn namespace_of(body: &Value) -> Option<&str> {
    body.pointer("/metadata/namespace")
        .and_then(Value::as_str)
        .filter(|s| !s.is_empty())
}

pub(crate) fn name_of(body: &Value) -> Result<&str, ApiError> {
    let name = body
        .pointer("/metadata/name")
        .and_then(Value::as_str)
        .filter(|s| !s.is_empty());
    name.ok_or_else(|| ApiError::invalid("metadata.name is missing".to_owned()))
}
