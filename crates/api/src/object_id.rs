//! Which object: group, version, kind, namespace, name, and the forms in which it is written.

use std::fmt;

use serde_json::Value;

/// The group whose names may hold `:`, which Flux's inventory writes otherwise.
const RBAC: &str = "rbac.authorization.k8s.io";

/// Identity of a Kubernetes object.
///
/// Ordered by group, kind, namespace and name, so that maps of them read well.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    /// API group; empty for the core group.
    pub group: String,
    /// Kind, such as `Deployment`.
    pub kind: String,
    /// Namespace; `None` for cluster-scoped objects and where a manifest leaves it out.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
    /// API version without the group, such as `v1`.
    pub version: String,
}

impl ObjectId {
    /// Reads the identity of a manifest. `None` if `apiVersion`, `kind` or `metadata.name` is
    /// missing, empty or no string.
    #[must_use]
    pub fn of(body: &Value) -> Option<Self> {
        let text = |v: &Value| v.as_str().filter(|s| !s.is_empty()).map(str::to_owned);
        let api_version = text(body.get("apiVersion")?)?;
        let (group, version) = split_api_version(&api_version);
        let metadata = body.get("metadata")?;
        Some(Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: text(body.get("kind")?)?,
            namespace: metadata.get("namespace").and_then(text),
            name: text(metadata.get("name")?)?,
        })
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

    /// The form of Flux's inventory: `<namespace>_<name>_<group>_<kind>`, empty parts kept;
    /// `:` in the names of RBAC objects is written `__`.
    #[must_use]
    pub fn inventory_id(&self) -> String {
        let name = if self.group == RBAC {
            self.name.replace(':', "__")
        } else {
            self.name.clone()
        };
        let namespace = self.namespace.as_deref().unwrap_or_default();
        format!("{namespace}_{name}_{}_{}", self.group, self.kind)
    }

    /// Reads [`Self::inventory_id`] back. `None` if it is not of that form.
    #[must_use]
    pub fn from_inventory(id: &str, version: &str) -> Option<Self> {
        let (namespace, rest) = id.split_once('_')?;
        let (rest, kind) = rest.rsplit_once('_')?;
        let (name, group) = rest.rsplit_once('_')?;
        let name = if group == RBAC {
            name.replace("__", ":")
        } else {
            name.to_owned()
        };
        (!name.is_empty() && !kind.is_empty()).then(|| Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
            name,
        })
    }
}

/// `Kind/namespace/name`, or `Kind/name` without a namespace: the form of events and messages.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{}/{namespace}/{}", self.kind, self.name),
            None => write!(f, "{}/{}", self.kind, self.name),
        }
    }
}

/// Splits `apps/v1` into group and version; the core group is empty.
#[must_use]
pub fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(inventory: &str) -> Option<ObjectId> {
        ObjectId::from_inventory(inventory, "v1")
    }

    #[test]
    fn inventory_ids_read_back_as_written() {
        for text in [
            "default_podinfo_apps_Deployment",
            "_flux-system__Namespace",
            "default_podinfo__Service",
            "_system__admin_rbac.authorization.k8s.io_ClusterRole",
            "default_a:b_example.com_Route",
        ] {
            assert_eq!(id(text).map(|id| id.inventory_id()).as_deref(), Some(text));
        }
        assert_eq!(id("nonsense"), None);
    }

    #[test]
    fn a_manifest_without_a_name_has_no_identity() {
        let body = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}});
        assert_eq!(ObjectId::of(&body), None);
    }
}
