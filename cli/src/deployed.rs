//! A controller's Deployment: what it runs, with which flags, and whether it does.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// What of a Deployment is of interest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployed {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Image of the controller's container.
    pub image: String,
    /// How many pods are asked for.
    pub wanted: u64,
    /// How many are ready.
    pub ready: u64,
    /// The ServiceAccount of its pods.
    pub account: String,
    /// Flags, from the command line and from the environment, by name without dashes.
    pub flags: BTreeMap<String, Flag>,
    /// Labels that select its pods.
    #[serde(skip)]
    pub selector: BTreeMap<String, String>,
    /// Its labels.
    #[serde(skip)]
    pub labels: BTreeMap<String, String>,
}

/// A flag as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Flag {
    /// Its value; `None` for one from the environment that is kept elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether it is a variable of the environment.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_environment: bool,
}

/// How variables of the sealed-secrets controller begin, which ours reads too.
const VARIABLE: &str = "SEALED_SECRETS_";

impl Deployed {
    /// Reads a Deployment. `is_controller` picks the container by image and command; without one
    /// that it picks, the first counts.
    pub fn of(object: &Value, is_controller: impl Fn(&Value) -> bool) -> Self {
        let pod = &object["spec"]["template"]["spec"];
        let containers = pod["containers"].as_array().map_or(&[][..], Vec::as_slice);
        let container = containers.iter().find(|container| is_controller(container));
        let container = container.or(containers.first()).unwrap_or(&Value::Null);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let account = text(&pod["serviceAccountName"]);
        Self {
            namespace: text(&object["metadata"]["namespace"]),
            name: text(&object["metadata"]["name"]),
            image: text(&container["image"]),
            wanted: object["spec"]["replicas"].as_u64().unwrap_or(1),
            ready: object["status"]["readyReplicas"].as_u64().unwrap_or(0),
            account: if account.is_empty() {
                "default".to_owned()
            } else {
                account
            },
            flags: flags(container),
            selector: texts(&object["spec"]["selector"]["matchLabels"]),
            labels: texts(&object["metadata"]["labels"]),
        }
    }

    /// `namespace/name`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// The value of a flag that was given and is not empty.
    pub fn flag(&self, name: &str) -> Option<&str> {
        let value = self.flags.get(name)?.value.as_deref();
        value.filter(|value| !value.is_empty())
    }

    /// The labels that select its pods, as `kubectl -l` takes them.
    pub fn pods(&self) -> String {
        let pairs = self
            .selector
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        pairs.collect::<Vec<_>>().join(",")
    }
}

fn texts(map: &Value) -> BTreeMap<String, String> {
    let pairs = map.as_object().into_iter().flatten();
    pairs
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// Variables first: the command line wins.
fn flags(container: &Value) -> BTreeMap<String, Flag> {
    let list = |name: &str| container[name].as_array().map_or(&[][..], Vec::as_slice);
    let mut all: BTreeMap<String, Flag> = list("env").iter().filter_map(variable).collect();
    let words = [list("command"), list("args")].concat();
    let mut words = words.iter().filter_map(Value::as_str).peekable();
    while let Some(word) = words.next() {
        let Some(name) = word.strip_prefix("--").filter(|name| !name.is_empty()) else {
            continue;
        };
        let (name, value) = match name.split_once('=') {
            Some((name, value)) => (name, value.to_owned()),
            None => (
                name,
                words
                    .next_if(|next| !next.starts_with('-'))
                    .unwrap_or("true")
                    .to_owned(),
            ),
        };
        let flag = Flag {
            value: Some(value),
            from_environment: false,
        };
        all.insert(name.to_owned(), flag);
    }
    all
}

fn variable(variable: &Value) -> Option<(String, Flag)> {
    let name = variable["name"].as_str()?.strip_prefix(VARIABLE)?;
    let value = variable["value"].as_str().map(str::to_owned);
    let value = value.or_else(|| variable["valueFrom"].is_null().then(String::new));
    let flag = Flag {
        value,
        from_environment: true,
    };
    Some((name.to_lowercase().replace('_', "-"), flag))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployed(container: Value) -> Deployed {
        let containers = [json!({"image": "proxy"}), container];
        let pod = json!({"serviceAccountName": "s", "containers": containers});
        let object = json!({
            "metadata": {"namespace": "kube-system", "name": "c"},
            "spec": {
                "replicas": 2, "template": {"spec": pod},
                "selector": {"matchLabels": {"b": "2", "a": "1"}},
            },
            "status": {"readyReplicas": 1},
        });
        Deployed::of(&object, |container| container["image"] == "c:v1")
    }

    #[test]
    fn flags_are_read_in_every_form_and_the_command_line_wins() {
        let found = deployed(json!({
            "image": "c:v1", "command": ["controller", "--key-ttl", "24h"],
            "args": ["--update-status", "--key-prefix=k", "--key-size=", "-x"],
            "env": [
                {"name": "SEALED_SECRETS_KEY_TTL", "value": "1h"},
                {"name": "SEALED_SECRETS_MY_CN", "valueFrom": {"secretKeyRef": {}}},
                {"name": "POD_NAMESPACE", "value": "x"},
            ],
        }));
        assert_eq!(found.flag("key-ttl"), Some("24h"));
        assert_eq!(found.flag("update-status"), Some("true"));
        assert_eq!(
            (found.flag("key-prefix"), found.flag("key-size")),
            (Some("k"), None)
        );
        assert_eq!(found.flags["my-cn"].value, None);
        assert_eq!(found.flags.len(), 5);
    }

    #[test]
    fn what_runs_is_told() {
        let found = deployed(json!({"image": "c:v1"}));
        assert_eq!((found.wanted, found.ready), (2, 1));
        assert_eq!(found.image, "c:v1");
        assert_eq!(found.pods(), "a=1,b=2");
        assert_eq!(Deployed::of(&Value::Null, |_| true).account, "default");
    }
}
