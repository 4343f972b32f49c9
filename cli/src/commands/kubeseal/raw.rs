//! `--raw`: one value becomes one bare item, base64 without a line feed.

use std::io::IsTerminal;
use std::path::Path;

use signet_seal::format::bitnami;
use signet_seal::{Certificate, Scope, text};

use super::files::{self, Output};
use super::options::Options;
use crate::World;
use crate::error::{Context, Error, Result};
use crate::io::{self, Input};

/// Seals the value.
///
/// # Errors
/// Namespace or name is missing where the scope needs it; the value cannot be read.
pub fn run(
    options: &Options<'_>,
    output: Output,
    certificate: &Certificate,
    world: &mut World,
) -> Result<()> {
    let (scope, _) = options.scope();
    let namespace = namespace(options, scope)?;
    let name = options.name.unwrap_or_default();
    if scope == Scope::Strict && name.is_empty() {
        return Err(missing("name", scope));
    }
    let value = value(options.from_file)?;
    let label = scope.label(&namespace, name);
    let sealer = bitnami::sealer(certificate).at("certificate")?;
    let item = sealer
        .seal(&mut world.rng, &label, &value.bytes)
        .at("--raw")?;
    output.deliver(text::encode(&item).as_bytes())
}

fn namespace(options: &Options<'_>, scope: Scope) -> Result<String> {
    if scope == Scope::ClusterWide {
        return Ok(String::new());
    }
    match options.default_namespace()? {
        Some(namespace) => Ok(namespace),
        // The words are client-go's: scripts know them.
        None => Err(Error::new(
            "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable",
        )
        .hint(missing("namespace", scope).message())),
    }
}

fn missing(flag: &str, scope: Scope) -> Error {
    Error::new(format!(
        "must provide the --{flag} flag with --raw and --scope {scope}"
    ))
}

/// From the one file, whose name for the value is passed over; else from standard input.
fn value(from_file: &[String]) -> Result<Input> {
    match from_file {
        [] => {
            if std::io::stdin().is_terminal() {
                files::hint("(tty detected: expecting a secret to encrypt in stdin)");
            }
            io::read_standard_input()
        }
        [one] => {
            let path = one.split_once('=').map_or(one.as_str(), |(_, path)| path);
            files::read_file(Path::new(path))
        }
        _ => Err(Error::new(
            "must provide only one --from-file when encrypting a single item with --raw",
        )),
    }
}
