//! The one way in.

use std::rc::Rc;

use jiff::Timestamp;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::budget::{Budget, Meter};
use crate::error::Error;
use crate::eval::execute;
use crate::host::Host;
use crate::parse::parse;
use crate::time::{Time, Zone};
use crate::value::{Text, Value};

/// Renders the templates of one object: all of them see the same values and the same moment, and one
/// budget is for all of them.
pub struct Renderer {
    context: Value,
    now: Option<Timestamp>,
    meter: Meter,
}

impl Renderer {
    /// With the values that templates see as `map[string]string`, and the moment that is now; without
    /// it the templates that ask for it fail.
    pub fn new<'v>(
        values: impl IntoIterator<Item = (&'v str, &'v [u8])>,
        now: Option<Timestamp>,
        budget: Budget,
    ) -> Self {
        let text = |(key, value): (&str, &[u8])| (Text::given(key.as_bytes()), Text::given(value));
        let values = values.into_iter().map(text).collect();
        Self {
            context: Value::StringMap(Rc::new(values)),
            now,
            meter: Meter::new(budget),
        }
    }

    /// Renders `text` under the name `name`, as Go's `template.New(name).Parse(text)` and `Execute` do
    /// it. What is random comes from `rng` and is the same each time if that is seeded alike.
    ///
    /// # Errors
    /// The text is no template, or its execution failed, or the budget of all templates of this
    /// renderer is spent. No error tells a value.
    pub fn render(
        &self,
        name: &str,
        text: &str,
        rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let parsed = parse(&self.meter, name, text)?;
        let host = Host::new(&self.meter, self.now.map(moment), rng);
        let out = execute(&host, &parsed.templates, (name, text), &self.context)?;
        Ok(out.into_bytes())
    }
}

/// Whether `text` is a template that calls functions that there are; nothing is executed.
///
/// # Errors
/// What [`Renderer::render`] would say before it executes anything.
pub fn check(name: &str, text: &str) -> Result<(), Error> {
    parse(&Meter::new(Budget::default()), name, text).map(drop)
}

fn moment(now: Timestamp) -> Time {
    Time {
        seconds: now.as_second(),
        nanoseconds: u32::try_from(now.subsec_nanosecond()).unwrap_or(0),
        zone: Zone::Local,
    }
}
