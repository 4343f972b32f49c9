//! The ConfigMap that publishes the newest certificate, and where a new key is asked for.
//!
//! Everybody who is logged in may read it (the role comes with the installation), so that sealing
//! needs neither the service proxy nor this controller to be up.

use serde_json::{Value, json};
use signet_api::names::{
    CERTIFICATE_CONFIG_MAP, CERTIFICATE_KEY, NEW_KEY_HANDLED_AT, NEW_KEY_REQUESTED_AT,
};
use signet_cluster::{ApiError, Cluster, Kind, Mode};

use super::COMPONENT;

/// What stands in the ConfigMap; all `None` if there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Whether there is one.
    pub exists: bool,
    /// The certificate that it shows, PEM.
    pub certificate: Option<String>,
    /// The token that asks for a new key.
    pub requested: Option<String>,
    /// The last token that was answered.
    pub handled: Option<String>,
}

impl Published {
    fn of(body: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let annotations = &body["metadata"]["annotations"];
        Self {
            exists: true,
            certificate: text(&body["data"][CERTIFICATE_KEY]),
            requested: text(&annotations[NEW_KEY_REQUESTED_AT]),
            handled: text(&annotations[NEW_KEY_HANDLED_AT]),
        }
    }
}

/// Reads it.
///
/// # Errors
/// What the API server said, other than that there is none.
pub async fn read(cluster: &Cluster, namespace: &str) -> Result<Published, ApiError> {
    let found = cluster
        .get(&config_maps(), Some(namespace), CERTIFICATE_CONFIG_MAP)
        .await?;
    Ok(found.as_ref().map(Published::of).unwrap_or_default())
}

/// Makes it show `certificate` and `handled`, with a write only if it does not. The request
/// annotation is left as it is: it belongs to whoever set it.
///
/// # Errors
/// What the API server said.
pub async fn write(
    cluster: &Cluster,
    namespace: &str,
    seen: &Published,
    certificate: &str,
    handled: Option<&str>,
) -> Result<(), ApiError> {
    if seen.certificate.as_deref() == Some(certificate) && seen.handled.as_deref() == handled {
        return Ok(());
    }
    let body = body(namespace, certificate, handled);
    let kind = config_maps();
    if seen.exists {
        let patch = json!({"metadata": {"annotations": body["metadata"]["annotations"]}, "data": body["data"]});
        let name = CERTIFICATE_CONFIG_MAP;
        cluster
            .merge_patch(&kind, Some(namespace), name, &patch, false, COMPONENT)
            .await?;
    } else {
        cluster.apply(&kind, &body, Mode::Apply).await?;
    }
    Ok(())
}

/// The kind that is published.
#[must_use]
pub fn config_maps() -> Kind {
    Kind::of("v1", "ConfigMap", "configmaps")
}

fn body(namespace: &str, certificate: &str, handled: Option<&str>) -> Value {
    let annotations: Value =
        handled.map_or_else(|| json!({}), |token| json!({ NEW_KEY_HANDLED_AT: token }));
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": CERTIFICATE_CONFIG_MAP,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": COMPONENT},
            "annotations": annotations,
        },
        "data": {CERTIFICATE_KEY: certificate},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_read_back() {
        let mut body = body("signet-system", "PEM", Some("t1"));
        body["metadata"]["annotations"][NEW_KEY_REQUESTED_AT] = "t2".into();
        let published = Published::of(&body);
        assert_eq!(published.certificate.as_deref(), Some("PEM"));
        assert_eq!(
            (published.requested.as_deref(), published.handled.as_deref()),
            (Some("t2"), Some("t1"))
        );
    }

    #[test]
    fn an_empty_map_is_no_certificate() {
        assert_eq!(
            Published::of(&json!({"metadata": {}})),
            Published {
                exists: true,
                ..Published::default()
            }
        );
    }
}
