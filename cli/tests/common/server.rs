//! A server on loopback that keeps what it is asked and answers as a test says: for the API server
//! with a controller behind it, for a web server, for a proxy.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Such as `GET /v1/cert.pem`.
    pub line: String,
    /// Each as `name: value`, the name in small letters.
    pub headers: Vec<String>,
    pub body: Vec<u8>,
}

/// A status and a body.
pub type Answer = (u16, Vec<u8>);

/// Serves until the test ends.
pub struct Server {
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (Arc::clone(&asked), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                // A client that goes away in the middle is no matter here.
                thread::spawn(move || serve(stream, &kept, &*answer).ok());
            }
        });
        Self { address, asked }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked since the last time.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn serve(
    stream: TcpStream,
    kept: &Mutex<Vec<Asked>>,
    answer: &(dyn Fn(&Asked) -> Answer + Send + Sync),
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
        let headers = headers(&mut reader)?;
        let length = headers
            .iter()
            .find_map(|h| h.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        reader.read_exact(&mut body)?;
        let tunnel = line.starts_with("CONNECT ");
        let asked = Asked {
            line,
            headers,
            body,
        };
        kept.lock().unwrap().push(asked.clone());
        if tunnel {
            // From here on this is the server that was asked for.
            reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            continue;
        }
        let (status, body) = answer(&asked);
        let head = format!(
            "HTTP/1.1 {status} Said\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        reader.get_mut().write_all(head.as_bytes())?;
        return reader.get_mut().write_all(&body);
    }
}

fn headers(reader: &mut impl BufRead) -> std::io::Result<Vec<String>> {
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push(format!("{}: {value}", name.to_lowercase())),
            None => return Ok(headers),
        }
    }
}
