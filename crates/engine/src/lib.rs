//! Judgement: the mind, from a tree and what was seen to what to do and say.
//!
//! Everything here is a function from values to a value: no request, no clock, no environment.
//! The hands (`source`, `render`, `cluster`) bring the values and carry out what comes back; the
//! controller joins the two. The order of a run is the order of the modules:
//!
//! ```text
//! tree -> manifest -> guard -> order -> verdict (drift, ignore) -> changeset -> health
//!                                         -> inventory -> prune -> outcome
//! ```

pub mod adopt;
pub mod changeset;
pub mod digest;
pub mod drift;
pub mod guard;
pub mod health;
pub mod hooks;
pub mod ignore;
pub mod invalid;
pub mod inventory;
pub mod labels;
pub mod managers;
pub mod manifest;
pub mod order;
pub mod outcome;
pub mod prune;
pub mod record;
pub mod rollback;
pub mod seen;
pub mod tree;
pub mod verdict;

pub use invalid::Invalid;
pub use manifest::{Manifest, Origin};
