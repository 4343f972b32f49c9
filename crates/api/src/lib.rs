//! Words: what Signet says to Kubernetes and to itself.
