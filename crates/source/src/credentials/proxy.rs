//! The Secret of `spec.proxySecretRef`.

use std::fmt;

use url::Url;
use zeroize::Zeroizing;

use super::{CredentialsError, SecretData, missing, text};

/// A proxy that http and https go through.
#[derive(Clone)]
pub struct Proxy {
    pub(crate) address: Url,
    pub(crate) login: Option<(String, Zeroizing<String>)>,
}

impl Proxy {
    /// Reads the Secret of a proxy.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`] naming the key at fault.
    pub fn from_secret(data: &SecretData) -> Result<Self, CredentialsError> {
        let address = data
            .get("address")
            .ok_or(CredentialsError::NoProxyAddress)?;
        let address = text("address", address)?;
        let url = Url::parse(&address).map_err(|_| CredentialsError::ProxyAddress)?;
        let spoken = matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
        if !spoken || !url.username().is_empty() || url.password().is_some() {
            return Err(CredentialsError::ProxyAddress);
        }
        let login = match (data.get("username"), data.get("password")) {
            (Some(username), Some(password)) => Some((
                text("username", username)?.to_string(),
                text("password", password)?,
            )),
            (Some(_), None) => return Err(missing("username", "password")),
            (None, Some(_)) => return Err(missing("password", "username")),
            (None, None) => None,
        };
        Ok(Self {
            address: url,
            login,
        })
    }

    /// The part that must never be printed.
    pub(crate) fn password(&self) -> Option<Zeroizing<String>> {
        self.login.as_ref().map(|(_, password)| password.clone())
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Proxy({}, login: {})",
            self.address,
            self.login.is_some()
        )
    }
}
