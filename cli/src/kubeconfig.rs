//! The namespace that kubectl would work in, read without a client: kubeseal puts it into Secrets
//! that name none, and sealing with `--cert` must not wait for a cluster.

use std::path::{Path, PathBuf};

use serde_json::Value;
use signet_yaml::{Budget, Document};

use crate::error::{Context, Error, Result};
use crate::io;
use crate::settings::Pod;

/// Where a namespace may be written.
pub struct Places<'a> {
    /// Kubeconfigs; the first that sets something wins.
    pub files: &'a [PathBuf],
    /// Whether the one file was named by flag, and so must be there.
    pub explicit: bool,
    /// A context other than the current one.
    pub context: Option<&'a str>,
    /// Whether the API server's address was typed, so that no kubeconfig is needed.
    pub has_server: bool,
    /// The pod we run in.
    pub pod: &'a Pod,
}

/// Where a pod has its token and its namespace.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The namespace of the context; else, in a pod, the pod's; else `default`. `None` where there is
/// neither kubeconfig nor pod.
///
/// # Errors
/// A kubeconfig that cannot be read, whose contents are not quoted; a context that is in none.
pub fn namespace(places: &Places<'_>) -> Result<Option<String>> {
    let configs = configs(places)?;
    let current = || {
        let mut all = configs.iter();
        all.find_map(|config| text(&config["current-context"]))
    };
    let wanted = places.context.map(str::to_owned).or_else(current);
    let context = wanted.map(|name| find(&configs, &name)).transpose()?;
    let named = context.and_then(|context| text(&context["namespace"]));
    if named.is_some() {
        return Ok(named);
    }
    let pod = || in_pod(places.pod);
    let usual = || (context.is_some() || places.has_server).then(|| "default".to_owned());
    Ok(pod().or_else(usual))
}

fn configs(places: &Places<'_>) -> Result<Vec<Value>> {
    let mut configs = Vec::new();
    for file in places.files {
        if places.explicit && !file.exists() {
            let gone = format!("stat {}: no such file or directory", file.display());
            return Err(Error::new(gone).hint("--kubeconfig names it"));
        }
        if file.exists() {
            configs.extend(read(file)?);
        }
    }
    Ok(configs)
}

fn read(file: &Path) -> Result<Vec<Value>> {
    let place = format!("error loading config file \"{}\"", file.display());
    let input = io::read_file(file).map_err(|cause| cause.at(&place))?;
    let documents = signet_yaml::read(&input.bytes, &Budget::default());
    // A YAML error may quote the text around it, and that text may be a token.
    let documents = documents
        .map_err(|_| "it is not a kubeconfig in YAML")
        .at(&place)?;
    Ok(documents.into_iter().map(Document::into_json).collect())
}

/// The context of this name.
fn find<'c>(configs: &'c [Value], name: &str) -> Result<&'c Value> {
    let contexts = configs
        .iter()
        .filter_map(|config| config["contexts"].as_array())
        .flatten();
    let mut named = contexts.filter(|entry| entry["name"] == name);
    named.next().map(|entry| &entry["context"]).ok_or_else(|| {
        Error::new(format!(
            "invalid configuration: context was not found for specified context: {name}"
        ))
    })
}

/// The namespace of the pod, if there is everything that makes one.
fn in_pod(pod: &Pod) -> Option<String> {
    let account = Path::new(ACCOUNT);
    if !pod.is_likely || !account.join("token").is_file() {
        return None;
    }
    let written = || {
        let text = std::fs::read_to_string(account.join("namespace")).ok()?;
        Some(text.trim().to_owned()).filter(|name| !name.is_empty())
    };
    let named = pod.namespace.clone().or_else(written);
    Some(named.unwrap_or_else(|| "default".to_owned()))
}

fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}
