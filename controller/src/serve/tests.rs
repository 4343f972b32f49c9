//! The router as a caller meets it; the table of paths, walked.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![allow(
    clippy::needless_pass_by_value,
    reason = "so that a call can say json!({})"
)]

mod peer;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use futures::future::BoxFuture;
use jiff::SignedDuration;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};
use signet_api::names::TOKEN_HEADER;
use signet_cluster::{ApiError, User};
use signet_seal::format::bitnami;
use signet_seal::{Certificate, KeyOptions, Keyring, generate, text};
use tower::ServiceExt as _;

use super::{Door, Host, Limit, ROUTES, Side, router};
use crate::keys::KeyringHandle;
use crate::metrics::Metrics;

/// jane may read Secret team-a/db; everybody else with a token may read nothing.
struct Fake {
    keys: KeyringHandle,
    metrics: Metrics,
    limit: Limit,
    require_token: bool,
}

impl Host for Fake {
    fn identify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<User>, ApiError>> {
        let known = ["jane", "joe"].contains(&token);
        let user = known.then(|| User {
            name: token.to_owned(),
            ..User::default()
        });
        let down = ApiError {
            code: 0,
            reason: "NoAnswer".to_owned(),
            message: String::new(),
        };
        Box::pin(async move { if token == "down" { Err(down) } else { Ok(user) } })
    }

    fn may_read<'a>(
        &'a self,
        user: &'a User,
        namespace: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<bool, ApiError>> {
        Box::pin(
            async move { Ok((user.name.as_str(), namespace, name) == ("jane", "team-a", "db")) },
        )
    }

    fn keyring(&self) -> &KeyringHandle {
        &self.keys
    }

    fn generator(&self) -> ChaCha20Rng {
        ChaCha20Rng::from_seed([7; 32])
    }

    fn listed(&self) -> bool {
        true
    }

    fn unseals(&self) -> bool {
        true
    }

    fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    fn limit(&self) -> &Limit {
        &self.limit
    }

    fn read_timeout(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn require_token(&self) -> bool {
        self.require_token
    }
}

/// Keys of these years, the newest last, and their certificates.
fn host(years: &[i16]) -> (Arc<Fake>, Vec<Certificate>) {
    let (mut ring, mut certificates) = (Keyring::new(), Vec::new());
    for year in years {
        let not_before = format!("{year}-01-01T00:00:00Z").parse().unwrap();
        let ttl = SignedDuration::from_hours(87_600);
        let options = KeyOptions {
            bits: 2048,
            common_name: String::new(),
            not_before,
            ttl,
        };
        let pair = generate(&options).unwrap();
        certificates.push(pair.certificate.clone());
        ring.add(year.to_string(), not_before, pair.key, pair.certificate);
    }
    let keys = KeyringHandle::new();
    keys.replace(ring);
    (
        Arc::new(Fake {
            keys,
            metrics: Metrics::new(false),
            limit: Limit::new(2, 2),
            require_token: false,
        }),
        certificates,
    )
}

/// The same with a token wanted everywhere.
fn closed((host, certificates): (Arc<Fake>, Vec<Certificate>)) -> (Arc<Fake>, Vec<Certificate>) {
    let mut host = Arc::into_inner(host).unwrap();
    host.require_token = true;
    (Arc::new(host), certificates)
}

fn item(certificate: &Certificate, label: &str, value: &str) -> String {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let sealer = bitnami::sealer(certificate).unwrap();
    text::encode(
        &sealer
            .seal(&mut rng, label.as_bytes(), value.as_bytes())
            .unwrap(),
    )
}

fn object(namespace: &str, name: &str, annotations: Value, items: &[(&str, String)]) -> String {
    json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {"namespace": namespace, "name": name, "annotations": annotations},
        "spec": {"encryptedData": items.iter().cloned().collect::<BTreeMap<_, _>>()},
    })
    .to_string()
}

async fn ask(host: &Arc<Fake>, side: Side, request: Request<Body>) -> (StatusCode, String) {
    let response = router(host, side).oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 22).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn post(
    host: &Arc<Fake>,
    token: Option<&str>,
    body: impl Into<Body>,
) -> (StatusCode, String) {
    let mut request = Request::post("/v1/reseal");
    if let Some(token) = token {
        request = request.header(TOKEN_HEADER, token);
    }
    ask(host, Side::Service, request.body(body.into()).unwrap()).await
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn every_path_is_open_or_wants_a_token() {
    let (host, _) = closed(host(&[2026]));
    for route in ROUTES {
        for side in [Side::Service, Side::Metrics] {
            let request = match route.door {
                Door::Open => get(route.path),
                Door::Token | Door::Switch => {
                    Request::post(route.path).body(Body::empty()).unwrap()
                }
            };
            let expected = match (side == route.side, route.door) {
                (false, _) => StatusCode::NOT_FOUND,
                (true, Door::Open) => StatusCode::OK,
                (true, Door::Token | Door::Switch) => StatusCode::UNAUTHORIZED,
            };
            assert_eq!(
                ask(&host, side, request).await.0,
                expected,
                "{} {side:?}",
                route.path
            );
        }
    }
}

#[tokio::test]
async fn there_is_no_other_path() {
    let (host, _) = host(&[2026]);
    for path in [
        "/",
        "/v1",
        "/debug/pprof/",
        "/v1/cert.pem/",
        "/%2e%2e/metrics",
    ] {
        for side in [Side::Service, Side::Metrics] {
            assert_eq!(
                ask(&host, side, get(path)).await.0,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
    }
    assert_eq!(
        ask(&host, Side::Service, get("/v1/reseal")).await.0,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn the_newest_certificate_is_public() {
    let (host, certificates) = host(&[2025, 2026]);
    let (status, body) = ask(&host, Side::Service, get("/v1/cert.pem")).await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::OK, certificates[1].pem())
    );
    let response = router(&host, Side::Service)
        .oneshot(get("/v1/cert.pem"))
        .await
        .unwrap();
    assert_eq!(response.headers()["content-type"], "application/x-pem-file");
}

#[tokio::test]
async fn without_a_key_it_is_alive_but_not_ready() {
    let (host, _) = host(&[]);
    assert_eq!(
        ask(&host, Side::Service, get("/healthz")).await,
        (StatusCode::OK, "ok\n".to_owned())
    );
    assert_eq!(
        ask(&host, Side::Service, get("/readyz")).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(
        ask(&host, Side::Service, get("/v1/cert.pem")).await.0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
}

#[tokio::test]
async fn only_what_is_not_on_the_newest_key_comes_back_and_it_opens() {
    let (host, certificates) = host(&[2025, 2026]);
    let (old, new) = (
        item(&certificates[0], "team-a/db", "hunter2"),
        item(&certificates[1], "team-a/db", "hunter3"),
    );
    let (status, body) = post(
        &host,
        Some("jane"),
        object("team-a", "db", json!({}), &[("old", old), ("new", new)]),
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert!(!body.contains("hunter"));
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        answer["sealedFor"],
        certificates[1].fingerprint().to_string()
    );
    let items = answer["encryptedData"].as_object().unwrap();
    assert_eq!(items.keys().collect::<Vec<_>>(), ["old"]);
    let moved = text::decode(items["old"].as_str().unwrap()).unwrap();
    let ring = host.keys.current();
    let (value, used) = ring.open(b"team-a/db", &moved, None).unwrap();
    assert_eq!(
        (value.expose(), used),
        (b"hunter2".as_slice(), certificates[1].fingerprint())
    );
}

#[tokio::test]
async fn a_bearer_token_counts_as_well() {
    let (host, certificates) = host(&[2026]);
    let body = object(
        "team-a",
        "db",
        json!({}),
        &[("a", item(&certificates[0], "team-a/db", "x"))],
    );
    let request = Request::post("/v1/reseal")
        .header("authorization", "Bearer jane")
        .body(body.into())
        .unwrap();
    assert_eq!(ask(&host, Side::Service, request).await.0, StatusCode::OK);
}

#[tokio::test]
async fn who_is_nobody_or_may_not_read_learns_nothing() {
    let (host, certificates) = host(&[2026]);
    let good = object(
        "team-a",
        "db",
        json!({}),
        &[("a", item(&certificates[0], "team-a/db", "x"))],
    );
    let bad = object("team-a", "db", json!({}), &[("a", "AgA=".to_owned())]);
    for token in [None, Some(""), Some("mallory")] {
        let answers = [
            post(&host, token, good.clone()).await,
            post(&host, token, bad.clone()).await,
        ];
        assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED, "{token:?}");
        assert_eq!(answers[0], answers[1], "{token:?}");
    }
    let answers = [
        post(&host, Some("joe"), good).await,
        post(&host, Some("joe"), bad).await,
    ];
    assert_eq!(answers[0].0, StatusCode::FORBIDDEN);
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn a_value_of_another_object_cannot_be_carried_in() {
    let (host, certificates) = host(&[2026]);
    let stolen = item(&certificates[0], "team-b/db", "x");
    let plain = post(
        &host,
        Some("jane"),
        object("team-a", "db", json!({}), &[("a", stolen.clone())]),
    )
    .await;
    assert_eq!(
        plain,
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            "no key could decrypt secret\n".to_owned()
        )
    );
    for scope in ["namespace-wide", "cluster-wide"] {
        let annotations = json!({ format!("sealedsecrets.bitnami.com/{scope}"): "true" });
        let wider = post(
            &host,
            Some("jane"),
            object("team-a", "db", annotations, &[("a", stolen.clone())]),
        )
        .await;
        assert_eq!(wider, plain, "{scope}");
    }
    for (namespace, name) in [("team-b", "db"), ("team-a", "other")] {
        let body = object(namespace, name, json!({}), &[("a", stolen.clone())]);
        assert_eq!(
            post(&host, Some("jane"), body).await.0,
            StatusCode::FORBIDDEN
        );
    }
}

#[tokio::test]
async fn a_broken_item_and_a_foreign_one_read_the_same() {
    let (host, certificates) = host(&[2026]);
    let mut broken = text::decode(&item(&certificates[0], "team-a/db", "x")).unwrap();
    *broken.last_mut().unwrap() ^= 1;
    let mut answers = Vec::new();
    for item in [
        text::encode(&broken),
        item(&certificates[0], "a/b", "x"),
        "AgA=".to_owned(),
        "%".to_owned(),
    ] {
        answers.push(
            post(
                &host,
                Some("jane"),
                object("team-a", "db", json!({}), &[("a", item)]),
            )
            .await,
        );
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn what_is_no_sealed_secret_is_refused() {
    let (host, _) = host(&[2026]);
    let secret =
        json!({"kind": "Secret", "metadata": {"namespace": "team-a", "name": "db"}}).to_string();
    for body in [
        "",
        "[]",
        "{",
        "kind: SealedSecret",
        &secret,
        &object("", "db", json!({}), &[]),
    ] {
        let answer = post(&host, Some("jane"), body.to_owned()).await;
        assert_eq!(answer.0, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_and_not_even_read_for_nobody() {
    let (host, _) = host(&[2026]);
    let large = vec![b' '; super::reseal::BODY_LIMIT + 1];
    assert_eq!(
        post(&host, Some("jane"), large.clone()).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(post(&host, None, large).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_api_server_that_is_away_is_no_consent() {
    let (host, _) = host(&[2026]);
    assert_eq!(
        post(&host, Some("down"), "{}").await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
}
