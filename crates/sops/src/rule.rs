//! Which values of a file are encrypted: the one rule that its metadata has.

use regex::{Regex, RegexBuilder};

use crate::error::ErrorKind;
use crate::tree::Node;

/// What SOPS does without a rule.
const DEFAULT_SUFFIX: &str = "_unencrypted";

/// The most that a pattern may cost once it is compiled, in bytes.
const PATTERN: usize = 1 << 20;

/// A rule: it looks at each key on the way to a value.
pub(crate) enum Rule {
    /// Everything, but below a key that ends so.
    UnencryptedSuffix(String),
    /// Nothing, but below a key that ends so.
    EncryptedSuffix(String),
    /// Everything, but below a key that matches.
    UnencryptedPattern(Regex),
    /// Nothing, but below a key that matches.
    EncryptedPattern(Regex),
    /// Comments decided when the file was encrypted. A comment's place is a matter of the writer that
    /// SOPS uses, so what counts here is the value's look: what SOPS encrypted begins with `ENC[`.
    Comments,
}

impl Rule {
    /// The rule of a file's metadata.
    ///
    /// # Errors
    /// More than one rule, which SOPS refuses too, or a pattern that is none.
    pub(crate) fn of(metadata: &Node) -> Result<Self, ErrorKind> {
        const FIELDS: [&str; 6] = [
            "unencrypted_suffix",
            "encrypted_suffix",
            "unencrypted_regex",
            "encrypted_regex",
            "unencrypted_comment_regex",
            "encrypted_comment_regex",
        ];
        let given = FIELDS.iter().filter_map(|field| {
            let text = metadata.get(field)?.as_str()?;
            (!text.is_empty()).then_some((*field, text))
        });
        let given: Vec<_> = given.collect();
        match given.as_slice() {
            [] => Ok(Self::UnencryptedSuffix(DEFAULT_SUFFIX.to_owned())),
            [("unencrypted_suffix", text)] => Ok(Self::UnencryptedSuffix((*text).to_owned())),
            [("encrypted_suffix", text)] => Ok(Self::EncryptedSuffix((*text).to_owned())),
            [("unencrypted_regex", text)] => {
                pattern("unencrypted_regex", text).map(Self::UnencryptedPattern)
            }
            [("encrypted_regex", text)] => {
                pattern("encrypted_regex", text).map(Self::EncryptedPattern)
            }
            [_] => Ok(Self::Comments),
            [_, (field, _), ..] => Err(ErrorKind::Metadata {
                field,
                what: "stands beside another such rule, and only one may be given",
            }),
        }
    }

    /// Whether a key on the way to a value decides about it.
    pub(crate) fn matches(&self, key: &str) -> bool {
        match self {
            Self::UnencryptedSuffix(suffix) | Self::EncryptedSuffix(suffix) => {
                key.ends_with(suffix.as_str())
            }
            Self::UnencryptedPattern(pattern) | Self::EncryptedPattern(pattern) => {
                pattern.is_match(key)
            }
            Self::Comments => false,
        }
    }

    /// Whether a value is encrypted, when some key on the way to it matched or none did.
    pub(crate) fn encrypts(&self, matched: bool, looks_encrypted: bool) -> bool {
        match self {
            Self::UnencryptedSuffix(_) | Self::UnencryptedPattern(_) => !matched,
            Self::EncryptedSuffix(_) | Self::EncryptedPattern(_) => matched,
            Self::Comments => looks_encrypted,
        }
    }
}

fn pattern(field: &'static str, text: &str) -> Result<Regex, ErrorKind> {
    let compiled = RegexBuilder::new(text)
        .size_limit(PATTERN)
        .dfa_size_limit(PATTERN)
        .nest_limit(50)
        .build();
    compiled.map_err(|error| ErrorKind::Pattern {
        field,
        why: match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            _ => "write it in the syntax of RE2".to_owned(),
        },
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;
    use crate::tree::{Content, Entry, Key, Place};

    fn rule(fields: &[(&str, &str)]) -> Result<Rule, ErrorKind> {
        let place = Place::line(1);
        let pair =
            |(name, text): &(&str, &str)| Entry::Pair(Key::new(*name), Node::text(*text, place));
        Rule::of(&Node::new(
            Content::Map(fields.iter().map(pair).collect()),
            place,
        ))
    }

    #[test]
    fn without_a_rule_a_suffix_keeps_values_readable() {
        let rule = rule(&[("encrypted_regex", "")]).unwrap();
        assert!(rule.matches("a_unencrypted") && !rule.matches("a"));
        assert!(rule.encrypts(false, false) && !rule.encrypts(true, true));
    }

    #[test]
    fn a_pattern_need_not_match_the_whole_key() {
        let rule = rule(&[("encrypted_regex", "^(data|stringData)$")]).unwrap();
        assert!(rule.matches("data") && !rule.matches("metadata"));
        let rule = self::rule(&[("unencrypted_regex", "data")]).unwrap();
        assert!(rule.matches("metadata"));
        assert!(rule.encrypts(false, false) && !rule.encrypts(true, true));
    }

    #[test]
    fn two_rules_are_refused_by_name() {
        let error = rule(&[("encrypted_regex", "a"), ("unencrypted_suffix", "b")]);
        let said = error.err().unwrap().to_string();
        assert!(
            said.starts_with("sops.encrypted_regex stands beside another"),
            "{said}"
        );
    }

    #[test]
    fn a_pattern_that_is_none_or_too_large_is_refused() {
        for text in ["(", "((a{900}){900}){900}", &"(".repeat(1000)] {
            assert!(matches!(
                rule(&[("encrypted_regex", text)]),
                Err(ErrorKind::Pattern {
                    field: "encrypted_regex",
                    ..
                })
            ));
        }
    }
}
