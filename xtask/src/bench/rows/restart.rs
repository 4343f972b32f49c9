//! A controller starts again where everything is unsealed already: until it has found that out.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use signet_tests::process;

use super::{Row, unseal};
use crate::bench::Side;
use crate::bench::load::COUNT;
use crate::bench::measure::{Cell, duration};
use crate::bench::peers::{self, Running};
use crate::bench::plane::Plane;
use crate::bench::sync::LIMIT;
use crate::bench::world::{World, binary, output};

pub(super) const ONE_KEY: Row = Row {
    name: "restart",
    title: "restart, nothing changed, 1,000 SealedSecrets × 3 items",
    aim: "≤ 2 s, no RSA operation, no write",
    measure: |world, side| measure(world, side, ONE_KEY.name, 0),
};

pub(super) const TEN_KEYS: Row = Row {
    name: "restart-ten-keys",
    title: "the same with ten keys, everything sealed under the oldest",
    aim: "as with one key",
    measure: |world, side| measure(world, side, TEN_KEYS.name, 9),
};

fn measure(world: &World, side: Side, row: &str, more_keys: usize) -> Result<Cell> {
    let (plane, room) = (world.plane()?, world.room(row, side)?);
    let namespace = format!("{row}-{side:?}").to_lowercase();
    unseal::declare(plane, side, &room, &namespace, COUNT)?;
    let first = unseal::unsealed(plane, side, &room, &namespace, COUNT)?;
    let keys = first.running.namespace;
    drop(first);
    let made = add_keys(plane, keys, more_keys)?;
    let again = restarted(plane, side, &room, COUNT);
    for name in made {
        let path = format!("/api/v1/namespaces/{keys}/secrets/{name}");
        plane.api.delete(&path)?;
    }
    let cell = again?.cell();
    plane.clean(&namespace)?;
    Ok(cell)
}

/// What a restart took, and what it did.
pub(super) struct Restarted {
    took: Duration,
    cpu: f64,
    opened: f64,
    writes: usize,
}

/// Starts the controller and waits until it has looked at `count` SealedSecrets.
pub(super) fn restarted(
    plane: &Plane,
    side: Side,
    room: &std::path::Path,
    count: usize,
) -> Result<Restarted> {
    let mark = plane.mark()?;
    let running = peers::unsealer(plane, side, room)?;
    let looked_at = |running: &Running| match side {
        Side::Theirs => running.number("sealed_secrets_controller_unseal_requests_total"),
        Side::Ours => {
            let verified = running.number("signet_sealed_secrets_verified_total")?;
            Ok(verified + running.number("signet_sealed_secrets_opened_total")?)
        }
    };
    let began = Instant::now();
    while looked_at(&running)? < count as f64 {
        ensure!(
            began.elapsed() < LIMIT,
            "{} of {count} were looked at\n{}",
            looked_at(&running)?,
            running.last_words()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let took = running.started.elapsed();
    settle(&running)?;
    let opened = match side {
        Side::Theirs => running.number("sealed_secrets_controller_unseal_requests_total")?,
        Side::Ours => running.number("signet_sealed_secrets_opened_total")?,
    };
    let writes = plane
        .requests_since(mark, running.agents)?
        .iter()
        .filter(|request| request.writes())
        .count();
    Ok(Restarted {
        took,
        cpu: running.cpu()?,
        opened,
        writes,
    })
}

/// Until it takes no processor time any more: what it still has to say is said.
fn settle(running: &Running) -> Result<()> {
    let began = Instant::now();
    let mut before = running.cpu()?;
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let now = running.cpu()?;
        if now - before < 0.05 {
            return Ok(());
        }
        before = now;
        if began.elapsed() > LIMIT {
            return Err(anyhow!("it never comes to rest\n{}", running.last_words()));
        }
    }
}

impl Restarted {
    pub(super) fn cell(&self) -> Cell {
        let Self {
            took,
            cpu,
            opened,
            writes,
        } = self;
        Cell::new(
            format!(
                "{} ({cpu:.1} s CPU, {opened:.0} opened, {writes} writes)",
                duration(*took)
            ),
            vec![
                ("ready_s", took.as_secs_f64()),
                ("cpu_s", *cpu),
                ("opened", *opened),
                ("writes", *writes as f64),
            ],
        )
    }
}

/// Puts more sealing keys into `namespace`, all newer than those that are there. Returns their names.
fn add_keys(plane: &Plane, namespace: &str, count: usize) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for _ in 0..count {
        let mut keygen = Command::new(binary(process::SIGNET)?);
        let arguments = ["keygen", "--secret", "--namespace", namespace];
        let secret = output(keygen.args(arguments))?;
        let said = plane
            .control
            .kubectl()
            .run_with_input(&["create", "-o", "name", "-f", "-"], &secret)?;
        names.extend(said.trim().rsplit('/').next().map(str::to_owned));
    }
    Ok(names)
}
