//! Plain HTTP, enough to ask a server on loopback whether it is ready, and what it says of a request.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// The body of `http://<address><path>`.
///
/// # Errors
/// When nobody listens, the answer takes over five seconds, or its status is not 200.
pub fn get(address: &str, path: &str) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).with_context(|| address.to_owned())?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    // HTTP/1.0: the answer ends with the connection and is never chunked.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let body = answer.split_off(end.context("an answer without an end of its head")? + 4);
    let head = String::from_utf8_lossy(&answer);
    let status = head.lines().next().unwrap_or_default();
    ensure!(status.contains(" 200 "), "http://{address}{path}: {status}");
    Ok(body)
}

/// The status of a POST of JSON to `http://<address><path>`, with one header more.
///
/// # Errors
/// When nobody listens, or the answer takes over five seconds or has no status.
pub fn post(address: &str, path: &str, header: (&str, &str), body: &str) -> Result<u16> {
    let mut stream = TcpStream::connect(address).with_context(|| address.to_owned())?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let (name, value) = header;
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{name}: {value}\r\n\r\n{body}"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let head = String::from_utf8_lossy(&answer);
    let status = head.split_whitespace().nth(1).context("no answer")?;
    status
        .parse()
        .with_context(|| format!("http://{address}{path}: {status}"))
}

/// A port on loopback that nobody listens on at this moment.
///
/// It lies below those that systems hand out by themselves: otherwise any connection that some
/// program opens before the port is used could take it. Each process begins at another place.
///
/// # Errors
/// When all are taken.
pub fn free_port() -> Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 22_000;
    let start = std::process::id().wrapping_mul(2_654_435_761);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(FIRST + start.wrapping_add(step) % COUNT)?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port between {FIRST} and {} is free", FIRST + COUNT)
}
