//! One comparison, such as `>=1.2` or `~1`.

use semver::{BuildMetadata, Prerelease, Version};

/// How a version is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Tilde,
    Caret,
}

/// The spellings, the longer before those they begin with.
const SPELLINGS: [(&str, Operator); 11] = [
    ("!=", Operator::Unequal),
    (">=", Operator::GreaterEqual),
    ("=>", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("=<", Operator::LessEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

/// Whether `word` is an operator and nothing else.
pub(super) fn is_operator(word: &str) -> bool {
    SPELLINGS.iter().any(|(spelling, _)| *spelling == word)
}

/// A comparison with a version, of which parts may be left open.
pub(super) struct Comparator {
    operator: Operator,
    /// The version, with zeros where it is open.
    version: Version,
    /// How many of major, minor and patch are given.
    given: usize,
}

impl Comparator {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let spelling = SPELLINGS
            .iter()
            .find(|(spelling, _)| text.starts_with(spelling));
        let (operator, rest) = match spelling {
            Some((spelling, operator)) => {
                (*operator, text.get(spelling.len()..).unwrap_or_default())
            }
            None => (Operator::Equal, text),
        };
        let unreadable = || format!("{text:?} is no part of a version range such as >=1.2 <2");
        let (version, given) = open(rest.trim()).ok_or_else(unreadable)?;
        Ok(Self {
            operator,
            version,
            given,
        })
    }

    /// Whether `version` fulfils it.
    pub(super) fn holds(&self, version: &Version) -> bool {
        if !version.pre.is_empty() && self.version.pre.is_empty() {
            return false;
        }
        let order = version.cmp_precedence(&self.version);
        match self.operator {
            Operator::Equal if self.given == 3 => order.is_eq(),
            Operator::Unequal if self.given == 3 => order.is_ne(),
            Operator::Unequal => !self.same(version, self.given),
            Operator::Greater => {
                order.is_gt() && (self.given == 3 || !self.same(version, self.given))
            }
            Operator::GreaterEqual => order.is_ge(),
            Operator::Less => order.is_lt(),
            Operator::LessEqual => {
                order.is_le() || (self.given < 3 && self.same(version, self.given))
            }
            Operator::Equal | Operator::Tilde => {
                order.is_ge() && self.same(version, self.given.min(2))
            }
            Operator::Caret => order.is_ge() && self.same(version, self.fixed()),
        }
    }

    /// Whether the first `parts` of major, minor and patch are equal.
    fn same(&self, version: &Version, parts: usize) -> bool {
        let numbers = |v: &Version| [v.major, v.minor, v.patch];
        let (ours, theirs) = (numbers(&self.version), numbers(version));
        ours.iter().zip(theirs).take(parts).all(|(a, b)| *a == b)
    }

    /// How many parts a caret holds fast: up to the first that is not zero.
    fn fixed(&self) -> usize {
        let parts = [self.version.major, self.version.minor, self.version.patch];
        let first = parts.iter().take(self.given).position(|part| *part != 0);
        first.map_or(self.given, |at| at + 1)
    }
}

/// `1.2.3-rc.1`, `v1.2`, `1.x`, `*`: the version with zeros, and how many parts are given.
fn open(text: &str) -> Option<(Version, usize)> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, _build) = text.split_once('+').unwrap_or((text, ""));
    let (numbers, pre) = match text.split_once('-') {
        Some((numbers, pre)) => (
            numbers,
            Prerelease::new(pre).ok().filter(|pre| !pre.is_empty())?,
        ),
        None => (text, Prerelease::EMPTY),
    };
    let mut parts = [0; 3];
    let (mut given, mut ended) = (0, false);
    let words: Vec<&str> = numbers.split('.').collect();
    if words.len() > parts.len() {
        return None;
    }
    for (part, word) in parts.iter_mut().zip(words) {
        if matches!(word, "x" | "X" | "*") {
            ended = true;
        } else if !ended && !word.starts_with('+') {
            *part = word.parse().ok()?;
            given += 1;
        } else {
            return None;
        }
    }
    let [major, minor, patch] = parts;
    let version = Version {
        major,
        minor,
        patch,
        pre,
        build: BuildMetadata::EMPTY,
    };
    Some((version, given))
}
