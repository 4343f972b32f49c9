//! Whole objects: a Secret becomes a SealedSecret, and the other way round.
//!
//! [`seal_secret`] is what `kubeseal` does (`docs/spec/sealed-item.md`, "Sealing an object");
//! [`open_sealed`] and [`to_secret_manifest`] are what a controller or `signet unseal` does, and
//! [`decide`] says what becomes of the Secret that lives already.
//! Plaintext comes in as a [`serde_json::Value`], which is wiped here, and goes out as
//! [`SecretBytes`](crate::SecretBytes); no type in between can be printed.

pub mod decide;
mod input;
mod leads;
mod manifest;
mod open;
mod seal;
#[cfg(feature = "native")]
mod templates;
mod wipe;

pub use input::SecretError;
pub use leads::{Lead, Leads};
pub use manifest::{Ownership, to_secret_manifest};
pub use open::{Opened, Opening, TemplateRules, UnsealError, label_of, open_sealed, open_with};
pub use seal::{SealOptions, SealedManifest, SealedMetadata, SealedSpec, seal_secret};
#[cfg(feature = "native")]
pub use signet_template::check as check_template;
