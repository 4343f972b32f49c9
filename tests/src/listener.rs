//! A small HTTP server of a test's own, for whatever calls out: it keeps what it was sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;

/// What somebody asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Such as `POST`.
    pub method: String,
    /// With its query.
    pub path: String,
    /// What was sent.
    pub body: String,
}

/// See the module's documentation. It lives as long as the process.
pub struct Listener {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Listener {
    /// Listens on a free port of loopback; `answer` gives status and body for each request.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(answer: impl Fn(&Asked) -> (u16, Vec<u8>) + Send + 'static) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let asked = Arc::default();
        let kept: Arc<Mutex<Vec<Asked>>> = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Who hangs up in the middle has asked nothing.
                let Ok(one) = read(&stream) else { continue };
                let (status, body) = answer(&one);
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(one);
                drop(write(&stream, status, &body));
            }
        });
        Ok(Self { address, asked })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything that was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn read(stream: &TcpStream) -> std::io::Result<Asked> {
    let mut from = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    from.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        let header = line.to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    let mut words = first.split_whitespace().map(str::to_owned);
    Ok(Asked {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// The connection ends with the answer.
fn write(mut stream: &TcpStream, status: u16, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} .\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(body)
}
