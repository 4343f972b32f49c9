//! What a Kustomization takes from the cluster: variables, and keys for what SOPS encrypted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::path::Path;

use anyhow::{Result, ensure};
use signet_tests::rig::{Repository, Rig};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/sops");

fn vector(name: &str) -> Result<String> {
    Ok(std::fs::read_to_string(Path::new(VECTORS).join(name))?)
}

fn patch(rig: &Rig, name: &str, patch: &str) -> Result<()> {
    let patch = [
        "patch",
        "kustomization",
        name,
        "-n",
        "signet-system",
        "--type=merge",
        "-p",
        patch,
    ];
    rig.kubectl().run(&patch).map(drop)
}

fn value(rig: &Rig, namespace: &str, name: &str, key: &str) -> Result<String> {
    let object = rig
        .kubectl()
        .get_json(&["configmap", name, "-n", namespace])?;
    Ok(object["data"][key].as_str().unwrap_or_default().to_owned())
}

/// Waits until a ConfigMap has this value.
fn becomes(rig: &Rig, namespace: &str, key: &str, wanted: &str) -> Result<()> {
    rig.until(&format!("{key} is {wanted}"), || {
        let found = value(rig, namespace, "web", key)?;
        ensure!(found == wanted, "{found:?}");
        Ok(())
    })
}

fn variables(rig: &Rig, kind: &str, name: &str, pairs: &str) -> Result<()> {
    let field = if kind == "Secret" {
        "stringData"
    } else {
        "data"
    };
    let object = format!(
        "apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: signet-system}}\n{field}: {pairs}\n"
    );
    rig.kubectl().apply(&object).map(drop)
}

#[test]
fn variables_are_put_in_and_a_change_of_one_needs_no_commit() -> Result<()> {
    let rig = Rig::building()?;
    let namespace = rig.namespace("variables")?;
    let repository = rig.repository(&namespace)?;
    let web = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web, namespace: {namespace}}}\n\
         data:\n  color: ${{COLOR}}\n  size: ${{SIZE:=small}}\n  word: ${{WORD}}\n  both: \"$${{COLOR}}\"\n"
    );
    repository.write("app/web.yaml", &web)?;
    let commit = repository.push("First")?;
    let (plain, secret) = (format!("{namespace}-plain"), format!("{namespace}-secret"));
    let post_build = format!(
        "  prune: true\n  retryInterval: 30m\n  postBuild:\n    substitute: {{SIZE: large}}\n    substituteFrom:\n    \
         - {{kind: ConfigMap, name: {plain}}}\n    - {{kind: Secret, name: {secret}}}\n    \
         - {{kind: Secret, name: nobody, optional: true}}"
    );
    variables(rig, "ConfigMap", &plain, "{COLOR: red}")?;
    rig.connect(&repository, &post_build)?;
    rig.fails(
        &namespace,
        &[&format!("Secret/signet-system/{secret} not found")],
    )?;

    // That it comes is enough: the next try by the clock is half an hour away.
    variables(rig, "Secret", &secret, "{WORD: canary-of-a-variable}")?;
    rig.applied(&namespace, &commit)?;
    becomes(rig, &namespace, "color", "red")?;
    becomes(rig, &namespace, "size", "large")?;
    becomes(rig, &namespace, "both", "${COLOR}")?;
    variables(rig, "ConfigMap", &plain, "{COLOR: green}")?;
    becomes(rig, &namespace, "color", "green")?;
    variables(rig, "Secret", &secret, "{WORD: another-canary}")?;
    becomes(rig, &namespace, "word", "another-canary")?;

    variables(rig, "ConfigMap", &plain, "{OTHER: red}")?;
    rig.kubectl()
        .run(&["delete", "configmap", &plain, "-n", "signet-system"])?;
    variables(rig, "ConfigMap", &plain, "{OTHER: red}")?;
    let message = rig.fails(&namespace, &["app/web.yaml:1", "COLOR"])?;
    ensure!(!message.contains("canary"), "{message}");
    Ok(())
}

/// What the API server says to a value that it does not take quotes the value.
#[test]
fn the_value_of_a_secret_is_in_no_message_about_the_object_that_it_was_put_into() -> Result<()> {
    let rig = Rig::building()?;
    let namespace = rig.namespace("quoted")?;
    let repository = rig.repository(&namespace)?;
    let service = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: {namespace}}}\n\
         spec: {{externalName: \"${{WORD}}\", type: ExternalName}}\n"
    );
    repository.write("app/web.yaml", &service)?;
    repository.push("First")?;
    variables(rig, "Secret", &namespace, "{WORD: Not_a_name_hunter2}")?;
    let post_build = format!(
        "  prune: true\n  postBuild: {{substituteFrom: [{{kind: Secret, name: {namespace}}}]}}"
    );
    rig.connect(&repository, &post_build)?;
    let message = rig.fails(&namespace, &["app/web.yaml:1", "externalName"])?;
    ensure!(!message.contains("hunter2"), "{message}");
    ensure!(!rig.log().contains("hunter2"), "the log has it");
    Ok(())
}

/// A repository of SOPS files: a Secret, and one that is generated from lines and from bytes.
fn encrypted(rig: &Rig, namespace: &str) -> Result<(Repository, String)> {
    let repository = rig.repository(namespace)?;
    let kustomization = format!(
        "namespace: {namespace}\nresources: [secret.yaml]\nsecretGenerator:\n- name: lines\n  envs: [comments.env]\n\
         - name: file\n  files: [token=text.txt]\ngeneratorOptions: {{disableNameSuffixHash: true}}\n"
    );
    repository.write("app/kustomization.yaml", &kustomization)?;
    for name in ["secret.yaml", "comments.env", "text.txt"] {
        repository.write(&format!("app/{name}"), &vector(name)?)?;
    }
    let commit = repository.push("First")?;
    Ok((repository, commit))
}

/// The identities that the files want.
const BOTH: [&str; 2] = ["x25519", "hybrid"];

/// Files of identities, as the entries of a Secret.
fn identities(names: &[&str]) -> Result<String> {
    let mut entries = String::new();
    for name in names {
        let keys = vector(&format!("keys/{name}.agekey"))?;
        let indented: String = keys.lines().map(|line| format!("    {line}\n")).collect();
        entries += &format!("\n  {name}.agekey: |\n{indented}");
    }
    Ok(entries)
}

#[test]
fn files_of_sops_are_opened_with_the_keys_that_the_declaration_names() -> Result<()> {
    let rig = Rig::building()?;
    let namespace = rig.namespace("sops")?;
    let (repository, commit) = encrypted(rig, &namespace)?;
    rig.connect(&repository, "  prune: true\n  retryInterval: 30m")?;
    rig.fails(&namespace, &["app/secret.yaml", "spec.decryption"])?;

    let decryption = format!(
        "{{\"spec\": {{\"decryption\": {{\"provider\": \"sops\", \"secretRef\": {{\"name\": \"{namespace}\"}}}}}}}}"
    );
    patch(rig, &namespace, &decryption)?;
    rig.fails(
        &namespace,
        &[&format!("Secret/signet-system/{namespace} not found")],
    )?;
    let key =
        |name: &str| -> Result<()> { variables(rig, "Secret", &namespace, &identities(&[name])?) };
    key("stranger")?;
    rig.fails(&namespace, &["app/secret.yaml", "cannot be decrypted"])?;
    variables(rig, "Secret", &namespace, &identities(&BOTH)?)?;
    rig.applied(&namespace, &commit)?;
    let secret = rig.secret(&namespace, "db")?;
    assert_eq!(
        (secret["user"].as_str(), secret["password"].as_str()),
        ("admin", "hunter2")
    );
    assert_eq!(rig.secret(&namespace, "lines")?["A"], "1");
    assert_eq!(
        rig.secret(&namespace, "file")?["token"],
        vector("text.txt.plain")?
    );
    Ok(())
}

#[test]
fn a_file_that_was_changed_after_it_was_encrypted_is_refused() -> Result<()> {
    let rig = Rig::building()?;
    let namespace = rig.namespace("mac")?;
    let (repository, commit) = encrypted(rig, &namespace)?;
    variables(rig, "Secret", &namespace, &identities(&BOTH)?)?;
    let decryption = format!(
        "  prune: true\n  decryption: {{provider: sops, secretRef: {{name: {namespace}}}}}"
    );
    rig.connect(&repository, &decryption)?;
    rig.applied(&namespace, &commit)?;
    let changed = repository
        .read("app/secret.yaml")?
        .replace("name: db", "name: stolen");
    repository.write("app/secret.yaml", &changed)?;
    rig.push(&repository, "Changed")?;
    rig.fails(&namespace, &["app/secret.yaml", "MAC"])?;
    ensure!(rig.secret(&namespace, "stolen").is_err(), "it was applied");
    ensure!(!rig.log().contains("hunter2"), "the log has a value");
    Ok(())
}
