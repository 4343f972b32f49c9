//! Signatures that the real `git`, `ssh-keygen` and `gpg` make, checked; and what must not pass.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a failed unwrap is the failed test; skipping is said aloud

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use signet_source::{Mode, Reference, SecretData, Snapshot, TrustedKeys, VerifyError};
use support::{World, at};
use zeroize::Zeroizing;

const TIME: Duration = Duration::from_secs(20);

fn run(program: &str, args: &[&str], home: Option<&Path>) -> Vec<u8> {
    let mut command = Command::new(program);
    if let Some(home) = home {
        command.env("GNUPGHOME", home);
    }
    let output = command.args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {said}");
    output.stdout
}

/// A key pair of `ssh-keygen`, and what a Secret holds of it.
struct SshKey {
    _directory: tempfile::TempDir,
    private: PathBuf,
    public: String,
}

fn ssh_key(kind: &str) -> SshKey {
    let directory = tempfile::tempdir().unwrap();
    let private = directory.path().join("key");
    let path = private.to_str().unwrap();
    run(
        "ssh-keygen",
        &["-q", "-t", kind, "-N", "", "-C", "ada", "-f", path],
        None,
    );
    let public = fs::read_to_string(private.with_extension("pub")).unwrap();
    SshKey {
        _directory: directory,
        private,
        public,
    }
}

fn secret(pairs: &[(&str, &[u8])]) -> SecretData {
    let pair = |(key, value): &(&str, &[u8])| ((*key).to_owned(), Zeroizing::new(value.to_vec()));
    pairs.iter().map(pair).collect()
}

fn trusted(pairs: &[(&str, &[u8])]) -> TrustedKeys {
    TrustedKeys::from_secret(&secret(pairs)).unwrap()
}

/// Signs everything with an SSH key from now on.
fn sign_with_ssh(world: &World, key: &SshKey) {
    for pair in [
        ["gpg.format", "ssh"],
        ["user.signingkey", key.private.to_str().unwrap()],
        ["commit.gpgsign", "true"],
    ] {
        world.work.git(&["config", pair[0], pair[1]]).unwrap();
    }
}

/// A home of `gpg` with a fresh key, and a program that signs with it. `then` is a moment at which
/// both are made; the key lasts a day.
struct PgpHome {
    home: tempfile::TempDir,
    public: Vec<u8>,
    program: PathBuf,
}

fn pgp_home(then: Option<&str>) -> PgpHome {
    let home = tempfile::tempdir().unwrap();
    run("chmod", &["700", home.path().to_str().unwrap()], None);
    let when = then.map_or(String::new(), |then| format!("--faked-system-time={then}"));
    let lasts = if then.is_some() { "1d" } else { "never" };
    let uid = "Ada <ada@example.com>";
    let mut make = vec!["--batch", "--quiet", "--passphrase", ""];
    make.extend(then.map(|_| when.as_str()));
    make.extend(["--quick-generate-key", uid, "ed25519", "sign", lasts]);
    run("gpg", &make, Some(home.path()));
    let public = run(
        "gpg",
        &["--batch", "--armor", "--export"],
        Some(home.path()),
    );
    // A program that brings its own home, so that no other key of the machine is asked.
    let program = home.path().join("gpg-here");
    let at = home.path().display();
    let text = format!("#!/bin/sh\nexec gpg --homedir '{at}' --batch {when} \"$@\"\n");
    fs::write(&program, text).unwrap();
    run("chmod", &["+x", program.to_str().unwrap()], None);
    PgpHome {
        home,
        public,
        program,
    }
}

/// Whether `gpg` is there; a word on standard output where it is not.
fn has_gpg() -> bool {
    let found = Command::new("gpg").arg("--version").output().is_ok();
    if !found {
        println!("skipped: gpg is missing (Debian: apt-get install gnupg)");
    }
    found
}

fn sign_with_gpg(world: &World, home: &PgpHome) {
    let program = home.program.to_str().unwrap();
    for pair in [
        ["gpg.format", "openpgp"],
        ["gpg.program", program],
        ["user.signingkey", "ada@example.com"],
        ["commit.gpgsign", "true"],
    ] {
        world.work.git(&["config", pair[0], pair[1]]).unwrap();
    }
}

impl Drop for PgpHome {
    fn drop(&mut self) {
        // gpg leaves its agent behind; this ends the one of this home alone.
        let mut command = Command::new("gpgconf");
        command
            .env("GNUPGHOME", self.home.path())
            .args(["--kill", "gpg-agent"]);
        drop(command.output());
    }
}

fn head(snapshot: &Snapshot, keys: &TrustedKeys) -> Result<String, VerifyError> {
    snapshot.verify(Mode::Head, keys, TIME)
}

#[test]
fn a_commit_signed_with_each_kind_of_ssh_key_is_accepted_and_named() {
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let (world, key) = (World::new(), ssh_key(kind));
        sign_with_ssh(&world, &key);
        world.work.write("a.yaml", "kind: A\n").unwrap();
        let commit = world.push("Signed");
        let keys = trusted(&[("ada.sshpub", key.public.as_bytes())]);
        let said = head(&world.fetch(), &keys).unwrap();
        let shown = run(
            "ssh-keygen",
            &["-l", "-f", key.private.to_str().unwrap()],
            None,
        );
        let shown = String::from_utf8(shown).unwrap();
        let fingerprint = shown.split(' ').nth(1).unwrap();
        assert_eq!(
            said,
            format!("verified signature of\n\t- commit '{commit}' with key '{fingerprint}'"),
            "{kind}"
        );
    }
}

#[test]
fn an_ssh_signature_counts_for_this_commit_this_purpose_and_these_keys_alone() {
    let (world, key, other) = (World::new(), ssh_key("ed25519"), ssh_key("ed25519"));
    world.work.write("a.yaml", "kind: A\n").unwrap();
    world.push("Not signed");
    let keys = trusted(&[("ada.sshpub", key.public.as_bytes())]);
    let error = head(&world.fetch(), &keys).unwrap_err();
    assert_eq!(error.reason(), "InvalidCommitSignature");
    assert!(error.to_string().contains("it is not signed"), "{error}");

    sign_with_ssh(&world, &key);
    world.push("Signed");
    let strangers = trusted(&[("bob.sshpub", other.public.as_bytes())]);
    let error = head(&world.fetch(), &strangers).unwrap_err();
    assert!(error.to_string().contains("none of those"), "{error}");

    let raw = world.work.git(&["cat-file", "commit", "HEAD"]).unwrap();
    for (from, to, why) in [
        ("Signed", "Forged", "does not match"),
        (
            "gpgsig -----BEGIN SSH SIGNATURE-----",
            "gpgsig -----BEGIN SSH SIGNATURE-----\n !",
            "cannot be read",
        ),
    ] {
        let forged = world.work.dir().join("forged");
        fs::write(&forged, format!("{}\n", raw.replacen(from, to, 1))).unwrap();
        let id = world
            .work
            .git(&[
                "hash-object",
                "-t",
                "commit",
                "-w",
                forged.to_str().unwrap(),
            ])
            .unwrap();
        world
            .work
            .push(&world.url, &["-f", &format!("{id}:refs/heads/main")])
            .unwrap();
        let error = head(&world.fetch(), &keys).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }

    // The same key over the same bytes, but signed as a file and not for git.
    let unsigned = world.work.git(&["cat-file", "commit", "HEAD"]).unwrap();
    let payload = unsigned.split("gpgsig").next().unwrap().to_owned() + "\nSigned\n";
    let file = world.work.dir().join("payload");
    fs::write(&file, &payload).unwrap();
    run(
        "ssh-keygen",
        &[
            "-q",
            "-Y",
            "sign",
            "-n",
            "file",
            "-f",
            key.private.to_str().unwrap(),
            file.to_str().unwrap(),
        ],
        None,
    );
    let signature = fs::read_to_string(world.work.dir().join("payload.sig")).unwrap();
    let header = format!("gpgsig {}", signature.trim_end().replace('\n', "\n "));
    let (headers, message) = payload.split_once("\n\n").unwrap();
    fs::write(
        &file,
        format!("{}\n{header}\n\n{message}", headers.trim_end()),
    )
    .unwrap();
    let id = world
        .work
        .git(&["hash-object", "-t", "commit", "-w", file.to_str().unwrap()])
        .unwrap();
    world
        .work
        .push(&world.url, &["-f", &format!("{id}:refs/heads/main")])
        .unwrap();
    let error = head(&world.fetch(), &keys).unwrap_err();
    assert!(
        error.to_string().contains("it was signed for \"file\""),
        "{error}"
    );
}

#[test]
fn a_tag_must_be_signed_annotated_and_the_one_asked_for() {
    let (world, key) = (World::with_one_commit(), ssh_key("ed25519"));
    let keys = trusted(&[("ada.sshpub", key.public.as_bytes())]);
    sign_with_ssh(&world, &key);
    world
        .work
        .git(&["config", "commit.gpgsign", "false"])
        .unwrap();
    world
        .work
        .git(&["tag", "-s", "-m", "One", "v1.0.0"])
        .unwrap();
    world
        .work
        .git(&["tag", "-a", "--no-sign", "-m", "Two", "v2.0.0"])
        .unwrap();
    world.work.git(&["tag", "light"]).unwrap();
    let signed = world.work.git(&["rev-parse", "v1.0.0"]).unwrap();
    world
        .work
        .git(&["update-ref", "refs/tags/v9.0.0", &signed])
        .unwrap();
    world.work.push(&world.url, &["--tags"]).unwrap();
    let tag = |name: &str, mode| {
        let request = at(Reference::Tag(name.into()), &world.url);
        world
            .repository
            .fetch(&request)
            .unwrap()
            .verify(mode, &keys, TIME)
    };
    let said = tag("v1.0.0", Mode::Tag).unwrap();
    assert!(
        said.contains("\n\t- tag 'v1.0.0' with key 'SHA256:"),
        "{said}"
    );
    let reason = |result: Result<String, VerifyError>| {
        let error = result.unwrap_err();
        (error.reason(), error.to_string())
    };
    assert_eq!(
        reason(tag("v1.0.0", Mode::TagAndHead)).0,
        "InvalidCommitSignature"
    );
    assert_eq!(reason(tag("v2.0.0", Mode::Tag)).0, "InvalidTagSignature");
    let (light, why) = reason(tag("light", Mode::Tag));
    assert_eq!(light, "InvalidGitObject");
    assert!(why.contains("not annotated"), "{why}");
    let (moved, why) = reason(tag("v9.0.0", Mode::Tag));
    assert_eq!(moved, "InvalidGitObject");
    assert!(why.contains("is the tag \"v1.0.0\""), "{why}");
    let branch = world.fetch().verify(Mode::Tag, &keys, TIME).unwrap_err();
    assert_eq!(branch.reason(), "InvalidVerificationMode");
    assert!(branch.is_terminal());
    // The newest of a range is a tag by name, too.
    let range = at(Reference::Semver("<2".into()), &world.url);
    assert!(
        world
            .repository
            .fetch(&range)
            .unwrap()
            .verify(Mode::Tag, &keys, TIME)
            .is_ok()
    );
}

#[test]
fn a_tag_that_is_signed_later_on_the_same_commit_is_seen() {
    let (world, key) = (World::with_one_commit(), ssh_key("ed25519"));
    let keys = trusted(&[("ada.sshpub", key.public.as_bytes())]);
    sign_with_ssh(&world, &key);
    world.work.git(&["tag", "v1"]).unwrap();
    world.work.push(&world.url, &["--tags"]).unwrap();
    let request = at(Reference::Tag("v1".into()), &world.url);
    assert!(
        world
            .repository
            .fetch(&request)
            .unwrap()
            .verify(Mode::Tag, &keys, TIME)
            .is_err()
    );
    world
        .work
        .git(&["tag", "-f", "-s", "-m", "One", "v1"])
        .unwrap();
    world.work.push(&world.url, &["-f", "--tags"]).unwrap();
    assert!(
        world
            .repository
            .fetch(&request)
            .unwrap()
            .verify(Mode::Tag, &keys, TIME)
            .is_ok()
    );
}

#[test]
fn openpgp_signatures_are_held_against_the_keys_of_the_secret() {
    if !has_gpg() {
        return;
    }
    let world = World::with_one_commit();
    let (ada, bob) = (pgp_home(None), pgp_home(None));
    sign_with_gpg(&world, &ada);
    let commit = world.push("Signed");
    world.work.git(&["tag", "-s", "-m", "One", "v1"]).unwrap();
    world.work.push(&world.url, &["--tags"]).unwrap();
    let snapshot = world.fetch();
    let both = trusted(&[("bob.asc", &bob.public), ("ada.asc", &ada.public)]);
    let said = head(&snapshot, &both).unwrap();
    let listed = run(
        "gpg",
        &["--batch", "--with-colons", "--list-keys"],
        Some(ada.home.path()),
    );
    let listed = String::from_utf8(listed).unwrap();
    let id = listed
        .lines()
        .find_map(|line| line.strip_prefix("pub:"))
        .unwrap();
    let id = id.split(':').nth(3).unwrap();
    assert_eq!(
        said,
        format!("verified signature of\n\t- commit '{commit}' with key '{id}'")
    );
    let tag = at(Reference::Tag("v1".into()), &world.url);
    let tagged = world.repository.fetch(&tag).unwrap();
    assert!(tagged.verify(Mode::TagAndHead, &both, TIME).is_ok());
    let ssh = ssh_key("ed25519");
    for (keys, why) in [
        (trusted(&[("bob.asc", &bob.public)]), "none of those"),
        (
            trusted(&[("bad.asc", b"no key".as_slice())]),
            "none of those",
        ),
        (
            trusted(&[("ada.sshpub", ssh.public.as_bytes())]),
            "holds no such key",
        ),
    ] {
        let error = head(&snapshot, &keys).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
    let raw = world.work.git(&["cat-file", "commit", "HEAD"]).unwrap();
    let forged = world.work.dir().join("forged");
    fs::write(&forged, format!("{}\n", raw.replace("Signed", "Forged"))).unwrap();
    let forged = [
        "hash-object",
        "-t",
        "commit",
        "-w",
        forged.to_str().unwrap(),
    ];
    let id = world.work.git(&forged).unwrap();
    world
        .work
        .push(&world.url, &["-f", &format!("{id}:refs/heads/main")])
        .unwrap();
    let error = head(&world.fetch(), &both).unwrap_err();
    assert!(error.to_string().contains("does not match"), "{error}");
}

#[test]
fn an_openpgp_key_that_has_expired_is_refused() {
    if !has_gpg() {
        return;
    }
    let world = World::with_one_commit();
    let long_ago = pgp_home(Some("20200101T000000"));
    sign_with_gpg(&world, &long_ago);
    world.push("Signed");
    let keys = trusted(&[("ada.asc", &long_ago.public)]);
    let error = head(&world.fetch(), &keys).unwrap_err();
    assert!(error.to_string().contains("has expired"), "{error}");
}

#[test]
fn a_secret_without_a_usable_key_is_named() {
    let none = TrustedKeys::from_secret(&SecretData::new()).unwrap_err();
    assert_eq!(none.reason(), "VerificationError");
    let bad =
        TrustedKeys::from_secret(&secret(&[("ada.sshpub", b"not a key".as_slice())])).unwrap_err();
    assert!(bad.to_string().contains("\"ada.sshpub\""), "{bad}");
    assert!(Mode::parse(Some("Both")).is_err_and(|error| error.is_terminal()));
}
