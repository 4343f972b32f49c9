//! Identity is Kubernetes': whose token is this, and may they.

use std::collections::BTreeMap;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{call::Call, cluster::Cluster, error::ApiError};

/// Somebody whom the API server vouches for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct User {
    /// Name; never empty in what [`Cluster::review_token`] returns.
    #[serde(rename = "username")]
    pub name: String,
    /// Unique over time, where the authenticator has such a thing.
    #[serde(default)]
    pub uid: String,
    /// Groups.
    #[serde(default)]
    pub groups: Vec<String>,
    /// What else the authenticator says, to be handed on.
    #[serde(default)]
    pub extra: BTreeMap<String, Vec<String>>,
}

impl Cluster {
    /// Whose token this is; `None` if it is nobody's (any more).
    ///
    /// # Errors
    /// If the server cannot be asked. The token is in none of them.
    pub async fn review_token(&self, token: &str) -> Result<Option<User>, ApiError> {
        if token.is_empty() {
            return Ok(None);
        }
        let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}});
        let call = Call::new(
            Method::POST,
            "/apis/authentication.k8s.io/v1/tokenreviews".to_owned(),
        );
        let (_, answer) = self
            .ask(call.json(&body, "application/json").secret(true))
            .await?;
        Ok(user_of(&answer))
    }

    /// Whether RBAC allows `user` to do `verb` to the object. An empty `name` means any.
    ///
    /// # Errors
    /// If the server cannot be asked; that is not a yes.
    pub async fn may(
        &self,
        user: &User,
        verb: &str,
        group: &str,
        resource: &str,
        namespace: &str,
        name: &str,
    ) -> Result<bool, ApiError> {
        if user.name.is_empty() {
            return Ok(false);
        }
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": user.name, "uid": user.uid, "groups": user.groups, "extra": user.extra,
                "resourceAttributes": {"verb": verb, "group": group, "resource": resource, "namespace": namespace, "name": name},
            },
        });
        let call = Call::new(
            Method::POST,
            "/apis/authorization.k8s.io/v1/subjectaccessreviews".to_owned(),
        );
        let (_, answer) = self.ask(call.json(&body, "application/json")).await?;
        Ok(allowed(&answer))
    }
}

fn user_of(answer: &Value) -> Option<User> {
    let status = answer.get("status")?;
    if status.get("authenticated") != Some(&Value::Bool(true)) {
        return None;
    }
    let user = User::deserialize(status.get("user")?).ok()?;
    (!user.name.is_empty()).then_some(user)
}

fn allowed(answer: &Value) -> bool {
    let status =
        |field: &str| answer.pointer(&format!("/status/{field}")) == Some(&Value::Bool(true));
    status("allowed") && !status("denied")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_named_and_authenticated_user_is_one() {
        let user = json!({"username": "jane", "groups": ["dev"], "extra": {"scope": ["a"]}});
        let named = user_of(&json!({"status": {"authenticated": true, "user": user}}));
        assert_eq!(
            named
                .as_ref()
                .map(|u| (u.name.as_str(), u.groups.len(), u.extra.len())),
            Some(("jane", 1, 1))
        );
        for answer in [
            json!({}),
            json!({"status": {"user": user}}),
            json!({"status": {"authenticated": false, "user": user}}),
            json!({"status": {"authenticated": "true", "user": user}}),
            json!({"status": {"authenticated": true}}),
            json!({"status": {"authenticated": true, "user": {"username": ""}}}),
        ] {
            assert_eq!(user_of(&answer), None, "{answer}");
        }
    }

    #[test]
    fn anything_but_a_plain_yes_is_a_no() {
        assert!(allowed(&json!({"status": {"allowed": true}})));
        for status in [
            json!({}),
            json!({"allowed": false}),
            json!({"allowed": "true"}),
            json!({"allowed": true, "denied": true}),
        ] {
            assert!(!allowed(&json!({"status": status})));
        }
    }
}
