//! What the sealed-secrets controller answers too: the same codes and bodies, and no way to carry a
//! value elsewhere.

use super::*;

async fn ask_peer(host: &Arc<Fake>, page: &str, caller: &str, body: &str) -> (StatusCode, String) {
    let request = Request::post(format!("/v1/{page}"))
        .header("x-forwarded-for", format!("invented, {caller}"))
        .body(body.to_owned().into())
        .unwrap();
    ask(host, Side::Service, request).await
}

/// Every call from another address, so that none waits.
async fn ask_once(host: &Arc<Fake>, page: &str, body: &str) -> (StatusCode, String) {
    use std::sync::atomic::{AtomicU8, Ordering};
    static CALLS: AtomicU8 = AtomicU8::new(0);
    let caller = format!("10.0.0.{}", CALLS.fetch_add(1, Ordering::Relaxed));
    ask_peer(host, page, &caller, body).await
}

#[tokio::test]
async fn verify_answers_with_its_code_alone() {
    let (host, certificates) = host(&[2025, 2026]);
    let item = item(&certificates[0], "team-a/db", "x");
    let good = object("team-a", "db", json!({}), &[("a", item.clone())]);
    let yaml = format!("---\n{good}\n---\n");
    for body in [&good, &yaml] {
        assert_eq!(
            ask_once(&host, "verify", body).await,
            (StatusCode::OK, String::new())
        );
    }
    let moved = object("team-b", "db", json!({}), &[("a", item)]);
    let broken = object("team-a", "db", json!({}), &[("a", "AgA=".to_owned())]);
    for body in [moved, broken] {
        assert_eq!(
            ask_once(&host, "verify", &body).await,
            (StatusCode::CONFLICT, String::new())
        );
    }
    let two = format!("{good}\n---\n{good}");
    let kind = good.replace("\"SealedSecret\"", "\"Secret\"");
    for body in ["", "garbage", "{", "a: *b", &two, &kind] {
        for page in ["verify", "rotate"] {
            assert_eq!(
                ask_once(&host, page, body).await,
                (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
                "{page} {body}"
            );
        }
    }
}

#[tokio::test]
async fn rotate_changes_ciphertext_and_nothing_else() {
    let (host, certificates) = host(&[2025, 2026]);
    let old = item(&certificates[0], "team-a", "hunter2");
    let scope = "sealedsecrets.bitnami.com/namespace-wide";
    let mut body: Value = serde_json::from_str(&object(
        "team-a",
        "db",
        json!({scope: "true"}),
        &[("a", old)],
    ))
    .unwrap();
    body["metadata"]["labels"] = json!({"app": "web"});
    body["spec"]["template"] = json!({
        "metadata": {
            "labels": {"inner": "kept"},
            "annotations": {"sealedsecrets.bitnami.com/cluster-wide": "true"},
            "namespace": "team-b",
        },
        "data": {"b": "{{ .a }}"},
    });
    let mut sent = body.clone();
    sent["metadata"]["uid"] = "u".into();
    sent["metadata"]["creationTimestamp"] = Value::Null;
    sent["status"] = json!({"observedGeneration": 1});
    let (status, answer) = ask_once(&host, "rotate", &sent.to_string()).await;
    assert_eq!(status, StatusCode::OK);
    let mut answer: Value = serde_json::from_str(&answer).unwrap();
    let moved = answer["spec"]["encryptedData"]["a"].take();
    body["spec"]["encryptedData"]["a"] = Value::Null;
    assert_eq!(answer, body);
    let moved = text::decode(moved.as_str().unwrap()).unwrap();
    let ring = host.keys.current();
    let (value, used) = ring.open(b"team-a", &moved, None).unwrap();
    assert_eq!(
        (value.expose(), used),
        (b"hunter2".as_slice(), certificates[1].fingerprint())
    );
    for wider in [b"".as_slice(), b"team-b", b"team-b/db"] {
        assert!(ring.open(wider, &moved, None).is_err());
    }
}

/// CVE-2026-22728: what stands in the template, or another name, must not widen the scope.
#[tokio::test]
async fn rotate_opens_nothing_under_another_label() {
    let (host, certificates) = host(&[2026]);
    let strict = item(&certificates[0], "team-a/db", "x");
    let wide = |scope: &str| json!({ format!("sealedsecrets.bitnami.com/{scope}"): "true" });
    for body in [
        object(
            "team-a",
            "db",
            wide("cluster-wide"),
            &[("a", strict.clone())],
        ),
        object(
            "team-a",
            "db",
            wide("namespace-wide"),
            &[("a", strict.clone())],
        ),
        object("team-a", "other", json!({}), &[("a", strict.clone())]),
        object("team-b", "db", json!({}), &[("a", strict)]),
    ] {
        assert_eq!(
            ask_once(&host, "rotate", &body).await,
            (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
            "{body}"
        );
    }
}

#[tokio::test]
async fn one_caller_waits_and_another_does_not() {
    let (host, certificates) = host(&[2026]);
    let body = object(
        "team-a",
        "db",
        json!({}),
        &[("a", item(&certificates[0], "team-a/db", "x"))],
    );
    for _ in 0..3 {
        let (status, _) = ask_peer(&host, "verify", "10.1.0.1", &body).await;
        assert_eq!(status, StatusCode::OK);
    }
    let (status, text) = ask_peer(&host, "verify", "10.1.0.1", &body).await;
    assert_eq!(
        (status, text.as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "limit exceeded\n")
    );
    let (status, _) = ask_peer(&host, "verify", "10.1.0.2", &body).await;
    assert_eq!(status, StatusCode::OK);
    let large = " ".repeat(super::super::reseal::BODY_LIMIT + 1);
    let (status, _) = ask_peer(&host, "verify", "10.1.0.3", &large).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn with_the_switch_only_who_may_read_the_secret_is_answered() {
    let (host, certificates) = closed(host(&[2026]));
    let body = |namespace: &str| {
        let item = item(&certificates[0], &format!("{namespace}/db"), "x");
        object(namespace, "db", json!({}), &[("a", item)])
    };
    for page in ["verify", "rotate"] {
        for (token, namespace, expected) in [
            ("", "team-a", StatusCode::UNAUTHORIZED),
            ("mallory", "team-a", StatusCode::UNAUTHORIZED),
            ("joe", "team-a", StatusCode::FORBIDDEN),
            ("jane", "team-b", StatusCode::FORBIDDEN),
            ("jane", "team-a", StatusCode::OK),
        ] {
            let request = Request::post(format!("/v1/{page}"))
                .header(TOKEN_HEADER, token)
                .body(body(namespace).into())
                .unwrap();
            let (status, _) = ask(&host, Side::Service, request).await;
            assert_eq!(status, expected, "{page} {token} {namespace}");
        }
    }
}
