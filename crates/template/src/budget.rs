//! What rendering may cost, charged before the work is done and the memory taken.
//!
//! A template is written by somebody else, and a few words of it can stand for any amount of work:
//! `repeat 1000000000 "x"`, a range within a range, a template that calls itself. One budget
//! holds for all templates of one object.

use std::cell::Cell;
use std::fmt;

use crate::error::Fault;

/// The most that the templates of one object may cost together. The defaults are far above what an
/// honest one needs: a Secret holds a mebibyte, and is made of some dozens of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of template text; 512 KiB by default.
    pub text: u64,
    /// Nodes evaluated, turns of loops and bytes looked at (64 of them are one step); 4,000,000 by
    /// default, which is about a second.
    pub steps: u64,
    /// Bytes that values made on the way take, counted when made and never given back; 64 MiB by
    /// default.
    pub memory: u64,
    /// Bytes rendered; 1 MiB by default, the most that a Secret holds.
    pub output: u64,
    /// How deep a template may nest: actions, parentheses, templates that call templates, values in
    /// values; 100 by default, and never more.
    pub nesting: u32,
    /// Slow functions of cryptography, in units of roughly a millisecond; 10,000 by default. A
    /// bcrypt is 60, `derivePassword` 150, an RSA key of 2,048 bits 300 and one of 4,096 bits
    /// 3,000.
    pub effort: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            text: 512 << 10,
            steps: 4_000_000,
            memory: 64 << 20,
            output: 1 << 20,
            nesting: DEEPEST,
            effort: 10_000,
        }
    }
}

/// Depth beyond which no budget goes: templates and values are walked by recursion, on a stack of
/// 2 MiB.
const DEEPEST: u32 = 100;

/// Bytes that are looked at for the price of one step.
const BYTES_PER_STEP: usize = 64;

/// Which part of the budget was not enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`Budget::text`].
    Text(u64),
    /// [`Budget::steps`].
    Steps(u64),
    /// [`Budget::memory`].
    Memory(u64),
    /// [`Budget::output`].
    Output(u64),
    /// [`Budget::nesting`].
    Nesting(u32),
    /// [`Budget::effort`].
    Effort(u64),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(most) => write!(f, "more than {most} bytes of templates"),
            Self::Steps(most) => write!(f, "more than {most} steps"),
            Self::Memory(most) => write!(f, "more than {most} bytes of values"),
            Self::Output(most) => write!(f, "more than {most} bytes of output"),
            Self::Nesting(most) => write!(f, "nested more than {most} deep"),
            Self::Effort(most) => write!(f, "more than {most} units of slow cryptography"),
        }
    }
}

/// What is left of a budget.
pub(crate) struct Meter {
    budget: Budget,
    text: Cell<u64>,
    steps: Cell<u64>,
    memory: Cell<u64>,
    output: Cell<u64>,
    effort: Cell<u64>,
    depth: Cell<u32>,
}

impl Meter {
    pub(crate) fn new(budget: Budget) -> Self {
        Self {
            text: Cell::new(budget.text),
            steps: Cell::new(budget.steps),
            memory: Cell::new(budget.memory),
            output: Cell::new(budget.output),
            effort: Cell::new(budget.effort),
            depth: Cell::new(0),
            budget,
        }
    }

    pub(crate) fn text(&self, bytes: usize) -> Result<(), Fault> {
        take(&self.text, bytes as u64, Limit::Text(self.budget.text))
    }

    pub(crate) fn steps(&self, count: usize) -> Result<(), Fault> {
        take(&self.steps, count as u64, Limit::Steps(self.budget.steps))
    }

    /// Charges for reading so many bytes, and for one step beside.
    pub(crate) fn scan(&self, bytes: usize) -> Result<(), Fault> {
        self.steps(1 + bytes / BYTES_PER_STEP)
    }

    pub(crate) fn memory(&self, bytes: usize) -> Result<(), Fault> {
        let most = Limit::Memory(self.budget.memory);
        take(&self.memory, bytes as u64, most)
    }

    pub(crate) fn output(&self, bytes: usize) -> Result<(), Fault> {
        let most = Limit::Output(self.budget.output);
        take(&self.output, bytes as u64, most)
    }

    pub(crate) fn effort(&self, units: u64) -> Result<(), Fault> {
        take(&self.effort, units, Limit::Effort(self.budget.effort))
    }

    /// One level deeper, until the guard is dropped.
    pub(crate) fn deeper(&self) -> Result<Deeper<'_>, Fault> {
        let depth = self.depth.get() + 1;
        self.fits(depth)?;
        self.depth.set(depth);
        Ok(Deeper(&self.depth))
    }

    /// Whether something may nest so deep.
    pub(crate) fn fits(&self, depth: u32) -> Result<(), Fault> {
        let most = self.budget.nesting.min(DEEPEST);
        if depth > most {
            return Err(Fault::Exhausted(Limit::Nesting(most)));
        }
        Ok(())
    }
}

fn take(left: &Cell<u64>, amount: u64, limit: Limit) -> Result<(), Fault> {
    let Some(rest) = left.get().checked_sub(amount) else {
        left.set(0);
        return Err(Fault::Exhausted(limit));
    };
    left.set(rest);
    Ok(())
}

/// Holds a level of nesting.
pub(crate) struct Deeper<'m>(&'m Cell<u32>);

impl Drop for Deeper<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}
