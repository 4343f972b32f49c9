//go:build tools

// Package peer pins Flux's source-controller; it has no code.
package peer

import _ "github.com/fluxcd/source-controller"
