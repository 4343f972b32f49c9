//! What the declaration asks for, put into the kustomization file at `spec.path` as Flux's
//! generator puts it there.

use serde_json::{Map, Value, json};
use signet_api::KustomizationSpec;
use signet_api::build::{BuildMetadata, Image, Patch};

/// What tells of each object which file it came from.
const ORIGIN: &str = "originAnnotations";

/// A kustomization file that is to be built.
pub(super) struct Merged {
    /// Its fields.
    pub(super) fields: Map<String, Value>,
    /// Whether somebody wants to see where objects came from. It is asked for in any case, because
    /// we want to know.
    pub(super) shows_origins: bool,
}

/// Of the fields of a file that is there.
pub(super) fn into_file(
    mut fields: Map<String, Value>,
    spec: &KustomizationSpec,
    components: &[String],
) -> Merged {
    let kept = |value: Option<&Value>| {
        value
            .and_then(Value::as_array)
            .is_some_and(|a| !a.is_empty())
    };
    if !kept(fields.get("resources")) {
        // Flux does so to keep kustomize from calling the file empty.
        fields.insert("buildMetadata".to_owned(), json!([ORIGIN]));
    }
    finish(fields, spec, components)
}

/// Of a directory without such a file: its manifests, and directories that have one.
pub(super) fn into_generated(
    resources: Vec<String>,
    spec: &KustomizationSpec,
    components: &[String],
) -> Merged {
    let mut fields = Map::new();
    if resources.is_empty() {
        fields.insert("namespace".to_owned(), Value::from("_placeholder"));
    } else {
        fields.insert("resources".to_owned(), Value::from(resources));
    }
    finish(fields, spec, components)
}

fn finish(
    mut fields: Map<String, Value>,
    spec: &KustomizationSpec,
    components: &[String],
) -> Merged {
    let usual = [
        ("apiVersion", "kustomize.config.k8s.io/v1beta1"),
        ("kind", "Kustomization"),
    ];
    for (name, value) in usual {
        let unset = fields.get(name).is_none_or(Value::is_null);
        if unset {
            fields.insert(name.to_owned(), Value::from(value));
        }
    }
    let texts = [
        ("namespace", &spec.target_namespace),
        ("namePrefix", &spec.name_prefix),
        ("nameSuffix", &spec.name_suffix),
    ];
    for (name, value) in texts {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            fields.insert(name.to_owned(), Value::from(value));
        }
    }
    append(&mut fields, "patches", spec.patches.iter().map(patch));
    let components = components.iter().map(|path| Value::from(path.as_str()));
    append(&mut fields, "components", components);
    images(&mut fields, &spec.images);
    let shows_origins = metadata(&mut fields, &spec.build_metadata);
    Merged {
        fields,
        shows_origins,
    }
}

fn append(fields: &mut Map<String, Value>, name: &str, more: impl Iterator<Item = Value>) {
    let more: Vec<Value> = more.collect();
    if more.is_empty() {
        return;
    }
    // Of something that is no list, kustomize will say so.
    if let Some(all) = list(fields, name) {
        all.extend(more);
    }
}

/// The list at a field, made if there is none.
fn list<'a>(fields: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Vec<Value>> {
    let found = fields.entry(name.to_owned()).or_insert(Value::Null);
    if found.is_null() {
        *found = Value::Array(Vec::new());
    }
    found.as_array_mut()
}

fn patch(patch: &Patch) -> Value {
    let mut fields = json!({"patch": patch.patch});
    if let Some(target) = &patch.target {
        fields["target"] = json!(target);
    }
    fields
}

/// By name: a new name replaces the name; a tag or a digest replaces both, because an old digest
/// would win over a new tag.
fn images(fields: &mut Map<String, Value>, images: &[Image]) {
    for image in images {
        let Some(all) = list(fields, "images") else {
            return;
        };
        let same = |one: &&mut Value| one["name"] == image.name.as_str();
        let known = all.iter_mut().find(same).and_then(Value::as_object_mut);
        match known {
            Some(known) => renew(known, image),
            None => all.push(json!(image)),
        }
    }
}

fn renew(known: &mut Map<String, Value>, image: &Image) {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    if let Some(name) = given(&image.new_name) {
        known.insert("newName".to_owned(), Value::from(name));
    }
    let (tag, digest) = (given(&image.new_tag), given(&image.digest));
    if tag.is_none() && digest.is_none() {
        return;
    }
    for (field, value) in [("newTag", tag), ("digest", digest)] {
        match value {
            Some(value) => drop(known.insert(field.to_owned(), Value::from(value))),
            None => drop(known.remove(field)),
        }
    }
}

/// Whether origins are asked for; if not, they are now.
fn metadata(fields: &mut Map<String, Value>, asked: &[BuildMetadata]) -> bool {
    if !asked.is_empty() {
        let names: Vec<&str> = asked.iter().map(|one| one.name()).collect();
        fields.insert("buildMetadata".to_owned(), json!(names));
    }
    let Some(all) = list(fields, "buildMetadata") else {
        return true;
    };
    let shown = all.iter().any(|one| one == ORIGIN);
    if !shown {
        all.push(Value::from(ORIGIN));
    }
    shown
}
