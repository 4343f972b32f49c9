//! A command line to be run twice, and what may differ.

/// A command line and what goes with it.
#[derive(Clone, Default)]
pub struct Case {
    /// Words behind the program's name, separated by blanks; `''` is an empty one.
    pub line: String,
    /// What is on standard input.
    pub input: String,
    /// Variables; there are no others but `HOME` and `PATH`.
    pub variables: Vec<(String, String)>,
    /// The label of a bare item on standard output.
    pub label: Option<String>,
    /// Whether the fields of an object may stand in another order.
    pub any_order: bool,
    /// What differs.
    pub differs: Option<Difference>,
}

/// A case that is the same for both.
#[must_use]
pub fn same(line: &str, input: &str) -> Case {
    Case {
        line: line.to_owned(),
        input: input.to_owned(),
        ..Case::default()
    }
}

impl Case {
    /// With these variables.
    #[must_use]
    pub fn with(self, variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            variables: variables.iter().map(owned).collect(),
            ..self
        }
    }

    /// With a bare item that opens under this label.
    #[must_use]
    pub fn label(self, label: &str) -> Self {
        Self {
            label: Some(label.to_owned()),
            ..self
        }
    }

    /// With fields in whatever order.
    #[must_use]
    pub fn any_order(self) -> Self {
        Self {
            any_order: true,
            ..self
        }
    }

    /// With results that differ, and why.
    #[must_use]
    pub fn differs(self, theirs: (i32, &str), ours: (i32, &str), because: &'static str) -> Self {
        let owned = |(code, words): (i32, &str)| (code, words.to_owned());
        Self {
            differs: Some(Difference {
                theirs: owned(theirs),
                ours: owned(ours),
                because,
            }),
            ..self
        }
    }
}

/// Results that are not the same, each with its exit code and words that are among its output.
#[derive(Clone)]
pub struct Difference {
    /// Of the real kubeseal.
    pub theirs: (i32, String),
    /// Of ours.
    pub ours: (i32, String),
    /// Why it is so on purpose.
    pub because: &'static str,
}
