//! What the text of a reference means: a place in the repository, or one that is refused.

use signet_engine::tree::RepoPath;

/// Why a reference is not followed. A clause, then what to do.
pub(super) type Refusal = (String, &'static str);

/// Beginnings of an address in which kustomize sees another repository.
const REMOTE: [&str; 7] = [
    "git::",
    "gh:",
    "git@",
    "github.com/",
    "github.com:",
    "www.github.com/",
    "file:",
];

/// Whether kustomize would take `text` for something to be fetched.
pub(super) fn is_remote(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let host = lower.split('/').next().unwrap_or_default();
    lower.contains("://")
        || REMOTE.iter().any(|start| lower.starts_with(start))
        || (host.contains('@') && host.contains(':'))
}

/// What is said of such an address.
pub(super) fn remote(text: &str) -> Refusal {
    let cause = format!(
        "{} is fetched from elsewhere, and remote bases are off",
        shown(text)
    );
    (
        cause,
        "copy it into the repository, or add its repository with spec.include of the GitRepository",
    )
}

/// The place that `text` names, seen from the directory `from`. `..` is taken away with the name
/// before it, as kustomize does before it looks at any file.
pub(super) fn resolve(from: &RepoPath, text: &str) -> Result<RepoPath, Refusal> {
    if text.is_empty() {
        return Err(("an empty path names nothing".to_owned(), "take it out"));
    }
    if text.starts_with('/') {
        let cause = format!(
            "{} is absolute, and leads out of the repository",
            shown(text)
        );
        return Err((cause, "write it relative to this file"));
    }
    let mut place = from.clone();
    for name in text.split('/').filter(|name| !matches!(*name, "" | ".")) {
        let next = match name {
            ".." => place.parent(),
            name => Some(
                place
                    .child(name)
                    .map_err(|error| (error.to_string(), "rename it to plain letters"))?,
            ),
        };
        place = next.ok_or_else(|| {
            let cause = format!("{} leads out of the repository", shown(text));
            (cause, "name something inside of it")
        })?;
    }
    Ok(place)
}

/// Longest part of a reference that is repeated, in characters.
const LONGEST: usize = 120;

/// A reference in a message. What stands before an `@` may be credentials.
pub(super) fn shown(text: &str) -> String {
    let after = match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => text.to_owned(),
    };
    let short: String = after
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect();
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    fn from(directory: &str, text: &str) -> Result<String, String> {
        let directory = RepoPath::parse(directory).unwrap();
        let found = resolve(&directory, text).map(|place| place.to_string());
        found.map_err(|(cause, _)| cause)
    }

    #[test]
    fn a_reference_is_a_place_beside_the_file_that_holds_it() {
        assert_eq!(from("apps/prod", "../base").unwrap(), "apps/base");
        assert_eq!(
            from("apps/prod", "./x//y.yaml").unwrap(),
            "apps/prod/x/y.yaml"
        );
        assert_eq!(from("apps", "..").unwrap(), ".");
        assert_eq!(from("apps/prod", "no/such/../../x").unwrap(), "apps/prod/x");
    }

    #[test]
    fn what_leads_out_of_the_repository_is_refused() {
        for text in ["../../../etc/passwd", "../..", "x/../../../y"] {
            let why = from("apps", text).unwrap_err();
            assert!(why.contains("out of the repository"), "{text}: {why}");
        }
        assert!(from(".", "/etc/passwd").unwrap_err().contains("absolute"));
        assert!(from(".", "a\\..\\b").unwrap_err().contains("backslash"));
        assert!(from(".", "").is_err());
    }

    #[test]
    fn addresses_are_told_from_paths() {
        for text in [
            "https://example.com/x.yaml",
            "HTTPS://example.com//base?ref=v1",
            "ssh://git@example.com/a/b",
            "git@example.com:a/b.git",
            "org-1@example.com:a/b.git",
            "github.com/a/b//base",
            "file:///etc",
            "git::https://example.com/a",
        ] {
            assert!(is_remote(text), "{text}");
        }
        for text in [
            "../base",
            "base.git",
            "apps/web@2/x.yaml",
            "a:b",
            "gitlab.com/x",
        ] {
            assert!(!is_remote(text), "{text}");
        }
    }

    #[test]
    fn credentials_in_an_address_are_not_repeated() {
        let said = remote("https://user:CANARY@example.com/x").0;
        assert!(
            !said.contains("CANARY") && said.contains("example.com/x"),
            "{said}"
        );
    }
}
