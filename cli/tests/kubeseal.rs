//! The program under the name `kubeseal`: that tool's flags, outputs and messages.
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
fn it_prints_json_with_the_peers_fields_and_no_others() {
    let room = Room::new();
    assert_snapshot!(room.run_with("kubeseal --cert old.crt", SECRET), @r#"
    $ kubeseal --cert old.crt
    {
      "kind": "SealedSecret",
      "apiVersion": "bitnami.com/v1alpha1",
      "metadata": {
        "name": "db",
        "namespace": "demo"
      },
      "spec": {
        "template": {
          "metadata": {
            "labels": {
              "app": "web"
            },
            "name": "db",
            "namespace": "demo"
          },
          "type": "Opaque"
        },
        "encryptedData": {
          "password": "<item>",
          "username": "<item>"
        }
      }
    }
    "#);
}

#[test]
fn yaml_is_asked_for_by_flag_variable_or_file_name() {
    let room = Room::new();
    let by_flag = room.stdout("kubeseal --cert new.crt --format YAML", SECRET);
    assert!(by_flag.starts_with("---\napiVersion: bitnami.com/v1alpha1\n"));
    let by_variable = room.output(
        "kubeseal",
        SECRET,
        &[
            ("SEALED_SECRETS_CERT", "new.crt"),
            ("SEALED_SECRETS_FORMAT", "yaml"),
        ],
    );
    assert!(by_variable.stdout.starts_with(b"---\n"));
    room.write("in.yaml", SECRET);
    assert_eq!(
        room.stdout("kubeseal --cert new.crt -f in.yaml -w out.yaml", ""),
        ""
    );
    assert!(room.read("out.yaml").starts_with("---\n"));
}

#[test]
fn a_secret_without_a_namespace_gets_the_contexts() {
    let room = Room::new();
    let bare = SECRET.replace("  namespace: demo\n", "");
    let sealed = room.stdout("kubeseal --cert new.crt", &bare);
    assert!(sealed.contains(r#""namespace": "default""#));
    room.write(".kube/config", "current-context: c\ncontexts:\n- name: c\n  context: {cluster: k, namespace: shop}\n- name: d\n  context: {cluster: k, namespace: other}\n");
    assert!(
        room.stdout("kubeseal --cert new.crt", &bare)
            .contains(r#""namespace": "shop""#)
    );
    assert!(
        room.stdout("kubeseal --cert new.crt --context d", &bare)
            .contains(r#""namespace": "other""#)
    );
    assert!(
        room.stdout("kubeseal --cert new.crt -n ns/mine", &bare)
            .contains(r#""namespace": "mine""#)
    );
    assert!(
        !room
            .stdout("kubeseal --cert new.crt --scope cluster-wide", &bare)
            .contains("namespace\":")
    );
}

#[test]
fn a_single_value_is_sealed_raw() {
    let room = Room::new();
    let item = room.stdout(
        "kubeseal --cert new.crt --raw --namespace demo --name db",
        "correct horse",
    );
    assert!(
        !item.ends_with('\n') && item.starts_with("AQ"),
        "a 2048-bit item, without line feed"
    );
    let sealed = format!(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: db, namespace: demo}}\nspec:\n  encryptedData: {{password: {item}}}\n"
    );
    let opened = room.stdout("signet unseal --key new.key", &sealed);
    assert!(
        opened.contains("password: Y29ycmVjdCBob3JzZQ=="),
        "{opened}"
    );
    room.write("value", "correct horse");
    assert!(
        room.stdout(
            "kubeseal --cert new.crt --raw --scope cluster-wide --from-file x=value",
            ""
        )
        .starts_with("AQ")
    );
}

#[test]
fn the_certificate_is_printed_as_it_is() {
    let room = Room::new();
    assert_eq!(
        room.stdout("kubeseal --fetch-cert --cert new.crt", ""),
        room.read("new.crt")
    );
}

#[test]
fn messages_are_the_ones_that_scripts_look_for() {
    let room = Room::new();
    let run = |line: &str, input: &str| room.run_with(line, input);
    assert_snapshot!(run("kubeseal --version", ""), @r"
    $ kubeseal --version
    kubeseal version: v0.1.0
    ");
    assert_snapshot!(run("kubeseal --cert new.crt", "kind: Secret\nstringData: {a: b}\n"), @r"
    $ kubeseal --cert new.crt
    ! error: missing metadata.name in input Secret
    ! hint: give it with --name
    [exit 1]
    ");
    assert_snapshot!(run("kubeseal --cert new.crt", "kind: Secret\nmetadata: {name: x}\n"), @r"
    $ kubeseal --cert new.crt
    ! error: secret.data is empty in input Secret, assuming this is an error and aborting. To work with empty data, --allow-empty-data can be used
    [exit 1]
    ");
    assert_snapshot!(run("kubeseal --cert new.crt -n other", SECRET), @r#"
    $ kubeseal --cert new.crt -n other
    ! error: namespace mismatch: input secret is in namespace "demo" but "other" was specified
    [exit 1]
    "#);
    assert_snapshot!(run("kubeseal --cert new.crt", ""), @r"
    $ kubeseal --cert new.crt
    ! error: no secrets found. Ensure the input is valid and UTF-8 encoded
    [exit 1]
    ");
    assert_snapshot!(run("kubeseal --cert new.crt -o xml", SECRET), @r"
    $ kubeseal --cert new.crt -o xml
    ! error: unsupported output format: xml
    [exit 1]
    ");
    assert_snapshot!(run("kubeseal --cert new.crt --from-file a", ""), @r"
    $ kubeseal --cert new.crt --from-file a
    ! error: --from-file requires --raw
    [exit 1]
    ");
    assert_snapshot!(run("kubeseal --cert new.crt --raw --from-file a,b --name x", ""), @r"
    $ kubeseal --cert new.crt --raw --from-file a,b --name x
    ! error: must provide only one --from-file when encrypting a single item with --raw
    [exit 1]
    ");
    assert_snapshot!(run("kubeseal --cert new.crt --raw -n demo", "v"), @r"
    $ kubeseal --cert new.crt --raw -n demo
    ! error: must provide the --name flag with --raw and --scope strict
    [exit 1]
    ");
    assert_snapshot!(run("kubeseal --cert new.crt --scope wide", SECRET), @r"
    $ kubeseal --cert new.crt --scope wide
    ! error: --scope: must be one of: strict, namespace-wide, cluster-wide
    [exit 2]
    ");
    assert_snapshot!(run("kubeseal --cert new.crt -f nowhere", ""), @r"
    $ kubeseal --cert new.crt -f nowhere
    ! error: Could not read file specified with --secret-file: nowhere: No such file or directory (os error 2)
    [exit 1]
    ");
    assert_snapshot!(run("kubeseal --cert expired.crt", SECRET), @r"
    $ kubeseal --cert expired.crt
    ! error: failed to encrypt using an expired certificate on November 21, 2026
    ! hint: fetch the newest with `signet cert`, or ask for a new one with `signet cert --new`
    [exit 1]
    ");
}
