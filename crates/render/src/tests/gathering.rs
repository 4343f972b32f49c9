//! What is gathered for a build: exactly what kustomize will read, or every reason why not.

use signet_api::KustomizationSpec;

use super::memory::{Memory, path};
use crate::gather::{GatherError, gather};

fn spec(yaml: &str) -> KustomizationSpec {
    let text =
        format!("interval: 1m\nprune: true\nsourceRef: {{kind: GitRepository, name: x}}\n{yaml}");
    let documents = signet_yaml::read(text.as_bytes(), &signet_yaml::Budget::default()).unwrap();
    serde_json::from_value(documents[0].to_json()).unwrap()
}

/// The files that a build at `at` would see with their roles, the objects of a directory that needs
/// none, or the findings.
fn gathered(text: &str, at: &str, declared: &str) -> String {
    match gather(&Memory::of(text), &path(at), &spec(declared)) {
        Err(GatherError::Refused(findings)) => lines(findings),
        Err(error) => format!("{error:?}"),
        Ok(sources) => match sources.into_objects() {
            Ok(objects) => lines(
                objects
                    .iter()
                    .map(|one| format!("object {} {}", one.origin, one.id)),
            ),
            Err(sources) => lines(
                sources
                    .files
                    .iter()
                    .map(|(file, source)| format!("{file} {:?}", source.roles)),
            ),
        },
    }
}

fn lines(all: impl IntoIterator<Item = impl ToString>) -> String {
    all.into_iter().map(|one| one.to_string() + "\n").collect()
}

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

#[test]
fn everything_that_is_referred_to_is_gathered_and_nothing_else() {
    let text = "\
//- apps/prod/kustomization.yaml
resources: [../base, extra.txt]
components: [../../components/tls]
patches:
- path: patches/web.yaml
- patch: '{inline}'
patchesStrategicMerge: [merge.yaml, \"kind: X\\nmetadata: {name: inline}\"]
patchesJson6902: [{path: ops.json, target: {kind: X, name: x}}]
replacements: [{path: replace.yaml}]
configMapGenerator:
- name: conf
  files: [app.conf=conf/app.ini, conf/plain.ini]
  envs: [conf/a.env]
  literals: [x=y]
secretGenerator:
- name: db
  files: [password.txt]
  env: db.env
crds: [crd.json]
configurations: [names.yaml]
openapi: {path: schema.json}
transformers: [labels.yaml]
//- apps/prod/extra.txt
//- apps/prod/patches/web.yaml
//- apps/prod/patches/unused.yaml
//- apps/prod/merge.yaml
//- apps/prod/ops.json
//- apps/prod/replace.yaml
//- apps/prod/conf/app.ini
//- apps/prod/conf/plain.ini
//- apps/prod/conf/a.env
//- apps/prod/password.txt
//- apps/prod/db.env
//- apps/prod/crd.json
//- apps/prod/names.yaml
//- apps/prod/schema.json
//- apps/prod/labels.yaml
apiVersion: builtin
kind: PatchTransformer
metadata: {name: p}
path: deep.yaml
//- apps/prod/deep.yaml
//- apps/base/Kustomization
Resources: [web.yaml]
//- apps/base/web.yaml
//- apps/base/unused.yaml
//- components/tls/kustomization.yml
kind: Component
//- unused/kustomization.yaml
";
    insta::assert_snapshot!(gathered(text, "apps/prod", ""), @r"
    apps/base/Kustomization {Kustomization}
    apps/base/web.yaml {Objects}
    apps/prod/conf/a.env {Variables}
    apps/prod/conf/app.ini {Data}
    apps/prod/conf/plain.ini {Data}
    apps/prod/crd.json {Other}
    apps/prod/db.env {SecretVariables}
    apps/prod/deep.yaml {Patch}
    apps/prod/extra.txt {Objects}
    apps/prod/kustomization.yaml {Kustomization}
    apps/prod/labels.yaml {Other}
    apps/prod/merge.yaml {Patch}
    apps/prod/names.yaml {Other}
    apps/prod/ops.json {Patch}
    apps/prod/password.txt {SecretData}
    apps/prod/patches/web.yaml {Patch}
    apps/prod/replace.yaml {Other}
    apps/prod/schema.json {Other}
    components/tls/kustomization.yml {Kustomization}
    ");
}

#[test]
fn what_cannot_be_followed_is_named_with_file_and_line() {
    let text = "\
//- app/kustomization.yaml
resources:
- ../../../etc/passwd
- /etc/passwd
- https://token:CANARY@git.example/x.yaml
- git@git.example:a/b.git
- github.com/a/b//base
- missing.yaml
- refused/link
- empty
- ''
components: [file.yaml]
crds: [empty]
helmCharts: [{name: x}]
generators:
- \"apiVersion: example.com/v1\\nkind: Exec\\nmetadata: {name: x}\"
- plugin.yaml
//- app/file.yaml
//- app/plugin.yaml

apiVersion: builtin
kind: HelmChartInflationGenerator
//- app/empty/x.yaml
";
    insta::assert_snapshot!(gathered(text, "app", ""), @r#"
    app/kustomization.yaml:2: resources: "../../../etc/passwd" leads out of the repository; name something inside of it
    app/kustomization.yaml:3: resources: "/etc/passwd" is absolute, and leads out of the repository; write it relative to this file
    app/kustomization.yaml:4: resources: "https://git.example/x.yaml" is fetched from elsewhere, and remote bases are off; copy it into the repository, or add its repository with spec.include of the GitRepository
    app/kustomization.yaml:5: resources: "git@git.example:a/b.git" is fetched from elsewhere, and remote bases are off; copy it into the repository, or add its repository with spec.include of the GitRepository
    app/kustomization.yaml:6: resources: "github.com/a/b//base" is fetched from elsewhere, and remote bases are off; copy it into the repository, or add its repository with spec.include of the GitRepository
    app/kustomization.yaml:7: resources: "missing.yaml" is not in the repository; correct the path
    app/kustomization.yaml:8: resources: symbolic link app/refused/link is not followed; name something that can be read
    app/kustomization.yaml:9: app/empty has no kustomization file; name a file, or a directory with a kustomization.yaml
    app/kustomization.yaml:10: resources: an empty path names nothing; take it out
    app/kustomization.yaml:11: components: "file.yaml" is a file; name a directory
    app/kustomization.yaml:12: crds: "empty" is a directory; name a file
    app/kustomization.yaml:13: helmCharts needs Helm, which is not run inside of kustomize; write a HelmRelease, or commit what the chart renders
    app/kustomization.yaml:15: Exec of "example.com/v1" is a plugin, and plugins are off; commit what it makes in its place
    app/plugin.yaml:2: HelmChartInflationGenerator needs Helm, which is not run here; write a HelmRelease in its place
    "#);
}

#[test]
fn two_kustomization_files_broken_ones_and_second_documents_are_refused() {
    let text = "\
//- a/kustomization.yaml
resources: [../b, ../c]
//- a/Kustomization
//- b/kustomization.yaml
resources: [x
//- c/kustomization.yaml
resources: []
---
resources: []
";
    insta::assert_snapshot!(gathered(text, "a", ""), @r"
    a/Kustomization:1: the directory has a/kustomization.yaml too, and may have only one of them; remove one
    b/kustomization.yaml:1: column 12: not valid YAML: unclosed bracket '['; correct the file; until then nothing of its directory is applied
    c/kustomization.yaml:3: a kustomization file holds one document, and kustomize would not read this one; give it a file of its own
    ");
}

#[test]
fn a_plain_directory_needs_no_build_until_something_asks_for_one() {
    let plain = format!(
        "//- app/a.yaml\n{CONFIG_MAP}//- app/deep/b.yml\n{}",
        CONFIG_MAP.replace("a}", "b}")
    );
    let objects = "object app/a.yaml:1 ConfigMap/a\nobject app/deep/b.yml:1 ConfigMap/b\n";
    for idle in [
        "",
        "targetNamespace: shop",
        "commonMetadata: {labels: {a: b}}",
        "ignoreMissingComponents: true\ncomponents: [../none]",
    ] {
        assert_eq!(gathered(&plain, "app", idle), objects, "{idle}");
    }
    let built = "app/a.yaml {Objects}\napp/deep/b.yml {Objects}\n";
    for asks in [
        "namePrefix: x-",
        "nameSuffix: -x",
        "images: [{name: x, newTag: z}]",
        "patches: [{patch: x}]",
        "buildMetadata: [originAnnotations]",
    ] {
        assert_eq!(gathered(&plain, "app", asks), built, "{asks}");
    }
}

#[test]
fn a_directory_inside_that_has_a_kustomization_file_is_built_and_not_descended() {
    let text = format!(
        "//- app/a.yaml\n{CONFIG_MAP}//- app/sub/kustomization.yaml\nresources: [x.yaml]\n\
        //- app/sub/x.yaml\n//- app/sub/not-read.yaml\nbroken: [\n//- app/sub/deep/kustomization.yaml\n"
    );
    insta::assert_snapshot!(gathered(&text, "app", ""), @"
    app/a.yaml {Objects}
    app/sub/kustomization.yaml {Kustomization}
    app/sub/x.yaml {Objects}
    ");
}

#[test]
fn what_kustomize_reads_otherwise_is_left_to_it() {
    let differs = [
        "data: {a: yes}",
        "data: {a: 2026-01-01}",
        "data: {a: 0x10}",
        "data: {a: 010}",
        "data: {a: 1e3}",
        "data: {on: a}",
        "data: {1: a}",
        "data: {a: !!binary aGk=}",
        "a: &x {b: c}\nd: *x",
        "a: [b, null]",
        "data: {a: some\n  words}",
    ];
    for more in differs {
        let text = format!("//- app/a.yaml\n{CONFIG_MAP}{more}\n");
        assert_eq!(
            gathered(&text, "app", ""),
            "app/a.yaml {Objects}\n",
            "{more}"
        );
    }
    for same in [
        "data: {a: 'yes', b: \"2026-01-01\", c: x, \"on\": z, d-e.f: z}",
        "a: [1, -2, 1.5, true, null-ish, {b: ~}]",
        "text: |\n  yes\n  2026-01-01\n",
    ] {
        let text = format!("//- app/a.yaml\n{CONFIG_MAP}{same}\n");
        assert!(gathered(&text, "app", "").starts_with("object"), "{same}");
    }
    let local = "//- app/a.yaml\napiVersion: v1\nkind: ConfigMap\n\
        metadata: {name: a, annotations: {config.kubernetes.io/local-config: 'true'}}\n";
    assert_eq!(gathered(local, "app", ""), "app/a.yaml {Objects}\n");
}

#[test]
fn a_namespace_that_is_more_than_metadata_is_set_by_kustomize() {
    let bodies = [
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n",
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: rbac.authorization.k8s.io/v1\n  kind: RoleBinding\n  metadata: {name: a}\n",
        "apiVersion: x/v1\nkind: X\nmetadata: {name: a}\nspec: {refs: [{name: b, namespace: c}]}\n",
    ];
    for body in bodies {
        let text = format!("//- app/a.yaml\n{body}");
        assert!(gathered(&text, "app", "").starts_with("object"), "{body}");
        let moved = gathered(&text, "app", "targetNamespace: shop");
        assert_eq!(moved, "app/a.yaml {Objects}\n", "{body}");
    }
    // Renaming it to the name it has is nothing.
    let own = "//- app/a.yaml\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    assert!(gathered(own, "app", "targetNamespace: shop").starts_with("object"));
}

#[test]
fn components_of_the_declaration_are_followed_from_its_path() {
    let text = format!(
        "//- app/a.yaml\n{CONFIG_MAP}//- parts/tls/kustomization.yaml\nkind: Component\npatches: [{{path: p.yaml}}]\n//- parts/tls/p.yaml\n"
    );
    let both = "ignoreMissingComponents: true\ncomponents: [../parts/tls, ../parts/none]";
    insta::assert_snapshot!(gathered(&text, "app", both), @"
    app/a.yaml {Objects}
    parts/tls/kustomization.yaml {Kustomization}
    parts/tls/p.yaml {Patch}
    ");
    insta::assert_snapshot!(gathered(
        &text,
        "app",
        "components: [../parts/none, https://example.com/x, /abs, ../../x]"
    ), @r#"
    spec.components:1: component: "../parts/none" is not in the repository; correct the path
    spec.components:2: component: "https://example.com/x" is fetched from elsewhere, and remote bases are off; copy it into the repository, or add its repository with spec.include of the GitRepository
    spec.components:3: component: "/abs" is absolute, and leads out of the repository; write it relative to this file
    spec.components:4: component: "../../x" leads out of the repository; name something inside of it
    "#);
}

#[test]
fn links_are_followed_to_where_they_really_lead() {
    let text = "\
//- app/kustomization.yaml
resources: [base, base/more.yaml]
//- app/base -> shared/base
//- shared/base/kustomization.yaml
resources: [../beside.yaml]
//- shared/base/more.yaml
//- shared/beside.yaml
";
    insta::assert_snapshot!(gathered(text, "app", ""), @"
    app/kustomization.yaml {Kustomization}
    shared/base/kustomization.yaml {Kustomization}
    shared/base/more.yaml {Objects}
    shared/beside.yaml {Objects}
    ");
}

#[test]
fn circles_end() {
    let text = "//- a/kustomization.yaml\nresources: [../b]\n//- b/kustomization.yaml\nresources: [../a, .]\n";
    assert_eq!(
        gathered(text, "a", ""),
        "a/kustomization.yaml {Kustomization}\nb/kustomization.yaml {Kustomization}\n"
    );
}

#[test]
fn a_result_depends_on_what_was_looked_at_and_on_nothing_else() {
    let text = "\
//- app/kustomization.yaml
resources: [../base/web.yaml]
//- base/web.yaml
one
//- other.yaml
";
    let commit = Memory::of(text);
    let missing = spec("ignoreMissingComponents: true\ncomponents: [../late]");
    let footprint = gather(&commit, &path("app"), &missing).unwrap().footprint;
    let holds = |commit: &Memory| footprint.holds(commit).unwrap();
    assert!(holds(&commit));
    assert!(holds(
        &commit
            .clone()
            .with("other.yaml", "two")
            .with("base/new.yaml", "")
    ));
    for (changed, content) in [
        ("base/web.yaml", "two"),
        ("app/kustomization.yaml", "resources: []"),
        // A second file of another name would be an error.
        ("app/Kustomization", ""),
        // A component that was missing has come.
        ("late/kustomization.yaml", ""),
    ] {
        assert!(!holds(&commit.clone().with(changed, content)), "{changed}");
    }
}

#[test]
fn a_plain_directory_depends_on_everything_in_it() {
    let commit = Memory::of(&format!("//- app/a.yaml\n{CONFIG_MAP}//- other.yaml\n"));
    let footprint = gather(&commit, &path("app"), &spec("")).unwrap().footprint;
    assert!(
        footprint
            .holds(&commit.clone().with("other.yaml", "x"))
            .unwrap()
    );
    assert!(
        !footprint
            .holds(&commit.clone().with("app/new.yaml", "x"))
            .unwrap()
    );
}

#[test]
fn a_path_that_is_no_directory_is_told_apart() {
    for at in ["none", "app/a.yaml"] {
        let said = gathered("//- app/a.yaml\n", at, "");
        assert_eq!(said, "NoSuchPath", "{at}");
    }
}
