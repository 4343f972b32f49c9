//! The chain of a source or a Kustomization: statuses in, steps out; no request is made here.
//!
//! ```text
//! GitRepository   object → fetch → verify → artifact
//! Kustomization   object → source → dependencies → build → apply → hooks → prune → health → unsealed
//! ```
//! A run goes through them in this order and says at which it stopped: what is before has passed, what
//! is behind has not been reached and is left out.

use serde_json::Value;

use super::chain::{Chain, State, Step};
use crate::gitops::{FluxKind, Named, Stand, stand};

/// What was found out.
pub struct Facts {
    /// Which object.
    pub named: Named,
    /// The object itself.
    pub object: Value,
    /// The source of a Kustomization, if it is there and may be read.
    pub source: Option<Value>,
    /// SealedSecrets of the inventory that are not synced, each with what its condition says.
    pub sealed: Vec<(String, String)>,
}

/// A stage of a run, and the reasons of `Ready` that stop at it.
struct Stage {
    name: &'static str,
    reasons: &'static [&'static str],
    remedy: &'static str,
}

const FETCHING: [Stage; 3] = [
    Stage {
        name: "fetch",
        reasons: &[
            "GitOperationFailed",
            "AuthenticationFailed",
            "URLInvalid",
            "UnsupportedField",
        ],
        remedy: "The last artifact is still served. The controller tries again by itself, unless it says that that is of no use.",
    },
    Stage {
        name: "verify",
        reasons: &[
            "InvalidCommitSignature",
            "VerificationError",
            "InvalidVerificationSpec",
        ],
        remedy: "Nothing of a commit that is not signed as asked is used: sign it, or add the key to the Secret of spec.verify.",
    },
    Stage {
        name: "artifact",
        reasons: &[
            "StorageOperationFailed",
            "DirectoryCreationFailed",
            "IncludeUnavailable",
        ],
        remedy: "It is the controller's storage or an included source, not the repository.",
    },
];

const SYNCING: [Stage; 6] = [
    Stage {
        name: "dependencies",
        reasons: &["DependencyNotReady"],
        remedy: "It begins as soon as what it depends on is ready: explain that one.",
    },
    Stage {
        name: "build",
        reasons: &[
            "ArtifactFailed",
            "BuildFailed",
            "UnsupportedField",
            "AccessDenied",
            "InvalidSpec",
        ],
        remedy: "Nothing was applied. Mend the file or field that is named, and commit.",
    },
    Stage {
        name: "apply",
        reasons: &["ReconciliationFailed"],
        remedy: "The API server did not take it. Nothing of a commit is applied before all of it was rehearsed.",
    },
    Stage {
        name: "hooks",
        reasons: &["HookFailed"],
        remedy: "Look at the Job that is named; it runs again with the next attempt, or when asked.",
    },
    Stage {
        name: "prune",
        reasons: &["PruneHeld", "PruneFailed"],
        remedy: "All is applied; what left the repository is still there until somebody confirms.",
    },
    Stage {
        name: "health",
        reasons: &["HealthCheckFailed"],
        remedy: "All is applied; an object that was checked is not healthy.",
    },
];

/// Judges.
pub fn judge(facts: &Facts) -> Chain {
    let mut chain = Chain::default();
    let state = Stand::of(facts.named.kind, &facts.object);
    chain.push(object(facts, &state));
    if state.suspended {
        return chain;
    }
    match facts.named.kind {
        FluxKind::GitRepository => stages(&mut chain, facts, &state, &FETCHING),
        FluxKind::Kustomization => {
            chain.push(source(facts));
            if chain.blocker().is_none() || state.ready == "True" {
                stages(&mut chain, facts, &state, &SYNCING);
            }
            unsealed(&mut chain, facts);
            rolled_back(&mut chain, facts);
        }
    }
    chain
}

fn object(facts: &Facts, state: &Stand) -> Step {
    if state.suspended {
        return Step::new(State::Blocked, "object", "it is suspended")
            .means("Nobody looks after it: it stays as it was.")
            .then(facts.named.command("resume"));
    }
    let generation = &facts.object["metadata"]["generation"];
    let seen = &facts.object["status"]["observedGeneration"];
    if state.message == "not looked at yet" || (seen.is_i64() && seen != generation) {
        return Step::new(
            State::Warning,
            "object",
            "its newest form was not looked at yet",
        )
        .means("If that stays so, no controller looks after this kind.");
    }
    Step::good("object", "it is there, and looked after")
}

/// The source is explained by itself; here it counts whether there is a commit.
fn source(facts: &Facts) -> Step {
    let reference = &facts.object["spec"]["sourceRef"];
    let text = |field: &str| reference[field].as_str().unwrap_or_default();
    let name = format!("{}/{}", text("kind"), text("name"));
    let Some(source) = &facts.source else {
        return Step::new(State::Blocked, "source", format!("{name} is not there"))
            .means("spec.sourceRef names it; it is looked for in the same namespace unless it says another.");
    };
    let state = Stand::of(FluxKind::GitRepository, source);
    let other = Named {
        kind: FluxKind::GitRepository,
        namespace: state.namespace.clone(),
        name: state.name.clone(),
    };
    let next = explaining(&other);
    match (&state.revision, state.ready.as_str()) {
        (Some(revision), "True") => {
            Step::good("source", format!("{name} is at {}", stand::short(revision)))
        }
        (Some(revision), _) => {
            let says = format!(
                "{name} is still at {}: {}",
                stand::short(revision),
                state.message
            );
            Step::new(State::Warning, "source", says)
                .means("Newer commits do not arrive; what is there is kept applied.")
                .then(next)
        }
        (None, _) => Step::new(
            State::Blocked,
            "source",
            format!("{name} has no commit: {}", state.message),
        )
        .means("Nothing can be applied before it has one.")
        .then(next),
    }
}

fn stages(chain: &mut Chain, facts: &Facts, state: &Stand, all: &[Stage]) {
    let message = state.message.replace('\n', "; ");
    let stopped = all
        .iter()
        .position(|stage| stage.reasons.contains(&state.reason.as_str()));
    let passed = match (state.ready.as_str(), stopped) {
        ("True", _) => all.len(),
        (_, Some(stopped)) => stopped,
        _ => 0,
    };
    for stage in all.iter().take(passed) {
        chain.push(Step::good(stage.name, "passed"));
    }
    match (state.ready.as_str(), stopped.and_then(|at| all.get(at))) {
        ("True", _) => chain.push(Step::good("ready", message)),
        ("False", Some(stage)) => chain.push(
            Step::new(State::Blocked, stage.name, message)
                .means(stage.remedy)
                .then(facts.named.command("reconcile")),
        ),
        ("False", None) => {
            let says = format!("{}: {message}", state.reason);
            chain.push(Step::new(State::Blocked, "ready", says));
        }
        _ => {
            let going = stand::condition(&facts.object, "Reconciling");
            let going = going
                .and_then(|it| it["message"].as_str())
                .unwrap_or(&message);
            chain.push(
                Step::new(State::Warning, "ready", going.replace('\n', "; "))
                    .means("A run is going on, or waits."),
            );
        }
    }
}

/// Secrets that are to come out of what was applied.
fn unsealed(chain: &mut Chain, facts: &Facts) {
    for (name, why) in &facts.sealed {
        let says = format!("{name}: {}", why.replace('\n', "; "));
        let step = Step::new(State::Blocked, "unsealed", says);
        chain.push(
            step.means("It is applied, and does not become a Secret.")
                .then(format!("signet explain {name}")),
        );
    }
}

fn rolled_back(chain: &mut Chain, facts: &Facts) {
    let condition = stand::condition(&facts.object, "RolledBack");
    if let Some(why) = condition.and_then(|it| it["message"].as_str()) {
        let step = Step::new(State::Warning, "rollback", why);
        let undo = format!("{} --undo", facts.named.command("rollback"));
        chain.push(
            step.means("The newest commit is left out on purpose.")
                .then(undo),
        );
    }
}

fn explaining(named: &Named) -> String {
    format!(
        "signet explain {}/{} -n {}",
        named.kind.name(),
        named.name,
        named.namespace
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(kind: FluxKind, status: &Value) -> Facts {
        let named = Named {
            kind,
            namespace: "demo".to_owned(),
            name: "apps".to_owned(),
        };
        let ready =
            json!([{"type": "Ready", "status": "True", "reason": "Succeeded", "message": "m"}]);
        Facts {
            named,
            object: json!({
                "metadata": {"name": "apps", "namespace": "demo", "generation": 1},
                "spec": {"sourceRef": {"kind": "GitRepository", "name": "git"}},
                "status": status,
            }),
            source: Some(json!({
                "metadata": {"name": "git", "namespace": "demo"},
                "status": {"artifact": {"revision": "main@sha1:0123456789abcdef"}, "conditions": ready},
            })),
            sealed: Vec::new(),
        }
    }

    fn said(ready: &str, reason: &str, message: &str) -> Value {
        json!({"observedGeneration": 1, "conditions": [
            {"type": "Ready", "status": ready, "reason": reason, "message": message},
        ]})
    }

    fn shown(chain: &Chain) -> String {
        let lines = chain
            .steps
            .iter()
            .map(|step| format!("{} {}: {}\n", step.state.word(), step.name, step.says));
        lines.collect()
    }

    #[test]
    fn a_run_has_passed_what_is_before_the_stage_at_which_it_stopped() {
        let of = |ready, reason, message| {
            shown(&judge(&facts(
                FluxKind::Kustomization,
                &said(ready, reason, message),
            )))
        };
        insta::assert_snapshot!(of("False", "ReconciliationFailed", "Service/a/b dry-run failed"), @r"
        ok object: it is there, and looked after
        ok source: GitRepository/git is at main@sha1:01234567
        ok dependencies: passed
        ok build: passed
        blocked apply: Service/a/b dry-run failed
        ");
        assert!(
            of("True", "ReconciliationSucceeded", "Applied")
                .ends_with("ok health: passed\nok ready: Applied\n")
        );
        assert!(of("False", "Strange", "why").ends_with("blocked ready: Strange: why\n"));
        assert!(of("Unknown", "Progressing", "waits").ends_with("warning ready: waits\n"));
    }

    #[test]
    fn what_is_below_and_beside_counts_too() {
        let mut well = facts(
            FluxKind::Kustomization,
            &said("True", "ReconciliationSucceeded", "Applied"),
        );
        well.sealed = vec![(
            "demo/db".to_owned(),
            "no key could decrypt secret (a)".to_owned(),
        )];
        let chain = judge(&well);
        assert_eq!(chain.blocker().map(|step| step.name), Some("unsealed"));
        well.source = None;
        let chain = judge(&well);
        assert_eq!(chain.blocker().map(|step| step.name), Some("source"));
        let mut left = facts(FluxKind::GitRepository, &json!({}));
        left.object["spec"]["suspend"] = true.into();
        let chain = judge(&left);
        assert_eq!(chain.steps.len(), 1);
        assert_eq!(chain.blocker().map(|step| step.name), Some("object"));
        let verify = said("False", "InvalidCommitSignature", "unsigned");
        let chain = judge(&facts(FluxKind::GitRepository, &verify));
        assert_eq!(chain.blocker().map(|step| step.name), Some("verify"));
    }
}
