//! The questions of one explanation. Each needs a right of its own; one that is missing leaves a gap
//! and stops nothing. Of Secrets only metadata is asked for.

use jiff::Timestamp;
use serde_json::Value;
use signet_api::names::{CERTIFICATE_CONFIG_MAP, CERTIFICATE_KEY, KEYS_KEY};
use signet_api::published_keys::PublishedKey;
use signet_api::{ObjectId, install};
use signet_cluster::{ApiError, Kind, Selection};
use signet_seal::Certificate;

use super::facts::{Facts, Keys, Said};
use super::flux;
use crate::deployed::Deployed;
use crate::error::{Error, Result};
use crate::gitops::{FluxKind, Named, stand};
use crate::online::{Asked, Online};

/// Where the sealed-secrets project's own manifest installs its controller.
const PEER_NAMESPACE: &str = "kube-system";

/// Events that are worth showing.
const EVENTS: usize = 5;

/// Asks everything about one SealedSecret.
///
/// # Errors
/// The cluster does not answer, or you may not read the SealedSecret.
pub fn sealed_secret(
    online: &Online,
    namespace: &str,
    name: &str,
    now: Timestamp,
) -> Result<Facts> {
    let failed = |cause: ApiError| refused(&cause, namespace, name);
    let kind = online.kind("bitnami.com", "v1alpha1", "SealedSecret");
    let kind = kind.map_err(failed)?;
    let sealed = match &kind {
        Some(kind) => online.get(kind, Some(namespace), name).map_err(failed)?,
        None => None,
    };
    let target = online.target();
    let place = (target.namespace.as_str(), target.service.as_str());
    let controller = deployment(online, place.0, place.1).map_err(failed)?;
    let found = matches!(&controller, Asked::Answer(Some(_)));
    let peer = match found || place.1 != install::CONTROLLER {
        true => Asked::Answer(None),
        false => deployment(online, PEER_NAMESPACE, install::PEER_CONTROLLER).map_err(failed)?,
    };
    Ok(Facts {
        now,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        defined: kind.is_some(),
        sealed,
        place: format!("{}/{}", place.0, place.1),
        controller,
        answers: answers(online),
        peer: match peer {
            Asked::Answer(found) => found,
            Asked::Refused(_) => None,
        },
        keys: keys(online),
        secret: Asked::from(
            online.get_metadata(&Kind::secret(), Some(namespace), name),
            &format!("get secrets in namespace {namespace}"),
        )
        .map_err(failed)?,
        events: events(online, "SealedSecret", namespace, name).map_err(failed)?,
    })
}

fn refused(cause: &ApiError, namespace: &str, name: &str) -> Error {
    let error = Error::new(format!("SealedSecret {namespace}/{name}: {cause}"));
    if cause.is_forbidden() {
        return error.hint(format!(
            "you need the right to read it: kubectl auth can-i get sealedsecrets -n {namespace}"
        ));
    }
    error
}

fn deployment(
    online: &Online,
    namespace: &str,
    name: &str,
) -> Result<Asked<Option<Deployed>>, ApiError> {
    let kind = Kind::of("apps/v1", "Deployment", "deployments");
    let found = online.get(&kind, Some(namespace), name);
    let found = found.map(|found| found.map(|object| Deployed::of(&object, |_| false)));
    Asked::from(found, &format!("get deployments in namespace {namespace}"))
}

/// Everybody who is logged in may ask this, through the API server.
fn answers(online: &Online) -> Option<bool> {
    match online.controller("GET", "/readyz", &[], Vec::new()) {
        Ok((200, _)) => Some(true),
        _ => None,
    }
}

/// From the ConfigMap; from a controller that lists no keys, at least the newest.
fn keys(online: &Online) -> Keys {
    let map = Kind::of("v1", "ConfigMap", "configmaps");
    let namespace = online.target().namespace.clone();
    let found = online.get(&map, Some(&namespace), CERTIFICATE_CONFIG_MAP);
    let data = match &found {
        Ok(Some(map)) => &map["data"],
        _ => &Value::Null,
    };
    let list = data[KEYS_KEY].as_str().map(serde_json::from_str);
    if let Some(Ok(list)) = list {
        return Keys::All(list);
    }
    let pem = data[CERTIFICATE_KEY]
        .as_str()
        .map(|pem| pem.as_bytes().to_vec());
    let pem = pem.map_or_else(|| online.published().map(|published| published.pem), Ok);
    let certificate = match pem.map(|pem| Certificate::from_pem(&pem)) {
        Ok(Ok(certificate)) => certificate,
        Ok(Err(cause)) => return Keys::Unknown(format!("the published certificate: {cause}")),
        Err(cause) => {
            return Keys::Unknown(format!(
                "which keys there are is not known: {}",
                cause.message()
            ));
        }
    };
    Keys::Newest(PublishedKey {
        fingerprint: certificate.fingerprint().to_string(),
        not_before: certificate.not_before().to_string(),
        not_after: certificate.not_after().to_string(),
        bits: Some(certificate.modulus_length() * 8),
        newest: true,
    })
}

/// A source or a Kustomization, with what it rests on and what came of it.
///
/// # Errors
/// It is not there, or the cluster does not answer.
pub fn flux(online: &Online, named: Named) -> crate::error::Result<flux::Facts> {
    let (_, object) = named.read(online)?;
    let reference = &object["spec"]["sourceRef"];
    let text = |field: &str| reference[field].as_str().filter(|text| !text.is_empty());
    let source = text("name").map(|name| Named {
        kind: FluxKind::GitRepository,
        namespace: text("namespace").unwrap_or(&named.namespace).to_owned(),
        name: name.to_owned(),
    });
    let source = source.and_then(|source| Some(source.read(online).ok()?.1));
    Ok(flux::Facts {
        sealed: unsynced(online, &object),
        named,
        object,
        source,
    })
}

/// SealedSecrets of an inventory that are not synced. What may not be read is not told.
fn unsynced(online: &Online, object: &Value) -> Vec<(String, String)> {
    let kind = Kind::of("bitnami.com/v1alpha1", "SealedSecret", "sealedsecrets");
    let entries = object["status"]["inventory"]["entries"].as_array();
    let ids = entries.into_iter().flatten().filter_map(|entry| {
        ObjectId::from_inventory(
            entry["id"].as_str()?,
            entry["v"].as_str().unwrap_or_default(),
        )
    });
    let sealed = ids.filter(|id| id.kind == kind.kind && id.group == kind.group);
    let failing = sealed.filter_map(|id| {
        let found = online
            .get(&kind, id.namespace.as_deref(), &id.name)
            .ok()??;
        let synced = stand::condition(&found, "Synced")?;
        let message = synced["message"].as_str().unwrap_or_default().to_owned();
        let name = format!("{}/{}", id.namespace.unwrap_or_default(), id.name);
        (synced["status"] != "True").then_some((name, message))
    });
    failing.collect()
}

/// What was said of an object, the last first.
///
/// # Errors
/// The cluster does not answer.
pub fn events(
    online: &Online,
    of: &str,
    namespace: &str,
    name: &str,
) -> Result<Asked<Vec<Said>>, ApiError> {
    let kind = Kind::of("v1", "Event", "events");
    let fields = format!("involvedObject.kind={of},involvedObject.name={name}");
    let selection = Selection {
        fields: &fields,
        ..Selection::default()
    };
    let found = online.list(&kind, Some(namespace), selection);
    let found = found.map(|all| latest(all.iter().map(said).collect()));
    Asked::from(found, &format!("list events in namespace {namespace}"))
}

fn said(event: &Value) -> Said {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let time = [
        &event["lastTimestamp"],
        &event["eventTime"],
        &event["metadata"]["creationTimestamp"],
    ];
    Said {
        time: time.into_iter().find_map(text).unwrap_or_default(),
        kind: text(&event["type"]).unwrap_or_default(),
        reason: text(&event["reason"]).unwrap_or_default(),
        message: text(&event["message"]).unwrap_or_default(),
    }
}

fn latest(mut all: Vec<Said>) -> Vec<Said> {
    all.sort_by(|a, b| b.time.cmp(&a.time));
    all.truncate(EVENTS);
    all
}
