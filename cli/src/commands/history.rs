//! `signet history`: the commits that a Kustomization was at, and what became of each.
//!
//! The cluster knows revisions and outcomes. Who wrote a commit, and whether it is signed, is known to
//! Git: it is read from a clone, if there is one at hand.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use signet_api::kustomization::Snapshot;
use signet_source::{CloneError, Commit, in_clone};

use crate::args::{ClusterArgs, Report};
use crate::error::{Error, Result};
use crate::gitops::{FluxKind, Named, ObjectArgs, stand};
use crate::online::Online;
use crate::settings::Target;
use crate::text::columns;
use crate::{World, io, print};

/// Flags of `history`
#[derive(Args, Debug)]
#[command(after_help = "Example: signet history kustomization apps -n demo --clone .")]
pub struct HistoryArgs {
    #[command(flatten)]
    object: ObjectArgs,
    /// A clone of the repository: says who wrote each commit, when, and whether it is signed
    #[arg(long, value_name = "DIR")]
    clone: Option<PathBuf>,
    /// Form of what is printed
    #[arg(short, long, value_enum, default_value_t = Report::Text)]
    output: Report,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// One line of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    /// Such as `main@sha1:…`.
    revision: String,
    /// Reason of the condition `Ready` that it ended with.
    result: String,
    /// How often.
    times: i64,
    first: String,
    last: String,
    took: String,
    /// Of what was rendered: equal digests are equal objects.
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Written>,
}

/// What a clone knows of a commit.
#[derive(Debug, Serialize)]
struct Written {
    /// Nobody has checked that.
    author: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// The kind of its signature, which is not checked here.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'static str>,
    subject: String,
}

impl From<Commit> for Written {
    fn from(commit: Commit) -> Self {
        let at = Timestamp::from_second(commit.written).ok();
        Self {
            author: commit.author,
            at: at.map(|at| at.to_string()),
            signature: commit.signature,
            subject: commit.subject,
        }
    }
}

/// Reads the status, and the clone.
///
/// # Errors
/// It is no Kustomization, is not there, or may not be read; the clone is none.
pub fn run(args: HistoryArgs, world: &World) -> Result<()> {
    let online = Online::connect(&Target::new(args.cluster, &world.environment))?;
    let named = Named::of(&args.object, &online)?;
    if named.kind != FluxKind::Kustomization {
        return Err(Error::usage(format!(
            "{named}: only Kustomizations have a history"
        )));
    }
    let (_, object) = named.read(&online)?;
    let mut lines = lines(&object);
    if let Some(clone) = &args.clone {
        for line in &mut lines {
            let hash = line.revision.rsplit(':').next().unwrap_or_default();
            let found = in_clone(clone, hash).map_err(|error: CloneError| {
                Error::new(error).hint("--clone takes a directory that `git clone` made")
            })?;
            line.commit = found.map(Written::from);
        }
    }
    if lines.is_empty() {
        io::note("nothing was applied yet");
    }
    match args.output.format() {
        Some(format) => io::print(&print::objects(&[json!({"items": lines})], format)?),
        None => io::print(table(&lines, args.clone.is_some()).as_bytes()),
    }
}

/// Newest first, as the status has them.
fn lines(object: &Value) -> Vec<Line> {
    let history: Vec<Snapshot> =
        serde_json::from_value(object["status"]["history"].clone()).unwrap_or_default();
    let line = |it: Snapshot| Line {
        revision: it.metadata.get("revision").cloned().unwrap_or_default(),
        result: it.last_reconciled_status,
        times: it.total_reconciliations,
        first: it.first_reconciled.0.to_string(),
        last: it.last_reconciled.0.to_string(),
        took: it.last_reconciled_duration,
        digest: it.digest,
        commit: None,
    };
    history.into_iter().map(line).collect()
}

fn table(lines: &[Line], with_clone: bool) -> String {
    let mut heads = vec!["REVISION", "RESULT", "TIMES", "FIRST", "LAST"];
    if with_clone {
        heads.extend(["AUTHOR", "SIGNED", "SUBJECT"]);
    }
    let mut rows: Vec<Vec<String>> = vec![heads.into_iter().map(str::to_owned).collect()];
    rows.extend(lines.iter().map(|line| {
        let mut cells = vec![
            stand::short(&line.revision),
            line.result.clone(),
            line.times.to_string(),
            line.first.clone(),
            line.last.clone(),
        ];
        if with_clone {
            cells.extend(match &line.commit {
                Some(commit) => {
                    let signed = commit.signature.unwrap_or("no");
                    [
                        commit.author.clone(),
                        signed.to_owned(),
                        commit.subject.clone(),
                    ]
                }
                None => ["not in the clone", "?", ""].map(str::to_owned),
            });
        }
        cells
    }));
    columns(&rows, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_says_what_became_of_a_commit_and_the_clone_who_wrote_it() {
        let line = |revision: &str, status: &str| {
            json!({
                "digest": "sha256:a", "firstReconciled": "2026-11-25T12:00:00Z",
                "lastReconciled": "2026-11-25T13:00:00Z", "lastReconciledDuration": "1s",
                "lastReconciledStatus": status, "totalReconciliations": 2,
                "metadata": {"revision": revision},
            })
        };
        let history = [
            line("main@sha1:0123456789abcdef", "HealthCheckFailed"),
            line("main@sha1:89abcdef01234567", "ReconciliationSucceeded"),
        ];
        let mut found = lines(&json!({"status": {"history": history}}));
        insta::assert_snapshot!(table(&found, false), @r"
        REVISION            RESULT                   TIMES  FIRST                 LAST
        main@sha1:01234567  HealthCheckFailed        2      2026-11-25T12:00:00Z  2026-11-25T13:00:00Z
        main@sha1:89abcdef  ReconciliationSucceeded  2      2026-11-25T12:00:00Z  2026-11-25T13:00:00Z
        ");
        if let Some(first) = found.first_mut() {
            first.commit = Some(Written::from(Commit {
                author: "A <a@example.com>".to_owned(),
                written: 0,
                signature: Some("SSH"),
                subject: "Web 2".to_owned(),
            }));
        }
        let shown = table(&found, true);
        assert!(
            shown.contains("A <a@example.com>  SSH     Web 2"),
            "{shown}"
        );
        assert!(shown.contains("not in the clone"), "{shown}");
    }
}
