//! Secret values that are unique, and a search that finds them wherever they were not to be.
//!
//! Every secret value in the suite comes from [`fresh`], which writes it down in the run's
//! directory. At the end of a run everything the run produced is searched for each of them: as it
//! is, in base64 at each of its three alignments, in hexadecimal and percent-encoded.

mod forms;
mod search;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

pub use forms::forms;
pub use search::{Hit, Searcher};

/// The list of canaries in a run's directory, one a line. The search itself leaves it out.
pub const LIST: &str = "canaries.txt";

/// A new secret value, written down in `directory`; `label` says in a hit where it came from.
///
/// It holds characters that each encoding changes, and no quote, so that it can stand in YAML,
/// JSON and a shell's single quotes as it is.
///
/// # Errors
/// When the list cannot be written.
pub fn fresh(directory: &Path, label: &str) -> Result<String> {
    let mut bytes = [0_u8; 12];
    aws_lc_rs::rand::fill(&mut bytes).context("the system gives no randomness")?;
    let random: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let value = format!("canary/{label}+{random}=?");
    fs::create_dir_all(directory)?;
    // One write of one short line: whole, whoever else appends at the same time.
    let mut list = File::options()
        .create(true)
        .append(true)
        .open(directory.join(LIST))?;
    list.write_all(format!("{value}\n").as_bytes())?;
    Ok(value)
}

/// Every canary that was written down in `directory` or anywhere below it.
///
/// # Errors
/// When a directory or a list cannot be read.
pub fn all(directory: &Path) -> Result<Vec<String>> {
    let mut canaries = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| format!("{}", directory.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            canaries.extend(all(&entry.path())?);
        } else if entry.file_name() == LIST {
            let text = fs::read_to_string(entry.path())?;
            canaries.extend(text.lines().map(str::to_owned));
        }
    }
    Ok(canaries)
}
