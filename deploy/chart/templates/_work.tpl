{{/*
What the controller works on, where, and what it may do for that.
*/}}

{{/* The kinds, in the order of `signet install`, separated by spaces. */}}
{{- define "signet.kinds" -}}
{{- $all := list "sealedsecret" "gitrepository" "kustomization" "receiver" -}}
{{- $wanted := .Values.kinds -}}
{{- if not $wanted -}}
{{- $wanted = .Values.rbac.namespacedRoles | ternary (list "sealedsecret") $all -}}
{{- end -}}
{{- $kinds := list -}}
{{- range $all }}{{ if has . $wanted }}{{ $kinds = append $kinds . }}{{ end }}{{ end -}}
{{- join " " $kinds -}}
{{- end -}}

{{/* "true" if the kind is among them: (list $ "kustomization"). */}}
{{- define "signet.worksOn" -}}
{{- if has (index . 1) (splitList " " (include "signet.kinds" (index . 0))) }}true{{ end -}}
{{- end -}}

{{/* The namespaces that are named besides the controller's own, separated by commas. */}}
{{- define "signet.otherNamespaces" -}}
{{- $own := include "signet.namespace" . -}}
{{- $others := list -}}
{{- range .Values.additionalNamespaces }}
{{- $name := tpl . $ -}}
{{- if not (regexMatch "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" $name) -}}
{{- fail (printf "additionalNamespaces: %q is no name of a namespace" $name) -}}
{{- end -}}
{{- if and (ne $name $own) (not (has $name $others)) }}{{ $others = append $others $name }}{{ end -}}
{{- end -}}
{{- join "," $others -}}
{{- end -}}

{{/* The parts of the controller's role, as files/rbac has them, separated by spaces. */}}
{{- define "signet.parts" -}}
{{- $parts := list "read-secrets" "events" -}}
{{- if include "signet.worksOn" (list . "sealedsecret") -}}
{{- $parts = append $parts "sealedsecret" -}}
{{- if .Values.oldGcBehavior }}{{ $parts = append $parts "delete-secrets" }}{{ end -}}
{{- if .Values.copySealedSecrets }}{{ $parts = append $parts "copies" }}{{ end -}}
{{- if .Values.rollWorkloads }}{{ $parts = append $parts "roll" }}{{ end -}}
{{- if not .Values.rbac.namespacedRoles }}{{ $parts = append $parts "reviews" }}{{ end -}}
{{- end -}}
{{- range list "gitrepository" "kustomization" "receiver" -}}
{{- if include "signet.worksOn" (list $ .) }}{{ $parts = append $parts . }}{{ end -}}
{{- end -}}
{{- join " " $parts -}}
{{- end -}}

{{/* Rules of RBAC: (list $ "part part …"). */}}
{{- define "signet.rules" -}}
{{- $context := index . 0 -}}
{{- $rules := list -}}
{{- range splitList " " (index . 1) -}}
{{- $rules = concat $rules ($context.Files.Get (printf "files/rbac/%s.yaml" .) | fromYamlArray) -}}
{{- end -}}
{{ toYaml $rules }}
{{- end -}}

{{/* The rules by which a Service is reached through the API server: (list $ name). */}}
{{- define "signet.proxyRules" -}}
{{ (index . 0).Files.Get "files/rbac/proxy.yaml" | replace "SERVICE" (index . 1) | fromYamlArray | toYaml }}
{{- end -}}

{{/* The controller's account as a subject of a binding. */}}
{{- define "signet.subject" -}}
- kind: ServiceAccount
  name: {{ include "signet.serviceAccountName" . }}
  namespace: {{ include "signet.namespace" . }}
{{- end -}}
