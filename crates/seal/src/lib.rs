//! Judgement: the lock, bytes in and bytes out.
//!
//! ```text
//!  Secret ──scope──▶ label ┐                      ┌ label ◀──scope── SealedSecret
//!  each value ─────────────┴─▶ Sealer ─▶ item ─▶ Keyring ─▶ Opener ─▶ each value
//! ```
//!
//! [`Sealer`] and [`Opener`] are the one joint where item formats come in; [`format::bitnami`] is the
//! format of `bitnami.com/v1alpha1`, written down in `docs/spec/sealed-item.md`.
//! Nothing here reads a clock, a file, the environment: `now` and the random generator are arguments.
//! (One exception, said where it is: aws-lc draws OAEP seeds and RSA primes by itself.)
//! Plaintext and private keys live in types that cannot be printed, serialised or compared, and that
//! are wiped when they go.
//!
//! Features: `native` (aws-lc: opening, key generation, fast sealing) and `portable` (pure Rust,
//! sealing only: builds for wasm32).
#![forbid(unsafe_code)]

mod bytes;
mod certificate;
mod fingerprint;
pub mod format;
#[cfg(feature = "native")]
mod key;
mod keyring;
mod life;
mod pem;
pub mod published;
pub mod rotation;
mod scope;
pub mod sealed_for;
pub mod secret;
pub mod text;

pub use bytes::SecretBytes;
pub use certificate::{Certificate, CertificateError, Expired};
pub use fingerprint::{Fingerprint, NotAFingerprint};
pub use format::{OpenError, Opener, SealError, Sealer};
#[cfg(feature = "native")]
pub use key::{GenerateError, KeyError, KeyOptions, KeyPair, PrivateKey, certify, generate};
pub use keyring::{Entry, Keyring};
pub use life::Life;
pub use scope::{Scope, UnknownScope};
