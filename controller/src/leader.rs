//! Which of several replicas works: the one that holds the Lease. The others serve the certificate,
//! check and re-seal, and know all they need to go on at once.
//!
//! A leader that cannot renew stops before another may begin, by ending the process: whatever it was
//! about to write is never written. Kubernetes starts it again as a follower.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use rand_core::Rng;
use signet_cluster::{Candidate, Watchfulness};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::world::World;

/// Flux names its Leases after the controller, with this ending.
const LEASE: &str = "signet-controller-leader-election";

/// Who has not renewed for so long is replaced.
const DURATION: Duration = Duration::from_secs(10);

/// Who could not renew for so long ends, well before.
const DEADLINE: Duration = Duration::from_secs(7);

/// Time between two renewals, and between two looks at somebody else's Lease.
const RENEW: Duration = Duration::from_secs(2);

/// Whether we lead: at first nobody does, without an election we do from the start.
pub fn channel(elected: bool) -> (watch::Sender<bool>, watch::Receiver<bool>) {
    watch::channel(!elected)
}

/// Waits until we lead.
pub async fn leading(world: &World) {
    let mut leading = world.leading.clone();
    // The sender lives as long as the process does; without it nobody ever leads.
    if leading.wait_for(|leading| *leading).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Takes part in the election, if there is one. Ends only when the lead is lost.
///
/// # Errors
/// That it is lost, and why.
pub async fn run(world: &Arc<World>, lead: watch::Sender<bool>) -> Result<()> {
    if !world.settings.leader_elect {
        return std::future::pending().await;
    }
    let candidate = candidate(world);
    let mut seen = Watchfulness::default();
    while !is_won(world, &candidate, &mut seen).await {
        sleep(RENEW).await;
    }
    tracing::info!(identity = candidate.identity, "leads from now on");
    world.metrics.leads(true);
    lead.send_replace(true);
    keep(world, &candidate, &mut seen).await
}

/// Gives the lead back when we are asked to stop, if we have it.
pub async fn resign(world: &World) {
    let leads = world.settings.leader_elect && *world.leading.borrow();
    if !leads {
        return;
    }
    let given = timeout(RENEW, world.cluster.resign(&candidate(world))).await;
    tracing::info!(in_time = given.is_ok(), "gave the lead back");
}

async fn is_won(world: &World, candidate: &Candidate, seen: &mut Watchfulness) -> bool {
    let won = world.cluster.lead(candidate, seen, world.now()).await;
    won.unwrap_or_else(|error| {
        tracing::warn!("the Lease {LEASE} cannot be had: {error}; trying again");
        false
    })
}

async fn keep(world: &World, candidate: &Candidate, seen: &mut Watchfulness) -> Result<()> {
    let mut since = Instant::now();
    loop {
        sleep(RENEW).await;
        let begun = Instant::now();
        let left = DEADLINE.saturating_sub(begun.duration_since(since));
        let renewed = timeout(left, world.cluster.lead(candidate, seen, world.now())).await;
        match renewed {
            Ok(Ok(true)) => since = begun,
            Ok(Ok(false)) => bail!("somebody else leads: the Lease {LEASE} is no longer ours"),
            Ok(Err(error)) => tracing::warn!("the Lease {LEASE} was not renewed: {error}"),
            Err(_) => bail!("the Lease {LEASE} could not be renewed in {DEADLINE:?}"),
        }
    }
}

fn candidate(world: &World) -> Candidate {
    Candidate {
        namespace: world.settings.namespace.clone(),
        name: LEASE.to_owned(),
        identity: world.identity.clone(),
        duration: DURATION,
    }
}

/// A name that no other start has: the Pod's, and something random.
pub fn identity(host: &str, rng: &mut impl Rng) -> String {
    format!("{host}_{:016x}", rng.next_u64())
}
