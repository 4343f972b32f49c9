{{/*
Names. The rules are those of the sealed-secrets chart, so that a release of it can be taken over;
what differs is that a bare "signet" becomes the names that `signet install` gives.
*/}}

{{- define "signet.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "signet.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := .Values.fullnameOverride -}}
{{- if not $full -}}
{{- $full = ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- end -}}
{{- $full = eq $full "signet" | ternary "signet-controller" $full -}}
{{- $full | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What the names of small roles begin with. */}}
{{- define "signet.prefix" -}}
{{- $full := include "signet.fullname" . -}}
{{- eq $full "signet-controller" | ternary "signet" $full -}}
{{- end -}}

{{/*
Name of the controller's own roles. A binding has the name of its role, because what a binding refers
to can never be changed; and this name is never one of the sealed-secrets chart's.
*/}}
{{- define "signet.roleName" -}}
{{- $full := include "signet.fullname" . -}}
{{- hasPrefix "signet" $full | ternary $full (printf "signet-%s" $full) | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "signet.clusterRoleName" -}}
{{- default (include "signet.roleName" .) .Values.rbac.clusterRoleName -}}
{{- end -}}

{{- define "signet.namespace" -}}
{{- default .Release.Namespace .Values.namespace -}}
{{- end -}}

{{- define "signet.serviceAccountName" -}}
{{- $own := .Values.serviceAccount.create | ternary (include "signet.fullname" .) "default" -}}
{{- default $own .Values.serviceAccount.name -}}
{{- end -}}

{{/* The Service that has artifacts and calls of Git servers: the main one, unless that is open to more than the cluster. */}}
{{- define "signet.internalService" -}}
{{- $full := include "signet.fullname" . -}}
{{- eq .Values.service.type "ClusterIP" | ternary $full (printf "%s-internal" $full) -}}
{{- end -}}

{{/*
Another Service name to answer to, or nothing.
*/}}
{{- define "signet.alias" -}}
{{- $peer := "sealed-secrets-controller" -}}
{{- if and .Values.asSealedSecrets (ne (include "signet.fullname" .) $peer) -}}
{{- $peer -}}
{{- end -}}
{{- end -}}

{{- define "signet.matchLabels" -}}
app.kubernetes.io/name: {{ include "signet.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "signet.labels" -}}
{{ include "signet.matchLabels" . }}
app.kubernetes.io/part-of: signet
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{/* By these the flux command line finds what is Flux's. Never on the definition of SealedSecrets: flux uninstall deletes what bears them. */}}
{{- define "signet.fluxLabels" -}}
app.kubernetes.io/part-of: flux
{{- end -}}

{{/* A value in which templates are rendered. */}}
{{- define "signet.render" -}}
{{- $text := kindIs "string" .value | ternary .value (toYaml .value) -}}
{{- tpl $text .context -}}
{{- end -}}

{{/*
The metadata of an object: (dict "context" $ "name" … "namespace" … "labels" (list …) "annotations" (list …)).
Later maps count before earlier ones; no key stands twice.
*/}}
{{- define "signet.metadata" -}}
{{- $context := .context -}}
{{- $labels := include "signet.labels" $context | fromYaml -}}
{{- range append (default list .labels) $context.Values.commonLabels -}}
{{- $labels = mergeOverwrite $labels (include "signet.render" (dict "value" (default dict .) "context" $context) | fromYaml) -}}
{{- end -}}
{{- $annotations := dict -}}
{{- range append (default list .annotations) $context.Values.commonAnnotations -}}
{{- $annotations = mergeOverwrite $annotations (include "signet.render" (dict "value" (default dict .) "context" $context) | fromYaml) -}}
{{- end -}}
{{- $metadata := dict "name" .name "labels" $labels -}}
{{- with .namespace }}{{ $metadata = set $metadata "namespace" . }}{{ end -}}
{{- with $annotations }}{{ $metadata = set $metadata "annotations" . }}{{ end -}}
{{ toYaml $metadata }}
{{- end -}}

{{/*
The image. The sealed-secrets controller's own cannot run here: as the default of that chart it was
nobody's choice, and ours is taken instead.
*/}}
{{- define "signet.image" -}}
{{- $image := .Values.image -}}
{{- $registry := $image.registry -}}
{{- $repository := $image.repository -}}
{{- $tag := default .Chart.AppVersion $image.tag -}}
{{- $digest := $image.digest -}}
{{- if eq (base $repository) "sealed-secrets-controller" -}}
{{- if not (has $registry (list "docker.io" "quay.io" "ghcr.io" "signet.dev" "")) -}}
{{- fail (printf "image: %s/%s is an image of the sealed-secrets controller; set image.repository to where your registry has signet-controller, and image.tag to its tag" $registry $repository) -}}
{{- end -}}
{{- $registry = "signet.dev" -}}
{{- $repository = "signet-controller" -}}
{{- $tag = .Chart.AppVersion -}}
{{- $digest = "" -}}
{{- end -}}
{{- $name := empty $registry | ternary $repository (printf "%s/%s" $registry $repository) -}}
{{- empty $digest | ternary (printf "%s:%s" $name $tag) (printf "%s@%s" $name $digest) -}}
{{- end -}}
