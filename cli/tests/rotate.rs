//! `signet rotate` with a key backup, as terminal sessions; what it leaves in the files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod common;

use common::{Room, SECRET, mask};
use insta::assert_snapshot;

/// An item sealed for `cert`, strictly for `namespace/name`.
fn item(room: &Room, cert: &str, namespace: &str, name: &str, value: &str) -> String {
    room.stdout(
        &format!("kubeseal --cert {cert} --raw --namespace {namespace} --name {name}"),
        value,
    )
}

/// What every way of writing a manifest has in common must survive byte for byte.
fn awkward(room: &Room) -> Vec<(&'static str, String)> {
    let a = item(room, "old.crt", "demo", "db", "first");
    let b = item(room, "old.crt", "demo", "db", "second");
    let head = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: db\n  namespace: demo\n";
    let block = a
        .as_bytes()
        .chunks(76)
        .map(|line| format!("      {}\n", std::str::from_utf8(line).unwrap()))
        .collect::<String>();
    vec![
        (
            "plain.yaml",
            format!(
                "# kept\n{head}spec:\n    encryptedData: # here\n        a:   {a}   # behind\n        'b': \"{b}\"\n"
            ),
        ),
        (
            "crlf.yaml",
            format!("{head}spec:\n  encryptedData:\n    a: '{a}'\n").replace('\n', "\r\n"),
        ),
        (
            "block.yaml",
            format!(
                "{head}spec:\n  encryptedData:\n    a: |-\n{block}    b: >\n      {b}\n# end\n"
            ),
        ),
        (
            "anchor.yml",
            format!("{head}spec:\n  encryptedData:\n    a: &item {a}\n    b: *item\n    c: {b}\n"),
        ),
        (
            "flow.yaml",
            format!(
                "{{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {{name: db, namespace: demo}}, spec: {{encryptedData: {{a: {a}, b: '{b}'}}}}}}\n"
            ),
        ),
        (
            "many.yaml",
            format!(
                "kind: ConfigMap\napiVersion: v1\nmetadata: {{name: c}}\ndata:\n  mode: 0644\n---\n{head}spec:\n  encryptedData:\n    a: {a}\n---\n# only a comment\n---\n{head}spec: {{encryptedData: {{b: {b}}}}}\n...\n"
            ),
        ),
        (
            "list.json",
            format!(
                "{{\n\t\"kind\": \"List\", \"apiVersion\": \"v1\",\n\t\"items\": [ {{\"apiVersion\":\"bitnami.com/v1alpha1\",\"kind\":\"SealedSecret\",\n\t\"metadata\":{{\"name\":\"db\",\"namespace\":\"demo\"}},\"spec\":{{\"encryptedData\":{{\"a\":\"{a}\"}}}}}} ]\n}}"
            ),
        ),
    ]
}

const ROTATE: &str = "signet rotate repo --cert new.crt --key-backup old.key --key-backup new.key";

#[test]
fn only_the_values_change() {
    let room = Room::new();
    let files = awkward(&room);
    for (name, text) in &files {
        room.write(&format!("repo/{name}"), text);
    }
    let _ = room.stdout(ROTATE, "");
    for (name, before) in &files {
        let after = room.read(&format!("repo/{name}"));
        assert_ne!(*before, after, "{name}");
        let masked = mask(&after);
        // A block scalar holds its item in lines; a new item is one line.
        if *name == "block.yaml" {
            assert_snapshot!(masked, @r"
    apiVersion: bitnami.com/v1alpha1
    kind: SealedSecret
    metadata:
      name: db
      namespace: demo
    spec:
      encryptedData:
        a: |-
          <item>
        b: >-
          <item>
    # end
    ");
        } else if *name == "anchor.yml" {
            assert_eq!(
                masked,
                mask(before).replace("b: *item", "b: <item>"),
                "{name}"
            );
        } else {
            assert_eq!(masked, mask(before), "{name}");
        }
    }
}

#[test]
fn what_was_sealed_is_still_what_opens() {
    let room = Room::new();
    for (name, text) in awkward(&room)
        .iter()
        .filter(|(name, _)| *name != "many.yaml")
    {
        room.write("repo/f.yaml", text);
        let before = room.stdout("signet unseal --key old.key -f repo/f.yaml", "");
        let _ = room.stdout(ROTATE, "");
        assert_eq!(
            room.stdout("signet unseal --key new.key -f repo/f.yaml", ""),
            before,
            "{name}"
        );
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let room = Room::new();
    for (name, text) in awkward(&room) {
        room.write(&format!("repo/{name}"), text);
    }
    assert_snapshot!(room.run(ROTATE), @r"
    $ signet rotate repo --cert new.crt --key-backup old.key --key-backup new.key
    FILE               SEALEDSECRET  RE-SEALED
    repo/anchor.yml:1  demo/db       3 of 3
    repo/block.yaml:1  demo/db       2 of 2
    repo/crlf.yaml:1   demo/db       1 of 1
    repo/flow.yaml:1   demo/db       2 of 2
    repo/list.json:3   demo/db       1 of 1
    repo/many.yaml:7   demo/db       1 of 1
    repo/many.yaml:18  demo/db       1 of 1
    repo/plain.yaml:2  demo/db       2 of 2
    13 of 13 values in 8 SealedSecrets re-sealed for SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM.
    ");
    let before = room.snapshot("repo");
    assert_snapshot!(room.run(ROTATE), @r"
    $ signet rotate repo --cert new.crt --key-backup old.key --key-backup new.key
    0 of 13 values in 8 SealedSecrets re-sealed for SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM.
    ");
    assert_eq!(room.snapshot("repo"), before);
}

#[test]
fn a_value_on_the_newest_key_keeps_its_bytes() {
    let room = Room::new();
    let (old, new) = (
        item(&room, "old.crt", "demo", "db", "a"),
        item(&room, "new.crt", "demo", "db", "b"),
    );
    let text = format!(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: db, namespace: demo}}\nspec:\n  encryptedData:\n    a: {old}\n    b: {new}\n"
    );
    room.write("repo/f.yaml", text);
    assert_snapshot!(room.run(ROTATE), @r"
    $ signet rotate repo --cert new.crt --key-backup old.key --key-backup new.key
    FILE           SEALEDSECRET  RE-SEALED
    repo/f.yaml:1  demo/db       1 of 2
    1 of 2 values in 1 SealedSecret re-sealed for SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM.
    ");
    assert!(room.read("repo/f.yaml").contains(&new));
    assert!(!room.read("repo/f.yaml").contains(&old));
}

#[test]
fn the_note_of_the_key_follows() {
    let room = Room::new();
    room.write(
        "repo/f.yaml",
        room.stdout("signet seal --cert old.crt", SECRET),
    );
    let before = room.read("repo/f.yaml");
    let _ = room.stdout(ROTATE, "");
    let note = |text: &str| {
        text.lines()
            .find(|line| line.contains("signet.dev/sealed-for"))
            .unwrap()
            .trim()
            .to_owned()
    };
    assert_ne!(note(&before), note(&room.read("repo/f.yaml")));
    // The note says that everything is on the new key, whose private half is not at hand here.
    let again = room.snapshot("repo");
    assert!(
        room.run("signet rotate repo --cert new.crt --key-backup old.key")
            .contains("0 of 2 values")
    );
    assert_eq!(room.snapshot("repo"), again);
}

#[test]
fn a_dry_run_writes_nothing_and_a_check_tells_by_its_exit_code() {
    let room = Room::new();
    room.write(
        "repo/f.yaml",
        room.stdout("signet seal --cert old.crt", SECRET),
    );
    let before = room.snapshot("repo");
    assert_snapshot!(room.run(&format!("{ROTATE} --dry-run")), @r"
    $ signet rotate repo --cert new.crt --key-backup old.key --key-backup new.key --dry-run
    FILE           SEALEDSECRET  RE-SEALED
    repo/f.yaml:2  demo/db       2 of 2
    2 of 2 values in 1 SealedSecret would be re-sealed for SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM.
    ");
    assert_snapshot!(room.run(&format!("{ROTATE} --check")), @r"
    $ signet rotate repo --cert new.crt --key-backup old.key --key-backup new.key --check
    FILE           SEALEDSECRET  RE-SEALED
    repo/f.yaml:2  demo/db       2 of 2
    2 of 2 values in 1 SealedSecret would be re-sealed for SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM.
    [exit 3]
    ");
    assert_eq!(room.snapshot("repo"), before);
    let _ = room.stdout(ROTATE, "");
    assert!(!room.run(&format!("{ROTATE} --check")).contains("[exit"));
}

#[test]
fn what_cannot_be_dealt_with_is_named_and_the_rest_is_done() {
    let room = Room::new();
    let sealed = room.stdout("signet seal --cert old.crt", SECRET);
    room.write("repo/good.yaml", &sealed);
    room.write("repo/broken.yaml", "kind: SealedSecret\na: b\n  c: [\n");
    room.write("repo/unrelated.yaml", "a: [\n");
    room.write(
        "repo/chart/sealed.yaml",
        "kind: SealedSecret\n{{ if .Values.x }}\nmetadata: {}\n{{ end }}\n",
    );
    room.write(
        "repo/nowhere.yaml",
        sealed.replacen("  namespace: demo\n", "", 1),
    );
    room.write(
        "repo/renamed.yaml",
        sealed.replace("name: db", "name: other"),
    );
    room.write("repo/.git/config.yaml", &sealed);
    room.write("repo/.hidden/f.yml", &sealed);
    room.write("repo/notes.txt", &sealed);
    room.write("elsewhere.yaml", &sealed);
    std::os::unix::fs::symlink(room.path("elsewhere.yaml"), room.path("repo/link.yaml")).unwrap();
    assert_snapshot!(room.run(ROTATE), @r"
    $ signet rotate repo --cert new.crt --key-backup old.key --key-backup new.key
    FILE                  SEALEDSECRET  RE-SEALED
    repo/.hidden/f.yml:2  demo/db       2 of 2
    repo/good.yaml:2      demo/db       2 of 2
    4 of 6 values in 3 SealedSecrets re-sealed for SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM. 1 file skipped. 3 files failed.
    ! warning: repo/chart/sealed.yaml: it is a template, not YAML; rotate what it is rendered from
    ! error: repo/broken.yaml:3: not valid YAML: mapping values are not allowed in this context
    ! error: repo/nowhere.yaml:2: metadata.namespace is missing, and what is sealed is bound to it; give it with --namespace
    ! error: repo/renamed.yaml:11: SealedSecret demo/other: no key could decrypt secret (password)
    ! error: repo/renamed.yaml:12: SealedSecret demo/other: no key could decrypt secret (username)
    [exit 1]
    ");
    for untouched in ["repo/.git/config.yaml", "repo/notes.txt", "elsewhere.yaml"] {
        assert_eq!(room.read(untouched), sealed, "{untouched}");
    }
}

/// The new file is put beside the old one first. Here that is impossible, also for root: the old
/// file's path is nearly as long as paths may be, and the temporary name is longer.
#[test]
#[cfg(target_os = "linux")]
fn nothing_is_written_when_one_file_cannot_be() {
    const LONGEST: usize = 4090;
    let room = Room::new();
    let sealed = room.stdout("signet seal --cert old.crt", SECRET);
    room.write("repo/a.yaml", &sealed);
    let mut deep = room
        .path("repo/z")
        .canonicalize()
        .unwrap_or_else(|_| room.path("repo/z"));
    while let missing @ 1.. = LONGEST.saturating_sub(deep.as_os_str().len() + "/b.yaml".len() + 1) {
        deep.push("d".repeat(if missing > 255 { 200 } else { missing }));
    }
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("b.yaml"), &sealed).unwrap();
    let session = room.run(ROTATE);
    assert!(
        session.contains("File name too long (os error 36)"),
        "{session}"
    );
    assert!(session.ends_with("[exit 1]\n"), "{session}");
    assert_eq!(room.read("repo/a.yaml"), sealed);
    assert_eq!(
        std::fs::read_dir(room.path("repo")).unwrap().count(),
        2,
        "no temporary file is left"
    );
}

#[test]
fn the_mode_of_a_file_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let room = Room::new();
    room.write(
        "repo/f.yaml",
        room.stdout("signet seal --cert old.crt", SECRET),
    );
    std::fs::set_permissions(
        room.path("repo/f.yaml"),
        std::fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    let _ = room.stdout(ROTATE, "");
    assert_eq!(
        std::fs::metadata(room.path("repo/f.yaml"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o640
    );
}

#[test]
fn programs_get_the_summary_as_an_object() {
    let room = Room::new();
    room.write(
        "repo/f.yaml",
        room.stdout("signet seal --cert old.crt", SECRET),
    );
    assert_snapshot!(room.run(&format!("{ROTATE} --output yaml")), @r"
    $ signet rotate repo --cert new.crt --key-backup old.key --key-backup new.key --output yaml
    ---
    dryRun: false
    failed: []
    resealed: 2
    sealedFor: SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM
    sealedSecrets:
    - file: repo/f.yaml
      line: 2
      name: demo/db
      resealed:
      - password
      - username
      values: 2
    skipped: []
    ");
}

#[test]
fn a_backup_is_a_list_of_key_secrets() {
    let room = Room::new();
    let secret = room.stdout("signet keygen --secret --bits 2048", "");
    let body: String = secret
        .trim_start_matches("---\n")
        .lines()
        .map(|line| format!("  {line}\n"))
        .collect();
    room.write(
        "backup.yaml",
        format!("apiVersion: v1\nkind: List\nitems:\n-{}", &body[1..]),
    );
    let json: serde_json::Value =
        serde_json::from_str(&room.stdout("signet cert -o json --cert new.crt", "")).unwrap();
    assert_eq!(json["bits"], 2048);
    let line = secret
        .lines()
        .find_map(|line| line.trim().strip_prefix("tls.crt: "))
        .unwrap();
    room.write("made.b64", line);
    room.write("key.yaml", &secret);
    room.write("made.crt", decode(line));
    room.write(
        "repo/f.yaml",
        room.stdout("signet seal --cert made.crt", SECRET),
    );
    assert!(
        room.stdout(
            "signet rotate repo --cert new.crt --key-backup backup.yaml",
            ""
        )
        .contains("2 of 2")
    );
    let _ = room.stdout("signet unseal --key new.key -f repo/f.yaml", "");
}

/// Base64, for a certificate of a test.
fn decode(text: &str) -> Vec<u8> {
    let value = |c: u8| {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
            .iter()
            .position(|x| *x == c)
    };
    let bits: Vec<_> = text.bytes().filter_map(value).collect();
    bits.chunks(4)
        .flat_map(|four| {
            let number = four
                .iter()
                .enumerate()
                .fold(0, |sum, (i, v)| sum | v << (18 - 6 * i));
            [(number >> 16) as u8, (number >> 8) as u8, number as u8]
                .into_iter()
                .take(four.len() - 1)
        })
        .collect()
}
