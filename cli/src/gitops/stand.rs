//! How an object of Flux's kinds stands: what its status says, in the words of `flux get`.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::FluxKind;

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stand {
    /// Its kind.
    pub kind: FluxKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `True`, `False` or `Unknown`, of the condition `Ready`.
    pub ready: String,
    /// Its reason; empty before the first look.
    pub reason: String,
    /// The commit that is served, or applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// What the condition says.
    pub message: String,
    /// Whether it is left alone.
    pub suspended: bool,
    /// Whether trying again is of no use before something is changed.
    pub stalled: bool,
    /// When it was created.
    pub created: String,
}

impl Stand {
    /// Reads an object.
    pub fn of(kind: FluxKind, object: &Value) -> Self {
        let text = |pointer: &str| {
            let value = object.pointer(pointer).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let ready = condition(object, "Ready");
        let said = |field: &str| ready.map(|it| words(it, field)).unwrap_or_default();
        let revision = match kind {
            FluxKind::GitRepository => "/status/artifact/revision",
            FluxKind::Kustomization => "/status/lastAppliedRevision",
        };
        Self {
            kind,
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
            ready: match ready {
                Some(_) => said("status"),
                None => "Unknown".to_owned(),
            },
            reason: said("reason"),
            revision: Some(text(revision)).filter(|revision| !revision.is_empty()),
            message: match ready {
                Some(_) => said("message"),
                None => "not looked at yet".to_owned(),
            },
            suspended: is_suspended(object),
            stalled: condition(object, "Stalled").is_some_and(|it| it["status"] == "True"),
            created: text("/metadata/creationTimestamp"),
        }
    }

    /// How long it has been there, as kubectl says it; `?` if it does not tell.
    pub fn age(&self, now: Timestamp) -> String {
        let created: Option<Timestamp> = self.created.parse().ok();
        created.map_or_else(|| "?".to_owned(), |created| since(created, now))
    }
}

/// A condition of the status.
pub fn condition<'o>(object: &'o Value, kind: &str) -> Option<&'o Value> {
    let conditions = object["status"]["conditions"].as_array()?;
    conditions.iter().find(|said| said["type"] == kind)
}

/// `spec.suspend`.
pub fn is_suspended(object: &Value) -> bool {
    object["spec"]["suspend"].as_bool().unwrap_or(false)
}

fn words(condition: &Value, field: &str) -> String {
    condition[field].as_str().unwrap_or_default().to_owned()
}

/// The largest unit alone, as kubectl prints ages: `5s`, `12m`, `3h`, `4d`.
pub fn since(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A revision with the commit shortened as Git does: `main@sha1:0123456`, as `flux get` prints it.
pub fn short(revision: &str) -> String {
    const DIGITS: usize = 8;
    match revision.rsplit_once(':') {
        Some((before, hash)) if hash.len() > DIGITS && hash.is_char_boundary(DIGITS) => {
            format!("{before}:{}", &hash[..DIGITS])
        }
        _ => revision.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_never_looked_at_is_unknown() {
        let object =
            json!({"metadata": {"name": "apps", "namespace": "demo"}, "spec": {"suspend": true}});
        let stand = Stand::of(FluxKind::Kustomization, &object);
        assert_eq!((stand.ready.as_str(), stand.suspended), ("Unknown", true));
        assert_eq!(stand.revision, None);
    }

    #[test]
    fn ages_and_revisions_are_short() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-25T12:00:00Z");
        let ages = [
            "2026-11-25T11:59:55Z",
            "2026-11-25T11:48:00Z",
            "2026-11-25T02:00:00Z",
            "2026-11-20T12:00:00Z",
            "2026-11-25T12:00:10Z",
        ];
        assert_eq!(
            ages.map(|then| since(at(then), now)),
            ["5s", "12m", "10h", "5d", "0s"]
        );
        assert_eq!(short("main@sha1:0123456789abcdef"), "main@sha1:01234567");
        assert_eq!(short("main"), "main");
    }
}
