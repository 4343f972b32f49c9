//! Which of several replicas works: the one that holds the Lease. The others serve the certificate,
//! check and re-seal, and know all they need to go on at once.
//!
//! Who works on Flux's kinds holds the Leases of Flux's controllers as well: so these and ours never
//! work on a kind at the same time, whichever is started while the other runs.
//!
//! A leader that cannot renew stops before another may begin, by ending the process: whatever it was
//! about to write is never written. Kubernetes starts it again as a follower.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use futures::future::{BoxFuture, select_all};
use rand_core::Rng;
use signet_api::names;
use signet_cluster::{Candidate, Watchfulness};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::args::KindArg;
use crate::world::World;

/// A Lease, where it lies, and how it is kept.
#[derive(Clone, Copy, Debug)]
struct Race {
    lease: &'static str,
    /// What is worked on by whoever holds it.
    work: &'static str,
    pace: Pace,
}

/// How a Lease is kept.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Who has not renewed for so long is replaced.
    duration: Duration,
    /// Who could not renew for so long ends, well before.
    deadline: Duration,
    /// Time between two renewals, and between two looks at somebody else's Lease.
    renew: Duration,
}

/// Flux names its Leases after the controller, with this ending; so do we.
const OWN: Race = Race {
    lease: "signet-controller-leader-election",
    work: "everything",
    pace: Pace {
        duration: Duration::from_secs(10),
        deadline: Duration::from_secs(7),
        renew: Duration::from_secs(2),
    },
};

/// As Flux's controllers keep theirs.
const FLUX: Pace = Pace {
    duration: Duration::from_secs(35),
    deadline: Duration::from_secs(30),
    renew: Duration::from_secs(5),
};

const SOURCES: Race = Race {
    lease: names::FLUX_LEASES[0],
    work: "GitRepositories",
    pace: FLUX,
};

const KUSTOMIZATIONS: Race = Race {
    lease: names::FLUX_LEASES[1],
    work: "Kustomizations",
    pace: FLUX,
};

/// Which of Flux's kinds this replica may work on, as that changes from no to yes.
#[derive(Clone, Debug)]
pub struct FluxLeads {
    /// GitRepositories.
    pub sources: watch::Receiver<bool>,
    /// Kustomizations.
    pub kustomizations: watch::Receiver<bool>,
}

/// The other ends, and that of everything else.
pub struct Senders {
    own: watch::Sender<bool>,
    sources: watch::Sender<bool>,
    kustomizations: watch::Sender<bool>,
}

/// Whether we lead: at first nobody does, without an election we do from the start.
pub fn channels(elected: bool) -> (Senders, watch::Receiver<bool>, FluxLeads) {
    let channel = || watch::channel(!elected);
    let (own, leading) = channel();
    let ((sources, of_sources), (kustomizations, of_kustomizations)) = (channel(), channel());
    let senders = Senders {
        own,
        sources,
        kustomizations,
    };
    let leads = FluxLeads {
        sources: of_sources,
        kustomizations: of_kustomizations,
    };
    (senders, leading, leads)
}

/// Waits until that lead is ours.
pub async fn leading(lead: &watch::Receiver<bool>) {
    // The sender lives as long as the process does; without it nobody ever leads.
    if lead.clone().wait_for(|leads| *leads).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Takes part in the elections, if there are any. Ends only when a lead is lost.
///
/// # Errors
/// That it is lost, and why.
pub async fn run(world: &Arc<World>, senders: Senders) -> Result<()> {
    if !world.settings.leader_elect {
        return std::future::pending().await;
    }
    let mut seen = win(world, OWN).await;
    world.metrics.leads(true);
    senders.own.send_replace(true);
    let mut all: Vec<BoxFuture<'_, Result<()>>> =
        vec![Box::pin(async move { keep(world, OWN, &mut seen).await })];
    let others = [
        (SOURCES, senders.sources),
        (KUSTOMIZATIONS, senders.kustomizations),
    ];
    for (race, sender) in others {
        if world.settings.kinds.contains(&kind(race)) {
            all.push(Box::pin(hold(world, race, sender)));
        }
    }
    select_all(all).await.0
}

/// Gives the leads back when we are asked to stop, as far as we have them.
pub async fn resign(world: &World) {
    if !world.settings.leader_elect {
        return;
    }
    let all = [
        (SOURCES, &world.flux_leads.sources),
        (KUSTOMIZATIONS, &world.flux_leads.kustomizations),
        (OWN, &world.leading),
    ];
    for (race, lead) in all {
        if *lead.borrow() {
            let candidate = candidate(world, race);
            let given = timeout(OWN.pace.renew, world.cluster.resign(&candidate)).await;
            tracing::info!(
                in_time = given.is_ok(),
                "gave the Lease {} back",
                race.lease
            );
        }
    }
}

fn kind(race: Race) -> KindArg {
    match race.lease {
        lease if lease == SOURCES.lease => KindArg::Gitrepository,
        _ => KindArg::Kustomization,
    }
}

async fn hold(world: &World, race: Race, sender: watch::Sender<bool>) -> Result<()> {
    let mut seen = win(world, race).await;
    sender.send_replace(true);
    keep(world, race, &mut seen).await
}

/// Waits until the Lease is ours.
async fn win(world: &World, race: Race) -> Watchfulness {
    let Race { lease, work, pace } = race;
    let candidate = candidate(world, race);
    let (mut seen, mut told) = (Watchfulness::default(), false);
    loop {
        match world.cluster.lead(&candidate, &mut seen, world.now()).await {
            Ok(true) => {
                let identity = &candidate.identity;
                tracing::info!(identity, "holds the Lease {lease} and works on {work}");
                return seen;
            }
            Ok(false) if !told => {
                told = true;
                tracing::info!("the Lease {lease} is held by another, who works on {work}");
            }
            Ok(false) => {}
            Err(error) => {
                tracing::warn!("the Lease {lease} cannot be had: {error}; trying again");
            }
        }
        sleep(pace.renew).await;
    }
}

async fn keep(world: &World, race: Race, seen: &mut Watchfulness) -> Result<()> {
    let Race { lease, pace, .. } = race;
    let candidate = candidate(world, race);
    let mut since = Instant::now();
    loop {
        sleep(pace.renew).await;
        let begun = Instant::now();
        let left = pace.deadline.saturating_sub(begun.duration_since(since));
        let renewed = timeout(left, world.cluster.lead(&candidate, seen, world.now())).await;
        match renewed {
            Ok(Ok(true)) => since = begun,
            Ok(Ok(false)) => bail!("somebody else leads: the Lease {lease} is no longer ours"),
            Ok(Err(error)) => tracing::warn!("the Lease {lease} was not renewed: {error}"),
            Err(_) => bail!(
                "the Lease {lease} could not be renewed in {:?}",
                pace.deadline
            ),
        }
    }
}

fn candidate(world: &World, race: Race) -> Candidate {
    let own = race.lease == OWN.lease;
    let settings = &world.settings;
    let namespace = if own {
        &settings.namespace
    } else {
        &settings.flux.namespace
    };
    Candidate {
        namespace: namespace.clone(),
        name: race.lease.to_owned(),
        identity: world.identity.clone(),
        duration: race.pace.duration,
    }
}

/// A name that no other start has: the Pod's, and something random.
pub fn identity(host: &str, rng: &mut impl Rng) -> String {
    format!("{host}_{:016x}", rng.next_u64())
}
