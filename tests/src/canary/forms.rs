//! The shapes in which a value turns up elsewhere.

use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Every form of `value` that the search looks for, each with its name; no form twice.
#[must_use]
pub fn forms(value: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = value.as_bytes();
    let mut all = vec![("raw", bytes.to_vec()), ("url", percent_encoded(bytes))];
    for shift in 0..3 {
        all.push(("base64", inner_base64(&STANDARD, bytes, shift)));
        all.push(("base64url", inner_base64(&URL_SAFE, bytes, shift)));
    }
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    all.push(("hex", hex.to_uppercase().into_bytes()));
    all.push(("hex", hex.into_bytes()));
    all.sort_by(|left, right| left.1.cmp(&right.1));
    all.dedup_by(|left, right| left.1 == right.1);
    all
}

/// What stands in base64 of any text that holds `bytes` at a position of `shift` modulo 3: the
/// characters that depend on nothing around it.
fn inner_base64(engine: &impl base64::Engine, bytes: &[u8], shift: usize) -> Vec<u8> {
    let mut padded = vec![0_u8; shift];
    padded.extend_from_slice(bytes);
    let whole = padded.len() / 3 * 3;
    // Character i holds bits 6i..6i+6; the first that holds none of the padding is this one.
    let first = (shift * 8).div_ceil(6);
    engine
        .encode(&padded[..whole])
        .into_bytes()
        .split_off(first)
}

fn percent_encoded(bytes: &[u8]) -> Vec<u8> {
    let mut text = String::new();
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(byte.into());
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    #[test]
    fn base64_of_any_surrounding_text_holds_a_form() {
        let value = "canary/label+00ff=?";
        for before in ["", "x", "xy", "xyz", "password: "] {
            for after in ["", "\n", "ab"] {
                let text = STANDARD.encode(format!("{before}{value}{after}"));
                let found = forms(value)
                    .iter()
                    .any(|(_, form)| text.contains(String::from_utf8_lossy(form).as_ref()));
                assert!(found, "{before:?} {after:?}: {text}");
            }
        }
    }

    #[test]
    fn an_encoding_that_changes_nothing_is_looked_for_once() {
        let names: Vec<_> = forms("abc").into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names
                .iter()
                .filter(|name| ["raw", "url"].contains(name))
                .count(),
            1
        );
    }
}
