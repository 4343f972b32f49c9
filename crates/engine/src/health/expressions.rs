//! Expressions of a Kustomization: when objects of a kind are healthy (`spec.healthCheckExprs`) and
//! when a dependency is (`spec.dependsOn[].readyExpr`).
//!
//! They are compiled once for a generation of the Kustomization; what cannot be compiled is a
//! terminal error of it, reason `InvalidCELExpression`. An expression that fails when it is
//! evaluated makes the status of its object unknown, which may pass and is waited for.

use serde_json::Value;
use signet_api::health_check::HealthCheckExpr;
use signet_api::object_id::split_api_version;
use signet_cel::{Program, Variables};

use super::view::View;
use super::{Health, Status};
use crate::invalid::Invalid;

/// The expressions of `spec.healthCheckExprs`, compiled.
#[derive(Default)]
pub struct HealthExprs(Vec<Entry>);

/// The expressions for a kind, or for every kind of a group.
struct Entry {
    group: String,
    kind: Option<String>,
    /// In the order in which they are asked, each with its name and what it means.
    asked: Vec<(&'static str, Status, Program)>,
}

impl HealthExprs {
    /// Compiles them all.
    ///
    /// # Errors
    /// Every field that is wrong: an expression that is none, one that is missing, a kind for which
    /// there are two.
    pub fn compile(exprs: &[HealthCheckExpr]) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        for (index, expr) in exprs.iter().enumerate() {
            let entry = Entry::compile(expr, index, &mut wrong);
            if entries.iter().any(|other| other.selects_the_same(&entry)) {
                wrong.push(Invalid {
                    field: field(index, "kind"),
                    cause: format!(
                        "there are expressions for {} already: keep one of them",
                        entry.shown()
                    ),
                });
            }
            entries.push(entry);
        }
        if wrong.is_empty() {
            Ok(Self(entries))
        } else {
            Err(wrong)
        }
    }

    /// The health of an object for whose kind there are expressions; `None` for every other, and
    /// for a Job, whose rule Flux asks before.
    ///
    /// Expressions for the kind win over those for its group.
    #[must_use]
    pub fn assess(&self, body: &Value) -> Option<Health> {
        let view = View(body);
        let (group, kind) = (view.group(), view.kind());
        if (group, kind) == ("batch", "Job") {
            return None;
        }
        let fits = |entry: &&Entry, wanted: Option<&str>| {
            entry.group == group && entry.kind.as_deref() == wanted
        };
        let own = self.0.iter().find(|entry| fits(entry, Some(kind)));
        let entry = own.or_else(|| self.0.iter().find(|entry| fits(entry, None)))?;
        Some(entry.assess(body))
    }
}

impl Entry {
    fn compile(expr: &HealthCheckExpr, index: usize, wrong: &mut Vec<Invalid>) -> Self {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        let texts = [
            ("inProgress", Status::InProgress, given(&expr.in_progress)),
            ("failed", Status::Failed, given(&expr.failed)),
            ("current", Status::Current, expr.current.clone()),
        ];
        let mut asked = Vec::new();
        for (name, status, text) in texts {
            let missing = || "there is none, and without it nothing is ever healthy".to_owned();
            let compiled = match text.as_str() {
                "" if name == "current" => Err(missing()),
                "" => continue,
                text => Program::parse(text).map_err(|invalid| invalid.to_string()),
            };
            match compiled {
                Ok(program) => asked.push((name, status, program)),
                Err(cause) => wrong.push(Invalid {
                    field: field(index, name),
                    cause,
                }),
            }
        }
        Self {
            group: split_api_version(&expr.api_version).0.to_owned(),
            kind: expr.kind.clone().filter(|kind| !kind.is_empty()),
            asked,
        }
    }

    fn selects_the_same(&self, other: &Self) -> bool {
        (&self.group, &self.kind) == (&other.group, &other.kind)
    }

    fn shown(&self) -> String {
        let kind = self.kind.as_deref().unwrap_or("every kind");
        match self.group.as_str() {
            "" => format!("{kind} of the core group"),
            group => format!("{kind} of {group}"),
        }
    }

    fn assess(&self, body: &Value) -> Health {
        let whole = |pointer: &str| body.pointer(pointer).and_then(Value::as_i64);
        let observed = whole("/status/observedGeneration");
        if let (Some(observed), Some(generation)) = (observed, whole("/metadata/generation"))
            && observed != generation
        {
            return Health::new(
                Status::InProgress,
                format!("generation {observed} of {generation} is observed"),
            );
        }
        let none = serde_json::Map::new();
        let fields = Variables::Fields(body.as_object().unwrap_or(&none));
        for (name, status, program) in &self.asked {
            match program.holds(fields) {
                Ok(true) => return Health::new(*status, format!("the expression {name} is true")),
                Ok(false) => {}
                Err(error) => return Health::unknown(evaluation(program, &error)),
            }
        }
        Health::new(Status::InProgress, "no expression is true")
    }
}

/// One `readyExpr`, compiled.
pub struct ReadyExpr(Program);

impl ReadyExpr {
    /// Compiles the expression of the dependency with this number, over `self` and `dep`.
    ///
    /// # Errors
    /// It is none, names something else, or cannot be a truth value.
    pub fn compile(text: &str, index: usize) -> Result<Self, Invalid> {
        let compiled = Program::typed(text, &["self", "dep"]);
        compiled.map(Self).map_err(|invalid| Invalid {
            field: format!("spec.dependsOn[{index}].readyExpr"),
            cause: invalid.to_string(),
        })
    }

    /// Whether the dependency is ready, given both Kustomizations as the API server holds them.
    ///
    /// # Errors
    /// The expression fails, which may pass when the dependency changes.
    pub fn holds(&self, own: &Value, dependency: &Value) -> Result<bool, String> {
        let both = [("self", own), ("dep", dependency)];
        let held = self.0.holds(Variables::Named(&both));
        held.map_err(|error| evaluation(&self.0, &error))
    }
}

fn field(index: usize, name: &str) -> String {
    format!("spec.healthCheckExprs[{index}].{name}")
}

fn evaluation(program: &Program, error: &signet_cel::Error) -> String {
    let text = program.text();
    format!("failed to evaluate the CEL expression '{text}': {error}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use super::*;
    use serde_json::json;

    fn expr(api_version: &str, kind: &str, current: &str) -> HealthCheckExpr {
        HealthCheckExpr {
            api_version: api_version.to_owned(),
            kind: Some(kind.to_owned()),
            current: current.to_owned(),
            ..HealthCheckExpr::default()
        }
    }

    fn status(exprs: &[HealthCheckExpr], body: &Value) -> Option<Status> {
        let compiled = HealthExprs::compile(exprs).unwrap_or_default();
        compiled.assess(body).map(|health| health.status)
    }

    fn fields(exprs: &[HealthCheckExpr]) -> Vec<String> {
        let wrong = HealthExprs::compile(exprs).err().unwrap_or_default();
        wrong.into_iter().map(|invalid| invalid.field).collect()
    }

    #[test]
    fn expressions_for_the_kind_win_over_those_for_the_group() {
        let exprs = [
            expr("example.com/v1", "", "true"),
            expr("example.com/v2", "Shop", "false"),
        ];
        let object = |kind: &str| json!({"apiVersion": "example.com/v1", "kind": kind});
        assert_eq!(status(&exprs, &object("Shop")), Some(Status::InProgress));
        assert_eq!(status(&exprs, &object("Cart")), Some(Status::Current));
        let other = json!({"apiVersion": "v1", "kind": "Shop"});
        assert_eq!(status(&exprs, &other), None);
    }

    #[test]
    fn the_generation_comes_first_then_progress_failure_and_success() {
        let mut exprs = [expr("a/v1", "K", "status.c")];
        exprs[0].in_progress = Some("status.p".to_owned());
        exprs[0].failed = Some("status.f".to_owned());
        let with = |p: bool, f: bool, c: bool, observed: i64| {
            let body = json!({"apiVersion": "a/v1", "kind": "K", "metadata": {"generation": 2},
                "status": {"p": p, "f": f, "c": c, "observedGeneration": observed}});
            status(&exprs, &body).unwrap()
        };
        assert_eq!(with(false, true, true, 1), Status::InProgress);
        assert_eq!(with(true, true, true, 2), Status::InProgress);
        assert_eq!(with(false, true, true, 2), Status::Failed);
        assert_eq!(with(false, false, true, 2), Status::Current);
        assert_eq!(with(false, false, false, 2), Status::InProgress);
    }

    #[test]
    fn an_expression_that_fails_leaves_the_health_unknown() {
        let compiled =
            HealthExprs::compile(&[expr("a/v1", "K", "status.nope == 1")]).unwrap_or_default();
        let body = json!({"apiVersion": "a/v1", "kind": "K"});
        let health = compiled.assess(&body).unwrap();
        assert_eq!(health.status, Status::Unknown);
        assert_eq!(
            health.message,
            "failed to evaluate the CEL expression 'status.nope == 1': no such attribute(s): status"
        );
    }

    #[test]
    fn what_cannot_be_compiled_is_named_by_its_field() {
        let mut bad = expr("a/v1", "K", "1 +");
        bad.failed = Some("nope(1)".to_owned());
        let exprs = [expr("a/v1", "K", ""), bad, expr("a/v2", "K", "true")];
        assert_eq!(
            fields(&exprs),
            [
                "spec.healthCheckExprs[0].current",
                "spec.healthCheckExprs[1].failed",
                "spec.healthCheckExprs[1].current",
                "spec.healthCheckExprs[1].kind",
                "spec.healthCheckExprs[2].kind",
            ]
        );
    }

    #[test]
    fn a_job_is_judged_by_its_own_rule() {
        let exprs = [expr("batch/v1", "", "true")];
        let of = |kind: &str| json!({"apiVersion": "batch/v1", "kind": kind});
        assert_eq!(status(&exprs, &of("Job")), None);
        assert_eq!(status(&exprs, &of("CronJob")), Some(Status::Current));
    }

    #[test]
    fn a_dependency_is_ready_when_its_expression_holds() {
        let text = "dep.metadata.labels['app/version'] == self.metadata.labels['app/version']";
        let ready = ReadyExpr::compile(text, 0).ok().unwrap();
        let with = |version: &str| json!({"metadata": {"labels": {"app/version": version}}});
        assert_eq!(ready.holds(&with("1"), &with("1")), Ok(true));
        assert_eq!(ready.holds(&with("1"), &with("2")), Ok(false));
        assert!(ready.holds(&with("1"), &json!({})).is_err());
        let wrong = ReadyExpr::compile("dep.metadata.name", 3).err().unwrap();
        assert_eq!(wrong.field, "spec.dependsOn[3].readyExpr");
        assert!(
            wrong.cause.contains("expected bool, got dyn"),
            "{}",
            wrong.cause
        );
    }
}
