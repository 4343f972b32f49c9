//! The syntax of RE2 as Go reads it.

use regex_syntax::hir::{Capture, Class, ClassUnicode, Hir, Look, Repetition};

use super::class;
use crate::budget::Meter;
use crate::error::{Fault, Outcome};

/// Repetitions within repetitions come to no more than this.
const MOST_REPEATED: u32 = 1_000;

/// A parsed expression.
pub(super) struct Parsed {
    pub(super) hir: Hir,
    /// Roughly how many states it will have.
    pub(super) weight: usize,
    /// Groups that have a name, which several may share.
    pub(super) names: Vec<(String, u32)>,
}

/// Flags that `(?i)` and its like set.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) fold: bool,
    multi_line: bool,
    dot_all: bool,
    lazy: bool,
}

/// A part of an expression.
struct Item {
    hir: Hir,
    weight: usize,
    /// How often repetitions within repeat what is innermost.
    repeated: u32,
}

impl Item {
    fn of(hir: Hir) -> Self {
        Self {
            hir,
            weight: 1,
            repeated: 1,
        }
    }

    fn class(class: ClassUnicode) -> Self {
        Self {
            weight: 1 + 2 * class.ranges().len(),
            hir: Hir::class(Class::Unicode(class)),
            repeated: 1,
        }
    }
}

/// What stands between two parentheses so far.
#[derive(Default)]
struct Group {
    alternatives: Vec<Item>,
    items: Vec<Item>,
    /// Flags outside of it.
    flags: Flags,
    capture: Option<u32>,
}

/// Parses an expression.
///
/// # Errors
/// As Go, without the part of the expression that is wrong: it may come from a value.
pub(super) fn parse(meter: &Meter, pattern: &str) -> Outcome<Parsed> {
    let mut parser = Parser {
        meter,
        groups: vec![Group::default()],
        flags: Flags::default(),
        captures: 0,
        names: Vec::new(),
        behind_repetition: false,
    };
    let mut rest = pattern;
    while !rest.is_empty() {
        meter.steps(1)?;
        rest = parser.step(rest)?;
    }
    let (Some(last), true) = (parser.groups.pop(), parser.groups.is_empty()) else {
        return Err(error("missing closing )"));
    };
    let whole = last.finish();
    Ok(Parsed {
        hir: whole.hir,
        weight: whole.weight,
        names: parser.names,
    })
}

pub(super) fn error(what: &str) -> Fault {
    Fault::from(format!("error parsing regexp: {what}"))
}

struct Parser<'m> {
    meter: &'m Meter,
    groups: Vec<Group>,
    flags: Flags,
    captures: u32,
    names: Vec<(String, u32)>,
    /// Whether what was just read is a repetition: none may follow.
    behind_repetition: bool,
}

impl Parser<'_> {
    fn push(&mut self, item: Item) {
        if let Some(group) = self.groups.last_mut() {
            group.items.push(item);
        }
    }

    fn look(&mut self, look: Look) {
        self.push(Item::of(Hir::look(look)));
    }

    /// Reads one part; returns what stands behind it.
    fn step<'p>(&mut self, text: &'p str) -> Outcome<&'p str> {
        let behind_repetition = std::mem::take(&mut self.behind_repetition);
        let mut runes = text.chars();
        let first = runes.next();
        let rest = runes.as_str();
        match first {
            None => Ok(""),
            Some('(') if rest.starts_with('?') => self.flagged(text),
            Some('(') => {
                self.captures += 1;
                self.open(Some(self.captures), self.flags)?;
                Ok(rest)
            }
            Some(')') => self.close().map(|()| rest),
            Some('|') => {
                if let Some(group) = self.groups.last_mut() {
                    group.alternate();
                }
                Ok(rest)
            }
            Some('^') => {
                self.look(if self.flags.multi_line {
                    Look::StartLF
                } else {
                    Look::Start
                });
                Ok(rest)
            }
            Some('$') => {
                self.look(if self.flags.multi_line {
                    Look::EndLF
                } else {
                    Look::End
                });
                Ok(rest)
            }
            Some('.') => {
                self.push(Item::class(class::any(self.flags.dot_all)));
                Ok(rest)
            }
            Some('[') => {
                let (class, rest) = class::bracketed(self.meter, rest, self.flags)?;
                self.push(Item::class(class));
                Ok(rest)
            }
            Some('*') => self.repeat(rest, 0, None, behind_repetition),
            Some('+') => self.repeat(rest, 1, None, behind_repetition),
            Some('?') => self.repeat(rest, 0, Some(1), behind_repetition),
            Some('{') => match counts(rest) {
                Some(Ok((least, most, rest))) => self.repeat(rest, least, most, behind_repetition),
                Some(Err(())) => Err(error("invalid repeat count")),
                None => {
                    self.literal('{');
                    Ok(rest)
                }
            },
            Some('\\') => self.escape(rest),
            Some(rune) => {
                self.literal(rune);
                Ok(rest)
            }
        }
    }

    fn literal(&mut self, rune: char) {
        if self.flags.fold {
            let mut class = class::range(rune, rune);
            class::fold(&mut class);
            if class.ranges().len() > 1 {
                self.push(Item::class(class));
                return;
            }
        }
        let bytes = rune.encode_utf8(&mut [0; 4]).as_bytes().to_vec();
        self.push(Item::of(Hir::literal(bytes)));
    }

    fn open(&mut self, capture: Option<u32>, outside: Flags) -> Outcome<()> {
        self.meter.fits(self.groups.len() as u32)?;
        self.groups.push(Group {
            flags: outside,
            capture,
            ..Group::default()
        });
        Ok(())
    }

    fn close(&mut self) -> Outcome<()> {
        let group = self.groups.pop().filter(|_| !self.groups.is_empty());
        let group = group.ok_or_else(|| error("unexpected )"))?;
        self.flags = group.flags;
        let item = group.finish();
        self.push(item);
        Ok(())
    }

    fn repeat<'p>(
        &mut self,
        text: &'p str,
        least: u32,
        most: Option<u32>,
        behind_repetition: bool,
    ) -> Outcome<&'p str> {
        let (lazy, rest) = match text.strip_prefix('?') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if behind_repetition {
            return Err(error("invalid nested repetition operator"));
        }
        let item = self.groups.last_mut().and_then(|group| group.items.pop());
        let item = item.ok_or_else(|| error("missing argument to repetition operator"))?;
        let counted = least >= 2 || most.is_some_and(|most| most >= 2);
        let times = most.unwrap_or(least).max(1);
        let repeated = item
            .repeated
            .saturating_mul(if counted { times } else { 1 });
        if counted && repeated > MOST_REPEATED {
            return Err(error("invalid repeat count"));
        }
        let weight = item.weight.saturating_mul(times as usize).saturating_add(2);
        self.push(Item {
            hir: Hir::repetition(Repetition {
                min: least,
                max: most,
                greedy: lazy == self.flags.lazy,
                sub: Box::new(item.hir),
            }),
            weight,
            repeated,
        });
        self.behind_repetition = true;
        Ok(rest)
    }

    fn escape<'p>(&mut self, text: &'p str) -> Outcome<&'p str> {
        let mut runes = text.chars();
        let look = match runes.next() {
            Some('A') => Some(Look::Start),
            Some('b') => Some(Look::WordAscii),
            Some('B') => Some(Look::WordAsciiNegate),
            Some('z') => Some(Look::End),
            Some('Q') => {
                let rest = runes.as_str();
                let (literal, rest) = rest.split_once("\\E").unwrap_or((rest, ""));
                self.meter.steps(literal.len())?;
                literal.chars().for_each(|rune| self.literal(rune));
                return Ok(rest);
            }
            _ => None,
        };
        if let Some(look) = look {
            self.look(look);
            return Ok(runes.as_str());
        }
        if let Some((class, rest)) = class::escaped(text, self.flags)? {
            self.push(Item::class(class));
            return Ok(rest);
        }
        let (code, rest) = class::character(text)?;
        match char::from_u32(code) {
            Some(rune) => self.literal(rune),
            None => self.push(Item::of(Hir::fail())),
        }
        Ok(rest)
    }

    /// `(?P<name>`, `(?<name>`, `(?flags)` and `(?flags:`.
    fn flagged<'p>(&mut self, text: &'p str) -> Outcome<&'p str> {
        let inner = text.strip_prefix("(?").unwrap_or_default();
        let named = inner.strip_prefix("P<").or_else(|| inner.strip_prefix('<'));
        if let Some(named) = named.filter(|named| !named.is_empty()) {
            let (name, rest) = named
                .split_once('>')
                .ok_or_else(|| error("invalid named capture"))?;
            let is_word = |rune: char| rune.is_ascii_alphanumeric() || rune == '_';
            if name.is_empty() || !name.chars().all(is_word) {
                return Err(error("invalid named capture"));
            }
            self.captures += 1;
            self.names.push((name.to_owned(), self.captures));
            self.open(Some(self.captures), self.flags)?;
            return Ok(rest);
        }
        let (mut flags, mut set, mut seen) = (self.flags, true, false);
        let mut runes = inner.chars();
        while let Some(rune) = runes.next() {
            match rune {
                'i' => flags.fold = set,
                'm' => flags.multi_line = set,
                's' => flags.dot_all = set,
                'U' => flags.lazy = set,
                '-' if set => {
                    (set, seen) = (false, false);
                    continue;
                }
                ':' | ')' if set || seen => {
                    if rune == ':' {
                        self.open(None, self.flags)?;
                    }
                    self.flags = flags;
                    // A change of flags is not there for repetitions, which see what stands before it.
                    return Ok(runes.as_str());
                }
                _ => break,
            }
            seen = true;
        }
        Err(error("invalid or unsupported Perl syntax"))
    }
}

impl Group {
    /// Ends an alternative.
    fn alternate(&mut self) {
        let items = std::mem::take(&mut self.items);
        let joined = join(items, Hir::concat);
        self.alternatives.push(joined);
    }

    fn finish(mut self) -> Item {
        self.alternate();
        let item = join(self.alternatives, Hir::alternation);
        let Some(index) = self.capture else {
            return item;
        };
        let capture = Capture {
            index,
            name: None,
            sub: Box::new(item.hir),
        };
        Item {
            hir: Hir::capture(capture),
            weight: item.weight.saturating_add(2),
            repeated: item.repeated,
        }
    }
}

fn join(items: Vec<Item>, with: fn(Vec<Hir>) -> Hir) -> Item {
    let weights = items.iter().map(|item| item.weight);
    Item {
        weight: weights.fold(1, usize::saturating_add),
        repeated: items.iter().map(|item| item.repeated).max().unwrap_or(1),
        hir: with(items.into_iter().map(|item| item.hir).collect()),
    }
}

type Counts<'p> = Result<(u32, Option<u32>, &'p str), ()>;

/// `3}`, `3,}` or `3,5}` behind a brace. `None` if it is none of them and so is text; an error if
/// the numbers are too large or in the wrong order.
fn counts(text: &str) -> Option<Counts<'_>> {
    let (least, rest) = count(text)?;
    let (most, rest) = match rest.strip_prefix(',') {
        None => (Some(least), rest),
        Some(rest) if rest.starts_with('}') => (None, rest),
        Some(rest) => {
            let (most, rest) = count(rest)?;
            (Some(most), rest)
        }
    };
    let rest = rest.strip_prefix('}')?;
    let fits = |number: u32| number <= MOST_REPEATED;
    if !fits(least) || most.is_some_and(|most| !fits(most) || least > most) {
        return Some(Err(()));
    }
    Some(Ok((least, most, rest)))
}

fn count(text: &str) -> Option<(u32, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(length)?;
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    Some((digits.parse().unwrap_or(u32::MAX), rest))
}
