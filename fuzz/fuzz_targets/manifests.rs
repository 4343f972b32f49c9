//! A file of a repository: objects or findings, each with a place in that file; what is guarded,
//! ordered and digested is the same set of objects.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use signet_engine::guard::{self, PlainSecrets, Rules};
use signet_engine::manifest::{Manifest, digest_of_all};
use signet_engine::tree::{File, RepoPath, Tree};
use signet_engine::{hooks, order};
use signet_yaml::{Budget, read, write};

fuzz_target!(|source: &[u8]| {
    let path = RepoPath::parse("deploy/app.yaml").expect("a path");
    let files = vec![File {
        path,
        bytes: source.to_vec().into(),
    }];
    let tree = Tree {
        id: "tree".to_owned(),
        files,
    };
    let lines = source
        .iter()
        .filter(|byte| matches!(byte, b'\n' | b'\r'))
        .count()
        + 1;
    match signet_render::plain(&tree) {
        Ok(manifests) => {
            for manifest in &manifests {
                check(manifest, lines);
            }
            guard(manifests, lines);
        }
        Err(findings) => {
            assert!(!findings.is_empty());
            for finding in findings {
                assert_eq!(finding.origin.file, "deploy/app.yaml", "{finding}");
                place(finding.origin.line, lines);
            }
        }
    }
});

fn place(line: u32, lines: usize) {
    let line = usize::try_from(line).unwrap();
    assert!((1..=lines).contains(&line), "line {line} of {lines}");
}

/// The digest is of the meaning: written another way, it is the same.
fn check(manifest: &Manifest, lines: usize) {
    place(manifest.origin.line, lines);
    let text = write(&manifest.body);
    let again = read(text.as_bytes(), &Budget::default()).expect("what was written reads");
    let again = Manifest::new(again[0].to_json(), manifest.origin.clone());
    let again = again.expect("an object still");
    assert_eq!(again.digest(), manifest.digest(), "{text}");
    assert_eq!(again.id, manifest.id);
}

fn guard(manifests: Vec<Manifest>, lines: usize) {
    let rules = Rules {
        plain_secrets: PlainSecrets::Warn,
        target_namespace: None,
        owner: ("flux-system".to_owned(), "apps".to_owned()),
        opened: BTreeSet::new(),
    };
    let given = manifests.len();
    let Ok(guarded) = guard::check(manifests, &rules, &|_| Some(true)) else {
        return;
    };
    assert_eq!(guarded.manifests.len(), given);
    for warning in &guarded.warnings {
        place(warning.origin.line, lines);
    }
    let regular = |manifest: &Manifest| matches!(hooks::role(manifest), hooks::Role::Kept);
    let mut kept = guarded.manifests.clone();
    kept.retain(regular);
    let digest = digest_of_all(&kept);
    let stages = order::stages(guarded.manifests);
    let mut staged: Vec<_> = stages
        .into_iter()
        .flat_map(|stage| stage.manifests)
        .filter(regular)
        .collect();
    assert_eq!(staged.len(), kept.len(), "every object but hooks, and once");
    staged.reverse();
    assert_eq!(
        digest_of_all(&staged),
        digest,
        "the order has no part in the digest"
    );
}
