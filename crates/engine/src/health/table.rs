//! The table: the rules of kstatus for every kind that has one, and those for all the others.
//!
//! `docs/reference/health.md` shows it as a page. A status that is not read here has no part in
//! the health of its object.

use super::Status::{Current, Failed, InProgress, Terminating};
use super::rule::Step::{First, When};
use super::rule::Test::{
    CrashLooping, Differ, Empty, Given, Has, HasNumber, Is, Lacks, Less, Limited, NoNumber,
    OtherGeneration, True, Unset, YoungerThan,
};
use super::rule::{Of, Reason, Rule, Step};

/// Asked of every object first, Jobs apart.
pub(super) const GENERIC: &[Step] = &[
    When(
        &[Given("metadata.deletionTimestamp")],
        Terminating,
        "Resource scheduled for deletion",
    ),
    When(
        &[OtherGeneration],
        InProgress,
        "{kind} generation is {metadata.generation}, but latest observed generation is {status.observedGeneration}",
    ),
    First(&[
        (of("Reconciling", "True"), InProgress, "{message}"),
        (of("Stalled", "True"), Failed, "{message}"),
    ]),
];

/// Asked of every object whose kind has no rule of its own.
pub(super) const READY: &[Step] = &[
    First(&[
        (of("Ready", "True"), Current, "Resource is Ready"),
        (of("Ready", "False"), InProgress, "{message}"),
        (of("Ready", "Unknown"), InProgress, "{message}"),
    ]),
    When(&[], Current, "Resource is current"),
];

/// The kinds with rules of their own.
pub(super) const RULES: &[Rule] = &[
    rule(&["apps/Deployment", "extensions/Deployment"], DEPLOYMENT),
    rule(&["apps/StatefulSet"], STATEFUL_SET),
    rule(&["apps/DaemonSet", "extensions/DaemonSet"], DAEMON_SET),
    rule(&["apps/ReplicaSet", "extensions/ReplicaSet"], REPLICA_SET),
    rule(&["Pod"], POD),
    Rule {
        kinds: &["batch/Job"],
        alone: true,
        steps: JOB,
    },
    rule(
        &["apiextensions.k8s.io/CustomResourceDefinition"],
        DEFINITION,
    ),
    rule(&["PersistentVolumeClaim"], CLAIM),
    rule(&["Service"], SERVICE),
    rule(
        &["policy/PodDisruptionBudget"],
        &[When(&[], Current, "AllowedDisruptions has been computed.")],
    ),
    rule(
        &["ConfigMap", "Secret", "batch/CronJob"],
        &[When(&[], Current, "Resource is always ready")],
    ),
    rule(&["bitnami.com/SealedSecret"], SEALED_SECRET),
];

const DEPLOYMENT: &[Step] = &[
    First(&[(
        Of {
            kind: "Progressing",
            status: None,
            reason: Reason::Is("ProgressDeadlineExceeded"),
        },
        Failed,
        "Progress deadline exceeded",
    )]),
    REPLICAS,
    When(
        &[Less("status.updatedReplicas", "spec.replicas")],
        InProgress,
        "Updated: {status.updatedReplicas}/{spec.replicas}",
    ),
    TOO_MANY,
    When(
        &[Less("status.availableReplicas", "status.updatedReplicas")],
        InProgress,
        "Available: {status.availableReplicas}/{status.updatedReplicas}",
    ),
    REPLICAS_READY,
    When(
        &[
            Limited("spec.progressDeadlineSeconds"),
            Lacks(Of {
                kind: "Progressing",
                status: Some("True"),
                reason: Reason::Is("NewReplicaSetAvailable"),
            }),
        ],
        InProgress,
        "ReplicaSet not Available",
    ),
    When(
        &[Lacks(of("Available", "True"))],
        InProgress,
        "Deployment not Available",
    ),
    When(
        &[],
        Current,
        "Deployment is available. Replicas: {status.replicas}",
    ),
];

const STATEFUL_SET: &[Step] = &[
    When(
        &[Is("spec.updateStrategy.type", "OnDelete")],
        Current,
        "StatefulSet is using the ondelete update strategy",
    ),
    REPLICAS,
    REPLICAS_READY,
    TOO_MANY,
    When(
        &[
            HasNumber("spec.updateStrategy.rollingUpdate.partition"),
            Less(
                "status.updatedReplicas",
                "spec.replicas - spec.updateStrategy.rollingUpdate.partition",
            ),
        ],
        InProgress,
        "updated: {status.updatedReplicas}/{spec.replicas - spec.updateStrategy.rollingUpdate.partition}",
    ),
    When(
        &[HasNumber("spec.updateStrategy.rollingUpdate.partition")],
        Current,
        "Partition rollout complete. updated: {status.updatedReplicas}",
    ),
    When(
        &[Less("status.currentReplicas", "spec.replicas")],
        InProgress,
        "current: {status.currentReplicas}/{spec.replicas}",
    ),
    When(
        &[Differ("status.currentRevision", "status.updateRevision")],
        InProgress,
        "Waiting for updated revision to match current",
    ),
    When(
        &[],
        Current,
        "All replicas scheduled as expected. Replicas: {status.replicas}",
    ),
];

const DAEMON_SET: &[Step] = &[
    When(
        &[Unset("metadata.generation")],
        InProgress,
        "{kind} metadata.generation not found",
    ),
    When(
        &[Unset("status.observedGeneration")],
        InProgress,
        "{kind} status.observedGeneration not found",
    ),
    When(
        &[NoNumber("status.desiredNumberScheduled")],
        InProgress,
        "Missing .status.desiredNumberScheduled",
    ),
    When(
        &[Less(
            "status.currentNumberScheduled",
            "status.desiredNumberScheduled",
        )],
        InProgress,
        "Current: {status.currentNumberScheduled}/{status.desiredNumberScheduled}",
    ),
    When(
        &[Less(
            "status.updatedNumberScheduled",
            "status.desiredNumberScheduled",
        )],
        InProgress,
        "Updated: {status.updatedNumberScheduled}/{status.desiredNumberScheduled}",
    ),
    When(
        &[Less(
            "status.numberAvailable",
            "status.desiredNumberScheduled",
        )],
        InProgress,
        "Available: {status.numberAvailable}/{status.desiredNumberScheduled}",
    ),
    When(
        &[Less("status.numberReady", "status.desiredNumberScheduled")],
        InProgress,
        "Ready: {status.numberReady}/{status.desiredNumberScheduled}",
    ),
    When(
        &[],
        Current,
        "All replicas scheduled as expected. Replicas: {status.desiredNumberScheduled}",
    ),
];

const REPLICA_SET: &[Step] = &[
    First(&[(
        of("ReplicaFailure", "True"),
        InProgress,
        "Replica Failure condition. Check Pods",
    )]),
    When(
        &[Less("status.fullyLabeledReplicas", "spec.replicas")],
        InProgress,
        "Labelled: {status.fullyLabeledReplicas}/{spec.replicas}",
    ),
    When(
        &[Less("status.availableReplicas", "spec.replicas")],
        InProgress,
        "Available: {status.availableReplicas}/{spec.replicas}",
    ),
    REPLICAS_READY,
    TOO_MANY,
    When(
        &[],
        Current,
        "ReplicaSet is available. Replicas: {status.replicas}",
    ),
];

const POD: &[Step] = &[
    When(
        &[Is("status.phase", "Succeeded")],
        Current,
        "Pod has completed successfully",
    ),
    When(
        &[Is("status.phase", "Failed")],
        Current,
        "Pod has completed, but not successfully",
    ),
    When(
        &[Is("status.phase", "Running"), Has(of("Ready", "True"))],
        Current,
        "Pod is Ready",
    ),
    When(
        &[Is("status.phase", "Running"), CrashLooping],
        Failed,
        "Containers in CrashLoop state: {containers}",
    ),
    When(
        &[Is("status.phase", "Running")],
        InProgress,
        "Pod is running but is not Ready",
    ),
    When(
        &[
            Is("status.phase", "Pending"),
            Has(UNSCHEDULABLE),
            YoungerThan(15),
        ],
        InProgress,
        "Pod has not been scheduled",
    ),
    When(
        &[Is("status.phase", "Pending"), Has(UNSCHEDULABLE)],
        Failed,
        "Pod could not be scheduled",
    ),
    When(
        &[Is("status.phase", "Pending")],
        InProgress,
        "Pod is in the Pending phase",
    ),
    When(
        &[Empty("status.phase")],
        InProgress,
        "Pod phase not available",
    ),
    When(&[], super::Status::Unknown, "unknown phase {status.phase}"),
];

/// Flux's own, where kstatus is content with a Job that runs.
const JOB: &[Step] = &[
    When(&[True("spec.suspend")], Current, "Job is suspended"),
    First(&[
        (
            of("Complete", "True"),
            Current,
            "Job Completed. succeeded: {status.succeeded}/{spec.completions}",
        ),
        (
            of("Failed", "True"),
            Failed,
            "Job Failed. failed: {status.failed}/{spec.completions}",
        ),
    ]),
    When(
        &[Empty("status.startTime")],
        InProgress,
        "Job not started. active: 0/{spec.parallelism}",
    ),
    When(
        &[],
        InProgress,
        "Job in progress. success:{status.succeeded}, active: {status.active}, failed: {status.failed}",
    ),
];

const DEFINITION: &[Step] = &[
    First(&[
        (of("NamesAccepted", "False"), Failed, "{message}"),
        (
            Of {
                kind: "Established",
                status: Some("False"),
                reason: Reason::IsNot("Installing"),
            },
            Failed,
            "{message}",
        ),
        (of("Established", "True"), Current, "CRD is established"),
    ]),
    When(&[], InProgress, "Install in progress"),
];

const CLAIM: &[Step] = &[
    When(&[Is("status.phase", "Bound")], Current, "PVC is Bound"),
    When(&[], InProgress, "PVC is not Bound. phase: {status.phase}"),
];

const SERVICE: &[Step] = &[
    When(
        &[Is("spec.type", "LoadBalancer"), Empty("spec.clusterIP")],
        InProgress,
        "ClusterIP not set. Service type: LoadBalancer",
    ),
    When(&[], Current, "Service is ready"),
];

/// Signet's own: kstatus knows no such kind, and would call it current before anybody has looked.
/// A Deployment must not start with the Secret of yesterday.
const SEALED_SECRET: &[Step] = &[
    When(
        &[Unset("status.observedGeneration")],
        InProgress,
        "SealedSecret is not unsealed yet",
    ),
    First(&[
        (of("Synced", "True"), Current, "SealedSecret is unsealed"),
        (of("Synced", "False"), Failed, "{message}"),
    ]),
    When(&[], InProgress, "SealedSecret is not unsealed yet"),
];

// === Steps and conditions that stand in several rules ===

const REPLICAS: Step = When(
    &[Less("status.replicas", "spec.replicas")],
    InProgress,
    "Replicas: {status.replicas}/{spec.replicas}",
);

const REPLICAS_READY: Step = When(
    &[Less("status.readyReplicas", "spec.replicas")],
    InProgress,
    "Ready: {status.readyReplicas}/{spec.replicas}",
);

const TOO_MANY: Step = When(
    &[Less("spec.replicas", "status.replicas")],
    InProgress,
    "Pending termination: {status.replicas - spec.replicas}",
);

const UNSCHEDULABLE: Of = Of {
    kind: "PodScheduled",
    status: Some("False"),
    reason: Reason::Is("Unschedulable"),
};

const fn of(kind: &'static str, status: &'static str) -> Of {
    Of {
        kind,
        status: Some(status),
        reason: Reason::Any,
    }
}

const fn rule(kinds: &'static [&'static str], steps: &'static [Step]) -> Rule {
    Rule {
        kinds,
        alone: false,
        steps,
    }
}

/// The rule of a kind, where it has one of its own.
pub(super) fn rule_of(group: &str, kind: &str) -> Option<&'static Rule> {
    let name = match group {
        "" => kind.to_owned(),
        group => format!("{group}/{kind}"),
    };
    RULES
        .iter()
        .find(|rule| rule.kinds.contains(&name.as_str()))
}
