//! The words of condition `Copied`, for each way in which it can end.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use serde_json::json;
use signet_api::names::CLUSTER_WIDE;

use super::*;
use signet_seal::secret::decide::Refusal;

const WROTE: Ending = Ending::Synced { wrote: true };
const LEFT: Ending = Ending::Synced { wrote: false };

fn asking() -> Report {
    let annotations = json!({CLUSTER_WIDE: "true", COPY_TO: "team-b"});
    Report::of(&Wish::of(
        &json!({"metadata": {"annotations": annotations}}),
    ))
}

#[track_caller]
fn check(report: &Report, well: Option<bool>, reason: &str, message: &str) {
    let words = report.words(&Key::new("team-a", "db")).unwrap();
    assert_eq!(
        (words.well, words.reason, words.message.as_str()),
        (well, reason, message)
    );
}

#[test]
fn whoever_asks_for_nothing_is_told_nothing() {
    let mut nothing = Report::of(&Wish::Nothing);
    nothing.stop(Barrier::Off);
    assert_eq!(nothing.words(&Key::new("a", "b")), None);
    nothing
        .troubles
        .insert("b".to_owned(), Trouble::Failed("no answer".to_owned()));
    check(&nothing, Some(false), "Failed", "b: no answer");
}

#[test]
fn all_that_is_right_is_named() {
    let mut report = asking();
    report.take("team-c".to_owned(), &LEFT);
    report.take("team-b".to_owned(), &WROTE);
    check(&report, Some(true), "Copied", "copied to team-b, team-c");
    assert_eq!(report.changed, ["team-b".to_owned()].into());
    assert!(report.is_provable() && !report.passes());
}

#[test]
fn each_cause_is_a_line_and_the_worst_is_the_reason() {
    let mut report = asking();
    let not = Withheld::NotAccepted;
    report.withhold(
        [("team-x", not.clone()), ("team-d", not)]
            .map(|(at, why)| (at.to_owned(), why))
            .into(),
    );
    report.take("team-b".to_owned(), &LEFT);
    let absent = "team-d, team-x: not there, or its annotation signet.dev/accept-copies-from does not accept team-a/db";
    check(
        &report,
        Some(false),
        "NotAccepted",
        &format!("{absent}\ncopied to team-b"),
    );
    assert!(report.is_provable(), "a restart finds the same");

    let name = "db".to_owned();
    report.take(
        "team-e".to_owned(),
        &Ending::Refused(Refusal::NotManaged { name }),
    );
    let foreign = "team-e: Resource \"db\" already exists and is not managed by SealedSecret";
    check(
        &report,
        Some(false),
        "Refused",
        &format!("{foreign}\n{absent}\ncopied to team-b"),
    );
    assert!(
        !report.is_provable() && !report.passes(),
        "only an event can help"
    );

    report.take(
        "team-f".to_owned(),
        &Ending::NotWritten("too many".to_owned()),
    );
    check(
        &report,
        Some(false),
        "Failed",
        &format!("{foreign}\n{absent}\nteam-f: too many\ncopied to team-b"),
    );
    assert!(report.passes());
}

#[test]
fn what_stands_in_the_way_of_all_is_said_first() {
    let strict = json!({"metadata": {"annotations": {COPY_TO: "team-b"}}});
    let report = Report::of(&Wish::of(&strict));
    let words = report.words(&Key::new("team-a", "db")).unwrap();
    assert_eq!((words.well, words.reason), (Some(false), "NotClusterWide"));
    assert!(
        words.message.contains("--scope cluster-wide"),
        "{}",
        words.message
    );

    let mut unknown = asking();
    unknown.stop(Barrier::NotKnown);
    check(
        &unknown,
        None,
        "NotKnown",
        "the namespaces could not be listed yet",
    );
    assert!(!unknown.is_provable());
    let mut off = asking();
    off.stop(Barrier::Off);
    let told = "this controller copies nothing: it was not given --copy-sealed-secrets";
    check(&off, Some(false), "NotEnabled", told);
    assert!(off.is_provable(), "nothing is left to do");
}

#[test]
fn nobody_selected_is_no_success() {
    let told = "no namespace that is selected accepts team-a/db in its annotation signet.dev/accept-copies-from";
    check(&asking(), Some(false), "NotAccepted", told);
}

#[test]
fn a_long_list_is_cut() {
    let mut report = asking();
    for number in 10..40 {
        report.take(format!("n{number}"), &LEFT);
    }
    let words = report.words(&Key::new("team-a", "db")).unwrap();
    assert!(
        words.message.ends_with("n28, n29, and 10 more"),
        "{}",
        words.message
    );
}
