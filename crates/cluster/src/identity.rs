//! Whom a request is made as. An identity cannot be empty, and can only be a service account:
//! there is no way to write `system:masters` here, and none to fall back to our own rights.

use http::HeaderValue;

/// A service account to act as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    user: HeaderValue,
}

/// A namespace or a name that no service account can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no service account can be called {name:?} in namespace {namespace:?}: both must be DNS names and neither may be empty"
)]
pub struct BadIdentity {
    namespace: String,
    name: String,
}

impl Identity {
    /// The service account `name` of `namespace`.
    ///
    /// # Errors
    /// If either is empty or no DNS name: such an identity could be read by the server as somebody
    /// else, or as nobody, which means as ourselves.
    pub fn service_account(namespace: &str, name: &str) -> Result<Self, BadIdentity> {
        let bad = || BadIdentity {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        if !is_dns_name(namespace) || !is_dns_name(name) {
            return Err(bad());
        }
        let user = format!("system:serviceaccount:{namespace}:{name}");
        HeaderValue::try_from(user)
            .map(|user| Self { user })
            .map_err(|_| bad())
    }

    /// The value of the `Impersonate-User` header. Groups are left to the server, which adds a
    /// service account's own and no others.
    pub(crate) fn header(&self) -> HeaderValue {
        self.user.clone()
    }
}

/// RFC 1123: lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit.
fn is_dns_name(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = |b: Option<&u8>| b.is_some_and(|b| alphanumeric(*b));
    let bytes = text.as_bytes();
    bytes.len() <= 253
        && ends(bytes.first())
        && ends(bytes.last())
        && bytes
            .iter()
            .all(|b| alphanumeric(*b) || matches!(b, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_is_named_in_full() {
        let header = Identity::service_account("team-a", "deployer").map(|i| i.header());
        assert_eq!(
            header,
            Ok(HeaderValue::from_static(
                "system:serviceaccount:team-a:deployer"
            ))
        );
    }

    #[test]
    fn nobody_and_everybody_are_refused() {
        for name in [
            "",
            " ",
            "\t",
            "a b",
            "a:b",
            "system:masters",
            "a\r\nImpersonate-Group: x",
            "A",
            "-a",
            "a.",
        ] {
            assert!(
                Identity::service_account("default", name).is_err(),
                "name {name:?}"
            );
            assert!(
                Identity::service_account(name, "default").is_err(),
                "namespace {name:?}"
            );
        }
    }
}
