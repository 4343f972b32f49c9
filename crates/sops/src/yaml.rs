//! YAML: read as SOPS reads it, and written by changing in the file what was encrypted.
//!
//! SOPS reads with another library than Kubernetes does (`on` is a text to it, `2001-12-14` a time) and
//! writes the whole file anew. Here the file stays as it is but for what SOPS would write otherwise:
//! encrypted values and comments, the metadata, and the few scalars that the two libraries read
//! differently. What comes out is then read back as Kubernetes reads it; should it differ in anything
//! from what was decrypted, the same is written as JSON, which has no notation to go wrong.

mod check;
mod comments;
mod edit;
mod read;
mod scalar;

use signet_yaml::{Budget, ErrorKind as YamlErrorKind, Limit, Span, Style};

use crate::decrypt::{Options, open, take_sops, write};
use crate::error::{Error, ErrorKind};
use crate::format::Format;
use crate::identity::Identities;
use crate::plaintext::Secret;
use crate::tree::Node;
use crate::walk::MOST_VALUES;
use crate::{LONGEST_FILE, json};

/// What reading one file may cost. SOPS writes neither anchors nor aliases.
pub(crate) fn budget() -> Budget {
    Budget {
        bytes: LONGEST_FILE,
        nodes: 2 * MOST_VALUES,
        depth: 200,
        alias_nodes: 0,
        documents: 1_000,
    }
}

/// A file with the trees that were read from it.
pub(crate) struct Source<'s> {
    text: &'s str,
    documents: Vec<Node>,
}

/// The metadata of a document, as it stands in the file.
struct Cut {
    /// From the key `sops` to the end of its value.
    span: Span,
    /// Whether the document has nothing else.
    alone: bool,
    /// Whether the document is written by indentation.
    block: bool,
}

impl<'s> Source<'s> {
    /// # Errors
    /// What is not YAML, no mapping, or goes beyond the limits.
    pub(crate) fn read(bytes: &'s [u8]) -> Result<Self, Error> {
        let documents = signet_yaml::read(bytes, &budget())?;
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let documents = documents
            .into_iter()
            .map(|document| read::document(text, document));
        Ok(Self {
            text,
            documents: documents.collect::<Result<_, _>>()?,
        })
    }

    /// Opens every document with the metadata of the first, and writes them.
    pub(crate) fn decrypt(
        mut self,
        to: Format,
        identities: &Identities,
        options: &Options,
    ) -> Result<Secret, Error> {
        let (sops, cuts) = self.take_metadata()?;
        let note = to == Format::Yaml && comments::any(self.text);
        let opened = open(self.documents, &sops, identities, options, note)?;
        if to != Format::Yaml {
            return write(&opened.documents, to, self.text.len());
        }
        let edited = edit::write(self.text, &opened, &cuts);
        let edited = edited.filter(|bytes| check::reads_as(bytes, &opened.documents));
        Ok(edited.unwrap_or_else(|| json::write_all(&opened.documents, self.text.len())))
    }

    fn take_metadata(&mut self) -> Result<(Node, Vec<Cut>), Error> {
        let Some((first, others)) = self.documents.split_first_mut() else {
            return Err(ErrorKind::NotSops.into());
        };
        let mut cuts: Vec<Cut> = cut(first).into_iter().collect();
        let sops = take_sops(first)?;
        for document in others {
            cuts.extend(cut(document));
            document.remove("sops");
        }
        Ok((sops, cuts))
    }
}

fn cut(document: &Node) -> Option<Cut> {
    let (key, sops) = document.pairs().find(|(key, _)| key.name == "sops")?;
    Some(Cut {
        span: Span {
            end: sops.place.span.end,
            ..key.span
        },
        alone: document.pairs().count() == 1,
        block: document.place.style == Style::Block,
    })
}

impl From<signet_yaml::Error> for Error {
    fn from(error: signet_yaml::Error) -> Self {
        let kind = match error.kind {
            YamlErrorKind::UnknownAlias
            | YamlErrorKind::SelfReference
            | YamlErrorKind::Budget {
                what: Limit::AliasNodes,
                ..
            } => ErrorKind::Foreign("it has an anchor or an alias, and SOPS writes neither"),
            kind => ErrorKind::Syntax(kind.to_string()),
        };
        Self::at(error.line, kind)
    }
}
