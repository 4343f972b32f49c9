//! Where a test works: a cluster, and a namespace of its own in it.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use signet_api::ObjectId;
use signet_cluster::{Cluster, Connection, Kind, Mode, User};

/// A cluster and a namespace of the test's own.
pub struct Place {
    pub cluster: Cluster,
    pub namespace: String,
}

impl Place {
    pub async fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let kubeconfig = std::env::var_os("SIGNET_TEST_KUBECONFIG")
            .expect("SIGNET_TEST_KUBECONFIG names a kubeconfig");
        let connection = Connection {
            kubeconfig: Some(PathBuf::from(kubeconfig)),
            ..Connection::default()
        };
        let cluster = Cluster::connect(&connection).await.unwrap();
        let namespace = format!(
            "cluster-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let place = Self { cluster, namespace };
        let body =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place.namespace}});
        place
            .cluster
            .apply(&place.kind("v1", "Namespace").await, &body, Mode::Apply)
            .await
            .unwrap();
        place
    }

    pub async fn kind(&self, api_version: &str, kind: &str) -> Kind {
        let (group, version) = signet_api::object_id::split_api_version(api_version);
        self.cluster
            .kind(group, version, kind)
            .await
            .unwrap()
            .expect("the server knows this kind")
    }

    pub async fn config_maps(&self) -> Kind {
        self.kind("v1", "ConfigMap").await
    }

    pub fn config_map(&self, name: &str, value: &str) -> Value {
        let metadata =
            json!({"name": name, "namespace": self.namespace, "labels": {"of": self.namespace}});
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": value}})
    }

    pub fn id(&self, kind: &str, name: &str) -> ObjectId {
        ObjectId {
            group: String::new(),
            version: "v1".to_owned(),
            kind: kind.to_owned(),
            namespace: Some(self.namespace.clone()),
            name: name.to_owned(),
        }
    }

    /// Lets a service account do everything with ConfigMaps here, and returns once that is so.
    pub async fn allow(&self, service_account: &str) {
        let group = "rbac.authorization.k8s.io";
        let metadata = json!({"name": "editor", "namespace": self.namespace});
        let role = json!({
            "apiVersion": format!("{group}/v1"), "kind": "Role", "metadata": metadata,
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}],
        });
        let binding = json!({
            "apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "editor"},
            "subjects": [{"kind": "ServiceAccount", "name": service_account, "namespace": self.namespace}],
        });
        for body in [role, binding] {
            let kind = self
                .kind(&format!("{group}/v1"), body["kind"].as_str().unwrap())
                .await;
            self.cluster.apply(&kind, &body, Mode::Apply).await.unwrap();
        }
        self.until_allowed(service_account).await;
    }

    /// The API server's authorizer learns of a binding by a watch of its own, a moment after the
    /// binding is stored.
    async fn until_allowed(&self, service_account: &str) {
        let user = User {
            name: format!("system:serviceaccount:{}:{service_account}", self.namespace),
            ..User::default()
        };
        for _ in 0..200 {
            let may = self
                .cluster
                .may(&user, "patch", "", "configmaps", &self.namespace, "a");
            if may.await.unwrap() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} may not patch ConfigMaps after 10 s", user.name);
    }
}
