//! Seals Kubernetes Secrets so that they can be committed; rotates, checks and explains them.
fn main() {}
