//! Kinds that have no status: that an object of them is there is all that can be waited for.

/// The kinds of Kubernetes itself without a status, by group.
const WITHOUT_STATUS: [(&str, &[&str]); 11] = [
    (
        "",
        &[
            "ConfigMap",
            "Endpoints",
            "LimitRange",
            "Secret",
            "ServiceAccount",
        ],
    ),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    ("apps", &["ControllerRevision"]),
    ("coordination.k8s.io", &["Lease"]),
    ("discovery.k8s.io", &["EndpointSlice"]),
    ("networking.k8s.io", &["IngressClass", "NetworkPolicy"]),
    ("node.k8s.io", &["RuntimeClass"]),
    (
        "rbac.authorization.k8s.io",
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
    ),
    ("scheduling.k8s.io", &["PriorityClass"]),
    ("storage.k8s.io", &["CSIDriver", "StorageClass"]),
    ("events.k8s.io", &["Event"]),
];

/// Whether objects of this group and kind have no status.
pub fn has_no_status((group, kind): (&str, &str)) -> bool {
    WITHOUT_STATUS
        .iter()
        .any(|(of, kinds)| *of == group && kinds.contains(&kind))
}
