//! Judgement: Go's text templates, with the functions of sprig, within a budget.
//!
//! `spec.template.data` of a SealedSecret holds texts in the language of Go's `text/template`, which
//! the sealed-secrets controller renders with the functions of Masterminds/sprig 3.3.0 but for
//! `env`, `expandenv` and `getHostByName`. This crate renders the same bytes from the same texts:
//! each construct and each function is held to Go's own engine by `tests/templates_against_go.rs` and by the
//! answers of that engine in `tests/vectors/templates`.
//!
//! ```text
//!  text ─▶ lex ─▶ parse ─▶ tree ┐
//!                               ├─▶ eval ─▶ bytes
//!  values ─▶ value ─────────────┘     └─▶ functions ─▶ print, regex, semver, time
//! ```
//!
//! What differs, differs on purpose and is listed in `docs/reference/templates.md`: the clock and the
//! randomness are arguments, so that the same arguments give the same bytes; what a template may cost
//! is bounded by a [`Budget`]; an [`Error`] never tells a value; what cannot be done faithfully is an
//! error that names it.
//!
//! ```
//! use signet_template::{Budget, Renderer};
//! # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! let values = [("user", b"admin".as_slice()), ("password", b"tr0ub4dor&3")];
//! let renderer = Renderer::new(values, None, Budget::default());
//! let text = r#"{{ printf "%s:%s" .user .password | b64enc }}"#;
//! let mut rng = ChaCha20Rng::from_seed([0; 32]);
//! assert_eq!(*renderer.render("auth", text, &mut rng)?, b"YWRtaW46dHIwdWI0ZG9yJjM=");
//! # Ok::<(), signet_template::Error>(())
//! ```
//!
//! Strings and bytes that come of values are wiped when they go. Not wiped are numbers, the ranges of
//! matches, what the libraries below hold while they work (decimals, regular expressions,
//! certificates, keys being drawn), and positions that a value was cut at.
#![forbid(unsafe_code)]

mod budget;
mod error;
mod eval;
mod functions;
mod host;
mod lex;
mod numeric;
mod parse;
mod print;
mod regex;
mod renderer;
mod semver;
mod time;
mod tree;
mod unicode;
mod value;

pub use budget::{Budget, Limit};
pub use error::Error;
pub use functions::functions;
pub use renderer::{Renderer, check};
