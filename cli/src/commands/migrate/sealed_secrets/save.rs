//! What the takeover overwrites, as a manifest that puts it back: objects of theirs that have the
//! identity of one of ours, and their Deployment with its replicas.

use std::path::Path;

use serde_json::Value;
use signet_api::ObjectId;
use signet_api::install::{self, Options};
use signet_api::names::{LAST_APPLIED, LAST_APPLIED_KUBECFG};

use super::find::Survey;
use crate::args::Format;
use crate::error::{Error, Result};
use crate::online::Online;
use crate::text::plural;
use crate::{io, print};

/// Writes the file.
///
/// # Errors
/// There is no controller of theirs, it is stopped, or something cannot be read: then no file is
/// written.
pub fn write(online: &Online, survey: &Survey, image: &str, file: &Path) -> Result<()> {
    let Some(theirs) = &survey.chosen else {
        return Err(
            Error::new("their controller was not found: there is nothing to save")
                .hint("say where it is with --controller-namespace and --controller-name"),
        );
    };
    if theirs.wanted == 0 {
        return Err(Error::new(format!(
            "{} is stopped: what is there is not what was there before",
            theirs.id()
        ))
        .hint("save before the takeover, or scale it up first"));
    }
    let options = Options {
        namespace: theirs.namespace.clone(),
        stand_in: true,
        ..Options::new(image)
    };
    let mut ids: Vec<ObjectId> = install::manifests(&options)
        .iter()
        .filter_map(ObjectId::of)
        .filter(|id| id.kind != "Namespace")
        .collect();
    ids.push(ObjectId {
        group: "apps".to_owned(),
        version: "v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: Some(theirs.namespace.clone()),
        name: theirs.name.clone(),
    });
    let mut saved = Vec::new();
    for id in &ids {
        saved.extend(read(online, id)?);
    }
    io::replace(file, &print::objects(&saved, Format::Yaml)?)?;
    io::note(&format!(
        "{} saved in {}",
        plural(saved.len(), "object"),
        file.display()
    ));
    Ok(())
}

/// The object, if it is there and not ours.
fn read(online: &Online, id: &ObjectId) -> Result<Option<Value>> {
    let failed = |cause| Error::new(format!("{id}: {cause}"));
    let kind = online
        .kind(&id.group, &id.version, &id.kind)
        .map_err(failed)?;
    let Some(kind) = kind else { return Ok(None) };
    let found = online
        .get(&kind, id.namespace.as_deref(), &id.name)
        .map_err(failed)?;
    let part_of =
        |object: &Value| object["metadata"]["labels"]["app.kubernetes.io/part-of"] == "signet";
    let found = found.filter(|object| !part_of(object));
    Ok(found.map(|mut object| {
        object["apiVersion"] = kind.api_version().into();
        object["kind"] = id.kind.clone().into();
        clean(&mut object);
        object
    }))
}

/// What the server says of an object and takes from nobody.
fn clean(object: &mut Value) {
    let fields = [
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "managedFields",
        "selfLink",
    ];
    let copies = [
        LAST_APPLIED,
        LAST_APPLIED_KUBECFG,
        "deployment.kubernetes.io/revision",
    ];
    remove(object, &["status"]);
    if let Some(metadata) = object.get_mut("metadata") {
        remove(metadata, &fields);
        if let Some(annotations) = metadata.get_mut("annotations") {
            remove(annotations, &copies);
        }
    }
    if object["kind"] == "Service"
        && let Some(spec) = object.get_mut("spec")
    {
        remove(spec, &["clusterIP", "clusterIPs"]);
    }
}

fn remove(from: &mut Value, fields: &[&str]) {
    if let Some(map) = from.as_object_mut() {
        for field in fields {
            map.remove(*field);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_server_adds_is_not_kept() {
        let mut object = json!({
            "kind": "Service",
            "metadata": {
                "name": "a", "uid": "u", "resourceVersion": "1", "managedFields": [],
                "annotations": {LAST_APPLIED: "{}", "kept": "yes"},
            },
            "spec": {"clusterIP": "10.0.0.1", "ports": [], "selector": {"a": "b"}},
            "status": {},
        });
        clean(&mut object);
        let expected = json!({
            "kind": "Service",
            "metadata": {"name": "a", "annotations": {"kept": "yes"}},
            "spec": {"ports": [], "selector": {"a": "b"}},
        });
        assert_eq!(object, expected);
    }
}
