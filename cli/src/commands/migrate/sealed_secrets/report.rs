//! The survey, the judgement and the plan, for people and for programs.

use serde::Serialize;
use serde_json::json;

use super::definition::Difference;
use super::find::Survey;
use super::flags::{self, InUse};
use super::keys::{KeySecret, Keys};
use super::objects::{Row, SAME, Weight};
use super::plan::{Do, Plan};
use super::version::Version;
use crate::args::Format;
use crate::deployed::Deployed;
use crate::error::Result;
use crate::print;
use crate::text::{columns, plural};

/// Everything that is printed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Migration {
    controller: Option<Deployed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    flags: Vec<InUse>,
    definition: Difference,
    keys: Keys,
    sealed_secrets: Vec<Row>,
    left_out: Vec<String>,
    #[serde(flatten)]
    plan: Plan,
}

impl Migration {
    /// Puts everything together.
    pub fn new(survey: Survey, keys: Keys, rows: Vec<Row>, plan: Plan) -> Self {
        let version = survey.chosen.as_ref().and_then(Version::of);
        Self {
            version: version.map(|version| version.to_string()),
            flags: survey
                .chosen
                .as_ref()
                .map(flags::in_use)
                .unwrap_or_default(),
            definition: Difference::of(survey.definition.as_ref()),
            controller: survey.chosen,
            keys,
            sealed_secrets: rows,
            left_out: survey.left_out,
            plan,
        }
    }

    /// How many SealedSecrets have something of this weight.
    fn count(&self, weight: Weight) -> usize {
        self.sealed_secrets
            .iter()
            .filter(|row| row.has(weight))
            .count()
    }

    fn refused(&self) -> impl Iterator<Item = &KeySecret> {
        let secrets = self.keys.secrets.iter().flatten();
        secrets.filter(|key| key.refused)
    }

    /// Whether every Secret stays as it is and everything opens.
    pub fn nothing_changes(&self) -> bool {
        self.count(Weight::Changes) == 0
            && self.count(Weight::Fails) == 0
            && self.refused().next().is_none()
    }

    /// As an object.
    ///
    /// # Errors
    /// None that can be met; the type of the printer.
    pub fn object(&self, format: Format) -> Result<Vec<u8>> {
        let mut object = json!(self);
        object["changes"] = json!(self.count(Weight::Changes));
        object["fails"] = json!(self.count(Weight::Fails));
        print::objects(&[object], format)
    }

    /// For people.
    pub fn text(&self) -> String {
        let parts = [
            self.what_is_there(),
            self.flags_in_use(),
            self.key_secrets(),
            self.of_weight(Weight::Fails, "Does not open, or is not taken"),
            self.of_weight(Weight::Changes, "Would change"),
            self.of_weight(Weight::Note, "Good to know"),
            list("Not looked at", &self.left_out),
            list("Before you begin", &self.plan.remarks),
            steps("How to take over", &self.plan.take_over),
            steps("How to go back", &self.plan.go_back),
            self.sentence(),
        ];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("\n")
    }

    fn what_is_there(&self) -> String {
        let controller = self.controller.as_ref().map(|found| self.controller(found));
        let rows = [
            ("controller", controller),
            ("definition", Some(self.definition())),
            ("objects", Some(self.objects())),
        ];
        let row = |(name, says): (&str, Option<String>)| Some(vec![name.to_owned(), says?]);
        let rows: Vec<_> = rows.into_iter().filter_map(row).collect();
        format!("Sealed Secrets, as they are\n{}", columns(&rows, "  "))
    }

    fn controller(&self, found: &Deployed) -> String {
        let Deployed {
            image,
            wanted,
            ready,
            ..
        } = found;
        let unknown = "of a release that its image does not tell";
        let version = self.version.as_deref().unwrap_or(unknown);
        let pods = plural(usize::try_from(*wanted).unwrap_or(0), "pod");
        format!(
            "{}, {version}, {ready} of {pods} ready ({image})",
            found.id()
        )
    }

    fn definition(&self) -> String {
        match (self.definition.present, self.definition.words().as_slice()) {
            (false, _) => "none, or not to be read".to_owned(),
            (true, []) => "as Signet's".to_owned(),
            (true, words) => format!("{}; either serves both controllers", words.join("; ")),
        }
    }

    fn objects(&self) -> String {
        let rows = &self.sealed_secrets;
        let count = |is: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
        let synced = count(&|row| row.synced == Some(true));
        let opened = count(&|row| row.opens == Some(true));
        let same = count(&|row| row.remarks.iter().any(|remark| remark.code == SAME));
        let (all, keys) = (
            plural(rows.len(), "SealedSecret"),
            plural(self.keys.tried, "key"),
        );
        let mut text = format!("{all}, {synced} synced; {opened} open with {keys}");
        if same > 0 {
            text.push_str(&format!(
                "; of {same} the Secret is as Signet would make it"
            ));
        }
        text
    }

    fn flags_in_use(&self) -> String {
        if self.flags.is_empty() {
            return String::new();
        }
        let rows = self.flags.iter().map(|flag| {
            let value = flag.value.as_deref().unwrap_or("…");
            vec![format!("--{}={value}", flag.name), flag.becomes.clone()]
        });
        format!(
            "Flags in use, and what becomes of them\n{}",
            columns(&rows.collect::<Vec<_>>(), "  ")
        )
    }

    fn key_secrets(&self) -> String {
        let Some(secrets) = self
            .keys
            .secrets
            .as_ref()
            .filter(|secrets| !secrets.is_empty())
        else {
            return String::new();
        };
        let rows = secrets.iter().map(|key| {
            let fingerprint = key.fingerprint.as_deref().unwrap_or("cannot be read");
            let end = key
                .not_after
                .as_ref()
                .map(|end| format!("seals until {end}"));
            let says = end
                .into_iter()
                .chain(key.remarks.iter().cloned())
                .collect::<Vec<_>>();
            vec![key.name.clone(), fingerprint.to_owned(), says.join("; ")]
        });
        format!("Keys\n{}", columns(&rows.collect::<Vec<_>>(), "  "))
    }

    fn of_weight(&self, weight: Weight, head: &str) -> String {
        let of = |row: &Row| {
            let place = format!("{}/{}", row.namespace, row.name);
            let said = row.remarks.iter();
            let said = said.filter(|remark| remark.weight == weight && remark.code != SAME);
            let line = |message: &str| vec![place.clone(), message.to_owned()];
            said.map(|remark| line(&remark.message)).collect::<Vec<_>>()
        };
        let rows: Vec<_> = self.sealed_secrets.iter().flat_map(of).collect();
        if rows.is_empty() {
            return String::new();
        }
        format!("{head}\n{}", columns(&rows, "  "))
    }

    fn sentence(&self) -> String {
        let (changes, fails) = (self.count(Weight::Changes), self.count(Weight::Fails));
        let refused = self.refused().count();
        let mut text = format!(
            "{}: {changes} would change, {fails} would not open or not be taken",
            plural(self.sealed_secrets.len(), "SealedSecret")
        );
        if refused > 0 {
            text.push_str(&format!("; {} refused", plural(refused, "key")));
        }
        text + ".\n"
    }
}

fn list(head: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let lines: String = lines.iter().map(|line| format!("  - {line}\n")).collect();
    format!("{head}\n{lines}")
}

fn steps(head: &str, steps: &[Do]) -> String {
    if steps.is_empty() {
        return String::new();
    }
    let line = |(at, step): (usize, &Do)| {
        format!("  {}. {}\n     $ {}\n", at + 1, step.what, step.command)
    };
    let steps: String = steps.iter().enumerate().map(line).collect();
    format!("{head}\n{steps}")
}
