//! HTTP over TLS: the certificate is fetched by `https` address, with the real kubeseal too, and a
//! renewed server certificate is taken in while the controller runs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use signet_tests::rig::Rig;
use signet_tests::testkit::tls_front::Authority;
use signet_tests::tools::{self, Program};
use signet_tests::{canary, process};

/// A certificate for loopback by a fresh authority, as files; the authority's own is `<name>-ca.crt`.
fn issue(room: &Path, name: &str) -> Result<()> {
    let authority = Authority::new()?;
    let (certificate, key) = authority.sign("127.0.0.1")?;
    fs::write(room.join(format!("{name}-ca.crt")), authority.pem())?;
    // One rename for each, as whoever renews a certificate does it.
    for (file, text) in [
        ("tls.crt", certificate.pem()),
        ("tls.key", key.serialize_pem()),
    ] {
        let scratch = room.join(format!("{file}.new"));
        fs::write(&scratch, text)?;
        fs::rename(scratch, room.join(file))?;
    }
    Ok(())
}

#[test]
fn kubeseal_and_signet_seal_by_https_and_a_renewed_certificate_is_served() -> Result<()> {
    let room = tempfile::tempdir()?;
    issue(room.path(), "first")?;
    let path = |name: &str| room.path().join(name).display().to_string();
    let (certificate, key) = (path("tls.crt"), path("tls.key"));
    let flags = [
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
        "--tls-optional",
    ];
    let rig = Rig::start(&flags)?;
    let namespace = rig.namespace("tls")?;
    let url = format!("https://{}/v1/cert.pem", rig.address());
    let secret = |name: &str, value: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\nstringData: {{password: '{value}'}}\n"
        )
    };
    let kubeseal = |secret: &str, authority: &str| {
        let mut command = Command::new(tools::find(Program::Kubeseal)?);
        command
            .args(["--format=yaml", "--cert", &url])
            .env("HOME", room.path())
            .env("KUBECONFIG", rig.kubectl().kubeconfig())
            .env("SSL_CERT_FILE", path(authority));
        process::run(&mut command, secret.as_bytes())
    };
    let signet = |secret: &str, authority: &str| {
        let mut command = process::signet(room.path())?;
        command
            .args(["seal", "--cert", &url])
            .env("SSL_CERT_FILE", path(authority));
        process::run(&mut command, secret.as_bytes())
    };
    let (theirs, ours) = (
        canary::fresh(rig.directory(), "a")?,
        canary::fresh(rig.directory(), "b")?,
    );
    for sealed in [
        kubeseal(&secret("theirs", &theirs), "first-ca.crt")?,
        signet(&secret("ours", &ours), "first-ca.crt")?,
    ] {
        rig.kubectl().apply(&sealed.succeeded()?)?;
    }
    rig.until("both are opened", || {
        ensure!(rig.secret(&namespace, "theirs")?["password"] == theirs);
        ensure!(rig.secret(&namespace, "ours")?["password"] == ours);
        Ok(())
    })?;

    issue(room.path(), "second")?;
    rig.until("the renewed certificate is served", || {
        signet(&secret("more", &ours), "second-ca.crt")?.succeeded()
    })?;
    let refused = signet(&secret("more", &ours), "first-ca.crt")?.failed()?;
    ensure!(refused.contains("certificate"), "{refused}");
    Ok(())
}
