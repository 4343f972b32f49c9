//! Versions as Masterminds/semver reads, compares and constrains them. Cargo's `semver` reads other
//! texts and means other ranges by them.

mod constraint;
mod version;

pub(crate) use constraint::check;
pub(crate) use version::Version;
