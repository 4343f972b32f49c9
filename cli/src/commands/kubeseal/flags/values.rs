//! What a flag's value may be, as the peer's libraries read it; the causes are in their words.

/// The kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text; the last one counts.
    Text,
    /// True or false; the name alone is true.
    Switch,
    /// The same, of the logging library.
    LoggingSwitch,
    /// Texts separated by commas, quoted as in CSV; each use adds to those before.
    List,
    /// One text for each use.
    Array,
    /// One of the three scopes; nothing is strict.
    Scope,
    /// A namespace, with or without its kind before a slash.
    Namespace,
    /// A whole number of 32 bits.
    Level,
    /// The same, or the name of a severity.
    Severity,
    /// A whole number without a sign.
    Size,
    /// `file.go:234`.
    Trace,
    /// `name=number`, separated by commas.
    Modules,
}

impl Kind {
    /// What help shows for the value.
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::Switch | Self::LoggingSwitch => "",
            Self::Text | Self::Scope | Self::Namespace => "string",
            Self::List => "strings",
            Self::Array => "stringArray",
            Self::Level => "Level",
            Self::Severity => "severity",
            Self::Size => "uint",
            Self::Trace => "traceLocation",
            Self::Modules => "moduleSpec",
        }
    }

    /// The value as it is kept: one text, but for a list.
    ///
    /// # Errors
    /// Why it cannot be a value of this kind.
    pub fn read(self, text: &str) -> Result<Vec<String>, String> {
        let kept = match self {
            Self::Text | Self::Array => text.to_owned(),
            Self::List => return list(text),
            Self::Namespace => without_kind(text).to_owned(),
            Self::Scope => scope(text)?.to_owned(),
            Self::Switch => truth(text)
                .ok_or_else(|| syntax("ParseBool", text))?
                .to_string(),
            Self::LoggingSwitch => truth(text).ok_or("parse error")?.to_string(),
            Self::Level => number(text)?.to_string(),
            Self::Severity => severity(text)?,
            Self::Size => size(text).ok_or("parse error")?.to_string(),
            Self::Trace => trace(text)?,
            Self::Modules => modules(text)?,
        };
        Ok(vec![kept])
    }
}

fn syntax(function: &str, text: &str) -> String {
    format!("strconv.{function}: parsing {text:?}: invalid syntax")
}

/// The words that Go takes for a boolean, and no others.
fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Result<i32, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(syntax("ParseInt", text));
    }
    let range = || format!("strconv.ParseInt: parsing {text:?}: value out of range");
    text.parse().map_err(|_| range())
}

fn severity(text: &str) -> Result<String, String> {
    let names = ["INFO", "WARNING", "ERROR", "FATAL"];
    let named = names
        .iter()
        .position(|name| name.eq_ignore_ascii_case(text));
    match named {
        Some(at) => Ok(at.to_string()),
        None => Ok(number(text)?.to_string()),
    }
}

fn size(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn trace(text: &str) -> Result<String, String> {
    const WANTED: &str = "syntax error: expect file.go:234";
    if text.is_empty() {
        return Ok(String::new());
    }
    let parts: Vec<&str> = text.split(':').collect();
    let [file, line] = parts.as_slice() else {
        return Err(WANTED.to_owned());
    };
    match line.parse::<i64>() {
        Ok(line) if file.contains('.') && line > 0 => Ok(text.to_owned()),
        Ok(_) if file.contains('.') => Err("negative or zero value for level".to_owned()),
        _ => Err(WANTED.to_owned()),
    }
}

fn modules(text: &str) -> Result<String, String> {
    for pattern in text.split(',').filter(|pattern| !pattern.is_empty()) {
        let level = match pattern.split('=').collect::<Vec<_>>().as_slice() {
            [name, level] if !name.is_empty() => number(level).ok(),
            _ => None,
        };
        match level {
            Some(0..) => {}
            Some(_) => return Err("negative value for vmodule level".to_owned()),
            None => {
                return Err("syntax error: expect comma-separated list of filename=N".to_owned());
            }
        }
    }
    Ok(text.to_owned())
}

fn scope(text: &str) -> Result<&str, String> {
    match text {
        "" => Ok("strict"),
        "strict" | "namespace-wide" | "cluster-wide" => Ok(text),
        _ => Err("must be one of: strict, namespace-wide, cluster-wide".to_owned()),
    }
}

/// kubectl's habit: `-n ns/demo` is `-n demo`.
fn without_kind(text: &str) -> &str {
    let kinds = ["namespaces/", "namespace/", "ns/"];
    let bare = |kind: &&str| {
        let (head, tail) = text.split_at_checked(kind.len())?;
        (head.eq_ignore_ascii_case(kind) && !tail.is_empty()).then_some(tail)
    };
    kinds.iter().find_map(bare).unwrap_or(text)
}

/// The first record of CSV: RFC 4180, as Go reads it.
fn list(text: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    let mut rest = text.trim_start_matches(['\r', '\n']);
    if rest.is_empty() {
        return if text.is_empty() {
            Ok(fields)
        } else {
            Err("EOF".to_owned())
        };
    }
    loop {
        let at = text.len() - rest.len();
        let (field, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(text, quoted)?,
            None => bare_field(rest, at)?,
        };
        fields.push(field);
        match behind.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Ok(fields),
        }
    }
}

/// A field, and what stands behind it.
type Field<'t> = (String, &'t str);

fn bare_field(rest: &str, at: usize) -> Result<Field<'_>, String> {
    let end = rest.find([',', '\n']).unwrap_or(rest.len());
    let (field, behind) = rest.split_at(end);
    match field.find('"') {
        Some(quote) => Err(parse_error(at + quote + 1, "bare \" in non-quoted-field")),
        None => Ok((field.trim_end_matches('\r').to_owned(), behind)),
    }
}

fn quoted_field<'t>(text: &str, mut rest: &'t str) -> Result<Field<'t>, String> {
    const WANTED: &str = "extraneous or missing \" in quoted-field";
    let mut field = String::new();
    loop {
        let Some((inside, behind)) = rest.split_once('"') else {
            return Err(parse_error(text.len() + 1, WANTED));
        };
        field.push_str(inside);
        if let Some(more) = behind.strip_prefix('"') {
            field.push('"');
            rest = more;
        } else if behind.is_empty() || behind.starts_with([',', '\n']) || behind == "\r" {
            return Ok((field, behind));
        } else {
            return Err(parse_error(text.len() - behind.len(), WANTED));
        }
    }
}

fn parse_error(column: usize, cause: &str) -> String {
    format!("parse error on line 1, column {column}: {cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(kind: Kind, text: &str) -> Result<Vec<String>, String> {
        kind.read(text)
    }

    #[test]
    fn a_list_is_read_as_csv() {
        let read = |text| texts(Kind::List, text);
        assert_eq!(read("a,b"), Ok(vec!["a".into(), "b".into()]));
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read(","), Ok(vec![String::new(), String::new()]));
        assert_eq!(read(r#""a,b",c"#), Ok(vec!["a,b".into(), "c".into()]));
        assert_eq!(read(r#""say ""x""""#), Ok(vec![r#"say "x""#.into()]));
        assert_eq!(read("a\nb"), Ok(vec!["a".into()]));
        for (text, column, cause) in [
            (r#"a"b"#, 2, "bare \" in non-quoted-field"),
            (r#"x,a"b"#, 4, "bare \" in non-quoted-field"),
            (r#""x"#, 3, "extraneous or missing \" in quoted-field"),
            (r#""a"b"#, 3, "extraneous or missing \" in quoted-field"),
        ] {
            let wanted = format!("parse error on line 1, column {column}: {cause}");
            assert_eq!(read(text), Err(wanted), "{text}");
        }
    }

    #[test]
    fn a_switch_takes_the_words_of_go_alone() {
        assert_eq!(texts(Kind::Switch, "T"), Ok(vec!["true".into()]));
        assert_eq!(texts(Kind::Switch, "0"), Ok(vec!["false".into()]));
        let refused = "strconv.ParseBool: parsing \"yes\": invalid syntax";
        assert_eq!(texts(Kind::Switch, "yes"), Err(refused.into()));
        assert_eq!(texts(Kind::LoggingSwitch, "yes"), Err("parse error".into()));
    }

    #[test]
    fn a_namespace_loses_its_kind() {
        for (text, name) in [
            ("ns/demo", "demo"),
            ("Namespaces/demo", "demo"),
            ("namespace/demo", "demo"),
            ("ns/", "ns/"),
            ("demo", "demo"),
            ("ü", "ü"),
        ] {
            assert_eq!(texts(Kind::Namespace, text), Ok(vec![name.into()]));
        }
    }

    #[test]
    fn logging_values_are_held_to_their_form() {
        for (kind, good, bad) in [
            (Kind::Level, "-3", "3x"),
            (Kind::Severity, "warning", "loud"),
            (Kind::Size, "0x10", "-1"),
            (Kind::Trace, "a.go:7", "a:7"),
            (Kind::Modules, "a=1,b*=2", "a"),
        ] {
            assert!(texts(kind, good).is_ok(), "{good}");
            assert!(texts(kind, bad).is_err(), "{bad}");
        }
        let range = "strconv.ParseInt: parsing \"99999999999\": value out of range";
        assert_eq!(texts(Kind::Level, "99999999999"), Err(range.into()));
    }
}
