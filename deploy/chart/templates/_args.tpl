{{/*
The controller's arguments. What is as the controller has it anyway is not said.
*/}}

{{/* k=v,k=v: (list "value's name" map). */}}
{{- define "signet.pairs" -}}
{{- $name := index . 0 -}}
{{- $pairs := list -}}
{{- range $key, $value := index . 1 -}}
{{- if not (and (kindIs "string" $value) $value) -}}
{{- fail (printf "%s.%s: write a text, in quotes" $name $key) -}}
{{- end -}}
{{- if contains "," $value -}}
{{- fail (printf "%s.%s: a comma cannot be passed to the controller" $name $key) -}}
{{- end -}}
{{- $pairs = append $pairs (printf "%s=%s" $key $value) -}}
{{- end -}}
{{- join "," $pairs -}}
{{- end -}}

{{- define "signet.args" -}}
{{- $v := .Values -}}
{{- $ports := $v.containerPorts -}}
{{- $kinds := splitList " " (include "signet.kinds" .) -}}
{{- $others := include "signet.otherNamespaces" . -}}
{{- $args := list (printf "--listen-addr=0.0.0.0:%v" $ports.http) (printf "--storage-addr=0.0.0.0:%v" $ports.artifacts) (printf "--webhooks-addr=0.0.0.0:%v" $ports.webhooks) "--storage-path=/data" "--build-path=/rooms" -}}
{{- if or $v.leaderElect $v.asFlux $v.fluxNamespace (gt (int $v.replicaCount) 1) }}{{ $args = append $args "--leader-elect" }}{{ end -}}
{{- if $v.rollWorkloads }}{{ $args = append $args (printf "--roll-workloads=%s" $v.rollWorkloads) }}{{ end -}}
{{- if $v.copySealedSecrets }}{{ $args = append $args "--copy-sealed-secrets" }}{{ end -}}
{{- if lt (len $kinds) 4 }}{{ $args = append $args (printf "--kinds=%s" (join "," $kinds)) }}{{ end -}}
{{- if $others -}}
{{- $args = append $args (printf "--additional-namespaces=%s" $others) -}}
{{- else if or $v.rbac.namespacedRoles (not $v.allNamespaces) $v.additionalNamespaces -}}
{{- $args = append $args "--all-namespaces=false" -}}
{{- end -}}
{{- if $v.tls.enabled -}}
{{- $args = concat $args (list "--tls-cert=/tls/tls.crt" "--tls-key=/tls/tls.key") -}}
{{- if $v.tls.optional }}{{ $args = append $args "--tls-optional" }}{{ end -}}
{{- end -}}
{{- $address := $v.artifacts.address -}}
{{- if not (or $address (eq (include "signet.internalService" .) "signet-controller")) -}}
{{- $address = printf "%s.%s.svc.cluster.local." (include "signet.internalService" .) (include "signet.namespace" .) -}}
{{- end -}}
{{- $own := $v.ownServiceAccount.name -}}
{{- $texts := list
  (list "storage-adv-addr" (ternary $address "" (eq "true" (include "signet.worksOn" (list . "gitrepository")))))
  (list "listen-metrics-addr" (eq (toString $ports.metrics) "8081" | ternary "" (printf "0.0.0.0:%v" $ports.metrics)))
  (list "own-service-account" (eq $own "signet-apply" | ternary "" $own))
  (list "default-service-account" $v.defaultServiceAccount)
  (list "source-hosts" (join "," $v.sourceHosts))
  (list "template-rules" $v.templateRules)
  (list "plain-secrets" $v.plainSecrets)
  (list "prune-budget" $v.pruneBudget)
  (list "verify-every" $v.verifyEvery)
  (list "sops-mac" $v.sopsMac)
  (list "override-manager" (join "," $v.overrideManagers))
  (list "flux-namespace" $v.fluxNamespace)
  (list "events-addr" $v.eventsAddress)
  (list "interval-jitter-percentage" $v.intervalJitterPercentage)
  (list "min-retry-delay" $v.minRetryDelay)
  (list "max-retry-delay" $v.maxRetryDelay)
  (list "requeue-dependency" $v.requeueDependency)
  (list "kustomize" $v.build.kustomize)
  (list "build-timeout" $v.build.timeout)
  (list "build-memory" $v.build.memory)
  (list "concurrent-builds" $v.build.concurrent)
  (list "sandbox" $v.build.sandbox)
  (list "concurrent" $v.concurrent)
  (list "concurrent-apply" $v.concurrentApply)
  (list "artifact-retention-ttl" $v.artifacts.retentionTtl)
  (list "artifact-retention-records" $v.artifacts.retentionRecords)
  (list "label-selector" $v.labelSelector)
  (list "max-unseal-retries" $v.maxRetries)
  (list "key-prefix" (eq $v.secretName "sealed-secrets-key" | ternary "" $v.secretName))
  (list "key-renew-period" $v.keyrenewperiod)
  (list "key-ttl" $v.keyttl)
  (list "key-cutoff-time" $v.keycutofftime)
  (list "key-size" $v.keySize)
  (list "key-order-priority" $v.keyOrderPriority)
  (list "my-cn" $v.myCn)
  (list "privatekey-labels" (include "signet.pairs" (list "privateKeyLabels" $v.privateKeyLabels)))
  (list "privatekey-annotations" (include "signet.pairs" (list "privateKeyAnnotations" $v.privateKeyAnnotations)))
  (list "rate-limit" $v.rateLimit)
  (list "rate-limit-burst" $v.rateLimitBurst)
  (list "read-timeout" $v.readTimeout)
  (list "write-timeout" $v.writeTimeout)
  (list "kubeclient-qps" $v.kubeClientQPS)
  (list "kubeclient-burst" $v.kubeClientBurst)
  (list "log-level" $v.logLevel)
  (list "log-format" (default ($v.asFlux | ternary "json" "") $v.logFormat))
-}}
{{- range $texts -}}
{{- $text := toString (index . 1) -}}
{{- if and $text (ne $text "<nil>") }}{{ $args = append $args (printf "--%s=%s" (index . 0) $text) }}{{ end -}}
{{- end -}}
{{- $truths := list
  (list "watch-all-namespaces" true $v.watchAllNamespaces)
  (list "update-status" true $v.updateStatus)
  (list "accept-deprecated-v1-data" true $v.acceptDeprecatedV1Data)
  (list "log-info-stdout" true $v.logInfoStdout)
  (list "skip-recreate" false $v.skipRecreate)
  (list "old-gc-behavior" false $v.oldGcBehavior)
  (list "no-cross-namespace-refs" false $v.noCrossNamespaceRefs)
  (list "strict-substitution" true $v.strictSubstitution)
  (list "metrics-omit-secret-labels" false $v.metrics.omitSecretLabels)
-}}
{{- range $truths -}}
{{- if ne (index . 1) (index . 2) }}{{ $args = append $args (printf "--%s=%t" (index . 0) (index . 2)) }}{{ end -}}
{{- end -}}
{{- if $v.requireToken }}{{ $args = append $args "--require-token" }}{{ end -}}
{{- if $v.dangerAcceptThePublishedExampleKey }}{{ $args = append $args "--danger-accept-the-published-example-key" }}{{ end -}}
{{- range $v.extraArgs }}{{ $args = append $args (tpl (toString .) $) }}{{ end -}}
{{ toYaml $args }}
{{- end -}}
