//! What of the Helm chart comes from code: its definitions and rules of RBAC, which are those of
//! `signet install`, and what follows from its values.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use signet_api::install::{self, Kind};
use signet_api::rbac::rules::Part;

use super::{NOTICE, values};

const CHART: &str = "deploy/chart";

/// Every generated file of the chart, and the page about it.
pub(super) fn files() -> Result<BTreeMap<PathBuf, String>> {
    let place = Path::new(CHART);
    let source = crate::root().join(place).join("values.yaml");
    let text = fs::read_to_string(&source).with_context(|| format!("{}", source.display()))?;
    let values = values::read(&text)?;
    let mut files = BTreeMap::from([
        (place.join("Chart.yaml"), chart()),
        (place.join("values.schema.json"), values::schema(&values)?),
        ("docs/reference/chart.md".into(), values::reference(&values)),
    ]);
    for kind in Kind::ALL {
        let definition = install::definition(kind);
        let name = definition["metadata"]["name"].as_str().unwrap_or_default();
        let path = place.join("files/crds").join(format!("{name}.yaml"));
        files.insert(path, yaml(&definition));
    }
    for part in Part::ALL {
        let path = place
            .join("files/rbac")
            .join(format!("{}.yaml", part.name()));
        files.insert(path, yaml(&Value::Array(part.rules())));
    }
    Ok(files)
}

fn yaml(value: &Value) -> String {
    format!("{NOTICE}{}", signet_yaml::write(value))
}

/// The chart has the version of the program that it installs.
fn chart() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "{NOTICE}apiVersion: v2
name: signet
description: Unseals SealedSecrets and keeps a cluster equal to a Git repository
type: application
version: {version}
appVersion: v{version}
kubeVersion: \">=1.25.0-0\"
home: https://signet.dev/signet
keywords:
- sealed-secrets
- secrets
- gitops
"
    )
}
