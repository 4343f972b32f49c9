//! For tests: a fixed clock, a seeded rng, a repository from a string.
