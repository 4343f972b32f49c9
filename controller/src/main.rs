//! Unseals SealedSecrets and keeps a cluster equal to a Git repository.
fn main() {}
