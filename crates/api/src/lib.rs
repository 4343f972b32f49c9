//! Words: what Signet says to Kubernetes and to itself. Types and names, no client and no rule.

pub mod applying;
pub mod build;
pub mod condition;
pub mod duration;
mod flux_schema;
pub mod git_repository;
pub mod health_check;
pub mod ignore_rule;
pub mod install;
pub mod kustomization;
pub mod names;
pub mod object_id;
pub mod peer_flags;
pub mod post_build;
pub mod published_keys;
pub mod rbac;
pub mod receiver;
pub mod reference;
pub mod reseal;
pub mod sealed_secret;

pub use git_repository::{GitRepository, GitRepositorySpec};
pub use kustomization::{Kustomization, KustomizationSpec};
pub use object_id::ObjectId;
pub use receiver::{Receiver, ReceiverSpec};
pub use sealed_secret::{SealedSecret, SealedSecretSpec};
