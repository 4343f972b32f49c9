//! One version.

use std::cmp::Ordering;

use zeroize::Zeroizing;

/// `semver.Version`: leniently read, so that `v1.2` is one.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) patch: u64,
    pub(crate) pre: Zeroizing<String>,
    pub(crate) metadata: Zeroizing<String>,
    /// What it was read from.
    pub(crate) original: Zeroizing<String>,
}

/// The parts of a version's text, as far as they are there.
pub(super) struct Parts<'t> {
    pub(super) numbers: [&'t str; 3],
    pub(super) pre: &'t str,
    pub(super) metadata: &'t str,
    /// Bytes that were read.
    pub(super) length: usize,
}

impl<'t> Parts<'t> {
    /// Reads what a version can be at the beginning of a text; `digit` tells what a number is made of.
    pub(super) fn read(text: &'t str, digit: fn(u8) -> bool) -> Option<Self> {
        let mut at = usize::from(text.starts_with('v'));
        let mut numbers = [""; 3];
        for (index, number) in numbers.iter_mut().enumerate() {
            let dot = usize::from(index > 0);
            if dot == 1 && text.as_bytes().get(at) != Some(&b'.') {
                break;
            }
            let found = run(text, at + dot, digit);
            match (found.is_empty(), index) {
                (true, 0) => return None,
                (true, _) => break,
                (false, _) => {}
            }
            *number = found;
            at += dot + found.len();
        }
        let pre = tagged(text, at, b'-');
        at += if pre.is_empty() { 0 } else { 1 + pre.len() };
        let metadata = tagged(text, at, b'+');
        at += if metadata.is_empty() {
            0
        } else {
            1 + metadata.len()
        };
        Some(Self {
            numbers,
            pre,
            metadata,
            length: at,
        })
    }
}

fn run(text: &str, from: usize, digit: fn(u8) -> bool) -> &str {
    let rest = text.get(from..).unwrap_or_default();
    let length = rest.bytes().take_while(|byte| digit(*byte)).count();
    rest.get(..length).unwrap_or_default()
}

/// Identifiers with points between them behind a mark; empty if there are none.
fn tagged(text: &str, at: usize, mark: u8) -> &str {
    if text.as_bytes().get(at) != Some(&mark) {
        return "";
    }
    let start = at + 1;
    let mut end = start;
    loop {
        let found = run(text, end, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'-'
        });
        if found.is_empty() {
            // A point at the end is not part of it.
            return text
                .get(start..end.saturating_sub(1).max(start))
                .unwrap_or_default();
        }
        end += found.len();
        if text.as_bytes().get(end) != Some(&b'.') {
            return text.get(start..end).unwrap_or_default();
        }
        end += 1;
    }
}

impl Version {
    /// `semver.NewVersion`
    pub(crate) fn read(text: &[u8]) -> Result<Self, &'static str> {
        const INVALID: &str = "invalid semantic version";
        let text = str::from_utf8(text).map_err(|_| INVALID)?;
        let parts = Parts::read(text, |byte| byte.is_ascii_digit()).ok_or(INVALID)?;
        if parts.length != text.len() {
            return Err(INVALID);
        }
        let number = |text: &str| match text {
            "" => Ok(0),
            text => text
                .parse()
                .map_err(|_| "error parsing version segment: value out of range"),
        };
        let [major, minor, patch] = parts.numbers;
        check_pre(parts.pre)?;
        Ok(Self {
            major: number(major)?,
            minor: number(minor)?,
            patch: number(patch)?,
            pre: Zeroizing::new(parts.pre.to_owned()),
            metadata: Zeroizing::new(parts.metadata.to_owned()),
            original: Zeroizing::new(text.to_owned()),
        })
    }

    /// `v.String`: without a leading `v`.
    pub(crate) fn show(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(
            64 + self.pre.len() + self.metadata.len(),
        ));
        *text += &format!("{}.{}.{}", self.major, self.minor, self.patch);
        for (mark, part) in [('-', &self.pre), ('+', &self.metadata)] {
            if !part.is_empty() {
                text.push(mark);
                *text += part;
            }
        }
        text
    }

    /// A version made of this one: its original text is its own, with the `v` if there was one.
    fn changed(mut self) -> Self {
        let prefix = if self.original.starts_with('v') {
            "v"
        } else {
            ""
        };
        let shown = self.show();
        let mut original = Zeroizing::new(String::with_capacity(1 + shown.len()));
        *original += prefix;
        *original += &shown;
        self.original = original;
        self
    }

    fn release(major: u64, minor: u64, patch: u64, original: &Zeroizing<String>) -> Self {
        let original = original.clone();
        Self {
            major,
            minor,
            patch,
            original,
            ..Self::default()
        }
        .changed()
    }

    /// `v.IncMajor`
    pub(crate) fn next_major(&self) -> Self {
        Self::release(self.major.wrapping_add(1), 0, 0, &self.original)
    }

    /// `v.IncMinor`
    pub(crate) fn next_minor(&self) -> Self {
        Self::release(self.major, self.minor.wrapping_add(1), 0, &self.original)
    }

    /// `v.IncPatch`: a pre-release becomes its release.
    pub(crate) fn next_patch(&self) -> Self {
        let more = u64::from(self.pre.is_empty());
        let patch = self.patch.wrapping_add(more);
        Self::release(self.major, self.minor, patch, &self.original)
    }

    /// `v.SetPrerelease`
    pub(crate) fn with_pre(&self, pre: &[u8]) -> Result<Self, &'static str> {
        let pre = identifiers(pre).ok_or("invalid prerelease string")?;
        check_pre(pre)?;
        let pre = Zeroizing::new(pre.to_owned());
        Ok(Self {
            pre,
            ..self.clone()
        }
        .changed())
    }

    /// `v.SetMetadata`
    pub(crate) fn with_metadata(&self, metadata: &[u8]) -> Result<Self, &'static str> {
        let metadata = identifiers(metadata).ok_or("invalid metadata string")?;
        let metadata = Zeroizing::new(metadata.to_owned());
        Ok(Self {
            metadata,
            ..self.clone()
        }
        .changed())
    }

    /// `v.Compare`: metadata does not count.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        let by_numbers = numbers(self).cmp(&numbers(other));
        by_numbers.then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_pre(&self.pre, &other.pre),
        })
    }
}

/// Identifiers with points between them, or nothing at all.
fn identifiers(text: &[u8]) -> Option<&str> {
    let text = str::from_utf8(text).ok()?;
    let good = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !part.is_empty() && part.bytes().all(allowed)
    };
    (text.is_empty() || text.split('.').all(good)).then_some(text)
}

/// A number in a pre-release has no zero in front.
fn check_pre(pre: &str) -> Result<(), &'static str> {
    let zero = |part: &str| {
        part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    match pre.split('.').any(zero) {
        true => Err("version segment starts with 0"),
        false => Ok(()),
    }
}

/// Pre-releases part by part, where a missing part is the smallest.
pub(super) fn compare_pre(one: &str, other: &str) -> Ordering {
    let (mut ones, mut others) = (one.split('.'), other.split('.'));
    loop {
        let (one, other) = (ones.next(), others.next());
        if one.is_none() && other.is_none() {
            return Ordering::Equal;
        }
        let order = compare_part(one.unwrap_or_default(), other.unwrap_or_default());
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_part(one: &str, other: &str) -> Ordering {
    if one == other {
        return Ordering::Equal;
    }
    if one.is_empty() || other.is_empty() {
        return other.is_empty().cmp(&one.is_empty());
    }
    match (one.parse::<u64>(), other.parse::<u64>()) {
        (Ok(one), Ok(other)) if one > other => Ordering::Greater,
        (Ok(_), Ok(_)) => Ordering::Less,
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => one.cmp(other),
    }
}
