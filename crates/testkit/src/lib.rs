//! For tests: a fixed clock, a seeded rng, a repository from a string.

pub mod git_repo;
pub mod git_server;
