//! Everything that rendering reads, gathered before anything is built: the files with what each is
//! for, and how objects are to be made of them.
//!
//! Between gathering and building, whoever can decrypt may change the bytes of files. A directory
//! of plain manifests needs no build: its objects are there when it is gathered, and what is
//! encrypted in them is decrypted object by object.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};
use signet_engine::guard::Finding;
use signet_engine::manifest::Manifest;
use signet_engine::tree::RepoPath;
use zeroize::Zeroizing;

use crate::commit::Footprint;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Objects.
    Objects,
    /// A kustomization file.
    Kustomization,
    /// A patch.
    Patch,
    /// A value of a generated ConfigMap.
    Data,
    /// Lines of names and values of a generated ConfigMap.
    Variables,
    /// A value of a generated Secret.
    SecretData,
    /// Lines of names and values of a generated Secret.
    SecretVariables,
    /// Anything else that kustomize opens.
    Other,
}

/// A file that is read.
pub struct Source {
    /// Its content, wiped when dropped.
    pub bytes: Zeroizing<Vec<u8>>,
    /// What it is for; more than one where several refer to it.
    pub roles: BTreeSet<Role>,
}

/// See the module's documentation.
pub struct Sources {
    /// Where the declaration points to, links resolved.
    pub root: RepoPath,
    /// The files that kustomize is to see, by where they really are.
    pub files: BTreeMap<RepoPath, Source>,
    /// What the result depends on.
    pub footprint: Footprint,
    /// What a person should know although it was built.
    pub warnings: Vec<Finding>,
    pub(crate) how: How,
}

/// How objects are made of the files.
pub(crate) enum How {
    /// They stand there as they are.
    Plain(Vec<Manifest>),
    /// By kustomize.
    Kustomize(Box<Recipe>),
}

/// What kustomize is to do.
pub(crate) struct Recipe {
    /// The kustomization file at the root: its place, and what to put there instead of it.
    pub(crate) file: RepoPath,
    pub(crate) fields: Map<String, Value>,
    /// Symbolic links on the way to files, each with where it leads in the end.
    pub(crate) links: BTreeMap<RepoPath, RepoPath>,
    /// Whether objects keep the annotation that says where they came from.
    pub(crate) shows_origins: bool,
}

impl Sources {
    /// The objects, if they are there without a build; else kustomize is needed.
    ///
    /// # Errors
    /// Gives itself back, to be built.
    pub fn into_objects(self) -> Result<Vec<Manifest>, Self> {
        match self.how {
            How::Plain(manifests) => Ok(manifests),
            How::Kustomize(_) => Err(self),
        }
    }
}

/// Never the bytes: they may hold values.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.files.keys().map(ToString::to_string);
        f.debug_list().entries(files).finish()
    }
}
