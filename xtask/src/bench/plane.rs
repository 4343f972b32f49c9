//! The one API server of a run: who asked it what is in its audit log.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use signet_tests::control_plane::{ControlPlane, Options};
use signet_tests::http::{self, free_port};
use signet_tests::server::Server;

use super::api::Api;

const POLICY: &str = "apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
";

/// A control plane with a way in and a record of requests.
pub(crate) struct Plane {
    // In the order in which they end.
    _proxy: Server,
    pub(crate) api: Api,
    pub(crate) control: ControlPlane,
    audit: PathBuf,
}

impl Plane {
    pub(crate) fn start(directory: &Path) -> Result<Self> {
        eprintln!("starting the control plane …");
        fs::create_dir_all(directory)?;
        let (policy, audit) = (directory.join("audit.yaml"), directory.join("audit.log"));
        fs::write(&policy, POLICY)?;
        let control = ControlPlane::start_with(Options {
            directory: Some(directory.to_owned()),
            api_server_flags: vec![
                format!("--audit-policy-file={}", policy.display()),
                format!("--audit-log-path={}", audit.display()),
            ],
            ..Options::default()
        })?;
        let port = free_port()?;
        let mut command = control.kubectl().command();
        command.arg("proxy").arg(format!("--port={port}"));
        let proxy = Server::start("kubectl-proxy", &mut command, directory)?;
        let address = format!("127.0.0.1:{port}");
        signet_tests::eventually(Duration::from_secs(20), "kubectl proxy answers", || {
            http::get(&address, "/version").map(drop)
        })?;
        Ok(Self {
            _proxy: proxy,
            api: Api::new(address),
            control,
            audit,
        })
    }

    /// Makes a namespace; one that is there already is as good.
    pub(crate) fn namespace(&self, name: &str) -> Result<()> {
        let body = json!({ "metadata": { "name": name } });
        match self.api.create("/api/v1/namespaces", &body) {
            Err(error) if !error.to_string().contains("AlreadyExists") => Err(error),
            _ => Ok(()),
        }
    }

    /// How many requests there were until now: a mark in the record.
    pub(crate) fn mark(&self) -> Result<usize> {
        Ok(self.record()?.len())
    }

    /// The finished requests of the programs called `agents` since `mark`, without open watches.
    pub(crate) fn requests_since(&self, mark: usize, agents: &[&str]) -> Result<Vec<Request>> {
        let lines = self.record()?;
        let requests = lines
            .iter()
            .skip(mark)
            .filter_map(|line| Request::read(line));
        let theirs = |request: &Request| agents.iter().any(|a| request.agent.starts_with(a));
        Ok(requests
            .filter(|request| theirs(request) && request.verb != "watch")
            .collect())
    }

    fn record(&self) -> Result<Vec<String>> {
        let text = fs::read_to_string(&self.audit).context("the audit log")?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Removes what a row declared and what came of it. Nobody is there to honour finalizers.
    pub(crate) fn clean(&self, namespace: &str) -> Result<()> {
        for kind in [
            "/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations",
            "/apis/source.toolkit.fluxcd.io/v1/gitrepositories",
        ] {
            // A kind that no row has defined yet has no objects.
            let Ok(list) = self.api.get(kind) else {
                continue;
            };
            for object in list["items"].as_array().into_iter().flatten() {
                self.remove(kind, object)?;
            }
        }
        for kind in [
            "api/v1/{}/configmaps",
            "apis/bitnami.com/v1alpha1/{}/sealedsecrets",
            "api/v1/{}/secrets",
        ] {
            let path = kind.replace("{}", &format!("namespaces/{namespace}"));
            if self.api.get(&format!("/{path}?limit=1")).is_ok() {
                self.api.delete(&format!("/{path}"))?;
            }
        }
        Ok(())
    }

    fn remove(&self, kind: &str, object: &Value) -> Result<()> {
        let text = |name: &str| object["metadata"][name].as_str().unwrap_or_default();
        let (group, plural) = kind.rsplit_once('/').context("a path has segments")?;
        let path = format!(
            "{group}/namespaces/{}/{plural}/{}",
            text("namespace"),
            text("name")
        );
        let free = json!({ "metadata": { "finalizers": null } });
        self.api.patch(&path, &free)?;
        self.api.delete(&path).map(drop)
    }
}

/// One request, as the API server noted it.
pub(crate) struct Request {
    agent: String,
    verb: String,
    pub(crate) resource: String,
    pub(crate) namespace: String,
}

impl Request {
    /// Whether it was to change something; asking the server who somebody is changes nothing.
    pub(crate) fn writes(&self) -> bool {
        let asks = ["tokenreviews", "subjectaccessreviews", "leases"];
        ["create", "update", "patch", "delete"].contains(&self.verb.as_str())
            && !asks.contains(&self.resource.as_str())
    }

    fn read(line: &str) -> Option<Self> {
        let event: Value = serde_json::from_str(line).ok()?;
        let text = |pointer: &str| {
            let value = event.pointer(pointer).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        Some(Self {
            agent: text("/userAgent"),
            verb: text("/verb"),
            resource: text("/objectRef/resource"),
            namespace: text("/objectRef/namespace"),
        })
    }
}
