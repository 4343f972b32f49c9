//! Label selectors, judged here and by the API server.

use futures::StreamExt as _;
use serde_json::json;
use signet_cluster::{Mode, Watched};
use signet_engine::labels::Selector;

use crate::place::Place;

/// Some that mean something, some that are at the edge of the grammar, some beyond it.
const SELECTORS: [&str; 40] = [
    "",
    " ",
    "env",
    "!env",
    "! env",
    "env=prod",
    "env = prod",
    "env==prod",
    "env===prod",
    "env=!prod",
    "env!=prod",
    "env!= prod,tier",
    "env in (prod)",
    "env in (prod, stage)",
    "env in(prod)",
    "env in ()",
    "env in (,)",
    "env in (,prod)",
    "env in (prod,)",
    "env in (prod stage)",
    "env in prod",
    "env notin (prod)",
    "env notin ()",
    "env=",
    "env=,tier",
    "env!=",
    "!env=prod",
    "tier>2",
    "tier>3",
    "tier<4",
    "tier>x",
    "env prod",
    "env,",
    ",env",
    "a/b/c",
    "A.b/c",
    "a.b/c",
    "in in (in)",
    "env in (prod)tier",
    "env)",
];

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn a_selector_takes_in_what_it_does_for_the_api_server() {
    let place = Place::new().await;
    let kind = place.config_maps().await;
    let objects = [
        ("none", json!({})),
        ("prod", json!({"env": "prod", "tier": "3"})),
        ("stage", json!({"env": "stage"})),
        ("empty", json!({"env": "", "in": "in"})),
    ];
    for (name, labels) in &objects {
        let mut body = place.config_map(name, "1");
        body["metadata"]["labels"] = labels.clone();
        place
            .cluster
            .apply(&kind, &body, Mode::Apply)
            .await
            .unwrap();
    }
    let judged = |selector: &Selector| {
        let taken = objects
            .iter()
            .filter(|(_, labels)| selector.selects(Some(labels)));
        let mut names: Vec<_> = taken.map(|(name, _)| (*name).to_owned()).collect();
        names.sort();
        names
    };
    for text in SELECTORS {
        let ours = Selector::parse(text).ok().map(|selector| judged(&selector));
        let theirs = listed(&place, &kind, text).await;
        assert_eq!(ours, theirs, "{text:?}");
    }
}

/// The names that the API server lists, sorted; `None` if it refuses the selector.
async fn listed(place: &Place, kind: &signet_cluster::Kind, selector: &str) -> Option<Vec<String>> {
    let watch = place
        .cluster
        .watch(kind, Some(&place.namespace), Some(selector));
    let mut events = std::pin::pin!(watch);
    let mut names = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Watched::Listed(object) => {
                names.extend(object["metadata"]["name"].as_str().map(str::to_owned));
            }
            Watched::Failed(error) => {
                assert_eq!(error.code, 400, "{selector:?}: {error}");
                return None;
            }
            Watched::Ready => break,
            _ => {}
        }
    }
    names.retain(|name| name != "kube-root-ca.crt");
    names.sort();
    Some(names)
}
