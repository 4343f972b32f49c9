//! The fold at the end: how an attempt ended becomes a status, an event, a metric and a retry.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use signet_api::sealed_secret::{SealedSecretCondition, SealedSecretStatus};

use super::decide::Refusal;

/// How one attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The Secret is as it should be; `wrote` if that took a write.
    Synced {
        /// Whether the Secret was created or changed.
        wrote: bool,
    },
    /// It could not be read or opened. A new key or a new commit is the cure, not time.
    NotOpened(String),
    /// The live Secret is not ours to write.
    Refused(Refusal),
    /// The API server did not take it.
    NotWritten(String),
}

impl Ending {
    /// Reason of the event; the peer has these three and no others.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Synced { .. } => "Unsealed",
            Self::NotOpened(_) => "ErrUnsealFailed",
            Self::Refused(_) | Self::NotWritten(_) => "ErrUpdateFailed",
        }
    }

    /// Text of the event, as the peer writes it.
    #[must_use]
    pub fn event(&self) -> String {
        match self {
            Self::Synced { .. } => "SealedSecret unsealed successfully".to_owned(),
            Self::NotOpened(cause) => format!("Failed to unseal: {cause}"),
            Self::Refused(refusal) => refusal.to_string(),
            Self::NotWritten(cause) => cause.clone(),
        }
    }

    /// Message of the condition, as the peer writes it; `None` when all is well.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Synced { .. } => None,
            Self::NotOpened(cause) | Self::NotWritten(cause) => Some(cause.clone()),
            Self::Refused(refusal @ Refusal::NotManaged { .. }) => {
                Some(format!("failed update: {refusal}"))
            }
            Self::Refused(refusal) => Some(refusal.to_string()),
        }
    }

    /// Label `reason` of the error counter, as the peer names it; `None` when all is well.
    #[must_use]
    pub fn metric(&self) -> Option<&'static str> {
        match self {
            Self::Synced { .. } => None,
            Self::NotOpened(_) => Some("unseal"),
            Self::Refused(Refusal::NotManaged { .. }) => Some("unmanaged"),
            Self::Refused(Refusal::Immutable { .. }) | Self::NotWritten(_) => Some("update"),
        }
    }

    /// Whether time alone may help. If not, only an event can: a new key, another commit, the
    /// immutable Secret deleted.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(
            self,
            Self::Refused(Refusal::NotManaged { .. }) | Self::NotWritten(_)
        )
    }

    /// Whether the Secret was written.
    #[must_use]
    pub fn wrote(&self) -> bool {
        matches!(self, Self::Synced { wrote: true })
    }
}

/// The status after `ending`, or `None` if it says so already. `Synced` stands first; its
/// transition time moves only when its status flips. Conditions of others are kept.
#[must_use]
pub fn next(
    old: Option<&SealedSecretStatus>,
    generation: Option<i64>,
    ending: &Ending,
    now: Timestamp,
) -> Option<SealedSecretStatus> {
    let conditions = old
        .map(|status| status.conditions.as_slice())
        .unwrap_or_default();
    let was = conditions
        .iter()
        .find(|condition| condition.type_ == SYNCED);
    let (status, message) = (
        if ending.message().is_none() {
            "True"
        } else {
            "False"
        },
        ending.message(),
    );
    let said = |condition: &SealedSecretCondition| {
        condition.status == status
            && condition.message.as_deref().unwrap_or_default()
                == message.as_deref().unwrap_or_default()
    };
    let first = conditions
        .first()
        .is_some_and(|condition| condition.type_ == SYNCED && said(condition));
    if first && old.is_some_and(|old| old.observed_generation == generation) {
        return None;
    }
    let transition = was
        .filter(|was| was.status == status)
        .and_then(|was| was.last_transition_time.clone());
    let synced = SealedSecretCondition {
        type_: SYNCED.to_owned(),
        status: status.to_owned(),
        last_update_time: Some(Time(now)),
        last_transition_time: transition.or(Some(Time(now))),
        reason: Some(ending.reason().to_owned()),
        message,
    };
    let others = conditions
        .iter()
        .filter(|condition| condition.type_ != SYNCED)
        .cloned();
    Some(SealedSecretStatus {
        conditions: std::iter::once(synced).chain(others).collect(),
        observed_generation: generation,
    })
}

/// Up to an eighth more by the name, so that a thousand objects that failed together do not all
/// come back together.
#[must_use]
pub fn scattered(wait: Duration, name: &str) -> Duration {
    let hash = name.bytes().fold(0_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    wait + wait / 8 * (hash % 64) / 64
}

const SYNCED: &str = "Synced";
