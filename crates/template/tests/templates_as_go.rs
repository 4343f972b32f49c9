//! Every committed answer of Go's own engine, without Go.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test may panic"
)]

mod support;

use support::refused::REFUSED;
use support::{context, difference, render, vectors};

#[test]
fn every_committed_answer_of_go_is_ours_too() {
    let values = context();
    let vectors = vectors();
    assert!(vectors.len() > 1_500, "the vectors are there");
    let mut wrong = Vec::new();
    for vector in &vectors {
        let ours = render(&vector.text, &values);
        if let Some(difference) = difference(&vector.go, &ours) {
            wrong.push(format!(
                "{}: {}\n    {difference}",
                vector.file, vector.text
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        vectors.len(),
        wrong.join("\n")
    );
}

#[test]
fn what_we_refuse_is_refused_by_name() {
    let values = context();
    for (text, why) in REFUSED {
        let ours = render(text, &values).map(|out| String::from_utf8_lossy(&out).into_owned());
        let error = ours.map_err(|error| error.to_string()).expect_err(text);
        assert!(error.contains(why), "{text}: {error}");
    }
}
