//! Files and streams: reading input into wiped buffers, replacing a file in one step.

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::{Context, Error, Result};

/// Bytes of one input, and the name under which messages speak of it. Wiped when dropped.
pub struct Input {
    /// Path as it was given, or `<stdin>`.
    pub name: String,
    /// Contents.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// Upper bound of one input. Far above what an API server takes; a stream of that size is a
/// mistake.
const LIMIT: u64 = 256 << 20;

/// Reads the files, or standard input if there are none or one is `-`.
///
/// # Errors
/// A file that cannot be read, by name; more than 256 MiB.
pub fn read_all(files: &[PathBuf]) -> Result<Vec<Input>> {
    if files.is_empty() {
        return Ok(vec![read_stdin()?]);
    }
    files
        .iter()
        .map(|file| {
            if file == Path::new("-") {
                read_stdin()
            } else {
                read_file(file)
            }
        })
        .collect()
}

/// Reads one file.
///
/// # Errors
/// As [`read_all`].
pub fn read_file(path: &Path) -> Result<Input> {
    let name = path.display().to_string();
    let file = fs::File::open(path).at(&name)?;
    let size = file.metadata().map_or(0, |data| data.len());
    Ok(Input {
        bytes: read_bounded(file, &name, size)?,
        name,
    })
}

/// Reads standard input.
///
/// # Errors
/// As [`read_all`].
pub fn read_stdin() -> Result<Input> {
    if io::stdin().is_terminal() {
        note("reading from the terminal; end with Ctrl-D");
    }
    read_standard_input()
}

/// Reads standard input, and says nothing on a terminal.
///
/// # Errors
/// As [`read_all`].
pub fn read_standard_input() -> Result<Input> {
    Ok(Input {
        bytes: read_bounded(io::stdin().lock(), "<stdin>", 0)?,
        name: "<stdin>".to_owned(),
    })
}

/// Reads all that `from` gives; `expected` is how much that probably is.
///
/// # Errors
/// It cannot be read; more than 256 MiB.
pub fn read_bounded(from: impl Read, name: &str, expected: u64) -> Result<Zeroizing<Vec<u8>>> {
    let capacity = usize::try_from(expected.min(LIMIT)).unwrap_or(0);
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity + 1));
    from.take(LIMIT + 1).read_to_end(&mut bytes).at(name)?;
    if bytes.len() as u64 > LIMIT {
        return Err(Error::new(format!("{name}: more than {} MiB", LIMIT >> 20)));
    }
    Ok(bytes)
}

/// Prints data to standard output. A reader who has gone is no error.
///
/// # Errors
/// Standard output cannot be written, such as a full disk.
pub fn print(data: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(data).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.at("standard output"),
    }
}

/// Whether standard output is a terminal.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Prints data to standard output, or replaces `file` with it.
///
/// # Errors
/// As [`print`] and [`replace`].
pub fn deliver(data: &[u8], file: Option<&Path>) -> Result<()> {
    match file {
        None => print(data),
        Some(path) => replace(path, data),
    }
}

/// Says something that is not data, on standard error.
pub fn note(text: &str) {
    say("note", text);
}

/// Says that something was left out, on standard error.
pub fn warn(text: &str) {
    say("warning", text);
}

/// A line on standard error; that it cannot be written is nothing we could report.
pub fn say(what: &str, text: &str) {
    drop(writeln!(io::stderr().lock(), "{what}: {text}"));
}

/// Replaces `path` with `data` in one step: a reader sees the old file or the new one, also after
/// a crash. Keeps the mode of a file that is there; a new one gets 0644 less the umask.
///
/// # Errors
/// The directory cannot be written, the disk is full; then `path` is as it was.
pub fn replace(path: &Path, data: &[u8]) -> Result<()> {
    let name = path.display();
    stage(path, data).at(name)?.commit()
}

/// A file's new contents, on disk beside it and not yet in its place.
pub struct Staged {
    file: tempfile::NamedTempFile,
    path: PathBuf,
}

impl Staged {
    /// Puts the contents in place.
    ///
    /// # Errors
    /// The directory cannot be written; then the file is as it was.
    pub fn commit(self) -> Result<()> {
        let name = self.path.display().to_string();
        self.file
            .persist(&self.path)
            .map(drop)
            .map_err(|error| error.error)
            .at(name)
    }
}

/// Writes `data` beside `path`, with the mode that `path` has, and syncs it.
///
/// # Errors
/// What the operating system says.
pub fn stage(path: &Path, data: &[u8]) -> io::Result<Staged> {
    // A link is followed, so that it stays a link: what it points to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".signet-");
    let existing = fs::metadata(&path).ok();
    #[cfg(unix)]
    if existing.is_none() {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o644));
    }
    let mut file = builder.tempfile_in(directory)?;
    if let Some(existing) = existing {
        file.as_file().set_permissions(existing.permissions())?;
    }
    file.write_all(data)?;
    file.as_file().sync_all()?;
    Ok(Staged { file, path })
}

/// Creates `path` with `data`, readable by its owner alone.
///
/// # Errors
/// It exists already and `overwrite` is not set, or it cannot be written.
pub fn create_private(path: &Path, data: &[u8], overwrite: bool) -> Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = path.display().to_string();
    // Temporary files are made with mode 0600, and the key never stands under a wider one.
    let mut file = tempfile::Builder::new()
        .prefix(".signet-")
        .tempfile_in(directory)
        .at(&name)?;
    file.write_all(data).at(&name)?;
    file.as_file().sync_all().at(&name)?;
    let placed = if overwrite {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    placed.map(drop).map_err(|error| {
        let exists = error.error.kind() == io::ErrorKind::AlreadyExists;
        let failure = Error::new(format!("{name}: {}", error.error));
        if exists {
            failure.hint("--force overwrites it; what it opens is lost unless you have a copy")
        } else {
            failure
        }
    })
}

/// Appends without leaving the old buffer behind when it has to move.
pub fn append(out: &mut Zeroizing<Vec<u8>>, more: &[u8]) {
    if out.capacity() < out.len() + more.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((out.len() + more.len()) * 2));
        larger.extend_from_slice(out);
        *out = larger;
    }
    out.extend_from_slice(more);
}

/// Lines that are ready, on standard error.
pub fn raw_stderr(lines: &str) {
    drop(io::stderr().lock().write_all(lines.as_bytes()));
}
