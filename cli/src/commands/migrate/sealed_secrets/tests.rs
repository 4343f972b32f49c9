//! One SealedSecret judged, and the commands that come of a survey: values in, words out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;

use insta::assert_snapshot;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};
use signet_seal::format::bitnami;
use signet_seal::{Certificate, Keyring, PrivateKey, Scope, text};

use super::find::Survey;
use super::objects::{Judge, Row, Weight};
use super::plan::{Kubectl, Plan, Standing, quoted};
use super::version::Version;
use crate::args::ClusterArgs;
use crate::deployed::Deployed;

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!(
            "../../../../../tests/vectors/sealed-secrets/",
            $name
        ))
        .as_slice()
    };
}

fn ring() -> Keyring {
    let mut ring = Keyring::new();
    let certificate = Certificate::from_pem(vector!("rsa2048.crt")).unwrap();
    let key = PrivateKey::from_pem(vector!("rsa2048.key")).unwrap();
    ring.add("k", certificate.not_before(), key, certificate);
    ring
}

/// Sealed strictly for `shop/db`.
fn item() -> String {
    let certificate = Certificate::from_pem(vector!("rsa2048.crt")).unwrap();
    let sealer = bitnami::sealer(&certificate).unwrap();
    let label = Scope::Strict.label("shop", "db");
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    text::encode(&sealer.seal(&mut rng, &label, b"value").unwrap())
}

fn sealed(name: &str, template: Value) -> Value {
    let mut object = json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {"namespace": "shop", "name": name, "uid": "u"},
        "spec": {"encryptedData": {"password": item()}},
        "status": {"conditions": [{"type": "Synced", "status": "True"}]},
    });
    object["spec"]["template"] = template;
    object
}

fn version(tag: &str) -> Option<Version> {
    Version::of(&Deployed {
        image: format!("sealed-secrets-controller:{tag}"),
        ..Deployed::default()
    })
}

/// Judges with these Secrets in the cluster: name, and metadata.
fn judged(object: &Value, tag: &str, secrets: Option<&[(&str, Value)]>) -> Row {
    let key = |name: &str| ("shop".to_owned(), name.to_owned());
    let secrets = secrets.map(|all| {
        let all = all
            .iter()
            .map(|(name, metadata)| (key(name), json!({"metadata": metadata})));
        all.collect::<BTreeMap<_, _>>()
    });
    let judge = Judge {
        version: version(tag),
        ring: &ring(),
        accept_deprecated: true,
        now: jiff::Timestamp::UNIX_EPOCH,
        secrets: secrets.as_ref(),
    };
    judge.row(object)
}

fn codes(row: &Row) -> Vec<(&'static str, Weight)> {
    row.remarks
        .iter()
        .map(|remark| (remark.code, remark.weight))
        .collect()
}

const OPAQUE: &str = "Opaque";

#[test]
fn one_that_opens_and_has_its_secret_has_nothing_said_of_it() {
    let owner = json!([{"controller": true, "kind": "SealedSecret", "name": "db", "uid": "u"}]);
    let secrets = [("db", json!({"ownerReferences": owner}))];
    let row = judged(
        &sealed("db", json!({"type": OPAQUE})),
        "v0.27.1",
        Some(&secrets),
    );
    assert_eq!((row.opens, row.synced), (Some(true), Some(true)));
    assert!(row.remarks.is_empty(), "{:?}", row.remarks);
}

#[test]
fn one_that_does_not_open_is_told_with_the_place_it_is_opened_in() {
    let row = judged(&sealed("moved", json!({"type": OPAQUE})), "v0.27.1", None);
    assert_eq!(
        codes(&row),
        [
            ("does-not-open", Weight::Fails),
            ("synced-once", Weight::Note)
        ]
    );
    let message = &row.remarks[0].message;
    assert!(
        message.starts_with("no key could decrypt secret (password)"),
        "{message}"
    );
    assert!(
        message.ends_with("it is opened as shop/moved only (strict)"),
        "{message}"
    );
}

#[test]
fn what_templates_come_to_depends_on_the_release() {
    let template = json!({"type": OPAQUE, "data": {"password": "{{ .password }}!", "gone": null}});
    let of = |tag: &str| {
        let row = judged(&sealed("db", template.clone()), tag, None);
        let said = codes(&row).into_iter();
        said.map(|(code, _)| code).collect::<Vec<_>>()
    };
    assert_eq!(of("v0.27.1"), ["item-wins", "left-out"]);
    assert_eq!(of("v0.37.0"), ["left-out"]);
    assert!(of("v0.40.0").is_empty());
    assert_eq!(of("latest"), ["item-wins", "left-out"], "not known: both");
    let broken = json!({"type": OPAQUE, "data": {"password": "{{ env \"HOME\" }}"}});
    let row = judged(&sealed("db", broken), "v0.40.0", None);
    assert_eq!(
        codes(&row),
        [
            ("not-rendered", Weight::Fails),
            ("synced-once", Weight::Note)
        ]
    );
    let nothing = sealed("db", json!({"type": OPAQUE, "data": {"gone": null}}));
    let row = judged(&nothing, "v0.39.0", None);
    assert_eq!(codes(&row), [("left-out", Weight::Changes)]);
}

#[test]
fn secrets_that_are_gone_or_of_others_are_told_by_their_metadata() {
    let object = sealed("db", json!({"type": OPAQUE}));
    assert_eq!(
        codes(&judged(&object, "v0.27.1", Some(&[]))),
        [("made", Weight::Changes)]
    );
    let others = [("db", json!({}))];
    assert_eq!(
        codes(&judged(&object, "v0.27.1", Some(&others))),
        [("somebody-elses", Weight::Note)]
    );
    let managed = json!({"annotations": {"sealedsecrets.bitnami.com/managed": "true"}});
    assert!(
        judged(&object, "v0.27.1", Some(&[("db", managed)]))
            .remarks
            .is_empty()
    );
}

#[test]
fn what_their_status_says_is_put_beside_what_opens() {
    let mut object = sealed("db", json!({}));
    object["status"]["conditions"][0] =
        json!({"type": "Synced", "status": "False", "message": "no key"});
    let expected = [("opens-now", Weight::Changes), ("no-type", Weight::Note)];
    assert_eq!(codes(&judged(&object, "v0.27.1", None)), expected);
    let managed =
        "failed update: Resource \"db\" already exists and is not managed by SealedSecret";
    object["status"]["conditions"][0]["message"] = managed.into();
    let expected = [("not-synced", Weight::Note), ("no-type", Weight::Note)];
    assert_eq!(codes(&judged(&object, "v0.27.1", None)), expected);
    object["status"] = Value::Null;
    assert!(codes(&judged(&object, "v0.27.1", None)).contains(&("no-status", Weight::Note)));
    object["spec"]["encryptedData"]["password"] = "hunter2!".into();
    assert_eq!(
        codes(&judged(&object, "v0.27.1", None))[0],
        ("not-base64", Weight::Fails)
    );
}

fn theirs() -> Deployed {
    let object = json!({
        "metadata": {
            "namespace": "kube-system", "name": "sealed-secrets-controller",
            "labels": {"app.kubernetes.io/managed-by": "Helm"},
        },
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"name": "sealed-secrets-controller"}},
            "template": {"spec": {"containers": [{
                "image": "docker.io/bitnami/sealed-secrets-controller:0.27.1",
                "args": ["--update-status", "--privatekey-labels=team=a b"],
            }]}},
        },
        "status": {"readyReplicas": 1},
    });
    Deployed::of(&object, |_| true)
}

fn shown(plan: &Plan) -> String {
    let line = |step: &super::plan::Do| format!("{}\n", step.command);
    let over: String = plan.take_over.iter().map(line).collect();
    let back: String = plan.go_back.iter().map(line).collect();
    format!(
        "{over}--- back\n{back}--- remarks\n{}\n",
        plan.remarks.join("\n")
    )
}

#[test]
fn the_commands_stop_one_before_the_other_starts() {
    let survey = Survey {
        theirs: vec![theirs()],
        chosen: Some(theirs()),
        services: vec!["sealed-secrets".to_owned()],
        taken: vec![
            "sealed-secrets".to_owned(),
            "sealed-secrets-controller-metrics".to_owned(),
        ],
        ..Survey::default()
    };
    let args = ClusterArgs {
        context: Some("my cluster".to_owned()),
        ..ClusterArgs::default()
    };
    let row = judged(&sealed("db", json!({"type": OPAQUE})), "v0.27.1", None);
    let plan = Plan::new(
        &survey,
        &[row],
        &Kubectl::new(&args),
        "registry.example/signet:v1",
    );
    assert_eq!(plan.standing, Standing::Theirs);
    assert_snapshot!(shown(&plan), @r"
    kubectl --context 'my cluster' -n kube-system get secret -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml > sealed-secrets-keys.yaml
    signet migrate sealed-secrets --context 'my cluster' --controller-namespace kube-system --controller-name sealed-secrets-controller --save sealed-secrets-before.yaml
    kubectl --context 'my cluster' -n kube-system scale deployment sealed-secrets-controller --replicas=0
    kubectl --context 'my cluster' -n kube-system wait --for=delete pod -l name=sealed-secrets-controller --timeout=2m
    signet install --namespace kube-system --as-sealed-secrets --image registry.example/signet:v1 '--controller-arg=--privatekey-labels=team=a b' | kubectl --context 'my cluster' apply --server-side --force-conflicts -f -
    kubectl --context 'my cluster' -n kube-system rollout status deployment/signet-controller --timeout=5m
    kubectl --context 'my cluster' wait --for=condition=Recorded sealedsecrets --all --all-namespaces --timeout=10m
    --- back
    kubectl --context 'my cluster' -n kube-system scale deployment signet-controller --replicas=0
    kubectl --context 'my cluster' -n kube-system wait --for=delete pod -l app.kubernetes.io/name=signet,app.kubernetes.io/component=controller --timeout=2m
    kubectl --context 'my cluster' -n kube-system delete service --ignore-not-found sealed-secrets-controller
    kubectl --context 'my cluster' apply --server-side --force-conflicts -f sealed-secrets-before.yaml
    kubectl --context 'my cluster' -n kube-system rollout status deployment/sealed-secrets-controller --timeout=5m
    kubectl --context 'my cluster' get sealedsecrets --all-namespaces
    --- remarks
    Helm installed their controller: while Signet runs, do not upgrade that release, which starts their controller again, and do not uninstall it, which deletes Services and roles that Signet uses then.
    Their Service is called sealed-secrets: whoever gives kubeseal that --controller-name gives it sealed-secrets-controller from then on, or signet-controller.
    Going back loses nothing: their controller loads the keys that Signet made, and finds every Secret as it would have made it. It does not know drift policies, sources and Kustomizations.
    ");
}

#[test]
fn who_runs_decides_what_is_left_to_do() {
    let plan = |theirs: Option<Deployed>, ours: u64| {
        let ours = Deployed {
            wanted: ours,
            ..Deployed::default()
        };
        let survey = Survey {
            chosen: theirs,
            ours: vec![ours],
            ..Survey::default()
        };
        Plan::new(&survey, &[], &Kubectl::new(&ClusterArgs::default()), "i")
    };
    let stopped = || Deployed {
        wanted: 0,
        ..theirs()
    };
    let taken = plan(Some(stopped()), 1);
    assert_eq!((taken.standing, taken.take_over.len()), (Standing::Ours, 0));
    assert!(!taken.go_back.is_empty());
    assert_eq!(plan(Some(theirs()), 1).standing, Standing::Both);
    assert_eq!(plan(Some(stopped()), 0).standing, Standing::Theirs);
    let nobody = plan(None, 0);
    assert_eq!(
        (nobody.standing, nobody.go_back.len()),
        (Standing::Nobody, 0)
    );
}

#[test]
fn a_shell_reads_a_word_back() {
    assert_eq!(quoted("--key-ttl=24h"), "--key-ttl=24h");
    assert_eq!(quoted("a b"), "'a b'");
    assert_eq!(quoted("it's"), "'it'\\''s'");
    assert_eq!(quoted(""), "''");
}
