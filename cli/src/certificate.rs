//! The certificate to seal for: from a file, a URL or the cluster.

use std::time::Duration;

use signet_seal::Certificate;

use crate::error::{Context, Error, Result};
use crate::io;
use crate::online::Online;
use crate::settings::{CertificateSource, Target};

/// A certificate's text, where it is from, and the cluster if that was asked.
pub struct Found {
    /// PEM, as it was found.
    pub pem: Vec<u8>,
    /// For messages: a path, a URL, or the controller's place.
    pub origin: String,
    /// The connection, for whoever has another question.
    pub online: Option<Online>,
}

/// No certificate is longer; a page of HTML may be.
const LIMIT: u64 = 1 << 20;

/// Fetches the text; says nothing about what is in it.
///
/// # Errors
/// The file, the URL or the cluster does not give one.
pub fn fetch(source: &CertificateSource) -> Result<Found> {
    match source {
        CertificateSource::File(path) => {
            let input =
                io::read_file(path).map_err(|cause| cause.hint("--cert takes a file or a URL"))?;
            Ok(Found {
                pem: input.bytes.to_vec(),
                origin: input.name,
                online: None,
            })
        }
        CertificateSource::Url(url) => Ok(Found {
            pem: download(url)?,
            origin: shown(url),
            online: None,
        }),
        CertificateSource::Cluster(target) => ask(target),
    }
}

/// Reads the certificate out of what was fetched.
///
/// # Errors
/// It is no certificate with an RSA key; names where it is from.
pub fn parse(found: &Found) -> Result<Certificate> {
    Certificate::from_pem(&found.pem).at(&found.origin)
}

fn ask(target: &Target) -> Result<Found> {
    let online = Online::connect(target)?;
    match online.published() {
        Ok(published) => Ok(place(target, published.pem, online)),
        Err(cause) if target.or_signet => {
            let signet = target.signet();
            let online = Online::connect(&signet)?;
            // Neither place answers: what was asked for is what the message is about.
            let published = online.published().map_err(|_| cause)?;
            Ok(place(&signet, published.pem, online))
        }
        Err(cause) => Err(cause),
    }
}

fn place(target: &Target, pem: Vec<u8>, online: Online) -> Found {
    let origin = format!("certificate of {}/{}", target.namespace, target.service);
    Found {
        pem,
        origin,
        online: Some(online),
    }
}

fn download(url: &str) -> Result<Vec<u8>> {
    use std::io::Read;
    let place = shown(url);
    let client = reqwest::blocking::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()
        .at(&place)?;
    // The error's own text repeats the URL, which may hold a password.
    let answer = client
        .get(url)
        .send()
        .map_err(|cause| Error::new(whole(&cause.without_url())))
        .at(format!("cannot fetch {place:?}"))?;
    if !answer.status().is_success() {
        return Err(Error::new(format!(
            "cannot fetch {place:?}: {}",
            answer.status()
        )));
    }
    let mut pem = Vec::new();
    answer
        .take(LIMIT)
        .read_to_end(&mut pem)
        .at(format!("cannot fetch {place:?}"))?;
    Ok(pem)
}

/// An error with what caused it: that a certificate is not trusted stands at the very bottom.
fn whole(error: &dyn std::error::Error) -> String {
    let below = std::iter::successors(error.source(), |cause| cause.source());
    below.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// A URL without what may be secret in it: user, password, query.
fn shown(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) => {
            let cleared = parsed
                .set_username("")
                .and_then(|()| parsed.set_password(None));
            parsed.set_query(None);
            if cleared.is_ok() {
                parsed.to_string()
            } else {
                parsed.scheme().to_owned()
            }
        }
        Err(_) => "a URL that cannot be read".to_owned(),
    }
}
