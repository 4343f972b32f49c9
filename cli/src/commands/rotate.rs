//! `signet rotate`: every SealedSecret of a repository on the newest key, in place.
//!
//! First everything is read, opened and sealed anew in memory; then every changed file is written
//! beside the old one; then they change places. Whatever goes wrong before the last step leaves
//! the repository as it was. Nothing is opened here unless a key backup is given: else the
//! controller re-seals, and plaintext never leaves the cluster.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use signet_seal::Certificate;
use signet_seal::format::bitnami;

use crate::args::{ClusterArgs, Report};
use crate::commands::cert;
use crate::error::{Context, Error, Result};
use crate::report::{Remark, Rotation};
use crate::settings::{CertificateSource, Target};
use crate::{World, certificate, io, keys, walk};

mod opening;
mod plan;
pub mod sealed;

use opening::{Opening, Remote};
use plan::{Outcome, Plan};

/// Flags of `rotate`
#[derive(Args, Debug)]
#[command(
    after_help = "Example: signet rotate --new-key && git commit -am 'Rotate the sealing key'"
)]
pub struct RotateArgs {
    /// Directory of the repository, or one file
    #[arg(default_value = ".", value_name = "DIR")]
    directory: PathBuf,
    /// Ask the controller for a new sealing key first, and wait for it
    #[arg(long, conflicts_with = "cert")]
    new_key: bool,
    /// Re-seal for this certificate, a file or a URL [env: SIGNET_CERT] [default: the newest that
    /// the cluster publishes]
    #[arg(long, value_name = "FILE|URL")]
    cert: Option<String>,
    /// Open with the keys of this backup instead of asking the controller: PEM, key Secret or List;
    /// may be given several times
    #[arg(long = "key-backup", value_name = "FILE")]
    key_backups: Vec<PathBuf>,
    /// Reach the controller at this URL instead of through the API server
    /// [env: SIGNET_CONTROLLER_URL]
    #[arg(long, value_name = "URL", conflicts_with = "key_backups")]
    controller_url: Option<String>,
    /// Namespace of SealedSecrets whose file names none
    #[arg(short, long)]
    namespace: Option<String>,
    /// Write nothing, say what would be written
    #[arg(long)]
    dry_run: bool,
    /// As --dry-run, and exit with code 3 if anything is not on the newest key
    #[arg(long)]
    check: bool,
    /// Form of the summary
    #[arg(short, long, value_enum, default_value_t = Report::Text)]
    output: Report,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Rotates.
///
/// # Errors
/// No certificate, no way to open, a directory that cannot be read: nothing was written then.
/// Files that could not be dealt with are named on the way and make the exit code 1; the others
/// are written all the same.
pub fn run(args: &RotateArgs, world: &mut World) -> Result<()> {
    let target = Target::new(args.cluster.clone(), &world.environment);
    let (certificate, opening) = prepare(args, &target, world)?;
    let mut rotation = Rotation {
        sealed_for: certificate.fingerprint().to_string(),
        dry_run: args.dry_run || args.check,
        sealed_secrets: Vec::new(),
        skipped: Vec::new(),
        failed: Vec::new(),
    };
    let plans = look(args, &opening, world, &mut rotation)?;
    if !rotation.dry_run {
        write(&plans)?;
    }
    tell(&rotation, args.output)?;
    match rotation {
        Rotation { ref failed, .. } if !failed.is_empty() => Err(Error::quiet()),
        _ if args.check && rotation.resealed() > 0 => Err(Error::found()),
        _ => Ok(()),
    }
}

/// Whom to seal for, and who opens.
fn prepare(args: &RotateArgs, target: &Target, world: &World) -> Result<(Certificate, Opening)> {
    let url = args
        .controller_url
        .clone()
        .or_else(|| world.environment.controller_url.clone());
    let url = url.filter(|_| args.key_backups.is_empty());
    let certificate = newest(args, target, url.as_deref(), world)?;
    certificate
        .check(world.now)
        .map_err(|cause| Error::new(cause).hint("ask for a new key with --new-key"))?;
    let opening = if args.key_backups.is_empty() {
        Opening::Controller(Box::new(Remote::new(
            target,
            url,
            *certificate.fingerprint(),
        )?))
    } else {
        let sealer = bitnami::sealer(&certificate).at("certificate")?;
        Opening::Keys {
            ring: keys::keyring(&args.key_backups)?,
            sealer,
        }
    };
    Ok((certificate, opening))
}

fn newest(
    args: &RotateArgs,
    target: &Target,
    url: Option<&str>,
    world: &World,
) -> Result<Certificate> {
    if args.new_key {
        return cert::new_key(target, world.now, Duration::from_secs(60));
    }
    let given = args.cert.clone().or_else(|| world.environment.cert.clone());
    let served = url.map(|url| format!("{}/v1/cert.pem", url.trim_end_matches('/')));
    let found = certificate::fetch(&CertificateSource::new(
        given.or(served),
        target.clone(),
        &world.environment,
    ))?;
    certificate::parse(&found)
}

fn look(
    args: &RotateArgs,
    opening: &Opening,
    world: &mut World,
    rotation: &mut Rotation,
) -> Result<Vec<Plan>> {
    let mut plans = Vec::new();
    for path in walk::files(&args.directory)? {
        match plan::plan(&path, args.namespace.as_deref(), opening, &mut world.rng)? {
            Outcome::Nothing => {}
            Outcome::Skipped(reason) => rotation.skipped.push(Remark::new(&path, &reason)),
            Outcome::Planned {
                plan,
                rows,
                failures,
            } => {
                rotation.sealed_secrets.extend(rows);
                rotation
                    .failed
                    .extend(failures.iter().map(|failure| Remark::new(&path, failure)));
                plans.extend(plan);
            }
        }
    }
    Ok(plans)
}

/// Every file beside its old one first, so that a full disk is found out before anything changed.
fn write(plans: &[Plan]) -> Result<()> {
    let staged: Result<Vec<_>> = plans
        .iter()
        .map(|plan| io::stage(&plan.path, &plan.contents).at(plan.path.display()))
        .collect();
    staged?.into_iter().try_for_each(io::Staged::commit)
}

fn tell(rotation: &Rotation, output: Report) -> Result<()> {
    for remark in &rotation.skipped {
        io::warn(&remark.message);
    }
    for remark in &rotation.failed {
        io::say("error", &remark.message);
    }
    io::print(&match output.format() {
        None => rotation.table().into_bytes(),
        Some(format) => rotation.object(format)?,
    })
}
