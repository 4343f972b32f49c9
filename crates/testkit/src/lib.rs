//! For tests: a repository from a string, the servers that serve it over http, https and ssh, and
//! Flux as the judge of what we answer.

pub mod dice;
pub mod git_repo;
pub mod git_server;
pub mod go_flux;
pub mod sshd;
pub mod tls_front;
