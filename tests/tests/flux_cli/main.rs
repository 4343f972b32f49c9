//! The stock `flux` command line against our controller: each command works, and prints what it prints
//! of Flux's own; where Flux leaves its user waiting, an answer comes at once.
//!
//! One binary, so that the tests share a control plane.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod broken;
mod installed;
mod look;
mod make;
mod reconcile;
mod show;
mod suspend;

use anyhow::Result;
use signet_tests::rig::{Repository, Rig};

/// A repository with a ConfigMap and a Deployment, kept applied in a namespace of its own.
struct Demo {
    rig: &'static Rig,
    repository: Repository,
    commit: String,
}

impl Demo {
    /// As it is once the first commit is applied.
    fn applied(story: &str) -> Result<Self> {
        let demo = Self::pushed(story)?;
        demo.rig.connect(&demo.repository, "  prune: true")?;
        demo.rig.applied(demo.name(), &demo.commit)?;
        Ok(demo)
    }

    /// A repository that nothing in the cluster names yet.
    fn pushed(story: &str) -> Result<Self> {
        let rig = Rig::shared()?;
        let name = rig.namespace(story)?;
        let repository = rig.repository(&name)?;
        repository.write("app/cm.yaml", &config_map(&name, "info"))?;
        repository.write("app/deploy.yaml", &deployment(&name))?;
        let commit = repository.push("First version")?;
        Ok(Self {
            rig,
            repository,
            commit,
        })
    }

    /// Of its namespace, its GitRepository and its Kustomization.
    fn name(&self) -> &str {
        self.repository.name()
    }

    /// Such as `main@sha1:…`, whole.
    fn revision(&self) -> String {
        revision(&self.commit)
    }

    /// As tables show it.
    fn short(&self) -> String {
        short(&self.commit)
    }

    /// Pushes another value of the ConfigMap, and tells nobody.
    fn change(&self, level: &str) -> Result<String> {
        self.repository
            .write("app/cm.yaml", &config_map(self.name(), level))?;
        self.repository.push(&format!("Level {level}"))
    }
}

fn revision(commit: &str) -> String {
    format!("main@sha1:{commit}")
}

fn short(commit: &str) -> String {
    format!("main@sha1:{}", &commit[..8])
}

fn config_map(namespace: &str, level: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: {namespace}}}\ndata: {{level: {level}}}\n"
    )
}

fn deployment(namespace: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: {namespace}}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: main, image: 'registry.example/web:1.0.0'}}]}}
"
    )
}
