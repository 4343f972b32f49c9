//go:build tools

// Package peer pins kubeseal and the sealed-secrets controller; it has no code.
package peer

import (
	_ "github.com/bitnami-labs/sealed-secrets/cmd/controller"
	_ "github.com/bitnami-labs/sealed-secrets/cmd/kubeseal"
)
