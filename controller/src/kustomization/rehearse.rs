//! A rehearsal of everything, so that a commit with one bad object applies nothing of it.

use std::collections::{HashMap, HashSet};

use futures::{FutureExt, StreamExt, stream};
use serde_json::Value;
use signet_api::names;
use signet_cluster::{ApiError, Applied, Kind, Mode};
use signet_engine::adopt::only_lets_go;
use signet_engine::ignore;
use signet_engine::seen::Seen;
use signet_engine::verdict::Verdict;

use super::failure::Failure;
use super::plan::{Plan, Step};
use crate::places::Place;
use crate::wake::Key;
use crate::world::World;

/// Where objects are rehearsed whose own namespace is made by the same commit.
const REHEARSAL_NAMESPACE: &str = "default";
/// How many rejected objects a message lists.
const LISTED: usize = 10;

/// Sends everything that will be written as a dry run. Notes in the plan what can only be changed by
/// making it anew, where that is allowed; and of what is ignored in part, whether it is to be written
/// at all, and as what.
///
/// # Errors
/// Every object that the API server rejects, with file, line and its cause. Nothing was written.
pub async fn all(
    world: &World,
    place: &Place,
    key: &Key,
    plan: &mut Plan,
    ignored: &ignore::Rules,
) -> Result<(), Failure> {
    check_kinds(plan)?;
    let coming = namespaces_to_come(plan);
    let rehearsal = Rehearsal {
        plan,
        coming,
        ignored,
    };
    let todo = plan.steps().enumerate();
    let todo = todo.filter(|(_, step)| rehearsal.wants(step));
    let calls: Vec<_> = todo
        .map(|(number, step)| {
            let rehearsed = rehearsal.one(step);
            async move { (number, rehearsed.await) }.boxed()
        })
        .collect();
    let results: Vec<_> = stream::iter(calls)
        .buffered(world.settings.concurrent_apply)
        .collect()
        .await;
    let (mut found, mut rejected) = (HashMap::new(), Vec::new());
    for (number, result) in results {
        match result {
            Ok(rehearsed) => drop(found.insert(number, rehearsed)),
            Err(rejection) => rejected.push(rejection),
        }
    }
    if let Some(failure) = refusal(&rejected) {
        return Err(failure);
    }
    for (number, (_, step)) in plan.steps_mut().enumerate() {
        match found.remove(&number) {
            Some(Rehearsed::Anew) => step.anew = true,
            Some(Rehearsed::As(payload)) => step.payload = Some(payload),
            Some(Rehearsed::Settled(seen)) => {
                place
                    .owned
                    .settled(&step.manifest.id, key, &step.digest, *seen);
                step.verdict = Verdict::Leave;
            }
            Some(Rehearsed::Fine) | None => {}
        }
    }
    Ok(())
}

/// What the rejected objects come to. One that the API server calls invalid stays so until a commit
/// mends it, and nobody need wait for more.
fn refusal(rejected: &[(&Step, ApiError)]) -> Option<Failure> {
    let mut lines: Vec<String> = rejected
        .iter()
        .take(LISTED)
        .map(|(step, error)| rejection(step, error, true))
        .collect();
    if rejected.len() > LISTED {
        lines.push(format!("and {} more", rejected.len() - LISTED));
    }
    let message = lines.join("\n");
    let all = |holds: fn(&ApiError) -> bool| rejected.iter().all(|(_, error)| holds(error));
    let failure = if all(ApiError::is_transient) {
        Failure::transient("ReconciliationFailed", message)
    } else if !all(|error| !is_invalid(error)) {
        Failure::terminal("ReconciliationFailed", message)
    } else {
        Failure::new("ReconciliationFailed", message)
    };
    (!rejected.is_empty()).then_some(failure)
}

fn is_invalid(error: &ApiError) -> bool {
    matches!(error.code, 400 | 422)
}

/// A kind that the cluster does not know must be defined by the same commit.
fn check_kinds(plan: &Plan) -> Result<(), Failure> {
    let unknown = plan
        .steps()
        .filter(|step| step.writes() && step.kind.is_none());
    let undefined: Vec<String> = unknown
        .filter(|s| !defined(plan, s))
        .map(unknown_kind)
        .collect();
    if undefined.is_empty() {
        return Ok(());
    }
    Err(Failure::transient(
        "ReconciliationFailed",
        undefined.join("\n"),
    ))
}

fn defined(plan: &Plan, step: &Step) -> bool {
    plan.steps()
        .filter(|other| other.manifest.id.kind == "CustomResourceDefinition")
        .any(|other| {
            let text = |path: &str| other.manifest.body.pointer(path).and_then(Value::as_str);
            let id = &step.manifest.id;
            text("/spec/group") == Some(&id.group) && text("/spec/names/kind") == Some(&id.kind)
        })
}

/// What is said of an object whose kind nobody has defined.
pub fn unknown_kind(step: &Step) -> String {
    let id = &step.manifest.id;
    let (origin, kind, version) = (&step.manifest.origin, &id.kind, id.api_version());
    format!(
        "{origin}: {id}: the cluster does not know the kind {kind} of {version}; install its definition first"
    )
}

/// What a dry run came to.
enum Rehearsed {
    /// It can be sent.
    Fine,
    /// It has to be made anew.
    Anew,
    /// It is to be sent as this.
    As(Value),
    /// Only what is ignored has changed, or only who owns what.
    Settled(Box<Seen>),
}

struct Rehearsal<'a> {
    plan: &'a Plan,
    coming: HashSet<String>,
    ignored: &'a ignore::Rules,
}

impl Rehearsal<'_> {
    fn wants(&self, step: &Step) -> bool {
        let judged = self.ignores_in(step) || is_adopted(step);
        let verifies = step.verdict == Verdict::Verify && judged;
        step.kind.is_some() && (step.writes() || verifies)
    }

    fn ignores_in(&self, step: &Step) -> bool {
        step.seen.is_some() && self.ignored.concern(&step.manifest.body)
    }

    async fn one<'s>(&self, step: &'s Step) -> Result<Rehearsed, (&'s Step, ApiError)> {
        let Some(kind) = &step.kind else {
            return Ok(Rehearsed::Fine);
        };
        let sent = if step.anew || self.is_to_come(step) {
            self.make(kind, step).await.map(|()| Rehearsed::Fine)
        } else {
            self.over(kind, step).await
        };
        let sent = match sent {
            // An object that could not be made again must not be deleted.
            Err(error) if step.force && is_immutable(&error) => {
                self.make(kind, step).await.map(|()| Rehearsed::Anew)
            }
            sent => sent,
        };
        sent.map_err(|error| (step, error))
    }

    /// Whether its namespace is of the same commit.
    fn is_to_come(&self, step: &Step) -> bool {
        let namespace = step.manifest.id.namespace.as_deref();
        namespace.is_some_and(|namespace| self.coming.contains(namespace))
    }

    async fn make(&self, kind: &Kind, step: &Step) -> Result<(), ApiError> {
        let namespace = step.manifest.id.namespace.as_deref();
        let namespace = namespace.filter(|_| !self.is_to_come(step));
        let namespace = namespace.unwrap_or(REHEARSAL_NAMESPACE);
        let (applier, body) = (&self.plan.applier, &step.manifest.body);
        applier.rehearse_create(kind, body, namespace).await
    }

    async fn over(&self, kind: &Kind, step: &Step) -> Result<Rehearsed, ApiError> {
        let (applier, body) = (&self.plan.applier, &step.manifest.body);
        let ignores = self.ignores_in(step);
        let live = if ignores {
            let id = &step.manifest.id;
            applier.get(kind, id.namespace.as_deref(), &id.name).await?
        } else {
            None
        };
        let rehearsed = applier.apply(kind, body, Mode::Rehearse).await?;
        let Some(live) = live else {
            return Ok(self.adopted(kind, step, &rehearsed).await);
        };
        let seen = Seen::of(&live, names::FIELD_MANAGER, applier.overridden());
        let same = self.ignored.same(&live, &rehearsed.body) && !step.takes_fields();
        Ok(match seen.filter(|_| same) {
            Some(seen) => Rehearsed::Settled(Box::new(seen)),
            None => Rehearsed::As(self.ignored.payload(
                body,
                &live,
                &rehearsed.body,
                names::FIELD_MANAGER,
            )),
        })
    }

    /// What another process applied is left as it is where to apply it would change nothing but who
    /// owns which of its fields. Whoever may not look at it writes it.
    async fn adopted(&self, kind: &Kind, step: &Step, rehearsed: &Applied) -> Rehearsed {
        let owned = |seen: &Seen| seen.ownership.clone();
        let is_same = step.seen.as_ref().map(owned) == Some(owned(&rehearsed.seen));
        if is_same || !is_adopted(step) {
            return Rehearsed::Fine;
        }
        let (applier, id) = (&self.plan.applier, &step.manifest.id);
        let live = applier.get(kind, id.namespace.as_deref(), &id.name).await;
        let live = live.ok().flatten();
        let same = live.filter(|live| only_lets_go(live, &rehearsed.body, names::FIELD_MANAGER));
        let seen =
            same.and_then(|live| Seen::of(&live, names::FIELD_MANAGER, applier.overridden()));
        seen.map_or(Rehearsed::Fine, |seen| Rehearsed::Settled(Box::new(seen)))
    }
}

/// Whether the object was applied by another process, an earlier one of ours or Flux's, so that fields
/// of it may be ours that are not declared.
fn is_adopted(step: &Step) -> bool {
    let compares = matches!(step.verdict, Verdict::Configure | Verdict::Verify);
    let seen = step.seen.as_ref().filter(|_| step.adopted && compares);
    seen.is_some_and(|seen| !seen.ownership.is_empty() && !seen.last_applied)
        && !step.takes_fields()
}

/// Whether a field was changed that cannot be changed; no other reason to reject an object is one to
/// delete it.
fn is_immutable(error: &ApiError) -> bool {
    const WORDS: [&str; 5] = [
        "is immutable",
        "immutable field",
        "may not be changed",
        "may not change once set",
        "cannot be changed",
    ];
    let said = error.message.to_lowercase();
    let forbidden = said.contains("updates to ") && said.contains(" forbidden");
    is_invalid(error) && (forbidden || WORDS.iter().any(|word| said.contains(word)))
}

fn namespaces_to_come(plan: &Plan) -> HashSet<String> {
    plan.steps()
        .filter(|step| step.manifest.id.kind == "Namespace" && step.verdict == Verdict::Create)
        .map(|step| step.manifest.id.name.clone())
        .collect()
}

/// Flux's words for a rejected object, with the place in the repository behind them.
pub fn rejection(step: &Step, error: &ApiError, rehearsed: bool) -> String {
    let what = if rehearsed {
        "dry-run failed"
    } else {
        "apply failed"
    };
    let said = error.message.trim_end();
    let message = if step.hidden {
        hushed(said)
    } else {
        said.to_owned()
    };
    format!(
        "{} {what} ({}): {message} ({})",
        step.manifest.id, error.reason, step.manifest.origin
    )
}

/// What the API server says, without the values that it quotes.
fn hushed(said: &str) -> String {
    let mut told = String::with_capacity(said.len());
    let mut rest = said;
    while let Some((before, quoted)) = rest.split_once('"') {
        told.push_str(before);
        told.push_str("\"…\"");
        rest = after_quote(quoted);
    }
    told.push_str(rest);
    told
}

/// What follows the end of a quotation, as Go writes one.
fn after_quote(quoted: &str) -> &str {
    let mut escaped = false;
    for (at, letter) in quoted.char_indices() {
        match letter {
            '"' if !escaped => return &quoted[at + 1..],
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_values_are_not_repeated() {
        let said = r#"spec.port: Invalid value: "a \"b\" c": must be a number, not "d""#;
        assert_eq!(
            hushed(said),
            r#"spec.port: Invalid value: "…": must be a number, not "…""#
        );
        assert_eq!(hushed(r#"got "never closed"#), r#"got "…""#);
    }
}
