//! Which release of their controller runs, as its image or a label says it.

use std::fmt;

use crate::deployed::Deployed;

/// A release, `0.27.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32, u32, u32);

/// Since then a sealed item wins over a template's text of the same key.
pub const ITEM_WINS: Version = Version(0, 37, 0);
/// Since then `null` in a template leaves an item out.
pub const NULL_LEAVES_OUT: Version = Version(0, 40, 0);

impl Version {
    /// From the image's tag, else from the label that Helm charts give.
    pub fn of(deployed: &Deployed) -> Option<Self> {
        let image = deployed.image.split('@').next().unwrap_or_default();
        // A colon before a slash belongs to the registry's port.
        let tag = image
            .rsplit_once(':')
            .map(|(_, tag)| tag)
            .filter(|tag| !tag.contains('/'));
        let label = deployed.labels.get("app.kubernetes.io/version");
        let known = |text: &str| Self::parse(text);
        tag.and_then(known)
            .or_else(|| label.and_then(|text| known(text)))
    }

    /// `v0.27.1`, `0.27.1-debian-12-r0`.
    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts = text.splitn(3, '.');
        let (major, minor, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let patch = rest.split_at(end).0;
        Some(Self(
            major.parse().ok()?,
            minor.parse().ok()?,
            patch.parse().ok()?,
        ))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_says_it_and_a_label_where_it_does_not() {
        let version = |image: &str, label: &str| {
            let labels = [("app.kubernetes.io/version".to_owned(), label.to_owned())];
            Version::of(&Deployed {
                image: image.to_owned(),
                labels: labels.into(),
                ..Deployed::default()
            })
        };
        let place = "docker.io/bitnami/sealed-secrets-controller";
        for tag in [
            "v0.27.1",
            "0.27.1",
            "0.27.1-debian-12-r0",
            "0.27.1@sha256:00",
        ] {
            let found = version(&format!("{place}:{tag}"), "");
            assert_eq!(found, Some(Version(0, 27, 1)), "{tag}");
        }
        assert_eq!(
            version("registry:5000/controller", "0.40.2"),
            Some(Version(0, 40, 2))
        );
        assert_eq!(
            version("registry:5000/controller:latest", "v1.2.3"),
            Some(Version(1, 2, 3))
        );
        assert_eq!(version("registry/controller:latest", ""), None);
        assert_eq!(version(&format!("{place}@sha256:00"), "latest"), None);
        assert!(ITEM_WINS < NULL_LEAVES_OUT);
    }
}
