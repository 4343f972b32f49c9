//! An answer, or that one may not ask: what a command that only looks can do without.

use signet_cluster::ApiError;

/// An answer, or that one may not ask.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked<T> {
    /// What the server said.
    Answer(T),
    /// Why there is no answer, such as a right that is missing.
    Refused(String),
}

impl<T> Asked<T> {
    /// Takes a refusal for a fact; `what` is the request, such as `get secrets in namespace demo`.
    ///
    /// # Errors
    /// Anything but a refusal: then nothing can be said at all.
    pub fn from(asked: Result<T, ApiError>, what: &str) -> Result<Self, ApiError> {
        match asked {
            Ok(answer) => Ok(Self::Answer(answer)),
            Err(cause) if cause.is_forbidden() => Ok(Self::Refused(format!("you may not {what}"))),
            Err(cause) => Err(cause),
        }
    }

    /// The answer; a refusal goes to `left_out`.
    pub fn or_note(self, left_out: &mut Vec<String>) -> Option<T> {
        match self {
            Self::Answer(answer) => Some(answer),
            Self::Refused(why) => {
                left_out.push(why);
                None
            }
        }
    }
}
