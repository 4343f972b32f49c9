//! Input and output as the peer treats them: both are opened before anything else is done, and the
//! output is in place only when everything has gone well.

use std::fs::{self, File};
use std::io::{self as std_io, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::options::Options;
use crate::error::{Context, Error, Result};
use crate::io::{self, Input};

/// Where the object is read from.
pub enum Source {
    /// `--secret-file`, open.
    File(PathBuf, File),
    /// Standard input.
    Stdin,
}

impl Source {
    /// Opens the file, or says what is waited for on a terminal.
    ///
    /// # Errors
    /// There is no such file.
    pub fn open(options: &Options<'_>) -> Result<Self> {
        let Some(path) = &options.secret_file else {
            if !options.is_on("raw")
                && !options.is_on("fetch-cert")
                && std_io::stdin().is_terminal()
            {
                hint("(tty detected: expecting json/yaml k8s resource in stdin)");
            }
            return Ok(Self::Stdin);
        };
        let opened = File::open(path).map_err(|cause| io_error("open", path, &cause));
        let file =
            opened.map_err(|cause| cause.at("Could not read file specified with --secret-file"))?;
        Ok(Self::File(path.clone(), file))
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(self) -> Result<Input> {
        match self {
            Self::Stdin => io::read_standard_input(),
            Self::File(path, file) => {
                let name = path.display().to_string();
                let size = file.metadata().map_or(0, |data| data.len());
                Ok(Input {
                    bytes: io::read_bounded(file, &name, size)?,
                    name,
                })
            }
        }
    }
}

/// Reads a file, in the peer's words where it cannot be.
///
/// # Errors
/// As the operating system says.
pub fn read_file(path: &Path) -> Result<Input> {
    let file = File::open(path).map_err(|cause| io_error("open", path, &cause))?;
    Source::File(path.to_owned(), file).read()
}

/// A line for people, on standard error.
pub fn hint(line: &str) {
    io::raw_stderr(&format!("{line}\n"));
}

/// Where the result goes.
pub enum Output {
    /// Standard output.
    Stdout,
    /// A file, whose new contents are collected beside it under a name of their own.
    File(PathBuf, tempfile::NamedTempFile),
    /// What is there and is no file, such as a pipe: it is written to, and not replaced.
    Device(PathBuf),
}

impl Output {
    /// Makes the file in which the result is collected, readable by its owner alone.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn open(file: Option<&Path>) -> Result<Self> {
        let Some(path) = file else {
            return Ok(Self::Stdout);
        };
        if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Ok(Self::Device(path.to_owned()));
        }
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let mut builder = tempfile::Builder::new();
        let made = builder
            .prefix(".signet-")
            .tempfile_in(directory.unwrap_or(Path::new(".")));
        let made = made.map_err(|cause| io_error("open", path, &cause))?;
        Ok(Self::File(path.to_owned(), made))
    }

    /// Puts the result in place, in one step.
    ///
    /// # Errors
    /// The disk is full, or the directory cannot be written; then the file is as it was.
    pub fn deliver(self, data: &[u8]) -> Result<()> {
        match self {
            Self::Stdout => io::print(data),
            Self::Device(path) => {
                let mut device = File::options()
                    .write(true)
                    .open(&path)
                    .map_err(|cause| io_error("open", &path, &cause))?;
                device.write_all(data).at(path.display())
            }
            Self::File(path, mut file) => {
                let place = path.display();
                file.write_all(data).at(&place)?;
                file.as_file().sync_all().at(&place)?;
                let placed = file.persist(&path).map_err(|failed| failed.error);
                placed.map(drop).at(&place)
            }
        }
    }
}

/// An error of the operating system as Go words it: `open a.yaml: no such file or directory`.
pub fn io_error(what: &str, path: &Path, cause: &std_io::Error) -> Error {
    let text = cause.to_string();
    let words = text.split(" (os error").next().unwrap_or_default();
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    let words: String = first.into_iter().chain(letters).collect();
    Error::new(format!("{what} {}: {words}", path.display()))
}
