//! The API server without a client library in between: plain HTTP through `kubectl proxy`, so that
//! what is timed is not the start of a kubectl.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

/// A proxy that authenticates us.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    address: String,
}

impl Api {
    pub(crate) fn new(address: String) -> Self {
        Self { address }
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        self.ask("GET", path, "", &Value::Null)
    }

    pub(crate) fn create(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask("POST", path, "application/json", body)
    }

    /// A merge patch.
    pub(crate) fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask("PATCH", path, "application/merge-patch+json", body)
    }

    /// One object or a whole collection.
    pub(crate) fn delete(&self, path: &str) -> Result<Value> {
        self.ask("DELETE", path, "", &Value::Null)
    }

    /// Everything that is there, then everything that changes, from the moment this returns.
    pub(crate) fn watch(&self, path: &str) -> Result<Watch> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{separator}watch=true");
        let (stream, answer) = self.send("GET", &path, "", "")?;
        let (sender, events) = mpsc::channel();
        std::thread::spawn(move || follow(answer, &sender));
        Ok(Watch { stream, events })
    }

    fn ask(&self, method: &str, path: &str, content_type: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let (_stream, mut answer) = self.send(method, path, content_type, &body)?;
        let mut text = String::new();
        answer.read_to_string(&mut text)?;
        serde_json::from_str(&text).with_context(|| format!("{method} {path}"))
    }

    /// Sends a request and reads the head of the answer. HTTP/1.0: the body ends with the
    /// connection and is never chunked.
    fn send(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &str,
    ) -> Result<(TcpStream, BufReader<TcpStream>)> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        let mut request = format!("{method} {path} HTTP/1.0\r\nHost: {}\r\n", self.address);
        if !body.is_empty() {
            let length = body.len();
            request += &format!("Content-Type: {content_type}\r\nContent-Length: {length}\r\n");
        }
        request += "\r\n";
        request += body;
        stream.write_all(request.as_bytes())?;
        let mut answer = BufReader::new(stream.try_clone()?);
        let status = head(&mut answer).with_context(|| format!("{method} {path}"))?;
        if !(200..300).contains(&status) {
            let mut text = String::new();
            answer.read_to_string(&mut text)?;
            bail!("{method} {path}: {status}: {text}");
        }
        Ok((stream, answer))
    }
}

fn head(answer: &mut impl BufRead) -> Result<u16> {
    let mut status = String::new();
    answer.read_line(&mut status)?;
    let mut line = String::new();
    while answer.read_line(&mut line)? > 2 {
        line.clear();
    }
    let code = status.split_whitespace().nth(1).context("no status line")?;
    Ok(code.parse()?)
}

/// One event of a watch, and when it arrived.
pub(crate) struct Seen {
    pub(crate) at: Instant,
    /// `ADDED`, `MODIFIED` or `DELETED`.
    pub(crate) kind: String,
    pub(crate) object: Value,
}

/// A watch; dropping it ends it.
pub(crate) struct Watch {
    stream: TcpStream,
    events: Receiver<Seen>,
}

impl Watch {
    /// Takes events until `wanted` answers; `what` says what was waited for.
    pub(crate) fn until<T>(
        &self,
        timeout: Duration,
        what: &str,
        mut wanted: impl FnMut(&Seen) -> Option<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + timeout;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(seen) => {
                    if let Some(found) = wanted(&seen) {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    bail!("after {} s still not: {what}", timeout.as_secs())
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(anyhow!("the watch ended before: {what}"));
                }
            }
        }
    }

    /// Waits until `count` different objects satisfied `wanted`; answers when the last one did.
    pub(crate) fn until_all(
        &self,
        timeout: Duration,
        count: usize,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Instant> {
        let mut done = std::collections::HashSet::new();
        let what = format!("{count} objects are as wanted");
        let all = self.until(timeout, &what, |seen| {
            if seen.kind != "DELETED" && wanted(&seen.object) {
                done.insert(seen.object["metadata"]["name"].to_string());
            }
            (done.len() == count).then_some(seen.at)
        });
        all.map_err(|error| anyhow!("{error} ({} were)", done.len()))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // The thread that reads sees the end and ends too.
        drop(self.stream.shutdown(Shutdown::Both));
    }
}

fn follow(mut answer: BufReader<TcpStream>, sender: &Sender<Seen>) {
    let mut line = String::new();
    while answer.read_line(&mut line).is_ok_and(|read| read > 0) {
        let at = Instant::now();
        let Ok(event) = serde_json::from_str::<Value>(&line) else {
            return;
        };
        let kind = event["type"].as_str().unwrap_or_default().to_owned();
        let object = event["object"].clone();
        if sender.send(Seen { at, kind, object }).is_err() {
            return;
        }
        line.clear();
    }
}
