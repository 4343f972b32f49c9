//! The real kubeseal and ours under that name, one command line after the other: exit code, standard
//! error, standard output and files are the same, or differ as the table says and for the reason there.
//!
//! The real one is of release 0.27.1; where a later release does otherwise, ours does as that one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use signet_tests::beside::{Beside, Case, same};
use signet_tests::control_plane::DIRECTORY_VARIABLE;
use signet_tests::sealed_secrets::AS_IN_A_POD;
use signet_tests::{ControlPlane, canary};

const LATER: &str = "later releases do as ours";
const FAILS: &str = "the peer goes on as if nothing were wrong";
const WORDS: &str = "our own words behind the ones that scripts look for";

fn check(beside: &Beside, cases: &[Case]) -> Result<()> {
    let failed = cases.iter().filter_map(|case| beside.check(case).err());
    let failed: Vec<String> = failed.map(|error| format!("{error:#}")).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    Ok(())
}

/// A value that no other test has, and that the search at the end of a run looks for.
fn value(label: &str) -> Result<String> {
    match std::env::var_os(DIRECTORY_VARIABLE) {
        Some(directory) => canary::fresh(Path::new(&directory), label),
        None => Ok(format!("not-searched-for-{label}")),
    }
}

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/sealed-secrets");

/// Both programs with keys, certificates and a Secret at hand.
fn offline() -> Result<(Beside, String)> {
    let read = |name: &str| {
        let path = Path::new(VECTORS).join(name);
        std::fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let keys = [
        ("rsa2048.key", "rsa2048.crt"),
        ("rsa4096.key", "rsa4096.crt"),
    ];
    let pairs: Result<Vec<String>> = keys
        .iter()
        .map(|(key, certificate)| Ok(read(key)? + &read(certificate)?))
        .collect();
    let mut beside = Beside::new(&pairs?)?;
    for name in [
        "rsa2048.crt",
        "rsa2048.key",
        "rsa4096.crt",
        "rsa4096.key",
        "rsa4096.pkcs8.key",
        "ec.crt",
        "expired.crt",
    ] {
        beside.file(name, read(name)?);
    }
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: demo\n  labels: {{app: web, 'on': 'off'}}\n  annotations:\n    note: 'a < b & c'\n    kubectl.kubernetes.io/last-applied-configuration: '{{}}'\n  uid: u\n  resourceVersion: '7'\n  finalizers: [a/b]\ntype: Opaque\nimmutable: true\ndata: {{bytes: AAEC/w==}}\nstringData:\n  password: '{}'\n  unquoted: yes\n  number: 12\n  empty: ''\n",
        value("beside")?
    );
    beside.file("secret.yaml", secret.clone());
    Ok((beside, secret))
}

#[test]
fn flags_are_taken_apart_alike() -> Result<()> {
    let (beside, secret) = offline()?;
    let refused = [
        "--xyz",
        "--xyz=1",
        "-x",
        "-xo",
        "---x",
        "--=x",
        "--name",
        "-n",
        "-o",
        "--scope wide",
        "--raw=maybe",
        "--raw=",
        "-vx",
        "-v --version",
        "--stderrthreshold=loud",
        "--log_backtrace_at=x",
        "--log_backtrace_at=a.go:0",
        "--vmodule=x",
        "--vmodule=a=-1",
        "--log_file_max_size=x",
        "--logtostderr=x",
        "--from-file=a\"b",
        "--recovery-private-key=\"x",
        "--allow_empty_data",
        "--namespace",
        "--as-group",
    ];
    let mut cases: Vec<Case> = refused.iter().map(|line| same(line, "")).collect();
    let taken = [
        "-oyaml -fsecret.yaml",
        "-o=yaml -f=secret.yaml",
        "-o yaml -f secret.yaml",
        "--format=yaml --secret-file=secret.yaml",
        "--format json --format yaml -f secret.yaml",
        "-fsecret.yaml --raw=false",
        "-fsecret.yaml --raw --raw=0",
        "-fsecret.yaml -- --raw",
        "word -fsecret.yaml - word",
        "-fsecret.yaml --v=3 -v 4 -v5 --logtostderr --one_output=T",
        "-fsecret.yaml --stderrthreshold=INFO --vmodule=a=1,b=2 --log_backtrace_at=a.go:3 --log_dir x --log_file ''",
        "-fsecret.yaml -n=demo",
        "-fsecret.yaml -n Namespaces/demo",
        "-fsecret.yaml --help=false",
        "-fsecret.yaml --scope=",
        "-fsecret.yaml -o ''",
        "-fsecret.yaml --format YAML",
        "-fsecret.yaml --disable-compression --username me --password word",
    ];
    cases.extend(
        taken
            .iter()
            .map(|line| same(&format!("--cert rsa2048.crt {line}"), "")),
    );
    cases.push(same("", &secret).with(&[
        ("SEALED_SECRETS_CERT", "rsa2048.crt"),
        ("SEALED_SECRETS_FORMAT", "yaml"),
        ("SEALED_SECRETS_SCOPE", "nonsense"),
        ("SEALED_SECRETS_RAW", "nonsense"),
        ("SEALED_SECRETS_ALLOW_EMPTY_DATA", "1"),
        ("SEALED_SECRETS_V", "nonsense"),
    ]));
    cases.push(
        same("--cert rsa2048.crt --scope namespace-wide -ojson", &secret).with(&[
            ("SEALED_SECRETS_CERT", "nowhere"),
            ("SEALED_SECRETS_SCOPE", "cluster-wide"),
            ("SEALED_SECRETS_FORMAT", "yaml"),
        ]),
    );
    let list = [("SEALED_SECRETS_FROM_FILE", "secret.yaml")];
    let raw = "--cert rsa2048.crt --raw --scope cluster-wide";
    cases.push(same(raw, "").with(&list).label(""));
    cases.push(same(&format!("{raw} --from-file b"), "").with(&list));
    cases.extend([
        same("--version", "").differs(
            (0, "kubeseal version: 0.27.1"),
            (0, "kubeseal version: v"),
            "each has its own version; the v is what the peer's own tests want",
        ),
        same("-h", "").differs(
            (2, "pflag: help requested"),
            (0, "Usage of kubeseal:"),
            LATER,
        ),
        same("--log-dir x --version", "").differs(
            (2, "unknown flag: --log-dir"),
            (0, "version"),
            "flags of the logging library may be written with dashes too",
        ),
        same("--alsologtostderrthreshold=1 --version", "").differs(
            (2, "unknown flag"),
            (0, "version"),
            LATER,
        ),
    ]);
    check(&beside, &cases)
}

#[test]
fn secrets_are_sealed_alike() -> Result<()> {
    let (mut beside, secret) = offline()?;
    beside.file("config", KUBECONFIG);
    beside.file("second", KUBECONFIG.replace("here", "there"));
    let bare = secret.replace("  namespace: demo\n", "");
    let sealing = |flags: &str| format!("--cert rsa2048.crt {flags}");
    let mut cases = Vec::new();
    for scope in [
        "",
        "--scope strict",
        "--scope namespace-wide",
        "--scope cluster-wide",
    ] {
        for format in ["", "-o yaml"] {
            cases.push(same(&sealing(&format!("{scope} {format}")), &secret));
        }
        cases.push(same(&sealing(&format!("{scope} -n other")), &bare));
        cases.push(same(
            &sealing(&format!("{scope} --kubeconfig config")),
            &bare,
        ));
        for declared in ["namespace-wide", "cluster-wide"] {
            let annotation = format!("    sealedsecrets.bitnami.com/{declared}: 'true'\n    note:");
            cases.push(same(
                &sealing(scope),
                &secret.replace("    note:", &annotation),
            ));
        }
    }
    let object: serde_json::Value = serde_json::json!({"kind": "Secret", "metadata": {"name": "j", "namespace": "demo"}, "data": {"a": "AAEC"}});
    let json = object.to_string();
    cases.extend([
        same("--cert rsa4096.crt", &secret),
        same(&sealing("-n demo"), &secret),
        same(&sealing("--name other"), &secret),
        same(&sealing("--scope cluster-wide"), &bare),
        same(&sealing("-o yaml"), &json),
        same(&sealing("-o yaml"), &format!("---\n\n---\n{secret}---\n# nothing\n---\n{bare}").replace("name: db\n  labels", "name: two\n  namespace: b\n  labels")),
        same(&sealing(""), &format!("{json}\n{json}")),
        same(&sealing("--name each"), &format!("{secret}\n---\n{secret}")),
        same(&sealing("--allow-empty-data"), "kind: Secret\nmetadata: {name: x, namespace: b}\n"),
        same(&sealing("--allow-empty-data -oyaml"), "kind: Secret\nmetadata: {name: x, namespace: b}\ndata: {}\n"),
        same(&sealing(""), "metadata: {name: testSecret, namespace: b, generateName: x, selfLink: s}\ndata: {a: AAEC}\nstringData: {a: wins}\n"),
        same(&sealing(""), "kind: ConfigMap\nmetadata: {name: x, namespace: b}\ndata: {a: AAEC}\n"),
        same(&sealing(""), "kind: Secret\nstringData: {a: b}\n"),
        same(&sealing(""), "kind: Secret\nmetadata: {name: x, namespace: b}\n"),
        same(&sealing("-o xml"), &secret),
        same(&sealing("-w out.yaml"), &secret),
        same(&sealing("-w out.yml -o xml"), &secret),
        same(&sealing("-w out.json"), &secret),
        same(&sealing("-w out.YAML"), &secret),
        same(&sealing("-w out.yaml"), "kind: Secret\nmetadata: {name: x, namespace: b}\n"),
        same(&sealing("--recovery-private-key nowhere"), &secret),
        same("", &secret),
        same("--context other", &secret),
    ]);
    cases.extend([
        same(&sealing("-f nowhere"), "").differs((0, ""), (1, "Could not read file specified with --secret-file"), LATER),
        same(&sealing(""), "").differs((0, ""), (1, "no secrets found. Ensure the input is valid and UTF-8 encoded"), LATER),
        same(&sealing(""), "a: [").differs((0, ""), (1, "no secrets found. Ensure the input is valid and UTF-8 encoded"), LATER),
        same(&sealing("-n other"), &secret).differs((0, "demo"), (1, "namespace mismatch: input secret is in namespace \"demo\" but \"other\" was specified"), LATER),
        same(&sealing(""), &bare).differs((1, "input secret has no namespace and cannot infer"), (1, "secret must declare a namespace"), LATER),
        same(&sealing("--kubeconfig config --context nowhere"), &bare).differs((1, "[context was not found for specified context: nowhere, cluster"), (1, "invalid configuration: context was not found for specified context: nowhere"), WORDS),
        same(&sealing(""), &bare)
            .with(&[("KUBECONFIG", "config:second")])
            .differs((0, "there"), (0, "here"), LATER),
        same(&sealing("-w nowhere/out.yaml"), &secret).differs((1, "open nowhere/.out.yaml"), (1, "open nowhere/out.yaml"), "the name of a temporary file says nothing"),
        same(&sealing(""), "kind: Secret\nmetadata: {name: x, namespace: b}\ndata: {a: '?'}\n").differs((1, "illegal base64 data at input byte 0"), (1, "data[\"a\"] is not base64"), "ours names the key, and the line of nothing secret"),
        same(&sealing(""), "kind: Secret\nmetadata: {name: 12, namespace: b}\nstringData: {a: b}\n").differs((0, "12"), (1, "metadata.name must be text"), "kubectl refuses it too, and y would be the name true"),
        same(&sealing("-o yaml"), &format!("{secret}---\na: [\n---\n{secret}")).differs((0, "sealed"), (1, "no secrets found"), "the peer leaves out what it cannot read and says nothing"),
        same(&sealing(""), &format!("{secret}---\nkind: Secret\nmetadata: {{name: x, namespace: b}}\n")).differs((1, "sealed"), (1, "secret.data is empty"), "the peer has printed the first by then"),
        same(&sealing(""), &format!("{{\"kind\": \"List\", \"items\": [{json}]}}")).differs((1, "secret.data is empty"), (0, "sealed"), "a List is its items"),
    ]);
    check(&beside, &cases)
}

const KUBECONFIG: &str = "\
apiVersion: v1
kind: Config
current-context: c
clusters: [{name: k, cluster: {server: 'https://127.0.0.1:1'}}]
contexts: [{name: c, context: {cluster: k, user: u, namespace: here}}, {name: d, context: {cluster: k, user: u}}]
users: [{name: u, user: {token: t}}]
";

#[test]
fn a_bare_value_is_sealed_alike() -> Result<()> {
    let (mut beside, _) = offline()?;
    beside.file("config", KUBECONFIG);
    beside.file(
        "second",
        KUBECONFIG
            .replace("here", "there")
            .replace("current-context: c", "current-context: d"),
    );
    beside.file("broken", "a: [");
    beside.file("empty", "");
    beside.file("nothing", "");
    let value = value("raw")? + "\n";
    let raw = |flags: &str| same(&format!("--cert rsa2048.crt --raw {flags}"), &value);
    check(
        &beside,
        &[
            raw("-n demo --name db").label("demo/db"),
            raw("-n ns/demo --name db").label("demo/db"),
            raw("-n demo --scope namespace-wide").label("demo"),
            raw("--scope cluster-wide").label(""),
            raw("--scope cluster-wide -n demo --name db -o xml").label(""),
            raw("--scope cluster-wide --from-file rsa2048.crt").label(""),
            raw("--scope cluster-wide --from-file name=rsa2048.crt").label(""),
            raw("--scope cluster-wide --from-file empty").label(""),
            raw("--scope cluster-wide -w item").label(""),
            raw("--kubeconfig config --name db").label("here/db"),
            raw("--kubeconfig config --context d --name db").label("default/db"),
            raw("--name db")
                .with(&[("KUBECONFIG", "nowhere:empty:config")])
                .label("here/db"),
            raw("--name db")
                .with(&[("KUBECONFIG", "second:config")])
                .label("default/db"),
            raw("--name db --server https://127.0.0.1:1").label("default/db"),
            raw("--name db")
                .with(&[("SEALED_SECRETS_NAMESPACE", "demo")])
                .label("demo/db"),
            raw("-n demo"),
            raw("--name db"),
            raw("--scope namespace-wide"),
            raw("--kubeconfig nowhere --name db"),
            raw("--kubeconfig empty --name db"),
            raw("--scope cluster-wide --from-file nowhere"),
            raw("--scope cluster-wide --from-file a,b"),
            raw("--scope cluster-wide --from-file a --from-file b"),
            same("--from-file a", ""),
            raw("--kubeconfig broken --name db").differs(
                (1, "error loading config file \"broken\": yaml: "),
                (1, "error loading config file \"broken\": it is not"),
                "the parser could quote a token",
            ),
            raw("-f nowhere --scope cluster-wide").differs(
                (0, ""),
                (1, "Could not read file specified with --secret-file"),
                LATER,
            ),
            raw("--name db").with(&[("KUBECONFIG", "nowhere")]),
        ],
    )
}

#[test]
fn certificates_are_found_alike() -> Result<()> {
    let (beside, secret) = offline()?;
    let vectors = VECTORS;
    let mut cases = Vec::new();
    for cert in [
        "rsa2048.crt",
        "./ec.crt",
        "rsa2048.key",
        "expired.crt",
        "nowhere",
        "c:nowhere",
    ] {
        cases.push(same(&format!("--fetch-cert --cert {cert}"), ""));
    }
    cases.extend([
        same(
            &format!("--fetch-cert --cert file://{vectors}/rsa2048.crt"),
            "",
        ),
        same(&format!("--cert file://{vectors}/rsa4096.crt"), &secret),
        same(
            &format!("--fetch-cert --cert file://localhost{vectors}/rsa2048.crt"),
            "",
        ),
        same("--fetch-cert --cert file:///nowhere", ""),
        same("--fetch-cert --cert rsa2048.crt -w out.pem", ""),
        same("--fetch-cert --cert rsa2048.crt -o xml", ""),
        same("--cert rsa2048.key", &secret),
        same("--cert expired.crt", &secret),
        same("--fetch-cert", ""),
        same("--fetch-cert", "").with(&[("SEALED_SECRETS_CERT", "rsa2048.crt")]),
        same("--cert ec.crt", &secret).differs(
            (1, "expected RSA public key but found &{"),
            (1, "expected RSA public key but found *ecdsa.PublicKey"),
            "the peer prints the address of the key in its memory",
        ),
        same("--fetch-cert --cert s3://a/b", "").differs(
            (1, "unsupported protocol scheme \"s3\""),
            (1, "unsupported protocol scheme \"s3\""),
            WORDS,
        ),
        same("--fetch-cert --cert http://127.0.0.1:1/x", "").differs(
            (1, "connection refused"),
            (1, "cannot fetch \"http://127.0.0.1:1/x\": "),
            WORDS,
        ),
    ]);
    check(&beside, &cases)
}

#[test]
fn what_was_sealed_is_recovered_alike() -> Result<()> {
    let (mut beside, secret) = offline()?;
    let secret = secret.replace("  empty: ''\n", "");
    let sealed = beside.theirs("--cert rsa2048.crt -o yaml", &secret)?;
    let with_an_empty = "kind: Secret\nmetadata: {name: x, namespace: b}\nstringData: {a: ''}\n";
    let with_an_empty = beside.theirs("--cert rsa2048.crt", with_an_empty)?;
    let key = std::fs::read(Path::new(VECTORS).join("rsa2048.key"))?;
    let key = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, key);
    let data = format!("metadata: {{name: k}}\ndata: {{tls.key: {key}, tls.crt: ''}}\n");
    let item = data.replace('\n', "\n  ");
    beside.file("key.yaml", format!("apiVersion: v1\nkind: Secret\n{data}"));
    beside.file(
        "list.yaml",
        format!("apiVersion: v1\nkind: List\nitems:\n- {item}\n"),
    );
    beside.file("bare-list.yaml", format!("items:\n- {item}\n"));
    beside.file(
        "no-key.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: k}\ndata: {a: AAEC}\n",
    );
    beside.file("sealed.yaml", sealed.clone());
    let open = |flags: &str, input: &str| same(&format!("--recovery-unseal {flags}"), input);
    let mut cases: Vec<Case> = [
        "rsa2048.key",
        "rsa4096.key,rsa2048.key",
        "key.yaml",
        "list.yaml",
        "bare-list.yaml",
        "rsa4096.key --recovery-private-key key.yaml",
        "rsa4096.pkcs8.key",
        "rsa4096.key",
        "nowhere",
        "no-key.yaml",
        "rsa2048.key -o yaml",
        "rsa2048.key -w out.yaml",
        "rsa2048.key -o xml",
        "rsa2048.key --kubeconfig nowhere --context nowhere",
        "rsa2048.key --validate --re-encrypt --fetch-cert --raw",
    ]
    .iter()
    .map(|flags| open(&format!("--recovery-private-key {flags}"), &sealed))
    .collect();
    for scope in ["namespace-wide", "cluster-wide"] {
        let sealed = beside.theirs(&format!("--cert rsa2048.crt --scope {scope}"), &secret)?;
        cases.push(open("--recovery-private-key rsa2048.key", &sealed));
    }
    let moved = sealed.replace("name: db", "name: other");
    let two = format!("{sealed}{sealed}");
    cases.extend([
        open("", &sealed),
        open("--recovery-private-key rsa2048.key", &with_an_empty).differs(
            (0, "a:\n    null"),
            (0, "a:\n    \"\""),
            "null is no value, and applying it takes the key away",
        ),
        open("--recovery-private-key rsa2048.key -f sealed.yaml", ""),
        open("--recovery-private-key rsa2048.key", &moved),
        open("--recovery-private-key rsa2048.key", &two).differs(
            (0, "db"),
            (0, "db"),
            "the peer opens the first document and drops the others",
        ),
        open("--recovery-private-key rsa2048.key", "").differs(
            (0, "kind"),
            (1, "no SealedSecret found"),
            FAILS,
        ),
        open(
            "--recovery-private-key rsa2048.key",
            "kind: Secret\napiVersion: v1\n",
        )
        .differs(
            (1, "error: "),
            (1, "Secret is not a SealedSecret"),
            "the peer says it in the words of its decoder",
        ),
        open("--recovery-private-key rsa2048.crt", &sealed).differs(
            (1, "no key could decrypt secret"),
            (1, "no PEM block"),
            "a file without a key is said to be one",
        ),
        open("--recovery-private-key rsa2048.key -f nowhere", "").differs(
            (0, ""),
            (1, "Could not read file"),
            LATER,
        ),
    ]);
    check(&beside, &cases)
}

#[test]
fn values_are_merged_alike_where_the_peer_does_it_right() -> Result<()> {
    let (mut beside, secret) = offline()?;
    let extra = "    sealedsecrets.bitnami.com/SCOPE: 'true'\n    note:";
    for (file, flags) in [("t.yaml", "-o yaml"), ("t.json", "")] {
        let sealed = beside.theirs(&format!("--cert rsa2048.crt {flags}"), &secret)?;
        beside.file(file, sealed);
    }
    for scope in ["namespace-wide", "cluster-wide"] {
        let declared = secret.replace("    note:", &extra.replace("SCOPE", scope));
        let sealed = beside.theirs("--cert rsa2048.crt -o yaml", &declared)?;
        beside.file(&format!("{scope}.yaml"), sealed);
    }
    let two = beside.theirs(
        "--cert rsa2048.crt -o yaml",
        &format!("{secret}---\n{secret}"),
    )?;
    beside.file("two.yaml", two);
    beside.file("bare.yaml", "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: demo}\nspec: {encryptedData: {}}\n");
    let new = format!(
        "kind: Secret\nmetadata: {{name: another, namespace: elsewhere, labels: {{l: m}}, annotations: {{n: o}}}}\ntype: other\nstringData: {{password: '{}', added: '{}'}}\n",
        value("merged")?,
        value("added")?
    );
    let merge = |flags: &str, input: &str| {
        same(&format!("--cert rsa2048.crt --merge-into {flags}"), input).any_order()
    };
    check(
        &beside,
        &[
            merge("t.yaml -o yaml", &new),
            merge("t.json", &new),
            merge("namespace-wide.yaml -o yaml --scope namespace-wide", &new),
            merge("cluster-wide.yaml -o yaml --scope cluster-wide", &new),
            merge("t.json --name ignored", &new),
            merge("nowhere", &new),
            merge("t.json", "kind: Secret\nmetadata: {name: x}\n"),
            merge("t.yaml", &new).differs((0, "json"), (0, "yaml"), "the peer writes JSON into it"),
            merge("namespace-wide.yaml -o yaml", &new).differs(
                (0, "does not open"),
                (0, "sealed"),
                "the peer seals in another scope than the file's, so that nothing opens it",
            ),
            merge("bare.yaml -o yaml", &new).differs((2, ""), (0, "sealed"), "the peer panics"),
            merge("two.yaml -o yaml", &new).differs(
                (0, "sealed"),
                (1, "there are 2 SealedSecrets in it"),
                "the peer drops the second",
            ),
            merge("t.yaml -o yaml", &format!("{new}---\n{new}")).differs(
                (0, "sealed"),
                (1, "takes one Secret, and the input has 2"),
                "the peer drops the second",
            ),
            merge("secret.yaml", &new).differs(
                (1, "error: "),
                (1, "there is no SealedSecret in it"),
                "the peer says it in the words of its decoder",
            ),
            merge("t.json -w out.json", &new).differs(
                (0, "out.json"),
                (0, "t.json"),
                "the peer makes an empty file besides",
            ),
        ],
    )
}

/// In a pod its account is used where no kubeconfig says another.
#[test]
fn a_pods_own_account_is_used_alike() -> Result<()> {
    let plane = ControlPlane::shared()?;
    let text = std::fs::read_to_string(plane.kubeconfig())?;
    let config: serde_json::Value = serde_json::from_str(&text)?;
    let said = |pointer: &str| {
        let value = config.pointer(pointer).and_then(|value| value.as_str());
        value.context("a kubeconfig")
    };
    let pod = tempfile::tempdir()?;
    let authority = plane.directory().join("certificates/apiserver.crt");
    std::fs::copy(authority, pod.path().join("ca.crt"))?;
    std::fs::write(pod.path().join("token"), said("/users/0/user/token")?)?;
    std::fs::write(pod.path().join("namespace"), "of-the-pod\n")?;
    let port = said("/clusters/0/cluster/server")?.rsplit(':').next();
    let place = pod.path().display().to_string();
    let (mut beside, _) = offline()?;
    beside.within(&[
        "unshare",
        "--mount",
        "--map-root-user",
        "sh",
        "-c",
        AS_IN_A_POD,
        "sh",
        &place,
    ]);
    beside.variable("KUBERNETES_SERVICE_HOST", "127.0.0.1");
    beside.variable("KUBERNETES_SERVICE_PORT", port.context("a port")?);
    beside.file("config", KUBECONFIG);
    beside.file("bare", KUBECONFIG.replace(", namespace: here", ""));
    let raw = |flags: &str| same(&format!("--cert rsa2048.crt --raw --name db {flags}"), "v");
    let mode = |flags: &str| same(&format!("--validate --controller-name none {flags}"), "");
    check(
        &beside,
        &[
            raw("").label("of-the-pod/db"),
            raw("").with(&[("POD_NAMESPACE", "told")]).label("told/db"),
            raw("-n typed").label("typed/db"),
            raw("--kubeconfig config").label("here/db"),
            raw("--kubeconfig bare").label("of-the-pod/db"),
            mode(""),
            mode("--token nonsense"),
            mode("--as somebody").differs(
                (1, "services \"none\" not found"),
                (1, "User \"somebody\" cannot get"),
                "the peer asks as the pod itself, and says nothing",
            ),
        ],
    )
}

/// On a terminal both say what they wait for, and end when it is ended.
#[test]
fn what_is_waited_for_is_said_alike() -> Result<()> {
    let (beside, _) = offline()?;
    for (flags, hint) in [
        (
            "--cert rsa2048.crt",
            "(tty detected: expecting json/yaml k8s resource in stdin)\n",
        ),
        (
            "--cert rsa2048.crt -n a --name b --raw",
            "(tty detected: expecting a secret to encrypt in stdin)\n",
        ),
        ("--cert rsa2048.crt --fetch-cert", ""),
        (
            "--recovery-unseal --recovery-private-key rsa2048.key",
            "(tty detected: expecting json/yaml k8s resource in stdin)\n",
        ),
    ] {
        for program in beside.programs() {
            let said = on_a_terminal(program, flags)?;
            let said = said.lines().filter(|line| line.starts_with("(tty"));
            let said: String = said.map(|line| format!("{line}\n")).collect();
            assert_eq!(said, hint, "{} {flags}", program.display());
        }
    }
    Ok(())
}

/// Standard error of a run whose standard input is a terminal at which nothing is typed.
fn on_a_terminal(program: &Path, flags: &str) -> Result<String> {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let name = ptsname(&ours, Vec::new())?;
    let theirs = std::fs::File::open(name.to_str()?)?;
    let mut ours = std::fs::File::from(ours);
    ours.write_all(&[4; 16])?; // Ctrl-D, as often as somebody reads on
    let output = Command::new(program)
        .arg0("kubeseal")
        .args(flags.split_whitespace())
        .current_dir(VECTORS)
        .env_clear()
        .stdin(theirs)
        .output()?;
    Ok(String::from_utf8(output.stderr)?)
}

/// No controller is there: whether the Service can be asked for at all says what a flag did.
#[test]
fn the_api_server_is_asked_alike() -> Result<()> {
    let plane = ControlPlane::shared()?;
    let config: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(plane.kubeconfig())?)?;
    let text = |pointer: &str| {
        let value = config.pointer(pointer).and_then(|value| value.as_str());
        value.map(str::to_owned).context("a kubeconfig")
    };
    let (mut beside, _) = offline()?;
    let (server, token) = (
        text("/clusters/0/cluster/server")?,
        text("/users/0/user/token")?,
    );
    beside.file("config", config.to_string());
    beside.file(
        "ca.crt",
        std::fs::read(plane.directory().join("certificates/apiserver.crt"))?,
    );
    let mut contexts = config.clone();
    contexts["current-context"] = "broken".into();
    contexts["contexts"] = serde_json::json!([
        {"name": "broken", "context": {"cluster": "broken", "user": "nobody"}},
        {"name": "good", "context": {"cluster": "signet", "user": "admin"}},
    ]);
    beside.file("contexts", contexts.to_string());
    let placed = format!("--server {server} --certificate-authority ca.crt");
    let mode = |flags: &str| same(&format!("--validate --controller-name none {flags}"), "");
    let typed = |flags: &str| mode(&format!("{placed} --token {token} {flags}"));
    let variables = [
        ("SEALED_SECRETS_SERVER", server.as_str()),
        ("SEALED_SECRETS_CERTIFICATE_AUTHORITY", "ca.crt"),
        ("SEALED_SECRETS_TOKEN", token.as_str()),
    ];
    let who = "cannot get sealed secret service: ";
    check(
        &beside,
        &[
            mode("").with(&[("KUBECONFIG", "config")]),
            mode("--kubeconfig config"),
            mode("--kubeconfig config --controller-namespace demo"),
            same(
                "--fetch-cert --controller-name none --kubeconfig config",
                "",
            ),
            same(
                "--re-encrypt --controller-name none --kubeconfig config",
                "",
            ),
            mode("--kubeconfig contexts --context good"),
            mode("--kubeconfig contexts --cluster signet --user admin"),
            mode("").with(&[
                ("KUBECONFIG", "nowhere:contexts"),
                ("SEALED_SECRETS_CONTEXT", "good"),
            ]),
            mode("").with(&variables),
            typed(""),
            typed("--tls-server-name kubernetes.default"),
            typed("--as somebody"),
            typed("--as somebody --as-uid 7"),
            typed("--as somebody --as-group system:masters"),
            typed("--request-timeout 30s"),
            mode(&format!(
                "--server {server} --insecure-skip-tls-verify --token {token}"
            )),
            mode("--kubeconfig config --context nowhere"),
            mode("--kubeconfig config --cluster nowhere"),
            mode("--kubeconfig config --user nowhere"),
            mode("--kubeconfig nowhere"),
            mode(""),
            mode("--kubeconfig config --token nonsense"),
            mode("--kubeconfig contexts"),
            mode(&format!("--server {server} --token {token}")).differs((1, who), (1, who), WORDS),
            typed("--tls-server-name other.example").differs((1, who), (1, who), WORDS),
            typed("--request-timeout soon").differs(
                (1, "Invalid timeout value"),
                (1, "--request-timeout: \"soon\" is no time"),
                WORDS,
            ),
            typed("--as-uid 7").differs(
                (1, "invalid configuration: "),
                (1, "invalid configuration: "),
                WORDS,
            ),
            typed("--username me").differs(
                (1, "invalid configuration: "),
                (1, "invalid configuration: "),
                WORDS,
            ),
        ],
    )
}
