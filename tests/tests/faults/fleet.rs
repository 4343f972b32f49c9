//! Many namespaces, each with a Kustomization of its name, all of one small repository: a SealedSecret
//! and three ConfigMaps, of which one is changed, one comes and two go.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde_json::Value;
use signet_tests::canary;
use signet_tests::rig::{Repository, Rig, condition};

/// See the module.
pub struct Fleet<'rig> {
    rig: &'rig Rig,
    names: BTreeSet<String>,
    repository: Repository,
}

/// What is in the namespaces: `namespace/Kind/name` with uid and the ConfigMap's value.
pub type World = BTreeMap<String, (String, String)>;

impl<'rig> Fleet<'rig> {
    /// Makes the repository, called `story`, and declares it as a source.
    pub fn new(rig: &'rig Rig, story: &str, names: impl Iterator<Item = String>) -> Result<Self> {
        let repository = rig.repository(story)?;
        let value = canary::fresh(rig.directory(), story)?;
        let secret = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\nstringData: {{password: '{value}'}}\n"
        );
        let sealed = rig.signet(&["seal", "--scope", "cluster-wide"], &secret)?;
        repository.write("app/db.yaml", &sealed.succeeded()?)?;
        let names = names.collect();
        Ok(Self {
            rig,
            names,
            repository,
        })
    }

    /// Pushes the first commit and declares everything; the commit.
    pub fn create(&self) -> Result<String> {
        for name in ["a", "b", "c"] {
            self.write(name, "one")?;
        }
        let commit = self.repository.push("Create")?;
        self.rig.source(&self.repository)?;
        self.declare()?;
        Ok(commit)
    }

    /// Changes `a`, adds `d`.
    pub fn change(&self) -> Result<String> {
        self.write("a", "two")?;
        self.write("d", "two")?;
        self.rig.push(&self.repository, "Change")
    }

    /// Lets go of `b` and `d`.
    pub fn prune(&self) -> Result<String> {
        self.repository.remove("app/b.yaml")?;
        self.repository.remove("app/d.yaml")?;
        self.rig.push(&self.repository, "Prune")
    }

    fn write(&self, name: &str, value: &str) -> Result<()> {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{value: {value}}}\n"
        );
        self.repository.write(&format!("app/{name}.yaml"), &text)
    }

    fn declare(&self) -> Result<()> {
        let source = self.repository.name();
        let documents = self.names.iter().map(|name| {
            format!(
                "---
apiVersion: v1
kind: Namespace
metadata: {{name: {name}}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: signet-system, labels: {{story: {source}}}}}
spec: {{interval: 10m, path: ./app, prune: true, targetNamespace: {name}, sourceRef: {{kind: GitRepository, name: {source}}}}}
"
            )
        });
        self.rig
            .kubectl()
            .apply(&documents.collect::<String>())
            .map(drop)
    }

    /// Waits until every Kustomization has applied `commit`, with no help but time.
    pub fn settled(&self, commit: &str) -> Result<()> {
        let label = format!("story={}", self.repository.name());
        let list = ["kustomizations", "-n", "signet-system", "-l", &label];
        self.rig.until(&format!("all applied {commit}"), || {
            let list = self.rig.kubectl().get_json(&list)?;
            let late: Vec<_> = items(&list).filter_map(|one| late(one, commit)).collect();
            ensure!(
                late.is_empty(),
                "{} are late:\n{}",
                late.len(),
                late.join("\n")
            );
            Ok(())
        })
    }

    /// Holds that each namespace has exactly these ConfigMaps with these values, and its Secrets;
    /// and that what is in `before` is the very same object, never deleted and made anew.
    pub fn check(&self, maps: &[(&str, &str)], before: &World) -> Result<World> {
        let now = self.world()?;
        let mut wanted = BTreeMap::new();
        for name in &self.names {
            for (map, value) in maps {
                wanted.insert(format!("{name}/ConfigMap/{map}"), *value);
            }
            for kind in ["Secret", "SealedSecret"] {
                wanted.insert(format!("{name}/{kind}/db"), "");
            }
        }
        for (id, value) in &wanted {
            let found = now.get(id).map(|(_, value)| value.as_str());
            ensure!(found == Some(value), "{id}: {found:?}, expected {value:?}");
        }
        let more: Vec<_> = now.keys().filter(|id| !wanted.contains_key(*id)).collect();
        ensure!(more.is_empty(), "there is more: {more:?}");
        for (id, (uid, _)) in before {
            let other = now.get(id).filter(|(other, _)| other != uid);
            ensure!(other.is_none(), "{id} was deleted and made anew");
        }
        Ok(now)
    }

    fn world(&self) -> Result<World> {
        let kinds = ["configmaps,secrets,sealedsecrets", "-A"];
        let list = self.rig.kubectl().get_json(&kinds)?;
        let text = |object: &Value, path: &str| {
            let found = object.pointer(path).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        let mut world = World::new();
        for object in items(&list) {
            let namespace = text(object, "/metadata/namespace");
            if !self.names.contains(&namespace) {
                continue;
            }
            let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
            let facts = (text(object, "/metadata/uid"), text(object, "/data/value"));
            world.insert(format!("{namespace}/{kind}/{name}"), facts);
        }
        Ok(world)
    }

    /// The deletions of this fleet's objects that went to the API server.
    pub fn deletions(&self) -> Result<Vec<String>> {
        let ours = |path: &String| {
            let namespace = path
                .split('/')
                .skip_while(|part| *part != "namespaces")
                .nth(1);
            namespace.is_some_and(|name| self.names.contains(name))
        };
        let all = self.rig.faults()?.deletions();
        Ok(all.into_iter().filter(ours).collect())
    }
}

fn late(object: &Value, commit: &str) -> Option<String> {
    let applied = object.pointer("/status/lastAppliedRevision");
    let applied = applied.and_then(Value::as_str).unwrap_or_default();
    let ready = condition(object, "Ready");
    let late = !applied.ends_with(commit) || ready.0 != "True";
    late.then(|| format!("{}: {ready:?}", object["metadata"]["name"]))
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["items"].as_array().into_iter().flatten()
}
