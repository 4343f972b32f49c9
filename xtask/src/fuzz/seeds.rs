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
/// Files that SOPS encrypted.
const SOPS: &str = "tests/vectors/sops";
/// Templates, one a line.
const TEMPLATES: &str = "tests/vectors/templates/cases";
/// Items that upstream sealed, with damaged ones among them.
const VECTORS: &str = "tests/vectors/sealed-secrets/vectors.json";

const NAMES: [&str; 12] = [
    "default_podinfo_apps_Deployment",
    "_flux-system__Namespace",
    "_system__admin_rbac.authorization.k8s.io_ClusterRole",
    "10m0s",
    "1h30m",
    "1.5s",
    "250ms",
    "./deploy/app",
    "/spec/l/2/k",
    "/metadata/annotations/a~1b",
    "tier in (front,back),!canary,a!=1",
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
/// Words of a command line, one on a line; a zero byte; variables.
const COMMAND_LINES: [&str; 6] = [
    "-oyaml\n--cert=cert.pem\n-f\nsecret.yaml\n-n=ns/demo",
    "--raw\n--scope\nnamespace-wide\n--from-file=a=b,\"c,d\"\n--from-file\ne",
    "--recovery-unseal=true\n--recovery-private-key\na,b\n--\n--raw",
    "--v=5\n-v\n3\n--stderrthreshold=INFO\n--vmodule=a=1,b=2\n--log_backtrace_at=a.go:7",
    "--rotate\n--re-encrypt=0\n--as-group\nx,y\n-h\0FORMAT=yaml\nRAW=1\nFROM_FILE=a",
    "--token=abc\n--request-timeout\n30s\n--insecure-skip-tls-verify\0SCOPE=wide\nNAMESPACE=ns/x",
];
const KUSTOMIZATIONS: [&str; 5] = [
    "resources: [x.yaml, ../base, ../x, https://host/x]\nimages: [{name: a, newTag: 1}]\n",
    "bases: [../base]\ncomponents: [../base]\npatches:\n- path: x.yaml\n- patch: |\n    kind: X\n",
    "configMapGenerator: [{name: a, files: [k=x.yaml], envs: [../x], env: x}]\ncrds: [x.yaml]\n",
    "generators:\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  path: x.yaml\ntransformers: [x.yaml]\n",
    "apiVersion: builtin\nkind: Other\nhelmCharts: [{}]\nreplacements: [{path: x.yaml}]\nopenapi: {path: x}\n",
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
        "manifests" | "sealed_secret" | "secret_input" | "yaml_edit" | "yaml_read" | "yaml_set" => {
            files(&MANIFESTS, &["yaml", "json"])
        }
        "key_material" => Ok([files(&KEYS, &["crt", "key"])?, certificates()?].concat()),
        "sops" => files(&[SOPS], &["yaml", "json", "env", "bin", "txt"]),
        "sealed_item" => Ok([items()?, texts(&["Zm9v\n", "Zh=="])].concat()),
        "kubeseal_flags" => Ok(texts(&COMMAND_LINES)),
        "kustomization" => Ok(texts(&KUSTOMIZATIONS)),
        "names" => Ok(texts(&NAMES)),
        "git_source" => Ok(texts(&SOURCES)),
        "template" => templates(),
        "yaml_write" => Ok(texts(&VALUES)),
        "cel" => answered("cel.jsonl", "expr"),
        "substitute" => answered("envsubst.jsonl", "text"),
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

/// What Flux was asked: one field of each case that is kept.
fn answered(name: &str, field: &str) -> Result<Vec<Vec<u8>>> {
    let path = crate::root().join("tests/vectors/flux").join(name);
    let text = fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
    let case = |line: &str| -> Result<Vec<u8>> {
        let line: Value = serde_json::from_str(line)?;
        let text = line["case"][field].as_str().unwrap_or_default();
        Ok(text.as_bytes().to_vec())
    };
    text.lines().map(case).collect()
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
