//! `signet rollback`: back to a commit that was applied before, until a newer one than the bad one
//! arrives. The controller does it; here it is asked for, and followed.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use signet_api::kustomization::Snapshot;
use signet_api::names::{REQUESTED_AT, ROLLBACK_FROM, ROLLBACK_TO};
use signet_engine::rollback;

use super::reconcile::time;
use crate::args::ClusterArgs;
use crate::error::{Error, Result};
use crate::gitops::wait::{self, Until};
use crate::gitops::{FluxKind, Named, ObjectArgs, stand};
use crate::online::Online;
use crate::settings::Target;
use crate::{World, io};

/// Flags of `rollback`
#[derive(Args, Debug)]
#[command(after_help = "Example: signet rollback kustomization apps -n demo\n\n\
    It holds until the source has a newer commit than the one that is left out. Needs no Git server. \
    Exit code 1 if the run fails, with the reason.")]
pub struct RollbackArgs {
    #[command(flatten)]
    object: ObjectArgs,
    /// Go back to this revision, or to the commit with these first digits, seven or more [default:
    /// what was applied before]
    #[arg(long, value_name = "REVISION")]
    to: Option<String>,
    /// Go forward again, to the newest commit
    #[arg(long, conflicts_with = "to")]
    undo: bool,
    /// How long to wait for the run, such as 90s
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = time)]
    timeout: Duration,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Asks for a rollback, or for its end, and waits until it is done.
///
/// # Errors
/// Nothing to go back to; what is named was not applied here; it is suspended, may not be annotated,
/// does not succeed, or takes longer than the time.
pub fn run(args: RollbackArgs, world: &World) -> Result<()> {
    let online = Online::connect(&Target::new(args.cluster, &world.environment))?;
    let named = Named::of(&args.object, &online)?;
    if named.kind != FluxKind::Kustomization {
        return Err(
            Error::usage(format!("{named}: a source is not rolled back"))
                .hint("roll back the Kustomizations that apply it"),
        );
    }
    let (_, object) = named.read(&online)?;
    if stand::is_suspended(&object) {
        return Err(Error::new(format!("{named} is suspended")).hint(named.command("resume")));
    }
    let to = match args.undo {
        true => undone(&named, &object)?,
        false => Some(chosen(&named, &object, args.to.as_deref())?),
    };
    let token = world.now.to_string();
    // The controller notes what it leaves out.
    let annotations = json!({ROLLBACK_TO: to, ROLLBACK_FROM: null, REQUESTED_AT: token});
    wait::patch(
        &online,
        &named,
        &json!({"metadata": {"annotations": annotations}}),
    )?;
    let from = applied(&object).unwrap_or("nothing");
    io::note(&match &to {
        Some(to) => format!("{named}: from {from} back to {to}"),
        None => format!("{named}: from {from} to the newest commit"),
    });
    wait::follow(&online, &named, &Until::Handled(token), args.timeout)
}

fn applied(object: &Value) -> Option<&str> {
    object["status"]["lastAppliedRevision"].as_str()
}

fn annotation<'o>(object: &'o Value, name: &str) -> Option<&'o str> {
    object["metadata"]["annotations"][name].as_str()
}

/// Nothing to go back to: the annotation is taken away.
fn undone(named: &Named, object: &Value) -> Result<Option<String>> {
    match annotation(object, ROLLBACK_TO) {
        Some(_) => Ok(None),
        None => Err(Error::new(format!("{named} is not rolled back"))),
    }
}

/// The revision to go back to: what was named, else the last that is neither applied now nor left
/// out already.
fn chosen(named: &Named, object: &Value, wanted: Option<&str>) -> Result<String> {
    let history: Vec<Snapshot> =
        serde_json::from_value(object["status"]["history"].clone()).unwrap_or_default();
    let known: Vec<&str> = rollback::applied(&history).collect();
    let (now, out) = (applied(object), annotation(object, ROLLBACK_FROM));
    let found = match wanted {
        Some(wanted) => known.iter().find(|it| rollback::names(wanted, it)),
        None => known
            .iter()
            .find(|it| Some(**it) != now && Some(**it) != out),
    };
    let found = found.map(|it| (*it).to_owned());
    found.ok_or_else(|| {
        let what = match wanted {
            Some(wanted) => format!("{named}: {wanted} was not applied here before"),
            None => format!("{named}: nothing else was applied here before"),
        };
        Error::new(what).hint(match known.as_slice() {
            [] => "the status has no history yet".to_owned(),
            known => format!("these were: {}", known.join(", ")),
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    fn named() -> Named {
        Named {
            kind: FluxKind::Kustomization,
            namespace: "demo".to_owned(),
            name: "apps".to_owned(),
        }
    }

    fn object(revisions: &[&str], left_out: Option<&str>) -> Value {
        let line = |revision: &&str| {
            json!({
                "digest": "sha256:a", "firstReconciled": "2026-11-25T12:00:00Z",
                "lastReconciled": "2026-11-25T12:00:00Z", "lastReconciledDuration": "1s",
                "lastReconciledStatus": "ReconciliationSucceeded", "totalReconciliations": 1,
                "metadata": {"revision": revision},
            })
        };
        let history: Vec<Value> = revisions.iter().map(line).collect();
        let mut object = json!({"metadata": {"annotations": {}}, "status": {
            "history": history, "lastAppliedRevision": revisions.first(),
        }});
        if let Some(left_out) = left_out {
            object["metadata"]["annotations"] = json!({ROLLBACK_TO: "x", ROLLBACK_FROM: left_out});
        }
        object
    }

    #[test]
    fn without_a_name_it_goes_one_further_back_each_time() {
        let first = chosen(&named(), &object(&["c", "b", "a"], None), None);
        assert_eq!(first.unwrap(), "b");
        let second = chosen(&named(), &object(&["b", "c", "a"], Some("c")), None);
        assert_eq!(second.unwrap(), "a");
        let error = chosen(&named(), &object(&["a"], None), None).unwrap_err();
        assert!(error.to_string().contains("nothing else"), "{error}");
    }

    #[test]
    fn what_was_not_applied_is_no_place_to_go_back_to() {
        let object = object(&["main@sha1:0123456789", "main@sha1:abcdef0123"], None);
        let found = chosen(&named(), &object, Some("abcdef0"));
        assert_eq!(found.unwrap(), "main@sha1:abcdef0123");
        let error = chosen(&named(), &object, Some("fffffff")).unwrap_err();
        assert!(
            error.to_string().contains("fffffff was not applied"),
            "{error}"
        );
        assert!(undone(&named(), &object).is_err());
    }
}
