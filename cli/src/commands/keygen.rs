//! `signet keygen`: a sealing key pair without a cluster, as files or as a key Secret.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;
use signet_api::{install, names};
use signet_seal::{KeyOptions, KeyPair, generate, text};
use zeroize::Zeroizing;

use crate::World;
use crate::error::{Context, Result};
use crate::io;

/// Flags of `keygen`
#[derive(Args, Debug)]
#[command(after_help = "Example: signet keygen --secret | kubectl apply -f -")]
pub struct KeygenArgs {
    /// Directory for tls.key and tls.crt
    #[arg(default_value = ".", value_name = "DIR")]
    directory: PathBuf,
    /// Print a key Secret that the controller loads, instead of writing files
    #[arg(long, conflicts_with = "directory")]
    secret: bool,
    /// Namespace of the key Secret: the controller's
    #[arg(short, long, default_value = install::NAMESPACE, requires = "secret")]
    namespace: String,
    /// Beginning of the key Secret's name
    #[arg(
        long,
        default_value = "sealed-secrets-key",
        value_name = "PREFIX",
        requires = "secret"
    )]
    name_prefix: String,
    /// Size of the key
    #[arg(long, default_value_t = 4096)]
    bits: usize,
    /// How long the certificate seals; what is sealed can be opened for ever
    #[arg(long, default_value_t = 3650)]
    days: u32,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
}

/// Makes it.
///
/// # Errors
/// A size or a time that no key can have; files that exist or cannot be written.
pub fn run(args: &KeygenArgs, world: &World) -> Result<()> {
    let pair = generate(&KeyOptions {
        bits: args.bits,
        common_name: String::new(),
        not_before: world.now,
        ttl: SignedDuration::from_hours(24 * i64::from(args.days)),
    })
    .at("keygen")?;
    if args.secret {
        io::print(manifest(args, &pair).as_bytes())?;
    } else {
        write_files(args, &pair)?;
    }
    io::note(&format!("fingerprint {}", pair.certificate.fingerprint()));
    io::note(&format!("seals until {}", pair.certificate.not_after()));
    Ok(())
}

fn write_files(args: &KeygenArgs, pair: &KeyPair) -> Result<()> {
    let key = args.directory.join("tls.key");
    io::create_private(&key, pair.key.to_pem_pkcs1().as_bytes(), args.force)?;
    let certificate = args.directory.join("tls.crt");
    io::replace(&certificate, pair.certificate.pem().as_bytes())?;
    io::note(&format!(
        "wrote {} (keep it secret) and {}",
        key.display(),
        certificate.display()
    ));
    Ok(())
}

/// Written by hand, so that the key passes through no buffer that is not wiped. The name ends with
/// letters of the fingerprint: the same key twice is the same Secret.
fn manifest(args: &KeygenArgs, pair: &KeyPair) -> Zeroizing<String> {
    let fingerprint = pair.certificate.fingerprint().to_string().to_lowercase();
    let letters = fingerprint
        .chars()
        .skip("sha256:".len())
        .filter(char::is_ascii_alphanumeric);
    let suffix: String = letters.take(5).collect();
    let key = Zeroizing::new(text::encode(pair.key.to_pem_pkcs1().as_bytes()));
    let certificate = text::encode(pair.certificate.pem().as_bytes());
    // Writing to a String cannot fail.
    let mut out = Zeroizing::new(String::with_capacity(2048 + key.len() + certificate.len()));
    let _ = write!(
        out,
        "---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {}-{suffix}\n  namespace: {}\n  labels:\n    {}: {}\n\
         type: kubernetes.io/tls\ndata:\n  tls.crt: {certificate}\n  tls.key: {}\n",
        args.name_prefix,
        args.namespace,
        names::KEY_LABEL,
        names::KEY_ACTIVE,
        key.as_str(),
    );
    out
}
