//! What our types do not say of Flux's schemas, kind by kind.

use serde_json::{Value, json};

/// To be laid over the schema of that kind.
pub fn of(kind: &str) -> Value {
    let mut schema = json!({
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": {},
            "status": {
                // An object that no controller has seen yet is in progress to whoever waits for it
                // (`kubectl wait`, kstatus), instead of current because it has no condition.
                "default": {"observedGeneration": -1},
                "properties": {"conditions": {"items": {"properties": condition()}}},
            },
        },
        // The controller says what is wrong with an object that has no specification.
        "required": null,
    });
    let (spec, status) = match kind {
        "GitRepository" => git_repository(),
        "Kustomization" => kustomization(),
        "Receiver" => (receiver(), json!({})),
        _ => return schema,
    };
    let properties = &mut schema["properties"];
    properties["spec"] = spec;
    if let (Some(all), Value::Object(more)) =
        (properties["status"]["properties"].as_object_mut(), status)
    {
        all.extend(more);
    }
    schema
}

/// `metav1.Condition`.
fn condition() -> Value {
    json!({
        "message": {"maxLength": 32768},
        "observedGeneration": {"minimum": 0},
        "reason": {
            "minLength": 1, "maxLength": 1024,
            "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
        },
        "status": {"enum": ["True", "False", "Unknown"]},
        "type": {
            "maxLength": 316,
            "pattern": "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
        },
    })
}

fn artifact() -> Value {
    json!({
        "properties": {"digest": {"pattern": "^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$"}},
        "required": ["digest", "lastUpdateTime", "path", "revision", "url"],
    })
}

fn git_repository() -> (Value, Value) {
    let spec = json!({
        "properties": {
            "provider": {
                "description": "How to log in other than with a Secret; `generic` if left out, and the only one that is acted on.",
                "enum": ["generic", "aws", "azure", "github"], "type": "string",
            },
            "serviceAccountName": {
                "description": "ServiceAccount whose identity logs in at a cloud; not acted on.",
                "type": "string",
            },
            "verify": {"properties": {"mode": {"default": "HEAD"}}},
        },
        "x-kubernetes-validations": [{
            "message": "serviceAccountName goes with provider aws or azure only",
            "rule": "!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || self.provider == 'aws'))",
        }],
    });
    let status = json!({"artifact": artifact(), "includedArtifacts": {"items": artifact()}});
    (spec, status)
}

fn kustomization() -> (Value, Value) {
    let words = json!({"additionalProperties": {"type": "string"}, "type": "object"});
    let text = json!({"type": "string"});
    let affix = json!({"type": "string", "minLength": 1, "maxLength": 200});
    let one_of_two = "give configMapRef or secretRef, and not both";
    let selector = json!({"type": "object", "properties": {
        "group": text, "version": text, "kind": text, "namespace": text, "name": text,
        "labelSelector": text, "annotationSelector": text,
    }});
    let spec = json!({"properties": {
        "buildMetadata": {"type": "array", "items": {
            "type": "string", "enum": ["originAnnotations", "transformerAnnotations"],
        }},
        "commonMetadata": {"type": "object", "properties": {"annotations": words, "labels": words}},
        "components": {"type": "array", "items": text},
        "decryption": {"properties": {"provider": {"enum": ["sops"]}}},
        "force": {"default": false},
        "healthCheckExprs": {"items": {
            "properties": {"kind": {"default": null}}, "required": ["apiVersion", "current"],
        }},
        "ignore": {"items": {"properties": {"paths": {"minItems": null}}}},
        "ignoreMissingComponents": {"type": "boolean"},
        "images": {"type": "array", "items": {
            "type": "object", "required": ["name"],
            "properties": {"digest": text, "name": text, "newName": text, "newTag": text},
        }},
        "kubeConfig": {"x-kubernetes-validations": [
            {"message": one_of_two, "rule": "has(self.configMapRef) || has(self.secretRef)"},
            {"message": one_of_two, "rule": "!has(self.configMapRef) || !has(self.secretRef)"},
        ]},
        "namePrefix": affix,
        "nameSuffix": affix,
        "patches": {"type": "array", "items": {
            "type": "object", "required": ["patch"],
            "properties": {"patch": text, "target": selector},
        }},
        "postBuild": {"properties": {"substituteFrom": {"items": {"properties": {
            "optional": {"default": false},
        }}}}},
        "sourceRef": {"properties": {"kind": {
            "enum": ["OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"],
        }}},
        "targetNamespace": {"minLength": 1, "maxLength": 63},
    }});
    let status = json!({"lastAppliedOriginRevision": {
        "description": "Revision that the applied artifact was made from, if it says.",
        "type": "string",
    }});
    (spec, status)
}

fn receiver() -> Value {
    let text = json!({"type": "string"});
    let name = json!({"minLength": 1, "maxLength": 253});
    let expression = |with: &str| {
        json!({"type": "object", "required": ["expression", with],
            "properties": {"expression": text, with: text}})
    };
    json!({
        "properties": {
            "interval": {"default": "10m"},
            "oidcProviders": {
                "description": "Who signs the tokens of the callers; not acted on.",
                "type": "array", "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["issuerURL"],
                "items": {
                    "type": "object", "required": ["issuerURL", "validations"],
                    "properties": {
                        "audience": text,
                        "issuerURL": {"type": "string", "pattern": "^https?://"},
                        "validations": {"type": "array", "minItems": 1, "items": expression("message")},
                        "variables": {"type": "array", "items": expression("name")},
                    },
                },
            },
            "resourceFilter": {
                "description": "CEL expression that chooses among the resources; not acted on.",
                "type": "string",
            },
            "resources": {"items": {"properties": {
                "filter": {"description": "CEL expression that chooses among objects; not acted on.", "type": "string"},
                "kind": {"enum": [
                    "Bucket", "GitRepository", "Kustomization", "HelmRelease", "HelmChart",
                    "HelmRepository", "ImageRepository", "ImagePolicy", "ImageUpdateAutomation",
                    "OCIRepository", "ArtifactGenerator", "ExternalArtifact",
                ]},
                "name": name,
                "namespace": name,
            }}},
            "type": {"enum": [
                "generic", "generic-hmac", "generic-oidc", "github", "gitlab", "bitbucket", "harbor",
                "dockerhub", "quay", "gcr", "nexus", "acr", "cdevents",
            ]},
        },
        "x-kubernetes-validations": [
            {
                "message": "generic-oidc wants an entry in oidcProviders",
                "rule": "self.type != 'generic-oidc' || (has(self.oidcProviders) && size(self.oidcProviders) > 0)",
            },
            {
                "message": "oidcProviders go with generic-oidc only",
                "rule": "self.type == 'generic-oidc' || !has(self.oidcProviders) || size(self.oidcProviders) == 0",
            },
            {
                "message": "generic-oidc takes no secretRef",
                "rule": "self.type != 'generic-oidc' || !has(self.secretRef)",
            },
            {
                "message": "secretRef is missing; all types but generic-oidc want one",
                "rule": "self.type == 'generic-oidc' || has(self.secretRef)",
            },
        ],
    })
}
