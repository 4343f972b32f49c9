//! What functions may use beside their arguments: the budget, the moment and the randomness that the
//! caller handed in.

use std::cell::RefCell;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::budget::Meter;
use crate::error::{Fault, Outcome};
use crate::time::Time;
use crate::value::{Buffer, List, Map, Maps, Slice, Text, Value};

/// See the module's documentation. There is nothing else: no environment, no network, no files.
pub(crate) struct Host<'h> {
    pub(crate) meter: &'h Meter,
    now: Option<Time>,
    pub(crate) rng: RefCell<&'h mut dyn CryptoRng>,
    maps: Maps,
}

impl<'h> Host<'h> {
    pub(crate) fn new(meter: &'h Meter, now: Option<Time>, rng: &'h mut dyn CryptoRng) -> Self {
        Self {
            meter,
            now,
            rng: RefCell::new(rng),
            maps: Maps::default(),
        }
    }

    /// The moment that is now, if the caller told one.
    pub(crate) fn now(&self) -> Outcome<Time> {
        let now = self.now.clone();
        now.ok_or_else(|| Fault::from("there is no clock here"))
    }

    /// A text in the making.
    pub(crate) fn buffer(&self) -> Buffer<'h> {
        Buffer::new(self.meter)
    }

    /// A `string`.
    pub(crate) fn text(&self, bytes: &[u8]) -> Outcome<Value> {
        Text::secret(self.meter, bytes).map(Value::Str)
    }

    /// A new, empty `map[string]interface {}`.
    pub(crate) fn map(&self) -> Outcome<Map> {
        self.maps.create(self.meter)
    }

    /// An `[]interface {}`.
    pub(crate) fn list(&self, items: Vec<Value>) -> Outcome<Value> {
        List::of(self.meter, items).map(Value::List)
    }

    /// A `[]string`.
    pub(crate) fn strings(&self, items: Vec<Text>) -> Outcome<Value> {
        Slice::new(self.meter, items).map(Value::Strings)
    }

    /// So many random bytes.
    pub(crate) fn random(&self, count: usize) -> Outcome<Zeroizing<Vec<u8>>> {
        self.meter.scan(count)?;
        self.meter.memory(count)?;
        let mut bytes = Zeroizing::new(vec![0; count]);
        self.rng.borrow_mut().fill_bytes(&mut bytes);
        Ok(bytes)
    }

    /// A random number below `bound`, each as likely as the other; 0 if there is none.
    pub(crate) fn below(&self, bound: u64) -> Outcome<u64> {
        self.meter.steps(1)?;
        // What lies above the last whole multiple would make the small ones likelier.
        let most = u64::MAX - u64::MAX.checked_rem(bound).unwrap_or(0);
        loop {
            let mut bytes = [0; 8];
            self.rng.borrow_mut().fill_bytes(&mut bytes);
            let drawn = u64::from_le_bytes(bytes);
            if drawn < most || bound == 0 {
                return Ok(drawn.checked_rem(bound).unwrap_or(0));
            }
        }
    }
}
