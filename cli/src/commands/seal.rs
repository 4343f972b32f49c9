//! `signet seal`: Secrets in, SealedSecrets out. `kubeseal` does the same with other flags.

use std::path::PathBuf;
use std::thread;

use clap::Args;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::Value;
use signet_seal::format::bitnami;
use signet_seal::secret::{SealOptions, SecretError, seal_secret};
use signet_seal::{Certificate, Scope, Sealer, text};

use crate::args::{ClusterArgs, Format, ScopeArg};
use crate::certificate::{self, Found};
use crate::error::{Context, Error, Result};
use crate::io::{self, Input};
use crate::settings::{CertificateSource, Target};
use crate::{World, documents, print};

/// Flags of `seal`
#[derive(Args, Debug)]
#[command(
    after_help = "Example: kubectl create secret generic db --dry-run=client -o yaml --from-literal=password=… | signet seal -n demo > db.yaml"
)]
pub struct SealArgs {
    /// Read Secrets from this file instead of standard input; may be given several times
    #[arg(short, long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Seal for this certificate, a file or a URL, and leave the cluster alone [env: SIGNET_CERT]
    #[arg(long, value_name = "FILE|URL")]
    cert: Option<String>,
    /// Where the value may be opened [default: what the Secret's annotations say, else strict]
    #[arg(long, value_enum)]
    scope: Option<ScopeArg>,
    /// Namespace of Secrets that name none
    #[arg(short, long)]
    namespace: Option<String>,
    /// Name of the Secret, whatever it says itself
    #[arg(long)]
    name: Option<String>,
    /// Form of what is printed
    #[arg(short = 'o', long = "format", visible_alias = "output", value_enum, default_value_t = Format::Yaml)]
    format: Format,
    /// Write to this file, in one step, instead of standard output
    #[arg(short = 'w', long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Seal a Secret without data as well
    #[arg(long)]
    allow_empty_data: bool,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Seals what the flags name.
///
/// # Errors
/// Names file, line, Secret and cause; nothing is printed or written then.
pub fn run(args: SealArgs, world: &mut World) -> Result<()> {
    let inputs = io::read_all(&args.files)?;
    let cert = args.cert.or_else(|| world.environment.cert.clone());
    let job = Job {
        source: CertificateSource::new(cert, Target::new(args.cluster, &world.environment)),
        scope: args.scope.map(scope),
        namespace: args.namespace,
        default_namespace: None,
        name: args.name,
        allow_empty: args.allow_empty_data,
        format: args.format,
        as_kubeseal: false,
    };
    let sealed = seal(job, &inputs, world)?;
    io::deliver(&sealed, args.output_file.as_deref())
}

/// Everything about one run of sealing but the Secrets.
pub struct Job {
    /// Whom to seal for.
    pub source: CertificateSource,
    /// Scope; `None` leaves it to each Secret.
    pub scope: Option<Scope>,
    /// Namespace that was asked for by name.
    pub namespace: Option<String>,
    /// Finds a namespace for Secrets that name none, if there are any.
    pub default_namespace: Option<Box<dyn FnOnce() -> Result<String>>>,
    /// Name that was asked for.
    pub name: Option<String>,
    /// Whether a Secret without data is meant.
    pub allow_empty: bool,
    /// Form of the result.
    pub format: Format,
    /// Whether messages and objects are to be kubeseal's, without our additions.
    pub as_kubeseal: bool,
}

/// Seals every Secret of every input, in order.
///
/// # Errors
/// The first Secret that cannot be sealed; see [`run`].
pub fn seal(mut job: Job, inputs: &[Input], world: &mut World) -> Result<Vec<u8>> {
    let secrets = secrets(inputs)?;
    if job.name.is_some() && secrets.len() > 1 && !job.as_kubeseal {
        return Err(Error::usage(format!(
            "--name gives one name to {} Secrets",
            secrets.len()
        )));
    }
    let found = certificate::fetch(&job.source)?;
    let sealer = sealer(&found, world)?;
    let explicit = job.namespace.is_some();
    if !explicit {
        job.namespace = default_namespace(&mut job, &secrets, &found)?;
    }
    let options = SealOptions {
        scope: job.scope,
        namespace: job.namespace.as_deref(),
        namespace_is_explicit: explicit,
        name: job.name.as_deref(),
        allow_empty_data: job.allow_empty,
        without_note: job.as_kubeseal,
    };
    let work = Work {
        options,
        sealer: &*sealer,
        format: job.format,
        as_kubeseal: job.as_kubeseal,
    };
    work.all(secrets, &mut world.rng)
}

/// One value to be sealed without a Secret around it.
pub struct Raw {
    /// Whom to seal for.
    pub source: CertificateSource,
    /// Scope.
    pub scope: Scope,
    /// Namespace; empty where the scope needs none.
    pub namespace: String,
    /// Name; empty where the scope needs none.
    pub name: String,
}

/// Seals one value to the bare item, base64.
///
/// # Errors
/// The certificate cannot be had or used.
pub fn seal_raw(raw: &Raw, value: &[u8], world: &mut World) -> Result<String> {
    let found = certificate::fetch(&raw.source)?;
    let sealer = sealer(&found, world)?;
    let label = raw.scope.label(&raw.namespace, &raw.name);
    Ok(text::encode(
        &sealer.seal(&mut world.rng, &label, value).at("--raw")?,
    ))
}

// === Work: sealing many, by as many threads as there are processors ===

struct Work<'a> {
    options: SealOptions<'a>,
    sealer: &'a dyn Sealer,
    format: Format,
    as_kubeseal: bool,
}

/// A Secret and where it was read.
struct Located {
    place: String,
    secret: Value,
}

/// Fewer than this are sealed sooner than a thread is started.
const WORTH_A_THREAD: usize = 16;

impl Work<'_> {
    fn all(&self, secrets: Vec<Located>, rng: &mut ChaCha20Rng) -> Result<Vec<u8>> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.min(secrets.len() / WORTH_A_THREAD).max(1);
        if threads == 1 {
            return self.some(secrets, rng);
        }
        let share = secrets.len().div_ceil(threads);
        let mut rest = secrets.into_iter();
        thread::scope(|scope| {
            let parts: Vec<_> = (0..threads)
                .map(|_| {
                    let part: Vec<_> = rest.by_ref().take(share).collect();
                    let mut own = child(rng);
                    scope.spawn(move || self.some(part, &mut own))
                })
                .collect();
            let mut out = Vec::new();
            for part in parts {
                let sealed = part
                    .join()
                    .map_err(|_| Error::new("a sealing thread panicked"))?;
                out.append(&mut sealed?);
            }
            Ok(out)
        })
    }

    fn some(&self, secrets: Vec<Located>, rng: &mut ChaCha20Rng) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        for Located { place, secret } in secrets {
            let sealed = seal_secret(secret, &self.options, self.sealer, rng);
            let sealed = sealed.map_err(|cause| self.explain(&place, &cause))?;
            match self.format {
                Format::Json => out.extend_from_slice(sealed.to_json().as_bytes()),
                Format::Yaml => print::put(&mut out, &sealed.to_value(), Format::Yaml)?,
            }
        }
        Ok(out)
    }

    /// kubeseal's scripts look for its bare sentences; everybody else is told the place.
    fn explain(&self, place: &str, cause: &SecretError) -> Error {
        let error = Error::new(cause);
        let error = if self.as_kubeseal {
            error
        } else {
            error.at(place)
        };
        match cause {
            SecretError::NoNamespace => {
                error.hint("give it with --namespace, or seal with --scope cluster-wide")
            }
            SecretError::NoName => error.hint("give it with --name"),
            _ => error,
        }
    }
}

/// A generator of its own for a thread, seeded from the one that the operating system seeded.
fn child(rng: &mut ChaCha20Rng) -> ChaCha20Rng {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    rng.fill_bytes(seed.as_mut_slice());
    ChaCha20Rng::from_seed(*seed)
}

fn sealer(found: &Found, world: &World) -> Result<Box<dyn Sealer>> {
    let certificate: Certificate = certificate::parse(found)?;
    certificate.check(world.now).map_err(|cause| {
        Error::new(cause).hint(
            "fetch the newest with `signet cert`, or ask for a new one with `signet cert --new`",
        )
    })?;
    bitnami::sealer(&certificate).at(&found.origin)
}

/// Every Secret of every input, moved out of what was read so that no copy is left behind.
fn secrets(inputs: &[Input]) -> Result<Vec<Located>> {
    let mut all = Vec::new();
    for input in inputs {
        for document in documents::read(input)? {
            let place = format!("{}:{}", input.name, document.line);
            unfold(document.into_json(), &place, &mut all);
        }
    }
    if all.is_empty() {
        return Err(Error::new(
            "no secrets found. Ensure the input is valid and UTF-8 encoded",
        ));
    }
    Ok(all)
}

/// A List stands for its items.
fn unfold(mut object: Value, place: &str, all: &mut Vec<Located>) {
    let is_list = object["kind"]
        .as_str()
        .is_some_and(|kind| kind.ends_with("List"));
    match object.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) if is_list => {
            for item in items {
                unfold(item, place, all);
            }
        }
        Some(other) => {
            object["items"] = other;
            all.push(Located {
                place: place.to_owned(),
                secret: object,
            });
        }
        None => all.push(Located {
            place: place.to_owned(),
            secret: object,
        }),
    }
}

fn default_namespace(job: &mut Job, secrets: &[Located], found: &Found) -> Result<Option<String>> {
    let is_bare = |one: &Located| {
        one.secret["metadata"]["namespace"]
            .as_str()
            .is_none_or(str::is_empty)
    };
    if job.scope == Some(Scope::ClusterWide) || !secrets.iter().any(is_bare) {
        return Ok(None);
    }
    match (job.default_namespace.take(), &found.online) {
        (Some(find), _) => find().map(Some),
        (None, Some(online)) => Ok(Some(online.default_namespace())),
        (None, None) => Ok(None),
    }
}

fn scope(typed: ScopeArg) -> Scope {
    match typed {
        ScopeArg::Strict => Scope::Strict,
        ScopeArg::NamespaceWide => Scope::NamespaceWide,
        ScopeArg::ClusterWide => Scope::ClusterWide,
    }
}
