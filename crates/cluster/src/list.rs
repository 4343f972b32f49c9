//! Lists, whole or as metadata alone: for whoever looks once and does not watch.
//!
//! Metadata is asked for as such, so that the server never sends what is in a Secret.

use http::Method;
use serde_json::Value;
use signet_api::names::{LAST_APPLIED, LAST_APPLIED_KUBECFG};
use zeroize::Zeroize as _;

use crate::{call::Call, cluster::Cluster, error::ApiError, kind::Kind};

/// Objects of one answer.
const PAGE: &str = "500";

const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// Which objects of a kind; empty selectors select all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection<'a> {
    /// Label selector.
    pub labels: &'a str,
    /// Field selector.
    pub fields: &'a str,
}

impl Cluster {
    /// Every object of a kind that is selected, of one namespace or of all. They leave out what kind
    /// they are.
    ///
    /// # Errors
    /// What the server says.
    pub async fn list_where(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selection: Selection<'_>,
    ) -> Result<Vec<Value>, ApiError> {
        self.pages(kind, namespace, selection, None).await
    }

    /// As [`Self::list_where`], metadata alone: no values are asked for.
    ///
    /// # Errors
    /// What the server says.
    pub async fn list_metadata(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selection: Selection<'_>,
    ) -> Result<Vec<Value>, ApiError> {
        let mut all = self
            .pages(kind, namespace, selection, Some(METADATA_LIST))
            .await?;
        all.iter_mut().for_each(without_copies);
        Ok(all)
    }

    async fn pages(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selection: Selection<'_>,
        accept: Option<&'static str>,
    ) -> Result<Vec<Value>, ApiError> {
        let mut all = Vec::new();
        let mut next = String::new();
        loop {
            let mut call = Call::new(Method::GET, kind.collection(namespace)?)
                .query("limit", PAGE)
                .secret(kind.bears_secrets());
            for (name, value) in [
                ("labelSelector", selection.labels),
                ("fieldSelector", selection.fields),
                ("continue", next.as_str()),
            ] {
                if !value.is_empty() {
                    call = call.query(name, value);
                }
            }
            if let Some(form) = accept {
                call = call.accept(form);
            }
            let (_, mut page) = self.ask(call).await?;
            let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) else {
                return Err(ApiError::garbled("a list has no items"));
            };
            all.extend(items);
            next = page["metadata"]["continue"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            if next.is_empty() {
                return Ok(all);
            }
        }
    }
}

/// `kubectl apply` and kubecfg leave a copy of the manifest in an annotation, and of a Secret that
/// holds its values.
pub(crate) fn without_copies(object: &mut Value) {
    let annotations = object.pointer_mut("/metadata/annotations");
    let Some(annotations) = annotations.and_then(Value::as_object_mut) else {
        return;
    };
    for name in [LAST_APPLIED, LAST_APPLIED_KUBECFG] {
        if let Some(Value::String(mut text)) = annotations.remove(name) {
            text.zeroize();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_copy_of_the_manifest_is_not_kept() {
        let mut object = json!({"metadata": {"annotations": {LAST_APPLIED: "values", "a": "b"}}});
        without_copies(&mut object);
        assert_eq!(object, json!({"metadata": {"annotations": {"a": "b"}}}));
        without_copies(&mut json!({"metadata": {}}));
    }
}
