//! What is read of an object, and what is said of it: no cluster, only values.

use jiff::Timestamp;
use serde_json::json;
use signet_api::sealed_secret::SealedSecretStatus;
use signet_seal::secret::decide::Refusal;
use signet_seal::secret::{Lead, UnsealError};

use super::super::copies::Words;
use super::super::status::{Copied, Ending, Notes, explained, next, scattered};
use super::super::subject::{Subject, parse};
use super::object;
use crate::wake::Key;

// === reading

#[test]
fn an_unreadable_object_is_told_where_and_never_what() {
    let mut plain = object();
    plain["spec"]["encryptedData"] = json!({"password": 4711, "pin": true, "ok": "AgA="});
    let error = parse(plain.clone()).unwrap_err();
    assert_eq!(error, "spec.encryptedData: not a string (password, pin)");
    plain["spec"]["encryptedData"] = json!("hunter2");
    assert_eq!(
        parse(plain.clone()).unwrap_err(),
        "spec.encryptedData: not a map of strings"
    );
    plain["spec"] = json!({"encryptedData": {}, "template": {"type": "x", "immutable": "hunter2"}});
    let error = parse(plain.clone()).unwrap_err();
    assert!(
        error.starts_with("spec.template:") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn a_subject_is_read_from_whatever_is_there() {
    let subject = Subject::of(
        &Key::new("a", "b"),
        &json!({"metadata": {"deletionTimestamp": "x"}, "status": 7}),
    );
    assert!(subject.deleting && subject.status.is_none() && !subject.tried());
    assert_eq!(subject.regarding()["metadata"]["name"], "b");
}

// === saying so

fn now(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn failed(cause: &str) -> Ending {
    Ending::NotOpened(cause.to_owned())
}

const WELL: Ending = Ending::Synced { wrote: true };

#[test]
fn the_first_status_says_all() {
    let status = next(None, Some(3), &WELL, Notes::default(), now(10)).unwrap();
    assert_eq!(
        serde_json::to_value(status).unwrap(),
        json!({
            "conditions": [{
                "type": "Synced", "status": "True", "reason": "Unsealed",
                "lastUpdateTime": "1970-01-01T00:00:10Z", "lastTransitionTime": "1970-01-01T00:00:10Z",
            }],
            "observedGeneration": 3,
        })
    );
}

#[test]
fn nothing_new_is_not_said() {
    let status = next(None, Some(3), &WELL, Notes::default(), now(10)).unwrap();
    assert_eq!(
        next(
            Some(&status),
            Some(3),
            &Ending::Synced { wrote: false },
            Notes::default(),
            now(20)
        ),
        None
    );
    let status = next(None, Some(3), &failed("a"), Notes::default(), now(10)).unwrap();
    assert_eq!(
        next(
            Some(&status),
            Some(3),
            &failed("a"),
            Notes::default(),
            now(20)
        ),
        None
    );
}

#[test]
fn another_message_is_said_without_a_transition() {
    let first = next(
        None,
        Some(3),
        &failed("no key could decrypt secret (a)"),
        Notes::default(),
        now(10),
    )
    .unwrap();
    let second = next(
        Some(&first),
        Some(3),
        &failed("no key could decrypt secret (b)"),
        Notes::default(),
        now(20),
    )
    .unwrap();
    let condition = &second.conditions[0];
    assert_eq!(
        condition.message.as_deref(),
        Some("no key could decrypt secret (b)")
    );
    assert_eq!(condition.last_update_time.as_ref().unwrap().0, now(20));
    assert_eq!(condition.last_transition_time.as_ref().unwrap().0, now(10));
}

#[test]
fn a_flip_is_a_transition_and_a_new_generation_is_none() {
    let first = next(None, Some(3), &failed("a"), Notes::default(), now(10)).unwrap();
    let well = next(Some(&first), Some(3), &WELL, Notes::default(), now(20)).unwrap();
    assert_eq!(
        well.conditions[0].last_transition_time.as_ref().unwrap().0,
        now(20)
    );
    assert_eq!(well.conditions[0].message, None);
    let again = next(Some(&well), Some(4), &WELL, Notes::default(), now(30)).unwrap();
    assert_eq!(again.observed_generation, Some(4));
    assert_eq!(
        again.conditions[0].last_transition_time.as_ref().unwrap().0,
        now(20)
    );
}

#[test]
fn synced_stands_first_and_others_are_kept() {
    let mut status = next(None, Some(3), &WELL, Notes::default(), now(10)).unwrap();
    let mut other = status.conditions[0].clone();
    other.type_ = "Other".to_owned();
    status.conditions.insert(0, other);
    let put_right = next(Some(&status), Some(3), &WELL, Notes::default(), now(20)).unwrap();
    let kinds: Vec<_> = put_right
        .conditions
        .iter()
        .map(|c| c.type_.as_str())
        .collect();
    assert_eq!(kinds, ["Synced", "Other"]);
}

#[test]
fn the_moment_of_a_rendering_stands_in_the_status_of_its_generation() {
    let rendered = Notes {
        record: Some("opened with ..."),
        moment: Some(now(5)),
        ..Notes::default()
    };
    let first = next(None, Some(3), &WELL, rendered, now(10)).unwrap();
    let kinds: Vec<_> = first.conditions.iter().map(|c| c.type_.as_str()).collect();
    assert_eq!(kinds, ["Synced", "Recorded", "Rendered"]);
    assert_eq!(next(Some(&first), Some(3), &WELL, rendered, now(20)), None);
    let failing = Notes {
        moment: rendered.moment,
        ..Notes::default()
    };
    let failed = next(Some(&first), Some(3), &failed("a"), failing, now(20)).unwrap();
    assert_eq!(failed.conditions.last(), first.conditions.last());
    let later = Notes {
        moment: Some(now(30)),
        ..rendered
    };
    let second = next(Some(&first), Some(4), &WELL, later, now(30)).unwrap();
    let condition = second.conditions.last().unwrap();
    assert_eq!(
        condition.message.as_deref(),
        Some("templates of generation 4")
    );
    assert_eq!(condition.last_transition_time.as_ref().unwrap().0, now(30));
    let none = next(Some(&second), Some(5), &WELL, Notes::default(), now(40)).unwrap();
    assert_eq!(none.conditions.len(), 1);
}

#[test]
fn texts_are_the_peers() {
    let refused = Ending::Refused(Refusal::NotManaged {
        name: "db".to_owned(),
    });
    let text = "Resource \"db\" already exists and is not managed by SealedSecret";
    assert_eq!(
        (refused.reason(), refused.event().as_str()),
        ("ErrUpdateFailed", text)
    );
    assert_eq!(refused.message(), Some(format!("failed update: {text}")));
    assert_eq!(refused.metric(), Some("unmanaged"));
    let closed = failed("no key could decrypt secret (k1, k2)");
    assert_eq!(closed.reason(), "ErrUnsealFailed");
    assert_eq!(
        closed.event(),
        "Failed to unseal: no key could decrypt secret (k1, k2)"
    );
    assert_eq!(
        closed.message().as_deref(),
        Some("no key could decrypt secret (k1, k2)")
    );
    assert_eq!(
        (WELL.reason(), WELL.event().as_str()),
        ("Unsealed", "SealedSecret unsealed successfully")
    );
}

#[test]
fn copies_are_spoken_of_behind_the_secret_itself() {
    let words = Words {
        well: Some(false),
        reason: "NotAccepted",
        message: "team-b".to_owned(),
    };
    let said = |old: Option<&SealedSecretStatus>, copied: Copied<'_>| {
        let notes = Notes {
            record: Some("proof"),
            copied,
            ..Notes::default()
        };
        next(old, Some(3), &WELL, notes, now(20))
    };
    let kinds = |status: &SealedSecretStatus| {
        let kinds = status.conditions.iter().map(|it| it.type_.clone());
        kinds.collect::<Vec<_>>().join(" ")
    };
    let first = said(None, Copied::So(&words)).unwrap();
    assert_eq!(kinds(&first), "Synced Copied Recorded");
    assert_eq!(
        first.conditions[0].status, "True",
        "whatever became of copies"
    );
    assert_eq!(said(Some(&first), Copied::So(&words)), None);
    assert_eq!(said(Some(&first), Copied::AsBefore), None);
    let gone = said(Some(&first), Copied::Nothing).unwrap();
    assert_eq!(kinds(&gone), "Synced Recorded");
    let right = Words {
        well: Some(true),
        ..words
    };
    let right = said(Some(&first), Copied::So(&right)).unwrap();
    assert_eq!(right.conditions[1].status, "True");
}

#[test]
fn only_what_time_can_cure_is_tried_again() {
    let immutable = Refusal::Immutable {
        namespace: "a".to_owned(),
        name: "b".to_owned(),
    };
    for (ending, passes) in [
        (WELL, false),
        (failed("a"), false),
        (Ending::Refused(immutable), false),
        (
            Ending::Refused(Refusal::NotManaged {
                name: "b".to_owned(),
            }),
            true,
        ),
        (Ending::NotWritten("500".to_owned()), true),
    ] {
        assert_eq!(ending.passes(), passes, "{ending:?}");
    }
}

#[test]
fn what_is_known_of_each_item_stands_below_the_peers_words() {
    let key = "SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM";
    let missing = Lead::KeyMissing(key.parse().unwrap());
    let cause = |leads: &[(Lead, &str)]| UnsealError::Items {
        causes: [(
            "no key could decrypt secret".to_owned(),
            leads.iter().map(|(_, item)| (*item).to_owned()).collect(),
        )]
        .into(),
        leads: leads
            .iter()
            .map(|(lead, item)| (*lead, (*item).to_owned()))
            .collect(),
    };
    assert_eq!(
        explained(&cause(&[(missing, "password"), (Lead::Unnoted, "user")])),
        format!(
            "no key could decrypt secret (password, user)\n\
             sealed for {key}, which is none of the keys here (password)\n\
             which key it was sealed for is not noted (user)"
        )
    );
    assert_eq!(
        explained(&cause(&[(Lead::Unnoted, "password")])),
        "no key could decrypt secret (password)"
    );
}

#[test]
fn a_failure_is_never_given_up() {
    let wait = |failures| super::super::status::wait(failures, 2).as_millis();
    assert_eq!(
        [0, 1, 2, 3, 4].map(wait),
        [5, 10, 1_000, 2_000, 4_000],
        "quick twice"
    );
    assert_eq!(wait(u32::MAX), 300_000);
}

#[test]
fn waits_are_scattered_by_at_most_an_eighth() {
    let wait = std::time::Duration::from_secs(8);
    let waits: Vec<_> = (0..100)
        .map(|n| scattered(wait, &format!("db-{n}")))
        .collect();
    assert!(waits.iter().all(|w| (wait..=wait * 9 / 8).contains(w)));
    assert!(waits.iter().collect::<std::collections::HashSet<_>>().len() > 10);
}
