{{/*
What cannot be done as asked is refused, with what to do instead.
*/}}
{{- define "signet.checks" -}}
{{- $v := .Values -}}
{{- $kinds := splitList " " (include "signet.kinds" .) -}}
{{- if $v.rbac.pspEnabled -}}
{{- fail "rbac.pspEnabled: PodSecurityPolicy is gone from Kubernetes since 1.25; set it to false. The pod meets the standard \"restricted\": label its namespace pod-security.kubernetes.io/enforce=restricted" -}}
{{- end -}}
{{- if and $v.rbac.create $v.rbac.namespacedRoles $v.rbac.clusterRole -}}
{{- fail "rbac: namespacedRoles is instead of a ClusterRole; set rbac.clusterRole to false as well" -}}
{{- end -}}
{{- if and $v.rbac.create (not $v.rbac.namespacedRoles) (not $v.rbac.clusterRole) (not $v.rbac.clusterRoleName) -}}
{{- fail "rbac.clusterRole: without it, name a ClusterRole of yours in rbac.clusterRoleName to be bound, or set rbac.namespacedRoles to true" -}}
{{- end -}}
{{- if and $v.rbac.namespacedRoles (ne (join "," $kinds) "sealedsecret") -}}
{{- fail (printf "kinds: %s are looked after in the whole cluster, which rbac.namespacedRoles does not allow; leave sealedsecret alone, or set rbac.namespacedRoles to false and rbac.clusterRole to true" (join ", " (without $kinds "sealedsecret"))) -}}
{{- end -}}
{{- if and $v.copySealedSecrets (or $v.rbac.namespacedRoles (not $v.allNamespaces) $v.additionalNamespaces) -}}
{{- fail "copySealedSecrets: it is for who looks after all namespaces; leave out additionalNamespaces and rbac.namespacedRoles, and set allNamespaces to true" -}}
{{- end -}}
{{- with $v.kubeVersion -}}
{{- if semverCompare "<1.25-0" (toString .) -}}
{{- fail (printf "kubeVersion: %v is older than 1.25, the oldest that is supported" .) -}}
{{- end -}}
{{- end -}}
{{- if gt (int $v.replicaCount) 1 -}}
{{- if and $v.args (not (has "--leader-elect" $v.args)) -}}
{{- fail "args: with replicaCount above 1 they have to have --leader-elect in them, or two controllers write at once" -}}
{{- end -}}
{{- end -}}
{{- if and (eq (int $v.replicaCount) 1) (not $v.leaderElect) (eq (default "" (default dict $v.strategy).type) "RollingUpdate") -}}
{{- fail "strategy: RollingUpdate lets two controllers overlap, and two that do not agree on a leader would make two first keys; set leaderElect to true" -}}
{{- end -}}
{{- if $v.tls.enabled -}}
{{- if not $v.tls.secretName -}}
{{- fail "tls.secretName: name the Secret, of type kubernetes.io/tls, with the certificate" -}}
{{- end -}}
{{- if and (not $v.tls.optional) (or $v.asSealedSecrets (hasPrefix "sealed-secrets" (include "signet.fullname" .))) -}}
{{- fail "tls.optional: without it the stock kubeseal, which speaks plain HTTP through the API server, gets no answer from a Service that has the name it asks for; set it to true" -}}
{{- end -}}
{{- end -}}
{{- with $v.networkPolicy.egress -}}
{{- if and $v.networkPolicy.enabled .enabled -}}
{{- if and (or (has "gitrepository" $kinds) (has "kustomization" $kinds)) (not .extra) -}}
{{- fail "networkPolicy.egress: it lets the controller reach the API server alone, and sources are fetched from elsewhere; allow name servers and the hosts of Git in networkPolicy.egress.extra, or set kinds to [sealedsecret]" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $min := toString $v.pdb.minAvailable -}}
{{- $max := toString $v.pdb.maxUnavailable -}}
{{- if and $v.pdb.create $min $max -}}
{{- fail "pdb: Kubernetes takes one of the two; set pdb.minAvailable to \"\" to use pdb.maxUnavailable" -}}
{{- end -}}
{{- if and $v.createController $v.ingress.enabled $v.ingress.tls $v.ingress.selfSigned $v.ingress.secrets -}}
{{- range $v.ingress.secrets -}}
{{- if eq .name (printf "%s-tls" $v.ingress.hostname) -}}
{{- fail (printf "ingress.secrets: %s is the one that ingress.selfSigned makes; take one of them" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
