//! What is in the cluster: their controllers, ours, the definition, the SealedSecrets, and the
//! metadata of Secrets. What one may not ask is noted and left out.

use std::collections::BTreeMap;

use serde_json::Value;
use signet_api::install;
use signet_cluster::{ApiError, Kind, Selection};

use crate::deployed::Deployed;
use crate::error::{Error, Result};
use crate::online::{Asked, Online};

/// Metadata of Secrets, by namespace and name.
pub type Secrets = BTreeMap<(String, String), Value>;

/// Everything that was seen.
#[derive(Debug, Default)]
pub struct Survey {
    /// Deployments of their controller.
    pub theirs: Vec<Deployed>,
    /// The one that this is about.
    pub chosen: Option<Deployed>,
    /// Deployments of ours.
    pub ours: Vec<Deployed>,
    /// Names of the Services that lead to their controller.
    pub services: Vec<String>,
    /// Names of all Services beside it.
    pub taken: Vec<String>,
    /// Their definition, or whose it is.
    pub definition: Option<Value>,
    /// Every SealedSecret.
    pub sealed: Vec<Value>,
    /// Metadata of every Secret; `None` if you may not list them.
    pub secrets: Option<Secrets>,
    /// What could not be asked.
    pub left_out: Vec<String>,
}

/// Where the project's own manifest and the advice for its chart put it.
const USUAL: (&str, &str) = ("kube-system", install::PEER_CONTROLLER);

impl Survey {
    /// The namespace of their keys.
    pub fn namespace(&self) -> &str {
        self.chosen
            .as_ref()
            .map_or(USUAL.0, |found| &found.namespace)
    }
}

/// Asks everything; `place` is the namespace and name of their Deployment, as far as it was given.
///
/// # Errors
/// The cluster does not answer, you may not list SealedSecrets, or it is not clear which controller
/// is meant.
pub fn survey(online: &Online, place: (Option<&str>, Option<&str>)) -> Result<Survey> {
    let mut survey = Survey::default();
    let failed = |cause: ApiError| Error::new(cause);
    for object in deployments(online, place, &mut survey.left_out).map_err(failed)? {
        if is_ours(&object) {
            survey.ours.push(Deployed::of(&object, |_| false));
        } else if is_theirs(&object) || place.1.is_some() {
            survey.theirs.push(Deployed::of(&object, is_controller));
        }
    }
    survey.chosen = choose(&survey.theirs, place)?;
    survey.definition = definition(online, &mut survey.left_out).map_err(failed)?;
    survey.sealed = sealed(online)?;
    survey.secrets = secrets(online, &mut survey.left_out).map_err(failed)?;
    if let Some(found) = survey.chosen.clone() {
        services(online, &found, &mut survey).map_err(failed)?;
    }
    Ok(survey)
}

fn choose(theirs: &[Deployed], place: (Option<&str>, Option<&str>)) -> Result<Option<Deployed>> {
    match (theirs, place) {
        ([], (_, Some(name))) => Err(Error::new(format!(
            "no Deployment {}/{name}",
            place.0.unwrap_or(USUAL.0)
        ))
        .hint("kubectl get deployments --all-namespaces")),
        ([], _) => Ok(None),
        ([one], _) => Ok(Some(one.clone())),
        (several, _) => {
            let names: Vec<_> = several.iter().map(Deployed::id).collect();
            Err(Error::new(format!(
                "{} controllers of sealed-secrets: {}",
                several.len(),
                names.join(", ")
            ))
            .hint("each is taken over by itself: say which with --controller-namespace and --controller-name"))
        }
    }
}

fn deployments(
    online: &Online,
    place: (Option<&str>, Option<&str>),
    left_out: &mut Vec<String>,
) -> Result<Vec<Value>, ApiError> {
    let kind = Kind::of("apps/v1", "Deployment", "deployments");
    let get = |namespace: &str, name: &str| online.get(&kind, Some(namespace), name);
    if let (namespace, Some(name)) = place {
        return Ok(get(namespace.unwrap_or(USUAL.0), name)?
            .into_iter()
            .collect());
    }
    let listed = online.list(&kind, place.0, Selection::default());
    let what = match place.0 {
        Some(namespace) => format!("list deployments in namespace {namespace}"),
        None => "list deployments in all namespaces".to_owned(),
    };
    match Asked::from(listed, &what)? {
        Asked::Answer(all) => Ok(all),
        Asked::Refused(why) => {
            left_out.push(format!("{why}: only {}/{} was looked at", USUAL.0, USUAL.1));
            let found = Asked::from(get(USUAL.0, USUAL.1), "get it")?;
            Ok(found.or_note(left_out).flatten().into_iter().collect())
        }
    }
}

/// The name of an image, without registry, tag and digest.
fn image_name(container: &Value) -> &str {
    let image = container["image"].as_str().unwrap_or_default();
    let last = image.rsplit('/').next().unwrap_or_default();
    last.split([':', '@']).next().unwrap_or_default()
}

/// By its image, or by its command, under whatever name the image was copied to.
fn is_controller(container: &Value) -> bool {
    image_name(container) == "sealed-secrets-controller" || container["command"][0] == "controller"
}

fn is_theirs(object: &Value) -> bool {
    let labels = &object["metadata"]["labels"];
    let pod = &object["spec"]["template"]["spec"]["containers"];
    let mut containers = pod.as_array().into_iter().flatten();
    labels["app.kubernetes.io/name"] == "sealed-secrets"
        || labels["name"] == install::PEER_CONTROLLER
        || object["metadata"]["name"] == install::PEER_CONTROLLER
        || containers.any(|container| image_name(container) == "sealed-secrets-controller")
}

fn is_ours(object: &Value) -> bool {
    object["metadata"]["labels"]["app.kubernetes.io/name"] == "signet"
}

fn definition(online: &Online, left_out: &mut Vec<String>) -> Result<Option<Value>, ApiError> {
    let kind = Kind {
        namespaced: false,
        ..Kind::of(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            "customresourcedefinitions",
        )
    };
    let found = online.get(&kind, None, "sealedsecrets.bitnami.com");
    let found = Asked::from(found, "get customresourcedefinitions")?;
    Ok(found.or_note(left_out).flatten())
}

fn sealed(online: &Online) -> Result<Vec<Value>> {
    let known = online.kind("bitnami.com", "v1alpha1", "SealedSecret");
    let Some(kind) = known.map_err(Error::new)? else {
        return Ok(Vec::new());
    };
    let listed = online.list(&kind, None, Selection::default());
    let mut all = listed.map_err(|cause| {
        Error::new(format!("SealedSecrets: {cause}"))
            .hint("you need the right to list them in all namespaces")
    })?;
    for object in &mut all {
        object["apiVersion"] = "bitnami.com/v1alpha1".into();
        object["kind"] = "SealedSecret".into();
    }
    Ok(all)
}

fn secrets(online: &Online, left_out: &mut Vec<String>) -> Result<Option<Secrets>, ApiError> {
    let listed = online.list_metadata(&Kind::secret(), None, Selection::default());
    let what = "list secrets in all namespaces: whether each Secret is there, and whose it is, was left out";
    let listed = Asked::from(listed, what)?.or_note(left_out);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let named = |object: Value| {
        let metadata = &object["metadata"];
        (
            (text(&metadata["namespace"]), text(&metadata["name"])),
            object,
        )
    };
    Ok(listed.map(|all| all.into_iter().map(named).collect()))
}

/// The Services beside the controller, and those of them whose selector picks its pods.
fn services(online: &Online, found: &Deployed, survey: &mut Survey) -> Result<(), ApiError> {
    let kind = Kind::of("v1", "Service", "services");
    let listed = online.list(&kind, Some(&found.namespace), Selection::default());
    let what = format!("list services in namespace {}", found.namespace);
    let all = Asked::from(listed, &what)?.or_note(&mut survey.left_out);
    let has = |key: &str, value: &Value| {
        let label = found.selector.get(key);
        label.is_some_and(|label| *value == label.as_str())
    };
    for service in all.unwrap_or_default() {
        let name = service["metadata"]["name"].as_str().unwrap_or_default();
        survey.taken.push(name.to_owned());
        let selector = service["spec"]["selector"].as_object();
        let selector = selector.filter(|selector| !selector.is_empty());
        if selector.is_some_and(|selector| selector.iter().all(|(key, value)| has(key, value))) {
            survey.services.push(name.to_owned());
        }
    }
    Ok(())
}
