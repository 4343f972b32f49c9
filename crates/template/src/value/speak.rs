//! Values that have a `String` method, and what it says.

use super::{Buffer, Text, Value};
use crate::budget::Meter;
use crate::error::Outcome;
use crate::print;
use crate::time::show_duration;

impl Value {
    /// What the value's own `String` method says; `None` if it has none.
    pub(crate) fn spoken(&self, meter: &Meter) -> Outcome<Option<Text>> {
        let text = match self {
            Self::Time(time) => return time.show(Buffer::new(meter)).map(Some),
            Self::Version(version) | Self::PlainVersion(version) => {
                return Text::secret(meter, version.show().as_bytes()).map(Some);
            }
            Self::Duration(nanoseconds) => show_duration(*nanoseconds),
            Self::Month(month) => month.name(),
            Self::Weekday(day) => day.name(),
            _ => return Ok(None),
        };
        Text::secret(meter, text.as_bytes()).map(Some)
    }

    /// sprig's `strval`: a string as it is, anything else as `%v` prints it.
    pub(crate) fn to_text(&self, meter: &Meter) -> Outcome<Text> {
        print::show(meter, self)
    }
}
