//! What the operator says about sealing keys.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

use super::go_duration;
use crate::args::{KeyOrder, PeerArgs};

/// Longest prefix that leaves room for what the API server appends.
const LONGEST_PREFIX: usize = 245;

/// How sealing keys are found and made.
#[derive(Clone, Debug)]
pub struct KeySettings {
    /// Names of key Secrets begin so.
    pub prefix: String,
    /// What says which key is the newest.
    pub order: KeyOrder,
    /// Size of a new key.
    pub bits: usize,
    /// How long its certificate may be sealed for.
    pub ttl: SignedDuration,
    /// `CN` of its certificate.
    pub common_name: String,
    /// Further labels of new key Secrets.
    pub labels: BTreeMap<String, String>,
    /// Annotations of new key Secrets.
    pub annotations: BTreeMap<String, String>,
    /// A newest key from before this time is replaced.
    pub cutoff: Option<Timestamp>,
    /// Age at which a new key is made; `None` never.
    pub renew_period: Option<Duration>,
}

impl KeySettings {
    /// From the flags.
    ///
    /// # Errors
    /// What cannot be read, with the flag's name.
    pub fn new(args: &PeerArgs, renew_period: &str) -> Result<Self> {
        let period = go_duration("key-renew-period", renew_period)?;
        let ttl = go_duration("key-ttl", &args.key_ttl)?;
        if ![2048, 3072, 4096, 8192].contains(&args.key_size) {
            bail!(
                "--key-size: {} is none of 2048, 3072, 4096, 8192",
                args.key_size
            );
        }
        Ok(Self {
            prefix: prefix(&args.key_prefix)?,
            order: args.key_order_priority,
            bits: args.key_size,
            ttl: SignedDuration::try_from(ttl).context("--key-ttl")?,
            common_name: args.my_cn.clone(),
            labels: pairs("privatekey-labels", &args.privatekey_labels)?,
            annotations: pairs("privatekey-annotations", &args.privatekey_annotations)?,
            cutoff: cutoff(&args.key_cutoff_time)?,
            renew_period: (!period.is_zero()).then_some(period),
        })
    }
}

fn prefix(text: &str) -> Result<String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || text.len() > LONGEST_PREFIX || !text.chars().all(allowed) {
        bail!("--key-prefix: write up to {LONGEST_PREFIX} of a-z, 0-9 and -");
    }
    Ok(text.to_owned())
}

fn cutoff(text: &str) -> Result<Option<Timestamp>> {
    if text.is_empty() {
        return Ok(None);
    }
    let time = rfc2822::DateTimeParser::new().parse_timestamp(text);
    let time = time.with_context(|| {
        format!("--key-cutoff-time: {text} is no time such as `date -R` prints")
    })?;
    Ok(Some(time))
}

fn pairs(flag: &str, text: &str) -> Result<BTreeMap<String, String>> {
    let parts = text.split(',').map(str::trim);
    let pair = |part: &str| match part.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => bail!("--{flag}: {part} is not of the form key=value"),
    };
    parts.filter(|part| !part.is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    #[test]
    fn pairs_are_read_and_half_a_pair_is_refused() {
        let read = pairs("privatekey-labels", "a=b, c=d=e,").unwrap();
        assert_eq!(
            read,
            [("a", "b"), ("c", "d=e")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into()
        );
        for text in ["a", "=b"] {
            assert!(pairs("privatekey-labels", text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_cutoff_is_what_date_prints() {
        let time = cutoff("Tue, 24 Nov 2026 04:22:13 +0100").unwrap().unwrap();
        assert_eq!(time.to_string(), "2026-11-24T03:22:13Z");
        assert!(cutoff("2026-11-24").is_err());
    }
}
