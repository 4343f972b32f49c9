//! `signet seal` and `signet unseal`, as terminal sessions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod common;

use common::{Room, SECRET};
use insta::assert_snapshot;

#[test]
fn a_secret_is_sealed_and_opened_again() {
    let room = Room::new();
    assert_snapshot!(room.run_with("signet seal --cert old.crt", SECRET), @r"
    $ signet seal --cert old.crt
    ---
    apiVersion: bitnami.com/v1alpha1
    kind: SealedSecret
    metadata:
      annotations:
        signet.dev/sealed-for: SHA256:0KwG3LhMerQAp8qsG0u8YaKgMAzjICEyhtPCZovpPoY
      name: db
      namespace: demo
    spec:
      encryptedData:
        password: <item>
        username: <item>
      template:
        metadata:
          labels:
            app: web
          name: db
          namespace: demo
        type: Opaque
    ");
    let sealed = room.stdout("signet seal --cert old.crt", SECRET);
    assert!(!sealed.contains("correct") && !sealed.contains("admin"));
    room.write("db.yaml", sealed);
    assert_snapshot!(room.run("signet unseal --key old.key -f db.yaml"), @r"
    $ signet unseal --key old.key -f db.yaml
    ---
    apiVersion: v1
    data:
      password: Y29ycmVjdCBob3JzZQ==
      username: YWRtaW4=
    kind: Secret
    metadata:
      labels:
        app: web
      name: db
      namespace: demo
    type: Opaque
    ");
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
    let input =
        r#"{"kind":"Secret","metadata":{"name":"a","namespace":"shop"},"data":{"k":"djE="}}"#;
    assert_snapshot!(room.run_with("signet seal --cert old.crt -o json", input), @r#"
    $ signet seal --cert old.crt -o json
    {
      "kind": "SealedSecret",
      "apiVersion": "bitnami.com/v1alpha1",
      "metadata": {
        "name": "a",
        "namespace": "shop",
        "annotations": {
          "signet.dev/sealed-for": "SHA256:0KwG3LhMerQAp8qsG0u8YaKgMAzjICEyhtPCZovpPoY"
        }
      },
      "spec": {
        "template": {
          "metadata": {
            "name": "a",
            "namespace": "shop"
          }
        },
        "encryptedData": {
          "k": "<item>"
        }
      }
    }
    "#);
    let sealed = room.stdout("signet seal --cert old.crt -o json", input);
    assert_snapshot!(room.run_with("signet unseal --key old.key -o json", &sealed), @r#"
    $ signet unseal --key old.key -o json
    {
      "apiVersion": "v1",
      "kind": "Secret",
      "metadata": {
        "name": "a",
        "namespace": "shop"
      },
      "data": {
        "k": "djE="
      }
    }
    "#);
}

#[test]
fn many_documents_and_lists_come_out_in_order() {
    let room = Room::new();
    let one = |name: &str| {
        format!(
            "kind: Secret\nmetadata: {{name: {name}, namespace: shop}}\nstringData: {{k: {name}}}\n"
        )
    };
    let stream = format!(
        "# first\n---\n{}---\n# nothing\n---\n{}",
        one("a"),
        one("b")
    );
    room.write("c.yaml", "kind: List\nitems:\n- {kind: Secret, metadata: {name: c, namespace: shop}, stringData: {k: c}}\n- {kind: Secret, metadata: {name: d, namespace: shop}, stringData: {k: d}}\n");
    let sealed = room.stdout("signet seal --cert old.crt -f - -f c.yaml", &stream);
    let names = |text: &str| {
        text.lines()
            .filter_map(|l| l.strip_prefix("  name: ").map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&sealed), ["a", "b", "c", "d"]);
    let opened = room.stdout("signet unseal --key old.key", &sealed);
    assert_eq!(names(&opened), ["a", "b", "c", "d"]);
}

#[test]
fn a_long_stream_is_sealed_by_several_threads_in_order() {
    let room = Room::new();
    let stream: String = (0..100)
        .map(|i| format!("---\nkind: Secret\nmetadata: {{name: s{i}, namespace: shop}}\nstringData: {{k: v{i}}}\n"))
        .collect();
    let sealed = room.stdout("signet seal --cert new.crt", &stream);
    let opened = room.stdout("signet unseal --key new.key", &sealed);
    let names: Vec<_> = opened
        .lines()
        .filter_map(|l| l.strip_prefix("  name: s"))
        .map(|n| n.parse::<u32>().unwrap())
        .collect();
    assert_eq!(names, (0..100).collect::<Vec<_>>());
}

#[test]
fn a_scope_binds_the_item() {
    let room = Room::new();
    for (scope, renamed, moved) in [
        ("strict", false, false),
        ("namespace-wide", true, false),
        ("cluster-wide", true, true),
    ] {
        let sealed = room.stdout(
            &format!("signet seal --cert new.crt --scope {scope}"),
            SECRET,
        );
        let opens = |text: String| {
            room.output("signet unseal --key new.key", &text, &[])
                .status
                .success()
        };
        assert!(opens(sealed.clone()), "{scope}");
        assert_eq!(
            opens(sealed.replace("name: db", "name: other")),
            renamed,
            "{scope} renamed"
        );
        assert_eq!(
            opens(sealed.replace("namespace: demo", "namespace: other")),
            moved,
            "{scope} moved"
        );
    }
}

#[test]
fn copies_are_asked_for_where_the_scope_allows_them() {
    let room = Room::new();
    let wide = "signet seal --cert old.crt --scope cluster-wide --copy-to team-a,team-b";
    let sealed = room.stdout(&format!("{wide} --copy-to-selector env=prod"), SECRET);
    assert!(
        sealed.contains("\n    signet.dev/copy-to: \"team-a,team-b\"\n"),
        "{sealed}"
    );
    assert!(
        sealed.contains("\n    signet.dev/copy-to-selector: env=prod\n"),
        "{sealed}"
    );
    assert_snapshot!(room.run_with("signet seal --cert old.crt --copy-to team-a", SECRET), @r"
    $ signet seal --cert old.crt --copy-to team-a
    ! error: <stdin>:1: --copy-to: the scope is strict
    ! hint: seal with --scope cluster-wide
    [exit 1]
    ");
    assert_snapshot!(room.run_with("signet seal --cert old.crt --copy-to-selector env=a=b", SECRET), @r#"
    $ signet seal --cert old.crt --copy-to-selector env=a=b
    ! error: --copy-to-selector: found '=', expected ',' or the end
    [exit 2]
    "#);
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
    assert_eq!(
        room.run_with("signet seal --cert new.crt -w out.yaml", SECRET),
        "$ signet seal --cert new.crt -w out.yaml\n"
    );
    assert!(room.read("out.yaml").contains("kind: SealedSecret"));
}

#[test]
fn what_cannot_be_sealed_says_where_and_what_to_try() {
    let room = Room::new();
    let seal = |flags: &str, input: &str| room.run_with(&format!("signet seal {flags}"), input);
    assert_snapshot!(seal("--cert new.crt", "kind: Secret\nstringData: {a: b}\n"), @r"
    $ signet seal --cert new.crt
    ! error: <stdin>:1: missing metadata.name in input Secret
    ! hint: give it with --name
    [exit 1]
    ");
    assert_snapshot!(seal("--cert new.crt", "---\nkind: Secret\nmetadata: {name: x}\nstringData: {a: b}\n"), @r"
    $ signet seal --cert new.crt
    ! error: <stdin>:2: secret must declare a namespace
    ! hint: give it with --namespace, or seal with --scope cluster-wide
    [exit 1]
    ");
    assert_snapshot!(seal("--cert new.crt", "kind: Secret\nmetadata: {name: x, namespace: shop}\n"), @r"
    $ signet seal --cert new.crt
    ! error: <stdin>:1: secret.data is empty in input Secret, assuming this is an error and aborting. To work with empty data, --allow-empty-data can be used
    [exit 1]
    ");
    assert_snapshot!(seal("--cert new.crt", "kind: ConfigMap\nmetadata: {name: x, namespace: shop}\n"), @r#"
    $ signet seal --cert new.crt
    ! error: <stdin>:1: kind "ConfigMap" is not a Secret; only Secrets are sealed
    [exit 1]
    "#);
    assert_snapshot!(seal("--cert new.crt", "a: b\na: c\n"), @r#"
    $ signet seal --cert new.crt
    ! error: <stdin>:2: the key "a" is given twice in one mapping, first on line 1; remove one of them
    [exit 1]
    "#);
    assert_snapshot!(seal("--cert new.crt", ""), @r"
    $ signet seal --cert new.crt
    ! error: no secrets found. Ensure the input is valid and UTF-8 encoded
    [exit 1]
    ");
    assert_snapshot!(seal("--cert new.crt -n other", SECRET), @r#"
    $ signet seal --cert new.crt -n other
    ! error: <stdin>:1: namespace mismatch: input secret is in namespace "demo" but "other" was specified
    [exit 1]
    "#);
    assert_snapshot!(seal("--cert expired.crt", SECRET), @r"
    $ signet seal --cert expired.crt
    ! error: failed to encrypt using an expired certificate on November 21, 2026
    ! hint: fetch the newest with `signet cert`, or ask for a new one with `signet cert --new`
    [exit 1]
    ");
    assert_snapshot!(seal("--cert ec.crt", SECRET), @r"
    $ signet seal --cert ec.crt
    ! error: ec.crt: expected RSA public key but found *ecdsa.PublicKey
    [exit 1]
    ");
    assert_snapshot!(seal("--cert nowhere.crt", SECRET), @r"
    $ signet seal --cert nowhere.crt
    ! error: nowhere.crt: No such file or directory (os error 2)
    ! hint: --cert takes a file or a URL
    [exit 1]
    ");
    assert_snapshot!(seal("--cert new.crt -f nowhere.yaml", ""), @r"
    $ signet seal --cert new.crt -f nowhere.yaml
    ! error: nowhere.yaml: No such file or directory (os error 2)
    [exit 1]
    ");
}

#[test]
fn a_value_is_never_part_of_a_message() {
    let room = Room::new();
    for input in [
        "kind: Secret\nmetadata: {name: x, namespace: shop}\ndata: {a: 'canary-4711 not base64'}\n",
        "kind: Secret\nmetadata: {name: x}\nstringData: {a: canary-4711}\n",
        "kind: Secret\nstringData:\n  a: canary-4711\n b: c\n",
        "kind: Secret\nstringData: {a: [canary-4711]}\nmetadata: {name: x, namespace: shop}\n",
        "kind: Secret\nstringData: {a: *canary-4711}\n",
    ] {
        let session = room.run_with("signet seal --cert new.crt", input);
        assert!(
            session.contains("[exit 1]") && !session.contains("canary-4711"),
            "{session}"
        );
    }
}

#[test]
fn opening_with_the_wrong_key_names_the_key_that_is_missing() {
    let room = Room::new();
    let sealed = room.stdout("signet seal --cert new.crt", SECRET);
    assert_snapshot!(room.run_with("signet unseal --key old.key", &sealed), @r"
    $ signet unseal --key old.key
    ! error: <stdin>:2: SealedSecret demo/db: no key could decrypt secret (password, username)
    ! hint: sealed for SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM, which is none of the keys here (password, username)
    [exit 1]
    ");
    assert_snapshot!(room.run_with("signet unseal --key old.crt", &sealed), @r"
    $ signet unseal --key old.crt
    ! error: old.crt: no PEM block RSA PRIVATE KEY or PRIVATE KEY found
    [exit 1]
    ");
    assert_snapshot!(room.run_with("signet unseal --key new.key", SECRET), @r"
    $ signet unseal --key new.key
    ! error: <stdin>:1: Secret is not a SealedSecret
    [exit 1]
    ");
}
