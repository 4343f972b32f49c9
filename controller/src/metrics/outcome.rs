//! How a reconciliation ended.

/// See the module's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The cluster is as declared.
    Success,
    /// It is not, and the status says why.
    Failure,
}
