//! What kustomize says when it fails, as a condition shows it. The sentences are kustomize's.

use std::path::Path;

use super::memory::{Memory, path};
use crate::gather::gather;
use crate::kustomize::explain;
use crate::sources::How;

fn explained(text: &str, said: &str) -> String {
    let spec = serde_json::json!({
        "interval": "1m", "prune": true, "sourceRef": {"kind": "GitRepository", "name": "x"},
        "patches": [{"patch": "kind: Secret\napiVersion: v1\nmetadata: {name: s}\nstringData: {k: DECLARED-CANARY}\n"}],
    });
    let spec = serde_json::from_value(spec).unwrap();
    let sources = gather(&Memory::of(text), &path("app"), &spec).unwrap();
    let How::Kustomize(recipe) = &sources.how else {
        unreachable!("a kustomization file is built")
    };
    explain(said, Path::new("/rooms/room-1/tree"), &sources, recipe)
}

const FILES: &str = "\
//- app/kustomization.yaml
resources: [s.yaml, broken.yaml]
patches:
- path: patch.yaml
- patch: |
    apiVersion: v1
    kind: Service
    metadata: {name: wep}
- target: {kind: Secret}
  patch: '[{\"op\": \"add\", \"path\": \"/data/k\", \"value\": \"T1BTLUNBTkFSWQ==\"}]'
secretGenerator:
- name: a
  literals: [k=LITERAL-CANARY]
  files: [file.txt]
  envs: [a.env]
//- app/s.yaml
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Secret, metadata: {name: s}, data: {k: REFUQS1DQU5BUlk=}, stringData: {l: TEXT-CANARY}}
//- app/broken.yaml
apiVersion: v1
stringData: {k: BROKEN-CANARY
//- app/patch.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
//- app/file.txt
first
FILE-\"CANARY\"
//- app/a.env
K=ENV-CANARY
# x
";

#[test]
fn paths_are_those_of_the_repository_and_warnings_are_left_out() {
    let said = "# Warning: 'bases' is deprecated.\n\
        Error: accumulating resources: read /rooms/room-1/tree/base/x.yaml: /rooms/room-1/tree is odd\n";
    assert_eq!(
        explained(FILES, said),
        "accumulating resources: read base/x.yaml: . is odd"
    );
}

#[test]
fn the_patch_that_matches_nothing_is_found() {
    let said = "Error: no resource matches strategic merge patch \"Deployment.v1.apps/web.[noNs]\": no matches for Id Deployment.v1.apps/web.[noNs]\n";
    assert!(explained(FILES, said).ends_with("\nthe patch is app/patch.yaml:1"));
    let said =
        "Error: no resource matches strategic merge patch \"Service.v1.[noGrp]/wep.[noNs]\"\n";
    assert!(explained(FILES, said).ends_with("\nthe patch is app/kustomization.yaml:4"));
}

#[test]
fn no_value_of_a_secret_is_repeated_however_it_is_quoted() {
    for said in [
        "Error: cannot use LITERAL-CANARY here",
        "Error: literal sources [k=LITERAL-CANARY]: bad",
        "Error: FILE-\\\"CANARY\\\" is odd",
        "Error: first line FILE-\"CANARY\"",
        "Error: value ENV-CANARY\nsecond line is fine",
        "Error: map[string]interface {}{\"k\":\"TEXT-CANARY\"}: json: unsupported",
        "Error: REFUQS1DQU5BUlk= or DATA-CANARY",
        "Error: T1BTLUNBTkFSWQ== or OPS-CANARY",
        "Error: TElURVJBTC1DQU5BUlk= is base64",
        "Error: near stringData: {k: BROKEN-CANARY",
        "Error: patch DECLARED-CANARY",
    ] {
        let shown = explained(FILES, said);
        assert!(!shown.contains("CANARY"), "{said}\n{shown}");
        for encoded in ["REFUQS1D", "T1BTLUNB", "TElURVJB"] {
            assert!(!shown.contains(encoded), "{said}\n{shown}");
        }
    }
    assert!(
        explained(FILES, "Error: value ENV-CANARY\nsecond line is fine")
            .contains("second line is fine")
    );
}

#[test]
fn the_configuration_of_a_step_is_left_out() {
    let said = "Error: trouble configuring builtin PatchTransformer with config: `\npatch: |\n  a: b\n`: unable to parse SM or JSON patch from [patch: \"a: b\"]";
    assert_eq!(
        explained(FILES, said),
        "trouble configuring builtin PatchTransformer: unable to parse SM or JSON patch from …"
    );
}

#[test]
fn what_is_quoted_and_what_is_long_is_cut() {
    let said = "Error: kind must be set in {{v1 } {{a } map[] map[]}}";
    assert_eq!(explained(FILES, said), "kind must be set in …");
    let long = format!("Error: {}", "x".repeat(5000));
    assert!(explained(FILES, &long).chars().count() < 500);
    let many =
        "Error: a\n".to_owned() + &(0..100).map(|n| format!("line {n}\n")).collect::<String>();
    assert!(explained(FILES, &many).lines().count() <= 13);
    assert_eq!(explained(FILES, ""), "it said nothing");
}
