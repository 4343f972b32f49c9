//! What is said as Kubernetes events: kept in the cluster, where the same words said again are one
//! event with a number, and posted to Flux's notification-controller or whoever listens as it does.

mod letter;
mod outbox;
mod post;
mod said;

use std::sync::Arc;

use anyhow::Result;
use signet_cluster::Event;

use crate::world::World;
use letter::Letter;
use outbox::Outbox;
use said::{Said, fingerprint};

/// Part of every Flux group, and of no other.
const FLUX: &str = ".toolkit.fluxcd.io/";

/// See the module's documentation.
#[derive(Default)]
pub struct Events {
    said: Said,
    outbox: Outbox,
}

impl Events {
    /// Writes the event into the cluster, or counts one more in it; a failure is only logged.
    pub async fn keep(&self, world: &World, event: Event) {
        let event = letter::with_passed_on(event);
        let mark = fingerprint(&event);
        if let Some((name, count)) = self.said.again(&mark) {
            match world.cluster.repeat(&event, &name, count).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => return tracing::debug!("event not counted: {error}"),
            }
        }
        match world.cluster.record(&event).await {
            Ok(name) => self.said.first(mark, name),
            Err(error) => tracing::debug!("event not recorded: {error}"),
        }
    }

    /// Has it posted, if that is wanted and it is about an object of Flux's kinds. Waits for nothing.
    pub fn post(&self, world: &World, event: &Event) {
        let kind = event.regarding.get("apiVersion");
        let is_flux = kind.and_then(|kind| kind.as_str()?.find(FLUX)).is_some();
        if world.settings.flux.events.is_none() || !is_flux {
            return;
        }
        let letter = Letter::new(event, &world.settings.host);
        if self.outbox.put(letter).is_err() {
            world.metrics.posted("dropped");
            tracing::debug!("too many events wait to be posted; the oldest was dropped");
        }
    }
}

/// Starts to post, if that is wanted.
///
/// # Errors
/// When no client can be made.
pub fn spawn(world: &Arc<World>) -> Result<()> {
    let Some(address) = world.settings.flux.events.clone() else {
        return Ok(());
    };
    let (client, world) = (post::client()?, world.clone());
    tokio::spawn(async move {
        loop {
            let letter = world.events.outbox.take().await;
            let end = post::deliver(&client, &address, &letter, || world.now()).await;
            world.metrics.posted(end.word());
        }
    });
    Ok(())
}
