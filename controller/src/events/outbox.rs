//! Letters that wait to be posted: in order, and only so many, so that a receiver that is away costs a
//! bounded amount of memory and nobody's time.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::letter::Letter;

/// So many wait at most; one of them has 38 KB at most, and mostly less than one.
const ROOM: usize = 1_000;

/// See the module's documentation.
#[derive(Default)]
pub struct Outbox {
    waiting: Mutex<VecDeque<Letter>>,
    more: Notify,
}

/// The oldest letter had to go.
#[derive(Debug, PartialEq)]
pub struct Full;

impl Outbox {
    /// Puts a letter behind the others.
    ///
    /// # Errors
    /// There was no room, and the oldest was thrown away for it.
    pub fn put(&self, letter: Letter) -> Result<(), Full> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let full = waiting.len() >= ROOM;
        if full {
            waiting.pop_front();
        }
        waiting.push_back(letter);
        drop(waiting);
        self.more.notify_one();
        if full { Err(Full) } else { Ok(()) }
    }

    /// The oldest, as soon as there is one.
    pub async fn take(&self) -> Letter {
        loop {
            let more = self.more.notified();
            if let Some(next) = self.first() {
                return next;
            }
            more.await;
        }
    }

    fn first(&self) -> Option<Letter> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn letter(number: usize) -> Letter {
        Letter {
            body: number.into(),
            since: Timestamp::UNIX_EPOCH,
        }
    }

    #[tokio::test]
    async fn letters_come_out_in_order_and_the_oldest_makes_room() {
        let outbox = Outbox::default();
        for number in 0..ROOM {
            assert_eq!(outbox.put(letter(number)), Ok(()));
        }
        assert_eq!(outbox.put(letter(ROOM)), Err(Full));
        assert_eq!(outbox.take().await, letter(1));
        assert_eq!(outbox.take().await, letter(2));
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let outbox = std::sync::Arc::new(Outbox::default());
        let waits = tokio::spawn({
            let outbox = outbox.clone();
            async move { outbox.take().await }
        });
        tokio::task::yield_now().await;
        assert_eq!(outbox.put(letter(7)), Ok(()));
        assert_eq!(waits.await.ok(), Some(letter(7)));
    }
}
