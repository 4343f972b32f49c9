//! `signet cert`: the certificate that Secrets are sealed for, its fingerprint and its last day.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};
use signet_seal::Certificate;

use crate::args::{ClusterArgs, Format};
use crate::error::{Error, Result};
use crate::online::Online;
use crate::settings::{CertificateSource, Target};
use crate::{World, certificate, io, print};

/// Flags of `cert`
#[derive(Args, Debug)]
#[command(after_help = "Example: signet cert > cert.pem")]
pub struct CertArgs {
    /// Read this file or URL instead of asking the cluster [env: SIGNET_CERT]
    #[arg(long, value_name = "FILE|URL", conflicts_with = "new")]
    cert: Option<String>,
    /// Ask the controller for a new sealing key first, and wait for it
    #[arg(long)]
    new: bool,
    /// Give up waiting for the new key after this many seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    timeout: u64,
    /// Form of what is printed
    #[arg(short, long, value_enum, default_value_t = Output::Pem)]
    output: Output,
    /// Write to this file instead of standard output
    #[arg(short = 'w', long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Form of a printed certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// The certificate alone; fingerprint and last day on standard error
    Pem,
    /// Everything as an object
    Json,
    /// Everything as an object
    Yaml,
}

/// Fetches and prints it.
///
/// # Errors
/// There is none, or it cannot be read; no new key came in time.
pub fn run(args: CertArgs, world: &World) -> Result<()> {
    let target = Target::new(args.cluster, &world.environment);
    let found = if args.new {
        new_key(&target, world.now, Duration::from_secs(args.timeout))?
    } else {
        let cert = args.cert.or_else(|| world.environment.cert.clone());
        let found = certificate::fetch(&CertificateSource::new(cert, target, &world.environment))?;
        certificate::parse(&found)?
    };
    let text = match args.output {
        Output::Pem => {
            io::note(&format!("fingerprint {}", found.fingerprint()));
            io::note(&format!("seals until {}", found.not_after()));
            found.pem().as_bytes().to_vec()
        }
        Output::Json => print::objects(&[facts(&found, world.now)], Format::Json)?,
        Output::Yaml => print::objects(&[facts(&found, world.now)], Format::Yaml)?,
    };
    if found.check(world.now).is_err() {
        io::warn(
            "it has expired: nothing can be sealed for it any more; ask for a new one with --new",
        );
    }
    io::deliver(&text, args.output_file.as_deref())
}

/// Asks for a new key and waits until the certificate that the cluster publishes is another one.
///
/// # Errors
/// The request is refused, or nothing changes within `patience`.
pub fn new_key(target: &Target, now: Timestamp, patience: Duration) -> Result<Certificate> {
    let online = Online::connect(target)?;
    let before = online.published()?;
    let old = Certificate::from_pem(&before.pem)
        .ok()
        .map(|certificate| *certificate.fingerprint());
    let stamp = now.to_string();
    online.request_key(&stamp)?;
    const STEP: Duration = Duration::from_millis(200);
    let mut waited = Duration::ZERO;
    while waited < patience {
        online.pause(STEP);
        waited += STEP;
        let Ok(published) = online.published() else {
            continue;
        };
        if let Ok(certificate) = Certificate::from_pem(&published.pem)
            && Some(*certificate.fingerprint()) != old
        {
            return Ok(certificate);
        }
    }
    Err(Error::new(format!(
        "no new sealing key within {} s",
        patience.as_secs()
    ))
    .hint(format!(
        "is the controller running? kubectl -n {} get pods",
        target.namespace
    )))
}

fn facts(certificate: &Certificate, now: Timestamp) -> Value {
    json!({
        "fingerprint": certificate.fingerprint().to_string(),
        "notBefore": certificate.not_before().to_string(),
        "notAfter": certificate.not_after().to_string(),
        "expired": certificate.check(now).is_err(),
        "bits": certificate.modulus_length() * 8,
        "certificate": certificate.pem(),
    })
}
