//! What the test files share: the table of cases, and Go as the judge.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod cases;
pub mod go;
pub mod soups;
pub mod strings;

use serde_json::Value;
use signet_yaml::{Budget, Document, Error};

/// Our reading of a source as JSON, under the default budget.
pub fn ours(source: &[u8]) -> Result<Vec<Value>, Error> {
    let documents = signet_yaml::read(source, &Budget::default())?;
    Ok(documents.into_iter().map(Document::into_json).collect())
}
