//! What a row of the table is made of, and how it is read: the first step that fits decides.

use jiff::{SignedDuration, Timestamp};

use super::view::{Condition, View};
use super::{Health, Status};

/// The steps for some kinds.
pub(super) struct Rule {
    /// Group and kind, such as `apps/Deployment`; the core group has no `/`.
    pub(super) kinds: &'static [&'static str],
    /// Whether the generic steps are left out, as Flux does for Jobs.
    pub(super) alone: bool,
    /// In order.
    pub(super) steps: &'static [Step],
}

/// One line of a rule.
///
/// A sentence may hold `{path}`, which stands for that field, `{path - path}`, and what a test or
/// a condition brings along: `{message}`, `{containers}`.
pub(super) enum Step {
    /// If every test holds.
    When(&'static [Test], Status, &'static str),
    /// The first condition of the object, in its own order, that is one of these.
    First(&'static [(Of, Status, &'static str)]),
}

/// A condition: its type, and what is asked of it.
pub(super) struct Of {
    pub(super) kind: &'static str,
    pub(super) status: Option<&'static str>,
    pub(super) reason: Reason,
}

pub(super) enum Reason {
    Any,
    Is(&'static str),
    IsNot(&'static str),
}

/// What may be asked of an object.
pub(super) enum Test {
    /// A text is there.
    Given(&'static str),
    /// A number is not there.
    NoNumber(&'static str),
    /// A number is there.
    HasNumber(&'static str),
    /// A number is there, and not the largest of 32 bits, which stands for no limit.
    Limited(&'static str),
    /// A text is empty or not there.
    Empty(&'static str),
    /// A text is this one.
    Is(&'static str, &'static str),
    /// Two texts differ.
    Differ(&'static str, &'static str),
    /// A field is true.
    True(&'static str),
    /// The first amount is less than the second.
    Less(&'static str, &'static str),
    /// The generation that was observed is another one.
    OtherGeneration,
    /// A number that every object of the kind gets is not there.
    Unset(&'static str),
    /// There is such a condition.
    Has(Of),
    /// There is no such condition.
    Lacks(Of),
    /// Containers crash again and again.
    CrashLooping,
    /// It was created less than so many seconds ago.
    YoungerThan(i64),
}

/// The health by the first step that fits.
pub(super) fn first(
    steps: &'static [Step],
    view: View<'_>,
    now: Timestamp,
) -> Result<Option<Health>, String> {
    for step in steps {
        let found = match step {
            Step::When(tests, status, says) => when(tests, view, now)?.map(|again| Health {
                again,
                ..Health::new(*status, fill(says, view, None))
            }),
            Step::First(arms) => view.conditions()?.into_iter().find_map(|condition| {
                let arm = arms.iter().find(|(of, _, _)| of.fits(condition));
                arm.map(|(_, status, says)| Health::new(*status, fill(says, view, Some(condition))))
            }),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Whether all tests hold, and if so, for how long at most.
fn when(
    tests: &[Test],
    view: View<'_>,
    now: Timestamp,
) -> Result<Option<Option<SignedDuration>>, String> {
    let mut again = None;
    for test in tests {
        if let Test::YoungerThan(seconds) = test {
            let age = now.duration_since(view.created());
            let left = SignedDuration::from_secs(*seconds).saturating_sub(age);
            if !left.is_positive() {
                return Ok(None);
            }
            again = Some(left);
        } else if !test.holds(view)? {
            return Ok(None);
        }
    }
    Ok(Some(again))
}

impl Test {
    fn holds(&self, view: View<'_>) -> Result<bool, String> {
        Ok(match self {
            Self::Given(path) => view.strict_text(path)?.is_some_and(|text| !text.is_empty()),
            Self::NoNumber(path) => number(view, path) == -1,
            Self::HasNumber(path) => number(view, path) != -1,
            Self::Limited(path) => !matches!(view.number(path), None | Some(0x7fff_ffff)),
            Self::Empty(path) => view.text(path).is_empty(),
            Self::Is(path, wanted) => view.text(path) == *wanted,
            Self::Differ(left, right) => view.text(left) != view.text(right),
            Self::True(path) => view.is_true(path),
            Self::Less(left, right) => amount(view, left) < amount(view, right),
            Self::OtherGeneration => other_generation(view)?,
            Self::Unset(path) => view.strict_number(path)?.is_none(),
            Self::Has(of) => view.conditions()?.into_iter().any(|c| of.fits(c)),
            Self::Lacks(of) => !view.conditions()?.into_iter().any(|c| of.fits(c)),
            Self::CrashLooping => !view.crash_looping()?.is_empty(),
            Self::YoungerThan(_) => false, // asked where the time is known
        })
    }
}

fn other_generation(view: View<'_>) -> Result<bool, String> {
    let Some(generation) = view.strict_number("metadata.generation")? else {
        return Ok(false);
    };
    let observed = view.strict_number("status.observedGeneration")?;
    Ok(observed.is_some_and(|observed| observed != generation))
}

impl Of {
    fn fits(&self, condition: Condition<'_>) -> bool {
        self.kind == condition.kind
            && self.status.is_none_or(|status| status == condition.status)
            && match self.reason {
                Reason::Any => true,
                Reason::Is(reason) => reason == condition.reason,
                Reason::IsNot(reason) => reason != condition.reason,
            }
    }
}

/// What a number is where the object does not say. Kubernetes leaves zero out of a status.
pub(super) fn unsaid(path: &str) -> Option<i64> {
    match path {
        "spec.replicas" | "spec.parallelism" => Some(1),
        "status.desiredNumberScheduled" | "spec.updateStrategy.rollingUpdate.partition" => Some(-1),
        "spec.completions" => None, // as many as run beside each other
        _ => Some(0),
    }
}

fn number(view: View<'_>, path: &str) -> i64 {
    view.number(path)
        .or_else(|| unsaid(path))
        .unwrap_or_else(|| number(view, "spec.parallelism"))
}

/// A number, or the difference of two.
fn amount(view: View<'_>, term: &str) -> i64 {
    match term.split_once(" - ") {
        Some((left, right)) => number(view, left).wrapping_sub(number(view, right)),
        None => number(view, term),
    }
}

/// A sentence with the fields that it names.
fn fill(says: &str, view: View<'_>, condition: Option<Condition<'_>>) -> String {
    let mut out = String::new();
    let mut rest = says;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
        out.push_str(before);
        out.push_str(&shown(name, view, condition));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn shown(name: &str, view: View<'_>, condition: Option<Condition<'_>>) -> String {
    match name {
        "message" => condition.unwrap_or_default().message.to_owned(),
        "kind" => view.kind().to_owned(),
        "containers" => view.crash_looping().unwrap_or_default().join(","),
        "status.phase" => view.maybe_text(name).unwrap_or("unknown").to_owned(),
        term => amount(view, term).to_string(),
    }
}
