//! `signet get`: how the sources and Kustomizations of a cluster stand.

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::json;
use signet_cluster::Selection;

use crate::args::{ClusterArgs, Report};
use crate::error::{Error, Result};
use crate::gitops::{FluxKind, Stand, stand};
use crate::online::Online;
use crate::settings::Target;
use crate::text::columns;
use crate::{World, io, print};

/// Flags of `get`
#[derive(Args, Debug)]
#[command(
    after_help = "Examples: signet get -A\n          signet get kustomizations -n demo -o json"
)]
pub struct GetArgs {
    /// What to list
    #[arg(value_enum, default_value_t = What::All, hide_possible_values = true, value_name = "sources|kustomizations|all")]
    what: What,
    /// Only the one of this name
    name: Option<String>,
    /// Those of every namespace
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    all_namespaces: bool,
    /// Those of this namespace [default: that of the kubeconfig's context]
    #[arg(short, long)]
    namespace: Option<String>,
    /// Form of the list
    #[arg(short, long, value_enum, default_value_t = Report::Text)]
    output: Report,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Which kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// GitRepositories
    #[value(aliases = ["source", "gitrepositories", "gitrepository"])]
    Sources,
    /// Kustomizations
    #[value(aliases = ["kustomization", "ks"])]
    Kustomizations,
    /// Both
    All,
}

impl What {
    fn takes(self, kind: FluxKind) -> bool {
        match self {
            Self::Sources => kind == FluxKind::GitRepository,
            Self::Kustomizations => kind == FluxKind::Kustomization,
            Self::All => true,
        }
    }
}

/// Asks and prints.
///
/// # Errors
/// The cluster does not answer, does not know a kind or does not let you list it; there is none of
/// the name that was given.
pub fn run(args: GetArgs, world: &World) -> Result<()> {
    let online = Online::connect(&Target::new(args.cluster, &world.environment))?;
    let namespace = args.namespace.unwrap_or_else(|| online.default_namespace());
    let namespace = Some(namespace).filter(|_| !args.all_namespaces);
    let mut found = Vec::new();
    for kind in FluxKind::ALL
        .into_iter()
        .filter(|kind| args.what.takes(*kind))
    {
        found.extend(listed(&online, kind, namespace.as_deref())?);
    }
    if let Some(name) = &args.name {
        found.retain(|stand| stand.name == *name);
        if found.is_empty() {
            return Err(Error::new(format!("there is none of the name {name}"))
                .hint("signet get --all-namespaces lists what there is"));
        }
    }
    match args.output.format() {
        Some(format) => io::print(&print::objects(&[json!({"items": found})], format)?),
        None if found.is_empty() => {
            let place = namespace.map_or_else(String::new, |it| format!(" in namespace {it}"));
            io::note(&format!(
                "nothing was found{place}; --all-namespaces looks everywhere"
            ));
            Ok(())
        }
        None => io::print(table(&found, namespace.is_none(), world.now).as_bytes()),
    }
}

fn listed(online: &Online, kind: FluxKind, namespace: Option<&str>) -> Result<Vec<Stand>> {
    let resource = kind.resource(online)?;
    let objects = online.list(&resource, namespace, Selection::default());
    let objects =
        objects.map_err(|cause| Error::new(format!("listing {}: {cause}", resource.plural)))?;
    let mut found: Vec<Stand> = objects
        .iter()
        .map(|object| Stand::of(kind, object))
        .collect();
    found.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    Ok(found)
}

fn table(found: &[Stand], everywhere: bool, now: Timestamp) -> String {
    let heads = [
        "NAMESPACE",
        "NAME",
        "REVISION",
        "SUSPENDED",
        "READY",
        "AGE",
        "MESSAGE",
    ];
    let skipped = usize::from(!everywhere);
    let mut rows = vec![
        heads[skipped..]
            .iter()
            .map(|head| (*head).to_owned())
            .collect(),
    ];
    rows.extend(found.iter().map(|stand| {
        let suspended = if stand.suspended { "True" } else { "False" };
        let revision = stand.revision.as_deref().map(stand::short);
        let cells = [
            stand.namespace.clone(),
            format!("{}/{}", stand.kind.name().to_lowercase(), stand.name),
            revision.unwrap_or_else(|| "-".to_owned()),
            suspended.to_owned(),
            stand.ready.clone(),
            stand.age(now),
            stand.message.lines().next().unwrap_or_default().to_owned(),
        ];
        cells.into_iter().skip(skipped).collect::<Vec<_>>()
    }));
    columns(&rows, "")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    #[test]
    fn a_table_says_of_each_what_it_is_at_and_whether_it_is_ready() {
        let object = |name: &str, status: &str, message: &str| {
            json!({
                "metadata": {"name": name, "namespace": "demo", "creationTimestamp": "2026-11-24T00:00:00Z"},
                "spec": {"suspend": name == "web"},
                "status": {
                    "lastAppliedRevision": "main@sha1:0123456789abcdef0123456789abcdef01234567",
                    "artifact": {"revision": "main@sha1:89abcdef0123456789abcdef0123456789abcdef"},
                    "conditions": [{"type": "Ready", "status": status, "reason": "R", "message": message}],
                },
            })
        };
        let found = [
            Stand::of(
                FluxKind::GitRepository,
                &object("apps", "True", "stored artifact"),
            ),
            Stand::of(
                FluxKind::Kustomization,
                &object("web", "False", "app/a.yaml:3: wrong\nmore"),
            ),
            Stand::of(
                FluxKind::Kustomization,
                &json!({"metadata": {"name": "new", "namespace": "demo"}}),
            ),
        ];
        let now = "2026-11-25T00:00:00Z".parse().unwrap();
        insta::assert_snapshot!(format!("{}\n{}", table(&found, true, now), table(&found[..1], false, now)), @r"
        NAMESPACE  NAME                REVISION            SUSPENDED  READY    AGE  MESSAGE
        demo       gitrepository/apps  main@sha1:89abcdef  False      True     24h  stored artifact
        demo       kustomization/web   main@sha1:01234567  True       False    24h  app/a.yaml:3: wrong
        demo       kustomization/new   -                   False      Unknown  ?    not looked at yet

        NAME                REVISION            SUSPENDED  READY  AGE  MESSAGE
        gitrepository/apps  main@sha1:89abcdef  False      True   24h  stored artifact
        ");
    }
}
