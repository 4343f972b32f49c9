//! The fold at the end: how an attempt ended becomes a status, an event, a metric and a retry.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use signet_api::sealed_secret::{SealedSecretCondition, SealedSecretStatus};
use signet_seal::secret::UnsealError;
use signet_seal::secret::decide::Refusal;

use super::copies::Words;
use super::drift::Drifted;
use super::templates::{self, RENDERED};

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
    /// The SealedSecret itself could not be read again.
    NotFetched(String),
    /// The live Secret is not ours to write.
    Refused(Refusal),
    /// Somebody changed or deleted the Secret, and the object's policy is to leave it.
    Drifted(Drifted),
    /// The API server did not take it.
    NotWritten(String),
}

impl Ending {
    /// Reason of the event; the peer has the other three and no more.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Synced { .. } => "Unsealed",
            Self::NotOpened(_) => "ErrUnsealFailed",
            Self::Drifted(_) => DRIFTED,
            Self::Refused(_) | Self::NotFetched(_) | Self::NotWritten(_) => "ErrUpdateFailed",
        }
    }

    /// Text of the event, as the peer writes it.
    #[must_use]
    pub fn event(&self) -> String {
        match self {
            Self::Synced { .. } => "SealedSecret unsealed successfully".to_owned(),
            Self::NotOpened(cause) => format!("Failed to unseal: {cause}"),
            Self::Drifted(drifted) => drifted.to_string(),
            Self::Refused(refusal) => refusal.to_string(),
            Self::NotFetched(cause) | Self::NotWritten(cause) => cause.clone(),
        }
    }

    /// Message of the condition, as the peer writes it; `None` when all is well.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Synced { .. } => None,
            Self::NotOpened(cause) | Self::NotFetched(cause) | Self::NotWritten(cause) => {
                Some(cause.clone())
            }
            Self::Drifted(drifted) => Some(drifted.to_string()),
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
            Self::NotFetched(_) => Some("fetch"),
            Self::Drifted(_) => Some("drift"),
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
            Self::Refused(Refusal::NotManaged { .. }) | Self::NotFetched(_) | Self::NotWritten(_)
        )
    }

    /// Whether the Secret was written.
    #[must_use]
    pub fn wrote(&self) -> bool {
        matches!(self, Self::Synced { wrote: true })
    }
}

/// What stands in the status beside `Synced`.
#[derive(Clone, Copy, Default)]
pub struct Notes<'a> {
    /// The record of an unsealing, see [`super::record`].
    pub record: Option<&'a str>,
    /// When the templates of this generation were rendered first, see [`super::templates`].
    pub moment: Option<Timestamp>,
    /// What is said of copies.
    pub copied: Copied<'a>,
}

/// What is said of copies.
#[derive(Clone, Copy, Default)]
pub enum Copied<'a> {
    /// What was said before.
    #[default]
    AsBefore,
    /// Nothing.
    Nothing,
    /// This.
    So(&'a Words),
}

/// The status after `ending`, or `None` if it says so already. `Synced` stands first; its
/// transition time moves only when its status flips. Our notes stand beside it; conditions of others
/// are kept.
#[must_use]
pub fn next(
    old: Option<&SealedSecretStatus>,
    generation: Option<i64>,
    ending: &Ending,
    notes: Notes<'_>,
    now: Timestamp,
) -> Option<SealedSecretStatus> {
    let conditions = old
        .map(|status| status.conditions.as_slice())
        .unwrap_or_default();
    let was = |kind: &str| conditions.iter().find(|condition| condition.type_ == kind);
    let recorded = was(RECORDED).and_then(|condition| condition.message.as_deref());
    let kept = old.and_then(|old| templates::kept(old, generation));
    let noted = recorded == notes.record && kept == notes.moment && notes.copied.is(was(COPIED));
    if noted && says(old, generation, ending) {
        return None;
    }
    let record = notes.record.map(|text| Saying {
        kind: RECORDED,
        status: "True",
        reason: "Unsealed",
        message: Some(text.to_owned()),
    });
    let synced = Some(saying(ending).after(was(SYNCED), now));
    let copied = notes.copied.after(was(COPIED), now);
    let record = record.map(|saying| saying.after(was(RECORDED), now));
    let others = conditions
        .iter()
        .filter(|condition| !OURS.contains(&condition.type_.as_str()))
        .cloned();
    let rendered = notes
        .moment
        .map(|moment| templates::condition(generation, moment));
    Some(SealedSecretStatus {
        conditions: [synced, copied, record, rendered]
            .into_iter()
            .flatten()
            .chain(others)
            .collect(),
        observed_generation: generation,
    })
}

impl Copied<'_> {
    fn is(self, was: Option<&SealedSecretCondition>) -> bool {
        match self {
            Self::AsBefore => true,
            Self::Nothing => was.is_none(),
            Self::So(words) => was.is_some_and(|was| copying(words).is(was)),
        }
    }

    fn after(
        self,
        was: Option<&SealedSecretCondition>,
        now: Timestamp,
    ) -> Option<SealedSecretCondition> {
        match self {
            Self::AsBefore => was.cloned(),
            Self::Nothing => None,
            Self::So(words) => Some(copying(words).after(was, now)),
        }
    }
}

fn copying(words: &Words) -> Saying {
    Saying {
        kind: COPIED,
        status: match words.well {
            Some(true) => "True",
            Some(false) => "False",
            None => "Unknown",
        },
        reason: words.reason,
        message: Some(words.message.clone()),
    }
}

/// Whether the status says this of copies.
#[must_use]
pub fn says_of_copies(status: Option<&SealedSecretStatus>, copied: Copied<'_>) -> bool {
    copied.is(of_copies(status))
}

/// The word for how copying went last.
#[must_use]
pub fn reason_of_copies(status: Option<&SealedSecretStatus>) -> Option<&str> {
    of_copies(status)?.reason.as_deref()
}

fn of_copies(status: Option<&SealedSecretStatus>) -> Option<&SealedSecretCondition> {
    let mut conditions = status?.conditions.iter();
    conditions.find(|condition| condition.type_ == COPIED)
}

/// Whether the status says this of this generation already, and says it first.
#[must_use]
pub fn says(old: Option<&SealedSecretStatus>, generation: Option<i64>, ending: &Ending) -> bool {
    old.is_some_and(|old| {
        let synced = saying(ending);
        old.observed_generation == generation
            && old.conditions.first().is_some_and(|said| synced.is(said))
    })
}

fn saying(ending: &Ending) -> Saying {
    let message = ending.message();
    Saying {
        kind: SYNCED,
        status: if message.is_none() { "True" } else { "False" },
        reason: ending.reason(),
        message,
    }
}

/// The text of the record in a status, see [`super::record`].
#[must_use]
pub fn record(status: &SealedSecretStatus) -> Option<&str> {
    let mut conditions = status.conditions.iter();
    conditions
        .find(|condition| condition.type_ == RECORDED)?
        .message
        .as_deref()
}

/// A condition that is to be.
struct Saying {
    kind: &'static str,
    status: &'static str,
    reason: &'static str,
    message: Option<String>,
}

impl Saying {
    fn is(&self, condition: &SealedSecretCondition) -> bool {
        condition.type_ == self.kind
            && condition.status == self.status
            && condition.message.as_deref().unwrap_or_default()
                == self.message.as_deref().unwrap_or_default()
    }

    /// Both times are always there: a reader of the older kind writes an absent one as null, which
    /// the definition refuses.
    fn after(self, was: Option<&SealedSecretCondition>, now: Timestamp) -> SealedSecretCondition {
        if let Some(same) = was.filter(|was| self.kind != SYNCED && self.is(was)) {
            return same.clone();
        }
        let transition = was
            .filter(|was| was.status == self.status)
            .and_then(|was| was.last_transition_time.clone());
        SealedSecretCondition {
            type_: self.kind.to_owned(),
            status: self.status.to_owned(),
            last_update_time: Some(Time(now)),
            last_transition_time: transition.or(Some(Time(now))),
            reason: Some(self.reason.to_owned()),
            message: self.message,
        }
    }
}

/// How long to wait after a failure that `failures` others came before: 5 ms, doubling, for the first
/// `quick` of them, as the peer does before it gives up; then 1 s, doubling to 5 minutes, for ever.
#[must_use]
pub fn wait(failures: u32, quick: u32) -> Duration {
    match failures.checked_sub(quick) {
        None => Duration::from_millis(5 << failures.min(10)),
        Some(slow) => Duration::from_secs(1 << slow.min(9)).min(LONGEST_WAIT),
    }
}

/// Longest wait before a failed write is tried again.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

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

/// Reason of the condition and of the event about drift that is left.
pub const DRIFTED: &str = "Drifted";

/// The cause as the peer says it, and below it what is known of each item: which key it was sealed
/// for and whether that is here.
#[must_use]
pub fn explained(cause: &UnsealError) -> String {
    let mut lines = vec![cause.to_string()];
    if let UnsealError::Items { leads, .. } = cause {
        lines.extend(leads.lines());
    }
    lines.join("\n")
}

/// The condition about copies: see [`super::copies`].
const COPIED: &str = "Copied";

/// The condition that holds the record: see [`super::record`].
const RECORDED: &str = "Recorded";

/// The conditions that are ours to write.
const OURS: [&str; 4] = [SYNCED, COPIED, RECORDED, RENDERED];
