//! Judgement: YAML exactly as Kubernetes reads it.
//!
//! kubectl, helm and every controller read manifests with Go's `sigs.k8s.io/yaml`,
//! and so a manifest means what that library says: `yes` is true, `0644` is 420, a
//! git hash such as `123e4567` may be a number. [`read`] gives the same answer, and
//! with it the place of every value, so that [`edit`] can change one value and leave
//! every other byte alone. [`write()`] prints a value so that Go reads it back unchanged.
//!
//! What differs from Go, differs on purpose, and stands in the tests' table of cases with
//! its reason. We refuse more: a key given twice, a cost beyond the [`Budget`], what is
//! not UTF-8. And we never drop anything silently: documents behind `...` and JSON objects
//! that follow each other are read, where Go's reader stops without a word.
//!
//! ```
//! use signet_yaml::{Budget, edit};
//!
//! let source = b"mode: 0644 # octal\nword: 'old'\n";
//! let documents = signet_yaml::read(source, &Budget::default())?;
//! assert_eq!(documents[0].to_json(), serde_json::json!({"mode": 420, "word": "old"}));
//!
//! let word = documents[0].at(&["word"]).unwrap();
//! let edits = vec![edit::set_scalar(source, word, "new")];
//! assert_eq!(edit::apply(source, edits).unwrap(), b"mode: 0644 # octal\nword: 'new'\n");
//! # Ok::<(), signet_yaml::Error>(())
//! ```

mod as_go;
mod budget;
mod build;
mod characters;
pub mod edit;
mod error;
mod json;
mod mapping;
mod node;
mod number;
mod open;
mod quote;
mod read;
mod resolve;
mod spans;
mod write;

pub use as_go::write_as_go;
pub use budget::Budget;
pub use error::{Error, ErrorKind, Limit};
pub use node::{Document, Entry, Key, Node, Span, Style, Value};
pub use read::read;
pub use write::{write, write_all};
