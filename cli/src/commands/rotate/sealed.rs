//! A SealedSecret as it stands in a file: the object, and where each of its values is.

use signet_api::{SealedSecret, names};
use signet_seal::Scope;
use signet_yaml::Node;

use crate::error::{Context, Error, Result};

/// One SealedSecret of a file.
pub struct Sealed<'n> {
    /// Its place.
    pub node: &'n Node,
    /// What it says, with the namespace that it is meant for.
    pub object: SealedSecret,
    /// Where the note on its keys stands, if it has one.
    pub note_node: Option<&'n Node>,
    /// Key of the Secret → where the sealed value stands.
    pub items: Vec<(&'n str, &'n Node)>,
}

impl<'n> Sealed<'n> {
    /// Reads the object; `namespace` counts where the file names none.
    ///
    /// # Errors
    /// A field that re-sealing needs and that is missing or of the wrong kind.
    pub fn of(node: &'n Node, namespace: Option<&str>) -> Result<Self> {
        if at(node, &["spec", "data"]).is_some_and(|blob| blob.as_str().is_some()) {
            return Err(Error::new(
                "spec.data, the form of 2018, cannot be re-sealed in place; open it with `signet unseal` and seal the Secret again",
            ));
        }
        let mut body = node.to_json();
        body.as_object_mut().map(|fields| fields.remove("status"));
        let mut object: SealedSecret = serde_json::from_value(body).at("not a SealedSecret")?;
        complete(&mut object, namespace)?;
        let items = at(node, &["spec", "encryptedData"])
            .map_or(&[][..], Node::entries)
            .iter();
        Ok(Self {
            node,
            object,
            note_node: at(node, &["metadata", "annotations"])
                .and_then(|all| all.get(names::SEALED_FOR)),
            items: items
                .map(|entry| (entry.key.name.as_str(), &entry.value))
                .collect(),
        })
    }

    /// `demo/db`.
    pub fn id(&self) -> String {
        let name = self.object.metadata.name.as_deref().unwrap_or_default();
        match self.object.metadata.namespace.as_deref() {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name.to_owned(),
        }
    }
}

/// What is sealed is bound to namespace and name: without them it would be opened under others.
fn complete(object: &mut SealedSecret, namespace: Option<&str>) -> Result<()> {
    let metadata = &mut object.metadata;
    let scope = metadata
        .annotations
        .as_ref()
        .map(Scope::of_annotations)
        .unwrap_or_default();
    let named = metadata.namespace.take().filter(|text| !text.is_empty());
    metadata.namespace = named.or_else(|| namespace.map(str::to_owned));
    if metadata.namespace.is_none() && scope != Scope::ClusterWide {
        return Err(Error::new(
            "metadata.namespace is missing, and what is sealed is bound to it; give it with --namespace",
        ));
    }
    if metadata.name.as_deref().unwrap_or_default().is_empty() && scope == Scope::Strict {
        return Err(Error::new(
            "metadata.name is missing, and what is sealed is bound to it",
        ));
    }
    Ok(())
}

fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| node.get(key))
}
