//! One SealedSecret: does it open, and what becomes of its Secret when Signet takes over.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use signet_api::SealedSecret;
use signet_seal::Keyring;
use signet_seal::secret::decide::standing;
use signet_seal::secret::{Opened, Opening, UnsealError, open_with};

use super::find::Secrets;
use super::version::{ITEM_WINS, NULL_LEAVES_OUT, Version};
use crate::look::{Level, Looked, overridden};

/// What is known beside the object.
pub struct Judge<'s> {
    /// Their release; what depends on it is said for both where it is not known.
    pub version: Option<Version>,
    /// The keys to try.
    pub ring: &'s Keyring,
    /// Whether the deprecated form is opened.
    pub accept_deprecated: bool,
    /// What is now to templates.
    pub now: Timestamp,
    /// Metadata of every Secret, if it is known.
    pub secrets: Option<&'s Secrets>,
}

/// One SealedSecret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What its status says today; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synced: Option<bool>,
    /// Whether it opens; absent if no key was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens: Option<bool>,
    /// What is to be said of it.
    pub remarks: Vec<Remark>,
}

/// Code of the remark that there is nothing to remark; it is counted and not listed.
pub const SAME: &str = "same";

/// What a remark comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// It does not open, or Signet does not take it.
    Fails,
    /// The Secret becomes another.
    Changes,
    /// Good to know.
    Note,
}

/// Something to be said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// What it comes to.
    pub weight: Weight,
    /// One word for programs.
    pub code: &'static str,
    /// The sentence; never a value.
    pub message: String,
}

impl Row {
    /// Whether something of this weight was said.
    pub fn has(&self, weight: Weight) -> bool {
        self.remarks.iter().any(|remark| remark.weight == weight)
    }

    pub(super) fn say(&mut self, weight: Weight, code: &'static str, message: impl Into<String>) {
        self.remarks.push(Remark {
            weight,
            code,
            message: message.into(),
        });
    }
}

impl Judge<'_> {
    /// Judges one.
    pub fn row(&self, object: &Value) -> Row {
        let looked = Looked::at(object, None);
        let mut row = Row {
            namespace: looked.namespace.clone(),
            name: looked.name.clone(),
            synced: synced(object),
            opens: None,
            remarks: Vec::new(),
        };
        self.opening(object, &looked, &mut row);
        self.templates(&looked, &mut row);
        self.secret(object, &mut row);
        today(object, &mut row);
        notes(&looked, &mut row);
        row.remarks.sort_by_key(|remark| remark.weight);
        row
    }

    /// Opens it, and renders its templates as if that were done now.
    pub fn open(&self, object: &Value) -> Option<(SealedSecret, Result<Opened, UnsealError>)> {
        let sealed: SealedSecret = serde_json::from_value(object.clone()).ok()?;
        let opening = Opening {
            refuse_deprecated: !self.accept_deprecated,
            now: Some(self.now),
            ..Opening::default()
        };
        let opened = open_with(&sealed, self.ring, &opening);
        Some((sealed, opened))
    }

    fn opening(&self, object: &Value, looked: &Looked, row: &mut Row) {
        let errors = looked
            .findings
            .iter()
            .filter(|found| found.level == Level::Error);
        let errors: Vec<_> = errors.collect();
        for found in &errors {
            row.say(Weight::Fails, found.code, found.message.clone());
        }
        if !errors.is_empty() {
            row.opens = Some(false);
            return;
        }
        if self.ring.is_empty() {
            return;
        }
        match self.open(object) {
            Some((_, Ok(_))) => row.opens = Some(true),
            Some((_, Err(cause))) => {
                row.opens = Some(false);
                row.say(Weight::Fails, "does-not-open", explained(&cause, looked));
            }
            None => {
                row.opens = Some(false);
                row.say(
                    Weight::Fails,
                    "malformed",
                    "it is not of the form that its definition gives",
                );
            }
        }
    }

    fn templates(&self, looked: &Looked, row: &mut Row) {
        // What is refused stays as it is: then nothing changes by it.
        let weight = if row.has(Weight::Fails) {
            Weight::Note
        } else {
            Weight::Changes
        };
        let before = |since: Version| self.version.is_none_or(|version| version < since);
        if before(ITEM_WINS) {
            for key in overridden(looked) {
                row.say(
                    weight,
                    "item-wins",
                    format!("{key} is an item and a text of template.data: their release gives the Secret the text, Signet the item, as theirs does since {ITEM_WINS}, unless --template-rules=0.36 or annotation signet.dev/template-rules says otherwise"),
                );
            }
        }
        let nulls = looked.template_keys.iter().filter(|(_, null)| **null);
        for (key, _) in nulls.filter(|_| before(NULL_LEAVES_OUT)) {
            row.say(
                weight,
                "left-out",
                format!("template.data.{key} is null: their release makes it empty, Signet leaves it out, as theirs does since {NULL_LEAVES_OUT}"),
            );
        }
    }

    /// What the Secret's metadata tells.
    fn secret(&self, object: &Value, row: &mut Row) {
        let Some(secrets) = self.secrets.filter(|_| !row.has(Weight::Fails)) else {
            return;
        };
        let Some(live) = secrets.get(&(row.namespace.clone(), row.name.clone())) else {
            row.say(
                Weight::Changes,
                "made",
                "its Secret is not there: Signet makes it",
            );
            return;
        };
        let Ok(sealed) = serde_json::from_value::<SealedSecret>(object.clone()) else {
            return;
        };
        if standing(&sealed, live).is_some() {
            row.say(
                Weight::Note,
                "somebody-elses",
                "its Secret is somebody else's: neither controller writes it; annotate the Secret with sealedsecrets.bitnami.com/managed: \"true\" to have it taken over",
            );
        }
    }
}

fn condition(object: &Value) -> Option<&Value> {
    let conditions = object["status"]["conditions"].as_array()?;
    conditions.iter().find(|said| said["type"] == "Synced")
}

fn synced(object: &Value) -> Option<bool> {
    condition(object).map(|said| said["status"] == "True")
}

/// What they say of it today, if that is not good.
fn today(object: &Value, row: &mut Row) {
    let message = condition(object)
        .and_then(|said| said["message"].as_str())
        .unwrap_or_default();
    let message = message.replace('\n', "; ");
    // Then it is the Secret that is in the way, and stays so.
    let kept_out = [
        "is not managed by SealedSecret",
        "target Secret is immutable",
    ];
    let kept_out = kept_out.iter().any(|words| message.contains(words));
    match (row.synced, row.opens) {
        (Some(false), Some(true)) if !kept_out => row.say(
            Weight::Changes,
            "opens-now",
            format!("their status says that it is not synced ({message}), and its items open: Signet writes the Secret if it may"),
        ),
        (Some(false), _) => row.say(Weight::Note, "not-synced", format!("it is not synced today either: {message}")),
        (None, _) => row.say(Weight::Note, "no-status", "their controller has said nothing of it yet"),
        (Some(true), Some(false)) => row.say(
            Weight::Note,
            "synced-once",
            "it was synced once, and its Secret stays; but its annotations or the keys have changed since",
        ),
        (Some(true), _) => {}
    }
}

fn notes(looked: &Looked, row: &mut Row) {
    if looked.kind.is_none() {
        row.say(
            Weight::Note,
            "no-type",
            "its template has no type: their controller writes the Secret at each of its starts, Signet does not",
        );
    }
    let worth = [
        "deprecated-data",
        "not-managed",
        "scope-not-true",
        "two-scopes",
    ];
    for found in looked
        .findings
        .iter()
        .filter(|found| worth.contains(&found.code))
    {
        row.say(Weight::Note, found.code, found.message.clone());
    }
}

fn explained(cause: &UnsealError, looked: &Looked) -> String {
    let mut lines = vec![cause.to_string().replace('\n', "; ")];
    if let UnsealError::Items { leads, .. } = cause {
        lines.extend(leads.lines());
        lines.push(format!(
            "it is opened as {} ({})",
            looked.opens_as(),
            looked.scope
        ));
    }
    lines.join("; ")
}
