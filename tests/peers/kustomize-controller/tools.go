//go:build tools

// Package peer pins Flux's kustomize-controller; it has no code.
package peer

import _ "github.com/fluxcd/kustomize-controller"
