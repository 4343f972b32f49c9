//! The programs and how each is built; the versions stand in the `go.mod` files only.

use std::path::PathBuf;

use super::{CONTROL_PLANE_VARIABLE, PEERS_VARIABLE, tests_dir};

/// A program that tests and benchmarks run beside ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Program {
    /// The database of the control plane.
    Etcd,
    /// The API server.
    KubeApiserver,
    /// Garbage collection, namespace deletion, service accounts.
    KubeControllerManager,
    /// The command line of Kubernetes.
    Kubectl,
    /// The command line of Sealed Secrets.
    Kubeseal,
    /// The controller of Sealed Secrets, `controller` upstream.
    SealedSecretsController,
    /// The same with its limit of requests taken out, for benchmarks: they are to measure the work.
    SealedSecretsControllerUnlimited,
    /// The command line of Kustomize.
    Kustomize,
    /// The command line of Helm.
    Helm,
    /// The command line of Flux.
    Flux,
    /// Flux's source-controller.
    SourceController,
    /// Flux's kustomize-controller.
    KustomizeController,
    /// Flux's notification-controller.
    NotificationController,
}

impl Program {
    /// The four programs of a whole control plane.
    pub const CONTROL_PLANE: [Self; 4] = [
        Self::Etcd,
        Self::KubeApiserver,
        Self::Kubectl,
        Self::KubeControllerManager,
    ];

    /// The file name of the binary, in the cache as in a directory given by variable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::KubeApiserver => "kube-apiserver",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::Kubectl => "kubectl",
            Self::Kubeseal => "kubeseal",
            Self::SealedSecretsController => "sealed-secrets-controller",
            Self::SealedSecretsControllerUnlimited => "sealed-secrets-controller-unlimited",
            Self::Kustomize => "kustomize",
            Self::Helm => "helm",
            Self::Flux => "flux",
            Self::SourceController => "source-controller",
            Self::KustomizeController => "kustomize-controller",
            Self::NotificationController => "notification-controller",
        }
    }

    /// The environment variable whose directory is looked at first.
    #[must_use]
    pub fn variable(self) -> &'static str {
        if Self::CONTROL_PLANE.contains(&self) {
            CONTROL_PLANE_VARIABLE
        } else {
            PEERS_VARIABLE
        }
    }

    /// The Go module of ours that pins this program.
    #[must_use]
    pub fn module(self) -> PathBuf {
        tests_dir().join(match self {
            Self::Etcd | Self::KubeApiserver | Self::KubeControllerManager | Self::Kubectl => {
                "control-plane"
            }
            Self::Kubeseal
            | Self::SealedSecretsController
            | Self::SealedSecretsControllerUnlimited => "peers/sealed-secrets",
            Self::Kustomize => "peers/kustomize",
            Self::Helm => "peers/helm",
            Self::Flux => "peers/flux",
            Self::SourceController => "peers/source-controller",
            Self::KustomizeController => "peers/kustomize-controller",
            Self::NotificationController => "peers/notification-controller",
        })
    }

    pub(super) fn package(self) -> &'static str {
        match self {
            Self::Etcd => "go.etcd.io/etcd/server/v3",
            Self::KubeApiserver => "k8s.io/kubernetes/cmd/kube-apiserver",
            Self::KubeControllerManager => "k8s.io/kubernetes/cmd/kube-controller-manager",
            Self::Kubectl => "k8s.io/kubernetes/cmd/kubectl",
            Self::Kubeseal => "github.com/bitnami-labs/sealed-secrets/cmd/kubeseal",
            Self::SealedSecretsController | Self::SealedSecretsControllerUnlimited => {
                "github.com/bitnami-labs/sealed-secrets/cmd/controller"
            }
            Self::Kustomize => "sigs.k8s.io/kustomize/kustomize/v5",
            Self::Helm => "helm.sh/helm/v4/cmd/helm",
            Self::Flux => "github.com/fluxcd/flux2/v2/cmd/flux",
            Self::SourceController => "github.com/fluxcd/source-controller",
            Self::KustomizeController => "github.com/fluxcd/kustomize-controller",
            Self::NotificationController => "github.com/fluxcd/notification-controller",
        }
    }

    /// The variables that a release's own build sets, each with the prefix before the version.
    ///
    /// Without `gitMajor` and `gitMinor` a Kubernetes client prints an error about a version.
    pub(super) fn version_variables(self) -> &'static [VersionVariable] {
        use VersionVariable::{Bare, Full, Major, Minor};
        match self {
            Self::KubeApiserver | Self::KubeControllerManager | Self::Kubectl => &[
                Full("k8s.io/component-base/version.gitVersion"),
                Major("k8s.io/component-base/version.gitMajor"),
                Minor("k8s.io/component-base/version.gitMinor"),
            ],
            Self::Kubeseal
            | Self::SealedSecretsController
            | Self::SealedSecretsControllerUnlimited => &[Bare("main.VERSION")],
            Self::Flux => &[Bare("main.VERSION")],
            _ => &[],
        }
    }

    /// A file of a dependency that is built with other text in it: module, path, text, replacement.
    ///
    /// The pinned sealed-secrets controller has no flag for its limit of five requests a second,
    /// which its client library applies when nothing else is said; a negative number is none.
    pub(super) fn edit(self) -> Option<Edit> {
        (self == Self::SealedSecretsControllerUnlimited).then_some(Edit {
            module: "k8s.io/client-go",
            path: "rest/config.go",
            text: "DefaultQPS   float32 = 5.0",
            replacement: "DefaultQPS   float32 = -1.0",
        })
    }

    /// The module whose version in `go.mod` is the program's version.
    pub(super) fn versioned_by(self) -> &'static str {
        match self {
            Self::KubeApiserver | Self::KubeControllerManager | Self::Kubectl => {
                "k8s.io/kubernetes"
            }
            Self::Kubeseal
            | Self::SealedSecretsController
            | Self::SealedSecretsControllerUnlimited => "github.com/bitnami-labs/sealed-secrets",
            Self::Flux => "github.com/fluxcd/flux2/v2",
            other => other.package(),
        }
    }
}

/// A Go variable that the linker fills with a version or a part of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum VersionVariable {
    /// `v1.37.2`.
    Full(&'static str),
    /// `1.37.2`.
    Bare(&'static str),
    /// `1`.
    Major(&'static str),
    /// `37`.
    Minor(&'static str),
}

/// See [`Program::edit`].
pub(super) struct Edit {
    pub(super) module: &'static str,
    pub(super) path: &'static str,
    pub(super) text: &'static str,
    pub(super) replacement: &'static str,
}
