//! A Git server on loopback: real smart HTTP, served by `git http-backend`, optionally with a
//! login. For tests and demonstrations; it trusts what it serves.
//!
//! One thread per connection, one request per connection, and it counts what it answered, so that
//! a test can say "nothing was transferred".

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::git_repo::git;

/// See the module. Stops when dropped; the repositories go with it.
pub struct GitServer {
    root: tempfile::TempDir,
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    login: Mutex<Option<String>>,
    packs: AtomicUsize,
    requests: AtomicUsize,
    closed: AtomicBool,
    old: AtomicBool,
}

impl GitServer {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// If there is no port or no temporary directory.
    pub fn start() -> io::Result<Self> {
        let root = tempfile::tempdir()?;
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let (served, at) = (Arc::clone(&shared), root.path().to_owned());
        std::thread::spawn(move || accept(&listener, &at, &served));
        Ok(Self {
            root,
            address,
            shared,
        })
    }

    /// From now on every request needs this user name and password.
    pub fn require_login(&self, username: &str, password: &str) {
        let pair = format!("{username}:{password}");
        *lock(&self.shared.login) = Some(format!("Basic {}", base64(pair.as_bytes())));
    }

    /// From now on it speaks the protocol as it was before version 2.
    pub fn speak_old_protocol(&self) {
        self.shared.old.store(true, Ordering::Relaxed);
    }

    /// Makes an empty bare repository `name` with the branch `main`, open for pushes.
    ///
    /// # Errors
    ///
    /// If `git` cannot be run or refuses.
    pub fn create(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path(name);
        git(
            self.root.path(),
            &["init", "-q", "--bare", "-b", "main", name],
        )?;
        git(&path, &["config", "http.receivepack", "true"])?;
        Ok(path)
    }

    /// Where the bare repository `name` is on disk.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The URL of the repository `name`.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    /// The URL of the repository `name` with a login in it, for the `git` program.
    pub fn url_with_login(&self, name: &str, username: &str, password: &str) -> String {
        format!("http://{username}:{password}@{}/{name}", self.address)
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many times a client asked for objects (a `fetch` command, not a listing of refs).
    pub fn packs_sent(&self) -> usize {
        self.shared.packs.load(Ordering::Relaxed)
    }

    /// How many requests were answered.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::Relaxed)
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Relaxed);
        // Wakes the accepting thread, which then sees the flag.
        drop(TcpStream::connect(self.address));
    }
}

fn accept(listener: &TcpListener, root: &Path, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.closed.load(Ordering::Relaxed) {
            return;
        }
        let (root, shared) = (root.to_owned(), Arc::clone(shared));
        if let Ok(stream) = stream {
            // A client that hangs up early is no concern of the server's.
            std::thread::spawn(move || serve(&stream, &root, &shared).ok());
        }
    }
}

/// A request, read whole.
struct Request {
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

fn serve(stream: &TcpStream, root: &Path, shared: &Shared) -> io::Result<()> {
    let mut request = read(&mut BufReader::new(stream), stream)?;
    if shared.old.load(Ordering::Relaxed) {
        request.headers.remove("git-protocol");
    }
    shared.requests.fetch_add(1, Ordering::Relaxed);
    let login = lock(&shared.login).clone();
    if login.is_some() && request.headers.get("authorization") != login.as_ref() {
        return respond(
            stream,
            "401 Unauthorized",
            "www-authenticate: Basic realm=\"test\"\r\n",
            b"login",
        );
    }
    if contains(&request.body, b"command=fetch") {
        shared.packs.fetch_add(1, Ordering::Relaxed);
    }
    answer(stream, &backend(root, &request)?)
}

fn read(reader: &mut impl BufRead, mut stream: &TcpStream) -> io::Result<Request> {
    let first = line(reader)?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let mut headers = BTreeMap::new();
    loop {
        let line = line(reader)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    if headers.contains_key("expect") {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let body = body(reader, &headers)?;
    Ok(Request {
        method,
        target,
        headers,
        body,
    })
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn body(reader: &mut impl BufRead, headers: &BTreeMap<String, String>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if headers
        .get("transfer-encoding")
        .is_some_and(|coding| coding.contains("chunked"))
    {
        loop {
            let size = u64::from_str_radix(&line(reader)?, 16).map_err(io::Error::other)?;
            reader.take(size).read_to_end(&mut body)?;
            line(reader)?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok());
    reader.take(length.unwrap_or(0)).read_to_end(&mut body)?;
    Ok(body)
}

/// Runs `git http-backend` on a request: headers and body of its answer.
fn backend(root: &Path, request: &Request) -> io::Result<Vec<u8>> {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let header = |name: &str| request.headers.get(name).map_or("", String::as_str);
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("REMOTE_USER", "test")
        .env("REMOTE_ADDR", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (stdin, body) = (child.stdin.take(), request.body.clone());
    let feed = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&body)));
    let output = child.wait_with_output()?;
    // The backend may answer before it has read everything; that it did is no failure.
    drop(feed.join());
    Ok(output.stdout)
}

/// Turns a CGI answer into an HTTP one.
fn answer(stream: &TcpStream, output: &[u8]) -> io::Result<()> {
    let end = output.windows(4).position(|window| window == b"\r\n\r\n");
    let (head, body) = output.split_at(end.map_or(output.len(), |end| end + 4));
    let head = String::from_utf8_lossy(head);
    let mut status = "200 OK";
    let mut headers = String::new();
    for line in head.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("Status: ") {
            Some(given) => status = given,
            None => headers.extend([line, "\r\n"]),
        }
    }
    respond(stream, status, &headers, body)
}

fn respond(mut stream: &TcpStream, status: &str, headers: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    )?;
    stream.write_all(body)
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Base64 for one header; not worth a dependency here.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| {
        DIGITS
            .get((bits & 63) as usize)
            .map_or('=', |digit| char::from(*digit))
    };
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        let four = [
            digit(bits >> 18),
            digit(bits >> 12),
            digit(bits >> 6),
            digit(bits),
        ];
        text.extend(four.iter().take(chunk.len() + 1));
        text.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_of_every_remainder() {
        let cases = [
            ("", ""),
            ("M", "TQ=="),
            ("Ma", "TWE="),
            ("Man", "TWFu"),
            ("bob:pw", "Ym9iOnB3"),
        ];
        for (text, expected) in cases {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }
}
