//! Hands: repositories, fetched and handed over as trees.
//!
//! The only room that knows Git. A [`Repository`] is one bare object store on disk; fetching a
//! [`Request`] gives a [`Snapshot`], which reads directories of that commit as
//! [`signet_engine::tree::Tree`] values. Nothing is ever checked out.
//!
//! What the modules promise (the threats they answer are listed in `docs/threat-model.md`):
//!
//! - `address`: which URLs are spoken to at all; userinfo and query never print (T4, T17).
//! - `reach`: which hosts are spoken to; link-local addresses never (T6).
//! - `credentials`: what a source's Secret means; nothing in it prints (T7).
//! - `http`, `ssh`: the two ways out. Credentials stay with one scheme, host and port (T5); host
//!   keys and certificates are always checked (T7); every read has a deadline and a byte budget
//!   (T41). No `git` program runs, no Git configuration of the machine is read.
//! - `remote`: the Git protocol over either.
//! - `store`, `repository`: the object store; refs live in memory, not in it (T3).
//! - `walk`, `snapshot`, `look`: reading, where symbolic links cannot leave the commit (T1).
//! - `select`: which files of a commit belong to the source.
//! - `include`: directories of other sources inside one.
//! - `submodule`: the commits that a commit pins (T3, T5).
//! - `range`: the newest tag of a range of versions.
//! - `verify`: who signed.
//! - `clone`: who wrote a commit, out of a clone that a person has.
//! - `artifact`: a commit as an archive on disk, for controllers that fetch it over HTTP.
//!
//! All calls block; an async caller wraps them (`tokio::task::spawn_blocking`).

mod address;
mod artifact;
mod clone;
mod credentials;
mod deadline;
mod error;
mod http;
mod include;
mod look;
mod range;
mod reach;
mod remote;
mod repository;
mod request;
mod select;
mod snapshot;
mod ssh;
mod store;
mod submodule;
mod text;
mod verify;
mod walk;
mod wire;

pub use address::UrlError;
pub use artifact::{Artifacts, KeepError, Kept, Retention};
pub use clone::{CloneError, Commit, in_clone};
pub use credentials::{Credentials, CredentialsError, Proxy, SecretData, Tls};
pub use error::{FetchError, OpenError, ReadError};
pub use include::Include;
pub use reach::Reach;
pub use repository::{Bounds, Repository};
pub use request::{Reference, Request};
pub use select::Selection;
pub use snapshot::{Limits, Snapshot};
pub use verify::{Mode, TrustedKeys, VerifyError};
