//! Hands: every request to the API server is made here, and no decision is taken.
//!
//! [`Cluster`] is the one door. It is cheap to clone, holds two HTTP/2 connections (one for
//! requests, one for watches, so that a watch that nobody reads cannot hold up an apply) and a
//! cache of the kinds the server knows. [`Cluster::as_service_account`] gives the same connections
//! under a tenant's identity.
//!
//! | File | What it asks the server |
//! |---|---|
//! | `connect`, `proxies`, `transport` | where the server is and how to speak to it |
//! | `remote` | other clusters, by a kubeconfig out of a Secret |
//! | `call` | one request, one answer: time limit, "too many requests", errors |
//! | `kind`, `discovery` | which kinds there are and their URLs |
//! | `object` | apply, rehearse, get, delete, patch |
//! | `list` | all objects of a kind, whole or metadata alone |
//! | `watch` | changes, whole objects or metadata alone |
//! | `secret` | Secrets, whose values are wiped and whose error messages are withheld |
//! | `event`, `access`, `proxy` | say what happened; who is this and may they; a Service behind it |

mod access;
mod call;
mod cluster;
mod connect;
mod discovery;
mod error;
mod event;
mod identity;
mod kind;
mod lease;
mod list;
mod object;
mod pace;
mod proxies;
mod proxy;
mod remote;
mod secret;
mod transport;
mod watch;

pub use access::User;
pub use cluster::Cluster;
pub use connect::{ConnectError, Connection, Overrides};
pub use error::ApiError;
pub use event::Event;
pub use identity::{BadIdentity, Identity};
pub use kind::Kind;
pub use lease::{Candidate, Watchfulness};
pub use list::Selection;
pub use object::{Applied, Mode};
pub use proxies::Proxies;
pub use secret::SecretObject;
pub use watch::Watched;
