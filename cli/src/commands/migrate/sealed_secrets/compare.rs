//! The Secret as it is beside what is sealed: exactly what the controller would do, decided by the
//! same function. Values are compared and never told.

use serde_json::Value;
use signet_seal::secret::decide::{Refusal, Verdict, decide, differences};

use super::objects::{Judge, Row, SAME, Weight};
use crate::online::Online;

/// Adds what becomes of the Secret.
pub fn add(online: &Online, object: &Value, judge: &Judge<'_>, row: &mut Row) {
    if row.opens != Some(true) || row.has(Weight::Fails) {
        return;
    }
    let Some((sealed, Ok(opened))) = judge.open(object) else {
        return;
    };
    let live = match online.get_secret(&row.namespace, &row.name) {
        Ok(live) => live,
        Err(cause) => {
            row.say(
                Weight::Note,
                "not-compared",
                format!("not compared: {cause}"),
            );
            return;
        }
    };
    match decide(&sealed, &opened, live.as_ref().map(|live| &live.body)) {
        Verdict::Leave => row.say(Weight::Note, SAME, "its Secret is as Signet would make it"),
        Verdict::Create(body) => {
            drop(signet_cluster::SecretObject::new(body));
            if !row.has(Weight::Changes) {
                row.say(
                    Weight::Changes,
                    "made",
                    "its Secret is not there: Signet makes it",
                );
            }
        }
        Verdict::Update(next) => {
            let next = signet_cluster::SecretObject::new(next);
            let parts = live.map_or_else(Vec::new, |live| differences(&live.body, &next.body));
            let message = format!(
                "its Secret is another than Signet makes it, and is put back: {}",
                parts.join(", ")
            );
            row.say(Weight::Changes, "put-back", message);
        }
        Verdict::Refuse(Refusal::Immutable { .. }) => row.say(
            Weight::Fails,
            "immutable",
            "its Secret is immutable and another than what is sealed: only deleting it helps",
        ),
        Verdict::Refuse(Refusal::NotManaged { .. }) => {}
    }
    row.remarks.sort_by_key(|remark| remark.weight);
}
