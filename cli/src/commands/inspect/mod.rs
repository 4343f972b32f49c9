//! `signet inspect`: what SealedSecrets in files say about themselves, and what is wrong with them.
//! Nothing is opened and no cluster is asked, so that it can check a commit anywhere.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::args::Report;
use crate::error::{Error, Result};
use crate::look::Certificates;
use crate::{World, io, walk};

mod files;
mod report;

use files::Source;
use report::Inspection;

/// Flags of `inspect`
#[derive(Args, Debug)]
#[command(
    after_help = "Example: signet inspect --cert cert.pem apps/\n\nExit code 3 if anything was found."
)]
pub struct InspectArgs {
    /// Files, and directories whose YAML and JSON files are read; `-` or nothing: standard input
    #[arg(value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Hold items against this certificate, a file; may be given several times, for every key that
    /// opens
    #[arg(long = "cert", value_name = "FILE")]
    certificates: Vec<PathBuf>,
    /// Namespace of SealedSecrets whose file names none
    #[arg(short, long)]
    namespace: Option<String>,
    /// Form of what is printed
    #[arg(short, long, value_enum, default_value_t = Report::Text)]
    output: Report,
}

/// Looks, and prints what was seen.
///
/// # Errors
/// A path that cannot be read, a certificate that is none, no SealedSecret in the files named; exit
/// code 3 if something was found.
pub fn run(args: &InspectArgs, world: &World) -> Result<()> {
    let certificates = Certificates::read(&args.certificates)?;
    let mut inspection = Inspection {
        certificates: certificates.given(world.now),
        ..Inspection::default()
    };
    for source in sources(&args.paths)? {
        let namespace = args.namespace.as_deref();
        files::look(&source, namespace, &certificates, &mut inspection)?;
    }
    let only_files = !args.paths.iter().any(|path| path.is_dir());
    if only_files && inspection.sealed_secrets.is_empty() && inspection.failed.is_empty() {
        return Err(Error::new("no SealedSecret found in the input"));
    }
    for remark in &inspection.skipped {
        io::warn(&remark.message);
    }
    for remark in &inspection.failed {
        io::say("error", &remark.message);
    }
    io::print(&match args.output.format() {
        None => inspection.text().into_bytes(),
        Some(format) => inspection.object(format)?,
    })?;
    match inspection {
        Inspection { ref failed, .. } if !failed.is_empty() => Err(Error::quiet()),
        ref found if found.count() > 0 => Err(Error::found()),
        _ => Ok(()),
    }
}

/// What is named is read whatever its name; of a directory, what may hold a manifest.
fn sources(paths: &[PathBuf]) -> Result<Vec<Source>> {
    if paths.is_empty() {
        return Ok(vec![Source::Stdin]);
    }
    let mut all = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            all.push(Source::Stdin);
        } else if path.is_dir() {
            all.extend(walk::files(path)?.into_iter().map(Source::Found));
        } else {
            all.push(Source::Named(path.clone()));
        }
    }
    Ok(all)
}
