//! What the operator says about the HTTP server.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::go_duration;
use crate::args::PeerArgs;

/// Limits of the HTTP server.
#[derive(Clone, Copy, Debug)]
pub struct HttpSettings {
    /// Answers a second for each caller of `/v1/verify` and `/v1/rotate`.
    pub rate: u32,
    /// More of them at once.
    pub burst: u32,
    /// Time to send a request.
    pub read: Duration,
    /// Time to take an answer.
    pub write: Duration,
    /// Whether `/v1/verify` and `/v1/rotate` want a Kubernetes token.
    pub require_token: bool,
}

impl HttpSettings {
    /// From the flags.
    ///
    /// # Errors
    /// A duration that cannot be read, with the flag's name.
    pub fn new(args: &PeerArgs, require_token: bool) -> Result<Self> {
        Ok(Self {
            rate: args.rate_limit.max(1),
            burst: args.rate_limit_burst,
            read: go_duration("read-timeout", &args.read_timeout)?,
            write: go_duration("write-timeout", &args.write_timeout)?,
            require_token,
        })
    }
}

/// With which certificate HTTP is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// File with the certificate and those that it is signed by, PEM.
    pub certificate: PathBuf,
    /// File with its private key, PEM.
    pub key: PathBuf,
    /// Whether plain requests are answered too.
    pub optional: bool,
}
