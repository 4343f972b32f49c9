//! `signet reconcile`: a run now, and its end. `suspend` and `resume` stand beside it, because
//! resuming is followed in the same way.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use signet_api::duration;

use crate::args::ClusterArgs;
use crate::error::{Error, Result};
use crate::gitops::wait::{self, Until};
use crate::gitops::{FluxKind, Named, ObjectArgs, stand};
use crate::online::Online;
use crate::settings::Target;
use crate::{World, io};

/// Flags of `reconcile`
#[derive(Args, Debug)]
#[command(
    after_help = "Example: signet reconcile kustomization apps -n demo --with-source\n\n\
    Exit code 1 if the run fails, with the reason; what it waits for meanwhile is told on standard \
    error."
)]
pub struct ReconcileArgs {
    #[command(flatten)]
    object: ObjectArgs,
    /// Fetch the source of the Kustomization first
    #[arg(long)]
    with_source: bool,
    /// How long to wait for each run, such as 90s
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = time)]
    timeout: Duration,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Flags of `suspend`
#[derive(Args, Debug)]
#[command(after_help = "Example: signet suspend kustomization apps -n demo")]
pub struct SuspendArgs {
    #[command(flatten)]
    object: ObjectArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Flags of `resume`
#[derive(Args, Debug)]
#[command(after_help = "Example: signet resume kustomization apps -n demo")]
pub struct ResumeArgs {
    #[command(flatten)]
    object: ObjectArgs,
    /// How long to wait for the run that follows, such as 90s
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = time)]
    timeout: Duration,
    /// Do not wait for it
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Asks for a run and waits for its end.
///
/// # Errors
/// See [`wait::reconcile`].
pub fn run(args: ReconcileArgs, world: &World) -> Result<()> {
    let online = Online::connect(&Target::new(args.cluster, &world.environment))?;
    let named = Named::of(&args.object, &online)?;
    if args.with_source {
        if named.kind != FluxKind::Kustomization {
            return Err(Error::usage("--with-source is for Kustomizations"));
        }
        let (_, object) = named.read(&online)?;
        wait::reconcile(&online, &source(&named, &object)?, world.now, args.timeout)?;
    }
    wait::reconcile(&online, &named, world.now, args.timeout)
}

/// Has an object left alone.
///
/// # Errors
/// It is not there, or may not be changed.
pub fn suspend(args: SuspendArgs, world: &World) -> Result<()> {
    let online = Online::connect(&Target::new(args.cluster, &world.environment))?;
    let named = Named::of(&args.object, &online)?;
    named.read(&online)?;
    wait::patch(&online, &named, &json!({"spec": {"suspend": true}}))?;
    io::print(format!("{named} is suspended\n").as_bytes())?;
    io::note(&format!(
        "it stays as it is until: {}",
        named.command("resume")
    ));
    Ok(())
}

/// Has an object looked after again, and waits for its first run.
///
/// # Errors
/// It is not there, may not be changed, or the run does not succeed.
pub fn resume(args: ResumeArgs, world: &World) -> Result<()> {
    let online = Online::connect(&Target::new(args.cluster, &world.environment))?;
    let named = Named::of(&args.object, &online)?;
    let (_, before) = named.read(&online)?;
    if !stand::is_suspended(&before) {
        io::note(&format!("{named} was not suspended"));
    }
    let object = wait::patch(&online, &named, &json!({"spec": {"suspend": false}}))?;
    if args.no_wait {
        return io::print(format!("{named} is resumed\n").as_bytes());
    }
    let generation = object["metadata"]["generation"]
        .as_i64()
        .unwrap_or_default();
    wait::follow(
        &online,
        &named,
        &Until::Generation(generation),
        args.timeout,
    )
}

/// The GitRepository of a Kustomization.
fn source(named: &Named, object: &Value) -> Result<Named> {
    let reference = &object["spec"]["sourceRef"];
    let text = |field: &str| reference[field].as_str().unwrap_or_default();
    if text("kind") != FluxKind::GitRepository.name() {
        let what = format!(
            "{named}: its source is of kind {}, which is not Signet's",
            text("kind")
        );
        return Err(Error::new(what).hint("reconcile it without --with-source"));
    }
    let namespace = Some(text("namespace")).filter(|it| !it.is_empty());
    Ok(Named {
        kind: FluxKind::GitRepository,
        namespace: namespace.unwrap_or(&named.namespace).to_owned(),
        name: text("name").to_owned(),
    })
}

pub(super) fn time(text: &str) -> Result<Duration, String> {
    duration::parse(text).ok_or_else(|| "write a duration such as 90s, 5m or 1h30m".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    #[test]
    fn the_source_is_in_the_namespace_of_its_kustomization_unless_it_says_another() {
        let named = Named {
            kind: FluxKind::Kustomization,
            namespace: "demo".to_owned(),
            name: "apps".to_owned(),
        };
        let of = |reference: Value| source(&named, &json!({"spec": {"sourceRef": reference}}));
        let plain = of(json!({"kind": "GitRepository", "name": "git"})).unwrap();
        assert_eq!(plain.to_string(), "GitRepository/demo/git");
        let other = of(json!({"kind": "GitRepository", "name": "git", "namespace": "flux-system"}))
            .unwrap();
        assert_eq!(other.to_string(), "GitRepository/flux-system/git");
        assert!(of(json!({"kind": "Bucket", "name": "git"})).is_err());
    }
}
