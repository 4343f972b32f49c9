//! The exact strings other programs look for: annotations, labels, field managers, finalizers.
//!
//! Each is spelled once, here. `docs/spec/` says where each comes from.

/// Annotation: the item may be opened under any name and namespace of the cluster.
pub const CLUSTER_WIDE: &str = "sealedsecrets.bitnami.com/cluster-wide";
/// Annotation: the item may be opened under any name of its namespace.
pub const NAMESPACE_WIDE: &str = "sealedsecrets.bitnami.com/namespace-wide";
/// Annotation on an existing Secret: a SealedSecret of the same name may take it over.
pub const MANAGED: &str = "sealedsecrets.bitnami.com/managed";
/// Annotation on an existing Secret: merge into it, keep what is there.
pub const PATCH: &str = "sealedsecrets.bitnami.com/patch";
/// Annotation in a template: the Secret gets no owner reference.
pub const SKIP_OWNER: &str = "sealedsecrets.bitnami.com/skip-set-owner-references";
/// Label of a key Secret; only the value `active` is loaded.
pub const KEY_LABEL: &str = "sealedsecrets.bitnami.com/sealed-secrets-key";
/// The one value of [`KEY_LABEL`] that makes a key count.
pub const KEY_ACTIVE: &str = "active";
/// Annotation of ours: the fingerprint of the key that each item was sealed for, as JSON.
pub const SEALED_FOR: &str = "signet.dev/sealed-for";

/// Annotation of ours on a SealedSecret: what to do about a Secret that somebody changed or deleted,
/// `enforce` (as without it), `report` or `ignore`.
pub const DRIFT: &str = "signet.dev/drift";
/// Annotation of ours on a SealedSecret: the release of the sealed-secrets controller by whose rules
/// its templates are rendered, `0.40` or `0.36`, whatever the controller does without it.
pub const TEMPLATE_RULES: &str = "signet.dev/template-rules";

/// Annotation of ours on a cluster-wide SealedSecret: the namespaces that get a copy of its Secret.
pub const COPY_TO: &str = "signet.dev/copy-to";
/// Annotation of ours on a cluster-wide SealedSecret: a label selector; the namespaces that it takes
/// in and that accept it get a copy.
pub const COPY_TO_SELECTOR: &str = "signet.dev/copy-to-selector";
/// Annotation of ours on a Namespace: from where copies are accepted, each a `namespace`, a
/// `namespace/name` or `*`.
pub const ACCEPT_COPIES_FROM: &str = "signet.dev/accept-copies-from";
/// Annotation of ours on a copy: `namespace/name` of its SealedSecret.
pub const COPIED_FROM: &str = "signet.dev/copied-from";
/// Annotation of ours on a copy: the uid of its SealedSecret.
pub const COPIED_FROM_UID: &str = "signet.dev/copied-from-uid";

/// Annotation of ours on a workload: `true` has its pods rolled when a Secret that they read changes
/// in value, `false` does not, whatever the controller does without it.
pub const ROLL: &str = "signet.dev/roll-on-secret-change";
/// Annotation of ours on a pod template: when a Secret that it reads last changed.
pub const ROLLED_AT: &str = "signet.dev/secrets-changed-at";

/// Left by `kubectl apply`; holds a second copy of the manifest, so it is never carried over.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// The same, left by kubecfg.
pub const LAST_APPLIED_KUBECFG: &str = "kubecfg.ksonnet.io/last-applied-configuration";

/// Finalizer of every Flux kind.
pub const FINALIZER: &str = "finalizers.fluxcd.io";
/// Annotation: a new value asks for a reconciliation now.
pub const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";
/// Label of an applied object: the name of its Kustomization.
pub const OWNER_NAME: &str = "kustomize.toolkit.fluxcd.io/name";
/// Label of an applied object: the namespace of its Kustomization.
pub const OWNER_NAMESPACE: &str = "kustomize.toolkit.fluxcd.io/namespace";
/// Annotation or label: `disabled` keeps our hands off the object altogether.
pub const RECONCILE: &str = "kustomize.toolkit.fluxcd.io/reconcile";
/// Annotation or label: `disabled` exempts the object from pruning.
pub const PRUNE: &str = "kustomize.toolkit.fluxcd.io/prune";
/// Annotation or label: `Override`, `Merge`, `IfNotPresent` or `Ignore`, how the object is applied.
pub const SSA: &str = "kustomize.toolkit.fluxcd.io/ssa";
/// Annotation or label: `enabled` has the object deleted and made again where a field that changed
/// cannot be changed.
pub const FORCE: &str = "kustomize.toolkit.fluxcd.io/force";
/// Annotation: `disabled` leaves what SOPS encrypted as it is.
pub const DECRYPT: &str = "kustomize.toolkit.fluxcd.io/decrypt";
/// Annotation of ours on an applied object: the Kustomization, as `namespace/name`, that its
/// owner lets take it over.
pub const HAND_OVER: &str = "signet.dev/hand-over-to";
/// Server-side apply field manager, the same as Flux's, so that kinds change hands without a diff.
pub const FIELD_MANAGER: &str = "kustomize-controller";
/// Annotation of ours on a Kustomization: confirms the prune that is held, by its digest.
pub const CONFIRM_PRUNE: &str = "signet.dev/confirm-prune";

/// Annotation of ours on a Kustomization: how much one commit may delete unasked, such as `50`,
/// `50,25%` or `off`.
pub const PRUNE_BUDGET: &str = "signet.dev/prune-budget";

/// Annotation of ours on a Kustomization: the revision to go back to, one that was applied before.
pub const ROLLBACK_TO: &str = "signet.dev/rollback-to";
/// Annotation of ours beside it: the revision that is left out, as long as it is the newest.
pub const ROLLBACK_FROM: &str = "signet.dev/rollback-from";

/// Annotation of ours on a hook: the phase and the digest of the set for which it runs.
pub const HOOK_OF: &str = "signet.dev/hook-of";

/// Leases of Flux's controllers for the kinds that are ours as well: sources, then Kustomizations.
pub const FLUX_LEASES: [&str; 2] = [
    "source-controller-leader-election",
    "kustomize-controller-leader-election",
];

/// ConfigMap in the controller's namespace that publishes the sealing certificate.
pub const CERTIFICATE_CONFIG_MAP: &str = "signet-sealing-certificate";
/// Its key: the newest certificate, PEM.
pub const CERTIFICATE_KEY: &str = "cert.pem";
/// Its other key: every key that opens, see [`crate::published_keys`].
pub const KEYS_KEY: &str = "keys.json";
/// Annotation on that ConfigMap: a new value asks for a new sealing key.
pub const NEW_KEY_REQUESTED_AT: &str = "signet.dev/new-key-requested-at";
/// Annotation on that ConfigMap: the last such value that was answered.
pub const NEW_KEY_HANDLED_AT: &str = "signet.dev/new-key-handled-at";
/// Header that carries the caller's Kubernetes token to the controller: the API server's
/// service proxy keeps `Authorization` for itself.
pub const TOKEN_HEADER: &str = "x-signet-token";
