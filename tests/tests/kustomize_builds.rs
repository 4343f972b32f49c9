//! Our builds beside `kustomize` run by hand over the same files: the same objects. And hostile
//! files, each of which ends in an error that says why.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod kustomize_support;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use kustomize_support::{CASES, Directory, failure, kustomize, objects, ours, rooms, theirs};
use signet_render::sandbox::Limits;
use signet_tests::tools::{self, Program};

#[test]
fn an_overlay_builds_to_what_kustomize_makes_of_it() -> Result<()> {
    for (name, text, at) in CASES {
        let directory = Directory::of(text)?;
        let by_hand = objects(&theirs(&directory, at)?);
        assert!(by_hand.len() > 1, "{name}: {by_hand:?}");
        assert_eq!(objects(&ours(&directory, at, "")?), by_hand, "{name}");
    }
    Ok(())
}

/// Objects as people write them, and as people should not: what the fast way makes of them, or why
/// it does not take it, must be what kustomize makes of them.
const MANIFESTS: [&str; 10] = [
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {a: b}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: in-it}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {}, labels: {}}\ndata: {a: yes, b: On, c: 0644, d: 2026-01-01, e: 1e3, f: 0x1f, g: ~, h: 1.10, i: 12e5}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  creationTimestamp: null\ndata:\n  text: |\n    yes\n    no\n  folded: >-\n    one\n    two\n  'on': \"off\"\n",
    "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: c}\n- apiVersion: v1\n  kind: ServiceAccount\n  metadata: {name: web}\n",
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: d}\nsubjects:\n- {kind: ServiceAccount, name: default}\n- {kind: ServiceAccount, name: web}\n- {kind: ServiceAccount, name: other, namespace: there}\n- {kind: User, name: u}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\n",
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: e}\n---\n# nothing\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: e}\nrules: []\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: f, annotations: {config.kubernetes.io/local-config: 'true'}}\n",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: g}\nspec:\n  replicas: 3\n  selector: {matchLabels: &l {app: g}}\n  template:\n    metadata: {labels: *l}\n    spec: {containers: [{name: g, image: 'nginx:1', args: [\"-v\", '2'], resources: {limits: {cpu: 0.5, memory: 64Mi}}}]}\n",
    "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: h}\nspec: {ref: {name: web, namespace: there}, at: 12:30:45, big: 1234567890123456789, neg: -0, \"quoted\": 'it''s'}\n",
    "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.example.com}\nspec: {service: {name: s, namespace: there}, group: example.com, version: v1, groupPriorityMinimum: 1, versionPriority: 1}\n",
];

#[test]
fn a_plain_directory_means_what_it_means_to_kustomize() -> Result<()> {
    for target in ["", "shop"] {
        for (number, manifest) in MANIFESTS.iter().enumerate() {
            let plain = Directory::of(&format!("//- app/a.yaml\n{manifest}"))?;
            let declared = match target {
                "" => String::new(),
                target => format!("targetNamespace: {target}\n"),
            };
            let file =
                format!("//- app/kustomization.yaml\nnamespace: '{target}'\nresources: [a.yaml]\n");
            let built = Directory::of(&format!("//- app/a.yaml\n{manifest}{file}"))?;
            let expected = objects(&theirs(&built, "app")?);
            let found = objects(&ours(&plain, "app", &declared)?);
            assert_eq!(found, expected, "manifest {number}, namespace {target:?}");
        }
    }
    Ok(())
}

#[test]
fn an_object_remembers_where_it_was_written() -> Result<()> {
    let (_, text, at) = CASES[0];
    let built = ours(&Directory::of(text)?, at, "")?;
    let mut places: Vec<String> = built
        .iter()
        .map(|one| format!("{} {}", one.origin, one.id.kind))
        .collect();
    places.sort();
    assert_eq!(
        places,
        [
            "apps/base/app.yaml:1 Deployment",
            "apps/base/app.yaml:18 Service",
            "apps/base/kustomization.yaml:5 ConfigMap",
            "apps/prod/kustomization.yaml:17 Secret",
            "apps/prod/more.yaml:2 ServiceAccount",
        ]
    );
    for one in &built {
        assert!(
            !one.body.to_string().contains("config.kubernetes.io"),
            "{}",
            one.body
        );
    }
    Ok(())
}

#[test]
fn a_patch_that_matches_nothing_names_its_file() -> Result<()> {
    let text = "//- app/kustomization.yaml\nresources: [a.yaml]\npatches: [{path: p.yaml}]\n\
        //- app/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n\
        //- app/p.yaml\n\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: gone}\n";
    let said = failure(&Directory::of(text)?, "app", "");
    for words in [
        "app/kustomization.yaml: kustomize build failed",
        "Deployment.v1.apps/gone",
        "app/p.yaml:2",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains(&rooms().display().to_string()), "{said}");
    Ok(())
}

#[test]
fn what_kustomize_quotes_of_a_secret_is_not_repeated() -> Result<()> {
    let secret = |more: &str| {
        format!(
            "//- app/a.yaml\napiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{k: CANARY-one, l: \"CANARY \\\"two\\\"\"}}\n{more}"
        )
    };
    let cases = [
        // It prints the whole object.
        format!("//- app/kustomization.yaml\nresources: [a.yaml]\n{}", secret("more: .inf\n")),
        format!("//- app/kustomization.yaml\nresources: [a.yaml]\n{}", secret("more: {1: x}\n")),
        // A patch that is no patch is printed as well.
        "//- app/kustomization.yaml\nresources: []\npatches: [{patch: 'stringData: {k: CANARY-three'}]\n".to_owned(),
        "//- app/kustomization.yaml\nresources: []\nsecretGenerator: [{name: a, literals: [CANARY-four]}]\n".to_owned(),
    ];
    for text in cases {
        let said = failure(&Directory::of(&text)?, "app", "");
        assert!(!said.contains("CANARY"), "{text}\n{said}");
    }
    // Of what is no text it prints the bytes, as numbers too.
    let text = "//- app/kustomization.yaml\nsecretGenerator: [{name: a, envs: [a.env]}]\n";
    let directory = Directory::of(text)?;
    std::fs::write(directory.path().join("app/a.env"), b"K=CANARY\xff\n")?;
    let said = failure(&directory, "app", "");
    assert!(said.contains("is not shown"), "{said}");
    assert!(
        !said.contains("CANARY") && !said.contains("67 65 78"),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_generator_sees_nothing_but_the_repository() -> Result<()> {
    for outside in [
        "/proc/self/environ",
        "/etc/hostname",
        "../../../../etc/hostname",
        "/var/run/secrets/kubernetes.io/serviceaccount/token",
    ] {
        let text = format!(
            "//- app/kustomization.yaml\nconfigMapGenerator: [{{name: a, files: [x={outside}]}}]\n"
        );
        let said = failure(&Directory::of(&text)?, "app", "");
        assert!(said.contains("app/kustomization.yaml:1:"), "{said}");
        assert!(said.contains("out of the repository"), "{said}");
    }
    // What our reader cannot see into, kustomize opens itself, and finds shut.
    for outside in ["/proc/self/environ", "/etc/hostname"] {
        let text = format!(
            "//- app/kustomization.yaml\ngenerators: [g]\n//- app/g/kustomization.yaml\nresources: [g.yaml]\n\
            //- app/g/g.yaml\napiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {{name: a}}\nfiles: [x={outside}]\n"
        );
        let said = failure(&Directory::of(&text)?, "app", "");
        assert!(said.contains("permission denied"), "{said}");
    }
    Ok(())
}

#[test]
fn a_plugin_is_not_run() -> Result<()> {
    let function = "apiVersion: example.com/v1\nkind: Any\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ./evil.sh}\n";
    for field in ["generators", "transformers", "validators"] {
        let text = format!(
            "//- app/kustomization.yaml\nresources: [a.yaml]\n{field}: [f.yaml]\n//- app/f.yaml\n{function}\
            //- app/evil.sh\n#!/bin/sh\n//- app/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n"
        );
        let said = failure(&Directory::of(&text)?, "app", "");
        assert!(
            said.contains("app/f.yaml:1:") && said.contains("plugins are off"),
            "{said}"
        );
    }
    Ok(())
}

/// Each layer takes the one below it twice, under another name: a small repository that stands for
/// 2^30 objects.
fn bomb() -> String {
    let mut text = "//- 0/kustomization.yaml\nresources: [a.yaml]\n//- 0/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n".to_owned();
    for layer in 1..=30 {
        let below = layer - 1;
        text += &format!("//- {layer}/kustomization.yaml\nresources: [a, b]\n");
        for side in ["a", "b"] {
            text += &format!(
                "//- {layer}/{side}/kustomization.yaml\nresources: [../../{below}]\nnamePrefix: {side}-\n"
            );
        }
    }
    text
}

#[test]
fn a_build_that_grows_without_end_is_stopped() -> Result<()> {
    let directory = Directory::of(&bomb())?;
    let since = Instant::now();
    let limits = Limits {
        time: Duration::from_secs(3),
        ..kustomize().sandbox.limits
    };
    let said = kustomize_support::failure_within(&directory, "30", limits);
    assert!(said.contains("was stopped after 3 seconds"), "{said}");
    assert!(since.elapsed() < Duration::from_secs(20));
    let limits = Limits {
        memory: 64 << 20,
        ..kustomize().sandbox.limits
    };
    let said = kustomize_support::failure_within(&directory, "16", limits);
    assert!(said.contains("more than 64 MiB of memory"), "{said}");
    Ok(())
}

#[test]
fn a_build_that_prints_without_end_is_stopped() -> Result<()> {
    let file = "x".repeat(900_000);
    let mut text =
        format!("//- big.txt\n{file}\n//- app/kustomization.yaml\nconfigMapGenerator:\n");
    for number in 0..20 {
        text += &format!("- {{name: c{number}, files: [../big.txt]}}\n");
    }
    let said = failure(&Directory::of(&text)?, "app", "");
    assert!(said.contains("printed more than 16 MiB"), "{said}");
    Ok(())
}

#[test]
fn nothing_is_left_of_a_build() -> Result<()> {
    let (_, text, at) = CASES[0];
    let directory = Directory::of(text)?;
    ours(&directory, at, "")?;
    let own = tempfile::tempdir()?;
    let mut here = kustomize().clone();
    here.rooms = own.path().to_owned();
    kustomize_support::build(&here, &directory, at, "").map_err(anyhow::Error::msg)?;
    assert_eq!(std::fs::read_dir(own.path())?.count(), 0);
    Ok(())
}

/// What a declaration may ask for, of which directory: beside what Flux's own command line builds.
fn declared() -> Vec<(String, &'static str, &'static str)> {
    let overlay = || CASES[0].1.to_owned();
    let plain = || {
        // Two Namespaces would be one with the same name.
        let files = MANIFESTS.iter().enumerate().skip(1);
        files
            .map(|(number, text)| format!("//- app/{number}.yaml\n{text}"))
            .collect::<String>()
    };
    let nested = "//- app/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n\
        //- app/sub/kustomization.yaml\nnamePrefix: sub-\nresources: [b.yaml, ../../lib]\n\
        //- app/sub/b.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n\
        //- app/sub/ignored.yaml\nnot: an object\n//- app/data.json\n{}\n\
        //- lib/kustomization.yaml\nresources: [c.yaml]\n\
        //- lib/c.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    let everything = "targetNamespace: other\nnamePrefix: z-\nnameSuffix: -z\n\
        components: [../../components/tls, ../../components/none]\nignoreMissingComponents: true\n\
        images: [{name: nginx, digest: 'sha256:0000000000000000000000000000000000000000000000000000000000000000'}, {name: x, newTag: '1'}]\n\
        patches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec: {paused: true}\n\
        - target: {kind: Service, name: web}\n  patch: '[{\"op\": \"add\", \"path\": \"/spec/sessionAffinity\", \"value\": \"None\"}]'\n\
        commonMetadata: {labels: {team: b, app: common}, annotations: {tls: 'off'}}\n";
    vec![
        (overlay(), "apps/prod", ""),
        (overlay(), "apps/prod", everything),
        (
            overlay(),
            "apps/prod",
            "buildMetadata: [originAnnotations, transformerAnnotations]\n",
        ),
        (
            overlay(),
            "apps/base",
            "images: [{name: nginx, newTag: '2'}]\n",
        ),
        (CASES[1].1.to_owned(), "app", "targetNamespace: shop\n"),
        (plain(), "app", ""),
        (
            plain(),
            "app",
            "targetNamespace: shop\ncommonMetadata: {labels: {a: b}}\n",
        ),
        (plain(), "app", "namePrefix: p-\n"),
        (nested.to_owned(), "app", ""),
        (nested.to_owned(), "app", "targetNamespace: shop\n"),
        (
            format!(
                "//- app/kustomization.yaml\nbases: [../lib]\nbuildMetadata: [managedByLabel]\n{nested}"
            ),
            "app",
            "",
        ),
        (
            format!(
                "//- app/kustomization.yaml\nResources: [../lib]\nunknown: x\nimages: [{{name: c, newTag: 12}}]\nlabels: [{{pairs: {{num: 1}}, other: x}}]\n{nested}"
            ),
            "app",
            "",
        ),
        ("//- app/kustomization.yaml\n\n".to_owned(), "app", ""),
    ]
}

/// Flux's own command line, which merges and builds as its controller does.
fn flux(directory: &Directory, at: &str, declared: &str) -> Result<Vec<serde_json::Value>> {
    let indented: String = declared.lines().map(|line| format!("  {line}\n")).collect();
    let object = format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: x, namespace: flux-system}}\n\
        spec:\n  interval: 1m\n  prune: true\n  path: ./{at}\n  sourceRef: {{kind: GitRepository, name: x}}\n{indented}"
    );
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), object)?;
    let said = std::process::Command::new(tools::find(Program::Flux)?)
        .args([
            "build",
            "kustomization",
            "x",
            "--namespace=flux-system",
            "--dry-run",
        ])
        .arg(format!("--path=./{at}"))
        .arg("--kustomization-file")
        .arg(file.path())
        .current_dir(directory.path())
        .env("HOME", directory.path())
        .output()?;
    ensure!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    let documents = signet_yaml::read(&said.stdout, &signet_yaml::Budget::default())?;
    Ok(documents
        .iter()
        .map(signet_yaml::Document::to_json)
        .map(without_owner)
        .collect())
}

/// Without the labels by which each controller knows what it owns.
fn without_owner(mut object: serde_json::Value) -> serde_json::Value {
    if let Some(labels) = object["metadata"]["labels"].as_object_mut() {
        labels.retain(|key, _| !key.starts_with("kustomize.toolkit.fluxcd.io/"));
    }
    object
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn flux_builds_the_same_objects() -> Result<()> {
    for (number, (text, at, declared)) in declared().into_iter().enumerate() {
        let expected = objects(&flux(&Directory::of(&text)?, at, declared)?);
        let mut found = ours(&Directory::of(&text)?, at, declared)?;
        if let Some(common) = kustomize_support::spec(declared).common_metadata {
            signet_render::set_common(&mut found, &common);
        }
        assert_eq!(objects(&found), expected, "case {number}: {declared}");
    }
    Ok(())
}
