//! Which URLs a source may name, and how they print: without userinfo, query or fragment.
//!
//! Only `http`, `https` and `ssh` are spoken. `file:`, `git:`, `ext::` and the like are refused
//! here, before anything is started, and so is every part that could be read as an option.

use std::fmt;

use url::{Host, Url};

/// A URL that may be fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// Smart HTTP, with or without TLS.
    Http(HttpAddress),
    /// Through the `ssh` program.
    Ssh(SshAddress),
}

/// An `http` or `https` repository; the URL carries no userinfo, query or fragment.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HttpAddress {
    pub(crate) url: Url,
}

/// An `ssh` repository, each part free of anything `ssh` could take for an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SshAddress {
    pub(crate) user: Option<String>,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) path: String,
}

/// Why a URL is not fetched from. No message holds the URL: it may carry a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It does not parse as a URL.
    #[error(
        "the URL is not valid ({0}): write https://host/path, http://host/path or ssh://user@host/path"
    )]
    Invalid(String),
    /// A scheme that is not spoken.
    #[error("the URL scheme {0:?} is not supported: use https, http or ssh")]
    Scheme(String),
    /// There is no host.
    #[error("the URL names no host")]
    NoHost,
    /// A password or token inside the URL would stand in plain text in the cluster.
    #[error("the URL contains a password: put it into a Secret and name that in spec.secretRef")]
    Password,
    /// Repositories are named by path alone.
    #[error("the URL has a query or a fragment: a repository is named by its path alone")]
    Query,
    /// A part that a program could take for an option.
    #[error("the {0} in the URL begins with \"-\" and could be taken for an option")]
    Option(&'static str),
    /// The host is not among those that an administrator allows.
    #[error("the host {0:?} is not among those that --source-hosts of the controller allows")]
    HostNotAllowed(String),
    /// Where clouds serve the credentials of machines.
    #[error(
        "the host is a link-local, unspecified or multicast address: no source is fetched from there"
    )]
    LinkLocal,
    /// Control characters, quotes or spaces where none belong.
    #[error("the {0} in the URL holds a character that is not allowed there")]
    Character(&'static str),
}

impl Address {
    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// [`UrlError`] with the reason; its text never repeats the URL.
    pub(crate) fn parse(text: &str) -> Result<Self, UrlError> {
        let url = Url::parse(text).map_err(|error| UrlError::Invalid(error.to_string()))?;
        match url.scheme() {
            "http" | "https" => http(url).map(Address::Http),
            "ssh" => ssh(&url).map(Address::Ssh),
            other => Err(UrlError::Scheme(other.to_owned())),
        }
    }
}

/// An HTTP repository: the user name is dropped (it is said by the Secret), the rest must be bare.
fn http(mut url: Url) -> Result<HttpAddress, UrlError> {
    bare(&url)?;
    url.host().ok_or(UrlError::NoHost)?;
    url.set_username("").map_err(|()| UrlError::NoHost)?;
    Ok(HttpAddress { url })
}

/// An SSH repository. `ssh` gets user, host and path as arguments, so each is held to plain text.
fn ssh(url: &Url) -> Result<SshAddress, UrlError> {
    bare(url)?;
    let host = match url.host().ok_or(UrlError::NoHost)? {
        Host::Ipv6(address) => address.to_string(),
        other => other.to_string(),
    };
    let user = Some(decoded(url.username(), "user")?).filter(|user| !user.is_empty());
    // Behind an escaped slash a URL hides names, `..` among them, from whoever reads it.
    if url.path().to_ascii_lowercase().contains("%2f") {
        return Err(UrlError::Character("path"));
    }
    let path = decoded(url.path(), "path")?;
    plain(&host, "host", ".-_:")?;
    plain(user.as_deref().unwrap_or_default(), "user", ".-_+@")?;
    plain(path.trim_start_matches('/'), "path", "/.-_~+@=,:%()[] ")?;
    Ok(SshAddress {
        user,
        host,
        port: url.port(),
        path: home_relative(path),
    })
}

/// `ssh://host/~user/x` means a path in that user's home, which the server's shell expands.
fn home_relative(path: String) -> String {
    match path.strip_prefix('/') {
        Some(rest) if rest.starts_with('~') => rest.to_owned(),
        _ => path,
    }
}

fn bare(url: &Url) -> Result<(), UrlError> {
    if url.password().is_some() {
        return Err(UrlError::Password);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(UrlError::Query);
    }
    Ok(())
}

/// Percent-escapes are resolved before the checks, so that none can hide a character from them.
fn decoded(text: &str, part: &'static str) -> Result<String, UrlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escape = (*first == b'%')
            .then(|| tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten();
        let escape = escape.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(escape.unwrap_or(*first));
        rest = if escape.is_some() {
            tail.get(2..).unwrap_or_default()
        } else {
            tail
        };
    }
    String::from_utf8(bytes).map_err(|_| UrlError::Character(part))
}

/// Letters, digits and `also` only, and no `-` in front.
fn plain(text: &str, part: &'static str, also: &str) -> Result<(), UrlError> {
    if text.starts_with('-') {
        return Err(UrlError::Option(part));
    }
    let fits = |c: char| c.is_alphanumeric() || also.contains(c);
    if text.chars().all(fits) {
        Ok(())
    } else {
        Err(UrlError::Character(part))
    }
}

impl HttpAddress {
    /// Scheme, host and port: what credentials are bound to.
    pub(crate) fn origin(&self) -> url::Origin {
        self.url.origin()
    }
}

impl fmt::Debug for HttpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpAddress({self})")
    }
}

impl fmt::Display for HttpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str())
    }
}

impl fmt::Display for SshAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ssh://")?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        // As it is written in a URL: the slash before `~` is not part of the path; a `%` that is
        // would be read as an escape, and a blank at the end be lost.
        let slash = if self.path.starts_with('~') { "/" } else { "" };
        let path = self.path.replace('%', "%25").replace(' ', "%20");
        write!(f, "{slash}{path}")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(address) => address.fmt(f),
            Self::Ssh(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // a failed unwrap is the failed test

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_three_schemes_are_read() {
        let shown = |text: &str| Address::parse(text).unwrap().to_string();
        assert_eq!(shown("https://host/a/b.git"), "https://host/a/b.git");
        assert_eq!(shown("http://host:8080/a"), "http://host:8080/a");
        assert_eq!(
            shown("ssh://git@host:2222/a.git"),
            "ssh://git@host:2222/a.git"
        );
    }

    #[test]
    fn a_path_in_a_home_directory_loses_its_slash() {
        let Address::Ssh(address) = Address::parse("ssh://git@host/~ops/a").unwrap() else {
            panic!("an ssh address")
        };
        assert_eq!(address.path, "~ops/a");
    }

    #[test]
    fn what_is_shown_reads_as_the_same_address() {
        for text in [
            "ssh://git@host/~ops/a",
            "ssh://git@[::1]:2222/a.git",
            "ssh://host/50%25/a%20",
            "ssh://host",
            "http://[::1]:8080/a",
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(Address::parse(&address.to_string()), Ok(address));
        }
    }

    #[test]
    fn what_could_start_a_program_or_become_an_option_is_refused() {
        for hostile in [
            "ssh://-oProxyCommand=touch%20x/a",
            "ssh://git@-oProxyCommand=x/a",
            "ssh://-F@host/a",
            "ssh://%2DF@host/a",
            "-Fx@h:a",
            "git@host:a",
            "ext::sh -c touch% x",
            "file:///etc",
            "git://host/a",
            "/etc",
            "ssh://host/-x",
            "ssh://host/%2Dx",
            "ssh://host/a'b",
            "ssh://host/a%00b",
            "ssh://host/a%0Ab",
            "ssh://host/a/..%2F..%2fb",
            "ssh://ho%20st/a",
            "ssh:///a",
            "http://",
        ] {
            assert!(Address::parse(hostile).is_err(), "{hostile}");
        }
    }

    #[test]
    fn secrets_in_a_url_are_refused_and_not_repeated() {
        let error = Address::parse("https://bob:hunter2@host/a").unwrap_err();
        assert_eq!(error, UrlError::Password);
        let shown = Address::parse("https://ghp_token@host/a").unwrap();
        assert!(!format!("{shown} {shown:?}").contains("ghp_token"));
    }

    proptest! {
        #[test]
        fn no_text_shows_userinfo_or_query(user in "[a-z]{9}", password in "[a-z]{9}", query in "[a-z]{9}") {
            for text in [
                format!("https://{user}:{password}@h/p"),
                format!("https://h/p?{query}"),
                format!("https://{user}@h/p"),
                format!("ssh://u:{password}@h/p"),
            ] {
                let shown = match Address::parse(&text) {
                    Ok(address) => format!("{address} {address:?}"),
                    Err(error) => format!("{error} {error:?}"),
                };
                for secret in [&user, &password, &query] {
                    prop_assert!(!shown.contains(secret.as_str()), "{}", shown);
                }
            }
        }
    }
}
