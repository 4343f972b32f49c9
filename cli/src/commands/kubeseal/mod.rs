//! The program under the name `kubeseal`: that tool's flags, variables, modes, outputs and messages,
//! so that scripts and habits keep working. `docs/reference/kubeseal.md` says where it differs.
//!
//! The first mode that applies acts, in the peer's order.

use std::ffi::OsString;

use signet_seal::Certificate;

use crate::World;
use crate::error::{Error, Result};
use crate::io;

mod controller;
mod fetch;
mod files;
mod flags;
mod merge;
pub mod object;
mod options;
mod raw;
mod recovery;
mod reencrypt;
mod seal;
mod validate;

use files::{Output, Source};
use flags::{Flags, Stop};
use options::Options;
use reencrypt::Way;

/// Does what the command line says; `arguments` begin with the program.
///
/// # Errors
/// With kubeseal's texts where scripts look for them.
pub fn run(arguments: &[OsString], world: &mut World) -> Result<()> {
    let program = arguments.first().cloned().unwrap_or_default();
    let usage = format!("Usage of {}:\n", program.display());
    let words = words(arguments.get(1..).unwrap_or_default())?;
    let environment = world.environment.clone();
    let flags = match Flags::parse(&words, &environment.kubeseal.0) {
        Ok(flags) => flags,
        Err(Stop::Help) => return print_help(&usage),
        Err(Stop::Bad(cause)) => return misused(&usage, &cause),
    };
    for note in flags.notes() {
        io::warn(note);
    }
    if flags.is_on("version") {
        return io::print(format!("kubeseal version: v{}\n", env!("CARGO_PKG_VERSION")).as_bytes());
    }
    if flags.is_on("help") {
        return print_help(&usage);
    }
    act(&Options::new(&flags, &environment), world)
}

/// The arguments as text.
fn words(arguments: &[OsString]) -> Result<Vec<String>> {
    let text = |word: &OsString| {
        let word = word.clone().into_string();
        word.map_err(|word| Error::usage(format!("{} is not UTF-8", word.display())))
    };
    arguments.iter().map(text).collect()
}

fn print_help(usage: &str) -> Result<()> {
    io::print(format!("{usage}{}", flags::help()).as_bytes())
}

/// The peer prints the flags and the cause on standard output; where that goes to a file, nobody
/// would see it.
fn misused(usage: &str, cause: &str) -> Result<()> {
    io::raw_stderr(usage);
    io::print(format!("{}{cause}\n", flags::help()).as_bytes())?;
    Err(Error::usage(cause))
}

fn act(options: &Options<'_>, world: &mut World) -> Result<()> {
    if !options.from_file.is_empty() && !options.is_on("raw") {
        return Err(Error::new("--from-file requires --raw"));
    }
    let source = Source::open(options)?;
    let in_place = options.is_on("re-encrypt") && options.sealed_secret_file.is_none();
    if let (true, Source::File(_, file)) = (in_place, &source)
        && !options.is_on("recovery-unseal")
        && !options.is_on("validate")
        && file.metadata().is_ok_and(|data| data.is_file())
    {
        return reencrypt::run(options, source, Way::InPlace);
    }
    let output = Output::open(options.sealed_secret_file.as_deref())?;
    if options.is_on("recovery-unseal") {
        return recovery::run(options, source, output, world.now);
    }
    if !options.recovery_private_key.is_empty() {
        io::warn("--recovery-private-key is not heeded without --recovery-unseal");
    }
    if options.is_on("validate") {
        return validate::run(options, source);
    }
    if options.is_on("re-encrypt") {
        return reencrypt::run(options, source, Way::Elsewhere(output));
    }
    let found = fetch::certificate(options)?;
    if options.is_on("fetch-cert") {
        return output.deliver(&found.pem);
    }
    let certificate = fetch::usable(&found, world.now)?;
    sealing(options, source, output, &certificate, world)
}

/// The modes that seal.
fn sealing(
    options: &Options<'_>,
    source: Source,
    output: Output,
    certificate: &Certificate,
    world: &mut World,
) -> Result<()> {
    if let Some(file) = &options.merge_into {
        return merge::run(options, file, source, certificate, world);
    }
    if options.is_on("raw") {
        return raw::run(options, output, certificate, world);
    }
    seal::run(options, source, output, certificate, world)
}
