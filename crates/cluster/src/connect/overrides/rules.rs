//! What kubeconfig and flags may not say together, and how the little things of both are read.

use std::path::Path;

use kube::config::{
    AuthInfo, Cluster as ClusterEntry, Context, Kubeconfig, NamedAuthInfo, NamedCluster,
    NamedContext,
};
use secrecy::SecretString;

use crate::connect::ConnectError;

pub(super) fn missing(what: &str, name: &str) -> ConnectError {
    ConnectError::Missing(format!("{what} {name:?} does not exist"))
}

/// Contradictions that the peer refuses too.
pub(super) fn check(user: &AuthInfo) -> Result<(), ConnectError> {
    let invalid = |what: &str| Err(ConnectError::Invalid(what.to_owned()));
    if user.token.is_some() && (user.username.is_some() || user.password.is_some()) {
        return invalid(
            "both a token and a user name or password are given; one way to log in is needed",
        );
    }
    let acts = user
        .impersonate
        .as_ref()
        .is_some_and(|name| !name.is_empty());
    let more = user.impersonate_uid.is_some()
        || user.impersonate_groups.is_some()
        || user.impersonate_user_extra.is_some();
    if more && !acts {
        return invalid("a UID or groups are asked for without a user to act as (--as)");
    }
    let shown = user.client_certificate.is_some() || user.client_certificate_data.is_some();
    let key = user.client_key.is_some() || user.client_key_data.is_some();
    if shown && !key {
        return invalid("a client certificate needs its key (--client-key)");
    }
    Ok(())
}

/// Over plain HTTP nothing is sent that could be read on the way; whom to act as is no secret.
pub(super) fn without_credentials(user: AuthInfo) -> AuthInfo {
    AuthInfo {
        impersonate: user.impersonate,
        impersonate_uid: user.impersonate_uid,
        impersonate_groups: user.impersonate_groups,
        impersonate_user_extra: user.impersonate_user_extra,
        ..AuthInfo::default()
    }
}

/// A kubeconfig that holds one of each, so that no name in it matters.
pub(super) fn only(context: Context, cluster: ClusterEntry, user: AuthInfo) -> Kubeconfig {
    const NAME: &str = "chosen";
    let context = Context {
        cluster: NAME.to_owned(),
        user: Some(NAME.to_owned()),
        ..context
    };
    Kubeconfig {
        current_context: Some(NAME.to_owned()),
        contexts: vec![NamedContext {
            name: NAME.to_owned(),
            context: Some(context),
            ..NamedContext::default()
        }],
        clusters: vec![NamedCluster {
            name: NAME.to_owned(),
            cluster: Some(cluster),
            ..NamedCluster::default()
        }],
        auth_infos: vec![NamedAuthInfo {
            name: NAME.to_owned(),
            auth_info: Some(user),
            ..NamedAuthInfo::default()
        }],
        ..Kubeconfig::default()
    }
}

pub(super) fn set<T>(field: &mut Option<T>, over: Option<T>) {
    if over.is_some() {
        *field = over;
    }
}

pub(super) fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

pub(super) fn text(path: &Path) -> String {
    path.display().to_string()
}

/// `host:port` alone is HTTPS where anything is said about TLS, else HTTP: so kubectl.
pub(super) fn with_scheme(server: String, cluster: &ClusterEntry, user: &AuthInfo) -> String {
    if server.contains("://") {
        return server;
    }
    let said = [
        &cluster.certificate_authority,
        &cluster.certificate_authority_data,
        &user.client_certificate,
        &user.client_certificate_data,
    ];
    let tls = cluster.insecure_skip_tls_verify == Some(true)
        || said
            .iter()
            .any(|text| text.as_ref().is_some_and(|text| !text.is_empty()));
    format!("{}://{server}", if tls { "https" } else { "http" })
}
