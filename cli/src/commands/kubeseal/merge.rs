//! `--merge-into`: the values of a Secret become values of a SealedSecret that is in a file already.
//!
//! Name, namespace and scope are the file's, so that what is sealed opens under them; nothing of the
//! file changes but the entries that are set: its notation, comments and order stay, and it is
//! replaced in one step. (The peer takes the scope from elsewhere and writes the file anew.)

use std::path::Path;

use rand_chacha::ChaCha20Rng;
use signet_seal::format::bitnami;
use signet_seal::secret::{SealOptions, SealedManifest, seal_secret};
use signet_seal::{Certificate, Scope};
use signet_yaml::{Budget, edit};

use super::files::{self, Source};
use super::options::Options;
use super::seal::secrets;
use crate::World;
use crate::commands::seal::{Located, explain};
use crate::error::{Context, Error, Result};
use crate::io;

mod target;

use target::Target;

/// Seals and merges.
///
/// # Errors
/// The file is not there, or has not one SealedSecret; the Secret cannot be sealed; an entry cannot be
/// set without changing another. The file is as it was then.
pub fn run(
    options: &Options<'_>,
    file: &Path,
    source: Source,
    certificate: &Certificate,
    world: &mut World,
) -> Result<()> {
    let place = file.display().to_string();
    let input = files::read_file(file)?;
    let target = Target::read(&input.bytes, &place)?;
    let secret = only(secrets(&source.read()?)?)?;
    let sealed = seal(options, &target, secret, certificate, &mut world.rng)?;
    let mut bytes = input.bytes.to_vec();
    for (path, text) in target.changes(&sealed, certificate.fingerprint()) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let edited = edit::set_at(&bytes, target.document, &path, &text, &Budget::default());
        bytes = edited.at(&place)?;
    }
    io::replace(file, &bytes)
}

fn only(secrets: Vec<Located>) -> Result<Located> {
    let count = secrets.len();
    let mut secrets = secrets.into_iter();
    match (secrets.next(), count) {
        (Some(secret), 1) => Ok(secret),
        _ => Err(Error::new(format!(
            "--merge-into takes one Secret, and the input has {count}"
        ))),
    }
}

fn seal(
    options: &Options<'_>,
    target: &Target,
    secret: Located,
    certificate: &Certificate,
    rng: &mut ChaCha20Rng,
) -> Result<SealedManifest> {
    let (asked, given) = options.scope();
    if given && asked != target.scope {
        io::warn(&format!(
            "--scope {asked} is not heeded: what is merged into a SealedSecret has its scope, and that is {}",
            target.scope
        ));
    }
    let bare = secret.is_bare();
    let mut object = secret.secret;
    let namespace = match &target.namespace {
        Some(namespace) => {
            if object["metadata"].is_object() {
                object["metadata"]["namespace"] = namespace.as_str().into();
            }
            options
                .namespace
                .map(str::to_owned)
                .or(Some(namespace.clone()))
        }
        None if bare && target.scope != Scope::ClusterWide => options.default_namespace()?,
        None => options.namespace.map(str::to_owned),
    };
    let how = SealOptions {
        scope: Some(target.scope),
        namespace: namespace.as_deref(),
        namespace_is_explicit: options.namespace.is_some(),
        name: Some(&target.name),
        allow_empty_data: options.is_on("allow-empty-data"),
        without_note: true,
    };
    let sealer = bitnami::sealer(certificate).at("certificate")?;
    seal_secret(object, &how, &*sealer, rng).map_err(|cause| explain(&cause))
}
