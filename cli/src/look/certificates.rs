//! Items held against certificates: can whoever has the private halves open them? What can be known
//! of that without a private key, such as in CI.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;
use signet_seal::{Certificate, Life};

use super::items::BLOB;
use super::{Finding, Item, Looked};
use crate::certificate;
use crate::error::Result;
use crate::settings::CertificateSource;

/// The certificates that were given.
pub struct Certificates(Vec<(String, Certificate)>);

/// One of them, for the report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Given {
    /// Where it is from.
    pub origin: String,
    /// Its key.
    pub fingerprint: String,
    /// Size of that key.
    pub bits: usize,
    /// Last moment it may be sealed for.
    pub not_after: String,
    /// What is to be said of its age.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

impl Certificates {
    /// Reads them.
    ///
    /// # Errors
    /// A file that is none, by name.
    pub fn read(files: &[PathBuf]) -> Result<Self> {
        let read = |file: &PathBuf| {
            let found = certificate::fetch(&CertificateSource::File(file.clone()))?;
            Ok((found.origin.clone(), certificate::parse(&found)?))
        };
        files.iter().map(read).collect::<Result<_>>().map(Self)
    }

    /// Each with what is to be said of its age at `now`.
    pub fn given(&self, now: Timestamp) -> Vec<Given> {
        let given = |(origin, certificate): &(String, Certificate)| Given {
            origin: origin.clone(),
            fingerprint: certificate.fingerprint().to_string(),
            bits: bits(certificate),
            not_after: certificate.not_after().to_string(),
            warning: age(certificate, now),
        };
        self.0.iter().map(given).collect()
    }

    /// Holds every item of `looked` against them, if there are any.
    pub fn compare(&self, looked: &mut Looked) {
        if self.0.is_empty() {
            return;
        }
        let found = looked.items.iter().filter_map(|item| self.finding(item));
        let found: Vec<_> = found.collect();
        looked.findings.extend(found);
    }

    fn finding(&self, item: &Item) -> Option<Finding> {
        let bits_here = item.key_bits?;
        let fits = self
            .0
            .iter()
            .any(|(_, certificate)| bits(certificate) == bits_here);
        let path: &[&str] = match item.key.as_str() {
            BLOB => &["spec", "data"],
            key => &["spec", "encryptedData", key],
        };
        let key = &item.key;
        let error = |message| Some(Finding::error("other-key", path, message));
        let Some(noted) = &item.sealed_for else {
            let message = format!(
                "{key}: sealed for a key of {bits_here} bits, and no certificate given has one"
            );
            return if fits { None } else { error(message) };
        };
        let named = self
            .0
            .iter()
            .find(|(_, certificate)| certificate.fingerprint() == noted);
        match named {
            None => error(format!(
                "{key}: sealed for {noted}, which no certificate given is for"
            )),
            Some((_, certificate)) if bits(certificate) == bits_here => None,
            Some((origin, certificate)) => error(format!(
                "{key}: noted as sealed for {noted}, which has {} bits ({origin}), and sealed for a \
                 key of {bits_here} bits",
                bits(certificate)
            )),
        }
    }
}

fn bits(certificate: &Certificate) -> usize {
    certificate.modulus_length() * 8
}

fn age(certificate: &Certificate, now: Timestamp) -> Option<String> {
    let last = certificate.not_after();
    match certificate.life(now) {
        Life::Fresh => None,
        Life::Late => Some(format!(
            "it may be sealed for until {last} only, and four fifths of its life are over; fetch a \
             newer one with `signet cert`, or ask for one with `signet cert --new`"
        )),
        Life::Over => Some(format!(
            "it has expired on {last}: nothing can be sealed for it any more; what was sealed before still opens"
        )),
    }
}
