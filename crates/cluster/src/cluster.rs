//! [`Cluster`]: the connections, what is known of the server's kinds, and whom we act as.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use http::HeaderMap;
use kube::{Client, Config};
use signet_engine::managers::{self, Manager};
use zeroize::Zeroizing;

use crate::{
    discovery::Kinds,
    error::ApiError,
    identity::Identity,
    pace::Pace,
    transport::{self, IMPERSONATE},
};

/// A connection to an API server. Cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    shared: Arc<Shared>,
    identity: Option<Identity>,
}

/// What all clones and all identities share.
struct Shared {
    requests: Client,
    watches: Client,
    kinds: Kinds,
    pace: OnceLock<Pace>,
    overridden: OnceLock<Vec<Manager>>,
    default_namespace: String,
    token: Token,
    /// The kubeconfig itself says to act as somebody (`as:`).
    impersonates: bool,
    /// Longest wait for an answer, where a caller set one.
    time_limit: Option<Duration>,
}

/// Where the kubeconfig has its bearer token.
enum Token {
    None,
    Literal(Zeroizing<String>),
    File(PathBuf),
}

impl Cluster {
    pub(crate) fn from_config(config: Config) -> Result<Self, kube::Error> {
        Self::with_time_limit(config, None)
    }

    /// As [`Self::from_config`], with a limit of its own on the time of each request.
    pub(crate) fn with_time_limit(
        config: Config,
        time_limit: Option<Duration>,
    ) -> Result<Self, kube::Error> {
        let shared = Shared {
            time_limit,
            requests: transport::client(&config)?,
            watches: transport::client(&config)?,
            kinds: Kinds::default(),
            pace: OnceLock::new(),
            overridden: OnceLock::new(),
            token: Token::of(&config),
            impersonates: config.auth_info.impersonate.is_some(),
            default_namespace: config.default_namespace,
        };
        Ok(Self {
            shared: Arc::new(shared),
            identity: None,
        })
    }

    /// Limits the requests of this connection, of all clones and identities together: so many a
    /// second and so many more at once. `None` changes nothing; a limit that is set stays. Watches
    /// count with none.
    #[must_use]
    pub fn paced(self, limit: Option<(f64, u32)>) -> Self {
        if let Some((per_second, burst)) = limit {
            self.shared
                .pace
                .get_or_init(|| Pace::new(per_second, burst));
        }
        self
    }

    /// Has the fields of these managers count as ours to take, too. Holds for all clones; once set,
    /// it stays.
    #[must_use]
    pub fn overriding(self, more: impl IntoIterator<Item = Manager>) -> Self {
        let all = || managers::overridden().into_iter().chain(more).collect();
        self.shared.overridden.get_or_init(all);
        self
    }

    /// The managers whose fields are ours to take.
    #[must_use]
    pub fn overridden(&self) -> &[Manager] {
        self.shared.overridden.get_or_init(managers::overridden)
    }

    /// Waits until the next request may be sent.
    pub(crate) async fn pace(&self) {
        if let Some(pace) = self.shared.pace.get() {
            pace.wait().await;
        }
    }

    /// The namespace of the kubeconfig's context, or of the pod.
    #[must_use]
    pub fn default_namespace(&self) -> &str {
        &self.shared.default_namespace
    }

    /// The bearer token that the kubeconfig holds, literally or in a file, to show to somebody
    /// else who asks the API server whose it is. `None` for client certificates and login programs.
    #[must_use]
    pub fn bearer_token(&self) -> Option<Zeroizing<String>> {
        match &self.shared.token {
            Token::None => None,
            Token::Literal(token) => Some(token.clone()),
            Token::File(path) => {
                let text = Zeroizing::new(std::fs::read_to_string(path).ok()?);
                Some(Zeroizing::new(text.trim().to_owned()))
            }
        }
    }

    /// The same connections, acting as a service account. Every request and every watch of the
    /// result carries the identity.
    ///
    /// # Errors
    /// `Forbidden` if the name or namespace is empty or impossible, or if the kubeconfig already
    /// acts as somebody else: then a request could be made with other rights than those asked for.
    pub fn as_service_account(&self, namespace: &str, name: &str) -> Result<Self, ApiError> {
        let forbidden = |message: String| ApiError {
            code: 403,
            reason: "Forbidden".to_owned(),
            message,
        };
        if self.shared.impersonates {
            return Err(forbidden("the kubeconfig already acts as another user (`as`); it cannot also act as a service account".to_owned()));
        }
        let identity =
            Identity::service_account(namespace, name).map_err(|e| forbidden(e.to_string()))?;
        Ok(Self {
            shared: Arc::clone(&self.shared),
            identity: Some(identity),
        })
    }

    /// The client library's client, under this identity, for what has no method here.
    #[must_use]
    pub fn client(&self) -> Client {
        transport::with_headers(&self.shared.requests, self.identity_headers())
    }

    pub(crate) fn requests(&self) -> &Client {
        &self.shared.requests
    }

    pub(crate) fn time_limit(&self) -> Option<Duration> {
        self.shared.time_limit
    }

    pub(crate) fn watches(&self) -> &Client {
        &self.shared.watches
    }

    pub(crate) fn kinds(&self) -> &Kinds {
        &self.shared.kinds
    }

    /// Headers of every request made as this identity.
    pub(crate) fn identity_headers(&self) -> HeaderMap {
        self.identity
            .iter()
            .map(|identity| (IMPERSONATE, identity.header()))
            .collect()
    }

    /// For discovery, which everybody may do and whose answers are shared.
    pub(crate) fn as_ourselves(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            identity: None,
        }
    }
}

impl Token {
    fn of(config: &Config) -> Self {
        use secrecy::ExposeSecret as _;
        match (&config.auth_info.token, &config.auth_info.token_file) {
            (Some(token), _) => Self::Literal(Zeroizing::new(token.expose_secret().to_owned())),
            (None, Some(file)) => Self::File(file.into()),
            (None, None) => Self::None,
        }
    }
}
