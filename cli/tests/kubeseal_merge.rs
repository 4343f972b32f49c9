//! `--merge-into` and `--recovery-unseal` under the name kubeseal, on files as people keep them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod common;

use common::{Room, SECRET, mask};
use insta::assert_snapshot;

const NEW: &str = "\
kind: Secret
metadata:
  name: another
  namespace: elsewhere
  labels: {tier: back}
  annotations: {note: x, sealedsecrets.bitnami.com/cluster-wide: \"true\"}
stringData: {password: new, token: '42'}
";

fn item(room: &Room, flags: &str) -> String {
    room.stdout(&format!("kubeseal --cert new.crt --raw {flags}"), "old")
}

fn opened(room: &Room, file: &str) -> String {
    room.stdout(
        &format!("kubeseal --recovery-unseal --recovery-private-key new.key -o yaml -f {file}"),
        "",
    )
}

#[test]
fn a_merge_changes_what_is_merged_and_nothing_else() {
    let room = Room::new();
    let strict = item(&room, "-n demo --name db");
    room.write(
        "db.yaml",
        format!(
            "# Our database.\nkind: SealedSecret # theirs\napiVersion: bitnami.com/v1alpha1\nmetadata:\n    namespace: demo\n    name: db\nspec:\n    template:\n        type: Opaque\n        metadata:\n            labels: {{app: web}} # kept\n    encryptedData:\n        # changed\n        password: {strict} # here\n        user: '{strict}'\n\n    future: [1, 2]\n"
        ),
    );
    assert_eq!(
        room.run_with("kubeseal --cert new.crt --merge-into db.yaml", NEW),
        "$ kubeseal --cert new.crt --merge-into db.yaml\n"
    );
    assert_snapshot!(mask(&room.read("db.yaml")), @r"
    # Our database.
    kind: SealedSecret # theirs
    apiVersion: bitnami.com/v1alpha1
    metadata:
        namespace: demo
        name: db
    spec:
        template:
            type: Opaque
            metadata:
                labels: {app: web, tier: back} # kept
                annotations:
                  note: x
        encryptedData:
            # changed
            password: <item> # here
            user: '<item>'
            token: <item>

        future: [1, 2]
    ");
    let secret = opened(&room, "db.yaml");
    for value in ["password: bmV3", "token: NDI=", "user: b2xk", "tier: back"] {
        assert!(secret.contains(value), "{secret}");
    }
}

#[test]
fn the_scope_is_the_targets() {
    let room = Room::new();
    for (scope, flags) in [
        ("namespace-wide", "-n demo --scope namespace-wide"),
        ("cluster-wide", "--scope cluster-wide"),
    ] {
        let old = item(&room, flags);
        room.write(
            "db.yaml",
            format!(
                "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: db\n  namespace: demo\n  annotations: {{sealedsecrets.bitnami.com/{scope}: \"true\"}}\nspec:\n  encryptedData: {{user: {old}}}\n"
            ),
        );
        let said = room.run_with(
            "kubeseal --cert new.crt --scope strict --merge-into db.yaml",
            NEW,
        );
        assert!(said.contains("--scope strict is not heeded"), "{said}");
        let secret = opened(&room, "db.yaml");
        assert!(secret.contains("password: bmV3") && secret.contains("user: b2xk"));
        assert!(!secret.contains("cluster-wide"), "{secret}");
    }
}

#[test]
fn json_stays_json_and_what_is_missing_is_made() {
    let room = Room::new();
    room.write(
        "db.json",
        "{\n  \"apiVersion\": \"bitnami.com/v1alpha1\",\n  \"kind\": \"SealedSecret\",\n  \"metadata\": {\"name\": \"db\"},\n  \"spec\": {\n    \"encryptedData\": null\n  }\n}\n",
    );
    let bare = "kind: Secret\nmetadata: {name: x, labels: {a: b}}\nstringData: {k: v}\n";
    let _ = room.stdout(
        "kubeseal --cert new.crt -n demo -o yaml --merge-into db.json",
        bare,
    );
    assert_snapshot!(mask(&room.read("db.json")), @r#"
    {
      "apiVersion": "bitnami.com/v1alpha1",
      "kind": "SealedSecret",
      "metadata": {"name": "db"},
      "spec": {
        "encryptedData": {
          "k": "<item>"
        },
        "template": {
          "metadata": {
            "labels": {
              "a": "b"
            }
          }
        }
      }
    }
    "#);
}

#[test]
fn the_note_on_the_keys_goes_along() {
    let room = Room::new();
    let sealed = room.stdout("signet seal --cert old.crt", SECRET);
    room.write("db.yaml", &sealed);
    let _ = room.stdout(
        "kubeseal --cert new.crt --merge-into db.yaml",
        "metadata: {name: x}\nstringData: {password: new}\n",
    );
    let note = room.read("db.yaml");
    let note = note
        .lines()
        .find(|line| line.contains("sealed-for"))
        .unwrap();
    assert!(
        note.contains("password") && note.contains("username"),
        "each key has its own: {note}"
    );
    let keys = "--recovery-private-key old.key,new.key";
    let secret = room.stdout(&format!("kubeseal --recovery-unseal {keys} -f db.yaml"), "");
    assert!(secret.contains("\"password\": \"bmV3\""), "{secret}");
}

#[test]
fn a_file_that_does_not_say_what_is_meant_stays_as_it_is() {
    let room = Room::new();
    let one = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a, namespace: b}\nspec: {encryptedData: {}}\n";
    room.write("two.yaml", format!("{one}---\n{one}"));
    room.write("none.yaml", SECRET);
    room.write(
        "shared.yaml",
        format!("x: {{labels: {{a: b}}}}\n---\n{one}"),
    );
    room.write(
        "anchor.yaml",
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: &m {name: a, namespace: b}\nspec: {encryptedData: {}, template: {metadata: *m}}\n",
    );
    let before = room.snapshot(".");
    for (file, input, message) in [
        ("two.yaml", NEW, "there are 2 SealedSecrets in it"),
        ("none.yaml", NEW, "there is no SealedSecret in it"),
        (
            "nowhere.yaml",
            NEW,
            "open nowhere.yaml: no such file or directory",
        ),
        ("anchor.yaml", NEW, "cannot be"),
        (
            "shared.yaml",
            "kind: Secret\nmetadata: {name: x}\n",
            "secret.data is empty in input Secret",
        ),
        (
            "shared.yaml",
            &format!("{NEW}---\n{NEW}"),
            "--merge-into takes one Secret, and the input has 2",
        ),
    ] {
        let said = room.run_with(
            &format!("kubeseal --cert new.crt --merge-into {file}"),
            input,
        );
        assert!(said.contains(message), "{file}: {said}");
        assert!(said.ends_with("[exit 1]\n"), "{said}");
    }
    let said = room.run_with(
        "kubeseal --cert new.crt -n other --merge-into shared.yaml",
        NEW,
    );
    assert!(
        said.contains(
            "namespace mismatch: input secret is in namespace \"b\" but \"other\" was specified"
        ),
        "{said}"
    );
    assert!(before == room.snapshot("."), "no file has changed");
    // One among other documents is the one that is meant.
    let _ = room.stdout("kubeseal --cert new.crt --merge-into shared.yaml", NEW);
    assert!(
        room.read("shared.yaml")
            .starts_with("x: {labels: {a: b}}\n---\n")
    );
}

#[test]
fn a_recovered_secret_is_printed_as_the_peer_prints_it() {
    let room = Room::new();
    let wide = SECRET.replace("app: web}", "app: web}\n  finalizers: [a/b]");
    let sealed = room.stdout("kubeseal --cert new.crt", &wide);
    room.write("in.json", &sealed);
    assert_snapshot!(room.run("kubeseal --recovery-unseal --recovery-private-key old.key,new.key -f in.json"), @r#"
    $ kubeseal --recovery-unseal --recovery-private-key old.key,new.key -f in.json
    {
      "kind": "Secret",
      "apiVersion": "v1",
      "metadata": {
        "name": "db",
        "namespace": "demo",
        "labels": {
          "app": "web"
        },
        "ownerReferences": [
          {
            "apiVersion": "bitnami.com/v1alpha1",
            "kind": "SealedSecret",
            "name": "db",
            "uid": "",
            "controller": true
          }
        ],
        "finalizers": [
          "a/b"
        ]
      },
      "data": {
        "password": "Y29ycmVjdCBob3JzZQ==",
        "username": "YWRtaW4="
      },
      "type": "Opaque"
    }
    "#);
    let said = room.run("kubeseal --recovery-unseal --recovery-private-key old.key -f in.json");
    assert!(
        said.contains("! error: no key could decrypt secret (password, username)\n"),
        "{said}"
    );
    let said = room.run("kubeseal --recovery-unseal -f in.json");
    assert!(
        said.contains("! error: no key could decrypt secret (password, username)\n"),
        "{said}"
    );
}

#[test]
fn keys_are_read_in_every_form_that_a_backup_has() {
    let room = Room::new();
    room.write(
        "in.yaml",
        room.stdout("kubeseal --cert new.crt -oyaml", SECRET),
    );
    let key = signet_seal::text::encode(room.read("new.key").as_bytes());
    let secret = format!("metadata: {{name: k}}\ndata:\n  tls.key: {key}\n");
    room.write(
        "bags.pem",
        format!("Bag Attributes\n    x\n{}", room.read("new.key")),
    );
    room.write("bare.yaml", &secret);
    room.write(
        "secret.yaml",
        format!("apiVersion: v1\nkind: Secret\n{secret}"),
    );
    room.write(
        "list.json",
        format!("{{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{{\"data\":{{\"tls.key\":\"{key}\"}}}}]}}"),
    );
    room.write(
        "items.yaml",
        format!("items:\n- data: {{tls.key: {key}}}\n"),
    );
    for file in [
        "new.key",
        "bags.pem",
        "bare.yaml",
        "secret.yaml",
        "list.json",
        "items.yaml",
    ] {
        let line = format!("kubeseal --recovery-unseal --recovery-private-key {file} -f in.yaml");
        assert!(room.stdout(&line, "").contains("YWRtaW4="), "{file}");
    }
}
