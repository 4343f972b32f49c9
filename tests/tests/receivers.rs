//! A Git server tells of a push: who is heard, and who is not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_lc_rs::hmac;
use serde_json::Value;
use sha2::{Digest, Sha256};
use signet_tests::canary;
use signet_tests::rig::{Rig, condition};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn signature(token: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes());
    format!("sha256={}", hex(hmac::sign(&key, body).as_ref()))
}

/// The status of `POST <path>`.
fn call(rig: &Rig, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<u16> {
    let address = rig.webhooks_address();
    let mut stream = TcpStream::connect(&address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    )?;
    for (name, value) in headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    // A body that is refused unread breaks the pipe; the answer is there all the same.
    let _refused = stream.write_all(body);
    let mut answer = Vec::new();
    let _reset = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text
        .split(' ')
        .nth(1)
        .with_context(|| format!("no answer: {text:?}"))?;
    Ok(status.parse()?)
}

/// A repository with its source and Kustomization, and a Receiver for it; the path and the token.
fn listening(
    rig: &Rig,
    story: &str,
    kind: &str,
) -> Result<(signet_tests::rig::Repository, String, String)> {
    let namespace = rig.namespace(story)?;
    let repository = rig.repository(&namespace)?;
    write(&repository, "one")?;
    let commit = repository.push("First")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &commit)?;
    let token = canary::fresh(rig.directory(), "webhook-token")?;
    let name = repository.name();
    rig.kubectl().apply(&format!(
        "apiVersion: v1
kind: Secret
metadata: {{name: {name}-hook, namespace: signet-system}}
stringData: {{token: '{token}'}}
---
apiVersion: notification.toolkit.fluxcd.io/v1
kind: Receiver
metadata: {{name: {name}, namespace: signet-system}}
spec:
  type: {kind}
  events: [push]
  secretRef: {{name: {name}-hook}}
  resources: [{{kind: GitRepository, name: {name}}}]
"
    ))?;
    let path = ready(rig, name)?;
    Ok((repository, path, token))
}

fn write(repository: &signet_tests::rig::Repository, value: &str) -> Result<()> {
    let namespace = repository.name();
    repository.write("app/a.yaml", &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: {namespace}}}\ndata: {{value: {value}}}\n"))
}

fn receiver(rig: &Rig, name: &str) -> Result<Value> {
    rig.kubectl().get_json(&[
        "receivers.notification.toolkit.fluxcd.io",
        name,
        "-n",
        "signet-system",
    ])
}

fn ready(rig: &Rig, name: &str) -> Result<String> {
    rig.until("the Receiver is ready", || {
        let object = receiver(rig, name)?;
        let (status, _, message) = condition(&object, "Ready");
        ensure!(status == "True", "{}", object["status"]);
        let path = object["status"]["webhookPath"]
            .as_str()
            .context("a path")?
            .to_owned();
        assert_eq!(message, format!("Receiver initialized for path: {path}"));
        Ok(path)
    })
}

#[test]
fn a_signed_call_brings_the_commit_at_once_and_others_bring_nothing() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, path, token) = listening(rig, "push", "github")?;
    let name = repository.name();
    let digest = Sha256::digest(format!("{token}{name}signet-system"));
    assert_eq!(path, format!("/hook/{}", hex(&digest)));
    write(&repository, "two")?;
    let commit = repository.push("Second")?;

    let body = br#"{"ref": "refs/heads/main"}"#;
    let good = signature(&token, body);
    let event = ("X-GitHub-Event", "push");
    assert_eq!(call(rig, &path, &[event], body)?, 400, "not signed");
    assert_eq!(
        call(
            rig,
            &path,
            &[event, ("X-Hub-Signature-256", &signature("guess", body))],
            body
        )?,
        400
    );
    assert_eq!(
        call(rig, &path, &[event, ("X-Hub-Signature-256", &good)], b"{}")?,
        400,
        "another body"
    );
    assert_eq!(
        call(
            rig,
            &path,
            &[("X-GitHub-Event", "ping"), ("X-Hub-Signature-256", &good)],
            body
        )?,
        400
    );
    assert_eq!(
        call(
            rig,
            "/hook/0000",
            &[event, ("X-Hub-Signature-256", &good)],
            body
        )?,
        404
    );
    let before = rig
        .kubectl()
        .get_json(&["gitrepository", name, "-n", "signet-system"])?;
    assert!(
        before
            .pointer("/metadata/annotations/reconcile.fluxcd.io~1requestedAt")
            .is_none()
    );

    let since = Instant::now();
    assert_eq!(
        call(rig, &path, &[event, ("X-Hub-Signature-256", &good)], body)?,
        200
    );
    rig.applied(name, &commit)?;
    assert!(
        since.elapsed() < Duration::from_secs(30),
        "the interval is ten minutes"
    );
    Ok(())
}

#[test]
fn large_slow_and_frequent_calls_are_turned_away() -> Result<()> {
    let rig = Rig::shared()?;
    let (_, path, _) = listening(rig, "greedy", "generic-hmac")?;
    assert_eq!(call(rig, &path, &[], &vec![b' '; (1 << 20) + 1])?, 413);
    assert_eq!(call(rig, "/hook/unknown", &[], &vec![b' '; 8 << 20])?, 404);
    let slow = TcpStream::connect(rig.webhooks_address())?;
    write!(
        &slow,
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{"
    )?;
    slow.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut answer = [0; 12];
    (&slow).read_exact(&mut answer)?;
    assert_eq!(&answer, b"HTTP/1.1 408");
    let answers: Result<Vec<u16>> = (0..60).map(|_| call(rig, &path, &[], b"{}")).collect();
    let answers = answers?;
    assert!(answers.contains(&429), "{answers:?}");
    assert!(
        answers.iter().all(|status| [400, 429].contains(status)),
        "{answers:?}"
    );
    Ok(())
}

#[test]
fn a_new_token_moves_the_address_and_no_token_closes_it() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, path, _) = listening(rig, "moving", "generic")?;
    let name = repository.name();
    let secret = format!("{name}-hook");
    let patch = r#"{"stringData":{"token":"another one"}}"#;
    rig.kubectl().run(&[
        "patch",
        "secret",
        &secret,
        "-n",
        "signet-system",
        "-p",
        patch,
    ])?;
    let moved = rig.until("the address moves", || {
        let moved = ready(rig, name)?;
        ensure!(moved != path, "not yet");
        Ok(moved)
    })?;
    assert_eq!(call(rig, &path, &[], b"")?, 404);
    assert_eq!(call(rig, &moved, &[], b"")?, 200);
    rig.kubectl()
        .run(&["delete", "secret", &secret, "-n", "signet-system"])?;
    let said = rig.until("the address is closed", || {
        let object = receiver(rig, name)?;
        let (status, reason, message) = condition(&object, "Ready");
        ensure!(
            status == "False" && reason == "TokenNotFound",
            "{status} {reason}"
        );
        ensure!(
            object["status"]["webhookPath"].is_null(),
            "the path is still named"
        );
        Ok(message)
    })?;
    assert!(said.contains("does not exist"), "{said}");
    assert_eq!(call(rig, &moved, &[], b"")?, 404);
    Ok(())
}

#[test]
fn what_is_not_supported_is_named() -> Result<()> {
    let rig = Rig::shared()?;
    let name = rig.name("foreign");
    rig.kubectl().apply(&format!(
        "apiVersion: notification.toolkit.fluxcd.io/v1
kind: Receiver
metadata: {{name: {name}, namespace: signet-system}}
spec:
  type: harbor
  secretRef: {{name: none}}
  resourceFilter: 'true'
  resources:
  - {{kind: OCIRepository, name: x}}
  - {{kind: GitRepository, name: x, namespace: elsewhere}}
"
    ))?;
    let said = rig.until("it is stalled", || {
        let object = receiver(rig, &name)?;
        let (status, reason, message) = condition(&object, "Stalled");
        ensure!(
            status == "True" && reason == "UnsupportedField",
            "{}",
            object["status"]
        );
        Ok(message)
    })?;
    for part in [
        "spec.type: harbor",
        "spec.resourceFilter",
        "spec.resources[0].kind: OCIRepository",
        "spec.resources[1].namespace",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    Ok(())
}
