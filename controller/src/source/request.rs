//! What a GitRepository asks for, with the credentials of its Secret.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use signet_api::{GitRepository, duration};
use signet_cluster::SecretObject;
use signet_engine::tree::RepoPath;
use signet_source::{Credentials, CredentialsError, Reference, Request, Selection, Tls};
use zeroize::Zeroizing;

use super::status::Look;
use crate::wake::Key;
use crate::world::World;

/// The decoded values of a Secret, wiped when dropped.
type SecretData = BTreeMap<String, Zeroizing<Vec<u8>>>;

/// Flux's default bound of one look.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Puts the request together.
///
/// # Errors
/// A look that failed: the Secret is missing or lacks what the URL needs.
pub async fn of(world: &World, key: &Key, repository: &GitRepository) -> Result<Request, Look> {
    let spec = &repository.spec;
    let (credentials, tls) = match &spec.secret_ref {
        None => (Credentials::None, Tls::default()),
        Some(secret) => credentials(world, key, &secret.name, &spec.url).await?,
    };
    Ok(Request {
        url: spec.url.clone(),
        reference: reference(repository),
        selection: selection(repository)?,
        credentials,
        tls,
        timeout: spec
            .timeout
            .as_deref()
            .and_then(duration::parse)
            .unwrap_or(TIMEOUT),
    })
}

async fn credentials(
    world: &World,
    key: &Key,
    secret: &str,
    url: &str,
) -> Result<(Credentials, Tls), Look> {
    let failed = |message: String| Look::failed("AuthenticationFailed", message);
    let found = world.cluster.get_secret(&key.namespace, secret).await;
    let object =
        found.map_err(|error| failed(format!("Secret {}/{secret}: {error}", key.namespace)))?;
    let object = object.ok_or_else(|| {
        failed(format!(
            "Secret {}/{secret} does not exist; spec.secretRef.name names it",
            key.namespace
        ))
    })?;
    let data = values(&object);
    let wrong =
        |error: CredentialsError| failed(format!("Secret {}/{secret}: {error}", key.namespace));
    let tls = Tls::from_secret(&data).map_err(wrong)?;
    Ok((Credentials::from_secret(url, data).map_err(wrong)?, tls))
}

fn values(secret: &SecretObject) -> SecretData {
    let keys = secret.body.get("data").and_then(Value::as_object);
    let keys = keys
        .map(|data| data.keys().cloned().collect::<Vec<_>>())
        .unwrap_or_default();
    keys.into_iter()
        .filter_map(|key| secret.value(&key).map(|value| (key, value)))
        .collect()
}

/// `./` in front of a directory is allowed, as Flux has it.
fn selection(repository: &GitRepository) -> Result<Selection, Look> {
    let parse = |text: &String| {
        RepoPath::parse(text).map_err(|error| {
            Look::stalled(
                "GitOperationFailed",
                format!("spec.sparseCheckout: {error}"),
            )
        })
    };
    let spec = &repository.spec;
    let sparse: Result<Vec<_>, _> = spec.sparse_checkout.iter().map(parse).collect();
    Ok(Selection {
        ignore: spec.ignore.clone(),
        sparse: sparse?,
    })
}

/// The first of commit, name, tag, branch; `master` if nothing is set, as Flux has it.
fn reference(repository: &GitRepository) -> Reference {
    let given = repository.spec.reference.clone().unwrap_or_default();
    match given {
        signet_api::git_repository::GitReference {
            commit: Some(commit),
            branch,
            ..
        } => Reference::Commit { commit, branch },
        signet_api::git_repository::GitReference {
            name: Some(name), ..
        } => Reference::Name(name),
        signet_api::git_repository::GitReference { tag: Some(tag), .. } => Reference::Tag(tag),
        signet_api::git_repository::GitReference { branch, .. } => {
            Reference::Branch(branch.unwrap_or_else(|| "master".to_owned()))
        }
    }
}
