//! Go's regular expressions, on an engine that takes linear time.
//!
//! The engine is that of the `regex` crate; the syntax is read here, because the two differ in much
//! that nobody would notice: `\d`, `\w` and `\b` are ASCII in Go, `[[a]` is a class of two
//! characters, `{,3}` is text, `a**` is an error.

mod class;
mod parse;

use regex_automata::meta::Regex as Engine;
use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input};

use crate::budget::Meter;
use crate::error::{Fault, Outcome};
use crate::unicode;
use crate::value::Buffer;

/// A compiled expression.
pub(crate) struct Regex<'m> {
    engine: Engine,
    /// Roughly how many states it has.
    weight: usize,
    names: Vec<(String, u32)>,
    is_empty: bool,
    meter: &'m Meter,
}

/// More states than these are refused.
const HEAVIEST: usize = 20_000;

impl<'m> Regex<'m> {
    /// `regexp.Compile`
    pub(crate) fn new(meter: &'m Meter, pattern: &[u8]) -> Outcome<Self> {
        let pattern = str::from_utf8(pattern).map_err(|_| "error parsing regexp: invalid UTF-8")?;
        let parsed = parse::parse(meter, pattern)?;
        if parsed.weight > HEAVIEST {
            return Err(Fault::from("the regular expression is too large"));
        }
        meter.steps(parsed.weight * 8)?;
        meter.memory((1 << 16) + parsed.weight * 256)?;
        let config = Engine::config()
            .nfa_size_limit(Some(16 << 20))
            .hybrid_cache_capacity(1 << 20);
        let engine = Engine::builder()
            .configure(config)
            .build_from_hir(&parsed.hir);
        Ok(Self {
            engine: engine.map_err(|_| "the regular expression is too large")?,
            weight: parsed.weight,
            names: parsed.names,
            is_empty: pattern.is_empty(),
            meter,
        })
    }

    /// The text as the engine can read it.
    fn input(text: &[u8]) -> Outcome<&str> {
        str::from_utf8(text).map_err(|_| {
            Fault::from("regular expressions on text that is not UTF-8 are not supported")
        })
    }

    /// Looks for a match from `at` on; each look may have to go to the end of the text.
    fn find_at(
        &self,
        text: &str,
        at: usize,
        groups: &mut Captures,
    ) -> Outcome<Option<(usize, usize)>> {
        let left = text.len().saturating_sub(at) + 1;
        self.meter
            .steps(1 + left.saturating_mul(16 + self.weight) / 512)?;
        if at > text.len() {
            return Ok(None);
        }
        let input = Input::new(text).range(at..).anchored(Anchored::No);
        self.engine.search_captures(&input, groups);
        Ok(groups.get_match().map(|found| (found.start(), found.end())))
    }

    fn groups(&self) -> Captures {
        self.engine.create_captures()
    }

    /// `MatchString`
    pub(crate) fn is_match(&self, text: &[u8]) -> Outcome<bool> {
        let mut groups = self.groups();
        let found = self.find_at(Self::input(text)?, 0, &mut groups)?;
        Ok(found.is_some())
    }

    /// `FindString`: the first match.
    pub(crate) fn find<'t>(&self, text: &'t [u8]) -> Outcome<Option<&'t [u8]>> {
        let mut groups = self.groups();
        let found = self.find_at(Self::input(text)?, 0, &mut groups)?;
        Ok(found.and_then(|(start, end)| text.get(start..end)))
    }

    /// `FindAllStringIndex`: at most so many matches, all if it is negative. An empty match does not
    /// stand right behind another.
    pub(crate) fn find_all(&self, text: &[u8], most: i64) -> Outcome<Vec<(usize, usize)>> {
        let text = Self::input(text)?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let (mut all, mut at, mut groups) = (Vec::new(), 0, self.groups());
        let mut last_end = None;
        while all.len() < most
            && let Some((start, end)) = self.find_at(text, at, &mut groups)?
        {
            let accepted = end > start || last_end != Some(start);
            at = if end > at { end } else { at + width(text, at) };
            last_end = Some(end);
            if accepted {
                self.meter.memory(32)?;
                all.push((start, end));
            }
        }
        Ok(all)
    }

    /// `ReplaceAllString`, where `with` writes what stands for a match.
    fn replaced(
        &self,
        text: &[u8],
        out: &mut Buffer<'_>,
        mut with: impl FnMut(&mut Buffer<'_>, &str, &Captures) -> Outcome<()>,
    ) -> Outcome<()> {
        let text = Self::input(text)?;
        let (mut behind, mut at, mut groups) = (0, 0, self.groups());
        while at <= text.len()
            && let Some((start, end)) = self.find_at(text, at, &mut groups)?
        {
            out.extend(text.get(behind..start).unwrap_or_default().as_bytes())?;
            // Not for an empty match right behind another.
            if end > behind || start == 0 {
                with(out, text, &groups)?;
            }
            behind = end;
            at = end.max(at + width(text, at));
        }
        out.extend(text.get(behind..).unwrap_or_default().as_bytes())
    }

    /// `ReplaceAllString`: `$1` and `${name}` stand for groups.
    pub(crate) fn replace(&self, text: &[u8], by: &[u8], out: &mut Buffer<'_>) -> Outcome<()> {
        self.replaced(text, out, |out, text, groups| {
            self.expand(out, by, text, groups)
        })
    }

    /// Writes a replacement with its references.
    fn expand(
        &self,
        out: &mut Buffer<'_>,
        by: &[u8],
        text: &str,
        groups: &Captures,
    ) -> Outcome<()> {
        let mut rest = by;
        while let Some(at) = rest.iter().position(|byte| *byte == b'$') {
            out.meter().steps(1)?;
            out.extend(rest.get(..at).unwrap_or_default())?;
            rest = rest.get(at + 1..).unwrap_or_default();
            if let Some(behind) = rest.strip_prefix(b"$") {
                out.push(b'$')?;
                rest = behind;
                continue;
            }
            let Some((name, behind)) = reference(rest) else {
                out.push(b'$')?;
                continue;
            };
            rest = behind;
            let group = match group_number(name) {
                Some(number) => groups.get_group(number),
                // Of groups that share a name, the first that took part.
                None => {
                    let mut named = self.names.iter().filter(|(known, _)| known == name);
                    named.find_map(|(_, index)| groups.get_group(*index as usize))
                }
            };
            if let Some(group) = group {
                out.extend(text.get(group.range()).unwrap_or_default().as_bytes())?;
            }
        }
        out.extend(rest)
    }

    /// `ReplaceAllLiteralString`
    pub(crate) fn replace_literally(
        &self,
        text: &[u8],
        by: &[u8],
        out: &mut Buffer<'_>,
    ) -> Outcome<()> {
        self.replaced(text, out, |out, _, _| out.extend(by))
    }

    /// `Split`: the ranges between matches.
    pub(crate) fn split(&self, text: &[u8], most: i64) -> Outcome<Vec<(usize, usize)>> {
        if most == 0 {
            return Ok(Vec::new());
        }
        if !self.is_empty && text.is_empty() {
            return Ok(vec![(0, 0)]);
        }
        let (mut parts, mut begin, mut end) = (Vec::new(), 0, 0);
        for (from, to) in self.find_all(text, most)? {
            if most > 0 && parts.len() as i64 == most - 1 {
                break;
            }
            end = from;
            if to != 0 {
                parts.push((begin, end));
            }
            begin = to;
        }
        if end != text.len() {
            parts.push((begin, text.len()));
        }
        Ok(parts)
    }
}

/// Length of the character here; one behind the end.
fn width(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.chars().next().map_or(1, char::len_utf8)
}

/// The longest name behind a dollar sign, or the one in braces, and what stands behind it.
fn reference(text: &[u8]) -> Option<(&str, &[u8])> {
    let (braced, text) = match text.strip_prefix(b"{") {
        Some(inner) => (true, inner),
        None => (false, text),
    };
    let is_name = |rune| rune == '_' || unicode::is_letter(rune) || unicode::is_digit(rune);
    let name = unicode::runes(text).take_while(|(_, rune, _)| is_name(*rune));
    let length = name.map(|(.., length)| length).sum();
    let (name, rest) = text.split_at(length);
    let rest = if braced {
        rest.strip_prefix(b"}")?
    } else {
        rest
    };
    let name = str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
    Some((name, rest))
}

/// The number of a group, if the name is one. One with zeros in front is a name.
fn group_number(name: &str) -> Option<usize> {
    let digits = name.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits && (name == "0" || !name.starts_with('0'));
    // One that is too large is still a number, of no group.
    plain.then(|| name.parse().unwrap_or(usize::MAX))
}
