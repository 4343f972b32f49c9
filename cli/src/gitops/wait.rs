//! Asking for a run and following it: by a watch, until the status answers what was asked.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use signet_api::names::REQUESTED_AT;

use super::stand::{self, Stand};
use super::{FluxKind, Named};
use crate::error::{Error, Result};
use crate::io;
use crate::online::{Follow, Online};

/// Under which name the fields stand that the command line writes.
const MANAGER: &str = "signet";

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Until {
    /// The run that this `requestedAt` asks for.
    Handled(String),
    /// The status speaks of this generation.
    Generation(i64),
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not there yet; says what goes on.
    Waiting(String),
    /// It is ready; what it says, and at which commit.
    Ready(String),
    /// It is over and did not succeed.
    Failed(String),
}

/// Judges an object as it is now.
pub fn progress(kind: FluxKind, object: &Value, until: &Until) -> Progress {
    let stand = Stand::of(kind, object);
    if !answers(object, until) {
        let going = stand::condition(object, "Reconciling");
        let going = going.and_then(|it| it["message"].as_str());
        return Progress::Waiting(going.unwrap_or("waiting for the controller").to_owned());
    }
    let told = || {
        let mark = if stand.stalled {
            "Stalled"
        } else {
            "not ready"
        };
        format!("{mark} ({}): {}", stand.reason, stand.message)
    };
    match stand.ready.as_str() {
        "True" => Progress::Ready(stand.message),
        "False" => Progress::Failed(told()),
        _ if stand.stalled => Progress::Failed(told()),
        _ => Progress::Waiting(stand.message),
    }
}

/// Whether the status says something about what was asked.
fn answers(object: &Value, until: &Until) -> bool {
    match until {
        Until::Handled(token) => object["status"]["lastHandledReconcileAt"] == **token,
        Until::Generation(generation) => {
            let ready = stand::condition(object, "Ready");
            ready.is_some_and(|it| it["observedGeneration"] == *generation)
        }
    }
}

/// Asks for a run now, and waits for its end.
///
/// # Errors
/// It is suspended, may not be annotated, does not succeed, or takes longer than `limit`.
pub fn reconcile(online: &Online, named: &Named, now: Timestamp, limit: Duration) -> Result<()> {
    let (_, object) = named.read(online)?;
    if stand::is_suspended(&object) {
        return Err(Error::new(format!("{named} is suspended")).hint(named.command("resume")));
    }
    let token = now.to_string();
    patch(
        online,
        named,
        &json!({"metadata": {"annotations": {REQUESTED_AT: token}}}),
    )?;
    io::note(&format!("asked for a run of {named}"));
    follow(online, named, &Until::Handled(token), limit)
}

/// Changes the object; gives it back as it is then.
///
/// # Errors
/// What the API server says.
pub fn patch(online: &Online, named: &Named, patch: &Value) -> Result<Value> {
    let kind = named.kind.resource(online)?;
    let patched = online.merge_patch(&kind, &named.namespace, &named.name, patch, MANAGER);
    patched.map_err(|cause| {
        let error = named.refused(&cause);
        match cause.is_forbidden() {
            true => error.hint(format!(
                "you need the right to patch it: kubectl auth can-i patch {}",
                named.kind.name().to_lowercase()
            )),
            false => error,
        }
    })
}

/// Waits for the end of a run; each new thing that goes on is told on standard error.
///
/// # Errors
/// It does not succeed, with the reason; it goes; it takes longer than `limit`.
pub fn follow(online: &Online, named: &Named, until: &Until, limit: Duration) -> Result<()> {
    let kind = named.kind.resource(online)?;
    let mut told = String::new();
    let end = online.follow(&kind, &named.id(), limit, |seen| {
        let Some(object) = seen else {
            return Some(Err(Error::new(format!("{named} is gone"))));
        };
        match progress(named.kind, object, until) {
            Progress::Ready(message) => Some(Ok(message)),
            Progress::Failed(why) => Some(Err(
                Error::new(format!("{named}: {why}")).hint(named.command("explain"))
            )),
            Progress::Waiting(what) => {
                if what != told {
                    io::note(&what);
                    told = what;
                }
                None
            }
        }
    });
    match end {
        Follow::Ended(end) => {
            end.and_then(|message| io::print(format!("{named}: {message}\n").as_bytes()))
        }
        Follow::TimeUp(trouble) => {
            let trouble = trouble.map_or_else(String::new, |it| format!("; watching it: {it}"));
            let last = if told.is_empty() {
                "nothing was heard of it"
            } else {
                &told
            };
            Err(Error::new(format!(
                "{named}: not over after {} seconds: {last}{trouble}",
                limit.as_secs()
            ))
            .hint("is a controller running? --timeout waits longer")
            .hint(named.command("explain")))
        }
        Follow::Refused(cause) => Err(named
            .refused(&cause)
            .hint("following it takes the right to watch it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(ready: &str, handled: &str, stalled: bool) -> Value {
        json!({"status": {"lastHandledReconcileAt": handled, "conditions": [
            {"type": "Ready", "status": ready, "reason": "R", "message": "m", "observedGeneration": 2},
            {"type": "Stalled", "status": if stalled { "True" } else { "False" }},
            {"type": "Reconciling", "status": "True", "message": "fetching"},
        ]}})
    }

    #[test]
    fn only_the_run_that_was_asked_for_ends_the_wait() {
        let of = |object: &Value, until| progress(FluxKind::Kustomization, object, until);
        let asked = Until::Handled("now".to_owned());
        let waiting = |what: &str| Progress::Waiting(what.to_owned());
        assert_eq!(
            of(&object("True", "before", false), &asked),
            waiting("fetching")
        );
        assert_eq!(
            of(&object("False", "before", true), &asked),
            waiting("fetching")
        );
        assert_eq!(of(&object("Unknown", "now", false), &asked), waiting("m"));
        assert_eq!(
            of(&object("True", "now", false), &asked),
            Progress::Ready("m".to_owned())
        );
        let failed = |what: &str| Progress::Failed(what.to_owned());
        assert_eq!(
            of(&object("False", "now", false), &asked),
            failed("not ready (R): m")
        );
        assert_eq!(
            of(&object("False", "now", true), &asked),
            failed("Stalled (R): m")
        );
        assert_eq!(
            of(&json!({}), &asked),
            waiting("waiting for the controller")
        );
    }

    #[test]
    fn a_status_of_an_earlier_generation_does_not_count() {
        let of = |generation| {
            progress(
                FluxKind::GitRepository,
                &object("True", "", false),
                &Until::Generation(generation),
            )
        };
        assert_eq!(of(3), Progress::Waiting("fetching".to_owned()));
        assert_eq!(of(2), Progress::Ready("m".to_owned()));
    }
}
