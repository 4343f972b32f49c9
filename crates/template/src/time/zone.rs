//! Zones: UTC, an offset that a text named, or one of the database that is built in.

use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::value::Text;

/// `*time.Location`
#[derive(Clone)]
pub(crate) enum Zone {
    Utc,
    /// UTC by another name, as in the peer's container.
    Local,
    /// What was read from a text.
    Fixed(Rc<Fixed>),
    /// What `time.LoadLocation` finds.
    Named(TimeZone),
}

/// An offset with a name, which may be empty.
pub(crate) struct Fixed {
    pub(crate) name: Text,
    pub(crate) offset: i64,
}

/// What a zone comes to at one moment.
pub(crate) struct Offset {
    /// Seconds east of Greenwich.
    pub(crate) offset: i64,
    /// The abbreviation.
    pub(crate) name: Vec<u8>,
}

impl Zone {
    /// `time.LoadLocation`; `None` if there is no such zone.
    pub(crate) fn load(name: &[u8]) -> Option<Self> {
        match name {
            b"" | b"UTC" => return Some(Self::Utc),
            b"Local" => return Some(Self::Local),
            _ => {}
        }
        let name = str::from_utf8(name).ok()?;
        let found = TimeZoneDatabase::bundled().get(name).ok()?;
        // Go looks for a file, and so for the very name.
        (found.iana_name() == Some(name)).then_some(Self::Named(found))
    }

    pub(crate) fn at(&self, seconds: i64) -> Offset {
        let utc = |offset, name: &[u8]| Offset {
            offset,
            name: name.to_vec(),
        };
        match self {
            Self::Utc | Self::Local => utc(0, b"UTC"),
            Self::Fixed(fixed) => utc(fixed.offset, &fixed.name),
            Self::Named(zone) => {
                // Beyond the calendar of the database its first and last rules go on.
                let (first, last) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
                let moment = Timestamp::from_second(seconds.clamp(first, last));
                let moment = moment.unwrap_or(Timestamp::UNIX_EPOCH);
                let info = zone.to_offset_info(moment);
                utc(
                    i64::from(info.offset().seconds()),
                    info.abbreviation().as_bytes(),
                )
            }
        }
    }

    /// Whether both are alike, as `reflect.DeepEqual` sees them.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Utc, Self::Utc) | (Self::Local, Self::Local) => true,
            (Self::Fixed(one), Self::Fixed(other)) => {
                one.name == other.name && one.offset == other.offset
            }
            (Self::Named(one), Self::Named(other)) => one == other,
            _ => false,
        }
    }

    /// Whether both are the same object, as `==` sees them.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fixed(one), Self::Fixed(other)) => Rc::ptr_eq(one, other),
            _ => self.same(other),
        }
    }
}
