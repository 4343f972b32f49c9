//! Their definition of SealedSecrets beside ours: what validates an object, without the words that
//! only describe it.

use std::collections::BTreeSet;

use serde_json::Value;
use signet_api::install;

/// Most places that are worth naming.
const LIMIT: usize = 12;

/// The places in which `theirs` differs from the definition that `signet install` brings; sorted.
pub fn differences(theirs: &Value) -> Vec<String> {
    let ours = install::definitions().into_iter();
    let mut ours = ours.filter(|ours| ours["metadata"]["name"] == theirs["metadata"]["name"]);
    let Some(ours) = ours.next() else {
        return Vec::new();
    };
    let mut places = BTreeSet::new();
    let schema = "/spec/versions/0/schema/openAPIV3Schema/properties";
    for part in ["spec", "status"] {
        let at = |definition: &Value| definition.pointer(&format!("{schema}/{part}")).cloned();
        walk(
            part,
            &at(theirs).unwrap_or_default(),
            &at(&ours).unwrap_or_default(),
            &mut places,
        );
    }
    let mut places: Vec<String> = places.into_iter().collect();
    if places.len() > LIMIT {
        let more = places.len() - LIMIT;
        places.truncate(LIMIT);
        places.push(format!("and {more} more"));
    }
    places
}

/// Words that describe and do not validate.
const WORDS: [&str; 2] = ["description", "title"];

fn walk(place: &str, theirs: &Value, ours: &Value, places: &mut BTreeSet<String>) {
    let (Value::Object(a), Value::Object(b)) = (theirs, ours) else {
        if !same(theirs, ours) {
            places.insert(place.to_owned());
        }
        return;
    };
    let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    for key in keys {
        let (theirs, ours) = (&theirs[key.as_str()], &ours[key.as_str()]);
        match key.as_str() {
            // A field may itself be called `description`: then it is an object.
            word if WORDS.contains(&word) && !theirs.is_object() && !ours.is_object() => {}
            "properties" => walk(place, theirs, ours, places),
            "additionalProperties" => walk(&format!("{place}.*"), theirs, ours, places),
            "items" => walk(&format!("{place}[]"), theirs, ours, places),
            _ if theirs.is_object() || ours.is_object() => {
                walk(&format!("{place}.{key}"), theirs, ours, places);
            }
            _ if same(theirs, ours) => {}
            _ => {
                places.insert(place.to_owned());
            }
        }
    }
}

/// Lists of required fields have no order; what is absent is as false.
fn same(a: &Value, b: &Value) -> bool {
    let set = |value: &Value| {
        let texts = value
            .as_array()?
            .iter()
            .map(|item| item.as_str().map(str::to_owned));
        texts.collect::<Option<BTreeSet<_>>>()
    };
    let absent = |value: &Value| value.is_null() || *value == false;
    a == b || absent(a) && absent(b) || set(a).is_some() && set(a) == set(b)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ours() -> Value {
        let mut all = install::definitions().into_iter();
        all.find(|all| all["metadata"]["name"] == "sealedsecrets.bitnami.com")
            .unwrap_or_default()
    }

    #[test]
    fn our_own_is_no_other() {
        assert!(differences(&ours()).is_empty());
        let mut worded = ours();
        worded["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["description"] =
            "x".into();
        assert!(differences(&worded).is_empty());
    }

    #[test]
    fn what_validates_otherwise_is_named_by_its_place() {
        let mut other = ours();
        let spec =
            &mut other["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
        spec["properties"]["template"]["properties"]["data"]["additionalProperties"] =
            json!({"type": "string"});
        spec["properties"]["more"] = json!({"type": "string"});
        assert_eq!(differences(&other), ["spec.more", "spec.template.data.*"]);
    }
}
