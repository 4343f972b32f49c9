//! The certificate, from wherever `--cert` says, and `--fetch-cert`.

use std::path::Path;

use jiff::Timestamp;
use signet_seal::Certificate;

use super::controller::{self, Controller};
use super::files;
use super::options::Options;
use crate::certificate::{self, Found};
use crate::error::{Error, Result};

/// Fetches the text; says nothing about what is in it.
///
/// # Errors
/// The file, the URL or the cluster does not give one.
pub fn certificate(options: &Options<'_>) -> Result<Found> {
    match options.cert {
        Some(cert) => named(cert, options),
        None => from_cluster(options),
    }
}

fn named(cert: &str, options: &Options<'_>) -> Result<Found> {
    let scheme = scheme(cert);
    let pem = match scheme.as_deref() {
        None => return file(Path::new(cert)),
        Some("http" | "https") => certificate::download(cert, &options.environment().proxies)?,
        Some("file") => return file_url(cert),
        Some(other) => {
            return Err(Error::new(format!(
                "cannot fetch {:?}: unsupported protocol scheme {other:?}",
                certificate::shown(cert)
            )));
        }
    };
    Ok(Found {
        pem,
        origin: certificate::shown(cert),
        online: None,
    })
}

/// The certificate that was found, if it may still seal.
///
/// # Errors
/// It is none, or past its last day; in the peer's words alone.
pub fn usable(found: &Found, now: Timestamp) -> Result<Certificate> {
    let from = || format!("it was read from {}", found.origin);
    let certificate = Certificate::from_pem(&found.pem);
    let certificate = certificate.map_err(|cause| Error::new(cause).hint(from()))?;
    certificate.check(now).map_err(|cause| {
        let newest = "without --cert, --fetch-cert prints the newest that the cluster has";
        Error::new(cause).hint(from()).hint(newest)
    })?;
    Ok(certificate)
}

/// What stands before the colon of a URL, in small letters. One letter is a drive of Windows.
fn scheme(cert: &str) -> Option<String> {
    let (scheme, _) = cert.split_once(':')?;
    let mut letters = scheme.chars();
    let first = letters.next().is_some_and(|c| c.is_ascii_alphabetic());
    let others = letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    (first && others && scheme.len() > 1).then(|| scheme.to_ascii_lowercase())
}

fn file(path: &Path) -> Result<Found> {
    let input = files::read_file(path)?;
    Ok(Found {
        pem: input.bytes.to_vec(),
        origin: input.name,
        online: None,
    })
}

fn file_url(cert: &str) -> Result<Found> {
    let refused = |cause: &str| Error::new(format!("cannot fetch {cert:?}: {cause}"));
    let url = url::Url::parse(cert).map_err(|cause| refused(&cause.to_string()))?;
    let local = "it names another host, or no path; a file of this machine is file:///path";
    let path = url.to_file_path().map_err(|()| refused(local))?;
    if !path.exists() {
        return Err(refused("404 Not Found"));
    }
    file(&path).map_err(|cause| refused(cause.message()))
}

/// From the controller's HTTP server as the peer does; where that is closed, from its ConfigMap.
fn from_cluster(options: &Options<'_>) -> Result<Found> {
    let asked = Controller::find(options).and_then(|controller| {
        let pem = controller.certificate()?;
        Ok((pem, format!("certificate of {}", controller.place())))
    });
    let found = match asked {
        Ok(found) => found,
        Err(cause) => controller::published(options)
            .ok_or_else(|| cause.hint("--cert FILE seals without a cluster"))?,
    };
    let (pem, origin) = found;
    Ok(Found {
        pem,
        origin,
        online: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_told_from_a_path() {
        for (cert, found) in [
            ("cert.pem", None),
            ("./a:b", None),
            ("C:\\cert.pem", None),
            ("c:cert.pem", None),
            ("1a:b", None),
            ("HTTPS://host/a", Some("https")),
            ("file:///a", Some("file")),
            ("s3://bucket/a", Some("s3")),
            ("my:cert", Some("my")),
        ] {
            assert_eq!(scheme(cert).as_deref(), found, "{cert}");
        }
    }
}
