//! Which hosts are spoken to at all (T6).
//!
//! Whoever may write a GitRepository chooses where the controller connects to. Link-local
//! addresses, where clouds serve the credentials of machines, are never one of them, however they
//! are written or resolved; and an administrator may name the only hosts there are.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::address::UrlError;

/// The hosts that sources may be fetched from.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Names, or endings that begin with `*.`; all hosts if empty.
    hosts: Arc<[String]>,
}

impl Reach {
    /// Only these: whole names, or `*.example.com` for what lies below one. All if there is none.
    pub fn only(hosts: impl IntoIterator<Item = String>) -> Self {
        let hosts = hosts.into_iter().map(|host| host.to_lowercase()).collect();
        Self { hosts }
    }

    /// Whether the host of `url` may be spoken to, as far as its text says.
    pub(crate) fn check(&self, url: &Url) -> Result<(), UrlError> {
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        self.check_host(url.host_str().unwrap_or_default(), literal)
    }

    /// As [`Reach::check`], of a host by itself.
    pub(crate) fn check_host(&self, host: &str, literal: Option<IpAddr>) -> Result<(), UrlError> {
        let host = host.trim_end_matches('.').to_lowercase();
        let named = |one: &String| match one.strip_prefix("*.") {
            Some(above) => host
                .strip_suffix(above)
                .is_some_and(|below| below.ends_with('.')),
            None => *one == host,
        };
        if !self.hosts.is_empty() && !self.hosts.iter().any(named) {
            return Err(UrlError::HostNotAllowed(host));
        }
        match literal {
            Some(address) if is_refused(address) => Err(UrlError::LinkLocal),
            _ => Ok(()),
        }
    }
}

/// Addresses at which no Git server is: link-local ones, all that mean "here" or "everybody", and
/// the one that a large cloud serves credentials at over IPv6.
fn is_refused(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_link_local() || v4.is_unspecified() || v4.is_broadcast() || v4.is_multicast()
        }
        IpAddr::V6(v6) => {
            let metadata = v6.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254];
            v6.is_unicast_link_local() || v6.is_unspecified() || v6.is_multicast() || metadata
        }
    }
}

/// Resolves a name and refuses it if any of its addresses is; the connection is made to what was
/// looked at, so that a second answer cannot say otherwise.
pub(crate) fn resolved(host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    let found: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
    if found.iter().any(|address| is_refused(address.ip())) {
        return Err(std::io::Error::other(UrlError::LinkLocal));
    }
    Ok(found)
}

/// For the HTTP client: every name it connects to goes through [`resolved`].
pub(crate) struct Checked;

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || resolved(&host, 0)).await??;
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

    use super::*;

    fn check(reach: &Reach, url: &str) -> Result<(), UrlError> {
        reach.check(&Url::parse(url).unwrap())
    }

    #[test]
    fn link_local_addresses_are_refused_however_they_are_written() {
        let all = Reach::default();
        for hidden in [
            "http://169.254.169.254/latest/meta-data",
            "http://2852039166/a",
            "http://0xa9fea9fe/a",
            "http://0251.0376.0251.0376/a",
            "http://[::ffff:169.254.169.254]/a",
            "http://[fe80::1]/a",
            "http://[fd00:ec2::254]/a",
            "http://0.0.0.0/a",
            "http://[::]/a",
        ] {
            assert_eq!(check(&all, hidden), Err(UrlError::LinkLocal), "{hidden}");
        }
        for usual in [
            "https://github.com/a",
            "http://10.0.0.1/a",
            "http://127.0.0.1:8080/a",
        ] {
            assert_eq!(check(&all, usual), Ok(()), "{usual}");
        }
        assert!(resolved("169.254.169.254", 80).is_err());
        assert!(resolved("127.0.0.1", 80).is_ok());
    }

    #[test]
    fn where_hosts_are_named_no_other_is_spoken_to() {
        let some = Reach::only(["git.example".to_owned(), "*.Corp.example".to_owned()]);
        for inside in [
            "https://git.example/a",
            "https://GIT.example./a",
            "ssh://git@x.y.corp.example/a",
        ] {
            assert_eq!(check(&some, inside), Ok(()), "{inside}");
        }
        for outside in [
            "https://corp.example/a",
            "https://evilcorp.example/a",
            "https://git.example.evil/a",
            "http://10.0.0.1/a",
        ] {
            assert!(
                matches!(check(&some, outside), Err(UrlError::HostNotAllowed(_))),
                "{outside}"
            );
        }
    }
}
