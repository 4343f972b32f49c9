//! What wins where kubeconfigs and command line say different things; the rules are kubectl's.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::PathBuf;

use super::*;

const ONE: &str = "\
current-context: one
clusters:
- {name: k, cluster: {server: 'https://one.example:6443', tls-server-name: api, certificate-authority-data: ''}}
- {name: l, cluster: {server: 'https://two.example'}}
contexts: [{name: one, context: {cluster: k, user: u, namespace: here}}, {name: bare, context: {cluster: l, user: nobody}}]
users: [{name: u, user: {token: written, as: somebody}}, {name: v, user: {username: me, password: word}}]
";
const TWO: &str = "\
current-context: two
clusters: [{name: k, cluster: {server: 'https://never.example'}}]
contexts: [{name: two, context: {cluster: k, user: w}}]
users: [{name: w, user: {token: second}}]
";

/// Kubeconfigs in a directory of their own.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        for (name, text) in [
            ("one", ONE),
            ("two", TWO),
            ("empty", ""),
            ("broken", "a: ["),
        ] {
            std::fs::write(files.path(name), text).unwrap();
        }
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn over(&self, names: &[&str]) -> Overrides {
        Overrides {
            kubeconfigs: names.iter().map(|name| self.path(name)).collect(),
            ..Overrides::default()
        }
    }
}

async fn load(overrides: &Overrides) -> Config {
    overrides.load().await.unwrap()
}

async fn refused(overrides: &Overrides) -> String {
    overrides.load().await.unwrap_err().to_string()
}

fn token(config: &Config) -> Option<&str> {
    let token = config.auth_info.token.as_ref();
    token.map(secrecy::ExposeSecret::expose_secret)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test]
async fn of_several_kubeconfigs_the_first_that_says_something_wins() {
    let files = Files::new();
    let config = load(&files.over(&["nowhere", "empty", "one", "two"])).await;
    assert_eq!(config.cluster_url.to_string(), "https://one.example:6443/");
    assert_eq!(config.default_namespace, "here");
    assert_eq!(token(&config), Some("written"));
    let second = Overrides {
        context: some("two"),
        ..files.over(&["one", "two"])
    };
    let config = load(&second).await;
    assert_eq!(config.cluster_url.to_string(), "https://one.example:6443/");
    assert_eq!(token(&config), Some("second"));
}

#[tokio::test]
async fn context_cluster_and_user_are_chosen_one_by_one() {
    let files = Files::new();
    let over = Overrides {
        cluster: some("l"),
        user: some("v"),
        ..files.over(&["one"])
    };
    let config = load(&over).await;
    assert_eq!(config.cluster_url.host(), Some("two.example"));
    assert_eq!(config.auth_info.username.as_deref(), Some("me"));
    let over = Overrides {
        context: some("bare"),
        ..files.over(&["one"])
    };
    let config = load(&over).await;
    assert_eq!(config.cluster_url.host(), Some("two.example"));
    assert_eq!(token(&config), None);
    for (over, message) in [
        (
            Overrides {
                context: some("x"),
                ..files.over(&["one"])
            },
            "context \"x\" does not exist",
        ),
        (
            Overrides {
                cluster: some("x"),
                ..files.over(&["one"])
            },
            "cluster \"x\" does not exist",
        ),
        (
            Overrides {
                user: some("x"),
                ..files.over(&["one"])
            },
            "auth info \"x\" does not exist",
        ),
    ] {
        assert_eq!(refused(&over).await, message);
    }
}

#[tokio::test]
async fn what_was_typed_goes_over_what_was_written() {
    let files = Files::new();
    let over = Overrides {
        server: some("https://typed.example"),
        token: Some(Zeroizing::new("typed".to_owned())),
        impersonate: some("other"),
        impersonate_uid: some("7"),
        impersonate_groups: vec!["a,b".to_owned(), "c".to_owned()],
        ..files.over(&["one"])
    };
    let config = load(&over).await;
    assert_eq!(config.cluster_url.host(), Some("typed.example"));
    // The name belonged to the server that was written.
    assert_eq!(config.tls_server_name, None);
    assert_eq!(token(&config), Some("typed"));
    assert_eq!(config.auth_info.impersonate.as_deref(), Some("other"));
    assert_eq!(config.auth_info.impersonate_uid.as_deref(), Some("7"));
    let groups = config.auth_info.impersonate_groups.unwrap();
    assert_eq!(groups, ["a,b", "c"]);
    let named = Overrides {
        tls_server_name: some("name"),
        ..files.over(&["one"])
    };
    assert_eq!(load(&named).await.tls_server_name.as_deref(), Some("name"));
    let written = load(&files.over(&["one"])).await;
    assert_eq!(written.tls_server_name.as_deref(), Some("api"));
}

#[tokio::test]
async fn verification_is_skipped_only_where_that_was_typed() {
    let files = Files::new();
    assert!(!load(&files.over(&["one"])).await.accept_invalid_certs);
    let over = Overrides {
        skip_tls_verify: true,
        ..files.over(&["one"])
    };
    assert!(load(&over).await.accept_invalid_certs);
}

#[tokio::test]
async fn without_tls_no_credential_is_sent() {
    let files = Files::new();
    for server in ["http://plain.example", "plain.example:8080"] {
        let over = Overrides {
            server: some(server),
            ..files.over(&["one"])
        };
        let config = load(&over).await;
        assert_eq!(config.cluster_url.scheme_str(), Some("http"));
        assert_eq!(token(&config), None, "{server}");
        assert_eq!(config.auth_info.impersonate.as_deref(), Some("somebody"));
    }
}

#[tokio::test]
async fn contradictions_are_refused_and_nothing_secret_is_repeated() {
    let files = Files::new();
    let both = Overrides {
        username: some("me"),
        password: Some(Zeroizing::new("canary-word".to_owned())),
        ..files.over(&["one"])
    };
    let groups = Overrides {
        user: some("v"),
        impersonate_groups: vec!["g".to_owned()],
        ..files.over(&["one"])
    };
    let certificate = Overrides {
        client_certificate: Some("x.crt".into()),
        ..files.over(&["one"])
    };
    let proxy = Overrides {
        proxy_url: some("http://u:canary-word@ host"),
        ..files.over(&["one"])
    };
    for over in [&both, &groups, &certificate, &proxy] {
        let message = refused(over).await;
        assert!(message.starts_with("invalid configuration: "), "{message}");
        assert!(
            !format!("{message} {over:?}").contains("canary"),
            "{message}"
        );
    }
    let broken = refused(&files.over(&["broken"])).await;
    assert!(
        broken.contains("it is not a kubeconfig in YAML"),
        "{broken}"
    );
}

#[tokio::test]
async fn without_any_configuration_the_message_is_the_one_that_is_known() {
    let files = Files::new();
    let known = "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable";
    for over in [
        files.over(&[]),
        files.over(&["nowhere"]),
        files.over(&["empty"]),
    ] {
        assert_eq!(refused(&over).await, known);
    }
    let explicit = Overrides {
        explicit: true,
        ..files.over(&["nowhere"])
    };
    let gone = refused(&explicit).await;
    assert!(
        gone.ends_with("nowhere: no such file or directory"),
        "{gone}"
    );
}

#[tokio::test]
async fn the_proxy_is_the_typed_one_else_the_written_one_else_the_environments() {
    let files = Files::new();
    let proxies = Proxies {
        https: some("http://env.example:3128"),
        none_for: some("two.example"),
        ..Proxies::default()
    };
    let host = |config: Config| {
        config
            .proxy_url
            .and_then(|url| url.host().map(str::to_owned))
    };
    let environment = Overrides {
        proxies: proxies.clone(),
        ..files.over(&["one"])
    };
    assert_eq!(host(load(&environment).await), some("env.example"));
    let left_out = Overrides {
        cluster: some("l"),
        proxies: proxies.clone(),
        ..files.over(&["one"])
    };
    assert_eq!(host(load(&left_out).await), None);
    let typed = Overrides {
        proxy_url: some("socks5://typed.example:1080"),
        proxies,
        ..files.over(&["one"])
    };
    assert_eq!(host(load(&typed).await), some("typed.example"));
}
