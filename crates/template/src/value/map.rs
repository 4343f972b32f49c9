//! Go maps with string keys: shared, changed in place by `set`, in the order in which Go prints them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Text, Value};
use crate::budget::Meter;
use crate::error::{Fault, Outcome};

/// `map[string]interface {}`; `None` inside is the nil map, which can be read and not written.
#[derive(Clone)]
pub(crate) struct Map(Option<Rc<RefCell<Entries>>>);

type Entries = BTreeMap<Text, Value>;

/// What an entry takes.
const ENTRY: usize = 96;

impl Map {
    pub(crate) fn nil() -> Self {
        Self(None)
    }

    pub(crate) fn is_nil(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |entries| entries.borrow().len())
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<Value> {
        let value = self.0.as_ref()?.borrow().get(key).cloned();
        value.map(Value::boxed)
    }

    pub(crate) fn has(&self, key: &[u8]) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn set(&self, meter: &Meter, key: Text, value: Value) -> Outcome<()> {
        let Some(entries) = &self.0 else {
            return Err(Fault::from("assignment to entry in nil map"));
        };
        meter.memory(ENTRY)?;
        let old = entries.borrow_mut().insert(key, value);
        drop(old); // after the borrow: what goes may hold this very map
        Ok(())
    }

    pub(crate) fn remove(&self, key: &[u8]) {
        if let Some(entries) = &self.0 {
            let old = entries.borrow_mut().remove(key);
            drop(old);
        }
    }

    /// The entries as they are now, ordered by key.
    pub(crate) fn entries(&self) -> Vec<(Text, Value)> {
        let Some(entries) = &self.0 else {
            return Vec::new();
        };
        let entries = entries.borrow();
        let all = entries.iter();
        all.map(|(key, value)| (key.clone(), value.clone().boxed()))
            .collect()
    }

    /// Whether both are the same map.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Rc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }
}

/// Every map of one rendering. Maps can hold each other in circles, which counting owners never
/// frees, and in chains, which are too deep to free by recursion; so they are emptied one by one.
#[derive(Default)]
pub(crate) struct Maps(RefCell<Vec<Rc<RefCell<Entries>>>>);

impl Maps {
    /// A new, empty map.
    pub(crate) fn create(&self, meter: &Meter) -> Outcome<Map> {
        meter.memory(ENTRY)?;
        let entries = Rc::new(RefCell::new(Entries::new()));
        self.0.borrow_mut().push(entries.clone());
        Ok(Map(Some(entries)))
    }
}

impl Drop for Maps {
    fn drop(&mut self) {
        for map in self.0.get_mut() {
            let entries = std::mem::take(&mut *map.borrow_mut());
            drop(entries);
        }
    }
}
