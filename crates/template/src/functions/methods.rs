//! Methods of the types that functions return: a method is a function whose first argument is what
//! stands before the dot.

use std::cmp::Ordering;
use std::rc::Rc;

use super::{Arguments, Function, Type};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::semver::Version;
use crate::time::{HOUR, MINUTE, Month, SECOND, Zone, round, truncate};
use crate::value::Value;

use Type::{Duration, Int, Text, Time, Version as Semver};

/// The method of a value, if it has one of this name.
pub(crate) fn find(receiver: &Value, name: &str) -> Option<&'static Function> {
    let methods: &[Function] = match receiver {
        Value::Time(_) => TIME,
        Value::Duration(_) => DURATION,
        Value::Month(_) | Value::Weekday(_) => NAMED,
        Value::Version(_) => VERSION,
        Value::PlainVersion(_) => PLAIN_VERSION,
        _ => return None,
    };
    methods.iter().find(|method| method.name == name)
}

/// Whether Go has the method and we do not, which is told apart from a name that is no method.
pub(crate) fn is_refused(receiver: &Value, name: &str) -> bool {
    match receiver {
        Value::Time(_) => [
            "AppendBinary",
            "AppendFormat",
            "AppendText",
            "Clock",
            "Date",
            "GoString",
            "GobEncode",
            "ISOWeek",
            "In",
            "IsDST",
            "Location",
            "MarshalBinary",
            "MarshalJSON",
            "MarshalText",
            "Zone",
            "ZoneBounds",
        ]
        .contains(&name),
        Value::Version(_) | Value::PlainVersion(_) => [
            "MarshalJSON",
            "MarshalText",
            "Scan",
            "UnmarshalJSON",
            "UnmarshalText",
            "Value",
        ]
        .contains(&name),
        _ => false,
    }
}

fn spoken(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    arguments.any(0)?.to_text(host.meter).map(Value::Str)
}

const NAMED: &[Function] = &[Function::new("String", &[], spoken)];

const DURATION: &[Function] = &[
    Function::new("Abs", &[], |_, this| {
        Ok(Value::Duration(this.duration(0)?.saturating_abs()))
    }),
    Function::new("Hours", &[], |_, this| in_units(this, HOUR)),
    Function::new("Microseconds", &[], |_, this| {
        Ok(Value::Int64(this.duration(0)? / 1_000))
    }),
    Function::new("Milliseconds", &[], |_, this| {
        Ok(Value::Int64(this.duration(0)? / 1_000_000))
    }),
    Function::new("Minutes", &[], |_, this| in_units(this, MINUTE)),
    Function::new("Nanoseconds", &[], |_, this| {
        Ok(Value::Int64(this.duration(0)?))
    }),
    Function::new("Round", &[Duration], |_, this| {
        Ok(Value::Duration(round(this.duration(0)?, this.duration(1)?)))
    }),
    Function::new("Seconds", &[], |_, this| in_units(this, SECOND)),
    Function::new("String", &[], spoken),
    Function::new("Truncate", &[Duration], |_, this| {
        Ok(Value::Duration(truncate(
            this.duration(0)?,
            this.duration(1)?,
        )))
    }),
];

/// A duration as a float of a larger unit.
fn in_units(this: &Arguments<'_>, unit: i64) -> Outcome<Value> {
    let duration = this.duration(0)?;
    let (whole, rest) = (duration / unit, duration % unit);
    Ok(Value::Float(whole as f64 + rest as f64 / unit as f64))
}

const TIME: &[Function] = &[
    Function::new("Add", &[Duration], |_, this| {
        Ok(Value::Time(this.time(0)?.add(this.duration(1)?)))
    }),
    Function::new("AddDate", &[Int, Int, Int], |_, this| {
        let (years, months, days) = (this.int(1)?, this.int(2)?, this.int(3)?);
        Ok(Value::Time(this.time(0)?.add_date(years, months, days)))
    }),
    Function::new("After", &[Time], |_, this| ordered(this, Ordering::is_gt)),
    Function::new("Before", &[Time], |_, this| ordered(this, Ordering::is_lt)),
    Function::new("Compare", &[Time], |_, this| {
        Ok(Value::Int(this.time(0)?.compare(this.time(1)?) as i64))
    }),
    Function::new("Day", &[], |_, this| {
        Ok(Value::Int(this.time(0)?.date().day))
    }),
    Function::new("Equal", &[Time], |_, this| ordered(this, Ordering::is_eq)),
    Function::new("Format", &[Text], |host, this| {
        let mut out = host.buffer();
        this.time(0)?.format(&mut out, this.text(1)?)?;
        out.text().map(Value::Str)
    }),
    Function::new("Hour", &[], |_, this| {
        Ok(Value::Int(this.time(0)?.clock().hour))
    }),
    Function::new("IsZero", &[], |_, this| {
        Ok(Value::Bool(this.time(0)?.is_zero()))
    }),
    Function::new("Local", &[], |_, this| {
        Ok(Value::Time(this.time(0)?.within(Zone::Local)))
    }),
    Function::new("Minute", &[], |_, this| {
        Ok(Value::Int(this.time(0)?.clock().minute))
    }),
    Function::new("Month", &[], |_, this| {
        Ok(Value::Month(Month(this.time(0)?.date().month)))
    }),
    Function::new("Nanosecond", &[], |_, this| {
        Ok(Value::Int(i64::from(this.time(0)?.nanoseconds)))
    }),
    Function::new("Round", &[Duration], |_, this| {
        Ok(Value::Time(
            this.time(0)?.to_multiple(this.duration(1)?, true),
        ))
    }),
    Function::new("Second", &[], |_, this| {
        Ok(Value::Int(this.time(0)?.clock().second))
    }),
    Function::new("String", &[], spoken),
    Function::new("Sub", &[Time], |_, this| {
        Ok(Value::Duration(this.time(0)?.sub(this.time(1)?)))
    }),
    Function::new("Truncate", &[Duration], |_, this| {
        Ok(Value::Time(
            this.time(0)?.to_multiple(this.duration(1)?, false),
        ))
    }),
    Function::new("UTC", &[], |_, this| {
        Ok(Value::Time(this.time(0)?.within(Zone::Utc)))
    }),
    Function::new("Unix", &[], |_, this| {
        Ok(Value::Int64(this.time(0)?.seconds))
    }),
    Function::new("UnixMicro", &[], |_, this| since_epoch(this, 1_000_000)),
    Function::new("UnixMilli", &[], |_, this| since_epoch(this, 1_000)),
    Function::new("UnixNano", &[], |_, this| since_epoch(this, SECOND)),
    Function::new("Weekday", &[], |_, this| {
        Ok(Value::Weekday(this.time(0)?.weekday()))
    }),
    Function::new("Year", &[], |_, this| {
        Ok(Value::Int(this.time(0)?.date().year))
    }),
    Function::new("YearDay", &[], |_, this| {
        Ok(Value::Int(this.time(0)?.date().year_day))
    }),
];

fn ordered(this: &Arguments<'_>, is: fn(Ordering) -> bool) -> Outcome<Value> {
    Ok(Value::Bool(is(this.time(0)?.compare(this.time(1)?))))
}

/// The time in units of which a second has so many.
fn since_epoch(this: &Arguments<'_>, per_second: i64) -> Outcome<Value> {
    let time = this.time(0)?;
    let rest = i64::from(time.nanoseconds) / (SECOND / per_second);
    Ok(Value::Int64(
        time.seconds.wrapping_mul(per_second).wrapping_add(rest),
    ))
}

const VERSION: &[Function] = &[
    Function::new("Compare", &[Semver], |_, this| {
        Ok(Value::Int(this.version(0)?.compare(this.version(1)?) as i64))
    }),
    Function::new("Equal", &[Semver], |_, this| related(this, Ordering::is_eq)),
    Function::new("GreaterThan", &[Semver], |_, this| {
        related(this, Ordering::is_gt)
    }),
    Function::new("GreaterThanEqual", &[Semver], |_, this| {
        related(this, Ordering::is_ge)
    }),
    Function::new("LessThan", &[Semver], |_, this| {
        related(this, Ordering::is_lt)
    }),
    Function::new("LessThanEqual", &[Semver], |_, this| {
        related(this, Ordering::is_le)
    }),
    Function::new("Original", &[], |host, this| {
        host.text(this.version(0)?.original.as_bytes())
    }),
    PLAIN_VERSION[0],
    PLAIN_VERSION[1],
    PLAIN_VERSION[2],
    PLAIN_VERSION[3],
    PLAIN_VERSION[4],
    PLAIN_VERSION[5],
    PLAIN_VERSION[6],
    PLAIN_VERSION[7],
    PLAIN_VERSION[8],
    PLAIN_VERSION[9],
    PLAIN_VERSION[10],
];

/// What the structure has; a pointer to it has these and more.
const PLAIN_VERSION: &[Function] = &[
    Function::new("IncMajor", &[], |host, this| {
        plain(host, this.version(0)?.next_major())
    }),
    Function::new("IncMinor", &[], |host, this| {
        plain(host, this.version(0)?.next_minor())
    }),
    Function::new("IncPatch", &[], |host, this| {
        plain(host, this.version(0)?.next_patch())
    }),
    Function::new("Major", &[], |_, this| {
        Ok(Value::Uint64(this.version(0)?.major))
    }),
    Function::new("Metadata", &[], |host, this| {
        host.text(this.version(0)?.metadata.as_bytes())
    }),
    Function::new("Minor", &[], |_, this| {
        Ok(Value::Uint64(this.version(0)?.minor))
    }),
    Function::new("Patch", &[], |_, this| {
        Ok(Value::Uint64(this.version(0)?.patch))
    }),
    Function::new("Prerelease", &[], |host, this| {
        host.text(this.version(0)?.pre.as_bytes())
    }),
    Function::new("SetMetadata", &[Text], |host, this| {
        let version = this.version(0)?.with_metadata(this.text(1)?);
        plain(host, version.map_err(Fault::from)?)
    }),
    Function::new("SetPrerelease", &[Text], |host, this| {
        let version = this.version(0)?.with_pre(this.text(1)?);
        plain(host, version.map_err(Fault::from)?)
    }),
    Function::new("String", &[], spoken),
];

fn related(this: &Arguments<'_>, is: fn(Ordering) -> bool) -> Outcome<Value> {
    let order = this.version(0)?.compare(this.version(1)?);
    Ok(Value::Bool(is(order)))
}

fn plain(host: &Host<'_>, version: Version) -> Outcome<Value> {
    host.meter.memory(128 + 2 * version.original.len())?;
    Ok(Value::PlainVersion(Rc::new(version)))
}
