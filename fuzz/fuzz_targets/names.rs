//! The short texts that come back from a status, a declaration or a file name: what is read is
//! written and read back as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use signet_api::build::Selector;
use signet_api::ignore_rule::IgnoreRule;
use signet_api::{ObjectId, duration};
use signet_engine::ignore::Rules;
use signet_engine::labels;
use signet_engine::tree::RepoPath;
use signet_seal::Fingerprint;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    inventory(text);
    interval(text);
    path(text);
    ignored(text);
    if let Ok(fingerprint) = text.parse::<Fingerprint>() {
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
    }
});

/// A name with `:` is written with `__`, so a text with `:` is none of ours.
fn inventory(text: &str) {
    if text.contains(':') {
        return;
    }
    if let Some(id) = ObjectId::from_inventory(text, "v1") {
        let written = id.inventory_id();
        assert_eq!(
            ObjectId::from_inventory(&written, "v1"),
            Some(id),
            "{written}"
        );
    }
}

/// Flux's pattern `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$` is all that is read.
fn interval(text: &str) {
    let Some(read) = duration::parse(text) else {
        return;
    };
    assert!(is_pattern(text), "{text:?} was read as {read:?}");
    let written = duration::format(read);
    // Beyond that a number of hours has more digits than are kept.
    if read.as_secs() < 1 << 50
        && read.subsec_nanos() % 1_000 == 0
        && (read.as_micros() == 0 || read.as_millis() > 0)
    {
        assert_eq!(
            duration::parse(&written),
            Some(read),
            "{text:?} as {written}"
        );
    }
}

fn is_pattern(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let digits =
            |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let whole = digits(rest);
        rest = &rest[whole..];
        let fraction = rest.strip_prefix('.').map(|rest| (digits(rest), rest));
        if let Some((length, after)) = fraction {
            rest = &after[length..];
        }
        let unit = ["ms", "s", "m", "h"]
            .into_iter()
            .find_map(|unit| rest.strip_prefix(unit));
        match unit {
            Some(after) if whole > 0 && fraction.is_none_or(|(length, _)| length > 0) => {
                rest = after
            }
            _ => return false,
        }
    }
    !text.is_empty()
}

/// A path stays in its repository.
fn path(text: &str) {
    let Ok(path) = RepoPath::parse(text) else {
        return;
    };
    assert!(
        path.names()
            .all(|name| !matches!(name, "" | "." | "..") && !name.contains('/'))
    );
    let again = RepoPath::parse(&path.to_string());
    assert_eq!(again.as_ref(), Ok(&path), "{path}");
}

/// A path to ignore, a pattern, a selector: whatever they are, an object stays one, and what is
/// ignored twice is ignored once.
fn ignored(text: &str) {
    if let Ok(selector) = labels::Selector::parse(text) {
        let _ = selector.selects(Some(&json!({"a": "1"})));
    }
    let target = Selector {
        name: Some(text.to_owned()),
        ..Selector::default()
    };
    for target in [None, Some(target)] {
        let paths = vec![text.to_owned()];
        let Ok(rules) = Rules::compile(&[IgnoreRule { paths, target }]) else {
            continue;
        };
        let body =
            json!({"metadata": {"name": "web"}, "spec": {"a": {"b": 1}, "l": [1, [2], {"k": 3}]}});
        let once = rules.strip(&body, &body);
        assert!(once.is_object());
        let sent = rules.payload(&body, &once, &body, "us");
        assert!(sent.is_object());
        assert_eq!(rules.payload(&body, &body, &body, "us"), body);
        assert_eq!(rules.ownership(&Value::Null, &body, "us"), None);
    }
}
