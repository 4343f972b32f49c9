//! What the test files share: keys, the table of cases, the vectors, and SOPS itself as the judge.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test may panic"
)]

pub mod cases;
pub mod go;
pub mod trees;

use std::path::{Path, PathBuf};

use signet_sops::Identities;

/// Who opens the vectors: one identity of each kind, one more, and one for whom nothing is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    X25519,
    Hybrid,
    Second,
    Stranger,
}

impl Who {
    fn file(self) -> &'static str {
        match self {
            Self::X25519 => "x25519",
            Self::Hybrid => "hybrid",
            Self::Second => "second",
            Self::Stranger => "stranger",
        }
    }

    /// The file of the identity.
    pub fn text(self) -> String {
        let file = directory().join("keys").join(self.file());
        std::fs::read_to_string(file.with_extension("agekey")).unwrap()
    }

    pub fn recipient(self) -> String {
        let identities = identities(&[self]);
        identities.recipients().next().unwrap().to_owned()
    }
}

/// These identities together.
pub fn identities(of: &[Who]) -> Identities {
    let mut identities = Identities::new();
    for who in of {
        assert_eq!(identities.add(who.text().as_bytes()), Ok(1));
    }
    identities
}

/// Where the vectors are.
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/sops")
}

/// A vector as SOPS encrypted it.
pub fn encrypted(name: &str) -> Vec<u8> {
    std::fs::read(directory().join(name)).unwrap()
}

/// The same as SOPS decrypted it.
pub fn plain(name: &str) -> Vec<u8> {
    std::fs::read(directory().join(format!("{name}.plain"))).unwrap()
}

/// What Kubernetes reads of YAML, or of JSON.
pub fn as_kubernetes_reads(bytes: &[u8]) -> Vec<serde_json::Value> {
    let documents = signet_yaml::read(bytes, &signet_yaml::Budget::default()).unwrap();
    documents
        .into_iter()
        .map(signet_yaml::Document::into_json)
        .collect()
}
