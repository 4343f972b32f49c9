//! `signet unseal`: SealedSecrets in, Secrets out, with a private key at hand and no cluster.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use signet_api::SealedSecret;
use signet_seal::secret::{Ownership, UnsealError, open_sealed, to_secret_manifest};
use signet_seal::{Keyring, SecretBytes};
use signet_yaml::Node;
use zeroize::Zeroizing;

use crate::args::Format;
use crate::error::{Context, Error, Result};
use crate::io::{self, Input};
use crate::{documents, keys};

/// Flags of `unseal`
#[derive(Args, Debug)]
#[command(after_help = "Example: signet unseal --key keys-example/tls.key -f db.yaml")]
pub struct UnsealArgs {
    /// Private key as PEM, a key Secret, or a List of key Secrets; may be given several times
    #[arg(long = "key", value_name = "FILE", required = true)]
    keys: Vec<PathBuf>,
    /// Read SealedSecrets from this file instead of standard input; may be given several times
    #[arg(short, long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Form of what is printed
    #[arg(short = 'o', long = "format", visible_alias = "output", value_enum, default_value_t = Format::Yaml)]
    format: Format,
    /// Write to this file, readable by you alone, instead of standard output
    #[arg(short = 'w', long, value_name = "FILE")]
    output_file: Option<PathBuf>,
}

/// Opens everything, or prints nothing.
///
/// # Errors
/// Names file, line, SealedSecret and cause.
pub fn run(args: &UnsealArgs) -> Result<()> {
    let ring = keys::keyring(&args.keys)?;
    let mut out = Zeroizing::new(Vec::new());
    let mut count = 0;
    for input in io::read_all(&args.files)? {
        for document in documents::read(&input)? {
            for object in documents::objects(&document.root) {
                let place = format!("{}:{}", input.name, object.span.line);
                let secret = open(object, &ring).map_err(|cause| cause.at(place))?;
                append(&mut out, &secret, args.format)?;
                count += 1;
            }
        }
        drop::<Input>(input);
    }
    if count == 0 {
        return Err(Error::new("no SealedSecret found in the input"));
    }
    match &args.output_file {
        None => io::print(&out),
        Some(file) => io::create_private(file, &out, true),
    }
}

fn open(object: &Node, ring: &Keyring) -> Result<SecretBytes> {
    if !documents::is_sealed_secret(object) {
        let kind = object
            .get("kind")
            .and_then(Node::as_str)
            .unwrap_or("an object without kind");
        return Err(Error::new(format!("{kind} is not a SealedSecret")));
    }
    let sealed: SealedSecret = serde_json::from_value(object.to_json()).at("SealedSecret")?;
    let opened = open_sealed(&sealed, ring).map_err(|cause| explain(&sealed, &cause))?;
    Ok(to_secret_manifest(&sealed, &opened, Ownership::Free))
}

fn explain(sealed: &SealedSecret, cause: &UnsealError) -> Error {
    let name = sealed.metadata.name.as_deref().unwrap_or_default();
    let namespace = sealed.metadata.namespace.as_deref().unwrap_or_default();
    let mut error = Error::new(format!("SealedSecret {namespace}/{name}: {cause}"));
    if let UnsealError::Items { leads, .. } = cause {
        error = leads.lines().into_iter().fold(error, Error::hint);
    }
    error
}

/// The manifest comes as JSON; as YAML it passes through one more tree, which is wiped.
fn append(out: &mut Zeroizing<Vec<u8>>, secret: &SecretBytes, format: Format) -> Result<()> {
    match format {
        Format::Json => grow(out, secret.expose()),
        Format::Yaml => {
            let mut tree: Value = serde_json::from_slice(secret.expose()).at("Secret")?;
            let text = Zeroizing::new(signet_yaml::write(&tree));
            keys::wipe(&mut tree);
            grow(out, b"---\n");
            grow(out, text.as_bytes());
        }
    }
    Ok(())
}

/// Appends without leaving the old buffer behind when it has to move.
fn grow(out: &mut Zeroizing<Vec<u8>>, more: &[u8]) {
    if out.capacity() < out.len() + more.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((out.len() + more.len()) * 2));
        larger.extend_from_slice(out);
        *out = larger;
    }
    out.extend_from_slice(more);
}
