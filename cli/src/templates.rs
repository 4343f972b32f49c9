//! What the controller of this release makes of the texts in `spec.template.data`.
//!
//! They are Go templates. The names of the functions that a text calls are read here, for whoever
//! has to say what a cluster's templates need; nothing is rendered.

use std::collections::BTreeSet;

/// A text that the controller does not render: it reports the SealedSecret and leaves the Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The functions that stand in its way; empty if it calls none.
    pub functions: BTreeSet<String>,
}

/// Whether the controller refuses this text. This release renders none.
pub fn refused(text: &str) -> Option<Refused> {
    Some(Refused {
        functions: functions(text),
    })
}

/// Words of the language that are no functions.
const KEYWORDS: [&str; 14] = [
    "block", "break", "continue", "define", "else", "end", "false", "if", "nil", "range",
    "template", "true", "with", "",
];

/// The functions that a template calls: each bare word between `{{` and `}}` that is no keyword.
/// Fields, variables, texts and comments are passed over. A text that is no template, such as one
/// whose last `{{` is never closed, gives what stands in it all the same.
pub fn functions(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    while let Some((_, inside)) = rest.split_once("{{") {
        rest = action(inside, &mut found);
    }
    found
}

/// Reads one action up to its `}}` and returns what follows.
fn action<'t>(mut rest: &'t str, found: &mut BTreeSet<String>) -> &'t str {
    let trimmed = rest.strip_prefix('-').unwrap_or(rest).trim_start();
    if let Some(comment) = trimmed.strip_prefix("/*") {
        let after = comment.split_once("*/").map_or("", |(_, after)| after);
        return after.split_once("}}").map_or("", |(_, after)| after);
    }
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("}}") {
            return after;
        }
        rest = match first {
            '"' | '\'' | '`' => quoted(rest, first),
            '.' | '$' => word(rest.split_at(first.len_utf8()).1).1,
            _ if is_letter(first) => {
                let (name, after) = word(rest);
                if !KEYWORDS.contains(&name) {
                    found.insert(name.to_owned());
                }
                after
            }
            // A number takes its letters with it, such as 0x1f and 1e5.
            _ if first.is_ascii_digit() => word(rest).1,
            _ => rest.split_at(first.len_utf8()).1,
        };
    }
    rest
}

/// What follows a quoted text; in backquotes a backslash is a backslash.
fn quoted(text: &str, quote: char) -> &str {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return text.split_at(at + c.len_utf8()).1;
        }
        escaped = c == '\\' && !escaped && quote != '`';
    }
    ""
}

/// Letters and digits at the front, and the rest.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !is_letter(c) && !c.is_numeric());
    text.split_at(end.unwrap_or(text.len()))
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn calls(text: &str, expected: &[&str]) {
        let found: Vec<_> = functions(text).into_iter().collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn functions_are_told_from_fields_variables_texts_and_comments() {
        calls("plain text with index and toJson", &[]);
        calls("{{ .password }}:{{ .a.index }}", &[]);
        calls("{{- index . \"my-key\" | b64enc -}}", &["b64enc", "index"]);
        calls(
            "{{ $x := default \"env }} quote\" .a }}{{ $x }}",
            &["default"],
        );
        calls("{{ printf `}} \\` .a }}{{ len .b }}", &["len", "printf"]);
        calls("{{/* nindent }} */}}{{ upper .a }}", &["upper"]);
        calls(
            "{{ if and .a (eq .b 'x') }}{{ 0x1f }}{{ else }}{{ end }}",
            &["and", "eq"],
        );
        calls(
            "{{ range $i, $e := splitList \",\" .a }}{{ end }}",
            &["splitList"],
        );
    }

    #[test]
    fn a_text_that_is_no_template_is_read_to_its_end() {
        calls("{{ trim", &["trim"]);
        calls("{{ \"open", &[]);
        calls("{{/* never closed", &[]);
        calls("}} {{ä . }}", &["ä"]);
    }
}
