//! `KIND NAME` as people type it: in flux's words, in kubectl's, or as `Kind/name`.

use clap::Args;
use serde::Serialize;
use serde_json::Value;
use signet_api::ObjectId;
use signet_cluster::{ApiError, Kind};

use crate::error::{Error, Result};
use crate::online::Online;

/// One object, by kind and name.
#[derive(Args, Clone, Debug)]
pub struct ObjectArgs {
    /// Kind and name: `source git NAME`, `kustomization NAME`, `ks NAME`, or `GitRepository/NAME`,
    /// `Kustomization/NAME`
    #[arg(value_name = "KIND NAME", required = true, num_args = 1..=3)]
    words: Vec<String>,
    /// Its namespace [default: that of the kubeconfig's context]
    #[arg(short, long)]
    namespace: Option<String>,
}

/// A kind of Flux's that Signet serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum FluxKind {
    /// Where commits come from.
    GitRepository,
    /// What is kept applied.
    Kustomization,
}

const GIT_WORDS: [&str; 5] = [
    "gitrepository",
    "gitrepositories",
    "gitrepo",
    "gitrepositories.source.toolkit.fluxcd.io",
    "git",
];
const KUSTOMIZATION_WORDS: [&str; 5] = [
    "kustomization",
    "kustomizations",
    "ks",
    "kustomizations.kustomize.toolkit.fluxcd.io",
    "kustomizations.kustomize.toolkit.fluxcd.io/v1",
];

impl FluxKind {
    /// Both, sources first: what one rests on stands before it.
    pub const ALL: [Self; 2] = [Self::GitRepository, Self::Kustomization];

    /// The kind that a word means, in any case.
    pub fn of(word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        if GIT_WORDS.contains(&word.as_str()) {
            Some(Self::GitRepository)
        } else if KUSTOMIZATION_WORDS.contains(&word.as_str()) {
            Some(Self::Kustomization)
        } else {
            None
        }
    }

    /// The kind, as manifests have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::GitRepository => "GitRepository",
            Self::Kustomization => "Kustomization",
        }
    }

    /// Its API group.
    pub fn group(self) -> &'static str {
        match self {
            Self::GitRepository => "source.toolkit.fluxcd.io",
            Self::Kustomization => "kustomize.toolkit.fluxcd.io",
        }
    }

    /// As a command of ours takes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::GitRepository => "source git",
            Self::Kustomization => "kustomization",
        }
    }

    /// The kind as the server knows it; both have been `v1` since Flux 2.0.
    ///
    /// # Errors
    /// The server does not answer, or does not know it.
    pub fn resource(self, online: &Online) -> Result<Kind> {
        let name = self.name();
        match online.kind(self.group(), "v1", name) {
            Ok(Some(kind)) => Ok(kind),
            Ok(None) => Err(
                Error::new(format!("the cluster does not know the kind {name} v1")).hint(
                    "install its definition: signet install --image IMAGE | kubectl apply -f -",
                ),
            ),
            Err(cause) => Err(Error::new(format!("asking for the kind {name}: {cause}"))),
        }
    }
}

/// An object that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its kind.
    pub kind: FluxKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Named {
    /// What was typed; the namespace of the kubeconfig's context if none was.
    ///
    /// # Errors
    /// Words that name no kind, or no name.
    pub fn of(args: &ObjectArgs, online: &Online) -> Result<Self> {
        let (kind, name) = parse(&args.words)?;
        let namespace = args.namespace.clone();
        Ok(Self {
            kind,
            namespace: namespace.unwrap_or_else(|| online.default_namespace()),
            name,
        })
    }

    /// As an object of the API.
    pub fn id(&self) -> ObjectId {
        ObjectId {
            group: self.kind.group().to_owned(),
            kind: self.kind.name().to_owned(),
            namespace: Some(self.namespace.clone()),
            name: self.name.clone(),
            version: "v1".to_owned(),
        }
    }

    /// The object, and its kind.
    ///
    /// # Errors
    /// It is not there, or may not be read.
    pub fn read(&self, online: &Online) -> Result<(Kind, Value)> {
        let kind = self.kind.resource(online)?;
        let found = online.get(&kind, Some(&self.namespace), &self.name);
        match found.map_err(|cause| self.refused(&cause))? {
            Some(object) => Ok((kind, object)),
            None => Err(Error::new(format!("{self} is not there"))
                .hint("signet get --all-namespaces lists what there is; -n names a namespace")),
        }
    }

    /// What the API server said, about this object.
    pub fn refused(&self, cause: &ApiError) -> Error {
        Error::new(format!("{self}: {cause}"))
    }

    /// A command of ours about it.
    pub fn command(&self, verb: &str) -> String {
        let (kind, name, namespace) = (self.kind.word(), &self.name, &self.namespace);
        format!("signet {verb} {kind} {name} -n {namespace}")
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.kind.name(), self.namespace, self.name)
    }
}

/// The kind and the name in the words of a command line.
fn parse(words: &[String]) -> Result<(FluxKind, String)> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (kind, name) = match words.as_slice() {
        [one] => one.rsplit_once('/').unwrap_or((one, "")),
        ["source", one] => one.rsplit_once('/').unwrap_or((one, "")),
        [kind, name] | ["source", kind, name] => (*kind, *name),
        _ => ("", ""),
    };
    let is_source = words.first() == Some(&"source");
    let found = FluxKind::of(kind).filter(|kind| !is_source || *kind == FluxKind::GitRepository);
    match found {
        Some(_) if name.is_empty() => Err(Error::usage(format!("{kind}: which one? a name is missing"))),
        Some(kind) if !name.contains('/') => Ok((kind, name.to_owned())),
        _ => Err(Error::usage(format!("{:?} names no object that Signet serves", words.join(" ")))
            .hint("write `source git NAME`, `kustomization NAME`, GitRepository/NAME or Kustomization/NAME")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_as_flux_and_kubectl_name_them() {
        let of = |text: &str| {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            parse(&words).ok()
        };
        let git = Some((FluxKind::GitRepository, "apps".to_owned()));
        let kustomization = Some((FluxKind::Kustomization, "apps".to_owned()));
        for text in [
            "source git apps",
            "gitrepository apps",
            "GitRepository/apps",
            "source git/apps",
        ] {
            assert_eq!(of(text), git, "{text}");
        }
        for text in [
            "kustomization apps",
            "ks apps",
            "ks/apps",
            "Kustomization/apps",
        ] {
            assert_eq!(of(text), kustomization, "{text}");
        }
        for text in [
            "apps",
            "ks",
            "source ks apps",
            "helmrelease apps",
            "ks/a/b",
            "source git",
            "ks apps b",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
