//! What a declaration takes from ConfigMaps and Secrets beside it: variables to put into objects, keys
//! to open files with.

use std::collections::HashMap;

use serde_json::Value;
use signet_api::Kustomization;
use signet_api::post_build::SubstituteKind;
use signet_engine::manifest::Manifest;
use signet_sops::{Identities, Options, decrypt_secret_data};
use signet_substitute::{Rules, Variables, substitute};

use super::failure::Failure;
use crate::inputs::{Input, InputKind};
use crate::wake::Key;
use crate::world::World;

/// The reason of failures, as Flux says it.
const REASON: &str = "BuildFailed";
/// Keys of a Secret with age identities end so.
const AGE: &str = ".agekey";

/// What is read, in which versions: equal texts mean equal content.
pub struct Given {
    inputs: Vec<(Input, bool)>,
    /// For the key of a cache.
    pub version: String,
}

/// Finds out what the declaration reads and in which versions it is. Costs no request if nothing has
/// changed since the last time.
///
/// # Errors
/// One of them is not there, or the API server does not show it.
pub async fn versions(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
) -> Result<Given, Failure> {
    let inputs = inputs(key, kustomization)?;
    if inputs.is_empty() {
        world.inputs.forget(key);
        let version = String::new();
        return Ok(Given { inputs, version });
    }
    let all: Vec<Input> = inputs.iter().map(|(input, _)| input.clone()).collect();
    let versions = world.inputs.versions(&world.cluster, key, &all).await;
    let versions = versions
        .map_err(|error| Failure::api(REASON, "reading what the Kustomization names", &error))?;
    for ((input, optional), version) in inputs.iter().zip(&versions) {
        if version.is_none() && !optional {
            return Err(Failure::new(REASON, format!("{input} not found")));
        }
    }
    let spec = &kustomization.spec;
    let version = format!("{versions:?} {:?} {:?}", spec.post_build, spec.decryption);
    Ok(Given { inputs, version })
}

fn inputs(key: &Key, kustomization: &Kustomization) -> Result<Vec<(Input, bool)>, Failure> {
    let spec = &kustomization.spec;
    let place = |name: &str| Key::new(&key.namespace, name);
    let references = spec.post_build.iter().flat_map(|it| &it.substitute_from);
    let mut inputs: Vec<(Input, bool)> = references
        .map(|reference| {
            let kind = match reference.kind {
                SubstituteKind::ConfigMap => InputKind::ConfigMap,
                SubstituteKind::Secret => InputKind::Secret,
            };
            let key = place(&reference.name);
            (Input { kind, key }, reference.optional)
        })
        .collect();
    if let Some(decryption) = &spec.decryption {
        if decryption.provider != "sops" {
            let message = format!(
                "spec.decryption.provider: {:?} is not sops",
                decryption.provider
            );
            return Err(Failure::terminal(REASON, message));
        }
        let secret = decryption.secret_ref.as_ref().map(|reference| Input {
            kind: InputKind::Secret,
            key: place(&reference.name),
        });
        inputs.extend(secret.map(|input| (input, false)));
    }
    Ok(inputs)
}

/// The age identities to open files with; `None` if the declaration asks for no decryption.
///
/// # Errors
/// The Secret is not there, or holds a key that is none.
pub async fn identities(
    world: &World,
    given: &Given,
    kustomization: &Kustomization,
) -> Result<Option<Identities>, Failure> {
    let Some(decryption) = &kustomization.spec.decryption else {
        return Ok(None);
    };
    let mut identities = Identities::new();
    let Some(reference) = &decryption.secret_ref else {
        return Ok(Some(identities));
    };
    let named = |(input, _): &&(Input, bool)| {
        input.kind == InputKind::Secret && input.key.name == reference.name
    };
    let Some((input, _)) = given.inputs.iter().rev().find(named) else {
        return Ok(Some(identities));
    };
    let secret = world.inputs.read(&world.cluster, input).await;
    let secret = secret
        .map_err(|error| Failure::api(REASON, &format!("reading {input}"), &error))?
        .ok_or_else(|| Failure::new(REASON, format!("{input} not found")))?;
    for name in secret.keys().filter(|name| name.ends_with(AGE)) {
        let Some(file) = secret.value(name) else {
            continue;
        };
        let added = identities.add(&file);
        added.map_err(|error| Failure::new(REASON, format!("{input}: {name}: {error}")))?;
    }
    Ok(Some(identities))
}

/// The variables to put into objects; `None` if there is nothing to put in.
///
/// # Errors
/// One of them is not there, or has a name that cannot be one.
pub async fn variables(
    world: &World,
    given: &Given,
    kustomization: &Kustomization,
) -> Result<Option<Values>, Failure> {
    let Some(post_build) = &kustomization.spec.post_build else {
        return Ok(None);
    };
    let mut objects = Vec::new();
    for (input, optional) in given.inputs.iter().take(post_build.substitute_from.len()) {
        let object = world.inputs.read(&world.cluster, input).await;
        let object =
            object.map_err(|error| Failure::api(REASON, &format!("reading {input}"), &error))?;
        match object {
            Some(mut object) => {
                object.body["kind"] = format!("{:?}", input.kind).into();
                objects.push(object);
            }
            None if *optional => {}
            None => return Err(Failure::new(REASON, format!("{input} not found"))),
        }
    }
    let bodies = objects.iter().map(|object| &object.body);
    let variables = Variables::new(bodies, &post_build.substitute)
        .map_err(|error| Failure::terminal(REASON, format!("spec.postBuild: {error}")))?;
    let rules = Rules {
        strategy: post_build.substitute_strategy.unwrap_or_default(),
        strict: world.settings.sync.strict_substitution,
    };
    let mut references = post_build.substitute_from.iter();
    Ok(Some(Values {
        variables,
        rules,
        secret: references.any(|it| it.kind == SubstituteKind::Secret),
    }))
}

/// Variables, and how they are put in.
pub struct Values {
    variables: Variables,
    rules: Rules,
    /// Whether some are out of a Secret.
    secret: bool,
}

/// An object by where it is written, its kind and its name.
pub type Named = (String, String, String);

/// See [`Named`].
pub fn named(manifest: &Manifest) -> Named {
    let id = &manifest.id;
    (
        manifest.origin.to_string(),
        id.kind.clone(),
        id.name.clone(),
    )
}

/// Objects with their variables put in.
#[derive(Default)]
pub struct PutIn {
    /// All objects.
    pub manifests: Vec<Manifest>,
    /// Those that may hold values of Secrets now, as they were before.
    pub before: HashMap<Named, Manifest>,
}

/// Puts the variables into every object.
///
/// # Errors
/// Each object in which that is not possible, with file and line.
pub fn put_in(manifests: Vec<Manifest>, values: &Values) -> Result<PutIn, Vec<String>> {
    let (mut done, mut wrong) = (PutIn::default(), Vec::new());
    for manifest in manifests {
        match with_values(&manifest, values) {
            Ok(None) => done.manifests.push(manifest),
            Ok(Some(changed)) => {
                if values.secret {
                    done.before.insert(named(&changed), manifest);
                }
                done.manifests.push(changed);
            }
            Err(why) => wrong.push(format!("{}: {why}", manifest.origin)),
        }
    }
    if wrong.is_empty() {
        Ok(done)
    } else {
        Err(wrong)
    }
}

fn with_values(manifest: &Manifest, values: &Values) -> Result<Option<Manifest>, String> {
    let body = substitute(&manifest.body, &values.variables, values.rules);
    let Some(body) = body.map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let changed = Manifest::new(body, manifest.origin.clone());
    let named = changed.ok_or_else(|| {
        format!(
            "{}: with its variables it has no apiVersion, kind or name",
            manifest.id
        )
    })?;
    Ok(Some(named))
}

/// Whether every value of a Secret is a variable, and so none stands in the repository.
pub fn is_all_variables(manifest: &Manifest) -> bool {
    let fields = ["data", "stringData"];
    let values = fields
        .iter()
        .filter_map(|field| manifest.body.get(field)?.as_object());
    let mut texts = values.flat_map(|map| map.values()).map(Value::as_str);
    texts.all(|text| {
        text.is_some_and(|text| {
            let text = text.trim();
            text.starts_with("${") && text.ends_with('}') && text.matches("${").count() == 1
        })
    })
}

/// Opens the values of Secrets that are SOPS files themselves.
///
/// # Errors
/// Each Secret in which that is not possible, with file and line.
pub fn open_values(manifests: &mut [Manifest], identities: &Identities) -> Result<(), Vec<String>> {
    let secrets = manifests
        .iter_mut()
        .filter(|manifest| manifest.id.kind == "Secret" && manifest.id.group.is_empty());
    let mut wrong = Vec::new();
    for manifest in secrets {
        let opened = decrypt_secret_data(&mut manifest.body, identities, &Options::default());
        if let Err(error) = opened {
            wrong.push(format!("{}: {}: {error}", manifest.origin, manifest.id));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
