//! A GitRepository as others see it: its status, its artifact, what it leaves out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use signet_tests::rig::{Repository, Rig, condition};

/// A repository with one commit and a GitRepository of the same name; `spec` is YAML of further
/// fields, each line indented by two.
fn source(rig: &Rig, story: &str, spec: &str) -> Result<(Repository, String)> {
    let name = rig.name(story);
    let repository = rig.repository(&name)?;
    repository.write("app/cm.yaml", "kind: A\n")?;
    repository.write("docs/readme.md", "text")?;
    let commit = repository.push("First version")?;
    declare(rig, &repository, spec)?;
    Ok((repository, commit))
}

fn declare(rig: &Rig, repository: &Repository, spec: &str) -> Result<()> {
    let (name, url) = (repository.name(), repository.url());
    let object = format!(
        "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: {name}, namespace: signet-system}}
spec:
  interval: 10m
  url: '{url}'
  ref: {{branch: main}}
{spec}
"
    );
    rig.kubectl().apply(&object).map(drop)
}

fn object_of(rig: &Rig, name: &str) -> Result<Value> {
    rig.kubectl()
        .get_json(&["gitrepository", name, "-n", "signet-system"])
}

/// Waits until the artifact is of `commit`; returns the object.
fn stored(rig: &Rig, name: &str, commit: &str) -> Result<Value> {
    rig.until(&format!("{name} has {commit}"), || {
        let object = object_of(rig, name)?;
        let revision = object
            .pointer("/status/artifact/revision")
            .and_then(Value::as_str);
        ensure!(
            revision.is_some_and(|r| r.ends_with(commit)),
            "{}",
            object["status"]
        );
        Ok(object)
    })
}

/// The names in the artifact, which is fetched as a consumer fetches it.
fn fetched(artifact: &Value) -> Result<Vec<String>> {
    let url = artifact["url"].as_str().context("a URL")?;
    let (address, path) = url
        .strip_prefix("http://")
        .and_then(|u| u.split_once('/'))
        .context("http")?;
    let bytes = signet_tests::http::get(address, &format!("/{path}"))?;
    let digest: String = Sha256::digest(&bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert_eq!(artifact["digest"], format!("sha256:{digest}"));
    assert_eq!(artifact["size"], bytes.len());
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), &bytes)?;
    let listed = Command::new("tar").arg("-tzf").arg(file.path()).output()?;
    Ok(String::from_utf8(listed.stdout)?
        .lines()
        .map(str::to_owned)
        .collect())
}

#[test]
fn the_status_names_an_artifact_that_is_served() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, commit) = source(rig, "artifact", "")?;
    let name = repository.name();
    let first = stored(rig, name, &commit)?;
    let artifact = &first["status"]["artifact"];
    let path = format!("gitrepository/signet-system/{name}/{commit}.tar.gz");
    assert_eq!(artifact["path"], path);
    assert_eq!(artifact["revision"], format!("main@sha1:{commit}"));
    assert!(
        artifact["url"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/{path}"))
    );
    let held = [".", "app", "app/cm.yaml", "docs", "docs/readme.md"];
    assert_eq!(fetched(artifact)?, held);
    let said = format!("stored artifact for revision 'main@sha1:{commit}'");
    let succeeded = ("True".to_owned(), "Succeeded".to_owned(), said);
    for kind in ["Ready", "ArtifactInStorage"] {
        assert_eq!(condition(&first, kind), succeeded, "{kind}");
    }
    assert_eq!(first["status"]["conditions"].as_array().unwrap().len(), 2);
    assert_eq!(first["status"]["observedGeneration"], 1);
    let events = rig.until("the event", || {
        let events = rig.events("signet-system", name)?;
        ensure!(!events.is_empty(), "none");
        Ok(events)
    })?;
    assert_eq!(
        events,
        ["NewArtifact: stored artifact for commit 'First version'"]
    );

    let numbers = signet_tests::http::get(&rig.metrics_address(), "/metrics")?;
    let numbers = String::from_utf8(numbers)?;
    let info = format!(
        "name=\"{name}\",ready=\"True\",suspended=\"false\",revision=\"main@sha1:{commit}\""
    );
    assert!(numbers.contains(&info), "{info}\n{numbers}");

    repository.write("app/cm.yaml", "kind: B\n")?;
    let second = rig.push(&repository, "Second version")?;
    let object = stored(rig, name, &second)?;
    assert_ne!(object["status"]["artifact"]["digest"], artifact["digest"]);
    assert_eq!(
        fetched(artifact)?.len(),
        5,
        "the one before stays for a while"
    );
    Ok(())
}

#[test]
fn a_look_that_finds_nothing_new_writes_nothing_but_its_answer() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, commit) = source(rig, "same", "")?;
    let first = stored(rig, repository.name(), &commit)?;
    rig.look(repository.name())?;
    let again = rig.until("the request is answered", || {
        let object = object_of(rig, repository.name())?;
        ensure!(
            object["status"]["lastHandledReconcileAt"].is_string(),
            "not yet"
        );
        Ok(object)
    })?;
    assert_eq!(again["status"]["artifact"], first["status"]["artifact"]);
    assert_eq!(again["status"]["conditions"], first["status"]["conditions"]);
    // Whoever asked is told, as by Flux; a look that nobody asked for says nothing.
    let told = rig.until("it is told", || {
        let events = rig.events("signet-system", repository.name())?;
        ensure!(events.len() > 1, "{events:?}");
        Ok(events)
    })?;
    assert_eq!(told.len(), 2, "{told:?}");
    let vain = |event: &String| event.contains("no changes since last reconciliation");
    assert_eq!(
        told.iter().filter(|event| vain(event)).count(),
        1,
        "{told:?}"
    );
    Ok(())
}

#[test]
fn what_is_ignored_is_not_in_the_artifact_and_its_change_is_seen() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, commit) = source(rig, "ignore", "  ignore: |\n    /docs/\n")?;
    let first = stored(rig, repository.name(), &commit)?;
    assert_eq!(first["status"]["observedIgnore"], "/docs/\n");
    assert_eq!(
        fetched(&first["status"]["artifact"])?,
        [".", "app", "app/cm.yaml"]
    );
    declare(rig, &repository, "  sparseCheckout: [docs]")?;
    let sparse = rig.until("the new rules are in force", || {
        let object = object_of(rig, repository.name())?;
        ensure!(object["status"]["observedGeneration"] == 2, "not yet");
        Ok(object)
    })?;
    assert_eq!(
        sparse["status"]["observedIgnore"],
        Value::Null,
        "the field is taken back"
    );
    assert_eq!(sparse["status"]["observedSparseCheckout"], json!(["docs"]));
    assert_eq!(
        fetched(&sparse["status"]["artifact"])?,
        [".", "docs", "docs/readme.md"]
    );
    Ok(())
}

#[test]
fn a_failed_fetch_keeps_the_artifact_and_says_why() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, commit) = source(rig, "broken", "")?;
    let first = stored(rig, repository.name(), &commit)?;
    let away = repository.bare().with_extension("away");
    fs::rename(repository.bare(), &away)?;
    rig.look(repository.name())?;
    let failed = rig.until("the fetch fails", || {
        let object = object_of(rig, repository.name())?;
        ensure!(condition(&object, "FetchFailed").0 == "True", "not yet");
        Ok(object)
    })?;
    let (status, reason, message) = condition(&failed, "Ready");
    assert_eq!(
        (status.as_str(), reason.as_str()),
        ("False", "GitOperationFailed")
    );
    assert!(message.contains("repository not found"), "{message}");
    assert_eq!(condition(&failed, "Reconciling").1, "ProgressingWithRetry");
    assert_eq!(condition(&failed, "ArtifactInStorage").0, "True");
    assert_eq!(failed["status"]["artifact"], first["status"]["artifact"]);
    fs::rename(&away, repository.bare())?;
    rig.until("it recovers by itself", || {
        let object = object_of(rig, repository.name())?;
        ensure!(
            condition(&object, "Ready").0 == "True",
            "{}",
            object["status"]
        );
        ensure!(
            condition(&object, "FetchFailed").0.is_empty(),
            "still there"
        );
        Ok(())
    })?;
    Ok(())
}

#[test]
fn a_suspended_source_stays_served_and_a_deleted_one_does_not() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, commit) = source(rig, "suspend", "")?;
    let artifact = stored(rig, repository.name(), &commit)?["status"]["artifact"].clone();
    declare(rig, &repository, "  suspend: true")?;
    repository.write("app/cm.yaml", "kind: B\n")?;
    let ignored = rig.push(&repository, "Not looked at")?;
    declare(rig, &repository, "  suspend: true\n  timeout: 30s")?;
    std::thread::sleep(std::time::Duration::from_millis(500));
    let object = object_of(rig, repository.name())?;
    ensure!(
        !object["status"].to_string().contains(&ignored),
        "it looked"
    );
    assert_eq!(fetched(&artifact)?.len(), 5);
    let name = repository.name();
    rig.kubectl()
        .run(&["delete", "gitrepository", name, "-n", "signet-system"])?;
    rig.until("the archive goes", || match fetched(&artifact) {
        Ok(_) => bail!("it is still served"),
        Err(_) => Ok(()),
    })
}

/// An SSH key that git signs with from now on; its public half.
fn signing(rig: &Rig, repository: &Repository) -> Result<String> {
    let key = rig.directory().join(format!("{}-key", repository.name()));
    let path = key.to_str().context("a path of text")?;
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", path])
        .output()?;
    ensure!(made.status.success(), "ssh-keygen");
    for (name, value) in [
        ("gpg.format", "ssh"),
        ("user.signingkey", path),
        ("commit.gpgsign", "true"),
    ] {
        repository.git(&["config", name, value])?;
    }
    Ok(fs::read_to_string(key.with_extension("pub"))?)
}

#[test]
fn a_commit_without_the_signature_asked_for_is_used_by_nobody() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("signed")?;
    let repository = rig.repository(&namespace)?;
    let public = signing(rig, &repository)?;
    let object = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: {namespace}}}\ndata: {{value: {value}}}\n"
        )
    };
    repository.write("app/a.yaml", &object("signed"))?;
    let commit = repository.push("Signed")?;
    let key = format!("ada.sshpub={}", public.trim());
    rig.kubectl().run(&[
        "create",
        "secret",
        "generic",
        "-n",
        "signet-system",
        &format!("{namespace}-signers"),
        "--from-literal",
        &key,
    ])?;
    rig.connect(&repository, "  prune: true")?;
    declare(
        rig,
        &repository,
        &format!("  verify: {{mode: HEAD, secretRef: {{name: {namespace}-signers}}}}"),
    )?;
    rig.applied(&namespace, &commit)?;
    let good = rig.until("the signature is seen", || {
        let good = object_of(rig, &namespace)?;
        ensure!(
            condition(&good, "SourceVerified").0 == "True",
            "{}",
            good["status"]
        );
        Ok(good)
    })?;
    assert!(
        condition(&good, "SourceVerified")
            .2
            .contains(&format!("commit '{commit}' with key 'SHA256:"))
    );
    assert_eq!(good["status"]["sourceVerificationMode"], "HEAD");

    repository.git(&["config", "commit.gpgsign", "false"])?;
    repository.write("app/a.yaml", &object("forged"))?;
    let forged = rig.push(&repository, "Not signed")?;
    let bad = rig.until("the commit is refused", || {
        let bad = object_of(rig, &namespace)?;
        ensure!(
            condition(&bad, "SourceVerified").0 == "False",
            "{}",
            bad["status"]
        );
        Ok(bad)
    })?;
    let (status, reason, message) = condition(&bad, "Ready");
    assert_eq!(
        (status.as_str(), reason.as_str()),
        ("False", "InvalidCommitSignature")
    );
    assert!(
        message.contains(&forged) && message.contains("it is not signed"),
        "{message}"
    );
    assert_eq!(bad["status"]["artifact"], good["status"]["artifact"]);
    let live = rig
        .kubectl()
        .get_json(&["configmap", "a", "-n", &namespace])?;
    assert_eq!(live["data"]["value"], "signed");

    repository.git(&["config", "commit.gpgsign", "true"])?;
    repository.write("app/a.yaml", &object("again"))?;
    let commit = rig.push(&repository, "Signed again")?;
    rig.applied(&namespace, &commit)?;
    let again = stored(rig, &namespace, &commit)?;
    assert_eq!(condition(&again, "Ready").0, "True");
    Ok(())
}

#[test]
fn the_newest_version_of_a_range_is_followed() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, commit) = source(rig, "range", "")?;
    repository.git(&["tag", "v1.0.0"])?;
    repository.git(&["push", "--quiet", "--tags", "origin"])?;
    let name = repository.name();
    let patch = r#"{"spec":{"ref":{"branch":null,"semver":">=1.0.0 <2"}}}"#;
    rig.kubectl().run(&[
        "patch",
        "gitrepository",
        name,
        "-n",
        "signet-system",
        "--type=merge",
        "-p",
        patch,
    ])?;
    let revision = |version: &str, commit: &str| format!("{version}@sha1:{commit}");
    let at = |wanted: String| {
        rig.until(&format!("the revision is {wanted}"), || {
            let object = object_of(rig, name)?;
            ensure!(
                object["status"]["artifact"]["revision"] == *wanted,
                "{}",
                object["status"]
            );
            Ok(())
        })
    };
    at(revision("v1.0.0", &commit))?;
    repository.write("app/cm.yaml", "kind: B\n")?;
    let newer = repository.push("Newer")?;
    repository.git(&["tag", "-a", "-m", "Newer", "v1.1.0"])?;
    repository.git(&["tag", "v2.0.0"])?;
    repository.git(&["push", "--quiet", "--tags", "origin"])?;
    rig.look(name)?;
    at(revision("v1.1.0", &newer))
}

#[test]
fn another_source_is_part_of_this_one_and_its_news_are_seen() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("whole")?;
    let library = rig.repository(&format!("{namespace}-lib"))?;
    let object = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: lib, namespace: {namespace}}}\ndata: {{value: {value}}}\n"
        )
    };
    library.write("base/cm.yaml", &object("one"))?;
    library.push("Library")?;
    let repository = rig.repository(&namespace)?;
    repository.write("app/readme.md", "text")?;
    let commit = repository.push("Whole")?;
    rig.connect(&repository, "  prune: true")?;
    let include = format!(
        "  include: [{{repository: {{name: {namespace}-lib}}, fromPath: base, toPath: app/lib}}]"
    );
    declare(rig, &repository, &include)?;
    let missing = rig.until("the include is missed", || {
        let found = object_of(rig, &namespace)?;
        ensure!(
            condition(&found, "IncludeUnavailable").0 == "True",
            "{}",
            found["status"]
        );
        Ok(condition(&found, "Ready"))
    })?;
    assert_eq!(
        (missing.0.as_str(), missing.1.as_str()),
        ("False", "NotFound")
    );

    declare(rig, &library, "")?;
    rig.look(&namespace)?;
    rig.applied(&namespace, &commit)?;
    let live = |wanted: &str| {
        rig.until(&format!("the value is {wanted}"), || {
            let live = rig
                .kubectl()
                .get_json(&["configmap", "lib", "-n", &namespace])?;
            ensure!(live["data"]["value"] == *wanted, "{}", live["data"]);
            Ok(())
        })
    };
    live("one")?;
    let found = object_of(rig, &namespace)?;
    let included = &found["status"]["includedArtifacts"][0];
    assert_eq!(
        *included,
        object_of(rig, library.name())?["status"]["artifact"]
    );
    assert!(fetched(&found["status"]["artifact"])?.contains(&"app/lib/cm.yaml".to_owned()));

    library.write("base/cm.yaml", &object("two"))?;
    rig.push(&library, "News")?;
    live("two")?;
    let circle = format!("  include: [{{repository: {{name: {namespace}}}}}]");
    declare(rig, &library, &circle)?;
    rig.until("the circle is refused", || {
        let found = object_of(rig, library.name())?;
        let (status, _, message) = condition(&found, "Stalled");
        ensure!(
            status == "True" && message.contains("leads back"),
            "{}",
            found["status"]
        );
        Ok(())
    })
}
