//! Soups for what has a language of its own: formats, expressions, constraints, layouts, JSON, URLs.

use super::soup::Soup;

const PATTERN: [&str; 40] = [
    "a",
    "b",
    "x",
    ".",
    "\\\\d",
    "\\\\w",
    "\\\\s",
    "\\\\b",
    "\\\\B",
    "^",
    "$",
    "[a-c]",
    "[^a]",
    "[[:alpha:]]",
    "\\\\pL",
    "(",
    ")",
    "(?:",
    "(?i)",
    "(?P<n>",
    "|",
    "*",
    "+",
    "?",
    "*?",
    "+?",
    "{2}",
    "{1,2}",
    "{2,}",
    "é",
    "\\\\.",
    "[\\\\d-]",
    "(?s).",
    "(?m)^",
    "\\\\Qa.\\\\E",
    "[]a]",
    "{",
    "]",
    "\\\\x61",
    "(?U)",
];

const LETTERS: [&str; 16] = [
    "a", "b", "ab", "A", "é", "漢", "1", "23", " ", "_", "-", "x", ".", "\\n", "ba", "K",
];

const VERBS: [&str; 20] = [
    "v", "d", "s", "q", "x", "X", "f", "e", "g", "t", "T", "b", "o", "O", "c", "U", "G", "E", "w",
    "z",
];

const LAYOUT: [&str; 40] = [
    "2006", "06", "01", "1", "Jan", "January", "02", "2", "_2", "002", "__2", "15", "3", "03",
    "04", "4", "05", "5", "PM", "pm", "Mon", "Monday", "MST", "-0700", "-07:00", "Z07:00", "-07",
    "Z0700", ".000", ".999", ",00", "-070000", " ", "/", ":", "T", "x", "20060102", "0", "é",
];

const ZONES: [&str; 8] = [
    "UTC",
    "Local",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Nowhere",
    "Etc/GMT+5",
];

const JSON: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\\"a\\\"",
    "\\\"\\\\u00e9\\\"",
    "\\\"\\\\ud83d\\\\ude00\\\"",
    "1",
    "-0",
    "1.5e3",
    "1e400",
    "true",
    "false",
    "null",
    " ",
    "\\n",
    "\\\"<&>\\\"",
    "01",
    "\\\"k\\\":1",
    "[1,2]",
    "{\\\"a\\\":{}}",
    "12345678901234567890",
];

const URL: [&str; 26] = [
    "http", "https", "x", ":", "//", "/", "user", ":p%40", "@", "host", ":80", ":", "[::1]",
    "/a b", "/%41", "?", "q=1", "#", "frag", "%zz", "..", "*", "é", "?x?", "mailto", "-",
];

impl Soup {
    fn some(&mut self, of: &[&str], most: usize) -> String {
        let count = self.below(most + 1);
        (0..count).map(|_| self.one(of)).collect()
    }

    /// A template about one of those languages.
    pub fn special(&mut self) -> String {
        match self.below(11) {
            0 | 1 => self.expressions(),
            2 | 3 => self.formats(),
            4 => self.versions(),
            5 => self.dates(),
            6 => self.json(),
            7 => self.floats(),
            8 => self.words(),
            9 => self.urls(),
            _ => self.merges(),
        }
    }

    fn expressions(&mut self) -> String {
        let (pattern, text) = (self.some(&PATTERN, 5), self.some(&LETTERS, 8));
        let most = self.one(&["-1", "0", "1", "2", "3"]);
        match self.below(5) {
            0 => format!(r#"{{{{ regexFindAll "{pattern}" "{text}" {most} | toJson }}}}"#),
            1 => format!(r#"{{{{ regexReplaceAll "{pattern}" "{text}" "[$1$n]" }}}}"#),
            2 => format!(r#"{{{{ regexReplaceAllLiteral "{pattern}" "{text}" "-" }}}}"#),
            3 => format!(r#"{{{{ regexSplit "{pattern}" "{text}" {most} | toJson }}}}"#),
            _ => format!(
                r#"{{{{ mustRegexMatch "{pattern}" "{text}" }}}}{{{{ regexFind "{pattern}" "{text}" }}}}"#
            ),
        }
    }

    fn formats(&mut self) -> String {
        let mut format = String::new();
        for _ in 0..1 + self.below(3) {
            format += "%";
            format += &self.some(&["+", "-", "#", " ", "0"], 2);
            format += self.one(&["", "", "", "5", "12", "1", "*", "[1]", "[2]"]);
            format += self.one(&["", "", "", ".0", ".2", ".10", ".", ".*"]);
            format += self.one(&VERBS);
            format += self.one(&["|", " ", "", "%%"]);
        }
        let mut call = format!(r#"printf "{format}""#);
        for _ in 0..self.below(4) {
            call.push(' ');
            let argument = match self.below(9) {
                0 => self.float(),
                1 => r#"(list 1 "a" nil)"#.to_owned(),
                2 => r#"(dict "a" 1.5 "b" "x")"#.to_owned(),
                3 => r#"(semver "1.2.3-a")"#.to_owned(),
                4 => r#"(index "é" 0)"#.to_owned(),
                5 => self
                    .one(&["nil", "true", ".bin", ".uni", "(int64 -3)", "(until 3)"])
                    .to_owned(),
                6 => self
                    .one(&["0", "-1", "42", "255", "128512", "-9223372036854775808"])
                    .to_owned(),
                7 => r#"(splitList "," "a,é")"#.to_owned(),
                _ => format!(r#""{}""#, self.some(&LETTERS, 4)),
            };
            call += &argument;
        }
        format!("{{{{ {call} }}}}")
    }

    fn number(&mut self) -> &'static str {
        self.one(&["0", "1", "2", "10", "x", "X", "*", "01"])
    }

    fn version(&mut self) -> String {
        let mut version = self.one(&["", "", "v"]).to_owned();
        version += self.number();
        for _ in 0..self.below(4) {
            version.push('.');
            version += self.number();
        }
        version += self.one(&["", "", "", "-a", "-rc.1", "-0", "-a.b-c", "+m", "-1+x"]);
        version
    }

    fn versions(&mut self) -> String {
        let mut constraint = String::new();
        for _ in 0..1 + self.below(3) {
            constraint += self.one(&[
                "", "=", "!=", ">", "<", ">=", "<=", "~", "^", "~>", "=>", "=<",
            ]);
            constraint += self.one(&["", "", " "]);
            constraint += &self.version();
            constraint += self.one(&["", " ", ", ", " || ", " - ", ","]);
        }
        let patch = self.one(&[
            "0.0.0",
            "1.2.3",
            "1.0.0-a",
            "2.10.1",
            "0.1.2",
            "0.0.2",
            "1.2.0-rc.1",
        ]);
        format!(
            r#"{{{{ semverCompare "{constraint}" "{patch}" }}}}{{{{ semver "{}" }}}}"#,
            self.version()
        )
    }

    fn dates(&mut self) -> String {
        let (layout, zone) = (self.some(&LAYOUT, 6), self.one(&ZONES));
        let seconds = i64::from(self.below(1 << 31) as u32) * 4 - 4_000_000_000;
        let date = format!(r#"(int64 "{seconds}")"#);
        match self.below(3) {
            0 => format!(r#"{{{{ dateInZone "{layout}" {date} "{zone}" }}}}"#),
            1 => format!(r#"{{{{ dateInZone "{layout}" {date} "{zone}" | toDate "{layout}" }}}}"#),
            _ => {
                let text = self.some(&LAYOUT, 6);
                format!(r#"{{{{ toDate "{layout}" "{text}" }}}}{{{{ duration "{seconds}" }}}}"#)
            }
        }
    }

    fn json(&mut self) -> String {
        let text = self.some(&JSON, 7);
        let to = self.one(&["toJson", "toPrettyJson", "toRawJson", "print", "typeOf"]);
        format!(r#"{{{{ fromJson "{text}" | {to} }}}}"#)
    }

    fn float(&mut self) -> String {
        let (digits, exponent) = (self.below(1 << 30), self.below(60) as i64 - 30);
        let sign = self.one(&["", "-"]);
        format!("{sign}{digits}e{exponent}")
    }

    fn floats(&mut self) -> String {
        let (one, other) = (self.float(), self.float());
        let places = self.below(8) as i64 - 2;
        let function = self.one(&[
            "addf", "subf", "mulf", "divf", "maxf", "minf", "print", "list",
        ]);
        match self.below(3) {
            0 => format!(
                "{{{{ round {one} {places} }}}} {{{{ floor {one} }}}} {{{{ int64 {one} }}}}"
            ),
            1 => format!("{{{{ {function} {one} {other} | toJson }}}}"),
            _ => {
                format!("{{{{ {function} {one} {other} }}}} {{{{ float64 \"{one}\" | toString }}}}")
            }
        }
    }

    fn words(&mut self) -> String {
        let text = self.some(&LETTERS, 8);
        let width = self.below(9);
        match self.below(8) {
            0 => format!(r#"{{{{ snakecase "{text}" }}}}|{{{{ kebabcase "{text}" }}}}"#),
            1 => format!(r#"{{{{ camelcase "{text}" }}}}|{{{{ swapcase "{text}" }}}}"#),
            2 => format!(
                r#"{{{{ title "{text}" }}}}|{{{{ untitle "{text}" }}}}|{{{{ initials "{text}" }}}}"#
            ),
            3 => format!(
                r#"{{{{ wrap {width} "{text}" }}}}|{{{{ wrapWith {width} "/" "{text}" }}}}"#
            ),
            4 => format!(
                r#"{{{{ abbrev {width} "{text}" }}}}|{{{{ abbrevboth 5 {width} "{text}" }}}}"#
            ),
            5 => format!(
                r#"{{{{ splitn "a" {width} "{text}" }}}}|{{{{ replace "a" "ba" "{text}" }}}}"#
            ),
            6 => format!(
                r#"{{{{ b64dec "{text}==" | quote }}}}|{{{{ b32dec "{text}===" | quote }}}}"#
            ),
            _ => format!(
                r#"{{{{ substr 1 {width} "{text}" | quote }}}}|{{{{ trunc -{width} "{text}" | quote }}}}"#
            ),
        }
    }

    fn urls(&mut self) -> String {
        let url = self.some(&URL, 8);
        match self.below(3) {
            0 => format!(r#"{{{{ urlParse "{url}" | urlJoin }}}}"#),
            1 => format!(r#"{{{{ urlParse "{url}" }}}}"#),
            _ => {
                let (host, path) = (self.some(&URL, 2), self.some(&URL, 3));
                let scheme = self.one(&["", "http", "x"]);
                format!(
                    r#"{{{{ urlJoin (dict "scheme" "{scheme}" "host" "{host}" "path" "{path}" "userinfo" "{}") }}}}"#,
                    self.some(&URL, 2)
                )
            }
        }
    }

    fn merges(&mut self) -> String {
        let (one, other) = (self.nested(2), self.nested(2));
        let function = self.one(&["merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite"]);
        format!(
            "{{{{ {function} {one} {other} {} | toJson }}}}",
            self.nested(1)
        )
    }

    fn nested(&mut self, depth: usize) -> String {
        let mut dict = "(dict".to_owned();
        for key in ["a", "b", "c"] {
            let value = match self.below(9) {
                0 | 1 if depth > 0 => self.nested(depth - 1),
                2 => self
                    .one(&["(list)", "(list 1)", "(list 2 3)", "(until 2)"])
                    .to_owned(),
                3 => self.one(&["nil", "false", "true", "0", "1"]).to_owned(),
                4 => self.one(&[r#""""#, r#""x""#]).to_owned(),
                5 => "(dict)".to_owned(),
                6 => self.one(&["0.0", "1.5"]).to_owned(),
                _ => continue,
            };
            dict += &format!(r#" "{key}" {value}"#);
        }
        dict + ")"
    }
}
