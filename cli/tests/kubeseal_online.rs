//! What is asked of the cluster under the name kubeseal, and what is made of its answers: the
//! certificate, `--validate`, `--re-encrypt`, kubectl's flags, proxies.
//!
//! The whole-program tests ask a real API server; here stands what it would not show.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod common;

use common::server::{Answer, Asked, Server};
use common::{Room, SECRET, mask};
use insta::assert_snapshot;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};
use signet_api::SealedSecret;
use signet_seal::format::bitnami;
use signet_seal::{Certificate, Keyring, PrivateKey, rotation};

const SERVICE: &str = "/api/v1/namespaces/kube-system/services/sealed-secrets-controller";
const PROXY: &str =
    "/api/v1/namespaces/kube-system/services/http:sealed-secrets-controller:http/proxy";

fn status(code: u16, message: &str) -> Answer {
    let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code});
    (code, body.to_string().into_bytes())
}

fn service(port: &str) -> Answer {
    let body = json!({"kind": "Service", "spec": {"ports": [{"name": port, "port": 8080}]}});
    (200, body.to_string().into_bytes())
}

/// An API server with a controller that holds both keys and seals for the new one. What it makes of
/// an object is as little as any of the peer's releases leaves of it.
fn cluster(room: &Room) -> Server {
    let file = |name: &str| room.read(name).into_bytes();
    let mut ring = Keyring::new();
    for name in ["old", "new"] {
        let key = PrivateKey::from_pem(&file(&format!("{name}.key"))).unwrap();
        let certificate = Certificate::from_pem(&file(&format!("{name}.crt"))).unwrap();
        ring.add(name, certificate.not_before(), key, certificate);
    }
    let pem = file("new.crt");
    Server::start(move |asked| match asked.line.as_str() {
        line if line == format!("GET {SERVICE}") => service("http"),
        line if line == format!("GET {PROXY}/v1/cert.pem") => (200, pem.clone()),
        line if line == format!("POST {PROXY}/v1/rotate") => rotate(&asked.body, &ring, &pem),
        line if line == format!("POST {PROXY}/v1/verify") => {
            let moved = rotate(&asked.body, &ring, &pem).0;
            (if moved == 200 { 200 } else { 409 }, Vec::new())
        }
        _ => status(404, "services \"x\" not found"),
    })
}

fn rotate(body: &[u8], ring: &Keyring, pem: &[u8]) -> Answer {
    let sealed: SealedSecret = serde_json::from_slice(body).unwrap();
    let sealer = bitnami::sealer(&Certificate::from_pem(pem).unwrap()).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let moved = rotation::reseal(&sealed, ring, &*sealer, &mut rng);
    if !moved.failed.is_empty() {
        return (500, Vec::new());
    }
    let metadata = json!({"name": sealed.metadata.name, "namespace": sealed.metadata.namespace, "creationTimestamp": null});
    let answer = json!({
        "kind": "SealedSecret", "apiVersion": "bitnami.com/v1alpha1", "metadata": metadata,
        "spec": {"template": {"metadata": metadata}, "encryptedData": moved.items},
    });
    (200, answer.to_string().into_bytes())
}

/// A file as a repository has it: with more in it than any type of the peer's holds.
fn sealed_file(room: &Room) -> String {
    let item = room.stdout(
        "kubeseal --cert old.crt --raw -n demo --name db",
        "correct horse",
    );
    format!(
        "# Ours.\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: db\n  namespace: demo\n  labels: {{team: a}} # for the report\nspec:\n  encryptedData:\n    password: {item} # rotated in May\n  template:\n    type: Opaque\n    metadata: {{labels: {{app: web}}}}\n    data:\n      url: 'https://u:{{{{ .password }}}}@db'\n  future: [1]\n"
    )
}

#[test]
fn re_encrypting_a_file_changes_its_ciphertext_and_nothing_else() {
    use std::os::unix::fs::PermissionsExt;
    let room = Room::new();
    let server = cluster(&room);
    let before = sealed_file(&room);
    for flag in ["--re-encrypt", "--rotate"] {
        room.write("db.yaml", &before);
        let mode = std::fs::Permissions::from_mode(0o640);
        std::fs::set_permissions(room.path("db.yaml"), mode).unwrap();
        let said = room.stdout(
            &format!("kubeseal --server {} {flag} -f db.yaml", server.url()),
            "",
        );
        assert_eq!(said, "");
        let after = room.read("db.yaml");
        assert_ne!(after, before);
        assert_eq!(mask(&after), mask(&before));
        let permissions = std::fs::metadata(room.path("db.yaml"))
            .unwrap()
            .permissions();
        assert_eq!(permissions.mode() & 0o777, 0o640);
        let opened = room.stdout("signet unseal --key new.key", &without_template(&after));
        assert!(
            opened.contains("password: Y29ycmVjdCBob3JzZQ=="),
            "{opened}"
        );
    }
}

/// What is bound to the values is all that a controller needs, and so all that it is told.
#[test]
fn a_controller_is_told_what_is_sealed_and_for_whom_and_no_more() {
    let room = Room::new();
    let server = cluster(&room);
    let url = server.url();
    let _ = room.stdout(
        &format!("kubeseal --server {url} --re-encrypt"),
        &sealed_file(&room),
    );
    let asked = server.asked();
    let lines: Vec<_> = asked.iter().map(|asked| asked.line.as_str()).collect();
    assert_eq!(
        lines,
        [format!("GET {SERVICE}"), format!("POST {PROXY}/v1/rotate")]
    );
    let mut body: Value = serde_json::from_slice(&asked[1].body).unwrap();
    body["spec"]["encryptedData"]["password"].take();
    let bound = json!({"name": "db", "namespace": "demo", "annotations": {}});
    assert_eq!(
        body,
        json!({
            "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": bound,
            "spec": {"encryptedData": {"password": null}, "template": {"metadata": bound}},
        })
    );
}

/// The template of the file is for another test: what opens here is the values.
fn without_template(text: &str) -> String {
    text.replace("    data:\n      url: 'https://u:{{ .password }}@db'\n", "")
}

#[test]
fn what_is_re_encrypted_is_printed_as_it_was_or_as_the_format_says() {
    let room = Room::new();
    let server = cluster(&room);
    let line = |flags: &str| format!("kubeseal --server {} --re-encrypt {flags}", server.url());
    let before = sealed_file(&room);
    let yaml = room.stdout(&line("-o yaml"), &before);
    assert_eq!(mask(&yaml), format!("---\n{}", mask(&before)));
    let _ = room.stdout(&line("-w out.yml"), &before);
    assert_eq!(mask(&room.read("out.yml")), mask(&yaml));
    let json = room.stdout(&line(""), &before);
    assert_snapshot!(mask(&json), @r#"
    {
      "kind": "SealedSecret",
      "apiVersion": "bitnami.com/v1alpha1",
      "metadata": {
        "name": "db",
        "namespace": "demo",
        "labels": {
          "team": "a"
        }
      },
      "spec": {
        "template": {
          "metadata": {
            "labels": {
              "app": "web"
            }
          },
          "type": "Opaque",
          "data": {
            "url": "https://u:{{ .password }}@db"
          }
        },
        "encryptedData": {
          "password": "<item>"
        },
        "future": [
          1
        ]
      }
    }
    "#);
    let several = format!("{before}---\n{before}");
    assert_eq!(
        room.stdout(&line("-o yaml"), &several)
            .matches("# Ours.")
            .count(),
        2
    );
    // As `kubectl get -o yaml` prints it: what is the cluster's is left out.
    let live = before.replace(
        "  name: db",
        "  name: db\n  uid: u\n  resourceVersion: '7'\n  generation: 2",
    ) + "status: {observedGeneration: 2}\n";
    let printed = room.stdout(&line("-o yaml"), &live);
    for gone in ["uid", "resourceVersion", "generation", "status"] {
        assert!(!printed.contains(gone), "{printed}");
    }
    assert!(printed.contains("future:\n  - 1\n"), "{printed}");
}

#[test]
fn the_note_on_the_keys_names_the_new_key() {
    let room = Room::new();
    let server = cluster(&room);
    room.write("db.yaml", room.stdout("signet seal --cert old.crt", SECRET));
    let _ = room.stdout(
        &format!("kubeseal --server {} --re-encrypt -f db.yaml", server.url()),
        "",
    );
    let wanted = Certificate::from_pem(room.read("new.crt").as_bytes()).unwrap();
    let text = room.read("db.yaml");
    assert!(
        text.contains(&format!(
            "signet.dev/sealed-for: {}\n",
            wanted.fingerprint()
        )),
        "{text}"
    );
}

#[test]
fn validating_is_silent_or_names_what_does_not_open() {
    let room = Room::new();
    let server = cluster(&room);
    let line = format!("kubeseal --server {} --validate", server.url());
    let good = sealed_file(&room);
    assert_eq!(room.run_with(&line, &good), format!("$ {line}\n"));
    let moved = good.replace("name: db", "name: elsewhere");
    let said = room.run_with(&line, &format!("{good}---\n{moved}"));
    assert!(
        said.ends_with("! error: unable to decrypt sealed secret: elsewhere\n[exit 1]\n"),
        "{said}"
    );
    // A Secret is in the clear: nobody is sent one by mistake.
    let _ = server.asked();
    let said = room.run_with(&line, SECRET);
    assert!(
        said.contains(
            "! error: cannot validate sealed secret: <stdin>:1: it is not a SealedSecret\n"
        ),
        "{said}"
    );
    let said = room.run_with(&line.replace("--validate", "--re-encrypt"), SECRET);
    assert!(
        said.contains("! error: cannot re-encrypt secret: <stdin>:1: it is not a SealedSecret\n"),
        "{said}"
    );
    assert!(server.asked().iter().all(|asked| asked.body.is_empty()));
    let nothing = room.run_with(&line, "");
    assert!(
        nothing.contains("warning: there is no SealedSecret"),
        "{nothing}"
    );
}

#[test]
fn a_refusal_keeps_the_sentences_that_scripts_look_for_and_the_file() {
    let room = Room::new();
    room.write("db.yaml", sealed_file(&room));
    let before = room.read("db.yaml");
    for (answer, validate, re_encrypt) in [
        (
            (409, Vec::new()),
            "unable to decrypt sealed secret: db",
            "unable to rotate secret",
        ),
        (
            (500, Vec::new()),
            "cannot validate sealed secret: the controller answered 500",
            "cannot re-encrypt secret: db.yaml:2: the controller answered 500",
        ),
        (
            status(503, "no endpoints available"),
            "cannot validate sealed secret: no endpoints available",
            "cannot re-encrypt secret: db.yaml:2: no endpoints available",
        ),
        (
            (
                200,
                b"{\"spec\": {\"encryptedData\": {\"other\": \"x\"}}}".to_vec(),
            ),
            "",
            "cannot re-encrypt secret: db.yaml:2: the controller's answer has other values than those it was asked about",
        ),
        (
            (200, b"<html>".to_vec()),
            "",
            "cannot re-encrypt secret: db.yaml:2: the controller's answer cannot be read",
        ),
    ] {
        let server = Server::start(move |asked: &Asked| {
            if asked.line.starts_with("GET") {
                service("http")
            } else {
                answer.clone()
            }
        });
        for (mode, message) in [("--validate", validate), ("--re-encrypt", re_encrypt)] {
            let said = room.run(&format!(
                "kubeseal --server {} {mode} -f db.yaml",
                server.url()
            ));
            let wanted = format!("! error: {message}\n");
            assert!(message.is_empty() || said.contains(&wanted), "{said}");
        }
        assert_eq!(room.read("db.yaml"), before);
    }
}

#[test]
fn the_service_is_looked_for_where_it_is_named_else_where_signet_puts_it() {
    let room = Room::new();
    let pem = room.read("new.crt");
    let answer = pem.clone().into_bytes();
    let server = Server::start(move |asked| match asked.line.as_str() {
        "GET /api/v1/namespaces/there/services/mine" => service(""),
        "GET /api/v1/namespaces/there/services/http:mine:/proxy/v1/cert.pem" => {
            (200, answer.clone())
        }
        "GET /api/v1/namespaces/signet-system/services/signet-controller" => service("http"),
        line if line.ends_with("/http:signet-controller:http/proxy/v1/cert.pem") => {
            (200, answer.clone())
        }
        "GET /api/v1/namespaces/kube-system/services/sealed-secrets-controller" => status(
            403,
            "services \"sealed-secrets-controller\" is forbidden: no",
        ),
        _ => status(404, "not found"),
    });
    let line = |flags: &str| format!("kubeseal --server {} --fetch-cert {flags}", server.url());
    assert_eq!(
        room.stdout(
            &line("--controller-name mine --controller-namespace there"),
            ""
        ),
        pem
    );
    assert_eq!(room.stdout(&line(""), ""), pem);
    let said = room.run(&line("--controller-namespace=kube-system"));
    let wanted = "! error: cannot get sealed secret service: services \"sealed-secrets-controller\" is forbidden: no.\n! Please, use the flag --controller-name and --controller-namespace";
    assert!(said.contains(wanted), "{said}");
    let said = room.run(&line("--controller-name=other"));
    assert!(
        said.contains("! error: cannot get sealed secret service: services \"other\" not found.\n"),
        "{said}"
    );
}

#[test]
fn who_asks_is_said_by_flags_and_no_secret_goes_over_plain_http() {
    let room = Room::new();
    let server = cluster(&room);
    let line = format!(
        "kubeseal --server {} --fetch-cert --as me --as-uid 7 --as-group a,b --as-group c --token canary-token",
        server.url()
    );
    let _ = room.stdout(&line, "");
    for asked in server.asked() {
        let mine: Vec<_> = asked
            .headers
            .iter()
            .filter(|h| h.starts_with("impersonate"))
            .collect();
        assert_eq!(
            mine,
            [
                "impersonate-user: me",
                "impersonate-uid: 7",
                "impersonate-group: a,b",
                "impersonate-group: c"
            ]
        );
        assert!(!asked.headers.iter().any(|header| header.contains("canary")));
    }
}

#[test]
fn a_request_is_given_up_after_the_time_that_was_typed() {
    let room = Room::new();
    let server = Server::start(|_| {
        std::thread::sleep(std::time::Duration::from_secs(20));
        status(404, "late")
    });
    let since = std::time::Instant::now();
    let said = room.run(&format!(
        "kubeseal --server {} --fetch-cert --controller-name x --request-timeout 300ms",
        server.url()
    ));
    assert!(said.contains("no answer within 0.3 seconds"), "{said}");
    assert!(since.elapsed().as_secs() < 10);
    let said = room.run("kubeseal --fetch-cert --request-timeout soon");
    assert!(said.contains("\"soon\" is no time"), "{said}");
}

#[test]
fn a_certificate_is_fetched_through_the_proxy_that_the_environment_names() {
    let room = Room::new();
    let pem = room.read("new.crt");
    let answer = pem.clone().into_bytes();
    let server = Server::start(move |asked| match asked.line.ends_with("/missing") {
        true => (404, Vec::new()),
        false => (200, answer.clone()),
    });
    let line = "kubeseal --fetch-cert --cert http://cert.example/cert.pem";
    for name in ["HTTP_PROXY", "http_proxy"] {
        let output = room.output(line, "", &[(name, &server.address)]);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), pem);
        assert_eq!(server.asked()[0].line, "GET http://cert.example/cert.pem");
    }
    let proxy = ("HTTP_PROXY", server.address.as_str());
    let output = room.output(line, "", &[proxy, ("NO_PROXY", ".example")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(server.asked().is_empty(), "this host is to be asked itself");
    // This machine is never asked through a proxy.
    let near = format!("kubeseal --fetch-cert --cert {}/cert.pem", server.url());
    let output = room.output(&near, "", &[("HTTP_PROXY", "http://proxy.example")]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), pem);
    let url = server.url().replace("http://", "http://me:canary@");
    let said = room.run(&format!("kubeseal --fetch-cert --cert {url}/missing"));
    let wanted = format!("! error: cannot fetch \"{}/missing\": 404", server.url());
    assert!(said.contains(&wanted), "{said}");
    assert!(
        !said
            .lines()
            .any(|line| line.starts_with('!') && line.contains("canary")),
        "{said}"
    );
}

#[test]
fn the_api_server_is_reached_through_a_proxy_that_is_typed_written_or_in_the_environment() {
    let room = Room::new();
    let proxy = cluster(&room);
    let tunnel = |asked: Vec<Asked>| asked.first().map(|asked| asked.line.clone());
    let line = "kubeseal --fetch-cert --server http://api.example:8080";
    let _ = room.stdout(&format!("{line} --proxy-url {}", proxy.url()), "");
    assert_eq!(
        tunnel(proxy.asked()).as_deref(),
        Some("CONNECT api.example:8080")
    );
    let output = room.output(line, "", &[("HTTP_PROXY", &proxy.url())]);
    assert!(output.status.success());
    assert_eq!(
        tunnel(proxy.asked()).as_deref(),
        Some("CONNECT api.example:8080")
    );
    let output = room.output(
        line,
        "",
        &[("HTTP_PROXY", &proxy.url()), ("NO_PROXY", "api.example")],
    );
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(tunnel(proxy.asked()), None);
    room.write(
        "config",
        format!(
            "current-context: c\ncontexts: [{{name: c, context: {{cluster: k}}}}]\nclusters: [{{name: k, cluster: {{server: 'http://written.example:8081', proxy-url: '{}'}}}}]\n",
            proxy.url()
        ),
    );
    let _ = room.stdout("kubeseal --fetch-cert --kubeconfig config", "");
    assert_eq!(
        tunnel(proxy.asked()).as_deref(),
        Some("CONNECT written.example:8081")
    );
}
