//! OpenPGP signatures, by the `gpg` program.
//!
//! It works in a directory of its own that holds the trusted keys, this one signature and nothing
//! else; no configuration, agent or network. Its machine-readable status decides, never its text
//! or exit code: exactly one signature, good, by a key that is neither expired nor revoked, over a
//! digest that still holds.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use super::object::Signed;
use crate::deadline::Deadline;

/// What keeps `gpg` to the directory it is given.
const OPTIONS: [&str; 11] = [
    "--no-options",
    "--batch",
    "--no-tty",
    "--no-autostart",
    "--disable-dirmngr",
    "--no-auto-key-locate",
    "--no-auto-key-retrieve",
    "--trust-model=always",
    "--status-fd=1",
    "--no-permission-warning",
    "--no-auto-check-trustdb",
];

/// Its output is cut off here, in bytes.
const LONGEST: u64 = 64 << 10;

/// The id of the trusted key that signed.
pub(super) fn signer(
    signed: &Signed,
    rings: &[Vec<u8>],
    scratch: &Path,
    deadline: Deadline,
) -> Result<String, String> {
    if rings.is_empty() {
        return Err(
            "it is signed with OpenPGP, and the Secret of spec.verify holds no such key".to_owned(),
        );
    }
    let status = run(signed, rings, scratch, deadline).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "the program gpg, which checks OpenPGP signatures, is not installed beside the controller".to_owned(),
        io::ErrorKind::TimedOut => "gpg did not finish in time".to_owned(),
        _ => format!("gpg cannot be run: {error}"),
    })?;
    judged(&status)
}

/// Imports the keys and checks the signature; gives what `gpg` reports of the latter.
fn run(
    signed: &Signed,
    rings: &[Vec<u8>],
    scratch: &Path,
    deadline: Deadline,
) -> io::Result<String> {
    fs::create_dir_all(scratch)?;
    let home = tempfile::Builder::new()
        .prefix("gpg-")
        .tempdir_in(scratch)?;
    let file = |name: &str, bytes: &[u8]| {
        let path = home.path().join(name);
        fs::write(&path, bytes).map(|()| path)
    };
    for (number, ring) in rings.iter().enumerate() {
        let path = file(&format!("ring-{number}"), ring)?;
        // A ring that is none leaves its keys out; the signature then lacks a key, and says so.
        said(gpg(home.path()).arg("--import").arg(path), deadline)?;
    }
    let signature = file("signature", &signed.signature)?;
    let payload = file("payload", &signed.payload)?;
    said(
        gpg(home.path()).arg("--verify").arg(signature).arg(payload),
        deadline,
    )
}

fn gpg(home: &Path) -> Command {
    let mut command = Command::new("gpg");
    command
        .env_clear()
        .env("LC_ALL", "C")
        .arg("--homedir")
        .arg(home)
        .args(OPTIONS);
    command
}

/// Runs it to its end or the deadline; gives its standard output.
fn said(command: &mut Command, deadline: Deadline) -> io::Result<String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let stdout = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.map(|out| out.take(LONGEST).read_to_string(&mut text));
        read.transpose().map(|_| text)
    });
    while child.try_wait()?.is_none() {
        if let Err(error) = deadline.left_or_timed_out() {
            child.kill()?;
            child.wait()?;
            return Err(error);
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    reader
        .join()
        .map_err(|_| io::Error::other("its output was not read"))?
}

/// Digests that no longer hold, by their numbers in RFC 4880: MD5, SHA-1, RIPEMD-160.
const BROKEN: [&str; 3] = ["1", "2", "3"];

/// What the status lines mean.
fn judged(status: &str) -> Result<String, String> {
    let lines: Vec<Vec<&str>> = status
        .lines()
        .filter_map(|line| line.strip_prefix("[GNUPG:] "))
        .map(|line| line.split(' ').collect())
        .collect();
    let has = |word: &str| {
        lines
            .iter()
            .filter(|line| line.first() == Some(&word))
            .count()
    };
    for (word, why) in [
        ("BADSIG", "its signature does not match what it holds"),
        ("EXPKEYSIG", "the key that signed it has expired"),
        ("REVKEYSIG", "the key that signed it is revoked"),
        ("EXPSIG", "its signature has expired"),
        (
            "NO_PUBKEY",
            "the key that signed it is none of those in the Secret of spec.verify",
        ),
        ("ERRSIG", "its signature cannot be checked"),
    ] {
        if has(word) > 0 {
            return Err(why.to_owned());
        }
    }
    let valid: Vec<_> = lines
        .iter()
        .filter(|line| line.first() == Some(&"VALIDSIG"))
        .collect();
    let [valid] = valid.as_slice() else {
        return Err("it has no OpenPGP signature that can be checked".to_owned());
    };
    if has("NEWSIG") > 1 || has("GOODSIG") != 1 {
        return Err("it has more than one OpenPGP signature, or none that is good".to_owned());
    }
    if valid.get(8).is_none_or(|digest| BROKEN.contains(digest)) {
        return Err("its signature is made over a digest that is broken (MD5 or SHA-1)".to_owned());
    }
    let fingerprint = valid.get(10).or(valid.get(1)).copied().unwrap_or_default();
    let start = fingerprint.len().saturating_sub(16);
    Ok(fingerprint.get(start..).unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 0123456789ABCDEF Ada <ada@example.com>\n\
        [GNUPG:] VALIDSIG AAAABBBBCCCCDDDDEEEEFFFF0123456789ABCDEF 2026-01-01 1 0 4 0 22 8 00 AAAABBBBCCCCDDDDEEEEFFFF0123456789ABCDEF\n";

    #[test]
    fn one_good_signature_by_a_trusted_key_counts() {
        assert_eq!(judged(GOOD), Ok("0123456789ABCDEF".to_owned()));
    }

    #[test]
    fn everything_else_does_not() {
        let other = |from: &str, to: &str| judged(&GOOD.replace(from, to)).is_err();
        assert!(other("GOODSIG", "EXPKEYSIG"));
        assert!(other("GOODSIG", "REVKEYSIG"));
        assert!(other("GOODSIG", "BADSIG"));
        assert!(other("22 8 00", "22 2 00"), "over SHA-1");
        assert!(other("[GNUPG:] VALIDSIG", "VALIDSIG"));
        assert!(judged(&format!("{GOOD}{GOOD}")).is_err(), "two signatures");
        assert!(judged("").is_err());
        assert!(
            judged("gpg: Good signature from \"Ada\"").is_err(),
            "text says nothing"
        );
    }
}
