//! Templates that nobody would write, made of what templates are made of.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use signet_template::functions;

/// Functions that are not to be called at random: what they give is random, of the moment, slow, or in
/// an order of Go's own.
const LEFT_OUT: [&str; 36] = [
    "ago",
    "bcrypt",
    "buildCustomCert",
    "call",
    "date",
    "dateInZone",
    "date_in_zone",
    "decryptAES",
    "derivePassword",
    "durationRound",
    "encryptAES",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htmlDate",
    "htmlDateInZone",
    "htpasswd",
    "keys",
    "now",
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randBytes",
    "randInt",
    "randNumeric",
    "shuffle",
    "uuidv4",
    "values",
    "merge",
    "mergeOverwrite",
    "mustMerge",
    "mustMergeOverwrite",
];

const TEXTS: [&str; 40] = [
    r#""""#,
    r#""a""#,
    r#""abc""#,
    r#""Hello World""#,
    r#""a,b,,c""#,
    r#"",""#,
    r#"" ""#,
    r#""héllo 漢字 ß""#,
    r#""42""#,
    r#""-7""#,
    r#""0x1F""#,
    r#""010""#,
    r#""3.14""#,
    r#""1e3""#,
    r#""true""#,
    r#""%v""#,
    r#""%d-%s""#,
    r#""%5.2f|%q""#,
    r#""%#v %T""#,
    r#""%x""#,
    r#""[a-z]+""#,
    r#""(\\w)(\\d*)""#,
    r#""a*""#,
    r#""(""#,
    r#""$1-${0}""#,
    r#""^.""#,
    r#""{\"a\":[1,{\"b\":null}]}""#,
    r#""[1,2]""#,
    r#""1.2.3""#,
    r#""v2.0.0-rc.1+x""#,
    r#"">=1.2""#,
    r#""2006-01-02""#,
    r#""2024-02-29""#,
    r#""1h30m""#,
    r#""http://u:p@h:80/p?q#f""#,
    r#""a/../b/c.txt""#,
    r#""<b>&'\"""#,
    r#""\x00\xff\n""#,
    r#""aGk=""#,
    r#""snake_caseWord2x""#,
];

const NUMBERS: [&str; 14] = [
    "0", "1", "-1", "2", "3", "5", "10", "-3", "100", "1.5", "0.0", "-2.25", "1e21", "'a'",
];

/// Functions that take any value, and make sense of lists alone.
const OF_LISTS: [&str; 27] = [
    "append",
    "chunk",
    "compact",
    "first",
    "initial",
    "last",
    "mustAppend",
    "mustChunk",
    "mustCompact",
    "mustFirst",
    "mustInitial",
    "mustLast",
    "mustPrepend",
    "mustPush",
    "mustRest",
    "mustReverse",
    "mustSlice",
    "mustUniq",
    "mustWithout",
    "prepend",
    "push",
    "rest",
    "reverse",
    "slice",
    "sortAlpha",
    "uniq",
    "without",
];

const FIELDS: [&str; 12] = [
    ".",
    ".user",
    ".missing",
    ".empty",
    ".num",
    ".list",
    ".multi",
    ".uni",
    ".json",
    ".bin",
    "$.user",
    ".missing.more",
];

/// A source of templates.
pub struct Soup {
    rng: ChaCha20Rng,
    functions: Vec<(&'static str, Vec<String>)>,
}

impl Soup {
    pub fn new(seed: u8) -> Self {
        let all = functions().filter(|(_, name, _)| !LEFT_OUT.contains(name));
        let all = all.map(|(_, name, signature)| {
            let types = signature
                .replace("interface {}", "any")
                .replace("map[string]any", "map");
            let types = types.replace("[]any", "list");
            (name, types.split(' ').skip(1).map(str::to_owned).collect())
        });
        Self {
            rng: ChaCha20Rng::from_seed([seed; 32]),
            functions: all.collect(),
        }
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.rng.next_u32() as usize % bound.max(1)
    }

    pub fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// A template of a few actions.
    pub fn template(&mut self) -> String {
        let count = 1 + self.below(2);
        (0..count).map(|_| self.action(2)).collect()
    }

    fn action(&mut self, depth: usize) -> String {
        let pipe = self.pipe(3);
        if depth == 0 {
            return format!("{{{{ {pipe} }}}}");
        }
        let inner = self.action(depth - 1);
        // Not over any number, which may be one that has no end.
        let some = if self.below(2) == 0 {
            self.list()
        } else {
            self.dict()
        };
        match self.below(14) {
            0 => format!("{{{{ if {pipe} }}}}{inner}{{{{ else }}}}no{{{{ end }}}}"),
            1 => format!("{{{{ with {pipe} }}}}<{{{{ . }}}}>{inner}{{{{ end }}}}"),
            2 => format!("{{{{ range {some} }}}}[{{{{ . }}}}]{{{{ else }}}}none{{{{ end }}}}"),
            3 => format!("{{{{ range $i, $x := {some} }}}}{{{{ $i }}}}={{{{ $x }}}};{{{{ end }}}}"),
            4 => format!("{{{{ $v := {pipe} }}}}{{{{ $v }}}}{{{{ typeOf $v }}}}"),
            5 => format!(
                "{{{{ define \"d\" }}}}({{{{ . }}}}){{{{ end }}}}{{{{ template \"d\" {pipe} }}}}"
            ),
            6 => format!("{{{{ typeOf ({pipe}) }}}} {{{{ toJson ({pipe}) }}}}"),
            7 => format!("a {{{{- {pipe} -}}}} b"),
            _ => format!("{{{{ {pipe} }}}}"),
        }
    }

    fn pipe(&mut self, depth: usize) -> String {
        let mut pipe = self.call(depth);
        for _ in 0..self.below(8).saturating_sub(5) {
            let next = self.call_with(depth.saturating_sub(1), 1);
            pipe = format!("{pipe} | {next}");
        }
        pipe
    }

    fn call(&mut self, depth: usize) -> String {
        self.call_with(depth, 0)
    }

    /// A function with its arguments, less those that a pipe brings.
    fn call_with(&mut self, depth: usize, piped: usize) -> String {
        let index = self.below(self.functions.len());
        let (name, mut types) = self.functions[index].clone();
        if let Some(rest) = types
            .last()
            .and_then(|last| last.strip_prefix("..."))
            .map(str::to_owned)
        {
            types.pop();
            let more = self.below(4);
            types.extend((0..more).map(|_| rest.clone()));
        }
        types.truncate(types.len().saturating_sub(piped));
        if self.below(30) == 0 {
            types.pop();
        }
        let mut call = name.to_owned();
        let mut of_lists = OF_LISTS.contains(&name);
        for kind in types {
            let argument = match kind == "any" && std::mem::take(&mut of_lists) {
                true => self.list(),
                false => self.argument(&kind, depth),
            };
            call.push(' ');
            call.push_str(&argument);
        }
        call
    }

    fn argument(&mut self, kind: &str, depth: usize) -> String {
        // Counts are small: Go has no budget.
        if depth > 0 && kind != "int" && self.below(5) == 0 {
            return format!("({})", self.call(depth - 1));
        }
        let kind = if kind != "int" && self.below(25) == 0 {
            "any"
        } else {
            kind
        };
        match kind {
            "string" => match self.below(4) {
                0 => self.one(&FIELDS[1..]).to_owned(),
                _ => self.one(&TEXTS).to_owned(),
            },
            "int" => self.one(&NUMBERS[..9]).to_owned(),
            "float64" => self.one(&NUMBERS).to_owned(),
            "bool" => self.one(&["true", "false"]).to_owned(),
            "map" => self.dict(),
            "list" => self.list(),
            "time.Time" => r#"(toDate "2006-01-02" "2024-02-29")"#.to_owned(),
            _ => match self.below(12) {
                0..=3 => self.one(&TEXTS).to_owned(),
                4..=6 => self.one(&NUMBERS).to_owned(),
                7 | 8 => self.list(),
                9 => self.dict(),
                10 => self.one(&["nil", "true", "false"]).to_owned(),
                _ => self.one(&FIELDS).to_owned(),
            },
        }
    }

    fn list(&mut self) -> String {
        match self.below(6) {
            0 => r#"(splitList "," "b,a,c")"#.to_owned(),
            1 => "(until 3)".to_owned(),
            2 => "(list)".to_owned(),
            3 => "(chunk 2 (list 1 2 3))".to_owned(),
            _ => {
                let (one, other) = (self.argument("any", 0), self.argument("string", 0));
                format!("(list {one} {other} nil)")
            }
        }
    }

    fn dict(&mut self) -> String {
        match self.below(5) {
            0 => "(dict)".to_owned(),
            1 => r#"(fromJson .json)"#.to_owned(),
            _ => {
                let (one, other) = (self.argument("any", 0), self.argument("any", 0));
                format!(r#"(dict "a" {one} "b" {other})"#)
            }
        }
    }
}
