//! What a run came to, as the table of `docs/benchmarks.md`, which keeps the lines that a run did
//! not measure, and as JSON.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use signet_tests::tools::{self, Program};

use super::measure::Cell;
use super::rows::{self, Row};
use super::world::output;

const PAGE: &str = "docs/benchmarks.md";
const HEAD: &str = "| Measure | The peer here | Signet | To reach |\n|---|---|---|---|\n";

/// One side of a line: what was measured, or why nothing was.
type Side = Result<Cell, String>;

/// A line of the table; a side that was not asked for is `None`.
pub(crate) struct Line {
    pub(crate) row: &'static Row,
    pub(crate) theirs: Option<Side>,
    pub(crate) ours: Option<Side>,
}

impl Line {
    fn markdown(&self) -> String {
        let (theirs, ours) = (cell(self.theirs.as_ref()), cell(self.ours.as_ref()));
        let Row { title, aim, .. } = self.row;
        format!("| {title} | {theirs} | {ours} | {aim} |\n")
    }

    fn json(&self) -> Value {
        json!({
            "name": self.row.name,
            "title": self.row.title,
            "aim": self.row.aim,
            "theirs": self.theirs.as_ref().map(numbers),
            "ours": self.ours.as_ref().map(numbers),
        })
    }
}

fn cell(side: Option<&Side>) -> String {
    match side {
        None => String::new(),
        Some(Ok(cell)) => cell.text.clone(),
        Some(Err(error)) => {
            let first = error.lines().next().unwrap_or_default();
            format!("not measured: {}", first.replace('|', "\\|"))
        }
    }
}

fn numbers(side: &Side) -> Value {
    match side {
        Ok(cell) => cell.numbers.iter().map(|(name, n)| (*name, *n)).collect(),
        Err(error) => json!({ "error": error }),
    }
}

/// The table of these lines alone.
pub(crate) fn markdown(lines: &[Line]) -> String {
    let lines: String = lines.iter().map(Line::markdown).collect();
    format!("{HEAD}{lines}")
}

/// Everything, for machines.
pub(crate) fn json(lines: &[Line], machine: &Machine) -> Value {
    let rows: Vec<Value> = lines.iter().map(Line::json).collect();
    json!({ "machine": machine.facts, "rows": rows })
}

/// Puts the lines in their places in the page, and the machine below them.
pub(crate) fn write(lines: &[Line], machine: &Machine) -> Result<()> {
    let path = crate::root().join(PAGE);
    let page = fs::read_to_string(&path).with_context(|| PAGE.to_owned())?;
    let page = replace(&page, "table", |old| merged(old, lines))?;
    let page = replace(&page, "machine", |_| machine.markdown())?;
    let scratch = path.with_extension("md.new");
    fs::write(&scratch, page)?;
    fs::rename(&scratch, &path)?;
    eprintln!("{PAGE} is written");
    Ok(())
}

/// The lines of the page with those measured now in place of what was there, in the order of rows.
fn merged(old: &str, lines: &[Line]) -> String {
    let line_of = |row: &Row| -> Option<String> {
        let new = lines.iter().find(|line| line.row.name == row.name);
        let beginning = format!("| {} |", row.title);
        let kept = old.lines().find(|line| line.starts_with(&beginning));
        new.map(Line::markdown)
            .or_else(|| kept.map(|line| format!("{line}\n")))
    };
    let lines: String = rows::ALL.iter().filter_map(line_of).collect();
    format!("{HEAD}{lines}")
}

/// Replaces what stands between `<!-- name -->` and `<!-- /name -->`.
fn replace(page: &str, name: &str, new: impl FnOnce(&str) -> String) -> Result<String> {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let missing = || format!("{PAGE} has no {open}");
    let (before, rest) = page.split_once(&open).with_context(missing)?;
    let (old, after) = rest.split_once(&close).with_context(missing)?;
    Ok(format!("{before}{open}{}{close}{after}", new(old)))
}

/// On what and with what was measured.
pub(crate) struct Machine {
    facts: Value,
}

impl Machine {
    pub(crate) fn here() -> Result<Self> {
        let cores = std::thread::available_parallelism()?.get();
        let cpu = fs::read_to_string("/proc/cpuinfo")?;
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model
            .unwrap_or("unknown")
            .trim_start_matches([' ', '\t', ':']);
        let run = |program: &str, arguments: &[&str]| -> Result<String> {
            let mut command = Command::new(program);
            let said = output(command.args(arguments).current_dir(crate::root()))?;
            Ok(said.trim().to_owned())
        };
        let facts = json!({
            "machine": format!("{cores} cores ({model}), Linux {}", run("uname", &["-r"])?),
            "date": run("date", &["-u", "+%Y-%m-%d"])?,
            "commit": run("git", &["describe", "--always", "--dirty"])?,
            "versions": versions()?,
        });
        Ok(Self { facts })
    }

    pub(crate) fn markdown(&self) -> String {
        let fact = |name: &str| self.facts[name].as_str().unwrap_or_default().to_owned();
        format!(
            "Last measured {} at commit {}, on {}.\nBeside: {}.\n",
            fact("date"),
            fact("commit"),
            fact("machine"),
            fact("versions"),
        )
    }
}

fn versions() -> Result<String> {
    let programs = [
        ("kube-apiserver", Program::KubeApiserver),
        ("etcd", Program::Etcd),
        ("source-controller", Program::SourceController),
        ("kustomize-controller", Program::KustomizeController),
        ("sealed-secrets", Program::SealedSecretsController),
    ];
    let one = |(name, program): (&str, Program)| Ok(format!("{name} {}", tools::version(program)?));
    let all: Result<Vec<String>> = programs.into_iter().map(one).collect();
    Ok(all?.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_not_measured_stays_as_it_was() {
        let [first, second, ..] = rows::ALL else {
            panic!("two rows")
        };
        let old = format!(
            "{HEAD}| {} | 8 s | 1 s | |\n| {} | 9 s | 2 s | |\n",
            first.title, second.title
        );
        let now = Line {
            row: second,
            theirs: Some(Ok(Cell::new("7 s", Vec::new()))),
            ours: Some(Err("it | broke\nin two lines".to_owned())),
        };
        let new = merged(&old, &[now]);
        assert!(
            new.contains(&format!("| {} | 8 s | 1 s | |\n", first.title)),
            "{new}"
        );
        assert!(
            new.contains("| 7 s | not measured: it \\| broke |"),
            "{new}"
        );
        assert_eq!(new.lines().count(), 4, "{new}");
    }

    #[test]
    fn only_what_is_marked_is_replaced() {
        let page = "before\n<!-- table -->\nold\n<!-- /table -->\nafter\n";
        let new = replace(page, "table", str::to_uppercase);
        assert_eq!(
            new.unwrap(),
            "before\n<!-- table -->\nOLD\n<!-- /table -->\nafter\n"
        );
        assert!(replace("nothing", "table", str::to_owned).is_err());
    }
}
