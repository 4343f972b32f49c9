//! What the Secret named by `spec.secretRef` means, in the keys Flux uses.
//!
//! https: `username` and `password`, or `bearerToken`; and for TLS `ca.crt` (also the older
//! `caFile`), `tls.crt` with `tls.key`. ssh: `identity` and `known_hosts`, both required: a host
//! whose key is not pinned is not spoken to; `password` opens an encrypted `identity`. The Secret
//! of `spec.proxySecretRef` holds `address`, and `username` with `password` if the proxy asks.

mod error;
mod identity;
mod proxy;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

pub use self::error::CredentialsError;
use self::identity::{opened, with_final_newline};
pub use self::proxy::Proxy;

/// The data of a Secret, as read from the cluster.
pub type SecretData = BTreeMap<String, Zeroizing<Vec<u8>>>;

/// How a fetch proves who it is. Nothing in it is ever printed.
#[derive(Clone, Default)]
pub enum Credentials {
    /// Anonymous.
    #[default]
    None,
    /// HTTP basic authentication.
    Basic {
        /// The user name.
        username: String,
        /// The password or access token.
        password: Zeroizing<String>,
    },
    /// An HTTP bearer token.
    Bearer(Zeroizing<String>),
    /// A private key for ssh, and the host keys it may meet.
    Ssh {
        /// The private key as a file holds it (OpenSSH or PEM), no longer encrypted.
        identity: Zeroizing<Vec<u8>>,
        /// The lines of a `known_hosts` file.
        known_hosts: Vec<u8>,
    },
}

/// What https trusts and shows besides the credentials. Empty means the system's authorities.
#[derive(Clone, Default)]
pub struct Tls {
    /// Certificate authorities (PEM) to trust instead of the system's.
    pub ca: Option<Vec<u8>>,
    /// A client certificate chain and its private key, both PEM.
    pub client: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
}

impl Credentials {
    /// Reads a Secret for a URL.
    ///
    /// An https URL takes nothing from the ssh keys and the other way round. A Secret that holds
    /// only TLS keys gives [`Credentials::None`].
    ///
    /// # Errors
    ///
    /// [`CredentialsError`] naming the key at fault and what to add.
    pub fn from_secret(url: &str, data: SecretData) -> Result<Self, CredentialsError> {
        if url.starts_with("ssh://") {
            Self::ssh(data)
        } else {
            Self::http(&data)
        }
    }

    fn ssh(mut data: SecretData) -> Result<Self, CredentialsError> {
        let identity = data
            .remove("identity")
            .ok_or(CredentialsError::NoIdentity)?;
        let known_hosts = data
            .remove("known_hosts")
            .ok_or(CredentialsError::NoKnownHosts)?;
        if known_hosts.trim_ascii().is_empty() {
            return Err(CredentialsError::NoKnownHosts);
        }
        let identity = match data.remove("password") {
            Some(password) => opened(&identity, &password)?,
            None => with_final_newline(identity),
        };
        Ok(Self::Ssh {
            identity,
            known_hosts: known_hosts.to_vec(),
        })
    }

    /// The part that must never be printed, where there is one as text.
    pub(crate) fn secret(&self) -> Option<Zeroizing<String>> {
        match self {
            Self::Basic { password, .. } => Some(password.clone()),
            Self::Bearer(token) => Some(token.clone()),
            Self::None | Self::Ssh { .. } => None,
        }
    }

    fn http(data: &SecretData) -> Result<Self, CredentialsError> {
        let basic = ["username", "password"].map(|key| data.get(key));
        match (data.get("bearerToken"), basic) {
            (Some(token), [None, None]) => Ok(Self::Bearer(text("bearerToken", token)?)),
            (Some(_), _) => Err(CredentialsError::Ambiguous),
            (None, [Some(username), Some(password)]) => Ok(Self::Basic {
                username: text("username", username)?.to_string(),
                password: text("password", password)?,
            }),
            (None, [Some(_), None]) => Err(missing("username", "password")),
            (None, [None, Some(_)]) => Err(missing("password", "username")),
            (None, [None, None]) => Ok(Self::None),
        }
    }
}

impl Tls {
    /// Reads the TLS keys of a Secret.
    ///
    /// # Errors
    ///
    /// [`CredentialsError::Missing`] if a client certificate comes without its key or a key
    /// without its certificate.
    pub fn from_secret(data: &SecretData) -> Result<Self, CredentialsError> {
        let ca = data.get("ca.crt").or_else(|| data.get("caFile"));
        let client = match (data.get("tls.crt"), data.get("tls.key")) {
            (Some(certificate), Some(key)) => Some((certificate.to_vec(), key.clone())),
            (Some(_), None) => return Err(missing("tls.crt", "tls.key")),
            (None, Some(_)) => return Err(missing("tls.key", "tls.crt")),
            (None, None) => None,
        };
        Ok(Self {
            ca: ca.map(|pem| pem.to_vec()),
            client,
        })
    }
}

fn missing(present: &'static str, missing: &'static str) -> CredentialsError {
    CredentialsError::Missing { present, missing }
}

/// Text for a header. A final line break, which editors and `echo` leave, is taken off.
fn text(key: &'static str, value: &[u8]) -> Result<Zeroizing<String>, CredentialsError> {
    let text = std::str::from_utf8(value).map_err(|_| CredentialsError::NotText(key))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.contains(char::is_control) {
        return Err(CredentialsError::NotText(key));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "Credentials::None",
            Self::Basic { .. } => "Credentials::Basic(***)",
            Self::Bearer(_) => "Credentials::Bearer(***)",
            Self::Ssh { .. } => "Credentials::Ssh(***)",
        })
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ca", &self.ca.is_some())
            .field("client", &self.client.is_some())
            .finish()
    }
}
