//! One SealedSecret that somebody makes while thousands of others are being opened.

use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use super::{Row, unseal};
use crate::bench::Side;
use crate::bench::load;
use crate::bench::measure::{Cell, duration};
use crate::bench::peers;
use crate::bench::sync::LIMIT;
use crate::bench::world::World;

pub(super) const ROW: Row = Row {
    name: "overtake",
    title: "one new SealedSecret while 4,000 are being opened",
    aim: "≤ 1 s",
    measure,
};

const BACKLOG: usize = 4000;

/// When the new one comes: early, so that most of the others still wait.
const AFTER: usize = 200;

fn measure(world: &World, side: Side) -> Result<Cell> {
    let (plane, room) = (world.plane()?, world.room(ROW.name, side)?);
    let namespace = format!("{}-{side:?}", ROW.name).to_lowercase();
    unseal::declare(plane, side, &room, &namespace, BACKLOG)?;
    let stream = load::secret(&namespace, BACKLOG);
    let new = unseal::seal(&room.join("certificate.pem"), &stream, &room)?;
    let new = new.into_iter().next().context("one that was sealed")?;
    let secrets = plane
        .api
        .watch(&format!("/api/v1/namespaces/{namespace}/secrets"))?;
    let running = peers::unsealer(plane, side, &room)?;
    secrets.until_all(LIMIT, AFTER, |_| true)?;
    let began = Instant::now();
    let path = format!("/apis/bitnami.com/v1alpha1/namespaces/{namespace}/sealedsecrets");
    plane.api.create(&path, &new)?;
    let name = format!("login-{BACKLOG:04}");
    let there = secrets.until(LIMIT, "the new Secret is there", |seen| {
        (seen.object["metadata"]["name"] == name.as_str()).then_some(seen.at)
    });
    let there = there.map_err(|error| anyhow!("{error:#}\n{}", running.last_words()))?;
    drop(running);
    plane.clean(&namespace)?;
    let took = there - began;
    Ok(Cell::new(
        duration(took),
        vec![("there_s", took.as_secs_f64())],
    ))
}
