//! A Secret that was mended is tried at once: whoever corrects a password does not wait for the
//! next attempt, which may be minutes away.

use serde_json::Value;

use crate::store::key_of;
use crate::wake::{Key, Wake};
use crate::world::World;

/// Wakes the repositories that failed and whose credentials stand in `secret`, of which metadata is
/// enough. One that is Ready needs nothing: it reads its Secret anew at its next look.
pub fn touched(world: &World, secret: &Value) {
    let Some(secret) = key_of(secret) else { return };
    for (key, object) in world.stores.repositories.all() {
        if waits_for(&key, &object, &secret) {
            world.queues.repositories.push(key, Wake::Credentials);
        }
    }
}

/// Where a repository names a Secret.
const FIELDS: [&str; 3] = [
    "/spec/secretRef/name",
    "/spec/proxySecretRef/name",
    "/spec/verify/secretRef/name",
];

fn waits_for(key: &Key, repository: &Value, secret: &Key) -> bool {
    let is_this = |field| repository.pointer(field).and_then(Value::as_str) == Some(&secret.name);
    key.namespace == secret.namespace && FIELDS.into_iter().any(is_this) && !is_ready(repository)
}

fn is_ready(repository: &Value) -> bool {
    let conditions = repository.pointer("/status/conditions");
    let mut all = conditions.and_then(Value::as_array).into_iter().flatten();
    all.any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_failed_and_names_this_secret_waits_for_it() {
        let repository = |secret: &str, ready: &str| {
            json!({"spec": {"secretRef": {"name": secret}},
                   "status": {"conditions": [{"type": "Ready", "status": ready}]}})
        };
        let waits = |namespace: &str, object: &Value| {
            waits_for(&Key::new(namespace, "fleet"), object, &Key::new("a", "git"))
        };
        assert!(waits("a", &repository("git", "False")));
        assert!(waits("a", &json!({"spec": {"secretRef": {"name": "git"}}})));
        assert!(!waits("a", &repository("git", "True")));
        assert!(!waits("a", &repository("other", "False")));
        assert!(
            !waits("b", &repository("git", "False")),
            "of another namespace"
        );
        assert!(!waits("a", &json!({"spec": {}})));
    }
}
