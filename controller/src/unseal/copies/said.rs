//! How the copying of one SealedSecret ended, and the words for it: condition `Copied`.
//!
//! The condition is named after what is asked for. It is not there where nothing is, and it never
//! makes `Synced` false: the SealedSecret's own Secret is right or wrong by itself.

use std::collections::{BTreeMap, BTreeSet};

use signet_api::names::{ACCEPT_COPIES_FROM, CLUSTER_WIDE, COPY_TO};

use super::plan::Withheld;
use super::wish::Wish;
use crate::unseal::drift::Drifted;
use crate::unseal::status::{DRIFTED, Ending};
use crate::wake::Key;

/// How it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Namespaces in which the copy is right.
    pub right: BTreeSet<String>,
    /// The others that concern it, and why not.
    pub troubles: BTreeMap<String, Trouble>,
    /// What stands in the way of all copies.
    pub barrier: Option<Barrier>,
    /// Namespaces in which a copy was written or removed just now.
    pub changed: BTreeSet<String>,
    /// Whether copies are asked for at all.
    pub asked: bool,
}

/// What stands in the way of all copies of one SealedSecret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// The controller does not copy.
    Off,
    /// It is not cluster-wide.
    NotClusterWide,
    /// What it asks for cannot be read; a sentence.
    Unreadable(String),
    /// It could not be opened; `Synced` says why.
    NotOpened,
    /// The namespaces are not known yet.
    NotKnown,
}

/// What stands in the way of one copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is not to be.
    Withheld(Withheld),
    /// A Secret stands there that is not ours to write; the text is the peer's.
    Refused(String),
    /// Somebody changed or deleted it, and the policy is to leave it.
    Drifted(Drifted),
    /// The API server did not do what was asked.
    Failed(String),
}

/// What the condition says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Whether every namespace that was asked for has a right copy; `None` if that is not known.
    pub well: Option<bool>,
    /// One word.
    pub reason: &'static str,
    /// A line for each cause, at last one for what is well.
    pub message: String,
}

impl Report {
    /// Nothing done yet for what is asked for.
    #[must_use]
    pub fn of(wish: &Wish) -> Self {
        let barrier = match wish {
            Wish::Nothing | Wish::Copies(_) => None,
            Wish::NotClusterWide => Some(Barrier::NotClusterWide),
            Wish::Unreadable(cause) => Some(Barrier::Unreadable(cause.clone())),
        };
        Self {
            asked: *wish != Wish::Nothing,
            barrier,
            ..Self::default()
        }
    }

    /// Something stands in the way of all copies that are asked for.
    pub fn stop(&mut self, barrier: Barrier) {
        if self.asked {
            self.barrier = Some(barrier);
        }
    }

    /// Takes in where no copy is to be.
    pub fn withhold(&mut self, withheld: BTreeMap<String, Withheld>) {
        let withheld = withheld.into_iter();
        self.troubles
            .extend(withheld.map(|(at, why)| (at, Trouble::Withheld(why))));
    }

    /// Takes in how the writing of one copy ended.
    pub fn take(&mut self, namespace: String, ending: &Ending) {
        if ending.wrote() {
            self.changed.insert(namespace.clone());
        }
        let trouble = match ending {
            Ending::Synced { .. } => {
                self.right.insert(namespace);
                return;
            }
            Ending::Refused(refusal) => Trouble::Refused(refusal.to_string()),
            Ending::Drifted(drifted) => Trouble::Drifted(drifted.clone()),
            Ending::NotOpened(cause) | Ending::NotFetched(cause) | Ending::NotWritten(cause) => {
                Trouble::Failed(cause.clone())
            }
        };
        self.troubles.insert(namespace, trouble);
    }

    /// Whether time alone may help.
    #[must_use]
    pub fn passes(&self) -> bool {
        let failed = |trouble: &Trouble| matches!(trouble, Trouble::Failed(_));
        self.troubles.values().any(failed)
    }

    /// Whether nothing is left to do and nothing was found that a restart could not find again by
    /// itself: what is withheld, it can.
    #[must_use]
    pub fn is_provable(&self) -> bool {
        let withheld = |trouble: &Trouble| matches!(trouble, Trouble::Withheld(_));
        let unknown = [Some(Barrier::NotKnown), Some(Barrier::NotOpened)].contains(&self.barrier);
        self.troubles.values().all(withheld) && !unknown
    }

    /// What is said of it; `None` if nothing is asked for and nothing went wrong.
    #[must_use]
    pub fn words(&self, source: &Key) -> Option<Words> {
        if !self.asked && self.troubles.is_empty() {
            return None;
        }
        let mut lines: Vec<String> = self.barrier.iter().map(Barrier::line).collect();
        lines.extend(self.trouble_lines(source));
        if !self.right.is_empty() {
            lines.push(format!("copied to {}", listed(&self.right)));
        }
        if lines.is_empty() {
            lines.push(format!(
                "no namespace that is selected accepts {source} in its annotation {ACCEPT_COPIES_FROM}"
            ));
        }
        Some(Words {
            well: self.well(),
            reason: self.reason(),
            message: lines.join("\n"),
        })
    }

    fn well(&self) -> Option<bool> {
        match &self.barrier {
            Some(Barrier::NotKnown) => None,
            Some(_) => Some(false),
            None => Some(self.troubles.is_empty() && !self.right.is_empty()),
        }
    }

    fn reason(&self) -> &'static str {
        if let Some(barrier) = &self.barrier {
            return barrier.reason();
        }
        let worst = self.troubles.values().map(Trouble::rank).max();
        match worst {
            Some((_, reason)) => reason,
            None if self.right.is_empty() => NOT_ACCEPTED,
            None => COPIED,
        }
    }

    /// One line for each cause, with the namespaces that it befell.
    fn trouble_lines(&self, source: &Key) -> Vec<String> {
        let mut by_text: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (namespace, trouble) in &self.troubles {
            let namespaces = by_text.entry(trouble.text(source)).or_default();
            namespaces.insert(namespace.clone());
        }
        let lines = by_text.iter();
        lines
            .map(|(text, namespaces)| format!("{}: {text}", listed(namespaces)))
            .collect()
    }
}

/// Reason of the condition when all is well.
const COPIED: &str = "Copied";
const NOT_ACCEPTED: &str = "NotAccepted";
const REFUSED: &str = "Refused";

/// Whether copies that are there were right when the condition got this reason: what differs now is
/// somebody's doing.
#[must_use]
pub fn were_right(reason: &str) -> bool {
    [COPIED, NOT_ACCEPTED, REFUSED, DRIFTED].contains(&reason)
}

impl Trouble {
    /// The worse, the later in order; and its word.
    fn rank(&self) -> (u8, &'static str) {
        match self {
            Self::Withheld(Withheld::NotAccepted) => (0, NOT_ACCEPTED),
            Self::Withheld(_) | Self::Refused(_) => (1, REFUSED),
            Self::Drifted(_) => (2, DRIFTED),
            Self::Failed(_) => (3, "Failed"),
        }
    }

    fn text(&self, source: &Key) -> String {
        let name = &source.name;
        match self {
            Self::Withheld(Withheld::NotAccepted) => {
                format!(
                    "not there, or its annotation {ACCEPT_COPIES_FROM} does not accept {source}"
                )
            }
            Self::Withheld(Withheld::Keys) => {
                "the sealing keys lie there; nothing is copied to them".to_owned()
            }
            Self::Withheld(Withheld::Declared) => {
                format!("a SealedSecret \"{name}\" is there and comes before a copy")
            }
            Self::Withheld(Withheld::Taken) => {
                format!("Secret \"{name}\" is there as the copy of another SealedSecret")
            }
            Self::Drifted(drifted) => drifted.to_string(),
            Self::Refused(cause) | Self::Failed(cause) => cause.clone(),
        }
    }
}

impl Barrier {
    fn reason(&self) -> &'static str {
        match self {
            Self::Off => "NotEnabled",
            Self::NotClusterWide => "NotClusterWide",
            Self::Unreadable(_) => "Unreadable",
            Self::NotOpened => "NotOpened",
            Self::NotKnown => "NotKnown",
        }
    }

    fn line(&self) -> String {
        match self {
            Self::Off => {
                "this controller copies nothing: it was not given --copy-sealed-secrets".to_owned()
            }
            Self::NotClusterWide => format!(
                "annotation {COPY_TO} is for SealedSecrets of cluster-wide scope: seal with --scope \
                 cluster-wide, which sets annotation {CLUSTER_WIDE}; nothing is copied"
            ),
            Self::Unreadable(cause) => format!("{cause}; nothing is copied"),
            Self::NotOpened => "it was not opened; condition Synced says why".to_owned(),
            Self::NotKnown => "the namespaces could not be listed yet".to_owned(),
        }
    }
}

/// Names as far as a message can bear them.
fn listed(names: &BTreeSet<String>) -> String {
    const MOST: usize = 20;
    let mut shown: Vec<_> = names.iter().take(MOST).cloned().collect();
    if names.len() > MOST {
        shown.push(format!("and {} more", names.len() - MOST));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests;
