//! The controller behind the API server's service proxy, asked as the peer asks: its Service tells
//! the name of the port, and then each question is a request of its own.

use std::fmt::Display;

use signet_cluster::ApiError;

use super::options::Options;
use crate::error::{Error, Result};
use crate::online::Online;
use crate::settings::Target;

/// A controller that was found.
pub struct Controller {
    online: Online,
    place: Target,
    port: String,
}

impl Controller {
    /// Connects and looks for the Service: the one that is named, else kubeseal's usual one, else
    /// Signet's.
    ///
    /// # Errors
    /// No way to the cluster, or no such Service; with the peer's words.
    pub fn find(options: &Options<'_>) -> Result<Self> {
        let target = options.target()?;
        let online = Online::connect(&target)?;
        let cause = match online.port_of(&target.namespace, &target.service) {
            Ok(Some(port)) => {
                return Ok(Self {
                    online,
                    place: target,
                    port,
                });
            }
            Ok(None) => format!("services {:?} not found", target.service),
            Err(cause) => said(&cause),
        };
        if target.or_signet {
            let place = target.signet();
            if let Ok(Some(port)) = online.port_of(&place.namespace, &place.service) {
                return Ok(Self {
                    online,
                    place,
                    port,
                });
            }
        }
        Err(not_found(&cause))
    }

    /// Where it was found, for messages.
    pub fn place(&self) -> String {
        format!("{}/{}", self.place.namespace, self.place.service)
    }

    /// The newest certificate, PEM.
    ///
    /// # Errors
    /// It does not answer; the sentence begins as the peer's does.
    pub fn certificate(&self) -> Result<Vec<u8>> {
        let accept = [("accept", "application/x-pem-file, */*")];
        match self.ask("GET", "/v1/cert.pem", &accept, Vec::new()) {
            Ok((200, pem)) => Ok(pem),
            Ok((code, _)) => Err(format!("the controller answered {code}")),
            Err(cause) => Err(said(&cause)),
        }
        .map_err(|cause| Error::new(format!("cannot fetch certificate: {cause}")))
    }

    /// Sends a SealedSecret, JSON, to one of the two paths that take one.
    ///
    /// # Errors
    /// The API server cannot be reached or does not let you.
    pub fn post(&self, path: &str, body: Vec<u8>) -> Result<(u16, Vec<u8>), ApiError> {
        self.ask("POST", path, &[], body)
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), ApiError> {
        let service = (
            self.place.namespace.as_str(),
            self.place.service.as_str(),
            self.port.as_str(),
        );
        self.online.service(method, service, path, headers, body)
    }
}

/// The certificate where the controller publishes it for those who cannot reach the Service: in the
/// ConfigMap of the place that was named, or of Signet's.
pub fn published(options: &Options<'_>) -> Option<(Vec<u8>, String)> {
    let target = options.target().ok()?;
    let mut places = vec![target.clone()];
    places.extend(target.or_signet.then(|| target.signet()));
    places.into_iter().find_map(|place| {
        let found = Online::connect(&place).ok()?.config_map().ok()??;
        let origin = format!("certificate of {}/{}", place.namespace, place.service);
        Some((found.pem, origin))
    })
}

/// What the server said, without its code: so the peer repeats it.
pub fn said(cause: &ApiError) -> String {
    if cause.code == 0 {
        cause.to_string()
    } else {
        cause.message.clone()
    }
}

/// An answer of another status than the one hoped for.
pub fn refused(code: u16, body: &[u8]) -> String {
    let text = std::str::from_utf8(body).unwrap_or_default().trim();
    let short = !text.is_empty() && text.len() < 200 && !text.starts_with('<');
    let words = if short {
        format!(": {text}")
    } else {
        String::new()
    };
    let hint = if code == 401 {
        "; it answers only callers with a token of their own: use `signet rotate`"
    } else {
        ""
    };
    format!("the controller answered {code}{words}{hint}")
}

fn not_found(cause: impl Display) -> Error {
    Error::new(format!(
        "cannot get sealed secret service: {cause}.\n\
         Please, use the flag --controller-name and --controller-namespace to set up the name and \
         namespace of the sealed secrets controller"
    ))
}
