//! The verbs, one file each.

pub mod cert;
pub mod completions;
pub mod explain;
pub mod get;
pub mod history;
pub mod inspect;
pub mod install;
pub mod keygen;
pub mod kubeseal;
pub mod migrate;
pub mod reconcile;
pub mod reference;
pub mod rollback;
pub mod rotate;
pub mod seal;
pub mod tree;
pub mod unseal;
