//! What the declaration asks for, in the kustomization file that is built.

use super::memory::{Memory, path};
use crate::gather::gather;
use crate::sources::How;

/// The file that kustomize will see at the root, and the warnings.
fn merged(file: &str, declared: &str) -> (serde_json::Value, String) {
    let text = format!(
        "interval: 1m\nprune: true\nsourceRef: {{kind: GitRepository, name: x}}\n{declared}"
    );
    let documents = signet_yaml::read(text.as_bytes(), &signet_yaml::Budget::default()).unwrap();
    let spec = serde_json::from_value(documents[0].to_json()).unwrap();
    let commit = Memory::of(&format!(
        "//- app/kustomization.yaml\n{file}//- app/x.yaml\n"
    ));
    let sources = gather(&commit, &path("app"), &spec).unwrap();
    let warnings = sources
        .warnings
        .iter()
        .map(|one| one.to_string() + "\n")
        .collect();
    let How::Kustomize(recipe) = sources.how else {
        unreachable!("a kustomization file is built")
    };
    (serde_json::Value::Object(recipe.fields), warnings)
}

fn fields(file: &str, declared: &str, names: &[&str]) -> String {
    let (all, _) = merged(file, declared);
    let shown = names.iter().map(|name| format!("{name}: {}\n", all[name]));
    shown.collect()
}

#[test]
fn texts_of_the_declaration_replace_those_of_the_file() {
    let file = "resources: [x.yaml]\nnamespace: old\nnamePrefix: old-\nnameSuffix: -old\n";
    let declared = "targetNamespace: new\nnamePrefix: new-\n";
    insta::assert_snapshot!(fields(file, declared, &["namespace", "namePrefix", "nameSuffix"]), @r#"
    namespace: "new"
    namePrefix: "new-"
    nameSuffix: "-old"
    "#);
}

#[test]
fn patches_are_appended() {
    let file = "resources: [x.yaml]\npatches: [{path: x.yaml, options: {allowNameChange: true}}]\n";
    let declared = "patches: [{patch: a, target: {kind: X, labelSelector: b=c}}, {patch: d}]\n";
    insta::assert_snapshot!(fields(file, declared, &["patches"]), @r#"patches: [{"options":{"allowNameChange":true},"path":"x.yaml"},{"patch":"a","target":{"kind":"X","labelSelector":"b=c"}},{"patch":"d"}]"#);
}

#[test]
fn images_are_merged_by_name_and_a_tag_takes_the_digest_away() {
    let file = "\
resources: [x.yaml]
images:
- {name: a, newName: kept, newTag: '1', digest: sha256:old}
- {name: b, newTag: '1'}
- {name: c, newName: old, newTag: '1'}
";
    let declared = "\
images:
- {name: a, newTag: '2'}
- {name: b, digest: 'sha256:new'}
- {name: c, newName: new}
- {name: d, newTag: '4'}
";
    insta::assert_snapshot!(fields(file, declared, &["images"]), @r#"images: [{"name":"a","newName":"kept","newTag":"2"},{"digest":"sha256:new","name":"b"},{"name":"c","newName":"new","newTag":"1"},{"name":"d","newTag":"4"}]"#);
}

#[test]
fn origins_are_asked_for_in_any_case_and_a_file_without_resources_shows_them() {
    let asked = |file: &str, declared: &str| merged(file, declared).0["buildMetadata"].to_string();
    let both = r#"["managedByLabel","originAnnotations"]"#;
    assert_eq!(
        asked("resources: [x.yaml]\nbuildMetadata: [managedByLabel]\n", ""),
        both
    );
    let one = r#"["originAnnotations"]"#;
    assert_eq!(asked("resources: [x.yaml]\n", ""), one);
    // As Flux does, what the file says is lost where it has no resources.
    assert_eq!(asked("buildMetadata: [managedByLabel]\n", ""), one);
    let declared = "buildMetadata: [transformerAnnotations]";
    let with = r#"["transformerAnnotations","originAnnotations"]"#;
    assert_eq!(
        asked(
            "resources: [x.yaml]\nbuildMetadata: [managedByLabel]\n",
            declared
        ),
        with
    );
}

#[test]
fn what_flux_would_change_in_silence_is_told() {
    let file = "\
Resources: [x.yaml]
images: [{name: a, newTag: 12}]
commonAnnotations: {a: true}
resource: [typo.yaml]
patches:
- {patch: x, targets: y}
";
    let (all, warnings) = merged(file, "");
    assert_eq!(all["resources"].to_string(), r#"["x.yaml"]"#);
    assert_eq!(all["images"][0]["newTag"], "12");
    assert_eq!(all["commonAnnotations"]["a"], "true");
    assert!(all.get("resource").is_none());
    insta::assert_snapshot!(warnings, @r#"
    app/kustomization.yaml:2: 12 is taken as a text; put it in quotes, or what stands there may not be what is used: 1.10 is 1.1
    app/kustomization.yaml:3: true is taken as a text; put it in quotes, or what stands there may not be what is used: 1.10 is 1.1
    app/kustomization.yaml:4: the field "resource" is none of kustomize's and is left out; take it out, or correct its name
    app/kustomization.yaml:6: the field "targets" is none of kustomize's and is left out; take it out, or correct its name
    "#);
}

#[test]
fn a_file_without_content_builds_to_nothing() {
    insta::assert_snapshot!(merged("", "").0, @r#"{"apiVersion":"kustomize.config.k8s.io/v1beta1","buildMetadata":["originAnnotations"],"kind":"Kustomization"}"#);
}
