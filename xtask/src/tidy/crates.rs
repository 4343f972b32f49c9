//! Which crate may use which: the directions between the rooms, and who alone holds a library.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Finding;

/// Each of our crates with those of ours that it may depend on. Tests' dependencies are free.
const DIRECTIONS: [(&str, &[&str]); 15] = [
    ("signet-api", &[]),
    ("signet-cel", &[]),
    ("signet-yaml", &[]),
    ("signet-template", &[]),
    ("signet-seal", &["signet-api", "signet-template"]),
    ("signet-sops", &["signet-yaml"]),
    ("signet-substitute", &["signet-api", "signet-yaml"]),
    ("signet-engine", &["signet-api", "signet-cel"]),
    ("signet-source", &["signet-api", "signet-engine"]),
    (
        "signet-render",
        &["signet-api", "signet-engine", "signet-yaml"],
    ),
    ("signet-cluster", &["signet-api", "signet-engine"]),
    ("signet-testkit", &["signet-api", "signet-engine"]),
    (
        "signet",
        &[
            "signet-api",
            "signet-cluster",
            "signet-engine",
            "signet-render",
            "signet-seal",
            "signet-source",
            "signet-yaml",
        ],
    ),
    (
        "signet-controller",
        &[
            "signet-api",
            "signet-cluster",
            "signet-engine",
            "signet-render",
            "signet-seal",
            "signet-sops",
            "signet-source",
            "signet-substitute",
            "signet-yaml",
        ],
    ),
    (
        "signet-tests",
        &["signet-api", "signet-seal", "signet-testkit", "signet-yaml"],
    ),
];

/// A library that only some crates may have, and why.
const RESERVED: [(&str, &[&str], &str); 9] = [
    (
        "cel",
        &["signet-cel"],
        "signet-cel alone holds expressions to a budget",
    ),
    ("gix", &["signet-source"], "signet-source alone knows Git"),
    (
        "gix-transport",
        &["signet-source"],
        "signet-source alone knows Git",
    ),
    (
        "rsa",
        &["signet-seal", "signet-template"],
        "rsa seals in a browser and draws keys for templates, and nothing else",
    ),
    (
        "aes-gcm",
        &["signet-seal", "signet-sops"],
        "only sealing in a browser uses aes-gcm, and SOPS, whose nonces aws-lc does not take",
    ),
    (
        "age",
        &["signet-sops"],
        "signet-sops alone opens what was encrypted with age",
    ),
    (
        "landlock",
        &["signet-render"],
        "signet-render alone shuts programs in",
    ),
    (
        "seccompiler",
        &["signet-render"],
        "signet-render alone shuts programs in",
    ),
    (
        "kube",
        &["signet-cluster", "signet-api"],
        "signet-cluster alone speaks to the API server",
    ),
];

/// What a crate that judges has no use for: it does no input and no output.
const WORLDLY: [&str; 8] = [
    "tokio",
    "reqwest",
    "hyper-util",
    "axum",
    "futures",
    "rustix",
    "tracing-subscriber",
    "clap",
];

/// The crates of words and judgement.
const PURE: [&str; 8] = [
    "signet-api",
    "signet-cel",
    "signet-engine",
    "signet-seal",
    "signet-sops",
    "signet-substitute",
    "signet-template",
    "signet-yaml",
];

pub(super) fn check() -> Result<Vec<Finding>> {
    let metadata = metadata()?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata lists no packages")?;
    Ok(packages.iter().flat_map(check_package).collect())
}

fn metadata() -> Result<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--no-deps", "--format-version=1", "--locked"];
    let said = Command::new(cargo)
        .args(arguments)
        .current_dir(crate::root())
        .output()?;
    ensure!(
        said.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&said.stderr)
    );
    Ok(serde_json::from_slice(&said.stdout)?)
}

fn check_package(package: &Value) -> Vec<Finding> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = text(&package["name"]);
    let manifest = PathBuf::from(text(&package["manifest_path"]));
    let dependencies = package["dependencies"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let shipped = dependencies
        .iter()
        .filter(|dependency| dependency["kind"].is_null());
    let wrong = shipped.filter_map(|dependency| Some((dependency, judge(&name, dependency)?)));
    wrong
        .map(|(dependency, why)| {
            let (file, line) = place(&manifest, &text(&dependency["name"]));
            Finding {
                file,
                line,
                what: why,
            }
        })
        .collect()
}

/// What is wrong with this dependency of this crate.
fn judge(name: &str, dependency: &Value) -> Option<String> {
    let wanted = dependency["name"].as_str()?;
    let ours = dependency["path"].is_string();
    if ours && name != "xtask" {
        let allowed = DIRECTIONS
            .iter()
            .find(|(crate_name, _)| *crate_name == name);
        let Some((_, allowed)) = allowed else {
            return Some(format!(
                "{name} is new: give it a line in xtask/src/tidy/crates.rs"
            ));
        };
        if !allowed.contains(&wanted) {
            return Some(format!(
                "{name} may not depend on {wanted}: move what it needs to a room below both"
            ));
        }
    }
    if PURE.contains(&name) && WORLDLY.contains(&wanted) {
        return Some(format!(
            "{name} judges and touches nothing, so {wanted} has no place in it"
        ));
    }
    if name == "signet-api" && wanted == "kube" && has_client(dependency) {
        return Some("signet-api names things: kube without its client".to_owned());
    }
    let (_, holders, why) = RESERVED.iter().find(|(library, _, _)| *library == wanted)?;
    (!holders.contains(&name)).then(|| format!("{name} may not depend on {wanted}: {why}"))
}

fn has_client(dependency: &Value) -> bool {
    let features = dependency["features"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    features
        .iter()
        .any(|feature| feature == "client" || feature == "runtime")
}

fn place(manifest: &Path, dependency: &str) -> (PathBuf, usize) {
    let text = std::fs::read_to_string(manifest).unwrap_or_default();
    let line = text
        .lines()
        .position(|line| line.starts_with(dependency))
        .unwrap_or_default();
    let relative = manifest.strip_prefix(crate::root()).unwrap_or(manifest);
    (relative.to_owned(), line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_engine_may_not_know_the_lock_nor_a_runtime() {
        let seal = json!({ "name": "signet-seal", "path": "/x" });
        assert!(judge("signet-engine", &seal).is_some_and(|what| what.contains("may not depend")));
        assert!(judge("signet-engine", &json!({ "name": "tokio" })).is_some());
        assert_eq!(
            judge(
                "signet-engine",
                &json!({ "name": "signet-api", "path": "/x" })
            ),
            None
        );
    }

    #[test]
    fn the_client_of_the_api_server_is_in_one_place() {
        let client = json!({ "name": "kube", "features": ["client"] });
        assert_eq!(judge("signet-cluster", &client), None);
        assert!(judge("signet-controller", &client).is_some());
        assert!(judge("signet-api", &client).is_some());
    }
}
