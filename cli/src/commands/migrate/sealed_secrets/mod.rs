//! `signet migrate sealed-secrets`: the hands ([`find`], [`keys`], [`save`]) look, the other files
//! judge what was seen and ask nobody.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use signet_seal::Keyring;

use crate::args::{ClusterArgs, Report};
use crate::error::{Error, Result};
use crate::online::Online;
use crate::settings::Target;
use crate::{World, io, keys as files};

mod compare;
mod definition;
mod find;
mod flags;
mod keys;
mod objects;
mod plan;
mod report;
mod save;
#[cfg(test)]
mod tests;
mod version;

use find::Survey;
use plan::{Kubectl, Plan};
use report::Migration;
use version::Version;

/// Flags of `migrate sealed-secrets`
#[derive(Args, Debug)]
#[command(
    mut_arg("controller_namespace", |arg| arg.help("Namespace of their controller [default: it is looked for in all]")),
    mut_arg("controller_name", |arg| arg.help("Name of their controller's Deployment [default: it is looked for]")),
    after_help = "Example: signet migrate sealed-secrets --key-backup keys.yaml\n\nExit code 3 if anything would change or does not open."
)]
pub struct SealedSecretsArgs {
    /// Try every item with the keys of this backup as well: PEM, key Secret or List; may be given
    /// several times
    #[arg(long = "key-backup", value_name = "FILE")]
    key_backups: Vec<PathBuf>,
    /// Do not read key Secrets, even if you may: nothing is tried but with --key-backup
    #[arg(long)]
    without_keys: bool,
    /// Read the Secrets as well, and name those that differ from what is sealed: Signet puts them
    /// back, their controller does not
    #[arg(long)]
    compare: bool,
    /// Image of signet-controller, for the commands that are printed
    #[arg(long, default_value = concat!("signet.dev/signet-controller:v", env!("CARGO_PKG_VERSION")), value_name = "IMAGE")]
    image: String,
    /// Only write what the takeover would overwrite to this file, for the way back
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Form of what is printed
    #[arg(short, long, value_enum, default_value_t = Report::Text)]
    output: Report,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Looks, judges, prints.
///
/// # Errors
/// A cluster that does not answer, SealedSecrets that you may not list, a backup that cannot be
/// read, several controllers of which none was named; exit code 3 if something would change.
pub fn run(args: &SealedSecretsArgs, world: &World) -> Result<()> {
    let backup = match args.key_backups.as_slice() {
        [] => Keyring::new(),
        given => files::keyring(given)?,
    };
    let online = Online::connect(&Target::new(args.cluster.clone(), &world.environment))?;
    let place = (
        args.cluster.controller_namespace.as_deref(),
        args.cluster.controller_name.as_deref(),
    );
    let mut survey = find::survey(&online, place)?;
    if let Some(file) = &args.save {
        return save::write(&online, &survey, &args.image, file);
    }
    let keys = keys::read(&online, &mut survey, backup, args.without_keys, world.now)?;
    let rows = rows(&online, &survey, &keys, (args.compare, world.now));
    let kubectl = Kubectl::new(&args.cluster);
    let plan = Plan::new(&survey, &rows, &kubectl, &args.image);
    let migration = Migration::new(survey, keys, rows, plan);
    io::print(&match args.output.format() {
        None => migration.text().into_bytes(),
        Some(format) => migration.object(format)?,
    })?;
    if migration.nothing_changes() {
        Ok(())
    } else {
        Err(Error::found())
    }
}

/// Every SealedSecret, judged.
fn rows(
    online: &Online,
    survey: &Survey,
    keys: &keys::Keys,
    (compare, now): (bool, Timestamp),
) -> Vec<objects::Row> {
    let version = survey.chosen.as_ref().and_then(Version::of);
    let deprecated = survey
        .chosen
        .as_ref()
        .is_none_or(|found| found.flag("accept-deprecated-v1-data") != Some("false"));
    let judge = objects::Judge {
        version,
        ring: &keys.ring,
        accept_deprecated: deprecated,
        now,
        secrets: survey.secrets.as_ref(),
    };
    let row = |object| {
        let mut row = judge.row(object);
        if compare {
            compare::add(online, object, &judge, &mut row);
        }
        row
    };
    survey.sealed.iter().map(row).collect()
}
