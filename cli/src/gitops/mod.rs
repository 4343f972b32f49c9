//! Flux's two kinds as the commands name, read and follow them.
//!
//! | File | What |
//! |---|---|
//! | `named` | `KIND NAME` as people type it |
//! | `stand` | how an object stands, out of its status |
//! | `wait` | asking for a run, and following the status until it is over |

pub mod named;
pub mod stand;
pub mod wait;

pub use named::{FluxKind, Named, ObjectArgs};
pub use stand::Stand;
