//! Their flags in use, and what becomes of each in ours.

use std::collections::BTreeMap;

use serde::Serialize;
use signet_api::duration;
use signet_api::peer_flags::{Fate, PeerFlag};

use crate::deployed::{Deployed, Flag};

/// One flag that is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InUse {
    /// Its name, without dashes.
    pub name: String,
    /// Its value; absent if the environment takes it from elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What becomes of it, in words.
    pub becomes: String,
    /// Whether it goes into the new command line.
    pub passed: bool,
    /// Whether it means something else there.
    pub differs: bool,
}

/// Every flag in use, sorted by name.
pub fn in_use(deployed: &Deployed) -> Vec<InUse> {
    let all: &BTreeMap<String, Flag> = &deployed.flags;
    all.iter().map(|(name, flag)| judge(name, flag)).collect()
}

/// What `signet install` is to pass on.
pub fn passed(deployed: &Deployed) -> Vec<String> {
    let flags = in_use(deployed).into_iter().filter(|flag| flag.passed);
    let word = |flag: InUse| Some(format!("--{}={}", flag.name, flag.value?));
    flags.filter_map(word).collect()
}

fn judge(name: &str, flag: &Flag) -> InUse {
    let known = PeerFlag::named(name);
    let mut judged = InUse {
        name: known.map_or(name, |known| known.name).to_owned(),
        value: flag.value.clone(),
        becomes: String::new(),
        passed: false,
        differs: false,
    };
    let (Some(known), Some(value)) = (known, &flag.value) else {
        judged.differs = true;
        judged.becomes = match known {
            None => "not a flag that Signet knows: left out".to_owned(),
            Some(_) => "its value is kept elsewhere (valueFrom): pass it on yourself, with --controller-arg".to_owned(),
        };
        return judged;
    };
    if same(value, known.default) {
        "the default: left out".clone_into(&mut judged.becomes);
        return judged;
    }
    let (passed, differs, becomes) = match known.fate {
        Fate::Same => (true, false, "passed on, means the same".to_owned()),
        Fate::Differs(how) => (true, true, format!("passed on: {how}")),
        Fate::LeftOut(why) => (false, false, format!("left out: {why}")),
    };
    (judged.passed, judged.differs, judged.becomes) = (passed, differs, becomes);
    judged
}

/// Whether two texts mean one value: durations and truth values have several forms. An empty value is
/// what the chart gives for "as by default".
fn same(value: &str, default: &str) -> bool {
    let truth = |text: &str| match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    };
    let time = |text: &str| duration::parse(text);
    value.is_empty()
        || value.eq_ignore_ascii_case(default)
        || (truth(default).is_some() && default.len() > 1 && truth(value) == truth(default))
        || (time(default).is_some() && time(value) == time(default))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_the_default_is_passed_on_or_left_out_with_a_reason() {
        let args = [
            "--key-renew-period=720h0m0s",
            "--rotate-period=24h",
            "--update-status=1",
            "--kubeclient-qps=50",
            "--watch-for-secrets",
            "--skip-recreate",
            "--label-selector=a=b",
            "--nonsense",
            "--log-level=info",
            "--rate-limit=",
        ];
        let object = json!({"spec": {"template": {"spec": {"containers": [{"args": args}]}}}});
        let deployed = Deployed::of(&object, |_| true);
        assert_eq!(
            passed(&deployed),
            [
                "--label-selector=a=b",
                "--key-renew-period=24h",
                "--skip-recreate=true"
            ]
        );
        let found = in_use(&deployed);
        let of = |name: &str| found.iter().find(|flag| flag.name == name);
        assert!(
            of("kubeclient-qps")
                .is_some_and(|flag| flag.becomes.starts_with("left out: there is no limit"))
        );
        assert!(of("nonsense").is_some_and(|flag| flag.differs && !flag.passed));
        assert!(of("update-status").is_some_and(|flag| flag.becomes == "the default: left out"));
        assert!(of("rate-limit").is_some_and(|flag| !flag.passed));
    }

    #[test]
    fn a_value_that_is_kept_elsewhere_is_said_so() {
        let flag = Flag {
            value: None,
            from_environment: true,
        };
        assert!(judge("key-ttl", &flag).becomes.contains("valueFrom"));
    }
}
