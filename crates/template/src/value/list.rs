//! Go slices: a window on shared elements, so that what is done to one is seen through another.

use std::cell::RefCell;
use std::rc::Rc;

use super::Value;
use crate::budget::Meter;
use crate::error::Outcome;

/// A slice of Go: without a store it is the nil slice, which prints alike but is not equal.
pub(crate) struct Slice<T> {
    store: Option<Rc<RefCell<Vec<T>>>>,
    from: usize,
    to: usize,
    depth: u32,
}

/// `[]interface {}`
pub(crate) type List = Slice<Value>;

/// What an element takes.
const ELEMENT: usize = 32;

impl<T> Clone for Slice<T> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            ..*self
        }
    }
}

impl<T: Clone> Slice<T> {
    /// The nil slice.
    pub(crate) fn nil() -> Self {
        Self {
            store: None,
            from: 0,
            to: 0,
            depth: 1,
        }
    }

    /// A slice of elements that are no slices themselves.
    pub(crate) fn new(meter: &Meter, items: Vec<T>) -> Outcome<Self> {
        Self::nested(meter, items, 0)
    }

    /// A slice of elements in which slices nest so deep.
    fn nested(meter: &Meter, items: Vec<T>, depth: u32) -> Outcome<Self> {
        meter.fits(depth + 1)?;
        meter.memory(ELEMENT * (1 + items.len()))?;
        Ok(Self {
            from: 0,
            to: items.len(),
            store: Some(Rc::new(RefCell::new(items))),
            depth: depth + 1,
        })
    }

    pub(crate) fn is_nil(&self) -> bool {
        self.store.is_none()
    }

    pub(crate) fn len(&self) -> usize {
        self.to - self.from
    }

    /// How deep slices nest in it.
    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }

    pub(crate) fn get(&self, index: usize) -> Option<T> {
        if index >= self.len() {
            return None;
        }
        let store = self.store.as_ref()?.borrow();
        store.get(self.from + index).cloned()
    }

    /// `slice[from:to]`; `to` may reach into what lies behind, as in Go.
    pub(crate) fn part(&self, from: i64, to: i64) -> Option<Self> {
        let stored = self.store.as_ref().map_or(0, |store| store.borrow().len());
        let (from, to) = (usize::try_from(from).ok()?, usize::try_from(to).ok()?);
        if from > to || to > stored - self.from {
            return None;
        }
        Some(Self {
            from: self.from + from,
            to: self.from + to,
            ..self.clone()
        })
    }

    /// All elements.
    pub(crate) fn to_vec(&self) -> Vec<T> {
        (0..self.len())
            .filter_map(|index| self.get(index))
            .collect()
    }

    /// Whether both show the same elements in the same place.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let same = match (&self.store, &other.store) {
            (Some(one), Some(other)) => Rc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        same && (self.from, self.to) == (other.from, other.to)
    }

    /// Sorts the elements where they are.
    pub(crate) fn sort(&self)
    where
        T: Ord,
    {
        let Some(store) = &self.store else { return };
        if let Some(window) = store.borrow_mut().get_mut(self.from..self.to) {
            window.sort();
        }
    }
}

impl List {
    /// A list, unless it would nest deeper than values may: they are let go by recursion.
    pub(crate) fn of(meter: &Meter, items: Vec<Value>) -> Outcome<Self> {
        let deepest = items.iter().map(Value::depth).max().unwrap_or(0);
        Self::nested(meter, items, deepest)
    }
}

impl Slice<List> {
    /// A list of lists.
    pub(crate) fn chunks(meter: &Meter, lists: Vec<List>) -> Outcome<Self> {
        let deepest = lists.iter().map(Slice::depth).max().unwrap_or(0);
        Self::nested(meter, lists, deepest)
    }
}

/// Charges for a slice of so many elements before a loop whose length comes from the template.
pub(crate) fn afford(meter: &Meter, count: usize) -> Outcome<()> {
    meter.steps(count)?;
    meter.memory(count.saturating_mul(ELEMENT))
}
