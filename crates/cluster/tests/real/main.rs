//! Every request of this crate against a real API server.
//!
//! `SIGNET_TEST_KUBECONFIG` names a kubeconfig of an administrator; each test makes a namespace of
//! its own there. Without a server there is nothing to learn here, so the tests are ignored unless
//! asked for: `cargo test -p signet-cluster -- --ignored`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod access;
mod objects;
mod place;
mod secrets;
mod selectors;
mod watches;
