//! Where a target begins: files of this repository, and a few lines for what no file holds.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Directories of manifests, as a repository holds them and as the API server answers.
const MANIFESTS: [&str; 4] = [
    "crates/yaml/tests/corpus",
    "keys-example/sealed",
    "keys-example/secrets",
    "deploy/crds",
];
/// Directories of keys and certificates.
const KEYS: [&str; 2] = ["tests/vectors/sealed-secrets", "keys-example"];
/// Templates, one a line.
const TEMPLATES: &str = "tests/vectors/templates/cases";
/// Items that upstream sealed, with damaged ones among them.
const VECTORS: &str = "tests/vectors/sealed-secrets/vectors.json";

const NAMES: [&str; 9] = [
    "default_podinfo_apps_Deployment",
    "_flux-system__Namespace",
    "_system__admin_rbac.authorization.k8s.io_ClusterRole",
    "10m0s",
    "1h30m",
    "1.5s",
    "250ms",
    "./deploy/app",
    "SHA256:wZJJCMXufVnC/vblX4TIXn7pSPbfsCl8jD2utMPgdDc",
];
/// A URL, a zero byte, which keys of the Secret are there, their values.
const SOURCES: [&str; 5] = [
    "https://host/a/b.git\0\x0cme\npassword",
    "ssh://git@host:2222/a.git\0\x03key\nhosts",
    "ssh://git@[::1]:22/~ops/a%20b",
    "http://u@h:8080/a\0\x10token",
    "https://host/a\0\u{7f}a\nb",
];
const VALUES: [&str; 3] = [
    r#"{"a": [1, -2, 3.5, 1e3, true, null], "b": {"c": "x\ny"}, "": {}}"#,
    r#"["yes", "0644", "- a", "a: b", "\u2028", " x", "1e3", "", []]"#,
    r#""a\nb\n""#,
];

/// Writes the seeds of a target into a directory that holds nothing else.
///
/// # Errors
/// A file cannot be read or written, or the target has no seeds.
pub(super) fn write(target: &str, directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    fs::create_dir_all(directory)?;
    for (at, seed) in of(target)?.iter().enumerate() {
        fs::write(directory.join(format!("{at:03}")), seed)?;
    }
    Ok(())
}

/// The seeds of a target.
pub(super) fn of(target: &str) -> Result<Vec<Vec<u8>>> {
    match target {
        "manifests" | "sealed_secret" | "secret_input" | "yaml_edit" | "yaml_read" => {
            files(&MANIFESTS, &["yaml", "json"])
        }
        "key_material" => Ok([files(&KEYS, &["crt", "key"])?, certificates()?].concat()),
        "sealed_item" => Ok([items()?, texts(&["Zm9v\n", "Zh=="])].concat()),
        "names" => Ok(texts(&NAMES)),
        "git_source" => Ok(texts(&SOURCES)),
        "template" => templates(),
        "yaml_write" => Ok(texts(&VALUES)),
        other => bail!("the target {other} has no seeds: give it some in xtask/src/fuzz/seeds.rs"),
    }
}

fn texts(all: &[&str]) -> Vec<Vec<u8>> {
    all.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The cases that Go's own engine has answered.
fn templates() -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for file in files(&[TEMPLATES], &["txt"])? {
        let text = String::from_utf8_lossy(&file);
        let lines = text.lines().filter(|line| !line.starts_with("# "));
        found.extend(lines.map(|line| line.as_bytes().to_vec()));
    }
    Ok(found)
}

/// The files with one of these endings, by name.
fn files(directories: &[&str], endings: &[&str]) -> Result<Vec<Vec<u8>>> {
    let mut paths = Vec::new();
    for directory in directories {
        let path = crate::root().join(directory);
        let entries = fs::read_dir(&path).with_context(|| format!("{}", path.display()))?;
        for entry in entries {
            paths.push(entry?.path());
        }
    }
    paths.retain(|path| {
        path.extension()
            .is_some_and(|e| endings.iter().any(|w| e == *w))
    });
    paths.sort();
    paths.iter().map(|path| Ok(fs::read(path)?)).collect()
}

/// Certificates without their PEM: behind base64 a fuzzer finds little.
fn certificates() -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for pem in files(&KEYS, &["crt"])? {
        let text = String::from_utf8_lossy(&pem);
        let lines = text.lines().filter(|line| !line.starts_with('-'));
        found.push(STANDARD.decode(lines.collect::<String>())?);
    }
    Ok(found)
}

/// Every item of the vectors, as text.
fn items() -> Result<Vec<Vec<u8>>> {
    let text = fs::read_to_string(crate::root().join(VECTORS))?;
    let mut found = Vec::new();
    collect(&serde_json::from_str(&text)?, &mut found);
    Ok(found)
}

/// The text of every item, wherever it stands in the vectors.
fn collect(value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(map) => {
            let item = map.get("Ciphertext").and_then(Value::as_str);
            found.extend(item.map(|text| text.as_bytes().to_vec()));
            map.values().for_each(|value| collect(value, found));
        }
        _ => {}
    }
}
