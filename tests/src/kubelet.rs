//! A kubelet's place taken by the test: one node on loopback, pods put on it by hand, and their logs
//! read from a file when the API server asks for them.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use signet_testkit::tls_front::{self, Authority};

use crate::listener::Listener;
use crate::rig::Rig;

/// See the module's documentation.
pub struct Kubelet {
    node: String,
}

impl Kubelet {
    /// A node of that name. `log` is what every container of it has said.
    ///
    /// # Errors
    /// When the API server does not take it.
    pub fn start(rig: &Rig, node: &str, log: PathBuf) -> Result<Self> {
        let behind = Listener::start(move |asked| {
            match (
                asked.path.starts_with("/containerLogs/"),
                std::fs::read(&log),
            ) {
                (true, Ok(text)) => (200, text),
                _ => (404, Vec::new()),
            }
        })?;
        let server = Authority::new()?.server("127.0.0.1", None)?;
        let port = tls_front::start(behind.address(), server)?;
        let object = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}});
        rig.kubectl().apply(&object.to_string())?;
        let status = json!({"status": {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
        }});
        patch(rig, "node", node, None, &status)?;
        Ok(Self {
            node: node.to_owned(),
        })
    }

    /// Puts a pod on the node, and says that it runs and is ready.
    ///
    /// # Errors
    /// When the API server does not take it.
    pub fn run(&self, rig: &Rig, namespace: &str, pod: &str) -> Result<()> {
        let binding = json!({
            "apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod, "namespace": namespace},
            "target": {"apiVersion": "v1", "kind": "Node", "name": self.node},
        });
        let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/binding");
        let arguments = ["create", "--raw", &path, "-f", "-"];
        rig.kubectl()
            .run_with_input(&arguments, &binding.to_string())?;
        let object = rig.kubectl().get_json(&["pod", pod, "-n", namespace])?;
        let containers = object.pointer("/spec/containers").and_then(Value::as_array);
        let running: Vec<_> = containers
            .context("a pod has containers")?
            .iter()
            .map(|container| {
                json!({
                    "name": container["name"], "image": container["image"], "imageID": "",
                    "ready": true, "restartCount": 0, "state": {"running": {}},
                })
            })
            .collect();
        let status = json!({"status": {
            "phase": "Running", "podIP": "10.1.0.1", "containerStatuses": running,
            "conditions": [{"type": "Ready", "status": "True"}],
        }});
        patch(rig, "pod", pod, Some(namespace), &status)
    }
}

fn patch(rig: &Rig, kind: &str, name: &str, namespace: Option<&str>, status: &Value) -> Result<()> {
    let status = status.to_string();
    let mut arguments = vec![
        "patch",
        kind,
        name,
        "--subresource=status",
        "--type=merge",
        "-p",
    ];
    arguments.push(&status);
    if let Some(namespace) = namespace {
        arguments.extend(["-n", namespace]);
    }
    rig.kubectl().run(&arguments).map(drop)
}
