//! Writes `keys-example/`: a worthless key pair, and what is sealed for it in each scope.
//!
//! `cargo run -p signet-seal --example publish_keys -- keys-example`
//!
//! The key is made only if there is none; the Secrets in `secrets/` are read.
#![allow(clippy::print_stdout)] // a program for maintainers, not a room of the house

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};
use signet_api::names::{KEY_ACTIVE, KEY_LABEL};
use signet_seal::format::bitnami;
use signet_seal::secret::{SealOptions, seal_secret};
use signet_seal::{Certificate, KeyOptions, PrivateKey, Scope, generate, text};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let directory = PathBuf::from(std::env::args_os().nth(1).ok_or("name the directory")?);
    if !directory.join("tls.key").exists() {
        make_key(&directory)?;
    }
    let certificate = fs::read(directory.join("tls.crt"))?;
    let key = fs::read(directory.join("tls.key"))?;
    write(
        &directory.join("key-secret.yaml"),
        DANGER,
        &[key_secret(&certificate, &key)],
    )?;
    let certificate = Certificate::from_pem(&certificate)?;
    for scope in [Scope::Strict, Scope::NamespaceWide, Scope::ClusterWide] {
        let file = directory.join("sealed").join(format!("{scope}.yaml"));
        write(&file, "", &seal_all(&directory, &certificate, scope)?)?;
    }
    println!("{}", PrivateKey::from_pem(&key)?.fingerprint());
    Ok(())
}

const DANGER: &str = "# DANGER: this private key is published. Whatever is sealed for it, anybody can \
                      read.\n# Never apply this to a cluster that holds a real secret.\n";

fn make_key(directory: &Path) -> Result<()> {
    let pair = generate(&KeyOptions {
        bits: 4096,
        common_name: "worthless-published-example-key".to_owned(),
        not_before: "2026-01-01T00:00:00Z".parse()?,
        ttl: SignedDuration::from_hours(24 * 36_525),
    })?;
    fs::write(directory.join("tls.crt"), pair.certificate.pem())?;
    fs::write(
        directory.join("tls.key"),
        pair.key.to_pem_pkcs1().as_bytes(),
    )?;
    Ok(())
}

fn key_secret(certificate: &[u8], key: &[u8]) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {"name": "published-example-key", "labels": {KEY_LABEL: KEY_ACTIVE}},
        "data": {"tls.crt": text::encode(certificate), "tls.key": text::encode(key)}
    })
}

fn seal_all(directory: &Path, certificate: &Certificate, scope: Scope) -> Result<Vec<Value>> {
    let sealer = bitnami::sealer(certificate)?;
    let mut rng = ChaCha20Rng::from_seed(seed()?);
    let options = SealOptions {
        scope: Some(scope),
        ..SealOptions::default()
    };
    let mut files: Vec<_> =
        fs::read_dir(directory.join("secrets"))?.collect::<std::io::Result<_>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    let mut sealed = Vec::new();
    for file in files {
        let documents =
            signet_yaml::read(&fs::read(file.path())?, &signet_yaml::Budget::default())?;
        for document in documents {
            sealed.push(seal_secret(document.to_json(), &options, &*sealer, &mut rng)?.to_value());
        }
    }
    Ok(sealed)
}

fn seed() -> Result<[u8; 32]> {
    let mut seed = [0; 32];
    aws_lc_rs::rand::fill(&mut seed)?;
    Ok(seed)
}

fn write(file: &Path, comment: &str, documents: &[Value]) -> Result<()> {
    let text: String = documents
        .iter()
        .map(|one| format!("---\n{}", signet_yaml::write(one)))
        .collect();
    fs::write(file, format!("{comment}{text}"))?;
    Ok(())
}
