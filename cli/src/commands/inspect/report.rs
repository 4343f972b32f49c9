//! What an inspection saw, for people and for programs.

use serde::Serialize;
use serde_json::json;
use signet_yaml::Node;

use crate::args::Format;
use crate::error::Result;
use crate::look::{Finding, Given, Item, Level, Looked};
use crate::print;
use crate::report::Remark;
use crate::text::{columns, plural};

/// Everything that was seen.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// How many files had a SealedSecret looked for in them.
    pub files: usize,
    /// The certificates that items were held against.
    pub certificates: Vec<Given>,
    /// Each SealedSecret, by file and line.
    pub sealed_secrets: Vec<Row>,
    /// Plain Secrets in files with SealedSecrets.
    pub plain: Vec<Placed>,
    /// Files that were passed over on purpose.
    pub skipped: Vec<Remark>,
    /// Files of a directory that could not be read.
    pub failed: Vec<Remark>,
}

/// One SealedSecret of a file.
#[derive(Debug, Serialize)]
pub struct Row {
    file: String,
    line: u32,
    #[serde(flatten)]
    looked: Looked,
    findings: Vec<At>,
}

/// Something found, and its line.
#[derive(Debug, Serialize)]
struct At {
    line: u32,
    #[serde(flatten)]
    finding: Finding,
}

/// Something found at a place of a file.
#[derive(Debug, Serialize)]
pub struct Placed {
    /// Its file.
    pub file: String,
    /// Its line.
    pub line: u32,
    /// What.
    #[serde(flatten)]
    pub finding: Finding,
}

impl Row {
    /// Finds the line of each finding.
    pub fn new(file: &str, node: &Node, mut looked: Looked) -> Self {
        let found = std::mem::take(&mut looked.findings).into_iter();
        let findings = found.map(|finding| At {
            line: line_of(node, &finding),
            finding,
        });
        Self {
            file: file.to_owned(),
            line: node.span.line,
            findings: findings.collect(),
            looked,
        }
    }

    fn text(&self) -> String {
        let looked = &self.looked;
        let mut text = format!(
            "{}:{}: SealedSecret {}\n",
            self.file,
            self.line,
            looked.id()
        );
        let mut facts = vec![
            fact(
                "scope",
                format!("{}: opens as {}", looked.scope, looked.opens_as()),
            ),
            fact("Secret", becomes(looked)),
        ];
        let keys = looked.template_keys.iter();
        let keys = keys.map(|(key, null)| {
            if *null {
                format!("{key} (left out)")
            } else {
                key.clone()
            }
        });
        let keys: Vec<_> = keys.collect();
        if !keys.is_empty() {
            facts.push(fact("template", keys.join(", ")));
        }
        text.push_str(&columns(&facts, "  "));
        text.push_str(&items(&looked.items));
        for At { line, finding } in &self.findings {
            let (word, message, code) = (finding.level.word(), &finding.message, finding.code);
            text.push_str(&format!("  {word} at line {line}: {message} [{code}]\n"));
        }
        text
    }
}

fn fact(name: &str, value: String) -> Vec<String> {
    vec![name.to_owned(), value]
}

fn becomes(looked: &Looked) -> String {
    let kind = looked.kind.as_deref().unwrap_or("Opaque (none is given)");
    let immutable = if looked.immutable { ", immutable" } else { "" };
    format!("type {kind}{immutable}")
}

fn items(items: &[Item]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let head = ["ITEM", "SEALED", "INSIDE", "KEY", "SEALED FOR"].map(str::to_owned);
    let mut rows = vec![head.to_vec()];
    rows.extend(items.iter().map(|item| {
        let number = |number: Option<usize>, unit: &str| {
            number.map_or_else(|| "?".to_owned(), |number| format!("{number}{unit}"))
        };
        vec![
            item.key.clone(),
            number(item.sealed_bytes, " B"),
            number(item.plain_bytes, " B"),
            number(item.key_bits, " bit"),
            item.sealed_for
                .map_or_else(|| "not noted".to_owned(), |key| key.to_string()),
        ]
    }));
    columns(&rows, "  ")
}

/// The line of the deepest node on the way to a finding.
fn line_of(node: &Node, found: &Finding) -> u32 {
    let mut deepest = node;
    for step in &found.path {
        match deepest.get(step) {
            Some(next) => deepest = next,
            None => break,
        }
    }
    deepest.span.line
}

impl Inspection {
    fn levels(&self) -> impl Iterator<Item = Level> {
        let certificates = self
            .certificates
            .iter()
            .filter(|given| given.warning.is_some());
        let rows = self.sealed_secrets.iter().flat_map(|row| &row.findings);
        let rows = rows.map(|at| &at.finding);
        let plain = self.plain.iter().map(|placed| &placed.finding);
        let found = rows.chain(plain).map(|found| found.level);
        found.chain(certificates.map(|_| Level::Warning))
    }

    /// How many things were found wrong.
    pub fn count(&self) -> usize {
        self.levels().count()
    }

    /// As an object.
    ///
    /// # Errors
    /// None that can be met; the type of the printer.
    pub fn object(&self, format: Format) -> Result<Vec<u8>> {
        let mut object = json!(self);
        object["found"] = json!(self.count());
        print::objects(&[object], format)
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for given in &self.certificates {
            let Given {
                origin,
                fingerprint,
                bits,
                not_after,
                ..
            } = given;
            text.push_str(&format!(
                "{origin}: certificate of {fingerprint}, {bits} bit, may be sealed for until {not_after}\n"
            ));
            if let Some(warning) = &given.warning {
                text.push_str(&format!("  warning: {warning}\n"));
            }
        }
        self.sealed_secrets
            .iter()
            .for_each(|row| text.push_str(&row.text()));
        for Placed {
            file,
            line,
            finding,
        } in &self.plain
        {
            let (word, message, code) = (finding.level.word(), &finding.message, finding.code);
            text.push_str(&format!("{file}:{line}: {word}: {message} [{code}]\n"));
        }
        text.push_str(&self.sentence());
        text
    }

    fn sentence(&self) -> String {
        let items = self.sealed_secrets.iter().map(|row| row.looked.items.len());
        let errors = self.levels().filter(|level| *level == Level::Error).count();
        format!(
            "{} with {} in {}: {}, {}.\n",
            plural(self.sealed_secrets.len(), "SealedSecret"),
            plural(items.sum(), "item"),
            plural(self.files, "file"),
            plural(errors, "error"),
            plural(self.count() - errors, "warning"),
        )
    }
}
