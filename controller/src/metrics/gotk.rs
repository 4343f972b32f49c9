//! What dashboards of Flux read, under Flux's names and labels: how long each object takes, and what
//! each one is. Flux leaves the second to kube-state-metrics; here it needs no further program.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets_range};
use prometheus_client::registry::Registry;

/// Cheap to note.
pub struct Gotk {
    durations: Family<ObjectLabels, Histogram>,
    info: Family<Info, Gauge>,
    shown: Mutex<HashMap<ObjectLabels, Info>>,
}

/// Which object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ObjectLabels {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
}

/// What an object is. No label holds a credential: a URL with one is refused before it gets here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Info {
    /// Its kind.
    pub customresource_kind: String,
    /// Its namespace.
    pub exported_namespace: String,
    /// Its name.
    pub name: String,
    /// `True`, `False` or `Unknown`.
    pub ready: String,
    /// `true` or `false`.
    pub suspended: String,
    /// The revision it is at.
    pub revision: String,
    /// Where it is fetched from.
    pub url: String,
}

impl Default for Gotk {
    fn default() -> Self {
        // Ten of them, from 10 ms to half an hour, as Flux has them.
        let histogram = || Histogram::new(exponential_buckets_range(0.01, 1800.0, 10));
        Self {
            durations: Family::new_with_constructor(histogram),
            info: Family::default(),
            shown: Mutex::default(),
        }
    }
}

impl Gotk {
    /// Shows them in a registry.
    pub fn register(&self, registry: &mut Registry) {
        let gotk = registry.sub_registry_with_prefix("gotk");
        let help = "The duration in seconds of a reconciliation";
        gotk.register("reconcile_duration_seconds", help, self.durations.clone());
        gotk.register(
            "resource_info",
            "What an object is; always 1",
            self.info.clone(),
        );
    }

    /// Notes how long a reconciliation took.
    pub fn took(&self, object: &ObjectLabels, time: Duration) {
        self.durations
            .get_or_create(object)
            .observe(time.as_secs_f64());
    }

    /// Notes what an object is now, in place of what it was.
    pub fn is(&self, object: &ObjectLabels, info: &Info) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let old = shown.insert(object.clone(), info.clone());
        if let Some(old) = old.filter(|old| old != info) {
            self.info.remove(&old);
        }
        self.info.get_or_create(info).set(1);
    }

    /// Shows an object that is gone no longer.
    pub fn forget(&self, object: &ObjectLabels) {
        self.durations.remove(object);
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = shown.remove(object) {
            self.info.remove(&old);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is the failed test")]

    use prometheus_client::encoding::text;

    use super::*;

    #[test]
    fn an_object_is_shown_once_as_it_is_and_not_when_it_is_gone() {
        let (gotk, mut registry) = (Gotk::default(), Registry::default());
        gotk.register(&mut registry);
        let object = ObjectLabels {
            kind: "GitRepository".to_owned(),
            name: "fleet".to_owned(),
            namespace: "a".to_owned(),
        };
        let info = |ready: &str| Info {
            name: "fleet".to_owned(),
            ready: ready.to_owned(),
            ..Info::default()
        };
        let shown = || {
            let mut out = String::new();
            text::encode(&mut out, &registry).unwrap();
            out
        };
        gotk.took(&object, Duration::from_millis(20));
        gotk.is(&object, &info("False"));
        gotk.is(&object, &info("True"));
        let text = shown();
        assert_eq!(text.matches("gotk_resource_info{").count(), 1, "{text}");
        assert!(text.contains("ready=\"True\""), "{text}");
        let count = "gotk_reconcile_duration_seconds_count{kind=\"GitRepository\",name=\"fleet\",namespace=\"a\"} 1";
        assert!(text.contains(count), "{text}");
        gotk.forget(&object);
        assert!(!shown().contains("fleet"), "{}", shown());
    }
}
