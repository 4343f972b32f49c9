//! For tests: a repository from a string, and the servers that serve it over http, https and ssh.

pub mod git_repo;
pub mod git_server;
pub mod sshd;
pub mod tls_front;
