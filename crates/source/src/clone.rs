//! A clone at hand: who wrote a commit of it, when, and whether it is signed. Nothing is fetched, and
//! no configuration of the machine or of the clone is obeyed.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::wire::chain;

/// A commit, as its author has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// `Name <address>`; nobody has checked that.
    pub author: String,
    /// When it was written, in seconds since 1970.
    pub written: i64,
    /// `OpenPGP`, `SSH` or `X.509` if it bears a signature, which is not checked here.
    pub signature: Option<&'static str>,
    /// The first line of its message.
    pub subject: String,
}

/// The directory is no clone, or is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloneError {
    directory: PathBuf,
    cause: String,
}

impl fmt::Display for CloneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.directory.display(), self.cause)
    }
}

impl std::error::Error for CloneError {}

/// The commit `hash` of the clone in `directory`; `None` if it has none of that name.
///
/// # Errors
/// The directory is no clone, or the commit in it is damaged.
pub fn in_clone(directory: &Path, hash: &str) -> Result<Option<Commit>, CloneError> {
    let failed = |cause: String| CloneError {
        directory: directory.to_owned(),
        cause,
    };
    let opened = gix::open_opts(directory, gix::open::Options::isolated());
    let repository = opened.map_err(|error| failed(chain(&error)))?;
    let Ok(id) = gix::ObjectId::from_hex(hash.as_bytes()) else {
        return Ok(None);
    };
    let Ok(object) = repository.find_object(id) else {
        return Ok(None);
    };
    let commit = object.try_into_commit();
    let commit = commit.map_err(|error| failed(error.to_string()))?;
    read(&commit).map(Some).map_err(failed)
}

fn read(commit: &gix::Commit<'_>) -> Result<Commit, String> {
    let decoded = commit.decode().map_err(|error| error.to_string())?;
    let author = decoded.author().map_err(|error| error.to_string())?;
    let written = author.time().map_err(|error| error.to_string())?.seconds;
    let signature = decoded.extra_headers().pgp_signature();
    let message = decoded.message.to_string();
    Ok(Commit {
        author: shown(&format!("{} <{}>", author.name, author.email)),
        written,
        signature: signature.map(|bytes| kind(&bytes.to_string())),
        subject: shown(message.lines().next().unwrap_or_default()),
    })
}

/// Without what could steer a terminal.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn kind(signature: &str) -> &'static str {
    if signature.contains("SSH SIGNATURE") {
        "SSH"
    } else if signature.contains("SIGNED MESSAGE") {
        "X.509"
    } else {
        "OpenPGP"
    }
}
