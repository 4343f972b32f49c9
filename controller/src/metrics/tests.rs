//! What is scraped, line by line.

use super::*;

#[test]
fn the_peers_names_are_kept() {
    let metrics = Metrics::new(false);
    metrics.unseal_requested();
    metrics.unsealed("team-a", "db", "shop", Some("unmanaged"));
    let text = metrics.text();
    for line in [
        "sealed_secrets_controller_unseal_requests_total 1",
        "sealed_secrets_controller_unseal_errors_total{reason=\"unmanaged\",namespace=\"team-a\"} 1",
        "sealed_secrets_controller_condition_info{namespace=\"team-a\",name=\"db\",condition=\"Synced\",\
         ss_app_kubernetes_io_instance=\"shop\"} -1",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn names_are_left_out_on_request() {
    let metrics = Metrics::new(true);
    metrics.unsealed("team-a", "db", "shop", None);
    metrics.unsealed("team-a", "web", "shop", Some("unseal"));
    let line = |value: &str| {
        format!(
            "condition_info{{namespace=\"team-a\",name=\"\",condition=\"Synced\",ss_app_kubernetes_io_instance=\"\"}} {value}"
        )
    };
    let text = metrics.text();
    assert!(
        text.contains(&line("-1")) && !text.contains("web") && !text.contains("shop"),
        "{text}"
    );
    metrics.forget("team-a", "web");
    assert!(metrics.text().contains(&line("1")));
}

#[test]
fn requests_are_counted_as_the_peer_does() {
    let metrics = Metrics::new(false);
    metrics.http("/v1/verify", "POST", 409, Duration::from_millis(3));
    metrics.http("/v1/verify", "BREW", 409, Duration::from_millis(3));
    let text = classic(&metrics.text());
    for line in [
        "# TYPE sealed_secrets_controller_http_requests_total counter",
        "sealed_secrets_controller_http_requests_total{path=\"/v1/verify\",code=\"409\",method=\"post\"} 1",
        "sealed_secrets_controller_http_request_duration_seconds_bucket{le=\"0.005\",path=\"/v1/verify\",method=\"unknown\"} 1",
        "sealed_secrets_controller_build_info{revision=",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn a_sealed_secret_that_is_gone_is_no_longer_shown() {
    let metrics = Metrics::new(false);
    metrics.unsealed("team-a", "db", "", None);
    metrics.unsealed("team-a", "db", "relabelled", None);
    assert_eq!(
        metrics.text().matches("name=\"db\"").count(),
        1,
        "one series for one object"
    );
    metrics.forget("team-a", "db");
    assert!(!metrics.text().contains("name=\"db\""));
}

#[test]
fn keys_and_reconciliations_are_shown() {
    let metrics = Metrics::new(false);
    metrics.keys(2, Some(Timestamp::UNIX_EPOCH));
    metrics.reconciled("Kustomization", Outcome::Failure, Duration::from_millis(3));
    let text = metrics.text();
    assert!(text.contains("signet_sealing_keys 2"), "{text}");
    assert!(
        text.contains("signet_reconciliations_total{kind=\"Kustomization\",result=\"failure\"} 1"),
        "{text}"
    );
}
