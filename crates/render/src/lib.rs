//! Hands: a directory becomes objects.
//!
//! [`gather`] reads what a declaration points to and everything that is referred to from there;
//! where the directory is plain manifests its objects are there at once, each with file and line.
//! Where it wants kustomize, [`Kustomize::build`] writes what was gathered into a closed directory
//! and runs the real program in a [`sandbox`]. All that is wrong is told at once, so that one commit
//! mends it.

mod asked;
mod commit;
mod document;
mod files;
mod gather;
mod kustomize;
mod metadata;
mod plain;
pub mod sandbox;
mod sources;

pub use asked::asked;
pub use commit::{Commit, Footprint};
pub use gather::{GatherError, gather};
pub use kustomize::{BuildError, Built, Kustomize};
pub use metadata::set_common;
pub use plain::plain;
pub use sources::{Role, Source, Sources};

#[cfg(test)]
mod tests;
