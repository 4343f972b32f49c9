//! Facts in, the printed chain out: each test says only what differs from a healthy SealedSecret.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use insta::assert_snapshot;
use serde_json::{Value, json};
use signet_api::published_keys::PublishedKey;

use super::super::facts::{Facts, Keys, Said};
use super::super::report::Explanation;
use super::judge;
use crate::deployed::Deployed;
use crate::online::Asked;

const OLD: &str = "SHA256:0KwG3LhMerQAp8qsG0u8YaKgMAzjICEyhtPCZovpPoY";
const NEW: &str = "SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM";

fn key(fingerprint: &str, newest: bool) -> PublishedKey {
    PublishedKey {
        fingerprint: fingerprint.to_owned(),
        not_before: "2026-01-01T00:00:00Z".to_owned(),
        not_after: "2036-01-01T00:00:00Z".to_owned(),
        bits: Some(2048),
        newest,
    }
}

fn deployment(object: Value) -> Deployed {
    let mut whole = json!({
        "metadata": {"namespace": "signet-system", "name": "signet-controller"},
        "spec": {"replicas": 1, "template": {"spec": {
            "serviceAccountName": "signet-controller", "containers": [{"args": []}],
        }}},
        "status": {"readyReplicas": 1},
    });
    merge(&mut whole, object);
    Deployed::of(&whole, |_| true)
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// All is well: opened by ours, with the newest key.
fn healthy() -> Facts {
    let item = signet_seal::text::encode(&[&[1, 0][..], &[7; 277]].concat());
    let record = format!("opened with {NEW}; proof v1 {NEW} AAAA");
    let sealed = json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {
            "name": "db", "namespace": "demo", "uid": "u1", "generation": 3,
            "annotations": {"signet.dev/sealed-for": NEW},
        },
        "spec": {
            "encryptedData": {"password": item},
            "template": {"metadata": {"name": "db", "namespace": "demo"}, "type": "Opaque"},
        },
        "status": {"observedGeneration": 3, "conditions": [
            {"type": "Synced", "status": "True", "lastUpdateTime": "2026-11-01T00:00:00Z", "reason": "Unsealed"},
            {"type": "Recorded", "status": "True", "message": record},
        ]},
    });
    let owner = json!([{"kind": "SealedSecret", "name": "db", "uid": "u1", "controller": true}]);
    Facts {
        now: "2026-11-25T00:00:00Z".parse().unwrap(),
        namespace: "demo".to_owned(),
        name: "db".to_owned(),
        defined: true,
        sealed: Some(sealed),
        place: "signet-system/signet-controller".to_owned(),
        controller: Asked::Answer(Some(deployment(json!({})))),
        answers: None,
        peer: None,
        keys: Keys::All(vec![key(NEW, true), key(OLD, false)]),
        secret: Asked::Answer(Some(
            json!({"metadata": {"name": "db", "ownerReferences": owner}}),
        )),
        events: Asked::Answer(Vec::new()),
    }
}

/// A status that says so of the present generation.
fn failed(reason: &str, message: &str) -> Value {
    json!({"status": {"observedGeneration": 3, "conditions": [
        {"type": "Synced", "status": "False", "lastUpdateTime": "2026-11-01T00:00:00Z",
         "reason": reason, "message": message},
    ]}})
}

fn with(change: Value) -> Facts {
    let mut facts = healthy();
    merge(facts.sealed.as_mut().unwrap(), change);
    facts
}

fn explained(facts: &Facts) -> String {
    Explanation::new(facts, judge(facts)).text(false)
}

/// Only what comes of the blocker: its step, what it means, what is next.
fn blocker(facts: &Facts) -> String {
    let text = explained(facts);
    let step = text.lines().find(|line| line.starts_with("  blocked"));
    let told = text
        .split("\n\n")
        .find(|part| part.starts_with("The first blocker"));
    let told = told.or_else(|| text.split_once("\nThe first blocker").map(|(_, told)| told));
    format!(
        "{}\n{}",
        step.unwrap_or("nothing"),
        told.unwrap_or_default()
    )
}

#[test]
fn a_healthy_one_says_which_key_opened_it() {
    let mut facts = healthy();
    facts.events = Asked::Answer(vec![Said {
        time: "2026-11-01T00:00:00Z".to_owned(),
        kind: "Normal".to_owned(),
        reason: "Unsealed".to_owned(),
        message: "SealedSecret unsealed successfully".to_owned(),
    }]);
    assert_snapshot!(explained(&facts), @r"
    SealedSecret demo/db
      ok  definition   the cluster knows SealedSecrets
      ok  object       generation 3, strict: opens as demo/db only
      ok  controller   signet-system/signet-controller: 1 of 1 ready
      ok  looked at    at generation 3, status of 2026-11-01T00:00:00Z
      ok  items        1 item, well formed
      ok  keys         every item's key is here; 2 keys open
      ok  opened       with SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM
      ok  Secret       it is there and belongs to the SealedSecret
      ok  certificate  may be sealed for until 2036-01-01T00:00:00Z

      ITEM      KEY       SEALED FOR                                          HERE
      password  2048 bit  SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM  yes

      KEY THAT OPENS                                      SINCE                 CERTIFICATE
      SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM  2026-01-01T00:00:00Z  newest, may be sealed for until 2036-01-01T00:00:00Z
      SHA256:0KwG3LhMerQAp8qsG0u8YaKgMAzjICEyhtPCZovpPoY  2026-01-01T00:00:00Z  may be sealed for until 2036-01-01T00:00:00Z

      EVENT                 TYPE    REASON    MESSAGE
      2026-11-01T00:00:00Z  Normal  Unsealed  SealedSecret unsealed successfully
    ");
    let signs = Explanation::new(&facts, judge(&facts)).text(true);
    assert!(signs.contains("  ✔  opened "), "{signs}");
}

#[test]
fn an_older_key_is_no_blocker() {
    let facts = with(json!({
        "metadata": {"annotations": {"signet.dev/sealed-for": OLD}},
        "status": {"conditions": [
            {"type": "Synced", "status": "True"},
            {"type": "Recorded", "message": format!("opened with {OLD}; proof v1")},
        ]},
    }));
    let text = explained(&facts);
    assert!(
        text.contains(&format!(
            "with {OLD}; `signet rotate` moves it to the newest"
        )),
        "{text}"
    );
    assert!(Explanation::new(&facts, judge(&facts)).healthy);
}

#[test]
fn what_is_not_there_is_said_first() {
    let mut facts = healthy();
    facts.sealed = None;
    assert_snapshot!(explained(&facts), @r"
    SealedSecret demo/db
      ok       definition  the cluster knows SealedSecrets
      blocked  object      SealedSecret demo/db is not there
      ok       controller  signet-system/signet-controller: 1 of 1 ready

    The first blocker: object
      Whatever applies the repository has not applied it: its file may be left out, or go to another namespace or cluster.
      $ kubectl get sealedsecrets --all-namespaces
      $ kubectl get kustomizations --all-namespaces

      KEY THAT OPENS                                      SINCE                 CERTIFICATE
      SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM  2026-01-01T00:00:00Z  newest, may be sealed for until 2036-01-01T00:00:00Z
      SHA256:0KwG3LhMerQAp8qsG0u8YaKgMAzjICEyhtPCZovpPoY  2026-01-01T00:00:00Z  may be sealed for until 2036-01-01T00:00:00Z
    ");
    facts.defined = false;
    facts.controller = Asked::Answer(None);
    assert_snapshot!(explained(&facts), @r"
    SealedSecret demo/db
      blocked  definition  the cluster knows no SealedSecrets
      blocked  controller  no Deployment signet-system/signet-controller

    The first blocker: definition
      Neither Signet nor the sealed-secrets controller is installed.
      $ signet install --image IMAGE | kubectl apply -f -

      KEY THAT OPENS                                      SINCE                 CERTIFICATE
      SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM  2026-01-01T00:00:00Z  newest, may be sealed for until 2036-01-01T00:00:00Z
      SHA256:0KwG3LhMerQAp8qsG0u8YaKgMAzjICEyhtPCZovpPoY  2026-01-01T00:00:00Z  may be sealed for until 2036-01-01T00:00:00Z
    ");
}

#[test]
fn one_that_was_never_looked_at_leads_to_the_controller() {
    let mut facts = with(json!({"status": {"observedGeneration": null, "conditions": []}}));
    assert_snapshot!(blocker(&facts), @r"
      blocked  looked at    never
    The first blocker: looked at
      The controller has not come to it: it has just begun, is at work, or does not run.
      $ kubectl -n signet-system logs deployment/signet-controller --tail=50
    ");
    facts.controller = Asked::Answer(Some(deployment(json!({
        "spec": {"replicas": 0}, "status": {"readyReplicas": 0},
    }))));
    assert_snapshot!(blocker(&facts), @r"
      blocked  controller   signet-system/signet-controller is scaled to no pod
    The first blocker: controller
      Nothing is unsealed and no change is seen until it runs. Secrets that were made stay.
      $ kubectl -n signet-system scale deployment signet-controller --replicas=1
    ");
    facts.controller = Asked::Answer(None);
    assert_snapshot!(blocker(&facts), @r"
      blocked  controller   no Deployment signet-system/signet-controller
    The first blocker: controller
      No controller is where it was looked for: say where with --controller-namespace and --controller-name, or install it.
      $ kubectl get deployments --all-namespaces
      $ signet install --image IMAGE | kubectl apply -f -
    ");
    facts.controller = Asked::Refused("you may not get deployments".to_owned());
    facts.answers = Some(true);
    assert!(
        explained(&facts).contains("ok       controller   signet-system/signet-controller answers")
    );
}

#[test]
fn a_controller_that_looks_elsewhere_is_found_out() {
    let mut facts = with(json!({"status": {"observedGeneration": 2}}));
    let mut look = |args: &[&str]| {
        let container = json!([{"args": args}]);
        facts.controller = Asked::Answer(Some(deployment(
            json!({"spec": {"template": {"spec": {"containers": container}}}}),
        )));
        blocker(&facts)
    };
    assert_snapshot!(look(&["--additional-namespaces=a,b"]), @r"
      blocked  looked at    at generation 2, and it is at 3 now
    The first blocker: looked at
      The controller looks after these namespaces only: signet-system,a,b. See --additional-namespaces of its Deployment signet-system/signet-controller.
    ");
    assert_snapshot!(look(&["--label-selector", "class=ours"]), @r"
      blocked  looked at    at generation 2, and it is at 3 now
    The first blocker: looked at
      The controller looks after objects with these labels only: class=ours.
    ");
    assert_snapshot!(look(&["--kinds=kustomization"]), @r"
      blocked  looked at    at generation 2, and it is at 3 now
    The first blocker: looked at
      The controller leaves SealedSecrets to another one: --kinds=kustomization.
    ");
    assert!(look(&["--additional-namespaces=demo"]).contains("has not come to it"));
}

#[test]
fn a_missing_key_is_named_with_those_that_are_there() {
    let message = format!(
        "no key could decrypt secret (password)\nsealed for {OLD}, which is none of the keys here (password)"
    );
    let mut change = failed("ErrUnsealFailed", &message);
    merge(
        &mut change,
        json!({"metadata": {"annotations": {"signet.dev/sealed-for": OLD}}}),
    );
    let mut facts = with(change);
    facts.keys = Keys::All(vec![key(NEW, true)]);
    facts.secret = Asked::Answer(None);
    assert_snapshot!(explained(&facts), @r"
    SealedSecret demo/db
      ok       definition   the cluster knows SealedSecrets
      ok       object       generation 3, strict: opens as demo/db only
      ok       controller   signet-system/signet-controller: 1 of 1 ready
      ok       looked at    at generation 3, status of 2026-11-01T00:00:00Z
      ok       items        1 item, well formed
      blocked  keys         password: sealed for SHA256:0KwG3LhMerQAp8qsG0u8YaKgMAzjICEyhtPCZovpPoY, which is not here
      blocked  opened       no key could decrypt secret (password); sealed for SHA256:0KwG3LhMerQAp8qsG0u8YaKgMAzjICEyhtPCZovpPoY, which is none of the keys here (password)
      unknown  Secret       it is not there yet
      ok       certificate  may be sealed for until 2036-01-01T00:00:00Z

    The first blocker: keys
      The keys here are SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM.
      It was sealed for another cluster, or its key was withdrawn from namespace signet-system. Restore that key from a backup, or seal the Secret again for this cluster.
      $ kubectl -n signet-system apply -f KEY-BACKUP.yaml
      $ signet seal -f SECRET.yaml > SEALED.yaml

      ITEM      KEY       SEALED FOR                                          HERE
      password  2048 bit  SHA256:0KwG3LhMerQAp8qsG0u8YaKgMAzjICEyhtPCZovpPoY  no

      KEY THAT OPENS                                      SINCE                 CERTIFICATE
      SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM  2026-01-01T00:00:00Z  newest, may be sealed for until 2036-01-01T00:00:00Z
    ");
}

#[test]
fn another_place_is_suspected_where_the_key_is_there() {
    let mut change = failed("ErrUnsealFailed", "no key could decrypt secret (password)");
    merge(
        &mut change,
        json!({"spec": {"template": {"metadata": {"name": "db-old"}}}}),
    );
    let mut facts = with(change);
    facts.secret = Asked::Answer(None);
    assert_snapshot!(blocker(&facts), @r"
      blocked  opened       no key could decrypt secret (password)
    The first blocker: opened
      Its keys are here. So it was sealed under another label than it is opened under, or changed since.
      What counts are the annotations, name and namespace of the SealedSecret itself. They say strict, which is without a scope annotation: it must have been sealed for name db in namespace demo.
      The item does not tell what it was sealed for, but: the template says demo/db-old, and what counts is demo/db: if it was sealed under the former, it does not open; seal the Secret again for its new place.
      $ signet seal -f SECRET.yaml > SEALED.yaml
      $ kubectl -n demo get sealedsecret db -o yaml | signet inspect --cert CERT.pem -
    ");
    // The peer's: nothing notes the key.
    let mut change = failed("", "no key could decrypt secret (password)");
    merge(
        &mut change,
        json!({"metadata": {"annotations": {
            "signet.dev/sealed-for": null, "sealedsecrets.bitnami.com/namespace-wide": "true",
        }}}),
    );
    let mut facts = with(change);
    facts.keys = Keys::Newest(key(NEW, true));
    assert_snapshot!(blocker(&facts), @r"
      blocked  opened       no key could decrypt secret (password)
    The first blocker: opened
      It was sealed for another key, or under another label than it is opened under; it does not note which key.
      What counts are the annotations, name and namespace of the SealedSecret itself. They say namespace-wide: it must have been sealed so, for namespace demo.
      The item does not tell what it was sealed for, and the template agrees with the SealedSecret.
      $ signet seal -f SECRET.yaml > SEALED.yaml
      $ kubectl -n demo get sealedsecret db -o yaml | signet inspect --cert CERT.pem -
    ");
}

#[test]
fn what_no_key_can_open_is_named() {
    let mut change = failed(
        "ErrUnsealFailed",
        "not base64: foreign character at position 8 (password)",
    );
    merge(
        &mut change,
        json!({"spec": {"encryptedData": {"password": "hunter2!"}}}),
    );
    assert_snapshot!(blocker(&with(change)), @r"
      blocked  items        password: not base64: foreign character at position 8
    The first blocker: items
      No key can open this, wherever it is: seal the value again and commit it.
      $ kubectl -n demo get sealedsecret db -o yaml | signet inspect -
    ");
    let template = failed(
        "ErrUnsealFailed",
        "template: a:1: function \"env\" not defined (a)",
    );
    assert_snapshot!(blocker(&with(template)), @r#"
      blocked  opened       template: a:1: function "env" not defined (a)
    The first blocker: opened
      spec.template.data cannot be rendered. The Secret stays as it was.
      $ kubectl -n demo get sealedsecret db -o yaml | signet inspect -
    "#);
    let form = failed(
        "",
        "using deprecated 'data' field, use 'encryptedData' or flip the feature flag",
    );
    assert_snapshot!(blocker(&with(form)), @r"
      blocked  opened       using deprecated 'data' field, use 'encryptedData' or flip the feature flag
    The first blocker: opened
      spec.data is the form of 2018. Open it with a key backup, and seal the Secret again.
      $ kubectl -n demo get sealedsecret db -o yaml | signet unseal --key KEY-BACKUP.yaml | signet seal
    ");
}

#[test]
fn somebody_elses_secret_can_be_handed_over() {
    let message =
        "failed update: Resource \"db\" already exists and is not managed by SealedSecret";
    let mut facts = with(failed("ErrUpdateFailed", message));
    facts.secret = Asked::Answer(Some(json!({"metadata": {"name": "db"}})));
    assert_snapshot!(blocker(&facts), @r#"
      blocked  Secret       failed update: Resource "db" already exists and is not managed by SealedSecret
    The first blocker: Secret
      A Secret of this name was there before, and belongs to nobody.
      If the SealedSecret is to take it over and replace what is in it, say so on the Secret, as below; with patch instead of managed, what is sealed is merged into it.
      $ kubectl -n demo annotate secret db sealedsecrets.bitnami.com/managed=true
    "#);
    let owner =
        json!([{"kind": "ExternalSecret", "name": "vault", "uid": "x", "controller": true}]);
    facts.secret = Asked::Answer(Some(json!({"metadata": {"ownerReferences": owner}})));
    assert!(
        blocker(&facts).contains("It belongs to ExternalSecret vault. Two cannot write one Secret")
    );
    let owner = json!([{"kind": "SealedSecret", "name": "db", "uid": "older", "controller": true}]);
    facts.secret = Asked::Answer(Some(json!({"metadata": {"ownerReferences": owner}})));
    assert!(blocker(&facts).contains("an earlier SealedSecret of this name"));
}

#[test]
fn what_keeps_the_secret_from_being_written_says_what_to_do() {
    let immutable = failed(
        "ErrUpdateFailed",
        "Error updating demo/db: the target Secret is immutable. Once a Secret",
    );
    assert_snapshot!(blocker(&with(immutable)), @r"
      blocked  Secret       Error updating demo/db: the target Secret is immutable. Once a Secret
    The first blocker: Secret
      Nobody can change an immutable Secret. Delete it, and it is made again at once with what is sealed; until then its readers do without.
      $ kubectl -n demo delete secret db
    ");
    let drifted = failed(
        "Drifted",
        "the Secret was changed by hand: data.password; it is left so because annotation signet.dev/drift says report",
    );
    assert_snapshot!(blocker(&with(drifted)), @r"
      blocked  Secret       the Secret was changed by hand: data.password; it is left so because annotation signet.dev/drift says report
    The first blocker: Secret
      The SealedSecret says that this is to be reported and left (signet.dev/drift: report).
      Take the annotation away, in the repository too, and the Secret is put back at once.
      $ kubectl -n demo annotate sealedsecret db signet.dev/drift-
    ");
    assert_snapshot!(blocker(&with(failed("ErrUpdateFailed", "403 Forbidden"))), @r"
      blocked  Secret       403 Forbidden
    The first blocker: Secret
      The API server did not take the Secret. It is tried again, at least every 5 minutes.
      $ kubectl auth can-i update secrets -n demo --as=system:serviceaccount:signet-system:signet-controller
      $ kubectl -n demo describe resourcequota
    ");
}

#[test]
fn a_deleted_secret_is_noticed_though_the_status_is_good() {
    let mut facts = healthy();
    facts.secret = Asked::Answer(None);
    assert_snapshot!(blocker(&facts), @r"
      blocked  Secret       it was deleted, and the status says that it was right before
    The first blocker: Secret
      The controller makes it again within a second, unless it does not run or was started with --skip-recreate.
      $ kubectl -n signet-system logs deployment/signet-controller --tail=50
    ");
    let mut facts = with(json!({"metadata": {"annotations": {"signet.dev/drift": "ignore"}}}));
    facts.secret = Asked::Answer(None);
    assert_snapshot!(blocker(&facts), @r"
      blocked  Secret       it was deleted, and the status says that it was right before
    The first blocker: Secret
      The SealedSecret says that a deleted Secret is left so (signet.dev/drift: ignore).
      $ kubectl -n demo annotate sealedsecret db signet.dev/drift-
    ");
}

#[test]
fn a_right_that_is_missing_leaves_a_gap() {
    let mut facts = healthy();
    facts.secret = Asked::Refused("you may not get secrets in namespace demo".to_owned());
    facts.controller =
        Asked::Refused("you may not get deployments in namespace signet-system".to_owned());
    facts.keys = Keys::Unknown("which keys there are is not known: cannot fetch".to_owned());
    facts.events = Asked::Refused("you may not list events".to_owned());
    assert_snapshot!(explained(&facts), @r"
    SealedSecret demo/db
      ok       definition   the cluster knows SealedSecrets
      ok       object       generation 3, strict: opens as demo/db only
      unknown  controller   signet-system/signet-controller does not answer, and you may not get deployments in namespace signet-system
      ok       looked at    at generation 3, status of 2026-11-01T00:00:00Z
      ok       items        1 item, well formed
      unknown  keys         which keys there are is not known: cannot fetch
      ok       opened       with SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM
      unknown  Secret       you may not get secrets in namespace demo
      unknown  certificate  the newest certificate is not known

      ITEM      KEY       SEALED FOR                                          HERE
      password  2048 bit  SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM  ?
    ");
}

#[test]
fn patched_and_managed_secrets_are_as_they_should_be() {
    let mut facts = healthy();
    let mut says = |name: &str| {
        facts.secret = Asked::Answer(Some(json!({"metadata": {"annotations": {name: "true"}}})));
        let judgement = judge(&facts);
        assert!(judgement.chain.blocker().is_none(), "{name}");
        let step = judgement
            .chain
            .steps
            .iter()
            .find(|step| step.name == "Secret");
        step.unwrap().says.clone()
    };
    assert_eq!(
        says("sealedsecrets.bitnami.com/patch"),
        "it is there, and is merged into: keys of others stay (patch)"
    );
    assert_eq!(
        says("sealedsecrets.bitnami.com/managed"),
        "it is there, and may be written (managed)"
    );
}

#[test]
fn a_certificate_near_its_end_is_a_warning() {
    let mut facts = healthy();
    let mut at = |time: &str| {
        facts.now = time.parse().unwrap();
        let judgement = judge(&facts);
        assert!(judgement.chain.blocker().is_none());
        Explanation::new(&facts, judgement).text(false)
    };
    assert!(at("2033-12-01T00:00:00Z").contains("ok  certificate  may be sealed for until"));
    let late = at("2034-02-01T00:00:00Z");
    assert!(
        late.contains("\nA warning: certificate\n  Four fifths"),
        "{late}"
    );
    let over = at("2036-02-01T00:00:00Z");
    assert!(
        over.contains("warning  certificate  expired on 2036-01-01T00:00:00Z"),
        "{over}"
    );
}

#[test]
fn programs_find_the_blocker_by_name() {
    let mut facts = healthy();
    facts.secret = Asked::Answer(None);
    let explanation = Explanation::new(&facts, judge(&facts));
    let object: Value =
        serde_json::from_slice(&explanation.object(crate::args::Format::Json).unwrap()).unwrap();
    assert_eq!(
        (&object["healthy"], &object["blocker"]),
        (&json!(false), &json!("Secret"))
    );
    assert_eq!(object["items"][0]["keyIsThere"], true);
    assert_eq!(object["keys"][1]["life"], "fresh");
    let step = object["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["name"] == "Secret");
    assert_eq!(step.unwrap()["state"], "blocked");
}
