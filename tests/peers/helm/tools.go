//go:build tools

// Package peer pins helm; it has no code.
package peer

import _ "helm.sh/helm/v4/cmd/helm"
