//! `signet seal` and `signet unseal`, as terminal sessions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod common;

use common::{Room, SECRET};
use insta::assert_snapshot;

#[test]
fn a_secret_is_sealed_and_opened_again() {
    let room = Room::new();
    assert_snapshot!(room.run_with("signet seal --cert old.crt", SECRET), @"");
    let sealed = room.stdout("signet seal --cert old.crt", SECRET);
    assert!(!sealed.contains("correct") && !sealed.contains("admin"));
    room.write("db.yaml", sealed);
    assert_snapshot!(room.run("signet unseal --key old.key -f db.yaml"), @"");
}

#[test]
fn sealing_twice_never_gives_the_same_item() {
    let room = Room::new();
    let seal = || room.stdout("signet seal --cert old.crt", SECRET);
    assert_ne!(seal(), seal());
}

#[test]
fn json_comes_out_where_json_is_asked_for() {
    let room = Room::new();
    let input = r#"{"kind":"Secret","metadata":{"name":"a","namespace":"n"},"data":{"k":"djE="}}"#;
    assert_snapshot!(room.run_with("signet seal --cert old.crt -o json", input), @"");
    let sealed = room.stdout("signet seal --cert old.crt -o json", input);
    assert_snapshot!(room.run_with("signet unseal --key old.key -o json", &sealed), @"");
}

#[test]
fn many_documents_and_lists_come_out_in_order() {
    let room = Room::new();
    let one = |name: &str| format!("kind: Secret\nmetadata: {{name: {name}, namespace: n}}\nstringData: {{k: {name}}}\n");
    let stream = format!("# first\n---\n{}---\n# nothing\n---\n{}", one("a"), one("b"));
    room.write("c.yaml", "kind: List\nitems:\n- {kind: Secret, metadata: {name: c, namespace: n}, stringData: {k: c}}\n- {kind: Secret, metadata: {name: d, namespace: n}, stringData: {k: d}}\n");
    let sealed = room.stdout("signet seal --cert old.crt -f - -f c.yaml", &stream);
    let names = |text: &str| text.lines().filter_map(|l| l.strip_prefix("  name: ").map(str::to_owned)).collect::<Vec<_>>();
    assert_eq!(names(&sealed), ["a", "b", "c", "d"]);
    let opened = room.stdout("signet unseal --key old.key", &sealed);
    assert_eq!(names(&opened), ["a", "b", "c", "d"]);
}

#[test]
fn a_long_stream_is_sealed_by_several_threads_in_order() {
    let room = Room::new();
    let stream: String = (0..100)
        .map(|i| format!("---\nkind: Secret\nmetadata: {{name: s{i}, namespace: n}}\nstringData: {{k: v{i}}}\n"))
        .collect();
    let sealed = room.stdout("signet seal --cert new.crt", &stream);
    let opened = room.stdout("signet unseal --key new.key", &sealed);
    let names: Vec<_> = opened.lines().filter_map(|l| l.strip_prefix("  name: s")).map(|n| n.parse::<u32>().unwrap()).collect();
    assert_eq!(names, (0..100).collect::<Vec<_>>());
}

#[test]
fn a_scope_binds_the_item() {
    let room = Room::new();
    for (scope, renamed, moved) in
        [("strict", false, false), ("namespace-wide", true, false), ("cluster-wide", true, true)]
    {
        let sealed = room.stdout(&format!("signet seal --cert new.crt --scope {scope}"), SECRET);
        let opens = |text: String| room.output("signet unseal --key new.key", &text, &[]).status.success();
        assert!(opens(sealed.clone()), "{scope}");
        assert_eq!(opens(sealed.replace("name: db", "name: other")), renamed, "{scope} renamed");
        assert_eq!(opens(sealed.replace("namespace: demo", "namespace: other")), moved, "{scope} moved");
    }
}

#[test]
fn a_certificate_may_be_named_by_the_environment() {
    let room = Room::new();
    let output = room.output("signet seal", SECRET, &[("SIGNET_CERT", "new.crt")]);
    assert!(output.status.success());
}

#[test]
fn offline_sealing_asks_no_kubeconfig() {
    let room = Room::new();
    room.write(".kube/config", "this is: [not a kubeconfig");
    let _ = room.stdout("signet seal --cert new.crt", SECRET);
}

#[test]
fn the_result_is_written_in_one_step_or_not_at_all() {
    let room = Room::new();
    room.write("out.yaml", "before\n");
    let failed = room.run_with("signet seal --cert new.crt -w out.yaml", "kind: Secret\n");
    assert!(failed.ends_with("[exit 1]\n"));
    assert_eq!(room.read("out.yaml"), "before\n");
    assert_eq!(room.run_with("signet seal --cert new.crt -w out.yaml", SECRET), "$ signet seal --cert new.crt -w out.yaml\n");
    assert!(room.read("out.yaml").contains("kind: SealedSecret"));
}

#[test]
fn what_cannot_be_sealed_says_where_and_what_to_try() {
    let room = Room::new();
    let seal = |flags: &str, input: &str| room.run_with(&format!("signet seal {flags}"), input);
    assert_snapshot!(seal("--cert new.crt", "kind: Secret\nstringData: {a: b}\n"), @"");
    assert_snapshot!(seal("--cert new.crt", "---\nkind: Secret\nmetadata: {name: x}\nstringData: {a: b}\n"), @"");
    assert_snapshot!(seal("--cert new.crt", "kind: Secret\nmetadata: {name: x, namespace: y}\n"), @"");
    assert_snapshot!(seal("--cert new.crt", "kind: ConfigMap\nmetadata: {name: x, namespace: y}\n"), @"");
    assert_snapshot!(seal("--cert new.crt", "a: b\na: c\n"), @"");
    assert_snapshot!(seal("--cert new.crt", ""), @"");
    assert_snapshot!(seal("--cert new.crt -n other", SECRET), @"");
    assert_snapshot!(seal("--cert expired.crt", SECRET), @"");
    assert_snapshot!(seal("--cert ec.crt", SECRET), @"");
    assert_snapshot!(seal("--cert nowhere.crt", SECRET), @"");
    assert_snapshot!(seal("--cert new.crt -f nowhere.yaml", ""), @"");
}

#[test]
fn a_value_is_never_part_of_a_message() {
    let room = Room::new();
    for input in [
        "kind: Secret\nmetadata: {name: x, namespace: y}\ndata: {a: 'canary-4711 not base64'}\n",
        "kind: Secret\nmetadata: {name: x}\nstringData: {a: canary-4711}\n",
        "kind: Secret\nstringData:\n  a: canary-4711\n b: c\n",
        "kind: Secret\nstringData: {a: [canary-4711]}\nmetadata: {name: x, namespace: y}\n",
        "kind: Secret\nstringData: {a: *canary-4711}\n",
    ] {
        let session = room.run_with("signet seal --cert new.crt", input);
        assert!(session.contains("[exit 1]") && !session.contains("canary-4711"), "{session}");
    }
}

#[test]
fn opening_with_the_wrong_key_names_the_key_that_is_missing() {
    let room = Room::new();
    let sealed = room.stdout("signet seal --cert new.crt", SECRET);
    assert_snapshot!(room.run_with("signet unseal --key old.key", &sealed), @"");
    assert_snapshot!(room.run_with("signet unseal --key old.crt", &sealed), @"");
    assert_snapshot!(room.run_with("signet unseal --key new.key", SECRET), @"");
}
