//! The program under the name `kubeseal`: that tool's sealing flags, outputs and messages, so that
//! scripts and habits keep working. What it does is [`super::seal`]'s.

use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};
use signet_seal::Scope;

use crate::args::{ClusterArgs, Format};
use crate::commands::seal::{self, Job, Raw};
use crate::error::{Error, Result};
use crate::io;
use crate::settings::{CertificateSource, Environment, KubesealEnvironment, Target};
use crate::{certificate, kubeconfig};

/// Seal Kubernetes Secrets (Signet, called as kubeseal)
#[derive(Debug, Parser)]
#[command(name = "kubeseal", disable_version_flag = true, max_term_width = 100)]
pub struct Kubeseal {
    /// Certificate file or URL to seal for; nothing of the cluster is asked then
    #[arg(long, value_name = "FILE|URL")]
    cert: Option<String>,
    /// Scope: strict, namespace-wide or cluster-wide
    #[arg(long)]
    scope: Option<String>,
    /// Namespace of a Secret that names none
    #[arg(short, long)]
    namespace: Option<String>,
    /// Name of the Secret, whatever it says itself
    #[arg(long)]
    name: Option<String>,
    /// Output format: json or yaml [default: json]
    #[arg(short = 'o', long = "format")]
    format: Option<String>,
    /// Read the Secret from this file instead of standard input
    #[arg(short = 'f', long)]
    secret_file: Option<PathBuf>,
    /// Write the SealedSecret to this file instead of standard output
    #[arg(short = 'w', long)]
    sealed_secret_file: Option<PathBuf>,
    /// Print the certificate and do nothing else
    #[arg(long)]
    fetch_cert: bool,
    /// Seal one value, read from standard input or --from-file, and print the bare item
    #[arg(long)]
    raw: bool,
    /// Read the value of --raw from this file
    #[arg(long, value_name = "[NAME=]FILE", value_delimiter = ',')]
    from_file: Vec<String>,
    /// Seal a Secret without data as well
    #[arg(long)]
    allow_empty_data: bool,
    /// Name of the controller's Service [default: sealed-secrets-controller]
    #[arg(long)]
    controller_name: Option<String>,
    /// Namespace of the controller [default: kube-system]
    #[arg(long)]
    controller_namespace: Option<String>,
    /// Reach the cluster by this kubeconfig
    #[arg(long)]
    kubeconfig: Option<PathBuf>,
    /// Use this context of the kubeconfig
    #[arg(long)]
    context: Option<String>,
    /// Print the version
    #[arg(long)]
    version: bool,
}

/// Does what the flags say, in kubeseal's order: the first that applies acts.
///
/// # Errors
/// With kubeseal's texts where scripts look for them.
pub fn run(mut args: Kubeseal, world: &mut crate::World) -> Result<()> {
    if args.version {
        return io::print(format!("kubeseal version: v{}\n", env!("CARGO_PKG_VERSION")).as_bytes());
    }
    fill_in(&mut args, &world.environment.kubeseal);
    if !args.from_file.is_empty() && !args.raw {
        return Err(Error::new("--from-file requires --raw"));
    }
    let source = source(&args, &world.environment);
    if args.fetch_cert {
        return io::print(&fetch(&source)?);
    }
    let scope = args
        .scope
        .as_deref()
        .filter(|s| !s.is_empty())
        .map(str::parse)
        .transpose();
    let scope: Option<Scope> = scope.map_err(|cause| Error::usage(format!("--scope: {cause}")))?;
    if args.raw {
        raw(&args, source, scope, world)
    } else {
        whole(args, source, scope, world)
    }
}

fn whole(
    args: Kubeseal,
    source: CertificateSource,
    scope: Option<Scope>,
    world: &mut crate::World,
) -> Result<()> {
    let format = format(args.format.as_deref(), args.sealed_secret_file.as_deref())?;
    let inputs = match &args.secret_file {
        None => io::read_all(&[])?,
        Some(file) => vec![io::read_file(file).map_err(not_readable)?],
    };
    let kubeconfigs = kubeconfigs(&args, &world.environment);
    let context = args.context.clone();
    let job = Job {
        source,
        scope,
        namespace: args.namespace.map(strip_kind),
        default_namespace: Some(Box::new(move || {
            kubeconfig::namespace(&kubeconfigs, context.as_deref())
        })),
        name: args.name,
        allow_empty: args.allow_empty_data,
        format,
        as_kubeseal: true,
    };
    let sealed = seal::seal(job, &inputs, world)?;
    io::deliver(&sealed, args.sealed_secret_file.as_deref())
}

fn raw(
    args: &Kubeseal,
    source: CertificateSource,
    scope: Option<Scope>,
    world: &mut crate::World,
) -> Result<()> {
    let value = match args.from_file.as_slice() {
        [] => io::read_all(&[])?,
        [one] => {
            let path = one.split_once('=').map_or(one.as_str(), |(_, path)| path);
            vec![io::read_file(Path::new(path))?]
        }
        _ => {
            return Err(Error::new(
                "must provide only one --from-file when encrypting a single item with --raw",
            ));
        }
    };
    let scope = scope.unwrap_or_default();
    let namespace = match (&args.namespace, scope) {
        (Some(given), _) => strip_kind(given.clone()),
        (None, Scope::ClusterWide) => String::new(),
        (None, _) => kubeconfig::namespace(
            &kubeconfigs(args, &world.environment),
            args.context.as_deref(),
        )?,
    };
    let name = args.name.clone().unwrap_or_default();
    if scope == Scope::Strict && name.is_empty() {
        return Err(Error::new(
            "must provide the --name flag with --raw and --scope strict",
        ));
    }
    let item = seal::seal_raw(
        &Raw {
            source,
            scope,
            namespace,
            name,
        },
        &value[0].bytes,
        world,
    )?;
    io::deliver(item.as_bytes(), args.sealed_secret_file.as_deref())
}

fn fill_in(args: &mut Kubeseal, environment: &KubesealEnvironment) {
    let or = |flag: &mut Option<String>, variable: &Option<String>| {
        if flag.is_none() {
            flag.clone_from(variable);
        }
    };
    or(&mut args.cert, &environment.cert);
    or(&mut args.scope, &environment.scope);
    or(&mut args.format, &environment.format);
    or(&mut args.namespace, &environment.namespace);
    or(&mut args.controller_name, &environment.controller_name);
    or(
        &mut args.controller_namespace,
        &environment.controller_namespace,
    );
    args.kubeconfig = args
        .kubeconfig
        .take()
        .or_else(|| environment.kubeconfig.as_ref().map(PathBuf::from));
}

/// `--cert`, else the cluster. Where nothing says which controller is meant, kubeseal's own
/// default is only the first guess: Signet's is the second, see [`fetch`].
fn source(args: &Kubeseal, environment: &Environment) -> CertificateSource {
    let cluster = ClusterArgs {
        kubeconfig: args.kubeconfig.clone(),
        context: args.context.clone(),
        controller_namespace: Some(
            args.controller_namespace
                .clone()
                .unwrap_or_else(|| "kube-system".to_owned()),
        ),
        controller_name: Some(
            args.controller_name
                .clone()
                .unwrap_or_else(|| "sealed-secrets-controller".to_owned()),
        ),
    };
    let guessed = args.controller_name.is_none() && args.controller_namespace.is_none();
    let mut target = Target::new(cluster, environment);
    target.or_signet = guessed;
    CertificateSource::new(args.cert.clone().filter(|cert| !cert.is_empty()), target)
}

fn fetch(source: &CertificateSource) -> Result<Vec<u8>> {
    certificate::fetch(source).map(|found| found.pem)
}

fn format(flag: Option<&str>, file: Option<&Path>) -> Result<Format> {
    let extension = file
        .and_then(Path::extension)
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    if ["yaml", "yml"].contains(&extension) {
        return Ok(Format::Yaml);
    }
    match flag.filter(|word| !word.is_empty()) {
        None => Ok(Format::Json),
        Some(word) => Format::from_str(word, true)
            .map_err(|_| Error::new(format!("unsupported output format: {word}"))),
    }
}

fn kubeconfigs(args: &Kubeseal, environment: &Environment) -> Vec<PathBuf> {
    args.kubeconfig
        .clone()
        .map_or_else(|| environment.kubeconfigs.clone(), |file| vec![file])
}

/// kubectl's habit: `-n ns/demo` is `-n demo`.
fn strip_kind(namespace: String) -> String {
    namespace
        .strip_prefix("ns/")
        .or_else(|| namespace.strip_prefix("namespace/"))
        .map(str::to_owned)
        .unwrap_or(namespace)
}

fn not_readable(cause: Error) -> Error {
    cause.at("Could not read file specified with --secret-file")
}
