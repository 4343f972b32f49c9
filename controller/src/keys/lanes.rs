//! Threads for work with private keys: as many as there are cores, and one more that only what is
//! urgent may use.
//!
//! A restart with thousands of items to open fills every lane for minutes; an item that a person
//! commits meanwhile takes the express lane and shares a core with the rest.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Whether somebody waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// A person, or a watch that saw a change.
    Now,
    /// Nobody: a restart, a retry.
    Later,
}

/// See the module's documentation.
pub struct Lanes {
    common: Arc<Semaphore>,
    express: Arc<Semaphore>,
}

impl Default for Lanes {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            common: Arc::new(Semaphore::new(cores)),
            express: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Lanes {
    /// A place, as soon as one is free; dropping it frees it.
    ///
    /// # Errors
    /// Never while the lanes are there: they are not closed.
    pub async fn enter(&self, urgency: Urgency) -> Result<OwnedSemaphorePermit, AcquireError> {
        let common = self.common.clone().acquire_owned();
        match urgency {
            Urgency::Later => common.await,
            Urgency::Now => tokio::select! {
                biased;
                place = common => place,
                place = self.express.clone().acquire_owned() => place,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn what_is_urgent_overtakes_what_is_not() {
        let lanes = Lanes {
            common: Arc::new(Semaphore::new(1)),
            express: Arc::new(Semaphore::new(1)),
        };
        let busy = lanes.enter(Urgency::Later).await.unwrap();
        let urgent = lanes.enter(Urgency::Now).await.unwrap();
        let wait = Duration::from_millis(20);
        let more = tokio::time::timeout(wait, lanes.enter(Urgency::Later)).await;
        assert!(more.is_err(), "the express lane is not for everybody");
        let more = tokio::time::timeout(wait, lanes.enter(Urgency::Now)).await;
        assert!(more.is_err(), "and it is bounded");
        drop(urgent);
        drop(lanes.enter(Urgency::Now).await.unwrap());
        drop(busy);
        drop(lanes.enter(Urgency::Later).await.unwrap());
    }
}
