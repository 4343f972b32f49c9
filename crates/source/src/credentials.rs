//! What the Secret named by `spec.secretRef` means, in the keys Flux uses.
//!
//! https: `username` and `password`, or `bearerToken`; and for TLS `ca.crt` (also the older
//! `caFile`), `tls.crt` with `tls.key`. ssh: `identity` and `known_hosts`, both required: a host
//! whose key is not pinned is not spoken to; `password` opens an encrypted `identity`. The Secret
//! of `spec.proxySecretRef` holds `address`, and `username` with `password` if the proxy asks.

use std::collections::BTreeMap;
use std::fmt;

use ssh_key::{Kdf, LineEnding, PrivateKey};
use url::Url;
use zeroize::Zeroizing;

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

/// A proxy that http and https go through.
#[derive(Clone)]
pub struct Proxy {
    pub(crate) address: Url,
    pub(crate) login: Option<(String, Zeroizing<String>)>,
}

/// Why a Secret cannot be used for a URL. Names keys, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// A key is missing beside another one.
    #[error("the Secret has {present:?} but no {missing:?}: add that key")]
    Missing {
        /// The key that is there.
        present: &'static str,
        /// The key that has to be.
        missing: &'static str,
    },
    /// An ssh URL without a private key.
    #[error(
        "an ssh URL needs a Secret with the key \"identity\" (an SSH private key) and the key \"known_hosts\""
    )]
    NoIdentity,
    /// An ssh URL without pinned host keys.
    #[error(
        "the Secret has no \"known_hosts\": pin the host's key by adding the output of `ssh-keyscan HOST`, checked against what the host's owner publishes"
    )]
    NoKnownHosts,
    /// Basic and bearer together.
    #[error("the Secret has both \"bearerToken\" and \"username\"/\"password\": keep one of them")]
    Ambiguous,
    /// A value that must be text is not.
    #[error("the value of {0:?} in the Secret is not UTF-8 text without line breaks")]
    NotText(&'static str),
    /// A private key that its password does not open.
    #[error("the \"password\" in the Secret does not open the SSH private key in \"identity\"")]
    WrongPassword,
    /// A private key whose file asks for work without end before it opens.
    #[error(
        "the SSH private key in \"identity\" asks for {0} rounds to open, and {MOST_ROUNDS} are done: store it with fewer by `ssh-keygen -p -a 16 -f FILE`"
    )]
    Rounds(u32),
    /// A private key under a password, in a form that is not read.
    #[error(
        "\"identity\" in the Secret is no OpenSSH private key, which a \"password\" needs: convert it with `ssh-keygen -p -f FILE`"
    )]
    EncryptedIdentity,
    /// A proxy without an address.
    #[error(
        "the Secret of spec.proxySecretRef has no \"address\" such as http://proxy.example:3128"
    )]
    NoProxyAddress,
    /// A proxy address that is none.
    #[error(
        "\"address\" in the Secret of spec.proxySecretRef is no http, https or socks5 URL without a login in it"
    )]
    ProxyAddress,
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

/// Rounds of bcrypt that a key may ask for, some seconds of work. `ssh-keygen` writes 16 or 24; the
/// file can ask for four thousand million, and whoever writes the Secret would own our processor.
const MOST_ROUNDS: u32 = 256;

/// The private key without its password. One that has none is taken as it is.
fn opened(
    identity: &Zeroizing<Vec<u8>>,
    password: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CredentialsError> {
    let unreadable = |_| CredentialsError::EncryptedIdentity;
    let key = PrivateKey::from_openssh(identity.trim_ascii()).map_err(unreadable)?;
    if !key.is_encrypted() {
        return Ok(with_final_newline(identity.clone()));
    }
    if let Kdf::Bcrypt { rounds, .. } = key.kdf()
        && *rounds > MOST_ROUNDS
    {
        return Err(CredentialsError::Rounds(*rounds));
    }
    let password = Zeroizing::new(password.trim_ascii_end().to_vec());
    let key = key
        .decrypt(password.as_slice())
        .map_err(|_| CredentialsError::WrongPassword)?;
    let text = key.to_openssh(LineEnding::LF).map_err(unreadable)?;
    Ok(Zeroizing::new(text.as_bytes().to_vec()))
}

/// `ssh` refuses a key file that does not end its last line; Secrets often lose that byte.
fn with_final_newline(mut identity: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    if identity.last() == Some(&b'\n') {
        return identity;
    }
    let mut longer = Zeroizing::new(Vec::with_capacity(identity.len() + 1));
    longer.append(&mut identity);
    longer.push(b'\n');
    longer
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

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ca", &self.ca.is_some())
            .field("client", &self.client.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn secret(pairs: &[(&str, &str)]) -> SecretData {
        let pair = |(key, value): &(&str, &str)| {
            ((*key).to_owned(), Zeroizing::new(value.as_bytes().to_vec()))
        };
        pairs.iter().map(pair).collect()
    }

    fn read(url: &str, pairs: &[(&str, &str)]) -> Result<Credentials, CredentialsError> {
        Credentials::from_secret(url, secret(pairs))
    }

    /// An encrypted key in OpenSSH's form (PROTOCOL.key) that asks for so many rounds.
    fn locked(rounds: u32) -> String {
        let text = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes(), bytes].concat();
        let kdf = [text(&[7; 16]), rounds.to_be_bytes().to_vec()].concat();
        let public = [text(b"ssh-ed25519"), text(&[9; 32])].concat();
        let parts = [
            b"openssh-key-v1\0".to_vec(),
            text(b"aes256-ctr"),
            text(b"bcrypt"),
            text(&kdf),
            1_u32.to_be_bytes().to_vec(),
            text(&public),
            text(&[5; 144]),
        ];
        let base64 = STANDARD.encode(parts.concat());
        let lines: Vec<_> = base64.as_bytes().chunks(70).collect();
        let body = String::from_utf8(lines.join(&b'\n')).unwrap();
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n")
    }

    #[test]
    fn a_key_that_asks_for_work_without_end_is_refused_at_once() {
        let opened = |rounds| {
            let (identity, known) = (locked(rounds), ("known_hosts", "h ssh-ed25519 AAAA"));
            let pairs = [("identity", identity.as_str()), ("password", "p"), known];
            read("ssh://h/a", &pairs).map(|_| ()).unwrap_err()
        };
        assert_eq!(opened(1), CredentialsError::WrongPassword);
        assert_eq!(opened(u32::MAX), CredentialsError::Rounds(u32::MAX));
        assert_eq!(opened(257), CredentialsError::Rounds(257));
    }

    #[test]
    fn https_takes_basic_or_bearer() {
        let basic = read(
            "https://h",
            &[("username", "bob"), ("password", "hunter2\n")],
        )
        .unwrap();
        assert!(matches!(&basic, Credentials::Basic { username, password }
            if username == "bob" && password.as_str() == "hunter2"));
        let bearer = read("https://h", &[("bearerToken", "t0ken")]).unwrap();
        assert!(matches!(&bearer, Credentials::Bearer(token) if token.as_str() == "t0ken"));
        assert!(matches!(
            read("https://h", &[("ca.crt", "x")]),
            Ok(Credentials::None)
        ));
    }

    #[test]
    fn half_a_pair_or_both_ways_at_once_is_refused() {
        assert_eq!(
            read("https://h", &[("username", "bob")]).unwrap_err(),
            missing("username", "password")
        );
        let both = [("bearerToken", "t"), ("username", "u"), ("password", "p")];
        assert_eq!(
            read("https://h", &both).unwrap_err(),
            CredentialsError::Ambiguous
        );
        let split = [("bearerToken", "t\r\nEvil: header")];
        assert_eq!(
            read("https://h", &split).unwrap_err(),
            CredentialsError::NotText("bearerToken")
        );
    }

    #[test]
    fn ssh_without_known_hosts_is_refused_and_says_how_to_pin() {
        let error = read("ssh://h/a", &[("identity", "key")]).unwrap_err();
        assert!(error.to_string().contains("ssh-keyscan"), "{error}");
        let blank = [("identity", "key"), ("known_hosts", " \n")];
        assert_eq!(
            read("ssh://h/a", &blank).unwrap_err(),
            CredentialsError::NoKnownHosts
        );
        assert_eq!(
            read("ssh://h/a", &[]).unwrap_err(),
            CredentialsError::NoIdentity
        );
    }

    #[test]
    fn a_private_key_gets_back_its_last_line_break() {
        let pairs = [("identity", "key"), ("known_hosts", "h ssh-ed25519 AAAA")];
        let ssh = read("ssh://h/a", &pairs).unwrap();
        assert!(
            matches!(ssh, Credentials::Ssh { identity, .. } if identity.as_slice() == b"key\n")
        );
    }

    #[test]
    fn a_client_certificate_needs_its_key() {
        let alone = secret(&[("tls.crt", "x")]);
        assert_eq!(
            Tls::from_secret(&alone).unwrap_err(),
            missing("tls.crt", "tls.key")
        );
        let old = Tls::from_secret(&secret(&[("caFile", "pem")])).unwrap();
        assert_eq!(old.ca.as_deref(), Some(b"pem".as_slice()));
    }

    #[test]
    fn a_proxy_is_an_address_with_or_without_a_login() {
        let proxy = |pairs: &[(&str, &str)]| Proxy::from_secret(&secret(pairs));
        let address = ("address", "http://proxy:3128");
        assert!(proxy(&[address]).unwrap().login.is_none());
        let whole = proxy(&[address, ("username", "bob"), ("password", "hunter2")]).unwrap();
        assert!(!format!("{whole:?}").contains("hunter2"));
        assert_eq!(whole.password().unwrap().as_str(), "hunter2");
        assert_eq!(proxy(&[]).unwrap_err(), CredentialsError::NoProxyAddress);
        let half = proxy(&[address, ("username", "bob")]).unwrap_err();
        assert_eq!(half, missing("username", "password"));
        for bad in ["proxy:3128", "ftp://proxy", "http://bob:hunter2@proxy"] {
            let error = proxy(&[("address", bad)]).unwrap_err();
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let basic = read("https://h", &[("username", "bob"), ("password", "hunter2")]).unwrap();
        assert!(!format!("{basic:?}").contains("hunter2"));
    }
}
