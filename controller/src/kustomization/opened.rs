//! A commit whose SOPS files are open: whatever rendering reads of it is plaintext.
//!
//! So an overlay patches what it means to patch, a generator gets the value and not its ciphertext,
//! and a line number is that of the file in the repository. The MAC of each file is checked.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use signet_api::names;
use signet_engine::manifest::disabled;
use signet_engine::tree::{Entry, RepoPath, Tree};
use signet_render::{Commit, Role, Sources};
use signet_sops::{Error, ErrorKind, Format, Identities, Options, decrypt, detect};
use signet_yaml::Budget;

use crate::settings::SopsMac;

/// See the module's documentation.
pub struct Opened<'a, C> {
    inside: C,
    identities: &'a Identities,
    mac: SopsMac,
    said: Mutex<Said>,
}

/// What opening came to.
#[derive(Default)]
pub struct Said {
    /// The files that were encrypted.
    pub opened: BTreeSet<RepoPath>,
    /// What a person should know although it was opened.
    pub warnings: Vec<String>,
    /// Files that could not be opened, and why.
    pub failed: Vec<String>,
}

impl<'a, C: Commit> Opened<'a, C> {
    /// Opens what is read of `inside` with `identities`.
    pub fn new(inside: C, identities: &'a Identities, mac: SopsMac) -> Self {
        Self {
            inside,
            identities,
            mac,
            said: Mutex::default(),
        }
    }

    /// What opening came to.
    pub fn said(self) -> Said {
        self.said
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The content of a file, in the clear if it was encrypted.
    fn open(&self, path: &RepoPath, bytes: Vec<u8>) -> Vec<u8> {
        let name = path.to_string();
        let Some(format) = format(&name, &bytes).filter(|_| !stays_closed(&bytes)) else {
            return bytes;
        };
        let opened = self.decrypt(&name, &bytes, format);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        match opened {
            Ok((plain, warning)) => {
                said.opened.insert(path.clone());
                said.warnings.extend(warning);
                plain
            }
            Err(error) => {
                let line = match error.line {
                    0 => String::new(),
                    line => format!(":{line}"),
                };
                said.failed
                    .push(format!("{name}{line}: cannot be decrypted: {error}"));
                bytes
            }
        }
    }

    fn decrypt(
        &self,
        name: &str,
        bytes: &[u8],
        format: Format,
    ) -> Result<(Vec<u8>, Option<String>), Error> {
        let plain = |check_mac| {
            let plain = decrypt(bytes, format, self.identities, &Options { check_mac });
            plain.map(|plain| plain.into_bytes().to_vec())
        };
        match plain(true) {
            Err(error) if self.mac == SopsMac::Warn && is_about_mac(&error) => {
                let warning = format!("{name}: it was changed after SOPS encrypted it: {error}");
                Ok((plain(false)?, Some(warning)))
            }
            result => result.map(|plain| (plain, None)),
        }
    }
}

fn is_about_mac(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Mac | ErrorKind::NoMac)
}

/// The format of a SOPS file; `None` if it is none. A file of variables often has no ending.
fn format(name: &str, bytes: &[u8]) -> Option<Format> {
    let by_name = Format::of_path(name);
    if detect(bytes, by_name) {
        return Some(by_name);
    }
    detect(bytes, Format::Dotenv).then_some(Format::Dotenv)
}

/// Whether an object in the file asks to be left as it is.
fn stays_closed(bytes: &[u8]) -> bool {
    let documents = signet_yaml::read(bytes, &Budget::default()).unwrap_or_default();
    documents
        .iter()
        .any(|document| disabled(&document.root.to_json(), names::DECRYPT))
}

/// Kustomization files whose generated Secrets have no value in the clear: every file that goes into
/// one is encrypted, and no value stands in the kustomization file itself.
pub fn generators(sources: &Sources, said: &Said) -> Vec<String> {
    let of = |role: Role| {
        sources
            .files
            .iter()
            .filter(move |(_, it)| it.roles.contains(&role))
    };
    let values = of(Role::SecretData).chain(of(Role::SecretVariables));
    let values: Vec<&RepoPath> = values.map(|(path, _)| path).collect();
    if values.is_empty() || values.iter().any(|path| !said.opened.contains(*path)) {
        return Vec::new();
    }
    of(Role::Kustomization)
        .filter(|(_, file)| !has_literals(&file.bytes))
        .map(|(path, _)| path.to_string())
        .collect()
}

fn has_literals(bytes: &[u8]) -> bool {
    let documents = signet_yaml::read(bytes, &Budget::default()).unwrap_or_default();
    let bodies = documents.iter().map(|document| document.root.to_json());
    let literals = |body: &Value| {
        let generators = body.get("secretGenerator").and_then(Value::as_array);
        let mut each = generators.into_iter().flatten();
        each.any(|one| one.get("literals").is_some())
    };
    bodies.into_iter().any(|body| literals(&body))
}

impl<C: Commit> Commit for Opened<'_, C> {
    fn entry(&self, path: &RepoPath) -> Result<Option<Entry>, String> {
        self.inside.entry(path)
    }

    fn bytes(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String> {
        let bytes = self.inside.bytes(path)?;
        Ok(bytes.map(|bytes| self.open(path, bytes)))
    }

    fn directory(&self, path: &RepoPath, keep: &dyn Fn(&RepoPath) -> bool) -> Result<Tree, String> {
        let mut tree = self.inside.directory(path, keep)?;
        for file in &mut tree.files {
            file.bytes = self.open(&file.path, std::mem::take(&mut file.bytes));
        }
        Ok(tree)
    }
}
