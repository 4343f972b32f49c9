//! Who may speak to the control plane: static tokens, ServiceAccount tokens, kubeconfigs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::ControlPlane;
use crate::kubectl::Kubectl;

/// A user with a static token, as `--token-auth-file` knows it.
#[derive(Clone, Debug)]
pub struct User {
    /// The name, as RBAC sees it. It is the token too: loopback only, for one test's time.
    pub name: String,
    /// The groups, as RBAC sees them.
    pub groups: Vec<String>,
}

impl User {
    /// A user of no group.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            groups: Vec::new(),
        }
    }
}

impl ControlPlane {
    /// A token of a ServiceAccount, by TokenRequest, as a Pod would have; good for an hour.
    ///
    /// # Errors
    /// When there is no such ServiceAccount.
    pub fn service_account_token(&self, namespace: &str, name: &str) -> Result<String> {
        let arguments = ["create", "token", name, "--namespace", namespace];
        Ok(self.kubectl().run(&arguments)?.trim().to_owned())
    }

    /// A kubeconfig, beside the administrator's, for whoever holds `token`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn kubeconfig_for(&self, who: &str, token: &str) -> Result<PathBuf> {
        let text = fs::read_to_string(self.kubeconfig())?;
        let mut config: serde_json::Value = serde_json::from_str(&text)?;
        config["users"][0]["user"] = json!({ "token": token });
        let path = self.directory().join(format!("kubeconfig-{who}"));
        replace(&path, &config.to_string())?;
        Ok(path)
    }

    /// kubectl as a ServiceAccount, which RBAC decides about as about any other client.
    ///
    /// # Errors
    /// As [`Self::service_account_token`].
    pub fn kubectl_as(&self, namespace: &str, service_account: &str) -> Result<Kubectl> {
        let token = self.service_account_token(namespace, service_account)?;
        let who = format!("{namespace}-{service_account}");
        Ok(self
            .kubectl()
            .with_kubeconfig(self.kubeconfig_for(&who, &token)?))
    }
}

/// Writes the token file and the key that signs ServiceAccount tokens.
pub(super) fn prepare(directory: &Path, users: &[User]) -> Result<()> {
    let tokens = directory.join("tokens.csv");
    if !tokens.exists() {
        let mut lines = format!("{},admin,admin,\"system:masters\"\n", random_token()?);
        for User { name, groups } in users {
            lines.push_str(&format!("{name},{name},{name},\"{}\"\n", groups.join(",")));
        }
        replace(&tokens, &lines)?;
    }
    let key = directory.join("service-account.pem");
    if !key.exists() {
        let (private, public) = signing_key()?;
        replace(&directory.join("service-account.pub"), &public)?;
        replace(&key, &private)?;
    }
    Ok(())
}

/// A kubeconfig is YAML, and JSON is YAML; a client reads either.
pub(super) fn write_kubeconfig(directory: &Path, port: u16) -> Result<()> {
    let certificate = directory.join("certificates/apiserver.crt");
    let authority = fs::read(&certificate).with_context(|| format!("{}", certificate.display()))?;
    let tokens = fs::read_to_string(directory.join("tokens.csv"))?;
    let token = tokens.split(',').next().unwrap_or_default();
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "signet",
        "contexts": [{ "name": "signet", "context": { "cluster": "signet", "user": "admin" } }],
        "clusters": [{ "name": "signet", "cluster": {
            "server": format!("https://127.0.0.1:{port}"),
            "certificate-authority-data": STANDARD.encode(authority),
        } }],
        "users": [{ "name": "admin", "user": { "token": token } }],
    });
    replace(&directory.join("kubeconfig"), &config.to_string())
}

/// Nobody ever reads half a file.
fn replace(path: &Path, content: &str) -> Result<()> {
    let directory = path.parent().context("a file stands in a directory")?;
    let scratch = tempfile::NamedTempFile::new_in(directory)?;
    fs::write(scratch.path(), content)?;
    scratch.persist(path)?;
    Ok(())
}

fn random_token() -> Result<String> {
    let mut bytes = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut bytes).context("the system gives no randomness")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The private and the public half, as PEM; the API server wants each in a file of its own.
fn signing_key() -> Result<(String, String)> {
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let unspecified = |_| anyhow!("no key for ServiceAccount tokens");
    let key = EcdsaKeyPair::generate(algorithm).map_err(unspecified)?;
    let public = key.public_key().as_der().map_err(unspecified)?;
    let private = key.to_pkcs8v1().map_err(unspecified)?;
    Ok((
        pem("PRIVATE KEY", private.as_ref()),
        pem("PUBLIC KEY", public.as_ref()),
    ))
}

fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for (at, character) in STANDARD.encode(der).char_indices() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text + &format!("\n-----END {label}-----\n")
}
