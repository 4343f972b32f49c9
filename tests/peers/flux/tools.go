//go:build tools

// Package peer pins the flux command by its module only: the command embeds files that its release
// makes, so it is built from a copy of its own tree (tests/src/tools/build.rs), with its own go.mod.
package peer
