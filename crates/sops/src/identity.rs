//! age identities as their files hold them, and which of them are taken.
//!
//! A file has one identity on a line; empty lines and lines that begin with `#` do not count. Taken are
//! X25519 (`AGE-SECRET-KEY-1…`) and the post-quantum hybrid ([`hybrid`]). Everything else is refused by
//! name: a plugin is a program of somebody else's choice, and the rest needs a passphrase or RSA.

pub mod hybrid;

use std::str::FromStr;

use age::{DecryptError, x25519};
use age_core::format::{FileKey, Stanza};

/// The most identities that one may hold.
const MOST: usize = 1_000;

/// What begins the stanza that an X25519 identity opens.
const X25519_STANZA: &str = "X25519";

/// Identities to open files with. They cannot be printed, copied or compared, and are wiped.
#[derive(Default)]
pub struct Identities(Vec<Identity>);

/// One identity with its public half.
struct Identity {
    private: Box<dyn age::Identity + Send + Sync>,
    /// What begins the stanzas that it opens.
    stanza: &'static str,
    recipient: String,
}

/// Why a file of identities is refused. No message repeats a line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct IdentityError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub kind: IdentityErrorKind,
}

/// What is wrong with a line of identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityErrorKind {
    /// The file is no text.
    #[error("this is not text; give the file as age-keygen wrote it")]
    NotText,
    /// An identity of a plugin.
    #[error(
        "this is the identity of an age plugin, and no plugin is run; use one that `age-keygen` makes"
    )]
    Plugin,
    /// An SSH key.
    #[error("this is an SSH key, which is not supported; use an identity that `age-keygen` makes")]
    Ssh,
    /// A file of identities that is encrypted itself.
    #[error("these identities are encrypted with a passphrase; give them decrypted")]
    Encrypted,
    /// An age identity that is damaged.
    #[error("this age identity is damaged: a character is wrong, missing or too many")]
    Damaged,
    /// A recipient in place of an identity.
    #[error("this is a recipient, the public half; the identity begins with AGE-SECRET-KEY-")]
    Recipient,
    /// Nothing of all that.
    #[error("this is no age identity; one begins with AGE-SECRET-KEY-1 or AGE-SECRET-KEY-PQ-1")]
    Unknown,
    /// More than one may hold.
    #[error("there are more than {MOST} identities, which is the limit")]
    TooMany,
}

impl Identities {
    /// No identities, with which nothing opens.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the identities of one file, such as the value of a Secret under a key that ends in
    /// `.agekey`. Returns how many it had; none is no error here.
    ///
    /// # Errors
    /// Names the first line that is not an identity that is taken; then none of the file is added.
    pub fn add(&mut self, file: &[u8]) -> Result<usize, IdentityError> {
        let fail = |at: usize, kind| IdentityError { line: at + 1, kind };
        let text = std::str::from_utf8(file).map_err(|_| fail(0, IdentityErrorKind::NotText))?;
        let mut read = Vec::new();
        for (at, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if self.0.len() + read.len() >= MOST {
                return Err(fail(at, IdentityErrorKind::TooMany));
            }
            read.push(
                line.trim_end()
                    .parse::<Identity>()
                    .map_err(|kind| fail(at, kind))?,
            );
        }
        let count = read.len();
        self.0.append(&mut read);
        Ok(count)
    }

    /// The public half of each, as files name it.
    pub fn recipients(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|identity| identity.recipient.as_str())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the identity of this recipient is here.
    #[must_use]
    pub fn has(&self, recipient: &str) -> bool {
        self.recipients().any(|ours| ours == recipient)
    }

    /// Those that a stanza may be meant for.
    pub(crate) fn for_stanza(&self, stanza: &Stanza) -> impl Iterator<Item = &dyn age::Identity> {
        let fitting = self
            .0
            .iter()
            .filter(|identity| identity.stanza == stanza.tag);
        fitting.map(|identity| &*identity.private as &dyn age::Identity)
    }
}

impl FromStr for Identity {
    type Err = IdentityErrorKind;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        use IdentityErrorKind as Kind;
        if line.starts_with("AGE-SECRET-KEY-PQ-1") {
            let private: hybrid::Identity = line.parse().map_err(|_| Kind::Damaged)?;
            return Ok(Self {
                recipient: private.recipient().to_string(),
                private: Box::new(private),
                stanza: hybrid::STANZA,
            });
        }
        if line.starts_with("AGE-SECRET-KEY-1") {
            let private: x25519::Identity = line.parse().map_err(|_| Kind::Damaged)?;
            return Ok(Self {
                recipient: private.to_public().to_string(),
                private: Box::new(private),
                stanza: X25519_STANZA,
            });
        }
        const REFUSED: [(&str, IdentityErrorKind); 8] = [
            ("AGE-PLUGIN-", Kind::Plugin),
            ("-----BEGIN AGE ENCRYPTED FILE", Kind::Encrypted),
            ("age-encryption.org/", Kind::Encrypted),
            ("-----BEGIN OPENSSH PRIVATE KEY", Kind::Ssh),
            ("-----BEGIN RSA PRIVATE KEY", Kind::Ssh),
            ("ssh-", Kind::Recipient),
            ("age1", Kind::Recipient),
            ("AGE-SECRET-KEY", Kind::Damaged),
        ];
        let refused = REFUSED.iter().find(|(begin, _)| line.starts_with(begin));
        Err(refused.map_or(Kind::Unknown, |(_, kind)| *kind))
    }
}

impl age::Identity for Identities {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        self.for_stanza(stanza)
            .find_map(|identity| identity.unwrap_stanza(stanza))
    }
}

#[cfg(test)]
mod tests;
