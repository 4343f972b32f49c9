//! The change set: what happened to which object. Log, event, history and metrics all derive
//! from this one list.

use std::fmt;

use signet_api::ObjectId;

/// What happened to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It was not there.
    Created,
    /// It was declared differently.
    Configured,
    /// It had drifted; says how.
    PutBack(String),
    /// It left the repository.
    Deleted,
    /// It was left alone on purpose; says why.
    Skipped(String),
    /// It was as declared.
    Unchanged,
}

/// Flux's words where Flux has one; `configured` stays the word for what was put back.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created => f.write_str("created"),
            Self::Configured => f.write_str("configured"),
            Self::PutBack(detail) => write!(f, "configured (put back: {detail})"),
            Self::Deleted => f.write_str("deleted"),
            Self::Skipped(reason) => write!(f, "skipped ({reason})"),
            Self::Unchanged => f.write_str("unchanged"),
        }
    }
}

/// One line of a change set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which object.
    pub id: ObjectId,
    /// What happened to it.
    pub action: Action,
}

/// `Deployment/shop/web created`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.action)
    }
}

/// What happened in one run, in the order in which it happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet(pub Vec<Change>);

impl ChangeSet {
    /// Adds one line.
    pub fn push(&mut self, id: ObjectId, action: Action) {
        self.0.push(Change { id, action });
    }

    /// The lines that changed the cluster.
    pub fn changed(&self) -> impl Iterator<Item = &Change> {
        self.0
            .iter()
            .filter(|c| !matches!(c.action, Action::Unchanged | Action::Skipped(_)))
    }

    /// One line for each object, those that were as declared left out; empty if nothing is to
    /// be said.
    #[must_use]
    pub fn message(&self) -> String {
        lines(
            self.0
                .iter()
                .filter(|change| change.action != Action::Unchanged),
        )
    }

    /// [`Self::message`] of what was applied, as one event has it.
    #[must_use]
    pub fn applied_message(&self) -> String {
        lines(
            self.changed()
                .filter(|change| change.action != Action::Deleted),
        )
    }

    /// [`Self::message`] of what was deleted, as another event has it.
    #[must_use]
    pub fn deleted_message(&self) -> String {
        lines(
            self.changed()
                .filter(|change| change.action == Action::Deleted),
        )
    }
}

fn lines<'a>(changes: impl Iterator<Item = &'a Change>) -> String {
    changes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use super::*;

    fn story() -> ChangeSet {
        let mut set = ChangeSet::default();
        for (id, action) in [
            ("_shop__Namespace", Action::Unchanged),
            ("shop_web_apps_Deployment", Action::Created),
            (
                "shop_conf__ConfigMap",
                Action::PutBack("changed by kubectl-edit".into()),
            ),
            (
                "shop_off__ConfigMap",
                Action::Skipped("switched off".into()),
            ),
            ("shop_old__Service", Action::Deleted),
        ] {
            set.push(ObjectId::from_inventory(id, "v1").unwrap(), action);
        }
        set
    }

    #[test]
    fn a_message_has_a_line_for_each_object_that_is_not_as_it_was() {
        insta::assert_snapshot!(story().message(), @r"
        Deployment/shop/web created
        ConfigMap/shop/conf configured (put back: changed by kubectl-edit)
        ConfigMap/shop/off skipped (switched off)
        Service/shop/old deleted
        ");
    }

    #[test]
    fn applied_and_deleted_have_messages_of_their_own() {
        let set = story();
        assert_eq!(set.applied_message().lines().count(), 2);
        assert_eq!(set.deleted_message(), "Service/shop/old deleted");
        assert_eq!(set.changed().count(), 3);
    }
}
