//! sprig's dates. What is no date stands for now.

use super::{Arguments, Function, Type};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::numeric::parse_int_anyway;
use crate::time::{HOUR, MINUTE, SECOND, Time, Zone, parse, parse_duration, round, show_duration};
use crate::value::Value;

use Type::{Any, Text, Time as Date};

pub(super) const ALL: &[Function] = &[
    Function::new("ago", &[Any], ago),
    Function::new("date", &[Text, Any], |host, arguments| {
        shown(host, arguments.text(0)?, arguments.any(1)?, b"Local")
    }),
    Function::new("dateInZone", &[Text, Any, Text], in_zone),
    Function::new("dateModify", &[Text, Date], |_, arguments| {
        let (change, date) = (arguments.text(0)?, arguments.time(1)?);
        Ok(Value::Time(date.add(parse_duration(change).unwrap_or(0))))
    }),
    Function::new("date_in_zone", &[Text, Any, Text], in_zone),
    Function::new("date_modify", &[Text, Date], |_, arguments| {
        let (change, date) = (arguments.text(0)?, arguments.time(1)?);
        Ok(Value::Time(date.add(parse_duration(change).unwrap_or(0))))
    }),
    Function::new("duration", &[Any], duration),
    Function::new("durationRound", &[Any], duration_round),
    Function::new("htmlDate", &[Any], |host, arguments| {
        shown(host, b"2006-01-02", arguments.any(0)?, b"Local")
    }),
    Function::new("htmlDateInZone", &[Any, Text], |host, arguments| {
        shown(host, b"2006-01-02", arguments.any(0)?, arguments.text(1)?)
    }),
    Function::new("mustDateModify", &[Text, Date], must_modify),
    Function::new("mustToDate", &[Text, Text], |_, arguments| {
        let date = parse(arguments.text(0)?, arguments.text(1)?);
        date.map(Value::Time).map_err(Fault::from)
    }),
    Function::new("must_date_modify", &[Text, Date], must_modify),
    Function::new("now", &[], |host, _| host.now().map(Value::Time)),
    Function::new("toDate", &[Text, Text], |_, arguments| {
        let date = parse(arguments.text(0)?, arguments.text(1)?);
        Ok(Value::Time(date.unwrap_or_else(|_| Time::zero())))
    }),
    Function::new("unixEpoch", &[Date], |host, arguments| {
        host.text(arguments.time(0)?.seconds.to_string().as_bytes())
    }),
];

/// The moment that a value stands for.
fn moment(host: &Host<'_>, value: &Value) -> Outcome<Time> {
    Ok(match value {
        Value::Time(time) => time.clone(),
        Value::Int(seconds) | Value::Int64(seconds) => Time::unix(*seconds),
        _ => return host.now(),
    })
}

/// A zone that does not exist is UTC.
fn shown(host: &Host<'_>, layout: &[u8], date: &Value, zone: &[u8]) -> Outcome<Value> {
    let zone = Zone::load(zone).unwrap_or(Zone::Utc);
    let mut out = host.buffer();
    moment(host, date)?.within(zone).format(&mut out, layout)?;
    out.text().map(Value::Str)
}

fn in_zone(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    shown(
        host,
        arguments.text(0)?,
        arguments.any(1)?,
        arguments.text(2)?,
    )
}

fn must_modify(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let change = parse_duration(arguments.text(0)?)?;
    Ok(Value::Time(arguments.time(1)?.add(change)))
}

fn ago(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let since = host.now()?.sub(&moment(host, arguments.any(0)?)?);
    host.text(show_duration(round(since, SECOND)).as_bytes())
}

/// Seconds, in a string or an int64; an int is none, as in the peer.
fn duration(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let seconds = match arguments.any(0)? {
        Value::Str(text) => parse_int_anyway(text, 10),
        Value::Int64(seconds) => *seconds,
        _ => 0,
    };
    host.text(show_duration(seconds.wrapping_mul(SECOND)).as_bytes())
}

/// The largest unit alone: `2h` of `2h10m`.
fn duration_round(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let duration = match arguments.any(0)? {
        Value::Str(text) => parse_duration(text).unwrap_or(0),
        Value::Int64(nanoseconds) => *nanoseconds,
        Value::Time(time) => host.now()?.sub(time),
        _ => 0,
    };
    let size = duration.unsigned_abs();
    let units = [
        (8760 * HOUR, "y"),
        (720 * HOUR, "mo"),
        (24 * HOUR, "d"),
        (HOUR, "h"),
        (MINUTE, "m"),
        (SECOND, "s"),
    ];
    let units = units.map(|(unit, name)| (unit.unsigned_abs(), name));
    let largest = units.iter().find(|(unit, _)| size > *unit);
    let text = match largest {
        Some((unit, name)) => format!("{}{name}", size / unit),
        None => "0s".to_owned(),
    };
    host.text(text.as_bytes())
}
