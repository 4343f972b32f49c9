//! Who opens the items: a key backup here, or the controller there.

use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use signet_api::names;
use signet_api::reseal::{self, Answer};
use signet_seal::rotation::{self, Resealed};
use signet_seal::{Fingerprint, Keyring, Sealer};
use zeroize::Zeroizing;

use super::sealed::Sealed;
use crate::error::{Context, Error, Result};
use crate::io;
use crate::online::Online;
use crate::settings::Target;

/// A way to move items to the newest key.
pub enum Opening {
    /// With private keys at hand.
    Keys {
        /// What opens.
        ring: Keyring,
        /// What seals anew.
        sealer: Box<dyn Sealer>,
    },
    /// By asking the controller, who answers with ciphertext only.
    Controller(Box<Remote>),
}

impl Opening {
    /// Moves what is not on the newest key. The inner result is about this SealedSecret alone.
    ///
    /// # Errors
    /// What no other SealedSecret would get past either.
    pub fn reseal(
        &self,
        sealed: &Sealed<'_>,
        rng: &mut ChaCha20Rng,
    ) -> Result<Result<Resealed, String>> {
        match self {
            Self::Keys { ring, sealer } => {
                Ok(Ok(rotation::reseal(&sealed.object, ring, &**sealer, rng)))
            }
            Self::Controller(remote) => remote.reseal(sealed),
        }
    }
}

/// The controller, and who we are to it.
pub struct Remote {
    online: Online,
    url: Option<(String, reqwest::blocking::Client)>,
    token: Zeroizing<String>,
    newest: Fingerprint,
}

impl Remote {
    /// Prepares to ask; `url` avoids the API server. The kubeconfig's token says who asks.
    ///
    /// # Errors
    /// No kubeconfig, or one without a token.
    pub fn new(target: &Target, url: Option<String>, newest: Fingerprint) -> Result<Self> {
        let online = Online::connect(target)?;
        let token = online.token().ok_or_else(|| {
            Error::new("the kubeconfig holds no token, and the controller re-seals only for callers it can tell apart")
                .hint("make one: kubectl create token NAME, and put it into the kubeconfig's user")
                .hint("or open the items here, with --key-backup FILE")
        })?;
        let url = url
            .map(|url| client().map(|client| (url, client)))
            .transpose()?;
        if let Some((url, _)) = &url
            && is_open_to_others(url)
        {
            io::warn(
                "the controller's URL is plain http beyond this machine: the token can be read on the way",
            );
        }
        Ok(Self {
            online,
            url,
            token,
            newest,
        })
    }

    fn reseal(&self, sealed: &Sealed<'_>) -> Result<Result<Resealed, String>> {
        let body = serde_json::to_vec(&sealed.object).at("SealedSecret")?;
        let (code, answer) = self.post(body)?;
        match code {
            200 => self.understand(&answer).map(Ok),
            403 | 413 | 422 => Ok(Err(refusal(code, &answer))),
            401 => Err(Error::new(format!(
                "the controller does not know you: {}",
                refusal(code, &answer)
            ))
            .hint("is the kubeconfig's token still valid?")),
            other => Err(Error::new(format!(
                "the controller cannot re-seal: {}",
                refusal(other, &answer)
            ))),
        }
    }

    fn post(&self, body: Vec<u8>) -> Result<(u16, Vec<u8>)> {
        let Some((url, client)) = &self.url else {
            let headers = [
                (names::TOKEN_HEADER, self.token.as_str()),
                ("content-type", "application/json"),
            ];
            return self
                .online
                .controller("POST", reseal::PATH, &headers, body)
                .at("cannot reach the controller");
        };
        let request = client
            .post(format!("{}{}", url.trim_end_matches('/'), reseal::PATH))
            .header(names::TOKEN_HEADER, self.token.as_str())
            .header("content-type", "application/json");
        let answer = request
            .body(body)
            .send()
            .map_err(reqwest::Error::without_url)
            .at("cannot reach the controller")?;
        let code = answer.status().as_u16();
        let bytes = answer
            .bytes()
            .map_err(reqwest::Error::without_url)
            .at("cannot reach the controller")?;
        Ok((code, bytes.to_vec()))
    }

    fn understand(&self, answer: &[u8]) -> Result<Resealed> {
        let answer: Answer = serde_json::from_slice(answer).at("the controller's answer")?;
        if answer.sealed_for != self.newest.to_string() {
            return Err(Error::new(format!(
                "the controller seals for {}, not for {}",
                answer.sealed_for, self.newest
            ))
            .hint("run it again without --cert to take the controller's own certificate"));
        }
        Ok(Resealed {
            items: answer.encrypted_data,
            note: Some(answer.sealed_for),
            ..Resealed::default()
        })
    }
}

/// Follows no redirect: the token is for this address and no other.
fn client() -> Result<reqwest::blocking::Client> {
    let builder = reqwest::blocking::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder
        .timeout(Duration::from_secs(60))
        .build()
        .at("--controller-url")
}

fn is_open_to_others(url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else {
        return false;
    };
    let here = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && !here
}

/// The controller's own sentence. Something else may answer in its place, such as a proxy with a
/// page of HTML: of that only the status is told.
fn refusal(code: u16, answer: &[u8]) -> String {
    match std::str::from_utf8(answer).map(str::trim) {
        Ok(text) if !text.is_empty() && text.len() < 200 && !text.starts_with('<') => {
            text.to_owned()
        }
        _ => format!("it answered {code}"),
    }
}
