//! Judgement: files that SOPS encrypted for age, opened as SOPS opens them.
//!
//! ```text
//!  bytes ──format──▶ tree ──sops.age──▶ data key ──▶ each ENC[…] with its path ──▶ MAC ──▶ bytes
//! ```
//!
//! [`decrypt`] opens a file whole: what comes out is what `sops -d` prints, and the MAC over all
//! values is checked. [`decrypt_value`] opens an object that has been read already, of which the MAC
//! says nothing any more; [`decrypt_secret_data`] opens the values of a Secret that are SOPS files
//! themselves. `docs/reference/sops.md` says what of SOPS is supported; the rest is refused by name.
//!
//! Nothing here reads a file, a clock or the environment, no plugin is run and no key service asked.
//! Plaintext stands in [`Plaintext`], and every buffer of ours that held some is wiped. The YAML
//! reader's own are not: it reads back what is about to be handed out, to make sure of it.
//!
//! ```
//! use signet_sops::{Format, Identities, Options, decrypt, detect};
//!
//! let file = include_bytes!("../../../tests/vectors/sops/secret.yaml");
//! let mut identities = Identities::new();
//! identities.add(include_bytes!("../../../tests/vectors/sops/keys/x25519.agekey"))?;
//!
//! let format = Format::of_path("secret.yaml");
//! assert!(detect(file, format));
//! let plain = decrypt(file, format, &identities, &Options::default())?;
//! assert!(plain.expose().starts_with(b"apiVersion: v1\nkind: Secret\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod binary;
mod cipher;
mod decrypt;
mod dotenv;
mod error;
mod flat;
mod format;
pub mod identity;
mod json;
mod key;
mod mac;
mod metadata;
mod number;
mod plaintext;
mod rule;
mod shamir;
mod time;
mod tree;
mod value;
mod walk;
mod yaml;

pub use decrypt::{Options, decrypt, decrypt_as};
pub use error::{Error, ErrorKind, KeyType};
pub use format::{Format, detect};
pub use identity::{Identities, IdentityError};
pub use plaintext::Plaintext;
pub use value::{decrypt_secret_data, decrypt_value, is_encrypted};

/// Length of a file in bytes beyond which it is refused: that of Flux.
pub const LONGEST_FILE: usize = 5 << 20;
