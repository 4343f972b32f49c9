//! `signet seal --copy-to`: where the Secret is wanted besides its own namespace.

use clap::Args;
use signet_api::names::{COPY_TO, COPY_TO_SELECTOR};
use signet_engine::labels::Selector;
use signet_seal::Scope;
use signet_seal::secret::SealedManifest;

use crate::error::{Error, Result};

/// Flags about copies
#[derive(Args, Clone, Debug, Default)]
pub struct CopyArgs {
    /// Ask the controller for copies in these namespaces, each of which has to accept them; for
    /// cluster-wide scope
    #[arg(long, value_delimiter = ',', value_name = "NAMESPACE,…")]
    copy_to: Vec<String>,
    /// Ask for copies in the namespaces with these labels, such as env=prod, that accept them
    #[arg(long, value_name = "SELECTOR")]
    copy_to_selector: Option<String>,
}

impl CopyArgs {
    /// Looks at what was typed, before anything is sealed.
    ///
    /// # Errors
    /// The selector is none, with its flag and the cause.
    pub fn check(&self) -> Result<()> {
        let Some(text) = &self.copy_to_selector else {
            return Ok(());
        };
        if text.trim().is_empty() {
            return Err(Error::usage("--copy-to-selector: it is empty"));
        }
        let read = Selector::parse(text);
        read.map_err(|cause| Error::usage(format!("--copy-to-selector: {cause}")))?;
        Ok(())
    }

    /// Notes it on what was sealed.
    ///
    /// # Errors
    /// The scope is another than cluster-wide: the controller would copy nothing.
    pub fn note(&self, sealed: &mut SealedManifest) -> Result<()> {
        let to = Some(self.copy_to.join(",")).filter(|names| !names.is_empty());
        let notes = [
            (COPY_TO, to),
            (COPY_TO_SELECTOR, self.copy_to_selector.clone()),
        ];
        let annotations = &mut sealed.metadata.annotations;
        let scope = Scope::of_annotations(annotations);
        for (name, text) in notes {
            let Some(text) = text else {
                continue;
            };
            if scope != Scope::ClusterWide {
                let error = Error::new(format!("--copy-to: the scope is {scope}"));
                return Err(error.hint("seal with --scope cluster-wide"));
            }
            annotations.insert(name.to_owned(), text);
        }
        Ok(())
    }
}
