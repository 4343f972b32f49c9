//! Constraints: alternatives with `||` between them, each of conditions that must all hold.

use std::cmp::Ordering;

use super::version::{Parts, Version, compare_pre};

/// Whether a version meets a constraint; why not, if the constraint cannot be read.
pub(crate) fn check(constraint: &str, version: &Version) -> Result<bool, &'static str> {
    let rewritten = ranges_as_comparisons(constraint);
    let alternatives: Result<Vec<_>, _> = rewritten.split("||").map(conditions).collect();
    Ok(alternatives?.iter().any(|conditions| {
        // Pre-releases count where one of the conditions names one.
        let wants_pre = conditions.iter().any(|one| !one.version.pre.is_empty());
        conditions.iter().all(|one| one.holds(version, wants_pre))
    }))
}

const IMPROPER: &str = "improper constraint";

/// A condition: an operator and a version some of whose numbers may be left open.
struct Condition {
    operator: Operator,
    version: Version,
    /// Whether anything is left open, and which number is the first.
    open: Option<Open>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Major,
    Minor,
    Patch,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

/// Longer ones first.
const OPERATORS: [(&str, Operator); 11] = [
    ("!=", Operator::NotEqual),
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

/// What stands where a number of a constraint may stand; the bar is Masterminds' own.
fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'|' | b'x' | b'X' | b'*')
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\u{c}' | '\r')
}

/// The conditions of one alternative, with spaces or commas between them.
fn conditions(text: &str) -> Result<Vec<Condition>, &'static str> {
    let mut rest = text.trim_start_matches(is_space);
    let mut all = Vec::new();
    loop {
        let (condition, behind) = condition(rest)?;
        all.push(condition);
        let next = behind.trim_start_matches(is_space);
        rest = match next.strip_prefix(',') {
            Some(next) => next.trim_start_matches(is_space),
            None if next.is_empty() => return Ok(all),
            None if next.len() < behind.len() => next,
            None => return Err(IMPROPER),
        };
    }
}

fn condition(text: &str) -> Result<(Condition, &str), &'static str> {
    let found = OPERATORS
        .iter()
        .find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)));
    let (operator, rest) = found.unwrap_or((Operator::Equal, text));
    let rest = rest.trim_start_matches(is_space);
    let parts = Parts::read(rest, is_digit).ok_or(IMPROPER)?;
    let is_open = |number: &str| matches!(number, "" | "x" | "X" | "*");
    let first = parts.numbers.iter().position(|number| is_open(number));
    let open = first.map(|first| match first {
        0 => Open::Major,
        1 => Open::Minor,
        _ => Open::Patch,
    });
    let number = |index: usize| match parts.numbers.get(index) {
        Some(number) if index < first.unwrap_or(3) => number,
        _ => "0",
    };
    let pre = if parts.pre.is_empty() { "" } else { "-" };
    let read = format!(
        "{}.{}.{}{pre}{}",
        number(0),
        number(1),
        number(2),
        parts.pre
    );
    let version = Version::read(read.as_bytes()).map_err(|_| "constraint parser error")?;
    let behind = rest.get(parts.length..).unwrap_or_default();
    let condition = Condition {
        operator,
        version,
        open,
    };
    Ok((condition, behind))
}

impl Condition {
    fn holds(&self, version: &Version, wants_pre: bool) -> bool {
        if !version.pre.is_empty() && !wants_pre {
            return false;
        }
        let order = version.compare(&self.version);
        match self.operator {
            Operator::Equal if self.open.is_none() => order.is_eq(),
            Operator::Equal | Operator::Tilde => order.is_ge() && self.tilde(version),
            Operator::NotEqual => self.differs(version, order),
            Operator::Greater => self.greater(version, order),
            Operator::Less => order.is_lt(),
            Operator::GreaterEqual => order.is_ge(),
            Operator::LessEqual => self.less_equal(version, order),
            Operator::Caret => order.is_ge() && self.caret(version),
        }
    }

    fn differs(&self, version: &Version, order: Ordering) -> bool {
        if self.open.is_none() {
            return order.is_ne();
        }
        if self.version.major != version.major {
            return true;
        }
        if self.open == Some(Open::Minor) {
            return false;
        }
        if self.version.minor != version.minor {
            return true;
        }
        if self.open == Some(Open::Patch) {
            return compare_pre(&version.pre, &self.version.pre).is_ne();
        }
        self.version.patch != version.patch || order.is_ne()
    }

    fn greater(&self, version: &Version, order: Ordering) -> bool {
        if self.open.is_none() {
            return order.is_gt();
        }
        match version.major.cmp(&self.version.major) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => match self.open {
                Some(Open::Minor) => false,
                Some(Open::Patch) => version.minor > self.version.minor,
                _ => order.is_gt(),
            },
        }
    }

    fn less_equal(&self, version: &Version, order: Ordering) -> bool {
        if self.open.is_none() {
            return order.is_le();
        }
        let same_major = version.major == self.version.major;
        let later_minor = version.minor > self.version.minor && self.open != Some(Open::Minor);
        version.major <= self.version.major && !(same_major && later_minor)
    }

    /// The same major number, and the same minor one if it is given.
    fn tilde(&self, version: &Version) -> bool {
        let own = &self.version;
        let any = (own.major, own.minor, own.patch) == (0, 0, 0)
            && !matches!(self.open, Some(Open::Minor | Open::Patch));
        any || (version.major == own.major
            && (version.minor == own.minor || self.open == Some(Open::Minor)))
    }

    /// The same first number that is not zero.
    fn caret(&self, version: &Version) -> bool {
        let own = &self.version;
        if own.major > 0 || self.open == Some(Open::Minor) {
            return version.major == own.major;
        }
        if version.major > 0 {
            return false;
        }
        if own.minor > 0 || self.open == Some(Open::Patch) {
            return version.minor == own.minor;
        }
        version.minor == 0 && version.patch == own.patch
    }
}

/// `1.2 - 3` is `>= 1.2, <= 3`.
fn ranges_as_comparisons(text: &str) -> String {
    let mut rewritten = text.to_owned();
    let mut at = 0;
    while at < text.len() {
        let Some(range) = text.get(at..).and_then(range) else {
            at += 1;
            continue;
        };
        let whole = text.get(at..at + range.length).unwrap_or_default();
        let comparisons = format!(">= {}, <= {} ", range.from, range.to);
        rewritten = rewritten.replacen(whole, &comparisons, 1);
        at += range.length.max(1);
    }
    rewritten
}

/// A range at the beginning of a text, with the space around it.
struct Range<'t> {
    from: &'t str,
    to: &'t str,
    length: usize,
}

fn range(text: &str) -> Option<Range<'_>> {
    let rest = text.trim_start_matches(is_space);
    let (from, rest) = cut(rest)?;
    let rest = spaced(rest)?.strip_prefix('-')?;
    let (to, rest) = cut(spaced(rest)?)?;
    let rest = rest.trim_start_matches(is_space);
    Some(Range {
        from,
        to,
        length: text.len() - rest.len(),
    })
}

fn cut(text: &str) -> Option<(&str, &str)> {
    text.split_at_checked(Parts::read(text, is_digit)?.length)
}

/// What stands behind spaces, of which there must be one.
fn spaced(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(is_space);
    (rest.len() < text.len()).then_some(rest)
}
