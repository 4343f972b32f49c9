//! `signet explain`: why something in a cluster is not as it should be. A chain of causes, the first
//! that blocks, what it means, and the next command.
//!
//! Each kind has a page that turns facts into a [`chain::Chain`] and asks nobody
//! ([`sealed_secret`], [`flux`]); the asking is in [`gather`].

use clap::Args;

use crate::args::{ClusterArgs, Report};
use crate::error::{Error, Result};
use crate::gitops::{FluxKind, Named as FluxNamed};
use crate::online::Online;
use crate::settings::Target;
use crate::{World, io};

mod chain;
mod facts;
mod flux;
mod gather;
mod report;
mod sealed_secret;

use report::Explanation;

/// Flags of `explain`
#[derive(Args, Debug)]
#[command(
    after_help = "Examples: signet explain demo/db\n          signet explain Kustomization/apps -n demo\n\nExit code 3 if something is blocked."
)]
pub struct ExplainArgs {
    /// What to explain: NAMESPACE/NAME of a SealedSecret, or sealedsecret/NAME, Kustomization/NAME or
    /// GitRepository/NAME with --namespace
    #[arg(value_name = "NAMESPACE/NAME|KIND/NAME")]
    object: String,
    /// Its namespace [default: that of the kubeconfig's context]
    #[arg(short, long)]
    namespace: Option<String>,
    /// Form of what is printed
    #[arg(short, long, value_enum, default_value_t = Report::Text)]
    output: Report,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Asks, judges, prints.
///
/// # Errors
/// A kind that is not explained, a cluster that does not answer, a SealedSecret that you may not
/// read; exit code 3 if something is blocked.
pub fn run(args: ExplainArgs, world: &World) -> Result<()> {
    let online = Online::connect(&Target::new(args.cluster, &world.environment))?;
    if let Some((kind, name)) = flux_object(&args.object) {
        let namespace = args.namespace.unwrap_or_else(|| online.default_namespace());
        let named = FluxNamed {
            kind,
            namespace,
            name,
        };
        return print(&of_flux(&online, named)?, args.output);
    }
    let named = Named::of(&args.object, args.namespace)?;
    let namespace = named
        .namespace
        .unwrap_or_else(|| online.default_namespace());
    let facts = gather::sealed_secret(&online, &namespace, &named.name, world.now)?;
    let judgement = sealed_secret::judge(&facts);
    let explanation = Explanation::new(&facts, judgement);
    print(&explanation, args.output)
}

/// A GitRepository or a Kustomization, as it was typed.
fn flux_object(object: &str) -> Option<(FluxKind, String)> {
    let (kind, name) = object.split_once('/')?;
    Some((FluxKind::of(kind)?, name.to_owned()))
}

fn of_flux(online: &Online, named: FluxNamed) -> Result<Explanation> {
    let (kind, namespace) = (named.kind.name(), named.namespace.clone());
    let facts = gather::flux(online, named)?;
    let events = gather::events(online, kind, &namespace, &facts.named.name);
    let events = events.map_err(|cause| Error::new(format!("listing events: {cause}")))?;
    Ok(Explanation::of_flux(&facts, flux::judge(&facts), events))
}

fn print(explanation: &Explanation, output: Report) -> Result<()> {
    io::print(&match output.format() {
        None => explanation.text(io::is_terminal()).into_bytes(),
        Some(format) => explanation.object(format)?,
    })?;
    if explanation.healthy {
        Ok(())
    } else {
        Err(Error::found())
    }
}

/// An object as it was typed.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    namespace: Option<String>,
    name: String,
}

/// Words for the kind that is explained.
const SEALED_SECRET: [&str; 3] = ["sealedsecret", "sealedsecrets", "sealedsecrets.bitnami.com"];

/// Words for kinds that people will ask about and that are not explained.
const OTHERS: [&str; 4] = ["receiver", "receivers", "secret", "secrets"];

impl Named {
    /// With a namespace given, what stands before the slash is a kind; without one it is a kind if
    /// it is a word for one, else the namespace.
    fn of(object: &str, namespace: Option<String>) -> Result<Self> {
        let Some((first, name)) = object.split_once('/') else {
            let name = object.to_owned();
            return Ok(Self { namespace, name });
        };
        let kind = first.to_lowercase();
        let known = SEALED_SECRET.contains(&kind.as_str());
        if !known && (namespace.is_some() || OTHERS.contains(&kind.as_str())) {
            return Err(Error::usage(format!(
                "{first} is not explained; SealedSecrets, GitRepositories and Kustomizations are"
            ))
            .hint("write NAMESPACE/NAME, or sealedsecret/NAME with --namespace"));
        }
        let namespace = if known {
            namespace
        } else {
            Some(first.to_owned())
        };
        let name = name.to_owned();
        Ok(Self { namespace, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_names_a_namespace_or_a_kind() {
        let named = |object: &str, namespace: Option<&str>| {
            Named::of(object, namespace.map(str::to_owned))
                .map(|named| (named.namespace, named.name))
                .ok()
        };
        let expected =
            |namespace: Option<&str>| Some((namespace.map(str::to_owned), "db".to_owned()));
        assert_eq!(named("demo/db", None), expected(Some("demo")));
        assert_eq!(
            named("SealedSecret/db", Some("demo")),
            expected(Some("demo"))
        );
        assert_eq!(named("sealedsecrets.bitnami.com/db", None), expected(None));
        assert_eq!(named("db", Some("demo")), expected(Some("demo")));
        assert_eq!(named("receiver/db", None), None);
        let flux = flux_object("Kustomization/db");
        assert_eq!(flux, Some((FluxKind::Kustomization, "db".to_owned())));
        assert_eq!(flux_object("demo/db"), None);
        assert_eq!(named("demo/db", Some("demo")), None);
    }
}
