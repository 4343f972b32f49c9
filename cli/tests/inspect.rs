//! `signet inspect`, as terminal sessions: what it shows of files, and what it finds wrong.
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
fn what_is_sealed_is_measured_and_its_key_named() {
    let room = Room::new();
    room.write("db.yaml", room.stdout("signet seal --cert old.crt", SECRET));
    assert_snapshot!(room.run("signet inspect --cert old.crt db.yaml"), @r"
    $ signet inspect --cert old.crt db.yaml
    old.crt: certificate of SHA256:0KwG3LhMerQAp8qsG0u8YaKgMAzjICEyhtPCZovpPoY, 4096 bit, may be sealed for until 2126-01-02T00:00:00Z
    db.yaml:2: SealedSecret demo/db
      scope   strict: opens as demo/db only
      Secret  type Opaque
      ITEM      SEALED  INSIDE  KEY       SEALED FOR
      password  543 B   13 B    4096 bit  SHA256:0KwG3LhMerQAp8qsG0u8YaKgMAzjICEyhtPCZovpPoY
      username  535 B   5 B     4096 bit  SHA256:0KwG3LhMerQAp8qsG0u8YaKgMAzjICEyhtPCZovpPoY
    1 SealedSecret with 2 items in 1 file: 0 errors, 0 warnings.
    ");
}

#[test]
fn what_kubeseal_sealed_is_known_by_the_size_of_its_key() {
    let room = Room::new();
    let sealed = room.stdout("kubeseal --cert old.crt --scope namespace-wide", SECRET);
    assert_snapshot!(room.run_with("signet inspect --cert new.crt -", &sealed), @r"
    $ signet inspect --cert new.crt -
    new.crt: certificate of SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM, 2048 bit, may be sealed for until 2126-10-30T21:43:49Z
    <stdin>:1: SealedSecret demo/db
      scope   namespace-wide: opens as any name in namespace demo
      Secret  type Opaque
      ITEM      SEALED  INSIDE  KEY       SEALED FOR
      password  543 B   13 B    4096 bit  not noted
      username  535 B   5 B     4096 bit  not noted
      error at line 26: password: sealed for a key of 4096 bits, and no certificate given has one [other-key]
      error at line 27: username: sealed for a key of 4096 bits, and no certificate given has one [other-key]
    1 SealedSecret with 2 items in 1 file: 2 errors, 0 warnings.
    [exit 3]
    ");
}

#[test]
fn every_fault_stands_with_its_line() {
    let room = Room::new();
    let item = room.stdout(
        "kubeseal --cert new.crt --raw --namespace demo --name db",
        "value",
    );
    let sealed = format!(
        "# a copy that was renamed
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: moved
  namespace: demo
  annotations:
    sealedsecrets.bitnami.com/cluster-wide: 'True'
spec:
  encryptedData:
    ok: {item}
    short: AQA=
    forgotten: hunter2-canary
  template:
    immutable: true
    metadata: {{name: db, namespace: demo}}
    data:
      ok: '{{{{ upper .ok }}}}'
      short: null
---
apiVersion: v1
kind: Secret
metadata: {{name: plain}}
stringData: {{password: hunter2-canary}}
---
apiVersion: v1
kind: Secret
metadata: {{name: empty}}
"
    );
    room.write("apps/all.yaml", sealed);
    room.write(
        "apps/chart.yaml",
        "kind: SealedSecret\nname: {{ .Release.Name }}\n",
    );
    room.write("apps/other.yaml", "kind: {{ not ours }}\n");
    let session = room.run("signet inspect apps --cert expired.crt --cert new.crt");
    assert!(!session.contains("hunter2"), "{session}");
    assert_snapshot!(session, @r#"
    $ signet inspect apps --cert expired.crt --cert new.crt
    expired.crt: certificate of SHA256:BsrGzaLydkDhkVuNEk2fvaVfzpcyfFEdUjWbnXAb5E4, 2048 bit, may be sealed for until 2026-11-21T22:43:49Z
      warning: it has expired on 2026-11-21T22:43:49Z: nothing can be sealed for it any more; what was sealed before still opens
    new.crt: certificate of SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM, 2048 bit, may be sealed for until 2126-10-30T21:43:49Z
    apps/all.yaml:2: SealedSecret demo/moved
      scope     strict: opens as demo/moved only
      Secret    type Opaque (none is given), immutable
      template  ok, short (left out)
      ITEM       SEALED  INSIDE  KEY       SEALED FOR
      forgotten  ?       ?       ?         not noted
      ok         279 B   5 B     2048 bit  not noted
      short      2 B     ?       ?         not noted
      warning at line 8: annotation sealedsecrets.bitnami.com/cluster-wide is not exactly "true", so it does not count [scope-not-true]
      warning at line 16: the template says demo/db, and what counts is demo/moved: if it was sealed under the former, it does not open; seal the Secret again for its new place [moved]
      error at line 13: forgotten: not base64: foreign character at position 8 [not-base64]
      error at line 12: short: cut short: 2 bytes, and with its key of 2048 bits an item has at least 274 [no-item]
      warning at line 18: ok is an item and a key of template.data: up to release 0.36 of the sealed-secrets controller the Secret gets the template's text, since 0.37 the item [overridden]
    apps/all.yaml:21: error: Secret plain stands here in the clear: seal it with `signet seal`, and change its values if this was ever pushed [plain-secret]
    1 SealedSecret with 3 items in 1 file: 3 errors, 4 warnings.
    ! warning: apps/chart.yaml: it is a template, not YAML; inspect what it is rendered to
    [exit 3]
    "#);
}

#[test]
fn programs_read_the_same_as_an_object() {
    let room = Room::new();
    let sealed = "{\"apiVersion\": \"bitnami.com/v1alpha1\", \"kind\": \"SealedSecret\",\n\
                  \"metadata\": {\"name\": \"db\", \"namespace\": \"demo\"},\n\
                  \"spec\": {\"data\": \"AQA=\"}}\n";
    assert_snapshot!(room.run_with("signet inspect -o json", sealed), @r#"
    $ signet inspect -o json
    {
      "certificates": [],
      "failed": [],
      "files": 1,
      "found": 2,
      "plain": [],
      "sealedSecrets": [
        {
          "file": "<stdin>",
          "findings": [
            {
              "code": "deprecated-data",
              "level": "warning",
              "line": 3,
              "message": "the deprecated form, one blob for the whole Secret: it opens, but cannot be re-sealed in place; open it with `signet unseal` and seal the Secret again"
            },
            {
              "code": "no-item",
              "level": "error",
              "line": 3,
              "message": "(spec.data): cut short: 2 bytes, and with its key of 2048 bits an item has at least 274"
            }
          ],
          "immutable": false,
          "items": [
            {
              "key": "(spec.data)",
              "sealedBytes": 2
            }
          ],
          "line": 1,
          "name": "db",
          "namespace": "demo",
          "scope": "strict",
          "templateKeys": {}
        }
      ],
      "skipped": []
    }
    [exit 3]
    "#);
    let yaml = room.run_with("signet inspect -o yaml", sealed);
    assert!(
        yaml.contains("\n  findings:\n  - code: deprecated-data\n"),
        "{yaml}"
    );
}

#[test]
fn a_file_without_a_sealed_secret_is_a_mistake_and_a_directory_is_not() {
    let room = Room::new();
    room.write("apps/secret.yaml", SECRET);
    room.write("broken/bad.yaml", "kind: SealedSecret\na: [\n");
    assert_snapshot!(room.run("signet inspect apps/secret.yaml"), @r"
    $ signet inspect apps/secret.yaml
    ! error: no SealedSecret found in the input
    [exit 1]
    ");
    assert_snapshot!(room.run("signet inspect apps"), @r"
    $ signet inspect apps
    0 SealedSecrets with 0 items in 0 files: 0 errors, 0 warnings.
    ");
    assert_snapshot!(room.run("signet inspect broken"), @r"
    $ signet inspect broken
    0 SealedSecrets with 0 items in 0 files: 0 errors, 0 warnings.
    ! error: broken/bad.yaml:2: not valid YAML: unclosed bracket '['
    [exit 1]
    ");
}
