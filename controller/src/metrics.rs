//! Numbers for operators, in the OpenMetrics text form.
//!
//! What the sealed-secrets controller counts keeps its names and labels, so that dashboards and
//! alerts go on working; what is ours begins with `signet_`. No label names a Secret beyond
//! what the peer shows: namespace and name of a SealedSecret, in `condition_info` alone.

mod classic;
mod gotk;
mod outcome;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

pub use classic::classic;
pub use gotk::{Gotk, Info, ObjectLabels};
pub use outcome::Outcome;

/// All numbers; cheap to note, read only by [`Metrics::text`].
pub struct Metrics {
    /// What dashboards of Flux read.
    pub gotk: Gotk,
    registry: Registry,
    unseal_requests: Counter,
    unseal_errors: Family<ErrorLabels, Counter>,
    conditions: Family<ConditionLabels, Gauge>,
    shown: Mutex<HashMap<(String, String), (ConditionLabels, i64)>>,
    omit_names: bool,
    http_requests: Family<HttpLabels, Counter>,
    http_durations: Family<PageLabels, Histogram>,
    build: Family<BuildLabels, Gauge>,
    reconciliations: Family<ResultLabels, Counter>,
    durations: Family<KindLabels, Histogram>,
    keys: Gauge,
    certificate_expiry: Gauge,
    answers: Family<AnswerLabels, Counter>,
    leads: Gauge,
    rolls: Counter,
    opened: Counter,
    verified: Counter,
    applies: Counter,
    posts: Family<PostLabels, Counter>,
    parts: Mutex<HashSet<(String, String)>>,
    listed: Mutex<HashSet<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    reason: String,
    namespace: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConditionLabels {
    namespace: String,
    name: String,
    condition: String,
    ss_app_kubernetes_io_instance: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabels {
    kind: String,
    result: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PostLabels {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HttpLabels {
    path: String,
    code: u16,
    method: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PageLabels {
    path: String,
    method: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    revision: String,
}

impl Metrics {
    /// Nothing counted yet. With `omit_names` no SealedSecret is named: of those in one namespace the
    /// worst condition is shown.
    #[must_use]
    pub fn new(omit_names: bool) -> Self {
        let mut metrics = Self {
            gotk: Gotk::default(),
            registry: Registry::default(),
            unseal_requests: Counter::default(),
            unseal_errors: Family::default(),
            conditions: Family::default(),
            shown: Mutex::default(),
            omit_names,
            http_requests: Family::default(),
            http_durations: Family::new_with_constructor(|| Histogram::new(PAGE_BUCKETS)),
            build: Family::default(),
            reconciliations: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            keys: Gauge::default(),
            certificate_expiry: Gauge::default(),
            answers: Family::default(),
            leads: Gauge::default(),
            rolls: Counter::default(),
            opened: Counter::default(),
            verified: Counter::default(),
            applies: Counter::default(),
            posts: Family::default(),
            parts: Mutex::default(),
            listed: Mutex::default(),
        };
        metrics.register();
        metrics.gotk.register(&mut metrics.registry);
        metrics
    }

    fn register(&mut self) {
        let peer = self
            .registry
            .sub_registry_with_prefix("sealed_secrets_controller");
        peer.register(
            "unseal_requests",
            "Attempts to unseal",
            self.unseal_requests.clone(),
        );
        peer.register(
            "unseal_errors",
            "Failed attempts to unseal",
            self.unseal_errors.clone(),
        );
        peer.register(
            "condition_info",
            "Condition of a SealedSecret: -1 False, 0 Unknown, 1 True",
            self.conditions.clone(),
        );
        peer.register(
            "http_requests",
            "Requests over HTTP",
            self.http_requests.clone(),
        );
        peer.register(
            "http_request_duration_seconds",
            "Time that a request over HTTP took",
            self.http_durations.clone(),
        );
        peer.register("build_info", "Build information", self.build.clone());
        let revision = env!("CARGO_PKG_VERSION").to_owned();
        self.build.get_or_create(&BuildLabels { revision }).set(0);
        let ours = self.registry.sub_registry_with_prefix("signet");
        ours.register(
            "reconciliations",
            "Reconciliations by kind and result",
            self.reconciliations.clone(),
        );
        ours.register(
            "reconcile_duration_seconds",
            "Time that a reconciliation took",
            self.durations.clone(),
        );
        ours.register(
            "sealing_keys",
            "Private keys that can open",
            self.keys.clone(),
        );
        ours.register(
            "sealing_certificate_expiry_timestamp_seconds",
            "When the newest certificate expires, as Unix time",
            self.certificate_expiry.clone(),
        );
        ours.register(
            "leader",
            "1 while this replica holds the Lease",
            self.leads.clone(),
        );
        ours.register(
            "workloads_rolled",
            "Workloads that were rolled because a Secret changed in value",
            self.rolls.clone(),
        );
        ours.register(
            "sealed_secrets_opened",
            "SealedSecrets that were opened with a private key, or tried",
            self.opened.clone(),
        );
        ours.register(
            "sealed_secrets_verified",
            "SealedSecrets found in order by their record, without opening them",
            self.verified.clone(),
        );
        ours.register(
            "applies",
            "Objects that were sent to an API server to be applied, rehearsals apart",
            self.applies.clone(),
        );
        ours.register(
            "events_posted",
            "Events for --events-addr, by what became of them",
            self.posts.clone(),
        );
        ours.register(
            "guarded_answers",
            "Answers to requests that need a token, by HTTP code",
            self.answers.clone(),
        );
    }

    /// Notes a finished reconciliation of `kind`.
    pub fn reconciled(&self, kind: &str, outcome: Outcome, took: Duration) {
        let result = if outcome == Outcome::Success {
            "success"
        } else {
            "failure"
        };
        let labels = ResultLabels {
            kind: kind.to_owned(),
            result: result.to_owned(),
        };
        self.reconciliations.get_or_create(&labels).inc();
        self.durations
            .get_or_create(&KindLabels {
                kind: kind.to_owned(),
            })
            .observe(took.as_secs_f64());
    }

    /// Notes that an object was sent to be applied.
    pub fn applied(&self) {
        self.applies.inc();
    }

    /// Notes what became of an event that was to be posted.
    pub fn posted(&self, result: &'static str) {
        self.posts.get_or_create(&PostLabels { result }).inc();
    }

    /// Notes the beginning of an attempt to unseal.
    pub fn unseal_requested(&self) {
        self.unseal_requests.inc();
    }

    /// Notes how it ended; `error` is the peer's word for the failure, `None` a success.
    pub fn unsealed(&self, namespace: &str, name: &str, instance: &str, error: Option<&str>) {
        if let Some(reason) = error {
            self.unseal_failed(reason, namespace);
        }
        let labels = ConditionLabels {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            condition: "Synced".to_owned(),
            ss_app_kubernetes_io_instance: instance.to_owned(),
        };
        let slot = (namespace.to_owned(), name.to_owned());
        let value = if error.is_none() { 1 } else { -1 };
        self.with_shown(|shown| {
            let old = shown.insert(slot, (labels.clone(), value));
            if self.omit_names {
                self.show_worst(shown, namespace);
                return;
            }
            if let Some((old, _)) = old.filter(|(old, _)| *old != labels) {
                self.conditions.remove(&old);
            }
            self.conditions.get_or_create(&labels).set(value);
        });
    }

    /// One series for a namespace, without names.
    fn show_worst(
        &self,
        shown: &HashMap<(String, String), (ConditionLabels, i64)>,
        namespace: &str,
    ) {
        let labels = ConditionLabels {
            namespace: namespace.to_owned(),
            name: String::new(),
            condition: "Synced".to_owned(),
            ss_app_kubernetes_io_instance: String::new(),
        };
        let of_namespace = shown.iter().filter(|((of, _), _)| of == namespace);
        match of_namespace.map(|(_, (_, value))| *value).min() {
            Some(worst) => drop(self.conditions.get_or_create(&labels).set(worst)),
            None => drop(self.conditions.remove(&labels)),
        }
    }

    /// Notes an answer over HTTP.
    pub fn http(&self, path: &str, method: &str, code: u16, took: Duration) {
        let method = match method {
            "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => {
                method.to_lowercase()
            }
            // Anybody may invent methods; each would be a series.
            _ => "unknown".to_owned(),
        };
        let path = path.to_owned();
        let page = PageLabels {
            path: path.clone(),
            method: method.clone(),
        };
        self.http_durations
            .get_or_create(&page)
            .observe(took.as_secs_f64());
        let labels = HttpLabels { path, code, method };
        self.http_requests.get_or_create(&labels).inc();
    }

    /// Counts one failure of unsealing: `fetch`, `status`, `unseal`, `update` or `unmanaged`.
    pub fn unseal_failed(&self, reason: &str, namespace: &str) {
        let labels = ErrorLabels {
            reason: reason.to_owned(),
            namespace: namespace.to_owned(),
        };
        self.unseal_errors.get_or_create(&labels).inc();
    }

    /// Stops showing a SealedSecret that is gone.
    pub fn forget(&self, namespace: &str, name: &str) {
        let slot = (namespace.to_owned(), name.to_owned());
        self.with_shown(|shown| {
            let Some((labels, _)) = shown.remove(&slot) else {
                return;
            };
            if self.omit_names {
                self.show_worst(shown, namespace);
            } else {
                self.conditions.remove(&labels);
            }
        });
    }

    /// Notes how many keys there are, and when the newest certificate expires.
    pub fn keys(&self, count: usize, expiry: Option<Timestamp>) {
        self.keys.set(i64::try_from(count).unwrap_or(i64::MAX));
        self.certificate_expiry
            .set(expiry.map_or(0, Timestamp::as_second));
    }

    /// Counts a workload that is rolled.
    pub fn rolled(&self) {
        self.rolls.inc();
    }

    /// Notes whether this replica holds the Lease.
    pub fn leads(&self, leads: bool) {
        self.leads.set(leads.into());
    }

    /// Counts a SealedSecret that is opened with a private key.
    pub fn opened(&self) {
        self.opened.inc();
    }

    /// Counts a SealedSecret that need not be opened.
    pub fn verified(&self) {
        self.verified.inc();
    }

    /// Notes that the first list of one of `all` parts of `kind` is complete. Returns whether that
    /// completed the whole, now.
    pub fn listed_part(&self, kind: &str, part: &str, all: usize) -> bool {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.insert((kind.to_owned(), part.to_owned()));
        let complete = parts.iter().filter(|(of, _)| of == kind).count() >= all;
        if complete && !self.has_listed(kind) {
            self.listed(kind);
            return true;
        }
        false
    }

    /// Notes that the first list of `kind` is complete.
    pub fn listed(&self, kind: &str) {
        self.listed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(kind.to_owned());
    }

    /// Whether it is; readiness goes by it.
    #[must_use]
    pub fn has_listed(&self, kind: &str) -> bool {
        self.listed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(kind)
    }

    /// Counts an answer to a request that needs a token.
    pub fn answered(&self, code: u16) {
        self.answers.get_or_create(&AnswerLabels { code }).inc();
    }

    /// Everything, as Prometheus scrapes it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        match text::encode(&mut out, &self.registry) {
            Ok(()) => out,
            // A String takes all that is written to it; an encoder that refuses has nothing to say.
            Err(_) => String::new(),
        }
    }

    fn with_shown<T>(
        &self,
        work: impl FnOnce(&mut HashMap<(String, String), (ConditionLabels, i64)>) -> T,
    ) -> T {
        work(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Content type of [`classic()`] text.
pub const CLASSIC: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Buckets of requests over HTTP: the ones that the peer has.
const PAGE_BUCKETS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Content type of [`Metrics::text`].
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From a reconciliation that found nothing to do (1 ms) to one that waited for health.
const BUCKETS: [f64; 10] = [0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0];

#[cfg(test)]
mod tests;
