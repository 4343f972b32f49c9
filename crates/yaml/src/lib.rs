//! Judgement: YAML exactly as Kubernetes reads it.
