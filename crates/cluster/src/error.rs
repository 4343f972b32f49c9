//! What the server said when it did not do as asked, fit to be shown.
//!
//! A server's message can quote the object it refuses. For requests that carry Secrets the message
//! is therefore dropped: code, reason and the paths of the fields remain.

use std::time::Duration;

use kube::core::Status;
use serde_json::Value;

mod withhold;

use withhold::{is_secret_field, schema_refusal, withheld};

/// A request that was not fulfilled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status; 0 if no answer came.
    pub code: u16,
    /// Kubernetes' word for it: `Invalid`, `NotFound`, `Forbidden`, `Conflict`, `Timeout`…;
    /// `NoAnswer` if none came.
    pub reason: String,
    /// The sentence for people.
    pub message: String,
}

/// Longest message kept, in bytes. A schema error of a large object can run to megabytes.
const MESSAGE_LIMIT: usize = 2048;

impl ApiError {
    /// There is no such object or kind.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.code == 404
    }

    /// RBAC, a quota or an admission rule says no.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.code == 403
    }

    /// Somebody else was quicker, or the object exists already.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.code == 409
    }

    /// The object itself is wrong: sent again it will be refused again.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.reason == "Invalid"
    }

    /// Worth trying again unchanged: no answer, a time limit, too many requests, the server's fault,
    /// or somebody else wrote between the server's own reading and writing.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        !self.is_invalid() && self.may_pass()
    }

    fn may_pass(&self) -> bool {
        matches!(self.code, 0 | 408 | 429 | 500..)
            || matches!(
                self.reason.as_str(),
                "Timeout" | "ServerTimeout" | "Conflict"
            )
    }

    /// A request we do not make because its answer is known.
    pub(crate) fn invalid(message: String) -> Self {
        Self {
            code: 422,
            reason: "Invalid".to_owned(),
            message,
        }
    }

    /// No answer within the time limit.
    pub(crate) fn timeout(limit: Duration) -> Self {
        let message = format!("no answer within {} seconds", limit.as_secs_f64());
        Self {
            code: 0,
            reason: "Timeout".to_owned(),
            message,
        }
    }

    /// An answer that is not what the API promises.
    pub(crate) fn garbled(what: &str) -> Self {
        Self {
            code: 0,
            reason: "NoAnswer".to_owned(),
            message: format!("the API server's answer cannot be read: {what}"),
        }
    }

    /// From an answer that is no success. `secret` withholds the message.
    pub(crate) fn from_answer(code: u16, body: &[u8], secret: bool) -> Self {
        match serde_json::from_slice::<Status>(body) {
            Ok(mut status) if is_status(body) => {
                status.code = code;
                Self::from_status(status, secret)
            }
            _ if secret => Self {
                code,
                reason: reason_of(code),
                message: withheld(&[]),
            },
            _ => Self {
                code,
                reason: reason_of(code),
                message: shorten(String::from_utf8_lossy(body).trim().to_owned()),
            },
        }
    }

    fn from_status(status: Status, secret: bool) -> Self {
        let schema_field = schema_refusal(&status);
        let reason = match &schema_field {
            Some(_) => "Invalid".to_owned(),
            None if status.reason.is_empty() => reason_of(status.code),
            None => status.reason,
        };
        let message = if secret {
            let causes = status
                .details
                .into_iter()
                .flat_map(|d| d.causes)
                .map(|c| c.field);
            let fields = causes.chain(schema_field);
            withheld(&fields.filter(|f| is_secret_field(f)).collect::<Vec<_>>())
        } else {
            shorten(status.message)
        };
        Self {
            code: status.code,
            reason,
            message,
        }
    }

    /// From the client library: an answer of the server, or none.
    pub(crate) fn from_kube(error: kube::Error, secret: bool) -> Self {
        match error {
            kube::Error::Api(status) => Self::from_status(*status, secret),
            other => Self {
                code: 0,
                reason: "NoAnswer".to_owned(),
                message: shorten(chain(&other)),
            },
        }
    }
}

impl std::error::Error for ApiError {}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.code {
            0 => write!(f, "no answer from the API server: {}", self.message),
            code => write!(f, "{} ({code}): {}", self.reason, self.message),
        }
    }
}

/// The whole chain of causes: the outermost of the client library says only "client error".
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    // A word of the library for "something below me failed", once per layer.
    text.replace("ServiceError: ", "")
}

fn is_status(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body)
        .is_ok_and(|v| v.get("kind").is_some_and(|k| k == "Status"))
}

/// Beginning and end: what is wrong stands behind the value that is.
fn shorten(message: String) -> String {
    if message.len() <= MESSAGE_LIMIT {
        return message;
    }
    let head = message.floor_char_boundary(MESSAGE_LIMIT / 2);
    let tail = message.ceil_char_boundary(message.len() - MESSAGE_LIMIT / 2);
    format!("{}…{}", &message[..head], &message[tail..])
}

/// Kubernetes' reason for an HTTP status, for answers that bring none (of a proxy in between).
fn reason_of(code: u16) -> String {
    let reason = match code {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        408 | 504 => "Timeout",
        409 => "Conflict",
        410 => "Expired",
        422 => "Invalid",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        500.. => "InternalError",
        _ => "Unknown",
    };
    reason.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CANARY: &str = "c2lnbmV0LWNhbmFyeQ==";

    fn answer(code: u16, field: &str, secret: bool) -> ApiError {
        let body = json!({
            "kind": "Status", "status": "Failure", "reason": "Invalid", "code": code,
            "message": format!("Secret \"a\" is invalid: {field}: Invalid value: {CANARY:?}"),
            "details": {"causes": [{"field": field, "message": CANARY, "reason": CANARY}]},
        });
        ApiError::from_answer(code, body.to_string().as_bytes(), secret)
    }

    #[test]
    fn a_message_about_a_secret_keeps_its_field_alone() {
        let error = answer(422, "data[password]", true);
        assert_eq!((error.code, error.reason.as_str()), (422, "Invalid"));
        assert!(error.message.starts_with("data[password]: "), "{error}");
        assert!(!format!("{error} {error:?}").contains(CANARY));
    }

    #[test]
    fn a_field_that_could_be_a_value_is_withheld_too() {
        for field in [
            CANARY,
            "data: c2lnbmV0",
            "c2lnbmV0LWNhbmFyeQ",
            "data.c2ln bmV0",
            "data=c2lnbmV0",
        ] {
            let error = answer(422, field, true);
            assert!(!error.message.contains("c2ln"), "{error}");
        }
    }

    #[test]
    fn an_answer_that_is_no_status_is_withheld_for_a_secret() {
        let error = ApiError::from_answer(502, CANARY.as_bytes(), true);
        assert_eq!((error.code, error.reason.as_str()), (502, "InternalError"));
        assert!(!error.to_string().contains(CANARY));
    }

    #[test]
    fn an_apply_that_misses_the_schema_is_invalid() {
        let refused = |cause: &str, secret| {
            let message =
                format!("failed to create typed patch object (n/a; /v1, Kind=Secret): {cause}");
            let body =
                json!({"kind": "Status", "status": "Failure", "message": message, "code": 500});
            ApiError::from_answer(500, body.to_string().as_bytes(), secret)
        };
        let error = refused(".dta: field not declared in schema", false);
        assert!(error.is_invalid() && !error.is_transient(), "{error}");
        assert!(
            error
                .message
                .ends_with(".dta: field not declared in schema")
        );
        let error = refused(
            &format!(".stringData.k: expected string, got &{{{CANARY}}}"),
            true,
        );
        assert!(
            error.is_invalid() && error.message.starts_with("stringData.k: "),
            "{error}"
        );
        assert!(!error.message.contains(CANARY));
    }

    #[test]
    fn other_messages_are_kept_but_not_for_ever() {
        assert!(
            answer(422, "spec.replicas", false)
                .message
                .contains("spec.replicas: Invalid value")
        );
        let long = ApiError::from_answer(500, "ü".repeat(9_000).as_bytes(), false);
        assert!(long.message.len() < 2_100);
    }

    #[test]
    fn what_may_pass_by_itself_is_transient() {
        let error = |code, reason: &str| ApiError {
            code,
            reason: reason.to_owned(),
            message: String::new(),
        };
        for code in [0, 408, 429, 500, 502, 503, 504] {
            assert!(error(code, "").is_transient(), "{code}");
        }
        for code in [400, 401, 403, 404, 409, 410, 413, 415, 422] {
            assert!(!error(code, "").is_transient(), "{code}");
        }
        assert!(error(409, "Conflict").is_transient());
        assert!(!error(409, "AlreadyExists").is_transient());
        assert!(error(403, "Forbidden").is_forbidden() && error(404, "NotFound").is_not_found());
    }
}
