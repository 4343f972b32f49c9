//! An explanation, for people and for programs.

use serde::Serialize;
use serde_json::json;

use super::chain::{Chain, State, Step};
use super::facts::{Facts, Said};
use super::flux;
use super::sealed_secret::{Judgement, Key, Need};
use crate::args::Format;
use crate::error::Result;
use crate::online::Asked;
use crate::print;
use crate::text::columns;

/// Everything that is printed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Kind of the object.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether no step is blocked.
    pub healthy: bool,
    /// Name of the first step that is blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocker: Option<&'static str>,
    /// The steps.
    pub steps: Vec<Step>,
    /// Which key each item needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Need>,
    /// Which keys there are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Key>,
    /// What was said of it, the last first.
    pub events: Vec<Said>,
}

impl Explanation {
    /// Of a judgement.
    pub fn new(facts: &Facts, judgement: Judgement) -> Self {
        let blocker = judgement.chain.blocker().map(|step| step.name);
        let events = match &facts.events {
            Asked::Answer(events) => events.clone(),
            Asked::Refused(_) => Vec::new(),
        };
        Self {
            kind: "SealedSecret",
            namespace: facts.namespace.clone(),
            name: facts.name.clone(),
            healthy: blocker.is_none(),
            blocker,
            steps: judgement.chain.steps,
            items: judgement.items,
            keys: judgement.keys,
            events,
        }
    }

    /// Of a source or a Kustomization.
    pub fn of_flux(facts: &flux::Facts, chain: Chain, events: Asked<Vec<Said>>) -> Self {
        let blocker = chain.blocker().map(|step| step.name);
        Self {
            kind: facts.named.kind.name(),
            namespace: facts.named.namespace.clone(),
            name: facts.named.name.clone(),
            healthy: blocker.is_none(),
            blocker,
            steps: chain.steps,
            items: Vec::new(),
            keys: Vec::new(),
            events: match events {
                Asked::Answer(events) => events,
                Asked::Refused(_) => Vec::new(),
            },
        }
    }

    /// As an object.
    ///
    /// # Errors
    /// None that can be met; the type of the printer.
    pub fn object(&self, format: Format) -> Result<Vec<u8>> {
        print::objects(&[json!(self)], format)
    }

    /// For people; signs on a terminal, words elsewhere.
    pub fn text(&self, signs: bool) -> String {
        let rows = self.steps.iter().map(|step| {
            let sign = if signs {
                step.state.mark()
            } else {
                step.state.word()
            };
            vec![sign.to_owned(), step.name.to_owned(), step.says.clone()]
        });
        let rows: Vec<_> = rows.collect();
        let mut text = format!("{} {}/{}\n", self.kind, self.namespace, self.name);
        text.push_str(&columns(&rows, "  "));
        let blocked = self.steps.iter().find(|step| step.state == State::Blocked);
        if let Some(step) = blocked {
            text.push_str(&told("The first blocker", step));
        }
        let warnings = self
            .steps
            .iter()
            .filter(|step| step.state == State::Warning);
        let warnings = warnings.filter(|step| !step.meaning.is_empty());
        warnings.for_each(|step| text.push_str(&told("A warning", step)));
        text.push_str(&self.items());
        text.push_str(&self.keys());
        text.push_str(&self.events());
        text
    }

    fn items(&self) -> String {
        let rows = self.items.iter().map(|need| {
            let item = &need.item;
            vec![
                item.key.clone(),
                item.key_bits
                    .map_or_else(|| "?".to_owned(), |bits| format!("{bits} bit")),
                item.sealed_for
                    .map_or_else(|| "not noted".to_owned(), |key| key.to_string()),
                match need.key_is_there {
                    Some(true) => "yes",
                    Some(false) => "no",
                    None => "?",
                }
                .to_owned(),
            ]
        });
        table(["ITEM", "KEY", "SEALED FOR", "HERE"], rows)
    }

    fn keys(&self) -> String {
        let rows = self.keys.iter().map(|Key { key, life }| {
            let newest = if key.newest { "newest, " } else { "" };
            let end = match life {
                Some("over") => "expired on",
                _ => "may be sealed for until",
            };
            let rest = format!("{newest}{end} {}", key.not_after);
            vec![key.fingerprint.clone(), key.not_before.clone(), rest]
        });
        table(["KEY THAT OPENS", "SINCE", "CERTIFICATE"], rows)
    }

    fn events(&self) -> String {
        let rows = self.events.iter().map(|said| {
            let message = said.message.replace('\n', "; ");
            vec![
                said.time.clone(),
                said.kind.clone(),
                said.reason.clone(),
                message,
            ]
        });
        table(["EVENT", "TYPE", "REASON", "MESSAGE"], rows)
    }
}

fn told(what: &str, step: &Step) -> String {
    let mut text = format!("\n{what}: {}\n", step.name);
    for sentence in &step.meaning {
        text.push_str(&format!("  {sentence}\n"));
    }
    for command in &step.next {
        text.push_str(&format!("  $ {command}\n"));
    }
    text
}

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut all = vec![head.map(str::to_owned).to_vec()];
    all.extend(rows);
    if all.len() == 1 {
        return String::new();
    }
    format!("\n{}", columns(&all, "  "))
}
