//! The commands that take over with no moment in which a Secret is missing, and those that go back.
//!
//! One controller is stopped before the other starts: two must not work on the same objects, and
//! Secrets stay while nobody runs. What is overwritten was saved before.

use serde::Serialize;
use signet_api::install;
use signet_api::names::KEY_LABEL;

use super::find::Survey;
use super::flags;
use super::objects::{Row, Weight};
use crate::args::ClusterArgs;
use crate::deployed::Deployed;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Do {
    /// Why, or what to look for.
    pub what: String,
    /// The command line.
    pub command: String,
}

/// Where the two controllers stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Theirs runs, ours does not.
    Theirs,
    /// Ours runs, theirs is stopped.
    Ours,
    /// Both run, which must not be.
    Both,
    /// Theirs was not found.
    Nobody,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Who runs.
    pub standing: Standing,
    /// How to take over.
    pub take_over: Vec<Do>,
    /// How to go back.
    pub go_back: Vec<Do>,
    /// What to know before.
    pub remarks: Vec<String>,
}

/// `kubectl`, and the flags by which it reaches the cluster that was looked at.
pub struct Kubectl {
    flags: String,
}

/// Files that the commands write.
const KEYS: &str = "sealed-secrets-keys.yaml";
const BEFORE: &str = "sealed-secrets-before.yaml";

impl Kubectl {
    /// For the cluster that `args` name.
    pub fn new(args: &ClusterArgs) -> Self {
        let file = args
            .kubeconfig
            .as_ref()
            .map(|path| path.display().to_string());
        let words = [("--kubeconfig", file), ("--context", args.context.clone())];
        let words = words
            .into_iter()
            .filter_map(|(flag, value)| Some(format!(" {flag} {}", quoted(&value?))));
        Self {
            flags: words.collect(),
        }
    }

    fn line(&self, rest: &str) -> String {
        format!("kubectl{} {rest}", self.flags)
    }
}

/// A word as a shell reads it back.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._/:=,@%+-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

impl Plan {
    /// For what was seen; `image` is that of Signet's controller.
    pub fn new(survey: &Survey, rows: &[Row], kubectl: &Kubectl, image: &str) -> Self {
        let namespace = survey.namespace();
        let ours = survey.ours.iter().any(|found| found.wanted > 0);
        let standing = match &survey.chosen {
            None => Standing::Nobody,
            Some(theirs) if theirs.wanted > 0 && ours => Standing::Both,
            Some(_) if ours => Standing::Ours,
            Some(_) => Standing::Theirs,
        };
        let steps = Steps {
            survey,
            rows,
            kubectl,
            namespace,
        };
        let go_back = survey.chosen.as_ref().map(|theirs| steps.go_back(theirs));
        Self {
            standing,
            take_over: match standing {
                Standing::Ours => Vec::new(),
                _ => steps.take_over(image),
            },
            go_back: go_back.unwrap_or_default(),
            remarks: steps.remarks(standing),
        }
    }
}

struct Steps<'s> {
    survey: &'s Survey,
    rows: &'s [Row],
    kubectl: &'s Kubectl,
    namespace: &'s str,
}

impl Steps<'_> {
    fn step(&self, what: &str, rest: &str) -> Do {
        Do {
            what: what.to_owned(),
            command: self.kubectl.line(rest),
        }
    }

    fn take_over(&self, image: &str) -> Vec<Do> {
        let namespace = self.namespace;
        let mut steps = vec![self.step(
            "Back up the keys, and keep the file where you keep passwords",
            &format!("-n {namespace} get secret -l {KEY_LABEL} -o yaml > {KEYS}"),
        )];
        if let Some(theirs) = &self.survey.chosen {
            steps.push(self.save(theirs));
            steps.extend(self.stop(theirs));
        }
        steps.push(self.install(image));
        let name = install::CONTROLLER;
        steps.push(self.step(
            "Wait until it runs",
            &format!("-n {namespace} rollout status deployment/{name} --timeout=5m"),
        ));
        steps.push(self.check());
        steps
    }

    fn save(&self, theirs: &Deployed) -> Do {
        let Deployed {
            namespace, name, ..
        } = theirs;
        let flags = &self.kubectl.flags;
        Do {
            what: "Save what is going to be overwritten".to_owned(),
            command: format!(
                "signet migrate sealed-secrets{flags} --controller-namespace {namespace} --controller-name {name} --save {BEFORE}"
            ),
        }
    }

    fn stop(&self, theirs: &Deployed) -> [Do; 2] {
        let Deployed {
            namespace, name, ..
        } = theirs;
        let pods = theirs.pods();
        [
            self.step(
                "Stop their controller; Secrets stay while nobody runs",
                &format!("-n {namespace} scale deployment {name} --replicas=0"),
            ),
            self.gone(namespace, &pods),
        ]
    }

    fn gone(&self, namespace: &str, pods: &str) -> Do {
        self.step(
            "Wait until its pods are gone: two must not work on the same objects",
            &format!(
                "-n {namespace} wait --for=delete pod -l {} --timeout=2m",
                quoted(pods)
            ),
        )
    }

    fn install(&self, image: &str) -> Do {
        let flags = self.survey.chosen.as_ref().map(flags::passed);
        let flags = flags.unwrap_or_default().into_iter();
        let flags = flags.map(|flag| format!(" {}", quoted(&format!("--controller-arg={flag}"))));
        let (namespace, image) = (self.namespace, quoted(image));
        let apply = self
            .kubectl
            .line("apply --server-side --force-conflicts -f -");
        Do {
            what: "Install Signet where their keys are; it answers to their Service name too"
                .to_owned(),
            command: format!(
                "signet install --namespace {namespace} --as-sealed-secrets --image {image}{} | {apply}",
                flags.collect::<String>()
            ),
        }
    }

    /// What opens gets the condition; what does not never will.
    fn check(&self) -> Do {
        let never = self
            .rows
            .iter()
            .filter(|row| row.has(Weight::Fails) || row.synced == Some(false));
        match (self.rows.len(), never.count()) {
            (0, _) => self.step("Look at it", &format!("-n {} get deployment {}", self.namespace, install::CONTROLLER)),
            (_, 0) => self.step(
                "It is done when every SealedSecret has been looked at",
                "wait --for=condition=Recorded sealedsecrets --all --all-namespaces --timeout=10m",
            ),
            (all, never) => self.step(
                &format!("It is done when all but those named above are RECORDED ({} of {all})", all - never),
                "get sealedsecrets --all-namespaces -o 'custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,SYNCED:.status.conditions[?(@.type==\"Synced\")].status,RECORDED:.status.conditions[?(@.type==\"Recorded\")].status'",
            ),
        }
    }

    fn go_back(&self, theirs: &Deployed) -> Vec<Do> {
        let (namespace, ours) = (self.namespace, install::CONTROLLER);
        let mut steps = vec![
            self.step(
                "Stop Signet; Secrets stay while nobody runs",
                &format!("-n {namespace} scale deployment {ours} --replicas=0"),
            ),
            self.gone(
                namespace,
                "app.kubernetes.io/name=signet,app.kubernetes.io/component=controller",
            ),
        ];
        let brought = [
            install::PEER_CONTROLLER.to_owned(),
            format!("{}-metrics", install::PEER_CONTROLLER),
        ];
        let brought = brought
            .into_iter()
            .filter(|name| !self.survey.taken.contains(name));
        let brought: Vec<_> = brought.collect();
        if !brought.is_empty() {
            steps.push(self.step(
                "Remove the Services that Signet brought under their name",
                &format!(
                    "-n {namespace} delete service --ignore-not-found {}",
                    brought.join(" ")
                ),
            ));
        }
        steps.push(self.step(
            "Put back what was overwritten; this starts their controller",
            &format!("apply --server-side --force-conflicts -f {BEFORE}"),
        ));
        steps.push(self.step(
            "Wait until it runs",
            &format!(
                "-n {} rollout status deployment/{} --timeout=5m",
                theirs.namespace, theirs.name
            ),
        ));
        steps.push(self.step(
            "Every SealedSecret is synced",
            "get sealedsecrets --all-namespaces",
        ));
        steps
    }

    fn remarks(&self, standing: Standing) -> Vec<String> {
        let mut all = Vec::new();
        let mut say = |text: String| all.push(text);
        match standing {
            Standing::Both => say("Both controllers run: stop one of them at once.".to_owned()),
            Standing::Ours => say("Signet has taken over already.".to_owned()),
            Standing::Nobody => say("Their controller was not found; if it runs under another name, say where with --controller-namespace and --controller-name.".to_owned()),
            Standing::Theirs => {}
        }
        let Some(theirs) = &self.survey.chosen else {
            return all;
        };
        if theirs
            .labels
            .get("app.kubernetes.io/managed-by")
            .is_some_and(|tool| tool == "Helm")
        {
            say("Helm installed their controller: while Signet runs, do not upgrade that release, which starts their controller again, and do not uninstall it, which deletes Services and roles that Signet uses then.".to_owned());
        }
        let names = &self.survey.services;
        if !names.is_empty() && !names.iter().any(|name| name == install::PEER_CONTROLLER) {
            say(format!(
                "Their Service is called {}: whoever gives kubeseal that --controller-name gives it {} from then on, or {}.",
                names.join(", "),
                install::PEER_CONTROLLER,
                install::CONTROLLER
            ));
        }
        say("Going back loses nothing: their controller loads the keys that Signet made, and finds every Secret as it would have made it. It does not know drift policies, sources and Kustomizations.".to_owned());
        all
    }
}
