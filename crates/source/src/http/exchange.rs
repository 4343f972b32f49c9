//! One request and its answer, as the three streams the Git protocol wants.
//!
//! What is posted is small (a list of ids), so it is collected and sent in one piece when the
//! answer is first asked for; the answer is then read as it comes.

use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::StatusCode;
use reqwest::blocking::{RequestBuilder, Response};

use crate::error::FetchError;
use crate::wire::{Wire, chain};

/// What a request body may hold, in bytes; ours are a few thousand.
const LONGEST_POST: usize = 16 << 20;

/// A request on its way or its answer; cloning shares.
#[derive(Clone)]
pub(crate) struct Exchange {
    state: Arc<Mutex<State>>,
    wire: Wire,
}

enum State {
    /// Not sent: the body is being collected.
    Prepared(RequestBuilder, Vec<u8>),
    /// Answered: header lines and body wait to be taken.
    Answered(Option<Vec<u8>>, Option<Response>),
    /// Sending failed; the cause is the wire's complaint.
    Failed,
}

impl Exchange {
    /// To be sent once its body is complete.
    pub(crate) fn prepared(request: RequestBuilder, wire: Wire) -> Self {
        Self {
            state: Arc::new(Mutex::new(State::Prepared(request, Vec::new()))),
            wire,
        }
    }

    /// With an answer that has come.
    pub(crate) fn answered(answer: Response, wire: Wire) -> Self {
        Self {
            state: Arc::new(Mutex::new(taken_apart(answer))),
            wire,
        }
    }

    /// Where the request's body goes.
    pub(crate) fn post(&self) -> Post {
        Post(self.clone())
    }

    /// Where the answer comes from.
    pub(crate) fn ends(&self) -> (Lines, Body) {
        (
            Lines {
                exchange: self.clone(),
                text: None,
            },
            Body {
                exchange: self.clone(),
                reader: None,
            },
        )
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends if that is still to be done.
    fn sent(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.lock();
        if let State::Prepared(..) = *state {
            let State::Prepared(request, body) = std::mem::replace(&mut *state, State::Failed)
            else {
                return Err(io::ErrorKind::NotConnected.into());
            };
            let answer = send(request.body(body), &self.wire);
            let answer =
                answer.and_then(|answer| judged(answer.status(), &self.wire).map(|()| answer));
            *state = taken_apart(answer.map_err(|error| self.wire.complain(error))?);
        }
        Ok(state)
    }
}

fn taken_apart(answer: Response) -> State {
    let mut lines = Vec::new();
    for (name, value) in answer.headers() {
        lines.extend_from_slice(name.as_str().as_bytes());
        lines.push(b':');
        lines.extend_from_slice(value.as_bytes());
        lines.push(b'\n');
    }
    State::Answered(Some(lines), Some(answer))
}

/// Sends a request within the time left.
pub(crate) fn send(request: RequestBuilder, wire: &Wire) -> Result<Response, FetchError> {
    let left = wire.deadline.left().ok_or_else(|| wire.timed_out())?;
    request
        .timeout(left)
        .send()
        .map_err(|error| named(error, wire))
}

/// Which kind of failure a request met. The URL is left out of the text.
fn named(error: reqwest::Error, wire: &Wire) -> FetchError {
    if error.is_timeout() {
        return wire.timed_out();
    }
    let text = chain(&error.without_url());
    if text.contains("certificate") || text.contains("TLS") {
        wire.tls(&text)
    } else {
        wire.other(&text)
    }
}

/// Whether a status is an answer.
pub(crate) fn judged(status: StatusCode, wire: &Wire) -> Result<(), FetchError> {
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Err(wire.denied(&format!("HTTP status {status}")))
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => {
            Err(wire.not_found(&format!("HTTP status {status}")))
        }
        status if status.is_redirection() => {
            Err(wire.other("redirect refused: only the first request may be redirected"))
        }
        status => Err(wire.other(&format!("HTTP status {status}"))),
    }
}

/// The request's body.
pub(crate) struct Post(Exchange);

impl Write for Post {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *self.0.lock() {
            State::Prepared(_, body) if body.len() + bytes.len() <= LONGEST_POST => {
                body.extend_from_slice(bytes);
                Ok(bytes.len())
            }
            _ => Err(io::ErrorKind::WriteZero.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The answer's header lines.
pub(crate) struct Lines {
    exchange: Exchange,
    text: Option<Cursor<Vec<u8>>>,
}

impl Lines {
    fn text(&mut self) -> io::Result<&mut Cursor<Vec<u8>>> {
        if self.text.is_none() {
            let lines = match &mut *self.exchange.sent()? {
                State::Answered(lines, _) => lines.take().unwrap_or_default(),
                _ => return Err(io::ErrorKind::NotConnected.into()),
            };
            self.text = Some(Cursor::new(lines));
        }
        self.text
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.text()?.read(buffer)
    }
}

impl BufRead for Lines {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.text()?.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Some(text) = &mut self.text {
            text.consume(amount);
        }
    }
}

/// The answer's body.
pub(crate) struct Body {
    exchange: Exchange,
    reader: Option<BufReader<Counted>>,
}

/// Bytes as they come, each counted against deadline and budget.
struct Counted {
    answer: Response,
    wire: Wire,
}

/// Large enough that a pack is not read in drops.
const BUFFER: usize = 64 << 10;

impl Body {
    fn reader(&mut self) -> io::Result<&mut BufReader<Counted>> {
        if self.reader.is_none() {
            let answer = match &mut *self.exchange.sent()? {
                State::Answered(_, answer) => answer.take(),
                _ => None,
            };
            let answer = answer.ok_or(io::ErrorKind::NotConnected)?;
            let counted = Counted {
                answer,
                wire: self.exchange.wire.clone(),
            };
            self.reader = Some(BufReader::with_capacity(BUFFER, counted));
        }
        self.reader
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.wire.deadline.left_or_timed_out()?;
        let read = self.answer.read(buffer)?;
        self.wire.spend(read)?;
        Ok(read)
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader()?.read(buffer)
    }
}

impl BufRead for Body {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader()?.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Some(reader) = &mut self.reader {
            reader.consume(amount);
        }
    }
}
