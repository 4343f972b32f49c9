//! One of several: a Lease says who leads, and he renews it or loses it.
//!
//! Whether a lease has run out is judged by our own clock alone, from when we saw it change: the
//! clocks of two machines need not agree. Nobody takes over from a holder who still renews.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{cluster::Cluster, error::ApiError, kind::Kind};

/// Who wants to lead, and by which Lease.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Namespace of the Lease.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Ourselves; another name at every start.
    pub identity: String,
    /// A holder who has not renewed for so long has lost it. Whole seconds.
    pub duration: Duration,
}

/// What a candidate has seen of the Lease.
#[derive(Debug, Default)]
pub struct Watchfulness {
    seen: Option<(String, Instant)>,
}

impl Watchfulness {
    /// Whether the holder of this version of the Lease has had his time, as far as we have seen.
    fn is_over(&mut self, version: &str, duration: Duration, now: Instant) -> bool {
        match &self.seen {
            Some((known, since)) if known == version => now >= *since + duration,
            _ => {
                self.seen = Some((version.to_owned(), now));
                false
            }
        }
    }
}

impl Cluster {
    /// Takes the Lease, or keeps it. Returns whether we lead for its duration from before this call.
    /// `now` is only written down for people.
    ///
    /// # Errors
    /// What the server says. That somebody else was faster is no error.
    pub async fn lead(
        &self,
        candidate: &Candidate,
        watchfulness: &mut Watchfulness,
        now: Timestamp,
    ) -> Result<bool, ApiError> {
        let (kind, namespace) = (leases(), candidate.namespace.as_str());
        let found = self.get(&kind, Some(namespace), &candidate.name).await?;
        let written = match found {
            None => self.create_lease(candidate, now).await,
            Some(lease) => {
                let Some(patch) = claim(&lease, candidate, watchfulness, now) else {
                    return Ok(false);
                };
                self.patch_lease(candidate, &patch).await
            }
        };
        match written {
            Ok(()) => Ok(true),
            Err(error) if error.code == 409 => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives the Lease back, so that another need not wait for its end.
    ///
    /// # Errors
    /// What the server says; `Conflict` if it is no longer ours.
    pub async fn resign(&self, candidate: &Candidate) -> Result<(), ApiError> {
        let namespace = candidate.namespace.as_str();
        let found = self
            .get(&leases(), Some(namespace), &candidate.name)
            .await?;
        let Some(lease) = found.filter(|lease| holder(lease) == candidate.identity) else {
            return Ok(());
        };
        let version = &lease["metadata"]["resourceVersion"];
        let patch = json!({
            "metadata": {"resourceVersion": version},
            "spec": {"holderIdentity": "", "leaseDurationSeconds": 1},
        });
        self.patch_lease(candidate, &patch).await
    }

    async fn create_lease(&self, candidate: &Candidate, now: Timestamp) -> Result<(), ApiError> {
        let body = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": candidate.name, "namespace": candidate.namespace},
            "spec": claimed(candidate, now, true, 0),
        });
        // Not by server-side apply: of two who do that at once, both would believe to have won.
        self.create(&leases(), &body).await
    }

    async fn patch_lease(&self, candidate: &Candidate, patch: &Value) -> Result<(), ApiError> {
        let (name, manager) = (&candidate.name, candidate.name.as_str());
        self.merge_patch(
            &leases(),
            Some(&candidate.namespace),
            name,
            patch,
            false,
            manager,
        )
        .await
        .map(drop)
    }
}

fn leases() -> Kind {
    Kind::of("coordination.k8s.io/v1", "Lease", "leases")
}

fn holder(lease: &Value) -> &str {
    lease["spec"]["holderIdentity"].as_str().unwrap_or_default()
}

/// The patch that makes the Lease ours, or keeps it; `None` if it is another's. It names the version
/// that was seen, so that of two who claim only one succeeds.
fn claim(
    lease: &Value,
    candidate: &Candidate,
    watchfulness: &mut Watchfulness,
    now: Timestamp,
) -> Option<Value> {
    let version = lease["metadata"]["resourceVersion"].as_str()?;
    let held = lease["spec"]["leaseDurationSeconds"].as_u64();
    let duration = held.map_or(candidate.duration, Duration::from_secs);
    let ours = holder(lease) == candidate.identity;
    let free = holder(lease).is_empty();
    if !ours && !free && !watchfulness.is_over(version, duration, Instant::now()) {
        return None;
    }
    let transitions = lease["spec"]["leaseTransitions"].as_u64().unwrap_or(0);
    let spec = claimed(candidate, now, !ours, transitions + u64::from(!ours));
    Some(json!({"metadata": {"resourceVersion": version}, "spec": spec}))
}

fn claimed(candidate: &Candidate, now: Timestamp, new: bool, transitions: u64) -> Value {
    let now = now.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
    let mut spec = json!({
        "holderIdentity": candidate.identity,
        "leaseDurationSeconds": candidate.duration.as_secs(),
        "renewTime": now,
        "leaseTransitions": transitions,
    });
    if new {
        spec["acquireTime"] = now.into();
    }
    spec
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    fn candidate(identity: &str) -> Candidate {
        Candidate {
            namespace: "a".to_owned(),
            name: "lease".to_owned(),
            identity: identity.to_owned(),
            duration: Duration::from_secs(10),
        }
    }

    fn lease(holder: &str, version: &str) -> Value {
        json!({
            "metadata": {"resourceVersion": version},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": 10, "leaseTransitions": 3},
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_is_taken_only_from_who_has_stopped_to_renew() {
        let (us, mut seen) = (candidate("us"), Watchfulness::default());
        let mut claim = |lease: &Value| claim(lease, &us, &mut seen, Timestamp::UNIX_EPOCH);
        assert_eq!(claim(&lease("them", "1")), None);
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(claim(&lease("them", "1")), None);
        assert_eq!(claim(&lease("them", "2")), None, "renewed");
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(claim(&lease("them", "2")), None);
        tokio::time::advance(Duration::from_secs(1)).await;
        let patch = claim(&lease("them", "2")).unwrap();
        assert_eq!(patch["metadata"]["resourceVersion"], "2");
        assert_eq!(patch["spec"]["leaseTransitions"], 4);
        assert_eq!(patch["spec"]["acquireTime"], "1970-01-01T00:00:00.000000Z");
    }

    #[test]
    fn what_is_free_or_ours_is_taken_at_once() {
        let us = candidate("us");
        for (holder, transitions) in [("", 4), ("us", 3)] {
            let patch = claim(
                &lease(holder, "1"),
                &us,
                &mut Watchfulness::default(),
                Timestamp::UNIX_EPOCH,
            );
            let patch = patch.unwrap();
            assert_eq!(patch["spec"]["leaseTransitions"], transitions);
            assert_eq!(patch["spec"]["acquireTime"].is_null(), holder == "us");
        }
    }
}
