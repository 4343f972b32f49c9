//! The formats of SOPS, by a file's name and by its content.

/// How a file holds its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `.yaml`, `.yml`
    Yaml,
    /// `.json`, `.dockerconfigjson`
    Json,
    /// `.env`
    Dotenv,
    /// `.ini`: known by name, and refused.
    Ini,
    /// Everything else: the file is one value, in an envelope of JSON.
    Binary,
}

impl Format {
    /// The format that Flux gives a path, or a key of a Secret, by its ending.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        const ENDINGS: [(&str, Format); 6] = [
            (".dockerconfigjson", Format::Json),
            (".yaml", Format::Yaml),
            (".yml", Format::Yaml),
            (".json", Format::Json),
            (".env", Format::Dotenv),
            (".ini", Format::Ini),
        ];
        let of = |(ending, _): &&(&str, Self)| path.ends_with(ending);
        ENDINGS
            .iter()
            .find(of)
            .map_or(Self::Binary, |(_, format)| *format)
    }

    /// The format of a SOPS file by what stands in it, for values that have no name to go by. An
    /// envelope of JSON is [`Format::Json`], whatever is in it. `None` if this is no SOPS file.
    #[must_use]
    pub fn of_content(bytes: &[u8]) -> Option<Self> {
        let text = || bytes.trim_ascii_start().starts_with(b"{");
        if detect(bytes, Self::Dotenv) {
            Some(Self::Dotenv)
        } else if detect(bytes, Self::Ini) {
            Some(Self::Ini)
        } else if detect(bytes, Self::Yaml) {
            Some(if text() { Self::Json } else { Self::Yaml })
        } else {
            None
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Yaml => "YAML",
            Self::Json => "JSON",
            Self::Dotenv => "dotenv",
            Self::Ini => "INI",
            Self::Binary => "binary",
        })
    }
}

/// Whether this is a SOPS file of this format: whether its encrypted MAC is seen. Nothing is parsed.
///
/// The marks are Flux's, but for blanks and quotes, which a formatter may have changed.
#[must_use]
pub fn detect(bytes: &[u8], format: Format) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    match format {
        Format::Dotenv => lines.any(|line| line.starts_with(b"sops_mac=ENC[")),
        Format::Ini => lines.any(|line| line.trim_ascii() == b"[sops]"),
        Format::Yaml | Format::Json | Format::Binary => holds_mac(bytes),
    }
}

/// Whether somewhere a key `mac` has an encrypted value, quoted or not.
fn holds_mac(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = find(rest, b"mac") {
        rest = &rest[at + 3..];
        let behind = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'"));
        let behind = behind.unwrap_or(rest).trim_ascii_start();
        let Some(value) = behind.strip_prefix(b":") else {
            continue;
        };
        let value = value.trim_ascii_start();
        let value = value
            .strip_prefix(b"\"")
            .or(value.strip_prefix(b"'"))
            .unwrap_or(value);
        if value.starts_with(b"ENC[") {
            return true;
        }
    }
    false
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_choose_the_format_as_in_flux() {
        let cases = [
            ("a/b.yaml", Format::Yaml),
            ("b.yml", Format::Yaml),
            ("b.json", Format::Json),
            (".dockerconfigjson", Format::Json),
            ("x.dockerconfigjson", Format::Json),
            ("prod.env", Format::Dotenv),
            (".env", Format::Dotenv),
            ("my.ini", Format::Ini),
            ("b.YAML", Format::Binary),
            ("token", Format::Binary),
            ("env", Format::Binary),
        ];
        for (path, format) in cases {
            assert_eq!(Format::of_path(path), format, "{path}");
        }
    }

    #[test]
    fn a_mac_is_seen_in_each_notation() {
        for yaml in [
            "mac: ENC[x",
            "a:\n  mac:  \"ENC[x",
            "'mac' : 'ENC[x",
            "mac:\n      ENC[",
        ] {
            assert!(detect(yaml.as_bytes(), Format::Yaml), "{yaml}");
            assert_eq!(Format::of_content(yaml.as_bytes()), Some(Format::Yaml));
        }
        for json in ["{\"mac\": \"ENC[", " \n{\"mac\":\"ENC["] {
            assert!(detect(json.as_bytes(), Format::Binary), "{json}");
            assert_eq!(Format::of_content(json.as_bytes()), Some(Format::Json));
        }
        let dotenv = b"A=b\nsops_mac=ENC[x";
        assert!(detect(dotenv, Format::Dotenv));
        assert_eq!(Format::of_content(dotenv), Some(Format::Dotenv));
        assert_eq!(Format::of_content(b"a=1\n[sops]\n"), Some(Format::Ini));
    }

    #[test]
    fn what_only_speaks_of_sops_is_not_taken_for_it() {
        for text in [
            "",
            "mac",
            "mac: x",
            "macENC[",
            "A=sops_mac=ENC[",
            "sops: {}",
            "hmac ENC[",
        ] {
            assert_eq!(Format::of_content(text.as_bytes()), None, "{text}");
        }
    }
}
