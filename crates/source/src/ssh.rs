//! The way out over ssh: the `ssh` program, with arguments no repository can influence (T4).
//!
//! It reads no configuration file, no agent and no environment but what is set here; the host key
//! must be a pinned one (T7). Key and known hosts are handed over as sealed memory, so that no key
//! touches a disk. Reading ends at the deadline; when the connection is dropped, the child is
//! killed.

mod sealed;

use std::io::{self, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use gix_transport::client::git::ConnectMode;
use gix_transport::client::git::blocking_io::Connection;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::sealed::Sealed;
use crate::address::SshAddress;
use crate::credentials::Credentials;
use crate::error::FetchError;
use crate::wire::Wire;

/// The Git protocol over a running `ssh`.
pub(crate) type Transport = Connection<BufReader<Output>, ChildStdin>;

/// `ssh` answers for every question itself: nothing is asked of a person, an agent, a file of the
/// machine or a program; nothing is forwarded; host keys are compared and never learned.
const OPTIONS: [&str; 18] = [
    "BatchMode=yes",
    "CanonicalizeHostname=no",
    "CheckHostIP=no",
    "ClearAllForwardings=yes",
    "ControlMaster=no",
    "ControlPath=none",
    "ForwardAgent=no",
    "GlobalKnownHostsFile=none",
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "PasswordAuthentication=no",
    "PermitLocalCommand=no",
    "PreferredAuthentications=publickey",
    "ProxyCommand=none",
    "SendEnv=GIT_PROTOCOL",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    "VerifyHostKeyDNS=no",
];

/// Starts `ssh` to `address`.
///
/// # Errors
///
/// [`FetchError::Authentication`] without a key, [`FetchError::Other`] if `ssh` cannot be started.
pub(crate) fn connect(
    address: &SshAddress,
    credentials: &Credentials,
    wire: &Wire,
) -> Result<(Transport, Running), FetchError> {
    let Credentials::Ssh {
        identity,
        known_hosts,
    } = credentials
    else {
        return Err(wire.denied(
            "an ssh URL needs spec.secretRef with the keys \"identity\" and \"known_hosts\"",
        ));
    };
    let start = || start(address, identity, known_hosts);
    let (mut child, secrets) =
        start().map_err(|error| wire.other(&format!("cannot start ssh: {error}")))?;
    let pipes = child.stdin.take().zip(child.stdout.take());
    let stderr = child.stderr.take();
    let running = Running {
        child,
        stderr: stderr.map(listen),
        wire: wire.clone(),
        _secrets: secrets,
    };
    let (stdin, stdout) = pipes.ok_or_else(|| wire.other("ssh has no pipes"))?;
    let output = BufReader::with_capacity(
        64 << 10,
        Output {
            stdout,
            wire: wire.clone(),
        },
    );
    Ok((transport(output, stdin, address), running))
}

fn transport(output: BufReader<Output>, stdin: ChildStdin, address: &SshAddress) -> Transport {
    let host = None::<(String, Option<u16>)>;
    let version = gix_transport::Protocol::V2;
    Connection::new(
        output,
        stdin,
        version,
        address.path.as_str(),
        host,
        ConnectMode::Process,
        false,
    )
}

fn start(
    address: &SshAddress,
    identity: &[u8],
    known_hosts: &[u8],
) -> io::Result<(Child, [Sealed; 2])> {
    let identity = Sealed::new("signet-ssh-identity", identity)?;
    let known_hosts = Sealed::new("signet-ssh-known-hosts", known_hosts)?;
    let child = command(address, &identity, &known_hosts)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    Ok((child, [identity, known_hosts]))
}

/// The whole command line. `ssh` is found in the system's default path; the environment is empty
/// but for the protocol version and the language of its messages, which [`Running::explain`] reads.
fn command(address: &SshAddress, identity: &Sealed, known_hosts: &Sealed) -> Command {
    let mut command = Command::new("ssh");
    command
        .env_clear()
        .env("LC_ALL", "C")
        .env("GIT_PROTOCOL", "version=2");
    command.args(["-F", "none", "-T", "-x", "-a"]);
    for option in OPTIONS {
        command.args(["-o", option]);
    }
    command
        .arg("-o")
        .arg(format!("UserKnownHostsFile={}", known_hosts.path()));
    command.arg("-i").arg(identity.path());
    if let Some(port) = address.port {
        command.arg("-p").arg(port.to_string());
    }
    if let Some(user) = &address.user {
        command.arg("-l").arg(user);
    }
    command.arg("--").arg(&address.host);
    command.arg(format!("git-upload-pack '{}'", address.path));
    command
}

/// What `ssh` prints for us: read up to the deadline.
pub(crate) struct Output {
    stdout: ChildStdout,
    wire: Wire,
}

impl Read for Output {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.wire.deadline.left_or_timed_out()?;
        let time = Timespec::try_from(left).map_err(io::Error::other)?;
        let mut pipe = [PollFd::new(&self.stdout, PollFlags::IN)];
        if poll(&mut pipe, Some(&time))? == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let read = self.stdout.read(buffer)?;
        self.wire.spend(read)?;
        Ok(read)
    }
}

/// The child and the memory its key is in; killed when dropped.
pub(crate) struct Running {
    child: Child,
    stderr: Option<JoinHandle<String>>,
    wire: Wire,
    _secrets: [Sealed; 2],
}

/// How long a failed `ssh` gets to finish its last words.
const LAST_WORDS: Duration = Duration::from_secs(2);

impl Running {
    /// Why the connection failed, as `ssh` said it; leaves that with the wire. To be called once
    /// the transport is dropped, which ends `ssh` if nothing else did.
    pub(crate) fn explain(mut self) {
        let rounds = LAST_WORDS.as_millis() / 20;
        for _ in 0..rounds {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let said = self.end();
        if let Some(error) = named(&said, &self.wire) {
            let _stop = self.wire.complain(error);
        }
    }

    fn end(&mut self) -> String {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
        self.stderr
            .take()
            .and_then(|thread| thread.join().ok())
            .unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// What is kept of `ssh`'s messages, in bytes; the rest is read and dropped.
const KEPT: usize = 8 << 10;

fn listen(mut stderr: ChildStderr) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut buffer = [0; 1024];
        while let Ok(read @ 1..) = stderr.read(&mut buffer) {
            let room = KEPT.saturating_sub(kept.len());
            kept.extend(buffer.iter().take(read.min(room)));
        }
        String::from_utf8_lossy(&kept).into_owned()
    })
}

/// What the messages of `ssh`, or of the Git server behind it, mean; none if they say nothing.
fn named(said: &str, wire: &Wire) -> Option<FetchError> {
    let has = |needles: &[&str]| needles.iter().any(|needle| said.contains(needle));
    if said.trim().is_empty() {
        None
    } else if has(&["IDENTIFICATION HAS CHANGED", "POSSIBLE DNS SPOOFING"]) {
        Some(wire.host_key("the host shows another key than the pinned one"))
    } else if has(&["Host key verification failed", "host key is known"]) {
        Some(
            wire.host_key(
                "\"known_hosts\" has no key for this host, or the host shows another one",
            ),
        )
    } else if has(&["Load key", "error in libcrypto", "invalid format"]) {
        Some(wire.denied("\"identity\" in the Secret is not a private key that ssh can use"))
    } else if has(&["Permission denied", "Too many authentication failures"]) {
        Some(wire.denied(last_line(said)))
    } else if has(&[
        "does not appear to be a git repository",
        "epository not found",
        "No such file",
    ]) {
        Some(wire.not_found(last_line(said)))
    } else {
        Some(wire.other(last_line(said)))
    }
}

fn last_line(said: &str) -> &str {
    said.lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // a failed unwrap is the failed test

    use super::*;
    use crate::address::Address;

    #[test]
    fn the_command_line_holds_no_part_that_the_url_could_turn_into_an_option() {
        let Address::Ssh(address) = Address::parse("ssh://git@host:22022/a/b.git").unwrap() else {
            panic!("an ssh address")
        };
        let [key, hosts] = [b"k", b"h"].map(|bytes| Sealed::new("test", bytes).unwrap());
        let command = command(&address, &key, &hosts);
        let args: Vec<_> = command
            .get_args()
            .map(|arg| arg.to_str().unwrap())
            .collect();
        assert_eq!(args[..5], ["-F", "none", "-T", "-x", "-a"]);
        let tail = [
            "-p",
            "22022",
            "-l",
            "git",
            "--",
            "host",
            "git-upload-pack '/a/b.git'",
        ];
        assert_eq!(args[args.len() - tail.len()..], tail);
        assert!(args.contains(&"StrictHostKeyChecking=yes"));
    }
}
