//! A hermetic room for the real program: an empty home, no environment, no cluster. What a command
//! prints is kept as a terminal session, with what differs from run to run masked.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop; no test uses every helper"
)]

pub mod server;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A directory of its own for one test.
pub struct Room(tempfile::TempDir);

/// Keys that the repository publishes: `old` is the one of keys-example, `new` another.
const OLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../keys-example");
const VECTORS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../tests/vectors/sealed-secrets"
);

impl Room {
    pub fn new() -> Self {
        let room = Self(tempfile::tempdir().unwrap());
        for (from, to) in [
            (format!("{OLD}/tls.key"), "old.key"),
            (format!("{OLD}/tls.crt"), "old.crt"),
            (format!("{VECTORS}/rsa2048.key"), "new.key"),
            (format!("{VECTORS}/rsa2048.crt"), "new.crt"),
            (format!("{VECTORS}/expired.crt"), "expired.crt"),
            (format!("{VECTORS}/ec.crt"), "ec.crt"),
        ] {
            fs::copy(from, room.path(to)).unwrap();
        }
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_signet"), room.path("kubeseal")).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_signet"), room.path("signet")).unwrap();
        room
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// A command line of words without spaces; what it prints as a session.
    #[must_use]
    pub fn run(&self, line: &str) -> String {
        self.run_with(line, "")
    }

    /// The same, with something on standard input.
    #[must_use]
    pub fn run_with(&self, line: &str, stdin: &str) -> String {
        let output = self.output(line, stdin, &[]);
        let stderr = text(&output.stderr);
        let mut session = format!("$ {line}\n{}", mask(&text(&output.stdout)));
        for line in stderr.lines() {
            session.push_str(&format!("! {line}\n"));
        }
        if output.status.code() != Some(0) {
            session.push_str(&format!("[exit {}]\n", output.status.code().unwrap_or(-1)));
        }
        session
    }

    /// What comes out on standard output; the command must succeed.
    #[must_use]
    pub fn stdout(&self, line: &str, stdin: &str) -> String {
        let output = self.output(line, stdin, &[]);
        assert!(
            output.status.success(),
            "$ {line}\n{}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    pub fn output(&self, line: &str, stdin: &str, env: &[(&str, &str)]) -> Output {
        let mut words = line.split_whitespace();
        let program = self.path(words.next().unwrap());
        let mut command = Command::new(program);
        command
            .args(words)
            .current_dir(self.0.path())
            .env_clear()
            .env("HOME", self.0.path());
        command.envs(env.iter().copied());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that fails before reading closes the pipe.
        drop(child.stdin.take().unwrap().write_all(stdin.as_bytes()));
        child.wait_with_output().unwrap()
    }

    /// Every file below `name` with its bytes, for "nothing changed".
    pub fn snapshot(&self, name: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut all = Vec::new();
        collect(&self.path(name), &mut all);
        all.sort();
        all
    }
}

fn collect(directory: &Path, all: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, all);
        } else {
            all.push((path.clone(), fs::read(path).unwrap()));
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Sealed items are long runs of base64 and differ every time.
pub fn mask(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        if run.len() > 200 {
            out.push_str("<item>");
        } else {
            out.push_str(run);
        }
        run.clear();
    };
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "+/=".contains(c) {
            run.push(c);
        } else {
            flush(&mut run, &mut out);
            out.push(c);
        }
    }
    flush(&mut run, &mut out);
    out
}

/// A Secret as people write it.
pub const SECRET: &str = "\
apiVersion: v1
kind: Secret
metadata:
  name: db
  namespace: demo
  labels: {app: web}
type: Opaque
stringData:
  username: admin
  password: correct horse
";
