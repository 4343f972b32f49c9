//! A rollback: back to a commit that was applied before, until a newer one than the bad one arrives.
//!
//! A revert in Git needs none of this. It is for the time when Git cannot be written, or not soon
//! enough: a person names the revision in an annotation, and the newest commit is left out while it is
//! the newest. Only what was applied before can be named, so that nobody who may write the annotation
//! brings in a commit that nobody had approved.

use std::collections::BTreeMap;

use signet_api::kustomization::Snapshot;
use signet_api::names::{ROLLBACK_FROM, ROLLBACK_TO};

use crate::outcome::SUCCEEDED;

/// What counts, now that `newest` is the newest commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rollback {
    /// Nobody asked.
    Unasked,
    /// It was asked for just now: the newest commit is the bad one, and has to be noted.
    Begins {
        /// The revision to go back to.
        to: String,
    },
    /// It goes on.
    Holds {
        /// The revision to go back to.
        to: String,
    },
    /// A newer commit than the bad one is there.
    Over,
    /// What was asked for cannot be had; a sentence.
    Refused(String),
}

/// Judges the annotations of a Kustomization.
#[must_use]
pub fn judge(
    annotations: Option<&BTreeMap<String, String>>,
    newest: &str,
    history: &[Snapshot],
) -> Rollback {
    let said = |name: &str| {
        annotations
            .and_then(|all| all.get(name))
            .map(String::as_str)
    };
    let Some(wanted) = said(ROLLBACK_TO).filter(|wanted| !wanted.is_empty()) else {
        return Rollback::Unasked;
    };
    let from = said(ROLLBACK_FROM);
    if from.is_some_and(|from| from != newest) {
        return Rollback::Over;
    }
    let Some(to) = applied(history).find(|revision| names(wanted, revision)) else {
        return Rollback::Refused(unknown(wanted, history));
    };
    if to == newest {
        return Rollback::Over;
    }
    let to = to.to_owned();
    match from {
        None => Rollback::Begins { to },
        Some(_) => Rollback::Holds { to },
    }
}

/// The revisions that were applied, newest first.
pub fn applied(history: &[Snapshot]) -> impl Iterator<Item = &str> {
    let well = history
        .iter()
        .filter(|line| line.last_reconciled_status == SUCCEEDED);
    well.filter_map(|line| line.metadata.get("revision").map(String::as_str))
}

/// Whether `wanted` is the revision, its commit, or the first seven digits of that or more.
fn names(wanted: &str, revision: &str) -> bool {
    let commit = revision.rsplit(':').next().unwrap_or_default();
    wanted == revision || (wanted.len() >= 7 && commit.starts_with(wanted))
}

fn unknown(wanted: &str, history: &[Snapshot]) -> String {
    let known: Vec<_> = applied(history).collect();
    let known = match known.as_slice() {
        [] => "nothing was".to_owned(),
        known => format!("these were: {}", known.join(", ")),
    };
    format!(
        "annotation {ROLLBACK_TO} names {wanted}, which was not applied here before; {known}. Name one of \
         them, or remove the annotation"
    )
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;

    const OLD: &str = "main@sha1:0123456789abcdef";
    const BAD: &str = "main@sha1:fedcba9876543210";
    const FIX: &str = "main@sha1:aaaaaaaaaaaaaaaa";

    fn line(revision: &str, status: &str) -> Snapshot {
        let time = || Time(jiff::Timestamp::UNIX_EPOCH);
        Snapshot {
            digest: format!("sha256:{revision}"),
            first_reconciled: time(),
            last_reconciled: time(),
            last_reconciled_duration: "1s".to_owned(),
            last_reconciled_status: status.to_owned(),
            total_reconciliations: 1,
            metadata: BTreeMap::from([("revision".to_owned(), revision.to_owned())]),
        }
    }

    fn judged(to: &str, from: Option<&str>, newest: &str) -> Rollback {
        let history = [
            line(BAD, SUCCEEDED),
            line(FIX, "BuildFailed"),
            line(OLD, SUCCEEDED),
        ];
        let mut annotations = BTreeMap::from([(ROLLBACK_TO.to_owned(), to.to_owned())]);
        annotations.extend(from.map(|from| (ROLLBACK_FROM.to_owned(), from.to_owned())));
        judge(Some(&annotations), newest, &history)
    }

    #[test]
    fn it_begins_holds_and_is_over_when_a_newer_commit_than_the_bad_one_is_there() {
        let to = OLD.to_owned();
        assert_eq!(judge(None, BAD, &[]), Rollback::Unasked);
        assert_eq!(judged(OLD, None, BAD), Rollback::Begins { to: to.clone() });
        assert_eq!(judged("0123456", Some(BAD), BAD), Rollback::Holds { to });
        assert_eq!(judged(OLD, Some(BAD), FIX), Rollback::Over);
        assert_eq!(judged(OLD, None, OLD), Rollback::Over, "it is there");
    }

    #[test]
    fn only_what_was_applied_before_can_be_named() {
        for wanted in [FIX, "aaaaaaa", "012345", "main"] {
            let Rollback::Refused(why) = judged(wanted, None, BAD) else {
                panic!("{wanted}");
            };
            assert!(why.contains(wanted) && why.contains(OLD), "{why}");
            assert!(!why.contains(FIX) || wanted == FIX, "{why}");
        }
        let annotations = BTreeMap::from([(ROLLBACK_TO.to_owned(), OLD.to_owned())]);
        let Rollback::Refused(why) = judge(Some(&annotations), BAD, &[]) else {
            panic!("nothing was applied");
        };
        assert!(why.contains("nothing was"), "{why}");
    }
}
