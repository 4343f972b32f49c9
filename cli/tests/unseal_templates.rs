//! `signet unseal` renders templates, as terminal sessions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod common;

use common::{Room, SECRET};

const ENTRIES: &str = "  template:\n    data:\n      username: 'not {{ .username }}'\n      line: '{{ .username }}:{{ .password | len }}'\n      password: null\n";

fn sealed(room: &Room) -> String {
    let sealed = room.stdout("signet seal --cert new.crt", SECRET);
    assert!(sealed.contains("  template:\n"), "{sealed}");
    sealed.replace("  template:\n", ENTRIES)
}

fn opened(room: &Room, flags: &str, sealed: &str) -> serde_json::Value {
    let line = format!("signet unseal --key new.key --format json {flags}");
    let secret = room.stdout(&line, sealed);
    serde_json::from_str::<serde_json::Value>(&secret).unwrap()["data"].take()
}

#[test]
fn unseal_shows_what_the_controller_will_make() {
    let room = Room::new();
    let sealed = sealed(&room);
    let newer = opened(&room, "", &sealed);
    let older = opened(&room, "--template-rules 0.36", &sealed);
    assert_eq!(newer["line"], older["line"]);
    assert_ne!(newer["username"], older["username"]);
    assert!(newer["password"].is_null());
    let annotations = "  annotations:\n";
    assert!(sealed.contains(annotations), "{sealed}");
    let note = format!("{annotations}    signet.dev/template-rules: '0.36'\n");
    let annotated = sealed.replacen(annotations, &note, 1);
    let annotated = opened(&room, "--template-rules 0.40", &annotated);
    assert_eq!(annotated, older, "the object's own wish counts");
}

#[test]
fn what_is_drawn_is_drawn_once() {
    let room = Room::new();
    let entry = "  template:\n    data: {token: '{{ randAlphaNum 20 }}'}\n";
    let sealed = room.stdout("signet seal --cert new.crt", SECRET);
    let sealed = sealed.replace("  template:\n", entry);
    assert_eq!(opened(&room, "", &sealed), opened(&room, "", &sealed));
}

#[test]
fn a_template_that_fails_prints_nothing() {
    let room = Room::new();
    let sealed = sealed(&room).replace("{{ .username }}:", "{{ template .username }}:");
    let session = room.run_with("signet unseal --key new.key", &sealed);
    assert!(
        session.contains("template: line:1:") && session.ends_with("[exit 1]\n"),
        "{session}"
    );
    assert!(!session.contains("kind: Secret"), "{session}");
}
