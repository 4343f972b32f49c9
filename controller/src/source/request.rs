//! What a GitRepository asks for, with the credentials of its Secret.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use signet_api::{GitRepository, duration};
use signet_cluster::SecretObject;
use signet_engine::tree::RepoPath;
use signet_source::{
    Credentials, CredentialsError, Mode, Proxy, Reach, Reference, Request, Selection, Tls,
    TrustedKeys, VerifyError,
};
use zeroize::Zeroizing;

use super::status::{Condition, Look, Trouble};
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
    let proxy = match &spec.proxy_secret_ref {
        None => None,
        Some(secret) => Some(proxy(world, key, &secret.name).await?),
    };
    Ok(Request {
        url: spec.url.clone(),
        reference: reference(repository),
        selection: selection(repository)?,
        credentials,
        tls,
        proxy,
        submodules: spec.recurse_submodules,
        reach: Reach::only(world.settings.source_hosts.iter().cloned()),
        timeout: timeout(repository),
    })
}

/// Bound of one look.
pub fn timeout(repository: &GitRepository) -> Duration {
    let given = repository.spec.timeout.as_deref();
    given.and_then(duration::parse).unwrap_or(TIMEOUT)
}

/// Whose signatures count, and on what; none if nothing is asked for.
///
/// # Errors
/// A look that failed: the Secret is missing or holds no key.
pub async fn verification(
    world: &World,
    key: &Key,
    repository: &GitRepository,
) -> Result<Option<(Mode, TrustedKeys)>, Look> {
    let Some(verify) = &repository.spec.verify else {
        return Ok(None);
    };
    let mode = Mode::parse(verify.mode.as_deref()).map_err(|error| unverified(&error))?;
    let failed = |why| unverified(&VerifyError::Keys(why));
    let data = secret(
        world,
        key,
        &verify.secret_ref.name,
        "spec.verify.secretRef.name",
    )
    .await;
    let keys = TrustedKeys::from_secret(&data.map_err(failed)?);
    Ok(Some((mode, keys.map_err(|error| unverified(&error))?)))
}

/// The look at a commit whose signature is not what was asked for.
pub fn unverified(error: &VerifyError) -> Look {
    let trouble = Trouble::new(Condition::SourceVerified, error.reason(), error.to_string());
    match error.is_terminal() {
        true => Look::Stalled(trouble),
        false => Look::Failed(trouble),
    }
}

async fn proxy(world: &World, key: &Key, name: &str) -> Result<Proxy, Look> {
    let failed = |message: String| Look::failed("AuthenticationFailed", message);
    let data = secret(world, key, name, "spec.proxySecretRef.name").await;
    Proxy::from_secret(&data.map_err(failed)?)
        .map_err(|error| failed(format!("Secret {}/{name}: {error}", key.namespace)))
}

async fn credentials(
    world: &World,
    key: &Key,
    secret: &str,
    url: &str,
) -> Result<(Credentials, Tls), Look> {
    let failed = |message: String| Look::failed("AuthenticationFailed", message);
    let data = self::secret(world, key, secret, "spec.secretRef.name").await;
    let data = data.map_err(failed)?;
    let wrong =
        |error: CredentialsError| failed(format!("Secret {}/{secret}: {error}", key.namespace));
    let tls = Tls::from_secret(&data).map_err(wrong)?;
    Ok((Credentials::from_secret(url, data).map_err(wrong)?, tls))
}

/// The values of a Secret of the repository's namespace, which `field` names; or why there are none.
async fn secret(world: &World, key: &Key, name: &str, field: &str) -> Result<SecretData, String> {
    let namespace = &key.namespace;
    match world.cluster.get_secret(namespace, name).await {
        Ok(Some(object)) => Ok(values(&object)),
        Ok(None) => Err(format!(
            "Secret {namespace}/{name} does not exist; {field} names it"
        )),
        Err(error) => Err(format!("Secret {namespace}/{name}: {error}")),
    }
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

/// The first of commit, name, tag, semver, branch; `master` if nothing is set, as Flux has it.
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
        signet_api::git_repository::GitReference {
            semver: Some(range),
            ..
        } => Reference::Semver(range),
        signet_api::git_repository::GitReference { branch, .. } => {
            Reference::Branch(branch.unwrap_or_else(|| "master".to_owned()))
        }
    }
}
