//! What is synced and unsealed: a thousand small objects, each with a value of its own, so that it
//! can be seen afterwards whether every one of them arrived.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use signet_tests::testkit::git_server::GitServer;

use super::api::Api;
use super::world::output;

/// How many objects, where a row says nothing else.
pub(crate) const COUNT: usize = 1000;

/// A repository with ConfigMaps, one file each, and a clone to work in.
pub(crate) struct Repository {
    work: PathBuf,
    pub(crate) url: String,
}

impl Repository {
    /// Makes and pushes one of `count` objects for `namespace`.
    pub(crate) fn create(
        git: &GitServer,
        name: &str,
        namespace: &str,
        room: &Path,
        count: usize,
    ) -> Result<Self> {
        let repository = Self::empty(git, name, room)?;
        for index in 0..count {
            repository.write(index, &config_map(namespace, index, &value(index)))?;
        }
        repository.commit("The objects")?;
        repository.push()?;
        Ok(repository)
    }

    /// Makes one without a commit.
    pub(crate) fn empty(git: &GitServer, name: &str, room: &Path) -> Result<Self> {
        let bare = format!("{name}.git");
        git.create(&bare)?;
        let work = room.join("work");
        fs::create_dir_all(work.join("app"))?;
        let repository = Self {
            work,
            url: git.url(&bare),
        };
        repository.git(&["init", "--quiet", "--initial-branch=main"])?;
        repository.git(&["remote", "add", "origin", &repository.url])?;
        Ok(repository)
    }

    /// Writes a file.
    pub(crate) fn write_file(&self, path: &str, text: &str) -> Result<()> {
        let path = self.work.join(path);
        fs::create_dir_all(path.parent().context("a path has a directory")?)?;
        Ok(fs::write(path, text)?)
    }

    /// Replaces the file of one object.
    pub(crate) fn write(&self, index: usize, text: &str) -> Result<()> {
        let path = self
            .work
            .join("app")
            .join(format!("{}.yaml", config_map_name(index)));
        Ok(fs::write(path, text)?)
    }

    /// Commits everything; answers the commit's id.
    pub(crate) fn commit(&self, message: &str) -> Result<String> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "-m", message])?;
        Ok(self.git(&["rev-parse", "HEAD"])?.trim().to_owned())
    }

    pub(crate) fn push(&self) -> Result<()> {
        self.git(&["push", "--quiet", "origin", "HEAD:main"])
            .map(drop)
    }

    fn git(&self, arguments: &[&str]) -> Result<String> {
        let mut git = Command::new("git");
        git.current_dir(&self.work).env("GIT_CONFIG_NOSYSTEM", "1");
        git.args(["-c", "user.name=Bench", "-c", "user.email=bench@signet.dev"]);
        output(git.args(arguments))
    }
}

pub(crate) fn config_map_name(index: usize) -> String {
    format!("settings-{index:04}")
}

/// What the object `index` says before anybody changes it.
pub(crate) fn value(index: usize) -> String {
    format!("value-{index:04}")
}

pub(crate) fn config_map(namespace: &str, index: usize, value: &str) -> String {
    format!(
        "apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app: bench
data:
  value: {value}
  log-level: info
  url: https://service-{index:04}.example.com/api
",
        name = config_map_name(index)
    )
}

/// Holds that every one of `count` ConfigMaps is there with its value.
pub(crate) fn check_config_maps(api: &Api, namespace: &str, count: usize) -> Result<()> {
    let list = api.get(&format!("/api/v1/namespaces/{namespace}/configmaps"))?;
    let all = by_name(&list)?;
    for index in 0..count {
        let object = named(&all, &config_map_name(index))?;
        let found = &object["data"]["value"];
        ensure!(
            *found == json!(value(index)),
            "{}: {found}",
            config_map_name(index)
        );
    }
    Ok(())
}

/// Secrets of three items, as one stream of documents.
pub(crate) fn secrets(namespace: &str, count: usize) -> String {
    (0..count).map(|index| secret(namespace, index)).collect()
}

/// One of them.
pub(crate) fn secret(namespace: &str, index: usize) -> String {
    let items = data(index);
    format!(
        "---
apiVersion: v1
kind: Secret
metadata: {{name: login-{index:04}, namespace: {namespace}}}
data: {items}
"
    )
}

/// Any text of letters and digits whose length is a multiple of four is base64 of something.
fn data(index: usize) -> Value {
    json!({
        "username": format!("dXNlcm5h{index:04}"),
        "password": format!("c2VjcmV0cGFzc3dvcmRvZmEy{index:04}"),
        "url": format!("aHR0cHM6Ly9leGFtcGxlLmNvbS9h{index:04}"),
    })
}

/// Holds that every one of `count` Secrets is there with its values.
pub(crate) fn check_secrets(api: &Api, namespace: &str, count: usize) -> Result<()> {
    let list = api.get(&format!("/api/v1/namespaces/{namespace}/secrets"))?;
    let all = by_name(&list)?;
    for index in 0..count {
        let name = format!("login-{index:04}");
        let object = named(&all, &name)?;
        ensure!(
            object["data"] == data(index),
            "{name}: other values than were sealed"
        );
    }
    Ok(())
}

fn by_name(list: &Value) -> Result<HashMap<&str, &Value>> {
    let items = list["items"].as_array().context("a list")?;
    let named = |object| Some((name_of(object)?, object));
    Ok(items.iter().filter_map(named).collect())
}

fn name_of(object: &Value) -> Option<&str> {
    object["metadata"]["name"].as_str()
}

fn named<'a>(all: &HashMap<&str, &'a Value>, name: &str) -> Result<&'a Value> {
    let found = all.get(name).copied();
    found.with_context(|| format!("{name} is not there"))
}

/// Creates `objects` as fast as the API server takes them.
pub(crate) fn create_all(api: &Api, path: &str, objects: &[Value]) -> Result<()> {
    const AT_ONCE: usize = 8;
    let parts = objects.chunks(objects.len().div_ceil(AT_ONCE).max(1));
    std::thread::scope(|scope| {
        let work = |part: &[Value]| part.iter().try_for_each(|o| api.create(path, o).map(drop));
        let threads: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        let mut done = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        done.try_for_each(|ended| ended.unwrap_or_else(|_| anyhow::bail!("a thread panicked")))
    })
}
