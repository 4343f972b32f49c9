//! ConfigMaps kept equal to a repository, by either side: the two declarations are the
//! same, since Signet reads Flux's kinds.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use serde_json::{Value, json};

use super::Side;
use super::api::Watch;
use super::load::{self, Repository};
use super::peers::{self, Running};
use super::plane::Plane;
use super::world::World;

/// Longest wait for anything that a side is asked to do.
pub(crate) const LIMIT: Duration = Duration::from_secs(300);

const NAME: &str = "bench";

/// A side that has synced everything.
pub(crate) struct Sync<'world> {
    pub(crate) plane: &'world Plane,
    pub(crate) running: Running,
    pub(crate) repository: Repository,
    /// Where the objects are.
    pub(crate) target: String,
    /// How many there are.
    count: usize,
    /// From the declarations until every object was there.
    pub(crate) applied_after: Duration,
    /// From the declarations until the Kustomization was `Ready`.
    pub(crate) ready_after: Duration,
}

impl<'world> Sync<'world> {
    /// Starts `side` for `row` and waits until all objects are there as committed.
    pub(crate) fn start(
        world: &'world World,
        row: &str,
        side: Side,
        interval: &str,
        count: usize,
    ) -> Result<Self> {
        let (plane, room) = (world.plane()?, world.room(row, side)?);
        let target = format!("{row}-{side:?}").to_lowercase();
        plane.namespace(&target)?;
        let repository = Repository::create(world.git()?, &target, &target, &room, count)?;
        let running = peers::gitops(plane, side, &room)?;
        let mut sync = Self {
            plane,
            running,
            repository,
            target,
            count,
            applied_after: Duration::ZERO,
            ready_after: Duration::ZERO,
        };
        sync.first(interval)
            .map_err(|error| anyhow!("{error:#}\n{}", sync.running.last_words()))?;
        Ok(sync)
    }

    fn first(&mut self, interval: &str) -> Result<()> {
        let objects = self.watch_objects("")?;
        let began = Instant::now();
        self.declare(interval)?;
        let last = objects.until_all(LIMIT, self.count, |_| true)?;
        self.applied_after = last - began;
        let ready = self
            .watch_declaration()?
            .until(LIMIT, "it is Ready", |seen| {
                is_ready(&seen.object).then_some(seen.at)
            })?;
        self.ready_after = ready - began;
        load::check_config_maps(&self.plane.api, &self.target, self.count)
    }

    fn declare(&self, interval: &str) -> Result<()> {
        let repository = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
            "metadata": { "name": NAME },
            "spec": { "interval": "10m", "url": self.repository.url, "ref": { "branch": "main" } },
        });
        let kustomization = json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": { "name": NAME },
            "spec": {
                "interval": interval, "path": "./app", "prune": true,
                "sourceRef": { "kind": "GitRepository", "name": NAME },
            },
        });
        let api = &self.plane.api;
        api.create(&self.path("source", "gitrepositories"), &repository)?;
        api.create(&self.path("kustomize", "kustomizations"), &kustomization)
            .map(drop)
    }

    /// The objects, or one of them by a field selector such as `?fieldSelector=…`.
    pub(crate) fn watch_objects(&self, selector: &str) -> Result<Watch> {
        let path = format!("/api/v1/namespaces/{}/configmaps{selector}", self.target);
        self.plane.api.watch(&path)
    }

    /// One object alone.
    pub(crate) fn watch_object(&self, name: &str) -> Result<Watch> {
        self.watch_objects(&format!("?fieldSelector=metadata.name={name}"))
    }

    /// The Kustomization.
    pub(crate) fn watch_declaration(&self) -> Result<Watch> {
        self.plane
            .api
            .watch(&self.path("kustomize", "kustomizations"))
    }

    /// Asks for a look at the repository now, as a webhook receiver does.
    pub(crate) fn look(&self, token: &str) -> Result<()> {
        let path = format!("{}/{NAME}", self.path("source", "gitrepositories"));
        let annotations = json!({ "reconcile.fluxcd.io/requestedAt": token });
        let body = json!({ "metadata": { "annotations": annotations } });
        self.plane.api.patch(&path, &body).map(drop)
    }

    /// Changes one object by hand.
    pub(crate) fn meddle(&self, name: &str, value: &str) -> Result<()> {
        let path = format!("/api/v1/namespaces/{}/configmaps/{name}", self.target);
        let body = json!({ "data": { "value": value } });
        self.plane.api.patch(&path, &body).map(drop)
    }

    fn path(&self, group: &str, plural: &str) -> String {
        let namespace = self.running.namespace;
        format!("/apis/{group}.toolkit.fluxcd.io/v1/namespaces/{namespace}/{plural}")
    }

    /// Ends the side, removes its objects.
    pub(crate) fn end(self) -> Result<()> {
        drop(self.running);
        self.plane.clean(&self.target)
    }
}

pub(crate) fn is_ready(kustomization: &Value) -> bool {
    let conditions = kustomization["status"]["conditions"].as_array();
    let mut all = conditions.into_iter().flatten();
    all.any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}
