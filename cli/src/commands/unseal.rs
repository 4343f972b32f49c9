//! `signet unseal`: SealedSecrets in, Secrets out, with a private key at hand and no cluster.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use signet_api::SealedSecret;
use signet_api::names::TEMPLATE_RULES;
use signet_seal::secret::{
    Opening, Ownership, TemplateRules, UnsealError, open_with, to_secret_manifest,
};
use signet_seal::{Keyring, SecretBytes};
use signet_yaml::Node;
use zeroize::Zeroizing;

use crate::args::Format;
use crate::error::{Context, Error, Result};
use crate::io::{self, Input};
use crate::{World, documents, keys};

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
    /// Render templates by the rules of this release of the sealed-secrets controller, 0.40 or 0.36,
    /// where annotation signet.dev/template-rules does not say
    #[arg(long, default_value = "0.40", value_name = "RELEASE")]
    template_rules: TemplateRules,
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
pub fn run(args: &UnsealArgs, world: &World) -> Result<()> {
    let opening = Opening {
        templates: args.template_rules,
        now: Some(world.now),
        ..Opening::default()
    };
    let ring = keys::keyring(&args.keys)?;
    let mut out = Zeroizing::new(Vec::new());
    let mut count = 0;
    for input in io::read_all(&args.files)? {
        for document in documents::read(&input)? {
            for object in documents::objects(&document.root) {
                let place = format!("{}:{}", input.name, object.span.line);
                let secret = open(object, &ring, &opening, Ownership::Free);
                let secret = secret.map_err(|cause| named(object, cause).at(place))?;
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

/// Opens one SealedSecret into the manifest of its Secret.
///
/// # Errors
/// It is none, or does not open; says the cause alone.
pub fn open(
    object: &Node,
    ring: &Keyring,
    usual: &Opening,
    ownership: Ownership,
) -> Result<SecretBytes> {
    if !documents::is_sealed_secret(object) {
        let kind = object
            .get("kind")
            .and_then(Node::as_str)
            .unwrap_or("an object without kind");
        return Err(Error::new(format!("{kind} is not a SealedSecret")));
    }
    let sealed: SealedSecret = serde_json::from_value(object.to_json()).at("SealedSecret")?;
    let opening = asked(&sealed, usual)?;
    let opened = open_with(&sealed, ring, &opening).map_err(|cause| explain(&cause))?;
    Ok(to_secret_manifest(&sealed, &opened, ownership))
}

/// The object's own wish counts before the flag, as with the controller.
fn asked(sealed: &SealedSecret, usual: &Opening) -> Result<Opening> {
    let annotations = sealed.metadata.annotations.as_ref();
    let asked = annotations.and_then(|annotations| annotations.get(TEMPLATE_RULES));
    let asked = asked.map(|release| release.parse()).transpose();
    let asked =
        asked.map_err(|cause: &str| Error::new(format!("annotation {TEMPLATE_RULES}: {cause}")))?;
    Ok(Opening {
        templates: asked.unwrap_or(usual.templates),
        ..usual.clone()
    })
}

fn explain(cause: &UnsealError) -> Error {
    let mut error = Error::new(cause);
    if let UnsealError::Items { leads, .. } = cause {
        error = leads.lines().into_iter().fold(error, Error::hint);
    }
    error
}

/// The cause with the object it is about, if that has a name.
fn named(object: &Node, cause: Error) -> Error {
    if !documents::is_sealed_secret(object) {
        return cause;
    }
    let metadata = object.get("metadata");
    let text = |key| {
        metadata
            .and_then(|m| m.get(key)?.as_str())
            .unwrap_or_default()
    };
    cause.at(format!(
        "SealedSecret {}/{}",
        text("namespace"),
        text("name")
    ))
}

/// The manifest comes as JSON; as YAML it passes through one more tree, which is wiped.
fn append(out: &mut Zeroizing<Vec<u8>>, secret: &SecretBytes, format: Format) -> Result<()> {
    match format {
        Format::Json => io::append(out, secret.expose()),
        Format::Yaml => {
            let mut tree: Value = serde_json::from_slice(secret.expose()).at("Secret")?;
            let text = Zeroizing::new(signet_yaml::write(&tree));
            keys::wipe(&mut tree);
            io::append(out, b"---\n");
            io::append(out, text.as_bytes());
        }
    }
    Ok(())
}
