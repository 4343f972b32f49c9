//! The cluster's door: builds a world and hands it in.
//!
//! Here, and nowhere else in this program, the clock and the randomness are made.

mod args;
mod attempts;
mod builds;
mod events;
mod finalizer;
mod inputs;
mod keys;
mod kustomization;
mod leader;
mod log;
mod metrics;
mod owned;
mod places;
mod queue;
mod receiver;
mod serve;
mod settings;
mod source;
mod store;
mod unseal;
mod unsupported;
mod verifications;
mod vitals;
mod wake;
mod watches;
mod world;

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, RwLock};

use anyhow::{Context, Result};
use clap::Parser;
use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use signet_cluster::Cluster;
use signet_render::sandbox;
use tokio::sync::watch;

use crate::args::{Args, KindArg};
use crate::attempts::Attempts;
use crate::events::Events;
use crate::inputs::Inputs;
use crate::kustomization::{Compiled, Waiting};
use crate::leader::FluxLeads;
use crate::owned::Owned;
use crate::places::{Place, Places};
use crate::queue::Queue;
use crate::settings::Settings;
use crate::verifications::Verifications;
use crate::vitals::Vitals;
use crate::world::{Clock, Queues, SharedRng, Stores, World};

fn main() -> Result<ExitCode> {
    // This program starts itself once more to shut in a program that it runs.
    if let Some(orders) = sandbox::asked(std::env::args_os()) {
        return Ok(sandbox::enter(&orders));
    }
    let settings = Settings::new(Args::parse_from(settings::arguments()))?;
    let clock: Clock = Arc::new(Timestamp::now);
    log::start(&settings, clock.clone())?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?
        .block_on(run(settings, clock))?;
    Ok(ExitCode::SUCCESS)
}

async fn run(settings: Settings, clock: Clock) -> Result<()> {
    let cluster = Cluster::connect(&settings.connection)
        .await
        .context("reaching the API server")?
        .paced(settings.pace)
        .overriding(settings.sync.overridden.clone());
    let (leads, leading, flux_leads) = leader::channels(settings.leader_elect);
    let world = Arc::new(build(cluster, settings, clock, (leading, flux_leads))?);
    let servers = serve::spawn(&world).await?;
    events::spawn(&world)?;
    keys::spawn(&world).await;
    watches::spawn(&world);
    unseal::watch::spawn(&world);
    spawn_shared_queues(&world);
    spawn_when_leading(&world);
    tracing::info!(
        namespace = world.settings.namespace,
        "signet-controller is running"
    );
    tokio::select! {
        ended = servers => ended.context("a server ended"),
        lost = leader::run(&world, leads) => lost,
        () = asked_to_stop() => {
            leader::resign(&world).await;
            Ok(())
        }
    }
}

fn build(
    cluster: Cluster,
    settings: Settings,
    clock: Clock,
    (leading, flux_leads): (watch::Receiver<bool>, FluxLeads),
) -> Result<World> {
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed).context("reading the system's randomness")?;
    let mut rng = ChaCha20Rng::from_seed(seed);
    let queues = Queues {
        repositories: Arc::new(Queue::new()),
        kustomizations: Arc::new(Queue::new()),
        receivers: Arc::new(Queue::new()),
        sealed: Arc::new(Queue::new()),
        rolls: Arc::new(Queue::new()),
    };
    Ok(World {
        places: Places::new(home(&cluster, &clock, &settings, &queues)),
        attempts: Attempts::default(),
        waiting: Waiting::default(),
        inputs: Arc::new(Inputs::new(queues.kustomizations.clone())),
        compiled: Compiled::default(),
        verifications: Verifications::new(settings.sync.verify_every),
        cluster,
        clock,
        leading,
        flux_leads,
        identity: leader::identity(&settings.host, &mut rng),
        rng: SharedRng::new(rng),
        keyring: keys::KeyringHandle::default(),
        limit: serve::Limit::new(settings.http.rate, settings.http.burst),
        metrics: metrics::Metrics::new(settings.omit_names),
        events: Events::default(),
        changes: unseal::Changes::default(),
        sealed: unseal::Declared::default(),
        copies: unseal::Copies::default(),
        sightings: unseal::Sightings::default(),
        stores: Stores::default(),
        queues,
        repositories: Mutex::default(),
        snapshots: RwLock::default(),
        unsaid: kustomization::Unsaid::default(),
        former: source::Former::default(),
        shelf: source::Shelf::open(&settings)?,
        hooks: receiver::Hooks::default(),
        builds: builds::Builds::new(&settings.builds),
        settings,
        rendered: kustomization::Renderings::default(),
        failures: Mutex::new(HashMap::new()),
    })
}

/// The cluster that we run in. What is watched for its own sake need not be watched once more to know
/// how it is doing.
fn home(cluster: &Cluster, clock: &Clock, settings: &Settings, queues: &Queues) -> Place {
    let mut told = vec![
        ("source.toolkit.fluxcd.io", "GitRepository"),
        ("kustomize.toolkit.fluxcd.io", "Kustomization"),
        ("notification.toolkit.fluxcd.io", "Receiver"),
    ];
    if settings.kinds.contains(&KindArg::Sealedsecret) {
        told.push(("bitnami.com", "SealedSecret"));
    }
    let queue = queues.kustomizations.clone();
    Place {
        cluster: cluster.clone(),
        owned: Arc::new(Owned::new(queue.clone(), cluster.overridden())),
        vitals: Arc::new(Vitals::new(queue, clock.clone(), told)),
        home: true,
    }
}

/// What every replica works on, because every one serves artifacts and takes calls: the leader as
/// declared, the others so that they have what the leader has.
fn spawn_shared_queues(world: &Arc<World>) {
    let width = world.settings.concurrent;
    let w = world.clone();
    let repositories = world.queues.repositories.clone();
    tokio::spawn(queue::run(repositories, width, move |key, wake| {
        let world = w.clone();
        async move { source::reconcile(&world, &key, wake).await }
    }));
    if world.settings.kinds.contains(&KindArg::Receiver) {
        let w = world.clone();
        let receivers = world.queues.receivers.clone();
        tokio::spawn(queue::run(receivers, width, move |key, wake| {
            let world = w.clone();
            async move { receiver::reconcile(&world, &key, wake).await }
        }));
    }
}

/// What is begun once we may, for each lead by itself.
fn spawn_when_leading(world: &Arc<World>) {
    let w = world.clone();
    tokio::spawn(async move {
        leader::leading(&w.leading).await;
        source::spawn_sweep(&w);
        spawn_queues(&w);
        receiver::take_over(&w);
    });
    let w = world.clone();
    tokio::spawn(async move {
        leader::leading(&w.flux_leads.sources).await;
        source::take_over(&w);
    });
    let w = world.clone();
    tokio::spawn(async move {
        leader::leading(&w.flux_leads.kustomizations).await;
        spawn_kustomizations(&w);
    });
}

fn spawn_kustomizations(world: &Arc<World>) {
    if !world.settings.kinds.contains(&KindArg::Kustomization) {
        return;
    }
    let (w, kustomizations) = (world.clone(), world.queues.kustomizations.clone());
    let width = world.settings.concurrent;
    tokio::spawn(queue::run(kustomizations, width, move |key, wake| {
        let world = w.clone();
        async move { kustomization::reconcile(&world, &key, wake).await }
    }));
}

/// What the leader alone works on besides Flux's kinds, one line for each kind: the queue, how many at
/// once, and the page that works it.
fn spawn_queues(world: &Arc<World>) {
    let width = world.settings.concurrent;
    let kinds = world.settings.kinds.clone();
    let Queues { sealed, rolls, .. } = world.queues.clone();
    let w = world.clone();
    if kinds.contains(&KindArg::Sealedsecret) {
        tokio::spawn(queue::run(sealed, width.max(32), move |key, wake| {
            let world = w.clone();
            async move { unseal::reconcile(&world, &key, wake).await }
        }));
        let w = world.clone();
        tokio::spawn(queue::run(rolls, width, move |key, wake| {
            let world = w.clone();
            async move { unseal::roll(&world, &key, wake).await }
        }));
    }
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    tracing::info!("asked to stop");
}
