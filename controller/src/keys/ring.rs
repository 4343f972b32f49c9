//! The keys in use, shared by all who open or seal, and replaced as a whole.

use std::sync::{Arc, Mutex, PoisonError};

use signet_api::SealedSecret;
use signet_seal::{Fingerprint, Keyring};
use tokio::sync::watch;

use super::lanes::{Lanes, Urgency};

/// How many keys are remembered as having opened something lately.
const RECENT: usize = 4;

/// The current keyring. A reader keeps the ring it took for as long as it needs it.
pub struct KeyringHandle {
    current: watch::Sender<Arc<Keyring>>,
    lanes: Lanes,
    recent: Mutex<Vec<Fingerprint>>,
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
    /// No keys yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            current: watch::Sender::new(Arc::new(Keyring::new())),
            lanes: Lanes::default(),
            recent: Mutex::default(),
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

    /// Keys that have opened something lately, the last one first: with sixty keys, the one that
    /// opens an unknown item is mostly among them.
    #[must_use]
    pub fn recent(&self) -> Vec<Fingerprint> {
        self.recent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Notes keys that have opened something.
    pub fn remember(&self, keys: impl IntoIterator<Item = Fingerprint>) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            if recent.first() != Some(&key) {
                recent.retain(|known| *known != key);
                recent.insert(0, key);
                recent.truncate(RECENT);
            }
        }
    }

    /// Runs work that uses private keys where it holds up no other request, on at most as many
    /// threads as [`Lanes`] has.
    ///
    /// # Errors
    /// [`NoOpener`].
    pub async fn work<T: Send + 'static>(
        &self,
        urgency: Urgency,
        sealed: SealedSecret,
        work: impl FnOnce(&SealedSecret, &Keyring) -> T + Send + 'static,
    ) -> Result<T, NoOpener> {
        let lane = self.lanes.enter(urgency).await.map_err(|_| NoOpener)?;
        let ring = self.current();
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
