//! What the tests of expressions share.
#![allow(dead_code, reason = "each test uses a part of it")]

pub mod cases;
pub mod soup;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use signet_cel::Value;
use signet_cel::value::{List, Map};

/// A value with its type, as `tests/go-flux` writes it.
pub fn shown(value: &Value<'_>) -> Json {
    match value {
        Value::Bool(yes) => json!(yes),
        Value::String(text) => json!(&**text),
        Value::Null => json!({"null": true}),
        Value::Int(number) => json!({"int": number.to_string()}),
        Value::Uint(number) => json!({"uint": number.to_string()}),
        Value::Double(number) => json!({"double": go_float(*number)}),
        Value::Bytes(bytes) => json!({"bytes": STANDARD.encode(bytes)}),
        Value::Timestamp(at) => json!({"timestamp": at.to_string()}),
        Value::Duration(length) => json!({"duration": length.to_string()}),
        Value::Type(_) => json!({"other": "type"}),
        Value::Optional(None) => json!({"optional": null}),
        Value::Optional(Some(inner)) => json!({"optional": shown(inner)}),
        Value::List(List::Json(items)) => items.iter().map(|it| shown(&Value::of(it))).collect(),
        Value::List(List::Made(items)) => items.iter().map(shown).collect(),
        Value::Map(Map::Json(fields)) => {
            let entry = |(key, value): (&String, &Json)| (json!(key), shown(&Value::of(value)));
            entries(fields.iter().map(entry).collect())
        }
        Value::Map(Map::Made(all)) => entries(
            all.iter()
                .map(|(key, value)| (shown(key), shown(value)))
                .collect(),
        ),
    }
}

/// In the order of what Go prints for them, which for texts is that of the texts.
fn entries(mut all: Vec<(Json, Json)>) -> Json {
    all.sort_by_key(|(key, value)| (key.to_string(), value.to_string()));
    let all: Vec<Json> = all
        .into_iter()
        .map(|(key, value)| json!([key, value]))
        .collect();
    json!({"map": all})
}

fn go_float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
