//! A thousand Kustomizations of five objects each, out of one repository: the first install, and one
//! commit that concerns one of them.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};

use super::Row;
use crate::bench::Side;
use crate::bench::load::{self, Repository};
use crate::bench::measure::{Cell, duration};
use crate::bench::peers::{self, Running};
use crate::bench::plane::Plane;
use crate::bench::sync::{LIMIT, is_ready};
use crate::bench::world::World;

pub(super) const INSTALL: Row = Row {
    name: "many-install",
    title: "1,000 Kustomizations × 5 objects out of one repository, first install",
    aim: "≤ 60 s, ≤ 100 MB",
    measure: install,
};

pub(super) const ONE: Row = Row {
    name: "many-one",
    title: "the same, one commit that touches one of the 1,000 directories",
    aim: "≤ 1 s, ≤ 10 requests in that second",
    measure: one,
};

const KUSTOMIZATIONS: usize = 1000;
const EACH: usize = 5;

/// The peer would need most of an hour: it gets this long, and what was ready by then is counted.
const PATIENCE: Duration = Duration::from_secs(240);

struct Many<'world> {
    plane: &'world Plane,
    running: Running,
    repository: Repository,
    target: String,
    began: Instant,
}

fn start<'world>(world: &'world World, row: &str, side: Side) -> Result<Many<'world>> {
    let (plane, room) = (world.plane()?, world.room(row, side)?);
    let target = format!("{row}-{side:?}").to_lowercase();
    plane.namespace(&target)?;
    let repository = Repository::empty(world.git()?, &target, &room)?;
    for number in 0..KUSTOMIZATIONS {
        for index in of(number) {
            let text = load::config_map(&target, index, &load::value(index));
            repository.write_file(&path(number, index), &text)?;
        }
    }
    repository.commit("A thousand directories")?;
    repository.push()?;
    let running = peers::gitops(plane, side, &room)?;
    let began = Instant::now();
    declare(plane, running.namespace, &repository)?;
    Ok(Many {
        plane,
        running,
        repository,
        target,
        began,
    })
}

fn of(number: usize) -> std::ops::Range<usize> {
    number * EACH..(number + 1) * EACH
}

fn path(number: usize, index: usize) -> String {
    format!("apps/app-{number:04}/{}.yaml", load::config_map_name(index))
}

fn declare(plane: &Plane, namespace: &str, repository: &Repository) -> Result<()> {
    let kustomizations: Vec<Value> = (0..KUSTOMIZATIONS)
        .map(|number| {
            json!({
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
                "metadata": { "name": format!("app-{number:04}") },
                "spec": {
                    "interval": "1h", "path": format!("./apps/app-{number:04}"), "prune": true,
                    "sourceRef": { "kind": "GitRepository", "name": "bench" },
                },
            })
        })
        .collect();
    let source = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": { "name": "bench" },
        "spec": { "interval": "1h", "url": repository.url, "ref": { "branch": "main" } },
    });
    let path = |group: &str, plural: &str| {
        format!("/apis/{group}.toolkit.fluxcd.io/v1/namespaces/{namespace}/{plural}")
    };
    plane
        .api
        .create(&path("source", "gitrepositories"), &source)?;
    load::create_all(
        &plane.api,
        &path("kustomize", "kustomizations"),
        &kustomizations,
    )
}

impl Many<'_> {
    /// Until all are ready, or the time is up; how many were, and when the last one was.
    fn ready(&self, limit: Duration) -> Result<(usize, Duration)> {
        let path = format!(
            "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{}/kustomizations",
            self.running.namespace
        );
        let watch = self.plane.api.watch(&path)?;
        let (mut done, mut last) = (HashSet::new(), self.began);
        let all = watch.until(limit, "all are Ready", |seen| {
            let name = seen.object["metadata"]["name"].to_string();
            if is_ready(&seen.object) && done.insert(name) {
                last = seen.at;
            }
            (done.len() == KUSTOMIZATIONS).then_some(())
        });
        if all.is_err() && done.is_empty() {
            bail!("none is ready\n{}", self.running.last_words());
        }
        Ok((done.len(), last - self.began))
    }

    fn end(self) -> Result<()> {
        drop(self.running);
        self.plane.clean(&self.target)
    }
}

fn install(world: &World, side: Side) -> Result<Cell> {
    let many = start(world, INSTALL.name, side)?;
    let limit = match side {
        Side::Theirs => PATIENCE,
        Side::Ours => LIMIT,
    };
    let (count, took) = many.ready(limit)?;
    let all = many.running.memory()?;
    let (now, cpu) = (
        all.iter().map(|(_, memory)| memory.now).sum::<f64>(),
        many.running.cpu()?,
    );
    many.end()?;
    let text = if count == KUSTOMIZATIONS {
        format!("{} ({cpu:.0} s CPU, {now:.0} MB)", duration(took))
    } else {
        let waited = duration(limit);
        format!("{count} of {KUSTOMIZATIONS} ready after {waited} ({cpu:.0} s CPU, {now:.0} MB)")
    };
    Ok(Cell::new(
        text,
        vec![
            ("ready", count as f64),
            ("last_s", took.as_secs_f64()),
            ("cpu_s", cpu),
            ("resident_mb", now),
        ],
    ))
}

fn one(world: &World, side: Side) -> Result<Cell> {
    if side == Side::Theirs {
        bail!("all 1,000 are built anew for each commit, which takes longer than the first install")
    }
    let many = start(world, ONE.name, side)?;
    let (count, _) = many.ready(LIMIT)?;
    if count < KUSTOMIZATIONS {
        bail!("{count} are ready\n{}", many.running.last_words());
    }
    std::thread::sleep(Duration::from_secs(5));
    let index = of(500).start;
    let object = many.plane.api.watch(&format!(
        "/api/v1/namespaces/{}/configmaps?fieldSelector=metadata.name={}",
        many.target,
        load::config_map_name(index)
    ))?;
    let text = load::config_map(&many.target, index, "pushed");
    many.repository.write_file(&path(500, index), &text)?;
    many.repository.commit("One directory")?;
    many.repository.push()?;
    let (mark, began) = (many.plane.mark()?, Instant::now());
    let source = format!(
        "/apis/source.toolkit.fluxcd.io/v1/namespaces/{}/gitrepositories/bench",
        many.running.namespace
    );
    let annotations = json!({ "reconcile.fluxcd.io/requestedAt": "now" });
    let body = json!({ "metadata": { "annotations": annotations } });
    many.plane.api.patch(&source, &body)?;
    let live = object.until(LIMIT, "the pushed value is live", |seen| {
        (seen.object["data"]["value"] == "pushed").then_some(seen.at)
    });
    let live = live.map_err(|error| anyhow!("{error:#}\n{}", many.running.last_words()))?;
    std::thread::sleep(Duration::from_secs(1).saturating_sub(began.elapsed()));
    let requests = many.plane.requests_since(mark, many.running.agents)?.len();
    many.end()?;
    let took = live - began;
    Ok(Cell::new(
        format!(
            "{} ({requests} requests in the first second)",
            duration(took)
        ),
        vec![
            ("live_s", took.as_secs_f64()),
            ("requests", requests as f64),
        ],
    ))
}
