//! What the operator says about SealedSecrets.

use anyhow::{Result, bail};

use signet_seal::secret::TemplateRules;

use crate::args::{PeerArgs, RollArg};

/// How SealedSecrets are dealt with.
#[derive(Clone, Debug)]
pub struct Unsealing {
    /// Namespaces that are looked after; `None` all of them.
    pub namespaces: Option<Vec<String>>,
    /// SealedSecrets that do not match are not ours.
    pub label_selector: Option<String>,
    /// Whether a status is written.
    pub update_status: bool,
    /// Whether a Secret that somebody deleted stays deleted until the next start.
    pub skip_recreate: bool,
    /// Whether the deprecated `spec.data` is opened.
    pub accept_deprecated: bool,
    /// Whether we delete the Secret of a SealedSecret that is gone.
    pub delete_orphans: bool,
    /// Whose pods are rolled when a value changes.
    pub roll: RollArg,
    /// Whether Secrets are copied to other namespaces.
    pub copies: bool,
    /// By which rules templates are rendered where the object does not say.
    pub templates: TemplateRules,
    /// Failures in a row that are tried again at once.
    pub quick_retries: u32,
}

impl Unsealing {
    /// From the flags; `own` is the controller's namespace.
    ///
    /// # Errors
    /// What cannot be had, with the flag's name.
    pub fn new(
        args: &PeerArgs,
        (roll, copies, templates): (RollArg, bool, TemplateRules),
        own: &str,
    ) -> Result<Self> {
        let namespaces = namespaces(args, own);
        if copies && namespaces.is_some() {
            bail!(
                "--copy-sealed-secrets is for a controller that looks after all namespaces: leave out \
                 --additional-namespaces and --all-namespaces=false"
            );
        }
        if !args.watch_for_secrets {
            bail!("--watch-for-secrets=false is not supported: key Secrets are always watched");
        }
        Ok(Self {
            namespaces,
            label_selector: Some(args.label_selector.clone()).filter(|text| !text.is_empty()),
            update_status: args.update_status,
            skip_recreate: args.skip_recreate,
            accept_deprecated: args.accept_deprecated_v1_data,
            roll,
            copies,
            templates,
            delete_orphans: args.old_gc_behavior,
            quick_retries: args.max_unseal_retries,
        })
    }

    /// The watches that are needed: one of everything, or one for each namespace.
    pub fn scopes(&self) -> Vec<Option<String>> {
        match &self.namespaces {
            None => vec![None],
            Some(namespaces) => namespaces.iter().cloned().map(Some).collect(),
        }
    }
}

/// As the peer decides: named namespaces count before `--all-namespaces`, and the controller's own is
/// always among them.
fn namespaces(args: &PeerArgs, own: &str) -> Option<Vec<String>> {
    let named = args.additional_namespaces.split(',').map(str::trim);
    let named: Vec<_> = named.filter(|name| !name.is_empty()).collect();
    if named.is_empty() && args.all_namespaces {
        return None;
    }
    let mut all = vec![own.to_owned()];
    for name in named {
        if !all.iter().any(|known| known == name) {
            all.push(name.to_owned());
        }
    }
    Some(all)
}
