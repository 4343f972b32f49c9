//! Sums, in hexadecimal but for Adler's, which is decimal.

use aws_lc_rs::digest::{self, Algorithm};

use crate::error::Outcome;
use crate::functions::Arguments;
use crate::host::Host;
use crate::value::Value;

fn sum(
    host: &Host<'_>,
    arguments: &Arguments<'_>,
    algorithm: &'static Algorithm,
) -> Outcome<Value> {
    let text = arguments.text(0)?;
    host.meter.scan(8 * text.len())?;
    let mut out = host.buffer();
    for byte in digest::digest(algorithm, text).as_ref() {
        out.extend(format!("{byte:02x}").as_bytes())?;
    }
    out.text().map(Value::Str)
}

pub(super) fn sha1(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    sum(host, arguments, &digest::SHA1_FOR_LEGACY_USE_ONLY)
}

pub(super) fn sha256(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    sum(host, arguments, &digest::SHA256)
}

pub(super) fn sha512(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    sum(host, arguments, &digest::SHA512)
}

pub(super) fn adler32(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    const MODULUS: u32 = 65_521;
    let step = |(one, two): (u32, u32), byte: &u8| {
        let one = (one + u32::from(*byte)) % MODULUS;
        (one, (two + one) % MODULUS)
    };
    let (one, two) = arguments.text(0)?.iter().fold((1, 0), step);
    host.text((two << 16 | one).to_string().as_bytes())
}
