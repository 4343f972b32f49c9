//! What a rotation did, for people and for programs.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;

use crate::args::Format;
use crate::error::Result;
use crate::print;
use crate::text::{columns, plural};

/// Everything that a rotation found and did.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    /// Fingerprint of the key that everything is on now.
    pub sealed_for: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Each SealedSecret, by file and line.
    pub sealed_secrets: Vec<Row>,
    /// Files that were passed over on purpose.
    pub skipped: Vec<Remark>,
    /// Files that could not be dealt with; each is as it was.
    pub failed: Vec<Remark>,
}

/// One SealedSecret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Its file.
    pub file: PathBuf,
    /// Line on which it begins.
    pub line: u32,
    /// `namespace/name`.
    pub name: String,
    /// How many values it has.
    pub values: usize,
    /// Keys of the values that were sealed anew.
    pub resealed: Vec<String>,
}

/// A file and what is to be said about it.
#[derive(Debug, Serialize)]
pub struct Remark {
    /// The file.
    pub file: PathBuf,
    /// A sentence; never a value.
    pub message: String,
}

impl Remark {
    /// About `file`.
    pub fn new(file: &Path, message: &str) -> Self {
        Self {
            file: file.to_owned(),
            message: message.to_owned(),
        }
    }
}

impl Rotation {
    /// How many values were sealed anew.
    pub fn resealed(&self) -> usize {
        self.sealed_secrets
            .iter()
            .map(|row| row.resealed.len())
            .sum()
    }

    /// As an object.
    ///
    /// # Errors
    /// None that can be met; the type of the printer.
    pub fn object(&self, format: Format) -> Result<Vec<u8>> {
        let mut object = json!(self);
        object["resealed"] = json!(self.resealed());
        print::objects(&[object], format)
    }

    /// As a table of what changed, and a sentence.
    pub fn table(&self) -> String {
        let changed = self
            .sealed_secrets
            .iter()
            .filter(|row| !row.resealed.is_empty());
        let head = ["FILE", "SEALEDSECRET", "RE-SEALED"].map(str::to_owned);
        let mut rows = vec![head.to_vec()];
        rows.extend(changed.map(|row| {
            let count = format!("{} of {}", row.resealed.len(), row.values);
            let place = format!("{}:{}", row.file.display(), row.line);
            vec![place, row.name.clone(), count]
        }));
        let mut text = String::new();
        if rows.len() > 1 {
            text.push_str(&columns(&rows, ""));
        }
        text.push_str(&self.sentence());
        text
    }

    fn sentence(&self) -> String {
        let (resealed, values) = (
            self.resealed(),
            self.sealed_secrets
                .iter()
                .map(|row| row.values)
                .sum::<usize>(),
        );
        let verb = if self.dry_run {
            "would be re-sealed"
        } else {
            "re-sealed"
        };
        let mut text = format!(
            "{} of {} in {} {verb} for {}.",
            resealed,
            plural(values, "value"),
            plural(self.sealed_secrets.len(), "SealedSecret"),
            self.sealed_for
        );
        for (remarks, what) in [(&self.skipped, "skipped"), (&self.failed, "failed")] {
            let files: BTreeSet<_> = remarks.iter().map(|remark| &remark.file).collect();
            if !files.is_empty() {
                put(
                    &mut text,
                    format_args!(" {} {what}.", plural(files.len(), "file")),
                );
            }
        }
        text.push('\n');
        text
    }
}

/// Writing to a String cannot fail.
fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(what);
}
