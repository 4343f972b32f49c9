//! Secrets, read and written. Their values are wiped from memory when dropped, and no error about
//! them repeats what the server said.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::Method;
use serde_json::{Map, Value, json};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    call::Call,
    cluster::Cluster,
    error::ApiError,
    kind::Kind,
    object::{name_of, namespace_of},
};

/// A Secret with its values. It can be neither printed nor serialised; every string in it is wiped
/// when it is dropped.
pub struct SecretObject {
    /// The object as the API has it; the values of `data` are base64.
    pub body: Value,
}

impl SecretObject {
    /// A Secret to be written.
    #[must_use]
    pub fn new(body: Value) -> Self {
        Self { body }
    }

    /// A value, decoded. `None` if the key is not there or is no base64.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<Zeroizing<Vec<u8>>> {
        let text = self.body.get("data")?.get(key)?.as_str()?;
        STANDARD.decode(text).ok().map(Zeroizing::new)
    }

    /// The names of its values, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let data = self.body.get("data").and_then(Value::as_object);
        data.into_iter().flatten().map(|(key, _)| key.as_str())
    }

    /// Sets a value, encoding it.
    pub fn set_value(&mut self, key: &str, value: &[u8]) {
        if !self.body.get("data").is_some_and(Value::is_object) {
            self.body["data"] = Value::Object(Map::new());
        }
        let mut old = std::mem::replace(
            &mut self.body["data"][key],
            Value::String(STANDARD.encode(value)),
        );
        wipe(&mut old);
    }
}

impl Drop for SecretObject {
    fn drop(&mut self) {
        wipe(&mut self.body);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Cluster {
    /// Reads a Secret; `None` if it is not there.
    ///
    /// # Errors
    /// Code and reason of the server's answer.
    pub async fn get_secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<SecretObject>, ApiError> {
        Ok(self
            .get(&Kind::secret(), Some(namespace), name)
            .await?
            .map(SecretObject::new))
    }

    /// The Secrets of a namespace that a label selector matches, all of them, in the server's order.
    ///
    /// # Errors
    /// Code and reason of the server's answer.
    pub async fn list_secrets(
        &self,
        namespace: &str,
        label: &str,
    ) -> Result<Vec<SecretObject>, ApiError> {
        let path = Kind::secret().collection(Some(namespace))?;
        let call = Call::new(Method::GET, path)
            .query("labelSelector", label)
            .secret(true);
        let mut list = SecretObject::new(self.ask(call).await?.1);
        let Some(Value::Array(items)) = list.body.get_mut("items").map(Value::take) else {
            return Err(ApiError::garbled("a list of Secrets has no items"));
        };
        Ok(items.into_iter().map(named).collect())
    }

    /// Creates a Secret and returns it as the server has it.
    ///
    /// # Errors
    /// Code and reason of the server's answer; 409 `AlreadyExists` if it is there.
    pub async fn create_secret(&self, secret: &SecretObject) -> Result<SecretObject, ApiError> {
        let path = Kind::secret().collection(Some(namespace_needed(&secret.body)?))?;
        self.write(Call::new(Method::POST, path), secret).await
    }

    /// Replaces a Secret. If the body has a `resourceVersion`, only that version of it.
    ///
    /// # Errors
    /// Code and reason of the server's answer; `Conflict` if it is another version.
    pub async fn replace_secret(&self, secret: &SecretObject) -> Result<SecretObject, ApiError> {
        let path = Kind::secret().object(namespace_of(&secret.body), name_of(&secret.body)?)?;
        self.write(Call::new(Method::PUT, path), secret).await
    }

    async fn write(&self, call: Call, secret: &SecretObject) -> Result<SecretObject, ApiError> {
        let (_, body) = self
            .ask(call.json(&secret.body, "application/json").secret(true))
            .await?;
        Ok(SecretObject::new(body))
    }
}

/// Items of a list leave out what they are.
fn named(mut body: Value) -> SecretObject {
    body["apiVersion"] = json!("v1");
    body["kind"] = json!("Secret");
    SecretObject::new(body)
}

fn namespace_needed(body: &Value) -> Result<&str, ApiError> {
    namespace_of(body)
        .ok_or_else(|| ApiError::invalid("a Secret needs metadata.namespace".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_in_and_come_out() {
        let mut secret = SecretObject::new(json!({"metadata": {"name": "a"}}));
        secret.set_value("k", b"\x00v");
        assert_eq!(secret.body["data"]["k"], "AHY=");
        assert_eq!(secret.value("k").as_deref(), Some(&b"\x00v".to_vec()));
        secret.body["data"]["k"] = json!("not base64!");
        assert_eq!((secret.value("k"), secret.value("other")), (None, None));
    }

    #[test]
    fn wiping_reaches_every_string() {
        let mut body = json!({"data": {"k": "v"}, "list": [{"deep": "v"}], "n": 1});
        wipe(&mut body);
        assert_eq!(
            body,
            json!({"data": {"k": ""}, "list": [{"deep": ""}], "n": 1})
        );
    }
}
