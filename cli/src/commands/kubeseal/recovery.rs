//! `--recovery-unseal`: SealedSecrets in, Secrets out, with the private keys at hand. No cluster is
//! asked, no kubeconfig read.

use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;
use signet_seal::Keyring;
use signet_seal::secret::{Opening, Ownership};
use zeroize::Zeroizing;

use super::files::{self, Output, Source};
use super::object;
use super::options::Options;
use crate::commands::unseal;
use crate::error::{Context, Error, Result};
use crate::{documents, keys};

/// Opens everything, or prints nothing.
///
/// # Errors
/// A key or a SealedSecret that cannot be read; one that no key opens, in the peer's words.
pub fn run(options: &Options<'_>, source: Source, output: Output, now: Timestamp) -> Result<()> {
    let opening = Opening {
        now: Some(now),
        ..Opening::default()
    };
    let ring = ring(options.recovery_private_key)?;
    let format = options.format()?;
    let input = source.read()?;
    let mut out = Zeroizing::new(Vec::new());
    let documents = documents::read(&input)?;
    let objects = documents
        .iter()
        .flat_map(|document| documents::objects(&document.root));
    let mut count = 0;
    for object in objects {
        let opened = unseal::open(object, &ring, &opening, Ownership::Owned)?;
        let secret: Value = serde_json::from_slice(opened.expose()).at("Secret")?;
        object::put_and_wipe(&mut out, secret, format);
        count += 1;
    }
    if count == 0 {
        return Err(Error::new("no SealedSecret found in the input"));
    }
    output.deliver(&out)
}

/// Without any key nothing opens, and that is what is said then.
fn ring(names: &[String]) -> Result<Keyring> {
    let mut all = Vec::new();
    for name in names {
        let input = files::read_file(Path::new(name))?;
        let mut found = keys::in_file(&input)?;
        if found.is_empty() {
            return Err(Error::new("secret must contain a 'tls.data' key")
                .hint(format!("{name} holds no private key: {}", keys::FORMS)));
        }
        all.append(&mut found);
    }
    keys::ring(all)
}
