//go:build tools

// Package peer pins Flux's notification-controller; it has no code.
package peer

import _ "github.com/fluxcd/notification-controller"
