//! What is to go wrong, and what went by.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends; the API server never hears of the call.
    CutBefore,
    /// The API server does what it is asked, and the connection ends before its answer.
    CutAfter,
    /// This status, and the API server never hears of the call; 429 asks for a second's patience.
    Answer(u16),
}

/// What happened to the calls of one word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// How many calls there were.
    pub calls: usize,
    /// The one that went wrong, as `PATCH /api/v1/…`.
    pub hit: Option<String>,
}

#[derive(Default)]
pub(super) struct Rules(Mutex<State>);

#[derive(Default)]
struct State {
    armed: BTreeMap<String, Armed>,
    refused: Option<String>,
    expired: usize,
    deletions: Vec<String>,
}

struct Armed {
    call: usize,
    fault: Fault,
    story: Story,
}

impl Rules {
    pub(super) fn arm(&self, word: &str, call: usize, fault: Fault) {
        let story = Story::default();
        let armed = Armed { call, fault, story };
        self.state().armed.insert(word.to_owned(), armed);
    }

    pub(super) fn story(&self, word: &str) -> Story {
        let state = self.state();
        let armed = state.armed.get(word);
        armed.map(|armed| armed.story.clone()).unwrap_or_default()
    }

    pub(super) fn refuse(&self, path: Option<&str>) {
        self.state().refused = path.map(str::to_owned);
    }

    pub(super) fn is_refused(&self, path: &str) -> bool {
        let state = self.state();
        let refused = state.refused.as_deref();
        refused.is_some_and(|refused| path.starts_with(refused))
    }

    pub(super) fn expire(&self, count: usize) {
        self.state().expired = count;
    }

    pub(super) fn take_expired(&self) -> bool {
        let mut state = self.state();
        let any = state.expired > 0;
        state.expired = state.expired.saturating_sub(1);
        any
    }

    pub(super) fn note_deletion(&self, path: &str) {
        self.state().deletions.push(path.to_owned());
    }

    pub(super) fn deletions(&self) -> Vec<String> {
        self.state().deletions.clone()
    }

    /// Counts a call, `METHOD /path?query`, for every word that it holds.
    pub(super) fn judge(&self, call: &str, body: &[u8]) -> Option<Fault> {
        let path = call.split_once(' ').map_or(call, |(_, target)| target);
        if self.is_refused(path) {
            return Some(Fault::Answer(503));
        }
        let text = String::from_utf8_lossy(body);
        let mut fault = None;
        for (word, armed) in &mut self.state().armed {
            if !call.contains(word) && !text.contains(word) {
                continue;
            }
            armed.story.calls += 1;
            if armed.story.calls == armed.call {
                armed.story.hit = Some(call.to_owned());
                fault = Some(armed.fault);
            }
        }
        fault
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_that_was_named_goes_wrong_once_and_no_other() {
        let rules = Rules::default();
        rules.arm("n2", 2, Fault::CutAfter);
        rules.arm("n9", 0, Fault::CutBefore);
        assert_eq!(rules.judge("GET /api/n2", b""), None);
        assert_eq!(rules.judge("GET /api/other", b"{}"), None);
        assert_eq!(rules.judge("POST /api", b"{n2}"), Some(Fault::CutAfter));
        assert_eq!(rules.judge("GET /api/n2/n9", b""), None);
        let hit = Some("POST /api".to_owned());
        assert_eq!(rules.story("n2"), Story { calls: 3, hit });
        assert_eq!(rules.story("n9").calls, 1);
        rules.arm("n2", 1, Fault::Answer(500));
        assert_eq!(rules.judge("GET /n2", b""), Some(Fault::Answer(500)));
    }

    #[test]
    fn what_is_refused_is_refused_until_it_is_allowed() {
        let rules = Rules::default();
        rules.refuse(Some("/apis/example.com"));
        let asked = || rules.judge("GET /apis/example.com/v1", b"");
        assert_eq!(asked(), Some(Fault::Answer(503)));
        assert_eq!(rules.judge("GET /apis/apps/v1", b""), None);
        rules.refuse(None);
        assert_eq!(asked(), None);
    }
}
