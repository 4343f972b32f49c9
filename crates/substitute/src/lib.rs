//! Judgement: variables put into objects, as Flux's `spec.postBuild` does it.
//!
//! An object that was built is written as YAML, expressions such as `${name:=default}` are replaced
//! in that text, and what comes of it is read as YAML again. So a value changes type as it does in
//! Flux: `replicas: "${n}"` is a number afterwards, because Go's writer, whose text is used, sets no
//! quotes there. The syntax is that of fluxcd/pkg/envsubst 1.7, quirks and all; [`template`] has it.
//!
//! ```
//! use std::collections::BTreeMap;
//! use serde_json::json;
//! use signet_substitute::{Rules, Variables, substitute};
//!
//! let inline = BTreeMap::from([("n".to_owned(), "3".to_owned())]);
//! let variables = Variables::new([], &inline)?;
//! let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"},
//!     "data": {"a": "${n}", "b": "${m:-none}"}});
//! let done = substitute(&body, &variables, Rules::default())?;
//! assert_eq!(done.unwrap()["data"], json!({"a": 3, "b": "none"}));
//! # Ok::<(), signet_substitute::Error>(())
//! ```
//!
//! What differs from Flux, differs on purpose: whole numbers keep their digits where Flux passes
//! them through a fraction of 64 bits; a key given twice is an error; and what costs too much is
//! refused ([`budget`]). A value may come from a Secret, so no error tells one, and every text that
//! holds them is erased.

pub mod budget;
mod error;
mod object;
pub mod template;
mod variables;

pub use error::{Error, Reason};
pub use object::{Rules, is_disabled, substitute};
pub use template::Template;
pub use variables::Variables;
