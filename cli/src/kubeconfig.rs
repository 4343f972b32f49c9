//! The namespace of a kubeconfig's context, read without a client: kubeseal puts it into Secrets
//! that name none, and sealing with `--cert` must not wait for a cluster.

use std::path::PathBuf;

use serde_json::Value;
use signet_yaml::{Budget, Document};

use crate::error::{Context, Result};
use crate::io;

/// The namespace of `context`, else of the current one; `default` where nothing says so. As with
/// kubectl, the first file that sets something wins.
///
/// # Errors
/// A file that is there but cannot be read as YAML; its contents are not quoted.
pub fn namespace(files: &[PathBuf], context: Option<&str>) -> Result<String> {
    let mut configs = Vec::new();
    for file in files.iter().filter(|file| file.exists()) {
        let input = io::read_file(file)?;
        let documents = signet_yaml::read(&input.bytes, &Budget::default());
        // A YAML error may quote the text around it, and that text may be a token.
        let documents = documents
            .map_err(|_| "it is not a kubeconfig in YAML")
            .at(&input.name)?;
        configs.extend(documents.into_iter().map(Document::into_json));
    }
    let current = || {
        configs
            .iter()
            .find_map(|config| text(&config["current-context"]))
    };
    let Some(wanted) = context.map(str::to_owned).or_else(current) else {
        return Ok("default".to_owned());
    };
    let found = configs.iter().find_map(|config| {
        let contexts = config["contexts"].as_array()?;
        let named = contexts
            .iter()
            .find(|entry| entry["name"] == wanted.as_str())?;
        text(&named["context"]["namespace"])
    });
    Ok(found.unwrap_or_else(|| "default".to_owned()))
}

fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}
