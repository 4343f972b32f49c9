//! Beside Flux's own controllers. They are built in minutes the first time, so this is run by
//! `cargo xtask test --only peers`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod artifacts;
mod notifications;
mod schemas;
mod switch;

use anyhow::Result;
use signet_tests::server::Server;

/// The end of what a controller of Flux's said, where something went wrong beside it.
fn with_log<T>(server: &Server, result: Result<T>) -> Result<T> {
    result.map_err(|error| error.context(server.log_tail(20)))
}
