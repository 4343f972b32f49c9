//! One object: written as YAML, variables put in, read again.

use serde_json::Value;
use signet_api::ObjectId;
use signet_api::post_build::SubstituteStrategy;
use signet_yaml::{Budget, ErrorKind};
use zeroize::Zeroizing;

use crate::{Error, Reason, Template, Variables};

/// With this label or annotation set to `disabled`, in just this case, an object is left alone.
const SWITCH: &str = "kustomize.toolkit.fluxcd.io/substitute";

/// When variables are put in, and how strictly.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether that is done where there are none.
    pub strategy: SubstituteStrategy,
    /// Whether a variable that is not set and has no default is an error; else it is empty.
    pub strict: bool,
}

/// Flux's: with variables only, and strict.
impl Default for Rules {
    fn default() -> Self {
        Self {
            strategy: SubstituteStrategy::WithVariables,
            strict: true,
        }
    }
}

/// The object with the variables put in; `None` where it is to stay as it is.
///
/// # Errors
/// An expression is none or asks for what is not there, what comes out is no object, or it is too
/// much.
pub fn substitute(
    body: &Value,
    variables: &Variables,
    rules: Rules,
) -> Result<Option<Value>, Error> {
    let idle = variables.is_empty() && rules.strategy == SubstituteStrategy::WithVariables;
    if idle || is_disabled(body) {
        return Ok(None);
    }
    let text = Zeroizing::new(signet_yaml::write_as_go(body));
    let rendered = Template::parse(&text).and_then(|template| {
        let rendered = template.render(variables, rules.strict)?;
        Ok((*rendered != *text).then_some(rendered))
    });
    let error = |reason| failure(body, reason);
    match rendered.map_err(error)? {
        Some(rendered) => read(&rendered).map(Some).map_err(error),
        None => Ok(None),
    }
}

/// Whether an object asks to be left alone.
#[must_use]
pub fn is_disabled(body: &Value) -> bool {
    ["labels", "annotations"].into_iter().any(|map| {
        let value = body.get("metadata").and_then(|m| m.get(map)?.get(SWITCH));
        value.and_then(Value::as_str) == Some("disabled")
    })
}

fn read(text: &str) -> Result<Value, Reason> {
    let documents = signet_yaml::read(text.as_bytes(), &Budget::default());
    let mut documents = documents.map_err(|error| {
        // A message of the reader may repeat a key, and a key may hold a value by now.
        let what = match error.kind {
            ErrorKind::DuplicateKey { .. } => "a key is given twice in one mapping".to_owned(),
            ErrorKind::Syntax(_) => "it is not valid YAML".to_owned(),
            kind => kind.to_string(),
        };
        Reason::Result(format!("{what} (line {} of it)", error.line))
    })?;
    match (documents.pop(), documents.pop()) {
        (Some(document), None) => match document.into_json() {
            object @ Value::Object(_) => Ok(object),
            _ => Err(Reason::Result("it is no mapping".to_owned())),
        },
        _ => Err(Reason::Result("it is not one document".to_owned())),
    }
}

/// The error with its object, and with the place in it where that can be told.
fn failure(body: &Value, reason: Reason) -> Error {
    let id = ObjectId::of(body);
    let path = place_of(body, &reason);
    let hidden = id
        .as_ref()
        .is_some_and(|id| id.group.is_empty() && id.kind == "Secret")
        && !path
            .as_ref()
            .is_some_and(|path| path.starts_with("/metadata/"));
    Error {
        place: id.map_or_else(|| "an object".to_owned(), |id| id.to_string()),
        reason: if hidden {
            reason.without_name()
        } else {
            reason
        },
        path,
    }
}

/// The first text that is wrong alike by itself, or asks for the variable.
fn place_of(body: &Value, reason: &Reason) -> Option<String> {
    let fails = |text: &str| match (Template::parse(text), reason) {
        (Err(own), reason) => own == *reason,
        (Ok(template), Reason::NotSet(name) | Reason::NotText(name) | Reason::Cut(name)) => {
            name.0.as_ref().is_some_and(|name| template.names(name))
        }
        _ => false,
    };
    match reason {
        Reason::Result(_) | Reason::Budget => None,
        _ => find(body, &fails),
    }
}

fn find(value: &Value, fails: &impl Fn(&str) -> bool) -> Option<String> {
    let below = |name: &str, value: &Value| {
        let path = find(value, fails)?;
        Some(format!(
            "/{}{path}",
            name.replace('~', "~0").replace('/', "~1")
        ))
    };
    match value {
        Value::String(text) => fails(text).then(String::new),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| below(&index.to_string(), item))
        }
        Value::Object(map) => map.iter().find_map(|(key, value)| {
            if fails(key) {
                return Some(String::new());
            }
            below(key, value)
        }),
        _ => None,
    }
}
