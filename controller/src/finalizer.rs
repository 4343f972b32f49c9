//! The finalizer by which we are asked before a declaration is gone: put on, and let go.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};
use signet_api::names;
use signet_cluster::{ApiError, Kind};

use crate::queue::Again;
use crate::wake::{Key, Wake};
use crate::world::World;

/// How soon letting go is tried again.
const RETRY: Duration = Duration::from_secs(2);

/// A declaration whose finalizers are to be changed.
pub struct Subject<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Its place.
    pub key: &'a Key,
    /// Its metadata as they were last seen.
    pub metadata: &'a ObjectMeta,
    /// Who writes: what stands in the managed fields.
    pub manager: &'static str,
}

/// Puts the finalizer on, once. Returns the object if it was written.
///
/// # Errors
/// The API server does not take it, or the object changed since it was seen.
pub async fn ensure(world: &World, subject: &Subject<'_>) -> Result<Option<Value>, ApiError> {
    let mut all = subject.metadata.finalizers.clone().unwrap_or_default();
    if all.iter().any(|f| f == names::FINALIZER) {
        return Ok(None);
    }
    all.push(names::FINALIZER.to_owned());
    write(world, subject, &all).await.map(Some)
}

/// Lets the object go. Returns when to try again if the API server did not take it.
pub async fn release(world: &World, subject: &Subject<'_>) -> Option<Again> {
    let mut all = subject.metadata.finalizers.clone().unwrap_or_default();
    let before = all.len();
    all.retain(|f| f != names::FINALIZER);
    if all.len() == before {
        return None;
    }
    match write(world, subject, &all).await {
        Err(error) if !error.is_not_found() => Some(Again {
            after: RETRY,
            wake: Wake::Retry,
        }),
        _ => None,
    }
}

async fn write(
    world: &World,
    subject: &Subject<'_>,
    finalizers: &[String],
) -> Result<Value, ApiError> {
    let Subject {
        kind,
        key,
        metadata,
        manager,
    } = subject;
    // The resource version makes this a compare and swap: nobody else's finalizer is lost.
    let version = &metadata.resource_version;
    let patch = json!({"metadata": {"finalizers": finalizers, "resourceVersion": version}});
    let namespace = Some(key.namespace.as_str());
    world
        .cluster
        .merge_patch(kind, namespace, &key.name, &patch, false, manager)
        .await
}
