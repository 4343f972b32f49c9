//! Directories, written as one text, and what becomes of them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod gathering;
mod memory;
mod merging;
mod spoken;

use signet_engine::tree::{File, RepoPath, Tree};

use crate::files::is_manifest;
use crate::plain;

/// A tree from a text in which `//- path` begins a file.
fn tree(text: &str) -> Tree {
    let files = text.split("//- ").skip(1).map(|file| {
        let (path, content) = file.split_once('\n').unwrap();
        File {
            path: RepoPath::parse(path).unwrap(),
            bytes: content.into(),
        }
    });
    Tree {
        id: "0".into(),
        files: files.collect(),
    }
}

/// Each object with its place, or each finding.
fn render(text: &str) -> String {
    match plain(&tree(text)) {
        Ok(all) => all
            .iter()
            .map(|m| format!("{}: {}\n", m.origin, m.id))
            .collect(),
        Err(findings) => findings
            .iter()
            .map(|finding| format!("{finding}\n"))
            .collect(),
    }
}

#[test]
fn every_document_of_every_file_is_an_object_with_its_line() {
    insta::assert_snapshot!(render("\
//- apps/web.yaml
# a comment
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
---
---
apiVersion: v1
kind: Service
metadata:
  name: web
//- apps/deep/conf.yml
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
//- apps/x.json
{\"title\": \"a dashboard\"}
//- apps/README.md
not: {a manifest
//- apps/empty.yaml
# nothing
"), @r#"
    apps/web.yaml:2: Deployment/shop/web
    apps/web.yaml:7: Service/web
    apps/deep/conf.yml:1: ConfigMap/conf
    "#);
}

#[test]
fn lists_are_flattened_and_items_inherit() {
    insta::assert_snapshot!(render("\
//- all.yaml
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a}
- apiVersion: apps/v1
  kind: DeploymentList
  items:
  - metadata: {name: b}
---
apiVersion: example.com/v1
kind: AllowList
metadata: {name: not-a-list}
"), @r#"
    all.yaml:4: ConfigMap/a
    all.yaml:10: Deployment/b
    all.yaml:12: AllowList/not-a-list
    "#);
}

#[test]
fn all_that_is_wrong_is_told_at_once_with_file_and_line() {
    insta::assert_snapshot!(render("\
//- a.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: fine}
//- broken.yaml
apiVersion: v1
kind: [ConfigMap
//- twice.yaml
a: 1
a: 2
//- nameless.yaml
apiVersion: v1
kind: ConfigMap
metadata: {}
---
kind: ConfigMap
metadata: {name: x}
---
apiVersion: v1
metadata: {name: x}
---
apiVersion: batch/v1
kind: Job
metadata: {generateName: x-}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: 12}
---
just text
//- values.yaml
replicas: 3
"), @r#"
    broken.yaml:2: column 7: not valid YAML: unclosed bracket '['; correct the file; until then nothing of its directory is applied
    twice.yaml:2: column 1: the key "a" is given twice in one mapping, first on line 1; remove one of them; correct the file; until then nothing of its directory is applied
    nameless.yaml:1: this ConfigMap has no metadata.name; set it to a text; quote it if it looks like a number
    nameless.yaml:5: this ConfigMap has no apiVersion; set it to a text such as v1
    nameless.yaml:8: the object has no kind; set it to a text such as ConfigMap
    nameless.yaml:11: this Job has no metadata.name; give it a name of its own: generateName would make a new object each time
    nameless.yaml:18: this Secret has no metadata.name; set it to a text; quote it if it looks like a number
    nameless.yaml:22: the document is not an object; write apiVersion, kind and metadata, or remove it
    values.yaml:1: the object has no apiVersion; set it to a text such as v1
    "#);
}

#[test]
fn an_instruction_to_kustomize_under_another_name_is_no_manifest() {
    insta::assert_snapshot!(render("\
//- build.yaml
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Component
"), @"build.yaml:1: it is an instruction to kustomize in a file that kustomize does not look for; call the file kustomization.yaml, in a directory of its own");
}

#[test]
fn no_finding_repeats_a_value() {
    let text = "//- s.yaml\nkind: Secret\nstringData: {password: CANARY}\n---\n- CANARY\n---\nk: [CANARY\n";
    assert!(!render(text).contains("CANARY"), "{}", render(text));
}

#[test]
fn files_of_other_programs_are_not_read() {
    for (path, expected) in [
        ("apps/web.yaml", true),
        ("web.YAML", false),
        ("kustomization.yml", true),
        ("deep/Kustomization", false),
        ("deep/x.json", false),
        (".github/workflows/ci.yml", false),
        ("sub/.sops.yaml", false),
        ("notes.txt", false),
        ("yaml", false),
    ] {
        assert_eq!(
            is_manifest(&RepoPath::parse(path).unwrap()),
            expected,
            "{path}"
        );
    }
    assert!(!is_manifest(&RepoPath::root()));
}

#[test]
fn values_are_read_as_kubernetes_reads_them() {
    let text =
        "//- c.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nmode: 0644\non: yes\n";
    let body = plain(&tree(text)).unwrap().remove(0).body;
    assert_eq!((&body["mode"], &body["true"]), (&420.into(), &true.into()));
}
