//! One input: every SealedSecret in it, and the plain Secrets beside them.

use std::path::PathBuf;

use signet_yaml::{Document, Node};

use super::report::{Inspection, Placed, Row};
use crate::documents::{self, Manifests};
use crate::error::Result;
use crate::io::{self, Input};
use crate::look::{Certificates, Finding, Looked};
use crate::report::Remark;

/// Where an input is from.
pub enum Source {
    /// Standard input.
    Stdin,
    /// A file that was named.
    Named(PathBuf),
    /// A file of a directory that was named: it may be anything.
    Found(PathBuf),
}

/// Reads it and looks at what is in it.
///
/// # Errors
/// An input that was named and cannot be read, or is no YAML.
pub fn look(
    source: &Source,
    namespace: Option<&str>,
    certificates: &Certificates,
    inspection: &mut Inspection,
) -> Result<()> {
    let Some((input, documents)) = read(source, inspection)? else {
        return Ok(());
    };
    let objects = documents.iter().flat_map(|d| documents::objects(&d.root));
    let (sealed, others): (Vec<&Node>, Vec<&Node>) =
        objects.partition(|object| documents::is_sealed_secret(object));
    for node in &sealed {
        let mut looked = Looked::at(&node.to_json(), namespace);
        certificates.compare(&mut looked);
        let row = Row::new(&input.name, node, looked);
        inspection.sealed_secrets.push(row);
    }
    if !sealed.is_empty() {
        let plain = others.into_iter().filter(|object| holds_values(object));
        let plain = plain.map(|object| beside(&input, object));
        inspection.plain.extend(plain);
    }
    inspection.files += 1;
    Ok(())
}

fn read(source: &Source, inspection: &mut Inspection) -> Result<Option<(Input, Vec<Document>)>> {
    let path = match source {
        Source::Stdin => {
            let input = io::read_stdin()?;
            let documents = documents::read(&input)?;
            return Ok(Some((input, documents)));
        }
        Source::Named(path) => {
            let input = io::read_file(path)?;
            let documents = documents::read(&input)?;
            return Ok(Some((input, documents)));
        }
        Source::Found(path) => path,
    };
    let mut fail = |cause: &str| inspection.failed.push(Remark::new(path, cause));
    let input = match io::read_file(path) {
        Ok(input) => input,
        Err(cause) => {
            fail(cause.message());
            return Ok(None);
        }
    };
    match documents::manifests(&input, "inspect what it is rendered to") {
        Manifests::None => Ok(None),
        Manifests::Read(documents) => Ok(Some((input, documents))),
        Manifests::Broken(cause) => {
            fail(&cause);
            Ok(None)
        }
        Manifests::Template(reason) => {
            inspection.skipped.push(Remark::new(path, &reason));
            Ok(None)
        }
    }
}

/// A core Secret with at least one value.
fn holds_values(object: &Node) -> bool {
    let text = |key: &str| object.get(key).and_then(Node::as_str).unwrap_or_default();
    let values = |key: &str| {
        object
            .get(key)
            .is_some_and(|data| !data.entries().is_empty())
    };
    text("kind") == "Secret"
        && text("apiVersion") == "v1"
        && (values("data") || values("stringData"))
}

fn beside(input: &Input, object: &Node) -> Placed {
    let name = object
        .get("metadata")
        .and_then(|metadata| metadata.get("name"));
    let name = name.and_then(Node::as_str).unwrap_or("without a name");
    let message = format!(
        "Secret {name} stands here in the clear: seal it with `signet seal`, and change its values \
         if this was ever pushed"
    );
    Placed {
        file: input.name.clone(),
        line: object.span.line,
        finding: Finding::error("plain-secret", &[], message),
    }
}
