//! What is wrong with a Secret: the key at fault and what to add, never a value.

use super::identity::MOST_ROUNDS;

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
