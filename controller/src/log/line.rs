//! One line of the log as Flux's controllers write it: `level`, `ts`, `msg`, `error`, and whose
//! reconciliation it is about.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tracing::Level;
use tracing::field::{Field, Visit};

/// Fields by which our lines name an object as `namespace/name`, each with the kind and its group.
const KINDS: [(&str, &str, &str); 4] = [
    (
        "kustomization",
        "Kustomization",
        "kustomize.toolkit.fluxcd.io",
    ),
    ("repository", "GitRepository", "source.toolkit.fluxcd.io"),
    ("receiver", "Receiver", "notification.toolkit.fluxcd.io"),
    ("sealed_secret", "SealedSecret", "bitnami.com"),
];

/// See the module's documentation.
pub struct Line {
    level: &'static str,
    logger: String,
    time: Timestamp,
    message: String,
    fields: Map<String, Value>,
}

impl Line {
    /// About nothing yet; `logger` is the module that speaks.
    pub fn new(level: Level, logger: &str, time: Timestamp) -> Self {
        Self {
            level: word(level),
            logger: logger.to_owned(),
            time,
            message: String::new(),
            fields: Map::new(),
        }
    }

    fn note(&mut self, name: &str, value: Value) {
        if name == "message" {
            self.message = text(&value);
            return;
        }
        match KINDS.iter().find(|(field, ..)| *field == name) {
            Some((_, kind, group)) => self.about(kind, group, &text(&value)),
            None => drop(self.fields.insert(name.to_owned(), value)),
        }
    }

    fn about(&mut self, kind: &str, group: &str, key: &str) {
        let (namespace, name) = key.split_once('/').unwrap_or(("", key));
        let words = [
            ("controller", kind.to_lowercase().as_str().into()),
            ("controllerKind", kind.into()),
            ("controllerGroup", group.into()),
            ("name", name.into()),
            ("namespace", namespace.into()),
        ];
        self.fields
            .extend(words.map(|(name, value): (&str, Value)| (name.to_owned(), value)));
    }
}

/// The three words that Flux has, and one for what it does not say.
fn word(level: Level) -> &'static str {
    match level {
        Level::ERROR | Level::WARN => "error",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.note(field.name(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.note(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.note(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.note(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.note(field.name(), value.into());
    }
}

/// What every line has comes first, for whoever reads without a program.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        let first = [
            ("level", json!(self.level)),
            ("ts", json!(time)),
            ("logger", json!(self.logger)),
            ("msg", json!(self.message)),
        ];
        f.write_str("{")?;
        for (number, (name, value)) in first.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            write!(f, "{comma}\"{name}\":{value}")?;
        }
        let taken = |name: &str| first.iter().any(|(first, _)| *first == name);
        for (name, value) in self.fields.iter().filter(|(name, _)| !taken(name)) {
            write!(f, ",{}:{value}", json!(name))?;
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    fn line(fields: &[(&str, Value)]) -> String {
        let mut line = Line::new(Level::WARN, "signet_controller", Timestamp::UNIX_EPOCH);
        for (name, value) in fields {
            line.note(name, value.clone());
        }
        line.to_string()
    }

    #[test]
    fn a_line_has_the_keys_that_flux_logs_reads() {
        let said = line(&[
            ("kustomization", "flux-system/demo".into()),
            ("revision", "main@sha1:1".into()),
            ("message", "a \"quoted\"\nmessage".into()),
        ]);
        let expected = concat!(
            r#"{"level":"error","ts":"1970-01-01T00:00:00.000Z","logger":"signet_controller","#,
            r#""msg":"a \"quoted\"\nmessage","controller":"kustomization","#,
            r#""controllerGroup":"kustomize.toolkit.fluxcd.io","controllerKind":"Kustomization","#,
            r#""name":"demo","namespace":"flux-system","revision":"main@sha1:1"}"#,
        );
        assert_eq!(said, expected);
    }

    #[test]
    fn no_key_stands_twice() {
        let said = line(&[("level", "mine".into()), ("ts", 1.into())]);
        let read: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(read["level"], "error");
        assert_eq!(said.matches("\"ts\"").count(), 1);
    }
}
