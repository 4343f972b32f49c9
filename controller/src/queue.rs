//! A queue in which a key stands at most once and is worked on by at most one worker.
//!
//! A key that is woken while it is worked on runs once more afterwards, so nothing is missed and
//! nothing runs twice at the same time. A key has at most one timer; a wake-up clears it.
//!
//! What somebody waits for comes first: an edit overtakes the backlog of a restart. One turn in
//! eight is the backlog's all the same, so that it is worked off under any load.

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

/// Every how many turns the backlog comes first.
const BACKLOG_TURN: u8 = 8;

struct State<K> {
    urgent: VecDeque<K>,
    backlog: VecDeque<K>,
    turn: u8,
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
            urgent: VecDeque::new(),
            backlog: VecDeque::new(),
            turn: 0,
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
        let old = self.why.insert(key.clone(), wake);
        let overtakes = wake.is_urgent() && old.is_some_and(|old| !old.is_urgent());
        // Where it stood in the backlog, its turn is skipped when it comes.
        if (old.is_none() || overtakes) && !self.running.contains(&key) {
            self.line(wake).push_back(key);
        }
    }

    fn line(&mut self, wake: Wake) -> &mut VecDeque<K> {
        if wake.is_urgent() {
            &mut self.urgent
        } else {
            &mut self.backlog
        }
    }

    fn front(&mut self) -> Option<K> {
        self.turn = self.turn.wrapping_add(1);
        let lines = [&mut self.urgent, &mut self.backlog];
        let [first, second] = if self.turn.is_multiple_of(BACKLOG_TURN) {
            let [urgent, backlog] = lines;
            [backlog, urgent]
        } else {
            lines
        };
        first.pop_front().or_else(|| second.pop_front())
    }

    fn pop(&mut self, now: Instant) -> Option<(K, Wake)> {
        while self.first_timer().is_some_and(|at| at <= now) {
            if let Some((_, (key, wake))) = self.timers.pop_first() {
                self.timer_of.remove(&key);
                self.push(key, wake);
            }
        }
        loop {
            let key = self.front()?;
            if self.running.contains(&key) {
                continue;
            }
            if let Some(wake) = self.why.remove(&key) {
                self.running.insert(key.clone());
                return Some((key, wake));
            }
        }
    }

    fn done(&mut self, key: &K, again: Option<Again>) {
        self.running.remove(key);
        if let Some(wake) = self.why.get(key).copied() {
            self.line(wake).push_back(key.clone());
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
    async fn an_edit_overtakes_a_backlog_and_does_not_starve_it() {
        let queue = Queue::new();
        for key in ["a", "b", "c"] {
            queue.push(key, Wake::Listed);
        }
        queue.push("c", Wake::Changed);
        queue.push("d", Wake::Drift);
        queue.with(|state| {
            let order: Vec<_> = std::iter::from_fn(|| popped(state)).collect();
            assert_eq!(order, ["c", "d", "a", "b"], "each once");
            for key in ["a", "b", "c", "d"] {
                state.done(&key, None);
            }
            state.push("old", Wake::Listed);
            let turns = (0..20).take_while(|_| {
                state.push("new", Wake::Changed);
                let next = popped(state);
                state.done(&"new", None);
                next != Some("old")
            });
            assert!(turns.count() < 8);
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

    /// Threat T37.
    #[tokio::test]
    async fn a_panic_ends_no_other_work_and_is_tried_again_later() {
        let queue = Arc::new(Queue::new());
        queue.push("bad", Wake::Listed);
        queue.push("good", Wake::Listed);
        let (done, mut said) = tokio::sync::mpsc::unbounded_channel();
        let work = move |key: &'static str, _| {
            let done = done.clone();
            async move {
                assert_ne!(key, "bad", "a fault in our own work");
                let _ = done.send(key);
                None
            }
        };
        let running = tokio::spawn(run(queue.clone(), 1, work));
        assert_eq!(said.recv().await, Some("good"));
        queue.push("good", Wake::Changed);
        assert_eq!(said.recv().await, Some("good"), "the queue goes on");
        queue.with(|state| assert!(state.timer_of.contains_key("bad"), "it has its turn again"));
        running.abort();
    }
}
