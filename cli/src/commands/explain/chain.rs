//! A chain of causes: steps that each rest on the ones before, the first that is blocked, and what to
//! type next. It knows no kind: each kind's page turns facts into one.

use serde::Serialize;

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Good,
    /// Good for now, or surprising.
    Warning,
    /// It is the reason, or one of them.
    Blocked,
    /// It could not be looked at.
    Unknown,
}

impl State {
    /// The sign on a terminal.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Good => "✔",
            Self::Warning => "!",
            Self::Blocked => "✖",
            Self::Unknown => "?",
        }
    }

    /// The word where there is no terminal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Blocked => "blocked",
            Self::Unknown => "unknown",
        }
    }
}

/// One link of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What it is about, such as `opened`.
    pub name: &'static str,
    /// How it stands.
    pub state: State,
    /// What was seen.
    pub says: String,
    /// What that means, and what can be done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub meaning: Vec<String>,
    /// Commands to type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<String>,
}

impl Step {
    /// A step and how it stands.
    pub fn new(state: State, name: &'static str, says: impl Into<String>) -> Self {
        Self {
            name,
            state,
            says: says.into(),
            meaning: Vec::new(),
            next: Vec::new(),
        }
    }

    /// As it should be.
    pub fn good(name: &'static str, says: impl Into<String>) -> Self {
        Self::new(State::Good, name, says)
    }

    /// Adds a sentence of what it means.
    #[must_use]
    pub fn means(mut self, sentence: impl Into<String>) -> Self {
        self.meaning.push(sentence.into());
        self
    }

    /// Adds a command.
    #[must_use]
    pub fn then(mut self, command: impl Into<String>) -> Self {
        self.next.push(command.into());
        self
    }
}

/// All steps, in the order in which one rests on the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// The steps.
    pub steps: Vec<Step>,
}

impl Chain {
    /// The first step that is blocked.
    pub fn blocker(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.state == State::Blocked)
    }

    /// Adds a step.
    pub fn push(&mut self, step: Step) {
        self.steps.push(step);
    }
}
