//! Questions to the API server, for the commands that look at a cluster and change nothing.

use serde_json::Value;
use signet_cluster::{ApiError, Kind, SecretObject, Selection};

use super::Online;
use crate::settings::Target;

impl Online {
    /// Where the controller is looked for.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The kind as the server knows it; `None` if it does not.
    ///
    /// # Errors
    /// The server does not answer or refuses to.
    pub fn kind(&self, group: &str, version: &str, kind: &str) -> Result<Option<Kind>, ApiError> {
        self.runtime
            .block_on(self.cluster.kind(group, version, kind))
    }

    /// An object; `None` if it is not there.
    ///
    /// # Errors
    /// What the server says.
    pub fn get(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Value>, ApiError> {
        self.runtime
            .block_on(self.cluster.get(kind, namespace, name))
    }

    /// Metadata of an object: of a Secret, no value is sent.
    ///
    /// # Errors
    /// What the server says.
    pub fn get_metadata(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Value>, ApiError> {
        self.runtime
            .block_on(self.cluster.get_metadata(kind, namespace, name))
    }

    /// Objects of one namespace or of all.
    ///
    /// # Errors
    /// What the server says.
    pub fn list(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selection: Selection<'_>,
    ) -> Result<Vec<Value>, ApiError> {
        self.runtime
            .block_on(self.cluster.list_where(kind, namespace, selection))
    }

    /// Metadata of objects of one namespace or of all.
    ///
    /// # Errors
    /// What the server says.
    pub fn list_metadata(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selection: Selection<'_>,
    ) -> Result<Vec<Value>, ApiError> {
        self.runtime
            .block_on(self.cluster.list_metadata(kind, namespace, selection))
    }

    /// Secrets of a namespace with their values.
    ///
    /// # Errors
    /// What the server says, without a value.
    pub fn list_secrets(
        &self,
        namespace: &str,
        label: &str,
    ) -> Result<Vec<SecretObject>, ApiError> {
        self.runtime
            .block_on(self.cluster.list_secrets(namespace, label))
    }

    /// A Secret with its values; `None` if it is not there.
    ///
    /// # Errors
    /// What the server says, without a value.
    pub fn get_secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<SecretObject>, ApiError> {
        self.runtime
            .block_on(self.cluster.get_secret(namespace, name))
    }
}
