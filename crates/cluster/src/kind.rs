//! A kind the server knows, and the URLs of its objects.

use kube::discovery::ApiResource;
use signet_api::object_id::split_api_version;

use crate::error::ApiError;

/// A kind of object, as discovery found it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// API group; empty for the core group.
    pub group: String,
    /// Version, such as `v1`.
    pub version: String,
    /// Kind, such as `ConfigMap`.
    pub kind: String,
    /// Plural as URLs have it, such as `configmaps`.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

impl Kind {
    /// Core Secrets, which need no discovery.
    #[must_use]
    pub fn secret() -> Self {
        Self::of("v1", "Secret", "secrets")
    }

    /// A namespaced kind known beforehand; `api_version` is `v1` or `group/v1`.
    #[must_use]
    pub fn of(api_version: &str, kind: &str, plural: &str) -> Self {
        let (group, version) = split_api_version(api_version);
        let [group, version, kind, plural] = [group, version, kind, plural].map(str::to_owned);
        Self {
            group,
            version,
            kind,
            plural,
            namespaced: true,
        }
    }

    /// `v1` or `apps/v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Whether requests for this kind carry values that no message may repeat.
    pub(crate) fn bears_secrets(&self) -> bool {
        self.group.is_empty() && self.kind == "Secret"
    }

    /// Path of the collection. A namespace is ignored for cluster-scoped kinds; without one a
    /// namespaced kind means all namespaces.
    pub(crate) fn collection(&self, namespace: Option<&str>) -> Result<String, ApiError> {
        let root = root(&self.group, &self.version);
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => Ok(format!(
                "{root}/namespaces/{}/{}",
                segment("namespace", namespace)?,
                self.plural
            )),
            None => Ok(format!("{root}/{}", self.plural)),
        }
    }

    /// Path of one object. A namespaced kind needs its namespace.
    pub(crate) fn object(&self, namespace: Option<&str>, name: &str) -> Result<String, ApiError> {
        if self.namespaced && namespace.is_none() {
            return Err(ApiError::invalid(format!(
                "{}/{name} has no namespace, and {} is a namespaced kind",
                self.kind, self.kind
            )));
        }
        Ok(format!(
            "{}/{}",
            self.collection(namespace)?,
            segment("name", name)?
        ))
    }

    /// What the client library calls a kind.
    pub(crate) fn resource(&self) -> ApiResource {
        ApiResource {
            group: self.group.clone(),
            version: self.version.clone(),
            api_version: self.api_version(),
            kind: self.kind.clone(),
            plural: self.plural.clone(),
        }
    }
}

/// Where a group and version live: `/api/v1` or `/apis/apps/v1`.
pub(crate) fn root(group: &str, version: &str) -> String {
    if group.is_empty() {
        format!("/api/{version}")
    } else {
        format!("/apis/{group}/{version}")
    }
}

/// One segment of a path. What Kubernetes refuses as a name is refused here too, since in a URL it
/// could name another object, or a whole collection.
pub(crate) fn segment(what: &str, text: &str) -> Result<String, ApiError> {
    if matches!(text, "" | "." | "..") || text.contains(['/', '%']) {
        return Err(ApiError::invalid(format!(
            "{what} {text:?} is not possible in Kubernetes"
        )));
    }
    Ok(escape(text))
}

/// Percent-encodes everything that means something in a URL. Colons stay: names of RBAC objects
/// have them.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    #[test]
    fn urls_follow_group_and_scope() {
        let deployment = Kind::of("apps/v1", "Deployment", "deployments");
        assert_eq!(
            deployment.object(Some("a"), "b").unwrap(),
            "/apis/apps/v1/namespaces/a/deployments/b"
        );
        assert_eq!(
            deployment.collection(None).unwrap(),
            "/apis/apps/v1/deployments"
        );
        let role = Kind {
            namespaced: false,
            ..Kind::of(
                "rbac.authorization.k8s.io/v1",
                "ClusterRole",
                "clusterroles",
            )
        };
        assert_eq!(
            role.object(Some("ignored"), "system:node").unwrap(),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node"
        );
        assert_eq!(
            Kind::secret().object(Some("a"), "b").unwrap(),
            "/api/v1/namespaces/a/secrets/b"
        );
    }

    #[test]
    fn a_namespaced_object_needs_its_namespace() {
        let error = Kind::secret().object(None, "b").unwrap_err();
        assert_eq!((error.code, error.reason.as_str()), (422, "Invalid"));
    }

    #[test]
    fn a_name_cannot_leave_its_segment() {
        for name in ["", ".", "..", "../b", "a/status", "a%2Fstatus"] {
            assert!(Kind::secret().object(Some("a"), name).is_err(), "{name:?}");
            assert!(Kind::secret().collection(Some(name)).is_err(), "{name:?}");
        }
        assert_eq!(
            segment("name", "a?dryRun=All#x y").unwrap(),
            "a%3FdryRun%3DAll%23x%20y"
        );
    }
}
