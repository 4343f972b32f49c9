//! `signet cert`, `keygen`, `install`, `completions` and the reference, as terminal sessions.
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
fn a_certificate_is_printed_with_its_facts_beside_it() {
    let room = Room::new();
    assert_snapshot!(room.run("signet cert --cert new.crt").replace(&room.read("new.crt"), "<certificate>\n"), @r"
    $ signet cert --cert new.crt
    <certificate>
    ! note: fingerprint SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM
    ! note: seals until 2126-10-30T21:43:49Z
    ");
    assert!(
        room.run("signet cert --cert expired.crt")
            .contains("! warning: it has expired")
    );
}

#[test]
fn without_a_cluster_it_says_what_to_give() {
    let room = Room::new();
    let session = room.run("signet cert");
    assert!(session.contains("! error: no cluster: "), "{session}");
    assert!(
        session.contains(
            "! hint: give --kubeconfig, or work without a cluster: --cert FILE\n[exit 1]"
        ),
        "{session}"
    );
}

#[test]
fn a_new_pair_seals_and_opens_and_is_never_overwritten_by_accident() {
    use std::os::unix::fs::PermissionsExt;
    let room = Room::new();
    let _ = room.stdout("signet keygen --bits 2048", "");
    assert_eq!(
        std::fs::metadata(room.path("tls.key"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
    let sealed = room.stdout("signet seal --cert tls.crt", SECRET);
    let _ = room.stdout("signet unseal --key tls.key", &sealed);
    let before = room.read("tls.key");
    assert_snapshot!(room.run("signet keygen --bits 2048"), @r"
    $ signet keygen --bits 2048
    ! error: ./tls.key: File exists (os error 17)
    ! hint: --force overwrites it; what it opens is lost unless you have a copy
    [exit 1]
    ");
    assert_eq!(room.read("tls.key"), before);
    let _ = room.stdout("signet keygen --bits 2048 --force", "");
    assert_ne!(room.read("tls.key"), before);
}

#[test]
fn a_key_secret_opens_what_was_sealed_for_it() {
    let room = Room::new();
    room.write(
        "key.yaml",
        room.stdout("signet keygen --secret --bits 2048 --namespace keys", ""),
    );
    let secret = room.read("key.yaml");
    assert!(
        secret.contains("  namespace: keys\n") && secret.contains("sealed-secrets-key: active\n")
    );
    let sealed = room.stdout("signet seal --cert new.crt", SECRET);
    let session = room.run_with("signet unseal --key key.yaml", &sealed);
    assert!(
        session.contains("no key could decrypt secret (password, username)"),
        "{session}"
    );
    assert_snapshot!(room.run("signet keygen --bits 1024 --secret"), @r"
    $ signet keygen --bits 1024 --secret
    ! error: keygen: cannot make an RSA key of 1024 bits: choose 2048, 3072, 4096 or 8192
    [exit 1]
    ");
}

#[test]
fn what_is_installed_reads_back_as_the_objects_it_is() {
    let room = Room::new();
    let manifests = room.stdout(
        "signet install --image registry.example/signet:v1 --namespace keys",
        "",
    );
    let kinds: Vec<_> = manifests
        .lines()
        .filter_map(|line| line.strip_prefix("kind: "))
        .collect();
    assert_snapshot!(kinds.join(" "), @r"CustomResourceDefinition CustomResourceDefinition CustomResourceDefinition CustomResourceDefinition Namespace ServiceAccount ServiceAccount ClusterRole Role Role Role ClusterRoleBinding RoleBinding RoleBinding RoleBinding ClusterRoleBinding Service NetworkPolicy Deployment");
    assert!(manifests.contains("image: registry.example/signet:v1\n"));
    assert!(!manifests.contains("signet-system"));
    let definitions = room.stdout("signet install --definitions-only -o json", "");
    assert_eq!(
        definitions
            .matches("\"kind\": \"CustomResourceDefinition\"")
            .count(),
        4
    );
}

#[test]
fn completions_and_reference_know_every_verb() {
    let room = Room::new();
    let script = room.stdout("signet completions bash", "");
    let reference = room.stdout("signet reference", "");
    for verb in [
        "seal",
        "cert",
        "keygen",
        "unseal",
        "rotate",
        "install",
        "completions",
    ] {
        assert!(script.contains(verb), "{verb}");
        assert!(
            reference.contains(&format!("\n## `signet {verb}`\n")),
            "{verb}"
        );
    }
}

#[test]
fn a_flag_that_does_not_exist_is_a_usage_error() {
    let room = Room::new();
    assert!(room.run("signet seal --what").ends_with("[exit 2]\n"));
    assert!(room.run("kubeseal --what").ends_with("[exit 2]\n"));
}
