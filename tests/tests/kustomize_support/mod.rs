//! Repositories as directories on disk, built by us and by hand.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)] // each test file uses its part; a failed unwrap is a failed test

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use signet_api::KustomizationSpec;
use signet_engine::manifest::Manifest;
use signet_engine::tree::{Entry, File, RepoPath, Tree};
use signet_render::sandbox::{Limits, Mode, Sandbox};
use signet_render::{BuildError, Commit, GatherError, Kustomize, gather};
use signet_tests::process;
use signet_tests::tools::{self, Program};
use signet_yaml::Budget;

/// Overlays with most of what kustomize can do: name, files, the directory to build.
pub const CASES: [(&str, &str, &str); 3] = [
    (
        "overlay",
        "\
//- apps/base/kustomization.yaml
resources:
- app.yaml

configMapGenerator:
- name: conf
  literals: [mode=fast]
  files: [app.ini=conf/app.ini]
//- apps/base/conf/app.ini
[x]
y = 1
//- apps/base/app.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
      - name: web
        image: nginx
        envFrom:
        - configMapRef: {name: conf}
        - secretRef: {name: db}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
//- apps/prod/kustomization.yaml
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: prod
namePrefix: p-
nameSuffix: '-one'
resources: [../base, more.yaml]
components: [../../components/tls]
images: [{name: nginx, newName: registry.example/nginx, newTag: '1.27'}]
replicas: [{name: web, count: 4}]
patches:
- path: patch.yaml
- target: {kind: Service}
  patch: |
    - {op: replace, path: /spec/ports/0/port, value: 8080}
labels: [{pairs: {team: a}, includeSelectors: true}]
secretGenerator:
- name: db
  envs: [db.env]
//- apps/prod/db.env
USER=web
//- apps/prod/more.yaml
# an account
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
//- apps/prod/patch.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, resources: {limits: {cpu: 100m}}}]}}}
//- components/tls/kustomization.yaml
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
commonAnnotations: {tls: 'on'}
",
        "apps/prod",
    ),
    (
        "replacements, variables and plugins",
        "\
//- app/kustomization.yaml
bases: [../lib]
resources: [a.yaml]
replacements: [{path: r.yaml}]
transformers:
- |
  apiVersion: builtin
  kind: AnnotationsTransformer
  metadata: {name: x}
  annotations: {by: transformer}
  fieldSpecs: [{path: metadata/annotations, create: true}]
- t.yaml
generators: [g.yaml]
openapi: {path: ../schema.json}
configurations: [names.yaml]
crds: [crd.json]
//- app/r.yaml
- source: {kind: ConfigMap, name: a, fieldPath: data.x}
  targets: [{select: {kind: ConfigMap, name: b}, fieldPaths: [data.copy], options: {create: true}}]
//- app/a.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {x: value}
//- app/t.yaml
apiVersion: builtin
kind: PatchTransformer
metadata: {name: p}
target: {kind: ConfigMap, name: b}
path: deep/patch.yaml
//- app/deep/patch.yaml
- {op: add, path: /data/patched, value: 'yes'}
//- app/g.yaml
apiVersion: builtin
kind: ConfigMapGenerator
metadata: {name: made}
files: [deep/file.txt]
//- app/deep/file.txt
text
//- app/names.yaml
namePrefix: [{path: metadata/name}]
//- app/crd.json
{}
//- lib/kustomization.yml
resources: [b.yaml]
//- lib/b.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: b}
data: {own: b}
//- schema.json
{\"definitions\": {}}
",
        "app",
    ),
    (
        "links",
        "\
//- app/Kustomization
resources: [base, base/extra.yaml]
//- app/base -> ../shared/base
//- shared/base/kustomization.yaml
resources: [a.yaml, ../b.yaml]
//- shared/base/a.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
//- shared/base/extra.yaml -> ../../files/extra.yaml
//- files/extra.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: extra}
//- shared/b.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: b}
",
        "app",
    ),
];

/// A repository on disk.
pub struct Directory {
    directory: tempfile::TempDir,
}

impl Directory {
    /// `//- path` begins a file, `//- path -> target` is a link.
    pub fn of(text: &str) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        for part in text.split("//- ").skip(1) {
            let (head, content) = part.split_once('\n').unwrap_or((part, ""));
            let (name, target) = head.split_once(" -> ").unwrap_or((head, ""));
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().context("a name")?)?;
            match target {
                "" => std::fs::write(path, content)?,
                target => symlink(target, path)?,
            }
        }
        Ok(Self { directory })
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    fn real(&self, path: &RepoPath) -> Option<(PathBuf, RepoPath)> {
        let mut given = self.path().to_owned();
        given.extend(path.names());
        let real = given.canonicalize().ok()?;
        let top = self.path().canonicalize().ok()?;
        let inside = real.strip_prefix(top).ok()?.to_str()?.to_owned();
        Some((real, RepoPath::parse(&inside).ok()?))
    }
}

/// The files as they are; what a commit promises beyond that is tested where commits are read.
impl Commit for Directory {
    fn entry(&self, path: &RepoPath) -> Result<Option<Entry>, String> {
        Ok(self.real(path).map(|(real, at)| match real.is_dir() {
            true => Entry::Directory { at },
            false => Entry::File {
                id: String::new(),
                at,
            },
        }))
    }

    fn bytes(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String> {
        Ok(self
            .real(path)
            .and_then(|(real, _)| std::fs::read(real).ok()))
    }

    fn directory(&self, path: &RepoPath, keep: &dyn Fn(&RepoPath) -> bool) -> Result<Tree, String> {
        let (mut files, mut ahead) = (Vec::new(), vec![path.clone()]);
        while let Some(directory) = ahead.pop() {
            let Some((real, _)) = self.real(&directory) else {
                continue;
            };
            for entry in std::fs::read_dir(real).unwrap().flatten() {
                let name = entry.file_name().into_string().unwrap();
                let path = directory.child(&name).unwrap();
                match entry.path().is_dir() {
                    true => ahead.push(path),
                    false if keep(&path) => files.push(File {
                        bytes: std::fs::read(entry.path()).unwrap(),
                        path,
                    }),
                    false => {}
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Tree {
            id: String::new(),
            files,
        })
    }
}

pub fn rooms() -> PathBuf {
    std::env::temp_dir().canonicalize().unwrap()
}

/// kustomize behind the walls of the real controller.
pub fn kustomize() -> &'static Kustomize {
    static FOUND: OnceLock<Kustomize> = OnceLock::new();
    FOUND.get_or_init(|| Kustomize {
        program: tools::find(Program::Kustomize).unwrap(),
        sandbox: Sandbox {
            launcher: process::binary(process::CONTROLLER).unwrap(),
            mode: Mode::Require,
            limits: Limits {
                memory: 256 << 20,
                time: Duration::from_secs(60),
                output: 16 << 20,
            },
        },
        rooms: rooms(),
    })
}

pub fn spec(declared: &str) -> KustomizationSpec {
    let text = format!(
        "interval: 1m\nprune: true\nsourceRef: {{kind: GitRepository, name: x}}\n{declared}"
    );
    let documents = signet_yaml::read(text.as_bytes(), &Budget::default()).unwrap();
    serde_json::from_value(documents[0].to_json()).unwrap()
}

/// What we make of a directory, or what a condition would say.
pub fn build(
    kustomize: &Kustomize,
    directory: &Directory,
    at: &str,
    declared: &str,
) -> Result<Vec<Manifest>, String> {
    let path = RepoPath::parse(at).unwrap();
    let sources = gather(directory, &path, &spec(declared)).map_err(|error| match error {
        GatherError::Refused(findings) => findings.iter().map(|one| format!("{one}\n")).collect(),
        error => format!("{error:?}"),
    })?;
    match sources.into_objects() {
        Ok(objects) => Ok(in_namespace(objects, &spec(declared))),
        Err(sources) => kustomize
            .build(&sources)
            .map(|built| built.manifests)
            .map_err(|error| {
                let (BuildError::Files(said)
                | BuildError::Limits(said)
                | BuildError::Elsewhere(said)) = error;
                said
            }),
    }
}

/// What the guard does to objects that need no build.
fn in_namespace(mut objects: Vec<Manifest>, spec: &KustomizationSpec) -> Vec<Manifest> {
    for object in &mut objects {
        let cluster_wide = object.id.kind.starts_with("Cluster") || object.id.kind == "Namespace";
        if let Some(namespace) = spec.target_namespace.as_deref().filter(|_| !cluster_wide) {
            object.set_namespace(namespace);
        }
    }
    objects
}

pub fn ours(directory: &Directory, at: &str, declared: &str) -> Result<Vec<Manifest>> {
    build(kustomize(), directory, at, declared).map_err(anyhow::Error::msg)
}

/// What is said of a directory that cannot be built.
pub fn failure(directory: &Directory, at: &str, declared: &str) -> String {
    build(kustomize(), directory, at, declared).expect_err("it is built")
}

pub fn failure_within(directory: &Directory, at: &str, limits: Limits) -> String {
    let mut kustomize = kustomize().clone();
    kustomize.sandbox.limits = limits;
    build(&kustomize, directory, at, "").expect_err("it is built")
}

/// What kustomize prints, run by hand.
pub fn theirs(directory: &Directory, at: &str) -> Result<Vec<Value>> {
    let said = Command::new(&kustomize().program)
        .args(["build", "--load-restrictor", "LoadRestrictionsNone", at])
        .current_dir(directory.path())
        .output()?;
    ensure!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    let documents = signet_yaml::read(&said.stdout, &Budget::default())?;
    Ok(documents
        .iter()
        .map(signet_yaml::Document::to_json)
        .collect())
}

/// Objects by kind and name, without what says nothing.
pub fn objects<T: Body>(all: &[T]) -> BTreeMap<String, Value> {
    let named = |one: &T| {
        let mut body = one.body().clone();
        for field in ["annotations", "labels"] {
            let metadata = body["metadata"].as_object_mut().unwrap();
            if metadata
                .get(field)
                .is_some_and(|map| map.as_object().is_some_and(serde_json::Map::is_empty))
            {
                metadata.remove(field);
            }
        }
        (
            format!("{}/{}", body["kind"], body["metadata"]["name"]),
            body,
        )
    };
    all.iter().map(named).collect()
}

pub trait Body {
    fn body(&self) -> &Value;
}

impl Body for Value {
    fn body(&self) -> &Value {
        self
    }
}

impl Body for Manifest {
    fn body(&self) -> &Value {
        &self.body
    }
}
