//! Changes of objects, and following one object until something is seen.

use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;
use signet_api::ObjectId;
use signet_cluster::{ApiError, Kind, Watched};

use super::Online;

/// How following an object ended.
pub enum Follow<T> {
    /// What was looked for was seen.
    Ended(T),
    /// The time is up; the last trouble of the watch, if it had any.
    TimeUp(Option<ApiError>),
    /// It may not be watched.
    Refused(ApiError),
}

impl Online {
    /// JSON merge patch of an object, under the field manager `manager`.
    ///
    /// # Errors
    /// What the server says.
    pub fn merge_patch(
        &self,
        kind: &Kind,
        namespace: &str,
        name: &str,
        patch: &Value,
        manager: &str,
    ) -> Result<Value, ApiError> {
        let asked = self
            .cluster
            .merge_patch(kind, Some(namespace), name, patch, false, manager);
        self.runtime.block_on(asked)
    }

    /// Follows one object by a watch. `look` sees it at the start and after each change, `None` if
    /// it is not there, and says when it is enough.
    pub fn follow<T>(
        &self,
        kind: &Kind,
        id: &ObjectId,
        limit: Duration,
        mut look: impl FnMut(Option<&Value>) -> Option<T>,
    ) -> Follow<T> {
        let mut trouble = None;
        let work = async {
            let mut changes = self.cluster.watch_object(kind, id);
            let mut listed = false;
            while let Some(change) = changes.next().await {
                let seen = match &change {
                    Watched::Restart => {
                        listed = false;
                        None
                    }
                    Watched::Listed(object) => {
                        listed = true;
                        look(Some(object))
                    }
                    Watched::Applied(object) => look(Some(object)),
                    Watched::Ready if listed => None,
                    Watched::Ready | Watched::Deleted(_) => look(None),
                    Watched::Failed(cause) if cause.is_forbidden() => {
                        return Some(Follow::Refused(cause.clone()));
                    }
                    Watched::Failed(cause) => {
                        trouble = Some(cause.clone());
                        None
                    }
                    Watched::Bad { .. } => None,
                };
                if let Some(end) = seen {
                    return Some(Follow::Ended(end));
                }
            }
            None
        };
        let ended = self
            .runtime
            .block_on(async { tokio::time::timeout(limit, work).await });
        match ended {
            Ok(Some(end)) => end,
            Ok(None) | Err(_) => Follow::TimeUp(trouble),
        }
    }
}
