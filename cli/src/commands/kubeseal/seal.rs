//! Without any mode: Secrets in, SealedSecrets out.

use signet_seal::format::bitnami;
use signet_seal::{Certificate, Scope};

use super::files::{Output, Source};
use super::options::Options;
use crate::World;
use crate::commands::seal::{self, CopyArgs, Job, Located, NOTHING};
use crate::error::{Context, Error, Result};
use crate::io::{self, Input};

/// Seals what is read.
///
/// # Errors
/// In the peer's words where it has the same error. Nothing is printed or written then, where the
/// peer would have printed what came before.
pub fn run(
    options: &Options<'_>,
    source: Source,
    output: Output,
    certificate: &Certificate,
    world: &mut World,
) -> Result<()> {
    let secrets = secrets(&source.read()?)?;
    let job = job(options, &secrets)?;
    let sealer = bitnami::sealer(certificate).at("certificate")?;
    let sealed = seal::seal(secrets, &job, &*sealer, &mut world.rng)?;
    output.deliver(&sealed)
}

fn job(options: &Options<'_>, secrets: &[Located]) -> Result<Job> {
    let (scope, given) = options.scope();
    // The peer cannot tell a strict that was typed from its default, and so does not heed it.
    let scope = Some(scope).filter(|scope| *scope != Scope::Strict);
    if given && scope.is_none() {
        secrets.iter().for_each(warn_of_a_wider_scope);
    }
    let explicit = options.namespace.is_some();
    let bare = || scope != Some(Scope::ClusterWide) && secrets.iter().any(Located::is_bare);
    let namespace = if explicit || bare() {
        options.default_namespace()?
    } else {
        None
    };
    Ok(Job {
        scope,
        namespace,
        namespace_is_explicit: explicit,
        name: options.name.map(str::to_owned),
        allow_empty: options.is_on("allow-empty-data"),
        format: options.format()?,
        copies: CopyArgs::default(),
        as_kubeseal: true,
    })
}

fn warn_of_a_wider_scope(located: &Located) {
    let annotations = located.secret["metadata"]["annotations"].as_object();
    let texts = annotations.into_iter().flatten();
    let texts = texts.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    let declared = Scope::of_annotations(&texts.collect());
    if declared != Scope::Strict {
        io::warn(&format!(
            "{}: its annotation makes it {declared} in spite of --scope strict, as with kubeseal; take the annotation away",
            located.place
        ));
    }
}

/// The Secrets of the input. One of another kind is sealed as if it were one, and that is said.
///
/// # Errors
/// Input that is no YAML, or has nothing in it.
pub fn secrets(input: &Input) -> Result<Vec<Located>> {
    // What cannot be read the peer takes for nothing, and says no more than that.
    let read = seal::secrets(std::slice::from_ref(input));
    let mut secrets = read.map_err(|cause| match cause.message() {
        NOTHING => cause,
        other => Error::new(NOTHING).hint(other),
    })?;
    for Located { place, secret } in &mut secrets {
        let kind = secret["kind"].as_str().unwrap_or_default().to_owned();
        if kind != "Secret" && !kind.is_empty() && secret.is_object() {
            io::warn(&format!(
                "{place}: {kind} is sealed as if it were a Secret, as kubeseal does"
            ));
            secret["kind"] = "Secret".into();
        }
    }
    Ok(secrets)
}
