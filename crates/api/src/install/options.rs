//! What differs between installations.

use super::NAMESPACE;

/// A kind that the controller can work on; those that it does not are left to another controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// SealedSecret.
    SealedSecret,
    /// GitRepository.
    GitRepository,
    /// Kustomization.
    Kustomization,
    /// Receiver.
    Receiver,
}

impl Kind {
    /// Every one.
    pub const ALL: [Self; 4] = [
        Self::SealedSecret,
        Self::GitRepository,
        Self::Kustomization,
        Self::Receiver,
    ];

    /// As the controller's `--kinds` spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GitRepository => "gitrepository",
            Self::Kustomization => "kustomization",
            Self::Receiver => "receiver",
            Self::SealedSecret => "sealedsecret",
        }
    }

    /// The one that [`Self::name`] spells so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Options {
    /// Namespace of the controller.
    pub namespace: String,
    /// Container image of the controller, with its tag or digest.
    pub image: String,
    /// Further arguments of the controller, after those that the manifests give.
    pub arguments: Vec<String>,
    /// Whether `signet-apply` is bound to `cluster-admin`. Without it, Kustomizations in the
    /// controller's namespace can do what you bind to that account yourself.
    pub cluster_admin: bool,
    /// How many controllers run; more than one agree on a leader.
    pub replicas: u32,
    /// Whether the controller also answers to the Service name that the stock `kubeseal` asks for.
    pub stand_in: bool,
    /// Whether the controller may roll workloads that ask for it when a Secret changes. The right to
    /// patch a workload is the right to change what runs; without this it has none.
    pub roll_workloads: bool,
    /// Whether the controller copies Secrets to the namespaces that accept them, for which it may delete
    /// Secrets; without this it may not. Not with `only`: no Role shows it the Namespaces.
    pub copy_sealed_secrets: bool,
    /// What is worked on, and so what the controller may do.
    pub kinds: Vec<Kind>,
    /// Namespaces that are looked after besides the controller's own, by Roles and without a right
    /// beyond them; `None` is the whole cluster. With it SealedSecret is the only kind, whatever
    /// `kinds` says: the others are watched in the whole cluster.
    pub only: Option<Vec<String>>,
    /// Whether the controller may ask whose a token is and what its owner may do, where `only` gives
    /// it no ClusterRole. Without it re-sealing through the controller is refused.
    pub delegate: bool,
    /// Whether the installation bears the labels by which the `flux` command line finds Flux's, so that
    /// `flux check`, `flux version` and `flux logs` speak of it.
    pub as_flux: bool,
    /// Namespace of Flux's controllers, with whose Leases the controller makes sure that it and they
    /// never work on a kind at the same time.
    pub flux_namespace: Option<String>,
    /// Secret of type `kubernetes.io/tls` in the controller's namespace with which HTTP is served.
    pub tls: Option<String>,
}

impl Options {
    /// The usual installation of `image`: namespace `signet-system`, every kind in the whole
    /// cluster, `signet-apply` is an administrator, no further arguments.
    #[must_use]
    pub fn new(image: &str) -> Self {
        Self {
            namespace: NAMESPACE.to_owned(),
            image: image.to_owned(),
            arguments: Vec::new(),
            cluster_admin: true,
            replicas: 1,
            stand_in: false,
            roll_workloads: false,
            copy_sealed_secrets: false,
            kinds: Kind::ALL.to_vec(),
            only: None,
            delegate: false,
            as_flux: false,
            flux_namespace: None,
            tls: None,
        }
    }

    /// Whether the controller works on `kind`.
    #[must_use]
    pub fn works_on(&self, kind: Kind) -> bool {
        match self.only {
            Some(_) => kind == Kind::SealedSecret,
            None => self.kinds.contains(&kind),
        }
    }

    /// The kinds it works on, in the order of [`Kind::ALL`].
    pub fn works(&self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(|kind| self.works_on(*kind))
    }

    /// The namespaces that are looked after by Roles, the controller's own first, each once; none
    /// where it is the whole cluster.
    #[must_use]
    pub fn namespaces(&self) -> Vec<&str> {
        let Some(only) = &self.only else {
            return Vec::new();
        };
        let mut all = vec![self.namespace.as_str()];
        for name in only {
            if !all.contains(&name.as_str()) {
                all.push(name);
            }
        }
        all
    }

    /// What the controller is told because of these options.
    #[must_use]
    pub fn flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        if self.replicas > 1 || self.as_flux || self.flux_namespace.is_some() {
            flags.push("--leader-elect".to_owned());
        }
        if let Some(namespace) = &self.flux_namespace {
            flags.push(format!("--flux-namespace={namespace}"));
        }
        if self.as_flux {
            flags.push("--log-format=json".to_owned());
        }
        if self.roll_workloads {
            flags.push("--roll-workloads=annotated".to_owned());
        }
        if self.copy_sealed_secrets && self.only.is_none() {
            flags.push("--copy-sealed-secrets".to_owned());
        }
        let works: Vec<_> = self.works().map(Kind::name).collect();
        if works.len() < Kind::ALL.len() {
            flags.push(format!("--kinds={}", works.join(",")));
        }
        match self.namespaces().get(1..) {
            Some([]) => flags.push("--all-namespaces=false".to_owned()),
            Some(more) => flags.push(format!("--additional-namespaces={}", more.join(","))),
            None => {}
        }
        if self.tls.is_some() {
            let paths = ["cert=/tls/tls.crt", "key=/tls/tls.key", "optional"];
            flags.extend(paths.map(|rest| format!("--tls-{rest}")));
        }
        flags
    }
}
