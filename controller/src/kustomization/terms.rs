//! What a declaration says in languages of its own: expressions about health and readiness, rules
//! about what is ignored. Compiled once for each generation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use signet_api::Kustomization;
use signet_engine::Invalid;
use signet_engine::health::expressions::{HealthExprs, ReadyExpr};
use signet_engine::ignore;

use super::failure::Failure;
use crate::vitals::Rules;
use crate::wake::Key;

/// See the module's documentation.
pub struct Terms {
    /// How objects of some kinds are judged; `None` if no kind is.
    pub health: Option<Rules>,
    /// For each dependency, how it is judged if not as usual.
    pub ready: Vec<Option<ReadyExpr>>,
    /// What is no drift.
    pub ignore: ignore::Rules,
}

/// The terms of each Kustomization, by generation.
#[derive(Default)]
pub struct Compiled(Mutex<HashMap<Key, (Generation, Arc<Terms>)>>);

type Generation = (Option<String>, Option<i64>);

impl Compiled {
    /// The terms of this declaration.
    ///
    /// # Errors
    /// An expression or a rule that is none; each with its field.
    pub fn of(&self, key: &Key, kustomization: &Kustomization) -> Result<Arc<Terms>, Failure> {
        let metadata = &kustomization.metadata;
        let generation = (metadata.uid.clone(), metadata.generation);
        let known = self.with(|all| all.get(key).cloned());
        if let Some((_, terms)) = known.filter(|(of, _)| *of == generation) {
            return Ok(terms);
        }
        let terms = Arc::new(Terms::compile(kustomization)?);
        self.with(|all| all.insert(key.clone(), (generation, terms.clone())));
        Ok(terms)
    }

    /// Forgets a Kustomization that is gone.
    pub fn forget(&self, key: &Key) {
        self.with(|all| drop(all.remove(key)));
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Key, (Generation, Arc<Terms>)>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Terms {
    fn compile(kustomization: &Kustomization) -> Result<Self, Failure> {
        let spec = &kustomization.spec;
        let health = HealthExprs::compile(&spec.health_check_exprs)
            .map_err(|wrong| Failure::terminal("InvalidCELExpression", lines(&wrong)))?;
        let ready = spec
            .depends_on
            .iter()
            .enumerate()
            .map(|(index, dependency)| {
                let text = dependency
                    .ready_expr
                    .as_deref()
                    .filter(|text| !text.is_empty());
                text.map(|text| ReadyExpr::compile(text, index)).transpose()
            });
        let ready: Result<_, Invalid> = ready.collect();
        let ignore = ignore::Rules::compile(&spec.ignore)
            .map_err(|wrong| Failure::terminal("ReconciliationFailed", lines(&wrong)))?;
        let judge: Rules = Arc::new(move |object| health.assess(object));
        Ok(Self {
            health: (!spec.health_check_exprs.is_empty()).then_some(judge),
            ready: ready
                .map_err(|wrong| Failure::terminal("InvalidCELExpression", wrong.to_string()))?,
            ignore,
        })
    }
}

fn lines(wrong: &[Invalid]) -> String {
    let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
