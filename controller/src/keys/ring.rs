//! The keys in use, shared by all who open or seal, and replaced as a whole.

use std::num::NonZeroUsize;
use std::sync::Arc;

use signet_api::SealedSecret;
use signet_seal::Keyring;
use tokio::sync::{Semaphore, watch};

/// The current keyring. A reader keeps the ring it took for as long as it needs it.
pub struct KeyringHandle {
    current: watch::Sender<Arc<Keyring>>,
    lanes: Arc<Semaphore>,
}

/// The task that opens was cut off; only a shutdown does that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the controller is shutting down")]
pub struct NoOpener;

impl Default for KeyringHandle {
    fn default() -> Self {
        Self::new()
    }
}

impl KeyringHandle {
    /// No keys yet; as many openings at once as there are cores, because more only wait.
    #[must_use]
    pub fn new() -> Self {
        let lanes = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            current: watch::Sender::new(Arc::new(Keyring::new())),
            lanes: Arc::new(Semaphore::new(lanes)),
        }
    }

    /// The keys as they are now.
    #[must_use]
    pub fn current(&self) -> Arc<Keyring> {
        self.current.borrow().clone()
    }

    /// Tells of every change of the set of keys: what could not be opened may be now.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Arc<Keyring>> {
        self.current.subscribe()
    }

    /// Puts `ring` into use; tells nobody if it holds the same keys and certificates.
    pub fn replace(&self, ring: Keyring) {
        self.current.send_if_modified(|current| {
            if faces(current) == faces(&ring) {
                return false;
            }
            *current = Arc::new(ring);
            true
        });
    }

    /// Runs work that uses private keys where it holds up no other request, on at most as many
    /// threads as there are cores.
    ///
    /// # Errors
    /// [`NoOpener`].
    pub async fn work<T: Send + 'static>(
        &self,
        sealed: SealedSecret,
        work: impl FnOnce(&SealedSecret, &Keyring) -> T + Send + 'static,
    ) -> Result<T, NoOpener> {
        let ring = self.current();
        let lane = self
            .lanes
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| NoOpener)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&sealed, &ring);
            drop(lane);
            done
        });
        done.await.map_err(|_| NoOpener)
    }
}

/// What tells one ring from another.
fn faces(ring: &Keyring) -> Vec<(String, String)> {
    ring.entries()
        .map(|entry| {
            (
                entry.name().to_owned(),
                entry.certificate().pem().to_owned(),
            )
        })
        .collect()
}
