//! `signet seal`: Secrets in, SealedSecrets out. `kubeseal` does the same with other flags.

mod copies;

use std::path::PathBuf;
use std::thread;

use clap::Args;
use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::Value;
use signet_seal::format::bitnami;
use signet_seal::secret::{SealOptions, SecretError, seal_secret};
use signet_seal::{Certificate, Scope, Sealer};

use crate::args::{ClusterArgs, Format, ScopeArg};
use crate::certificate::{self, Found};
use crate::commands::kubeseal::object;
use crate::error::{Context, Error, Result};
use crate::io::{self, Input};
use crate::online::Online;
use crate::settings::{CertificateSource, Target};
use crate::{World, documents, print};
pub use copies::CopyArgs;

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
    copies: CopyArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Seals what the flags name.
///
/// # Errors
/// Names file, line, Secret and cause; nothing is printed or written then.
pub fn run(args: SealArgs, world: &mut World) -> Result<()> {
    args.copies.check()?;
    let inputs = io::read_all(&args.files)?;
    let secrets = secrets(&inputs)?;
    if args.name.is_some() && secrets.len() > 1 {
        return Err(Error::usage(format!(
            "--name gives one name to {} Secrets",
            secrets.len()
        )));
    }
    let cert = args.cert.or_else(|| world.environment.cert.clone());
    let target = Target::new(args.cluster, &world.environment);
    let source = CertificateSource::new(cert, target, &world.environment);
    let found = certificate::fetch(&source)?;
    let certificate = usable(&found, world.now)?;
    let explicit = args.namespace.is_some();
    let scope = args.scope.map(scope);
    let needed =
        !explicit && scope != Some(Scope::ClusterWide) && secrets.iter().any(Located::is_bare);
    let online = found.online.as_ref().filter(|_| needed);
    let job = Job {
        scope,
        namespace: args
            .namespace
            .or_else(|| online.map(Online::default_namespace)),
        namespace_is_explicit: explicit,
        name: args.name,
        allow_empty: args.allow_empty_data,
        format: args.format,
        copies: args.copies,
        as_kubeseal: false,
    };
    let sealer = bitnami::sealer(&certificate).at(&found.origin)?;
    let sealed = seal(secrets, &job, &*sealer, &mut world.rng)?;
    io::deliver(&sealed, args.output_file.as_deref())
}

/// Everything about one run of sealing but the Secrets and the key.
pub struct Job {
    /// Scope; `None` leaves it to each Secret.
    pub scope: Option<Scope>,
    /// Namespace for Secrets that name none.
    pub namespace: Option<String>,
    /// Whether that was asked for by name, and so binds Secrets that name another.
    pub namespace_is_explicit: bool,
    /// Name that was asked for.
    pub name: Option<String>,
    /// Whether a Secret without data is meant.
    pub allow_empty: bool,
    /// Form of the result.
    pub format: Format,
    /// Where copies are wanted.
    pub copies: CopyArgs,
    /// Whether messages and objects are to be kubeseal's, without our additions.
    pub as_kubeseal: bool,
}

impl Job {
    /// The same for one Secret.
    pub fn options(&self) -> SealOptions<'_> {
        SealOptions {
            scope: self.scope,
            namespace: self.namespace.as_deref(),
            namespace_is_explicit: self.namespace_is_explicit,
            name: self.name.as_deref(),
            allow_empty_data: self.allow_empty,
            without_note: self.as_kubeseal,
        }
    }
}

/// Seals every Secret, in order, and prints them one behind the other.
///
/// # Errors
/// The first Secret that cannot be sealed; see [`run`].
pub fn seal(
    secrets: Vec<Located>,
    job: &Job,
    sealer: &dyn Sealer,
    rng: &mut ChaCha20Rng,
) -> Result<Vec<u8>> {
    Work { job, sealer }.all(secrets, rng)
}

// === Work: sealing many, by as many threads as there are processors ===

struct Work<'a> {
    job: &'a Job,
    sealer: &'a dyn Sealer,
}

/// A Secret and where it was read.
pub struct Located {
    /// `file:line`.
    pub place: String,
    /// The Secret, its values included.
    pub secret: Value,
}

impl Located {
    /// Whether it names no namespace.
    pub fn is_bare(&self) -> bool {
        let namespace = self.secret["metadata"]["namespace"].as_str();
        namespace.is_none_or(str::is_empty)
    }
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
            let sealed = seal_secret(secret, &self.job.options(), self.sealer, rng);
            let mut sealed = sealed.map_err(|cause| self.explain(&place, &cause))?;
            let noted = self.job.copies.note(&mut sealed);
            noted.map_err(|error| error.at(&place))?;
            match (self.job.as_kubeseal, self.job.format) {
                (true, format) => object::put(&mut out, &sealed.to_value(), format),
                (false, Format::Json) => out.extend_from_slice(sealed.to_json().as_bytes()),
                (false, Format::Yaml) => print::put(&mut out, &sealed.to_value(), Format::Yaml)?,
            }
        }
        Ok(out)
    }

    /// kubeseal's scripts look for its bare sentences; everybody else is told the place.
    fn explain(&self, place: &str, cause: &SecretError) -> Error {
        let error = explain(cause);
        if self.job.as_kubeseal {
            error
        } else {
            error.at(place)
        }
    }
}

/// The cause, and what to do about it.
pub fn explain(cause: &SecretError) -> Error {
    let error = Error::new(cause);
    match cause {
        SecretError::NoNamespace => {
            error.hint("give it with --namespace, or seal with --scope cluster-wide")
        }
        SecretError::NoName => error.hint("give it with --name"),
        _ => error,
    }
}

/// A generator of its own for a thread, seeded from the one that the operating system seeded.
fn child(rng: &mut ChaCha20Rng) -> ChaCha20Rng {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    rng.fill_bytes(seed.as_mut_slice());
    ChaCha20Rng::from_seed(*seed)
}

/// The certificate that was found, if it may still seal.
fn usable(found: &Found, now: Timestamp) -> Result<Certificate> {
    let certificate = certificate::parse(found)?;
    certificate.check(now).map_err(|cause| {
        Error::new(cause).hint(
            "fetch the newest with `signet cert`, or ask for a new one with `signet cert --new`",
        )
    })?;
    Ok(certificate)
}

/// What is said where there is nothing to seal; the words are the peer's.
pub const NOTHING: &str = "no secrets found. Ensure the input is valid and UTF-8 encoded";

/// Every Secret of every input, moved out of what was read so that no copy is left behind.
///
/// # Errors
/// Input that is no YAML, with its place; input without any Secret.
pub fn secrets(inputs: &[Input]) -> Result<Vec<Located>> {
    let mut all = Vec::new();
    for input in inputs {
        for document in documents::read(input)? {
            let place = format!("{}:{}", input.name, document.line);
            unfold(document.into_json(), &place, &mut all);
        }
    }
    if all.is_empty() {
        return Err(Error::new(NOTHING));
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

fn scope(typed: ScopeArg) -> Scope {
    match typed {
        ScopeArg::Strict => Scope::Strict,
        ScopeArg::NamespaceWide => Scope::NamespaceWide,
        ScopeArg::ClusterWide => Scope::ClusterWide,
    }
}
