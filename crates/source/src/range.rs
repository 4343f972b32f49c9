//! `spec.ref.semver`: which tag is the newest in a range.
//!
//! Ranges mean what they mean to Flux, whose library takes `>=1.0 <2`, `1.x`, `~1.2`, `^1`,
//! `1.2 - 1.4`, `!=1.3` and `||`. Pre-releases count only where the range itself names one. A tag
//! is a full version, with `v` in front or without.

mod comparator;

use semver::Version;

use self::comparator::Comparator;

/// A range of versions.
pub(crate) struct Range {
    /// One of these must hold, and of it all.
    either: Vec<Vec<Comparator>>,
}

impl Range {
    /// Reads a range.
    ///
    /// # Errors
    ///
    /// A sentence about the part that cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let either: Result<Vec<_>, _> = text.split("||").map(all_of).collect();
        Ok(Self { either: either? })
    }

    fn holds(&self, version: &Version) -> bool {
        let all = |all: &Vec<Comparator>| all.iter().all(|one| one.holds(version));
        self.either.iter().any(all)
    }

    /// The tag with the highest version in the range; of equal ones the last by name.
    pub(crate) fn newest<'a>(&self, tags: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        let versions = tags.filter_map(|tag| {
            let version = Version::parse(tag.strip_prefix('v').unwrap_or(tag)).ok()?;
            self.holds(&version).then_some((version, tag))
        });
        let newest = versions
            .max_by(|(a, first), (b, second)| a.cmp_precedence(b).then_with(|| first.cmp(second)));
        newest.map(|(_, tag)| tag)
    }
}

/// `1.2 - 1.4`, or comparators between commas and spaces.
fn all_of(text: &str) -> Result<Vec<Comparator>, String> {
    if let Some((from, to)) = text.split_once(" - ") {
        return Ok(vec![
            Comparator::parse(&format!(">={}", from.trim()))?,
            Comparator::parse(&format!("<={}", to.trim()))?,
        ]);
    }
    // An operator may stand apart from its version.
    let mut parts: Vec<String> = Vec::new();
    for word in text.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
        match parts
            .last_mut()
            .filter(|last| comparator::is_operator(last))
        {
            Some(operator) => operator.push_str(word),
            None => parts.push(word.to_owned()),
        }
    }
    if parts.is_empty() {
        parts.push("*".to_owned());
    }
    parts.iter().map(|part| Comparator::parse(part)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

    use super::*;

    #[track_caller]
    fn check(range: &str, inside: &[&str], outside: &[&str]) {
        let range = Range::parse(range).unwrap();
        let holds = |text: &&&str| range.holds(&Version::parse(text).unwrap());
        assert_eq!(
            inside.iter().filter(holds).count(),
            inside.len(),
            "{inside:?}"
        );
        assert_eq!(outside.iter().find(holds), None);
    }

    #[test]
    fn comparisons() {
        check(">=1.2.0 <2", &["1.2.0", "1.9.9"], &["1.1.9", "2.0.0"]);
        check(">= 1.2, < 2.0.0", &["1.2.0"], &["2.0.0"]);
        check(">1", &["2.0.0"], &["1.0.0", "1.9.0"]);
        check(">1.2", &["1.3.0", "2.0.0"], &["1.2.9"]);
        check("<=1", &["1.9.9", "0.1.0"], &["2.0.0"]);
        check("<=1.2", &["1.2.9"], &["1.3.0"]);
        check("!=1.2", &["1.3.0"], &["1.2.5"]);
        check("=1.2.3", &["1.2.3"], &["1.2.4"]);
        check("1.2.3", &["1.2.3"], &["1.2.4", "1.3.0"]);
    }

    #[test]
    fn wildcards_tildes_and_carets() {
        check("*", &["0.0.1", "9.0.0"], &["1.0.0-rc.1"]);
        check("", &["1.0.0"], &[]);
        check("1.x", &["1.0.0", "1.9.0"], &["2.0.0", "0.9.0"]);
        check("1.2.*", &["1.2.9"], &["1.3.0"]);
        check("1", &["1.9.0"], &["2.0.0"]);
        check("~1.2.3", &["1.2.3", "1.2.9"], &["1.2.2", "1.3.0"]);
        check("~1", &["1.9.0"], &["2.0.0"]);
        check("^1.2.3", &["1.2.3", "1.9.0"], &["1.2.2", "2.0.0"]);
        check("^0.2.3", &["0.2.9"], &["0.3.0", "1.0.0"]);
        check("^0.0.3", &["0.0.3"], &["0.0.4"]);
        check("^0.0", &["0.0.9"], &["0.1.0"]);
        check("^0", &["0.9.0"], &["1.0.0"]);
    }

    #[test]
    fn alternatives_and_hyphens() {
        check("1.2 - 1.4.5", &["1.2.0", "1.4.5"], &["1.4.6"]);
        check("~1.0 || >=3", &["1.0.5", "3.1.0"], &["2.0.0"]);
    }

    #[test]
    fn pre_releases_count_where_the_range_names_one() {
        check(">=1.0.0-0", &["1.0.0-rc.1", "1.1.0"], &["0.9.0"]);
        check(">=1.0.0", &["1.0.0"], &["1.1.0-rc.1"]);
    }

    #[test]
    fn the_newest_tag_is_a_full_version_with_or_without_v() {
        let range = Range::parse(">=1").unwrap();
        let tags = [
            "v1.9.0",
            "1.10.0",
            "v2",
            "latest",
            "v1.10.0-rc.1",
            "1.2.3.4",
        ];
        assert_eq!(range.newest(tags.into_iter()), Some("1.10.0"));
        assert_eq!(
            range.newest(["v1.0.0", "1.0.0"].into_iter()),
            Some("v1.0.0")
        );
        assert_eq!(range.newest(["x"].into_iter()), None);
    }

    #[test]
    fn what_is_no_range_says_so() {
        for bad in ["one", ">=1.x.y.z", "1.2.3.4", "=>", "1.x.3-", "^a"] {
            let error = Range::parse(bad).err();
            assert!(error.is_some(), "{bad}");
        }
    }
}
