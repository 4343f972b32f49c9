//! Labels and annotations that a declaration puts on every object.

use serde_json::{Map, Value};
use signet_api::build::CommonMetadata;
use signet_engine::manifest::Manifest;

/// Puts them on, in place of those with the same keys; after everything else, as Flux does.
pub fn set_common(manifests: &mut [Manifest], common: &CommonMetadata) {
    for manifest in manifests {
        let metadata = manifest.body.get_mut("metadata");
        let Some(metadata) = metadata.and_then(Value::as_object_mut) else {
            continue;
        };
        for (field, all) in [
            ("labels", &common.labels),
            ("annotations", &common.annotations),
        ] {
            if all.is_empty() {
                continue;
            }
            let found = metadata.entry(field).or_insert(Value::Null);
            if found.is_null() {
                *found = Value::Object(Map::new());
            }
            // What is no mapping is refused when the object is checked.
            if let Some(found) = found.as_object_mut() {
                let texts = all
                    .iter()
                    .map(|(key, text)| (key.clone(), Value::from(text.as_str())));
                found.extend(texts);
            }
        }
    }
}
