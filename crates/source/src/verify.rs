//! Who signed a commit or a tag, held against the keys of `spec.verify.secretRef`.
//!
//! SSH signatures are checked here, OpenPGP signatures by the `gpg` program in a directory of its
//! own. Only the keys handed in count: no keyring, agent, configuration or network of the machine.

mod object;
mod pgp;
mod ssh;

use std::time::Duration;

use ssh_key::public::KeyData;

use self::object::Signed;
use crate::credentials::SecretData;
use crate::deadline::Deadline;
use crate::snapshot::Snapshot;

/// What has to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The commit.
    Head,
    /// The annotated tag.
    Tag,
    /// Both.
    TagAndHead,
}

impl Mode {
    /// Reads `spec.verify.mode`; the commit if left out.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Mode`] for another word.
    pub fn parse(text: Option<&str>) -> Result<Self, VerifyError> {
        match text.unwrap_or_default() {
            "" | "head" | "HEAD" => Ok(Self::Head),
            "Tag" => Ok(Self::Tag),
            "TagAndHEAD" => Ok(Self::TagAndHead),
            other => Err(VerifyError::Mode(format!(
                "spec.verify.mode {other:?} is none of HEAD, Tag, TagAndHEAD"
            ))),
        }
    }

    /// As the status prints it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Head => "HEAD",
            Self::Tag => "Tag",
            Self::TagAndHead => "TagAndHEAD",
        }
    }
}

/// The public keys that count.
#[derive(Clone, Debug, Default)]
pub struct TrustedKeys {
    ssh: Vec<KeyData>,
    /// Key rings as they stand in the Secret, armored or not.
    pgp: Vec<Vec<u8>>,
}

/// Why a commit is not accepted. None of the texts is a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The Secret holds no usable key, or the check itself could not be made.
    #[error("{0}")]
    Keys(String),
    /// What is asked for cannot be, until the declaration changes.
    #[error("{0}")]
    Mode(String),
    /// The tag is no object that could be signed, or names something else.
    #[error("{0}")]
    Object(String),
    /// The tag's signature.
    #[error("signature verification of tag {name:?} failed: {why}")]
    Tag {
        /// The tag.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The commit's signature.
    #[error("signature verification of commit '{commit}' failed: {why}")]
    Commit {
        /// The commit.
        commit: String,
        /// What is wrong.
        why: String,
    },
}

impl VerifyError {
    /// The reason Flux gives this in the `SourceVerified` condition.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Keys(_) => "VerificationError",
            Self::Mode(_) => "InvalidVerificationMode",
            Self::Object(_) => "InvalidGitObject",
            Self::Tag { .. } => "InvalidTagSignature",
            Self::Commit { .. } => "InvalidCommitSignature",
        }
    }

    /// Whether trying again is useless until someone edits the object.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Mode(_))
    }
}

impl TrustedKeys {
    /// Reads a Secret: keys named `*.sshpub` hold lines of an `authorized_keys` file, all others
    /// OpenPGP key rings.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Keys`] if there is no key at all or a line is none.
    pub fn from_secret(data: &SecretData) -> Result<Self, VerifyError> {
        let mut keys = Self::default();
        for (name, value) in data {
            if name.ends_with(".sshpub") {
                keys.ssh.extend(ssh::keys(value).map_err(|why| {
                    VerifyError::Keys(format!("{name:?} in the Secret of spec.verify: {why}"))
                })?);
            } else {
                keys.pgp.push(value.to_vec());
            }
        }
        if keys.ssh.is_empty() && keys.pgp.is_empty() {
            let why =
                "the Secret of spec.verify holds no key: add *.asc (OpenPGP) or *.sshpub (SSH)";
            return Err(VerifyError::Keys(why.to_owned()));
        }
        Ok(keys)
    }
}

impl Snapshot {
    /// Checks the signatures that `mode` asks for, and says whose they are.
    ///
    /// The tag must be the one that was asked for by name, so that a signed tag cannot stand in
    /// for another. Blocks, for at most about `timeout`.
    ///
    /// # Errors
    ///
    /// [`VerifyError`]; nothing of the commit may be used then.
    pub fn verify(
        &self,
        mode: Mode,
        keys: &TrustedKeys,
        timeout: Duration,
    ) -> Result<String, VerifyError> {
        let deadline = Deadline::after(timeout);
        let mut said = "verified signature of".to_owned();
        if mode != Mode::Head {
            let (name, tag) = self.tag_object()?;
            let failed = |why| VerifyError::Tag {
                name: name.clone(),
                why,
            };
            let key = self
                .signer(&Signed::tag(&tag), keys, deadline)
                .map_err(failed)?;
            said.push_str(&format!("\n\t- tag '{name}' with key '{key}'"));
        }
        if mode != Mode::Tag {
            let commit = self.revision.hash.clone();
            let failed = |why| VerifyError::Commit {
                commit: commit.clone(),
                why,
            };
            let raw = self.commit_object().map_err(failed)?;
            let key = self
                .signer(&Signed::commit(&raw), keys, deadline)
                .map_err(failed)?;
            said.push_str(&format!("\n\t- commit '{commit}' with key '{key}'"));
        }
        Ok(said)
    }

    /// The annotated tag that was asked for: its name and its bytes.
    fn tag_object(&self) -> Result<(String, Vec<u8>), VerifyError> {
        let Some(name) = self.tag_name() else {
            let why = "spec.verify.mode asks for a signed tag, and spec.ref names none: set spec.ref.tag or spec.ref.semver";
            return Err(VerifyError::Mode(why.to_owned()));
        };
        let Some(tag) = self.raw_tag().map_err(VerifyError::Object)? else {
            let why = format!(
                "tag {name:?} is not annotated, so nobody signed it: make it with `git tag -s`"
            );
            return Err(VerifyError::Object(why));
        };
        match object::name_of_tag(&tag) {
            Some(own) if own == name => Ok((name.to_owned(), tag)),
            own => Err(VerifyError::Object(format!(
                "what stands at tag {name:?} is the tag {:?}",
                own.unwrap_or_default()
            ))),
        }
    }

    /// Whose signature it is.
    fn signer(
        &self,
        signed: &Option<Signed>,
        keys: &TrustedKeys,
        deadline: Deadline,
    ) -> Result<String, String> {
        let Some(signed) = signed else {
            return Err("it is not signed".to_owned());
        };
        match signed.signature.trim_ascii_start() {
            text if text.starts_with(object::SSH) => ssh::signer(signed, &keys.ssh),
            text if text.starts_with(object::PGP) => {
                pgp::signer(signed, &keys.pgp, &self.scratch(), deadline)
            }
            _ => Err("its signature is neither SSH's nor OpenPGP's".to_owned()),
        }
    }
}
