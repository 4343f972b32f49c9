//! A queue in which a key stands at most once and is worked on by at most one worker.
//!
//! A key that is woken while it is worked on runs once more afterwards, so nothing is missed and
//! nothing runs twice at the same time. A key has at most one timer; a wake-up clears it.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::future::Future;
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

use crate::wake::Wake;

/// When to look at a key again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// From now.
    pub after: Duration,
    /// The reason it will be given.
    pub wake: Wake,
}

/// See the module's documentation.
pub struct Queue<K> {
    state: Mutex<State<K>>,
    changed: Notify,
}

struct State<K> {
    ready: VecDeque<K>,
    why: HashMap<K, Wake>,
    running: HashSet<K>,
    timers: BTreeMap<(Instant, u64), (K, Wake)>,
    timer_of: HashMap<K, (Instant, u64)>,
    serial: u64,
}

impl<K: Clone + Eq + Hash> Queue<K> {
    /// An empty queue.
    pub fn new() -> Self {
        let state = State {
            ready: VecDeque::new(),
            why: HashMap::new(),
            running: HashSet::new(),
            timers: BTreeMap::new(),
            timer_of: HashMap::new(),
            serial: 0,
        };
        Self {
            state: Mutex::new(state),
            changed: Notify::new(),
        }
    }

    /// Asks for `key` to be worked on as soon as possible.
    pub fn push(&self, key: K, wake: Wake) {
        self.with(|state| state.push(key, wake));
        self.changed.notify_one();
    }

    /// Forgets the timer of `key`, because it is gone.
    pub fn forget(&self, key: &K) {
        self.with(|state| state.clear_timer(key));
    }

    /// The next key, as soon as there is one; it counts as running until [`Self::done`].
    async fn next(&self) -> (K, Wake) {
        loop {
            let (found, wait) = self.with(|state| (state.pop(Instant::now()), state.first_timer()));
            if let Some(found) = found {
                return found;
            }
            let timer = async {
                match wait {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! { () = self.changed.notified() => {}, () = timer => {} }
        }
    }

    fn done(&self, key: &K, again: Option<Again>) {
        self.with(|state| state.done(key, again));
        self.changed.notify_one();
    }

    fn with<T>(&self, work: impl FnOnce(&mut State<K>) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<K: Clone + Eq + Hash> State<K> {
    fn push(&mut self, key: K, wake: Wake) {
        self.clear_timer(&key);
        let new = self.why.insert(key.clone(), wake).is_none();
        if new && !self.running.contains(&key) {
            self.ready.push_back(key);
        }
    }

    fn pop(&mut self, now: Instant) -> Option<(K, Wake)> {
        while self.first_timer().is_some_and(|at| at <= now) {
            if let Some((_, (key, wake))) = self.timers.pop_first() {
                self.timer_of.remove(&key);
                self.push(key, wake);
            }
        }
        let key = self.ready.pop_front()?;
        let wake = self.why.remove(&key)?;
        self.running.insert(key.clone());
        Some((key, wake))
    }

    fn done(&mut self, key: &K, again: Option<Again>) {
        self.running.remove(key);
        if self.why.contains_key(key) {
            self.ready.push_back(key.clone());
        } else if let Some(Again { after, wake }) = again {
            self.serial += 1;
            let slot = (Instant::now() + after, self.serial);
            self.timers.insert(slot, (key.clone(), wake));
            self.timer_of.insert(key.clone(), slot);
        }
    }

    fn clear_timer(&mut self, key: &K) {
        if let Some(slot) = self.timer_of.remove(key) {
            self.timers.remove(&slot);
        }
    }

    fn first_timer(&self) -> Option<Instant> {
        self.timers.first_key_value().map(|((at, _), _)| *at)
    }
}

/// Works the queue, at most `width` keys at once, for ever. A panic of one piece of work is
/// logged and tried again; it ends nothing else (threat T37).
pub async fn run<K, F, W>(queue: Arc<Queue<K>>, width: usize, work: W)
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    F: Future<Output = Option<Again>> + Send + 'static,
    W: Fn(K, Wake) -> F + Send + Sync + 'static,
{
    let places = Arc::new(Semaphore::new(width));
    let work = Arc::new(work);
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        let (key, wake) = queue.next().await;
        let (queue, work) = (queue.clone(), work.clone());
        tokio::spawn(async move {
            let result = AssertUnwindSafe(async { work(key.clone(), wake).await })
                .catch_unwind()
                .await;
            let again = result.unwrap_or_else(|_| {
                tracing::error!("a reconciliation panicked; it is tried again in 30 s");
                Some(Again {
                    after: Duration::from_secs(30),
                    wake: Wake::Retry,
                })
            });
            queue.done(&key, again);
            drop(place);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn popped(state: &mut State<&'static str>) -> Option<&'static str> {
        state.pop(Instant::now()).map(|(key, _)| key)
    }

    #[tokio::test]
    async fn a_key_stands_once_and_runs_once() {
        let queue = Queue::new();
        queue.push("a", Wake::Changed);
        queue.push("a", Wake::Drift);
        queue.with(|state| {
            assert_eq!(popped(state), Some("a"));
            state.push("a", Wake::Source);
            assert_eq!(popped(state), None, "it is being worked on");
            state.done(&"a", None);
            assert_eq!(popped(state), Some("a"), "it was woken meanwhile");
        });
    }

    #[tokio::test]
    async fn a_wake_up_clears_the_timer() {
        let queue = Queue::new();
        queue.push("a", Wake::Listed);
        queue.with(|state| {
            popped(state);
            state.done(
                &"a",
                Some(Again {
                    after: Duration::from_secs(60),
                    wake: Wake::Interval,
                }),
            );
            assert!(state.first_timer().is_some());
            state.push("a", Wake::Changed);
            assert!(state.first_timer().is_none());
        });
    }
}
