//! kubectl's flags about TLS and about who asks, under the name kubeseal: each takes effect on the
//! connection to the API server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod common;

use common::Room;
use common::server::Server;
use signet_testkit::tls_front::{self, Authority};

/// An API server behind TLS.
struct Api {
    room: Room,
    server: Server,
    authority: Authority,
    clients: Authority,
}

impl Api {
    fn new() -> Self {
        let room = Room::new();
        let pem = room.read("new.crt").into_bytes();
        let server = Server::start(move |asked| {
            if asked.line.ends_with("/cert.pem") {
                (200, pem.clone())
            } else {
                (
                    200,
                    b"{\"spec\": {\"ports\": [{\"name\": \"http\"}]}}".to_vec(),
                )
            }
        });
        let (authority, clients) = (Authority::new().unwrap(), Authority::new().unwrap());
        room.write("ca.crt", authority.pem());
        room.write("other.crt", Authority::new().unwrap().pem());
        Self {
            room,
            server,
            authority,
            clients,
        }
    }

    /// A front with a certificate for `name`; its command line, but for the rest.
    fn line(&self, name: &str, wants_certificate: bool) -> String {
        let clients = wants_certificate.then_some(&self.clients);
        let config = self.authority.server(name, clients).unwrap();
        let port = tls_front::start(self.server.address.parse().unwrap(), config).unwrap();
        format!("kubeseal --fetch-cert --server https://127.0.0.1:{port}")
    }

    /// What the last request said about who asks.
    fn authorization(&self) -> Option<String> {
        let asked = self.server.asked();
        let headers = asked.last().unwrap().headers.iter();
        let mut mine = headers.filter_map(|header| header.strip_prefix("authorization: "));
        mine.next().map(str::to_owned)
    }
}

#[test]
fn a_server_is_believed_if_the_authority_that_was_named_vouches_for_it() {
    let api = Api::new();
    let line = api.line("127.0.0.1", false);
    let pem = api.room.read("new.crt");
    assert_eq!(
        api.room
            .stdout(&format!("{line} --certificate-authority ca.crt"), ""),
        pem
    );
    for flags in ["--certificate-authority other.crt", ""] {
        let said = api.room.run(&format!("{line} {flags}"));
        assert!(
            said.contains("cannot get sealed secret service: ") && said.ends_with("[exit 1]\n"),
            "{said}"
        );
        assert!(api.server.asked().len() <= 2, "only what was asked before");
    }
    let output = api
        .room
        .output(&format!("{line} --insecure-skip-tls-verify"), "", &[]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), pem);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("warning: --insecure-skip-tls-verify: "),
        "{stderr}"
    );
}

#[test]
fn the_name_in_its_certificate_may_be_another_than_its_address() {
    let api = Api::new();
    let line = api.line("api.example", false) + " --certificate-authority ca.crt";
    assert_eq!(api.room.output(&line, "", &[]).status.code(), Some(1));
    let _ = api
        .room
        .stdout(&format!("{line} --tls-server-name api.example"), "");
    let variable = [("SEALED_SECRETS_TLS_SERVER_NAME", "api.example")];
    assert!(api.room.output(&line, "", &variable).status.success());
}

#[test]
fn who_asks_is_told_by_token_or_by_name_and_password() {
    let api = Api::new();
    let line = api.line("127.0.0.1", false) + " --certificate-authority ca.crt";
    for (flags, wanted) in [
        ("", None),
        ("--token abc", Some("Bearer abc")),
        ("--token=abc --token=def", Some("Bearer def")),
        ("--username me --password word", Some("Basic bWU6d29yZA==")),
        ("--username me", Some("Basic bWU6")),
    ] {
        let _ = api.room.stdout(&format!("{line} {flags}"), "");
        assert_eq!(api.authorization().as_deref(), wanted, "{flags}");
    }
    let said = api.room.run(&format!("{line} --token abc --username me"));
    assert!(
        said.contains("invalid configuration: both a token and a user name"),
        "{said}"
    );
    // The kubeconfig's own, and what was typed over it.
    api.room.write(
        "config",
        "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\nclusters: [{name: k, cluster: {server: x}}]\nusers: [{name: u, user: {token: written}}, {name: v, user: {token: other}}]\n",
    );
    for (flags, wanted) in [
        ("", "Bearer written"),
        ("--user v", "Bearer other"),
        ("--token typed", "Bearer typed"),
    ] {
        let _ = api
            .room
            .stdout(&format!("{line} --kubeconfig config {flags}"), "");
        assert_eq!(api.authorization().as_deref(), Some(wanted), "{flags}");
    }
}

#[test]
fn a_client_certificate_is_shown() {
    let api = Api::new();
    let (certificate, key) = api.clients.sign("me").unwrap();
    api.room.write("me.crt", certificate.pem());
    api.room.write("me.key", key.serialize_pem());
    let line = api.line("127.0.0.1", true) + " --certificate-authority ca.crt";
    assert_eq!(api.room.output(&line, "", &[]).status.code(), Some(1));
    let shown = format!("{line} --client-certificate me.crt --client-key me.key");
    assert_eq!(api.room.stdout(&shown, ""), api.room.read("new.crt"));
    let said = api.room.run(&format!("{line} --client-certificate me.crt"));
    assert!(
        said.contains("a client certificate needs its key"),
        "{said}"
    );
}
