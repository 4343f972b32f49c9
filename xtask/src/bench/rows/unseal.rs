//! SealedSecrets of three items wait for a controller that starts: until each Secret is there and each
//! status says so.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::{Deserializer, Value};
use signet_tests::process;

use super::Row;
use crate::bench::Side;
use crate::bench::api::Watch;
use crate::bench::load::{self, COUNT};
use crate::bench::measure::{Cell, duration};
use crate::bench::peers::{self, Running};
use crate::bench::plane::Plane;
use crate::bench::sync::LIMIT;
use crate::bench::world::{World, binary};

pub(super) const ROW: Row = Row {
    name: "unseal",
    title: "1,000 SealedSecrets × 3 items, first unseal",
    aim: "≤ 7 s",
    measure,
};

fn measure(world: &World, side: Side) -> Result<Cell> {
    let (plane, room) = (world.plane()?, world.room(ROW.name, side)?);
    let namespace = format!("{}-{side:?}", ROW.name).to_lowercase();
    declare(plane, side, &room, &namespace, COUNT)?;
    let done = unsealed(plane, side, &room, &namespace, COUNT)?;
    let cpu = done.running.cpu()?;
    drop(done.running);
    plane.clean(&namespace)?;
    Ok(Cell::new(
        format!("{} ({cpu:.1} s CPU)", duration(done.took)),
        vec![("all_s", done.took.as_secs_f64()), ("cpu_s", cpu)],
    ))
}

/// A controller that has unsealed everything, and how long that took.
pub(super) struct Unsealed {
    pub(super) running: Running,
    pub(super) took: Duration,
}

/// Seals for the controller's certificate and creates what was sealed while no controller runs.
pub(super) fn declare(
    plane: &Plane,
    side: Side,
    room: &Path,
    namespace: &str,
    count: usize,
) -> Result<()> {
    plane.namespace(namespace)?;
    let certificate = room.join("certificate.pem");
    let running = peers::unsealer(plane, side, room)?;
    std::fs::write(&certificate, running.certificate()?)?;
    drop(running);
    let sealed = seal(&certificate, &load::secrets(namespace, count), room)?;
    ensure!(sealed.len() == count, "{} were sealed", sealed.len());
    let path = format!("/apis/bitnami.com/v1alpha1/namespaces/{namespace}/sealedsecrets");
    load::create_all(&plane.api, &path, &sealed)
}

/// Starts the controller and waits for the last Secret and the last status.
pub(super) fn unsealed(
    plane: &Plane,
    side: Side,
    room: &Path,
    namespace: &str,
    count: usize,
) -> Result<Unsealed> {
    let watches = Watches::open(plane, namespace)?;
    let running = peers::unsealer(plane, side, room)?;
    let all = watches.all(plane, namespace, count);
    let all = all.map_err(|error| anyhow!("{error:#}\n{}", running.last_words()))?;
    let took = all - running.started;
    Ok(Unsealed { running, took })
}

/// Waits for the same of a controller that runs already.
pub(super) fn await_all(plane: &Plane, namespace: &str, running: &Running) -> Result<()> {
    let all = Watches::open(plane, namespace)?.all(plane, namespace, COUNT);
    all.map(drop)
        .map_err(|error| anyhow!("{error:#}\n{}", running.last_words()))
}

/// What becomes of the SealedSecrets of one namespace.
struct Watches {
    secrets: Watch,
    sealed: Watch,
}

impl Watches {
    fn open(plane: &Plane, namespace: &str) -> Result<Self> {
        let secrets = format!("/api/v1/namespaces/{namespace}/secrets");
        let sealed = format!("/apis/bitnami.com/v1alpha1/namespaces/{namespace}/sealedsecrets");
        Ok(Self {
            secrets: plane.api.watch(&secrets)?,
            sealed: plane.api.watch(&sealed)?,
        })
    }

    /// When the last Secret was there and the last status said so; with the values that were sealed.
    fn all(&self, plane: &Plane, namespace: &str, count: usize) -> Result<Instant> {
        let there = self.secrets.until_all(LIMIT, count, |_| true)?;
        let said = self.sealed.until_all(LIMIT, count, is_synced)?;
        load::check_secrets(&plane.api, namespace, count)?;
        Ok(there.max(said))
    }
}

fn is_synced(sealed: &Value) -> bool {
    let conditions = sealed["status"]["conditions"].as_array();
    let mut all = conditions.into_iter().flatten();
    all.any(|condition| condition["type"] == "Synced" && condition["status"] == "True")
}

pub(super) fn seal(certificate: &Path, secrets: &str, room: &Path) -> Result<Vec<Value>> {
    let input = room.join("secrets.yaml");
    std::fs::write(&input, secrets)?;
    let mut command = Command::new(binary(process::SIGNET)?);
    command
        .args(["seal", "--format", "json", "--cert"])
        .arg(certificate);
    let output = command
        .stdin(std::fs::File::open(&input)?)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(
        output.status.success(),
        "signet seal ended with {}",
        output.status
    );
    let documents = Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    documents
        .collect::<Result<_, _>>()
        .context("what signet seal printed")
}
