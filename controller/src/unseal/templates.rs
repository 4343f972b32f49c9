//! How the templates of one SealedSecret are rendered: by which rules, and at which moment.
//!
//! What is random in them comes from the key and the spec, so it does not change by itself. What
//! they take for now must not either, or a certificate would be another at every restart: it is
//! the moment of the first rendering of a generation, kept in memory and in a condition.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use signet_api::names::TEMPLATE_RULES;
use signet_api::sealed_secret::{SealedSecretCondition, SealedSecretStatus};
use signet_seal::secret::TemplateRules;

use super::declared::Digest;
use super::subject::Subject;
use crate::world::World;

/// The condition that holds the moment.
pub const RENDERED: &str = "Rendered";

/// What an object says about its templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    /// Whether it has any.
    pub any: bool,
    /// The rules that its annotation asks for.
    asked: Option<TemplateRules>,
}

impl Templates {
    /// Reads an object.
    ///
    /// # Errors
    /// A sentence, if the annotation names rules that there are not.
    pub fn of(object: &Value) -> Result<Self, String> {
        let entries = object["spec"]["template"]["data"].as_object();
        let any = entries.is_some_and(|entries| entries.values().any(Value::is_string));
        let asked = match object["metadata"]["annotations"].get(TEMPLATE_RULES) {
            None => None,
            Some(asked) => {
                let asked = asked.as_str().unwrap_or_default().parse();
                Some(asked.map_err(|cause| format!("annotation {TEMPLATE_RULES}: {cause}"))?)
            }
        };
        Ok(Self { any, asked })
    }

    /// The rules that count where the operator has chosen `usual`.
    #[must_use]
    pub fn rules(&self, usual: TemplateRules) -> TemplateRules {
        self.asked.unwrap_or(usual)
    }

    /// What a record of an unsealing vouches for: the declaration, and the rules where they are not
    /// the usual ones, so that other rules after a restart are not taken for no news.
    #[must_use]
    pub fn judged(&self, declaration: &Digest, usual: TemplateRules) -> Digest {
        if !self.any || self.rules(usual) == TemplateRules::default() {
            return *declaration;
        }
        let hasher = Sha256::new().chain_update(declaration.0);
        Digest(hasher.chain_update("0.36").finalize().into())
    }
}

/// What is now to the templates of this generation: the moment of their first rendering, in whole
/// seconds because that is what a condition holds.
pub fn moment(world: &World, subject: &Subject) -> Timestamp {
    let first = || {
        let now = world.now();
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    };
    let kept = world.sealed.moment(&subject.key);
    kept.or_else(|| subject.rendered_at()).unwrap_or_else(first)
}

/// The condition that keeps the moment of a generation.
#[must_use]
pub fn condition(generation: Option<i64>, moment: Timestamp) -> SealedSecretCondition {
    SealedSecretCondition {
        type_: RENDERED.to_owned(),
        status: "True".to_owned(),
        last_update_time: Some(Time(moment)),
        last_transition_time: Some(Time(moment)),
        reason: Some(RENDERED.to_owned()),
        message: Some(message(generation)),
    }
}

/// The moment that a status keeps for a generation.
#[must_use]
pub fn kept(status: &SealedSecretStatus, generation: Option<i64>) -> Option<Timestamp> {
    let mut conditions = status.conditions.iter();
    let condition = conditions.find(|condition| condition.type_ == RENDERED)?;
    let same = condition.message.as_deref() == Some(&*message(generation));
    let moment = condition.last_transition_time.as_ref().filter(|_| same)?;
    Some(moment.0)
}

fn message(generation: Option<i64>) -> String {
    format!("templates of generation {}", generation.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use serde_json::json;

    use super::*;

    fn templates(annotation: &Value) -> Result<Templates, String> {
        Templates::of(&json!({
            "metadata": {"annotations": {TEMPLATE_RULES: annotation}},
            "spec": {"template": {"data": {"a": "{{ .b }}"}}},
        }))
    }

    #[test]
    fn the_annotation_counts_before_the_flag() {
        let usual = Templates::of(&json!({})).unwrap();
        assert_eq!(
            usual.rules(TemplateRules::Until036),
            TemplateRules::Until036
        );
        let older = templates(&"0.36".into()).unwrap();
        assert_eq!(
            older.rules(TemplateRules::Since040),
            TemplateRules::Until036
        );
        let newer = templates(&"0.40".into()).unwrap();
        assert_eq!(
            newer.rules(TemplateRules::Until036),
            TemplateRules::Since040
        );
        assert!(templates(&"0.37".into()).is_err() && templates(&0.4.into()).is_err());
    }

    #[test]
    fn a_record_under_other_rules_is_void_where_there_are_templates() {
        let declaration = Digest([7; 32]);
        let some = Templates::of(&json!({"spec": {"template": {"data": {"a": "x"}}}})).unwrap();
        let none = Templates::of(&json!({"spec": {"template": {"data": {"a": null}}}})).unwrap();
        assert_eq!(
            some.judged(&declaration, TemplateRules::Since040),
            declaration
        );
        assert_ne!(
            some.judged(&declaration, TemplateRules::Until036),
            declaration
        );
        assert_eq!(
            none.judged(&declaration, TemplateRules::Until036),
            declaration
        );
    }

    #[test]
    fn a_moment_is_kept_for_its_generation_only() {
        let moment = Timestamp::from_second(1_700_000_000).unwrap();
        let status = SealedSecretStatus {
            conditions: vec![condition(Some(3), moment)],
            observed_generation: Some(3),
        };
        let status: SealedSecretStatus =
            serde_json::from_value(serde_json::to_value(status).unwrap()).unwrap();
        assert_eq!(kept(&status, Some(3)), Some(moment));
        assert_eq!(kept(&status, Some(4)), None);
        assert_eq!(kept(&SealedSecretStatus::default(), Some(3)), None);
    }
}
