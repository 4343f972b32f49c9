//! The program under the name `kubeseal`: that tool's flags, outputs and messages.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod common;

use common::{Room, SECRET};
use insta::assert_snapshot;

#[test]
fn it_prints_json_with_the_peers_fields_and_no_others() {
    let room = Room::new();
    assert_snapshot!(room.run_with("kubeseal --cert old.crt", SECRET), @r#"
    $ kubeseal --cert old.crt
    {
      "kind": "SealedSecret",
      "apiVersion": "bitnami.com/v1alpha1",
      "metadata": {
        "name": "db",
        "namespace": "demo"
      },
      "spec": {
        "template": {
          "metadata": {
            "name": "db",
            "namespace": "demo",
            "labels": {
              "app": "web"
            }
          },
          "type": "Opaque"
        },
        "encryptedData": {
          "password": "<item>",
          "username": "<item>"
        }
      }
    }
    "#);
}

#[test]
fn yaml_is_asked_for_by_flag_variable_or_file_name() {
    let room = Room::new();
    let by_flag = room.stdout("kubeseal --cert new.crt --format YAML", SECRET);
    assert!(by_flag.starts_with("---\napiVersion: bitnami.com/v1alpha1\n"));
    let by_variable = room.output(
        "kubeseal",
        SECRET,
        &[
            ("SEALED_SECRETS_CERT", "new.crt"),
            ("SEALED_SECRETS_FORMAT", "yaml"),
        ],
    );
    assert!(by_variable.stdout.starts_with(b"---\n"));
    room.write("in.yaml", SECRET);
    assert_eq!(
        room.stdout("kubeseal --cert new.crt -f in.yaml -w out.yaml", ""),
        ""
    );
    assert!(room.read("out.yaml").starts_with("---\n"));
}

#[test]
fn a_secret_without_a_namespace_gets_the_contexts() {
    let room = Room::new();
    let bare = SECRET.replace("  namespace: demo\n", "");
    assert_snapshot!(room.run_with("kubeseal --cert new.crt", &bare), @r"
    $ kubeseal --cert new.crt
    ! error: secret must declare a namespace
    ! hint: give it with --namespace, or seal with --scope cluster-wide
    [exit 1]
    ");
    room.write(".kube/config", KUBECONFIG);
    room.write(
        "other",
        "current-context: d\ncontexts: [{name: c, context: {cluster: k, namespace: never}}]\n",
    );
    let sealed = |line: &str, env: &[(&str, &str)]| {
        let output = room.output(line, &bare, env);
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    let has = |line: &str, env: &[(&str, &str)], wanted: &str| {
        let found = sealed(line, env);
        assert!(found.contains(wanted), "{line}: {found}");
    };
    has("kubeseal --cert new.crt", &[], r#""namespace": "shop""#);
    has(
        "kubeseal --cert new.crt --context d",
        &[],
        r#""namespace": "other""#,
    );
    has(
        "kubeseal --cert new.crt --context e",
        &[],
        r#""namespace": "default""#,
    );
    has(
        "kubeseal --cert new.crt -n ns/mine",
        &[],
        r#""namespace": "mine""#,
    );
    has(
        "kubeseal --cert new.crt --namespace=mine",
        &[],
        r#""namespace": "mine""#,
    );
    let variable = [("SEALED_SECRETS_NAMESPACE", "mine")];
    has(
        "kubeseal --cert new.crt",
        &variable,
        r#""namespace": "mine""#,
    );
    // Of several files the first that says something wins; those that are not there are no matter.
    let home = room.path(".kube/config").display().to_string();
    let files = format!("nowhere:other:{home}");
    has(
        "kubeseal --cert new.crt",
        &[("KUBECONFIG", &files)],
        r#""namespace": "other""#,
    );
    let files = format!("{home}:other");
    has(
        "kubeseal --cert new.crt",
        &[("KUBECONFIG", &files)],
        r#""namespace": "shop""#,
    );
    has(
        "kubeseal --cert new.crt --context z",
        &[],
        "error: invalid configuration: context was not found for specified context: z",
    );
    has(
        "kubeseal --cert new.crt --kubeconfig nowhere",
        &[],
        "error: stat nowhere: no such file or directory",
    );
    let wide = sealed("kubeseal --cert new.crt --scope cluster-wide", &[]);
    assert!(!wide.contains("namespace\":"), "{wide}");
}

const KUBECONFIG: &str = "\
current-context: c
clusters: [{name: k, cluster: {server: 'https://127.0.0.1:1'}}]
contexts:
- {name: c, context: {cluster: k, namespace: shop}}
- {name: d, context: {cluster: k, namespace: other}}
- {name: e, context: {cluster: k}}
";

/// One that cannot be read shows that it is not read.
#[test]
fn what_works_offline_touches_no_kubeconfig() {
    let room = Room::new();
    room.write(".kube/config", "{ this is no kubeconfig");
    room.write("in.yaml", SECRET);
    let sealed = room.stdout("kubeseal --cert new.crt -f in.yaml", "");
    room.write("target.yaml", &sealed);
    for line in [
        "kubeseal --version",
        "kubeseal --help",
        "kubeseal --fetch-cert --cert new.crt",
        "kubeseal --cert new.crt --raw -n demo --name db",
        "kubeseal --cert new.crt --raw --scope cluster-wide",
        "kubeseal --cert new.crt --merge-into target.yaml -f in.yaml",
        "kubeseal --recovery-unseal --recovery-private-key new.key -f target.yaml",
    ] {
        let _ = room.stdout(line, "");
    }
    let bare = SECRET.replace("  namespace: demo\n", "");
    let needs = room.run_with("kubeseal --cert new.crt", &bare);
    assert!(needs.contains("error loading config file"), "{needs}");
}

#[test]
fn a_single_value_is_sealed_raw() {
    let room = Room::new();
    let item = room.stdout(
        "kubeseal --cert new.crt --raw --namespace demo --name db",
        "correct horse",
    );
    assert!(
        !item.ends_with('\n') && item.starts_with("AQ"),
        "a 2048-bit item, without line feed"
    );
    let sealed = format!(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: db, namespace: demo}}\nspec:\n  encryptedData: {{password: {item}}}\n"
    );
    let opened = room.stdout("signet unseal --key new.key", &sealed);
    assert!(
        opened.contains("password: Y29ycmVjdCBob3JzZQ=="),
        "{opened}"
    );
    room.write("value", "correct horse");
    assert!(
        room.stdout(
            "kubeseal --cert new.crt --raw --scope cluster-wide --from-file x=value",
            ""
        )
        .starts_with("AQ")
    );
}

#[test]
fn the_certificate_is_printed_as_it_is() {
    let room = Room::new();
    assert_eq!(
        room.stdout("kubeseal --fetch-cert --cert new.crt", ""),
        room.read("new.crt")
    );
}

#[test]
fn messages_are_the_ones_that_scripts_look_for() {
    let room = Room::new();
    let said = |line: &str, input: &str| {
        let output = room.output(line, input, &[]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        let first = stderr.lines().next().unwrap_or_default().to_owned();
        (output.status.code(), first)
    };
    let bare = "kind: Secret\nmetadata: {name: x}\n";
    #[rustfmt::skip]
    let cases = [
        ("--cert new.crt", "kind: Secret\nstringData: {a: b}\n", "missing metadata.name in input Secret"),
        ("--cert new.crt", bare, "secret.data is empty in input Secret, assuming this is an error and aborting. To work with empty data, --allow-empty-data can be used"),
        ("--cert new.crt -n other", SECRET, "namespace mismatch: input secret is in namespace \"demo\" but \"other\" was specified"),
        ("--cert new.crt", "", "no secrets found. Ensure the input is valid and UTF-8 encoded"),
        ("--cert new.crt", "a: [", "no secrets found. Ensure the input is valid and UTF-8 encoded"),
        ("--cert new.crt -o xml", SECRET, "unsupported output format: xml"),
        ("--cert new.crt --from-file a", "", "--from-file requires --raw"),
        ("--cert new.crt --raw --scope cluster-wide --from-file a,b", "", "must provide only one --from-file when encrypting a single item with --raw"),
        ("--cert new.crt --raw --scope cluster-wide --from-file a", "", "open a: no such file or directory"),
        ("--cert new.crt --raw -n demo", "v", "must provide the --name flag with --raw and --scope strict"),
        ("--cert new.crt --raw --name x", "v", "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable"),
        ("", SECRET, "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable"),
        ("--validate", "", "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable"),
        ("--cert new.crt -f nowhere", "", "Could not read file specified with --secret-file: open nowhere: no such file or directory"),
        ("--cert nowhere", "", "open nowhere: no such file or directory"),
        ("--cert new.crt -w nowhere/out.yaml", SECRET, "open nowhere/out.yaml: no such file or directory"),
        ("--cert expired.crt", SECRET, "failed to encrypt using an expired certificate on November 21, 2026"),
        ("--cert ec.crt", SECRET, "expected RSA public key but found *ecdsa.PublicKey"),
        ("--cert new.key", SECRET, "data does not contain any valid RSA or ECDSA certificates"),
        ("--recovery-unseal --recovery-private-key secret.yaml", "", "secret must contain a 'tls.data' key"),
        ("--recovery-unseal --recovery-private-key nowhere", "", "open nowhere: no such file or directory"),
    ];
    room.write("secret.yaml", SECRET);
    for (flags, input, message) in cases {
        let wanted = (Some(1), format!("error: {message}"));
        assert_eq!(said(&format!("kubeseal {flags}"), input), wanted, "{flags}");
    }
    assert_snapshot!(room.run_with("kubeseal --version", ""), @r"
    $ kubeseal --version
    kubeseal version: v0.1.0
    ");
}

#[test]
fn a_flag_that_cannot_be_understood_ends_with_two_and_says_so_on_both_streams() {
    let room = Room::new();
    for (flags, message) in [
        ("--xyz", "unknown flag: --xyz"),
        ("-x", "unknown shorthand flag: 'x' in -x"),
        ("--name", "flag needs an argument: --name"),
        (
            "--scope wide",
            "invalid argument \"wide\" for \"--scope\" flag: must be one of: strict, namespace-wide, cluster-wide",
        ),
    ] {
        let output = room.output(&format!("kubeseal {flags}"), "", &[]);
        assert_eq!(output.status.code(), Some(2), "{flags}");
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert_eq!(stdout.lines().last(), Some(message));
        assert!(stdout.starts_with("      --add_dir_header"), "{stdout}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        let usage = format!("Usage of {}:", room.path("kubeseal").display());
        assert_eq!(stderr, format!("{usage}\nerror: {message}\n"));
    }
    let help = room.stdout("kubeseal --help", "");
    assert!(help.starts_with("Usage of "), "{help}");
    assert_eq!(help, room.stdout("kubeseal -h", ""));
}

#[test]
fn a_script_may_write_flags_in_every_way() {
    let room = Room::new();
    room.write("in.yaml", SECRET);
    for line in [
        "kubeseal -fin.yaml -oyaml --cert=new.crt",
        "kubeseal -f=in.yaml -o=yaml --cert new.crt --raw=false",
        "kubeseal --secret-file in.yaml --format yaml --cert expired.crt --cert new.crt --v=5 --logtostderr",
        "kubeseal -f in.yaml --cert new.crt -o json -o yaml -- --raw",
    ] {
        assert!(
            room.stdout(line, "").starts_with("---\napiVersion"),
            "{line}"
        );
    }
    let variables = [
        ("SEALED_SECRETS_CERT", "new.crt"),
        ("SEALED_SECRETS_SECRET_FILE", "in.yaml"),
        ("SEALED_SECRETS_FORMAT", "yaml"),
        ("SEALED_SECRETS_RAW", "no"),
    ];
    let output = room.output("kubeseal", "", &variables);
    assert!(output.stdout.starts_with(b"---\napiVersion"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("warning: SEALED_SECRETS_RAW "),
        "{stderr}"
    );
}

#[test]
fn the_annotation_wins_over_a_strict_that_was_typed_as_with_the_peer() {
    let room = Room::new();
    let wide = SECRET.replace(
        "  labels:",
        "  annotations: {sealedsecrets.bitnami.com/cluster-wide: \"true\"}\n  labels:",
    );
    let output = room.output("kubeseal --cert new.crt --scope strict", &wide, &[]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout.matches("cluster-wide\": \"true\"").count(), 2);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("in spite of --scope strict"), "{stderr}");
}

#[test]
fn an_output_file_is_the_owners_alone_and_nothing_else_is_left() {
    use std::os::unix::fs::PermissionsExt;
    let room = Room::new();
    room.write("out/out.yml", "as it was");
    let mode = |name: &str| {
        let permissions = std::fs::metadata(room.path(name)).unwrap().permissions();
        permissions.mode() & 0o777
    };
    let failed = room.output("kubeseal --cert new.crt -w out/out.yml", "", &[]);
    assert_eq!(failed.status.code(), Some(1));
    assert_eq!(room.read("out/out.yml"), "as it was");
    let _ = room.stdout("kubeseal --cert new.crt -w out/out.yml", SECRET);
    assert!(room.read("out/out.yml").starts_with("---\n"));
    assert_eq!(mode("out/out.yml"), 0o600);
    let _ = room.stdout(
        "kubeseal --cert new.crt --raw --scope cluster-wide -w out/item",
        "v",
    );
    assert_eq!(mode("out/item"), 0o600);
    assert_eq!(room.snapshot("out").len(), 2, "no temporary file");
    let printed = room.stdout("kubeseal --cert new.crt -w /dev/stdout", SECRET);
    assert!(printed.starts_with('{'), "{printed}");
}

#[test]
fn certificates_come_from_paths_and_file_urls() {
    let room = Room::new();
    let path = room.path("new.crt").display().to_string();
    let pem = room.read("new.crt");
    for cert in [
        "new.crt".to_owned(),
        format!("file://{path}"),
        format!("FILE://localhost{path}"),
    ] {
        let line = format!("kubeseal --fetch-cert --cert {cert}");
        assert_eq!(room.stdout(&line, ""), pem, "{cert}");
    }
    for (cert, message) in [
        (
            "file:///nowhere",
            "cannot fetch \"file:///nowhere\": 404 Not Found",
        ),
        (
            "s3://a/b",
            "cannot fetch \"s3://a/b\": unsupported protocol scheme \"s3\"",
        ),
        ("c:new.crt", "open c:new.crt: no such file or directory"),
    ] {
        let said = room.run(&format!("kubeseal --fetch-cert --cert {cert}"));
        assert!(said.contains(&format!("! error: {message}\n")), "{said}");
    }
}
