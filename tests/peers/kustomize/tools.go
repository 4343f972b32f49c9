//go:build tools

// Package peer pins kustomize; it has no code.
package peer

import _ "sigs.k8s.io/kustomize/kustomize/v5"
