//! `--re-encrypt`: the controller seals each value anew for its newest key.
//!
//! The controller is sent the values and what they are bound to, and nothing else of the object; of
//! its answer the values are taken, and nothing else. So template, labels, unknown fields and comments
//! are what they were, whichever controller answers. (The peer prints what the controller makes of the
//! object, which loses most of that.)

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};
use signet_api::names;
use signet_seal::{Certificate, Scope};
use signet_yaml::Node;
use signet_yaml::edit::{self, Edit};

use super::controller::{self, Controller};
use super::files::{Output, Source};
use super::options::Options;
use crate::commands::rotate::sealed::Sealed;
use crate::documents;
use crate::error::{Context, Error, Result};
use crate::io;

mod printed;

use printed::printed;

/// Where the result goes.
pub enum Way {
    /// Back into the file that was read.
    InPlace,
    /// To standard output or another file.
    Elsewhere(Output),
}

/// Re-seals everything, or prints and changes nothing.
///
/// # Errors
/// The controller is not there or refuses; an object that is no SealedSecret, which is sent to nobody.
pub fn run(options: &Options<'_>, source: Source, way: Way) -> Result<()> {
    let controller = Controller::find(options)?;
    let input = source.read()?;
    let documents = documents::read(&input)?;
    let mut edits = Vec::new();
    for document in &documents {
        for object in documents::objects(&document.root) {
            let place = format!("{}:{}", input.name, object.span.line);
            let moved = moved(&controller, object, options.namespace, &input.bytes);
            edits.extend(moved.map_err(|cause| located(cause, &place))?);
        }
    }
    if documents.is_empty() {
        io::warn("there is no SealedSecret in the input, so nothing was re-encrypted");
    }
    let edited = edit::apply(&input.bytes, edits).at(&input.name)?;
    match way {
        Way::InPlace if documents.is_empty() => Ok(()),
        Way::InPlace => io::replace(Path::new(&input.name), &edited),
        Way::Elsewhere(output) => output.deliver(&printed(options, &input, &documents, &edited)?),
    }
}

/// Some sentences are the peer's alone; the others say where.
fn located(cause: Error, place: &str) -> Error {
    if cause.message() == UNABLE {
        cause
    } else {
        cause.at(place).at(FAILED)
    }
}

const FAILED: &str = "cannot re-encrypt secret";
const UNABLE: &str = "unable to rotate secret";

/// The edits that bring the controller's answer into the source.
fn moved(
    controller: &Controller,
    object: &Node,
    namespace: Option<&str>,
    source: &[u8],
) -> Result<Vec<Edit>> {
    if !documents::is_sealed_secret(object) {
        return Err(Error::new("it is not a SealedSecret").hint(
            "`signet rotate FILE` re-seals what is sealed in a file and leaves the rest alone",
        ));
    }
    let sealed = Sealed::of(object, namespace)?;
    let body = serde_json::to_vec(&question(&sealed)).at("SealedSecret")?;
    let (code, body) = match controller.post("/v1/rotate", body) {
        Ok(answer) => answer,
        Err(cause) => return Err(Error::new(controller::said(&cause))),
    };
    match code {
        200 => Ok(edits(
            source,
            &sealed,
            &Answer::read(&body, &sealed, controller)?,
        )),
        409 => Err(Error::new(UNABLE)),
        code => Err(Error::new(controller::refused(code, &body))),
    }
}

/// The values and what they are bound to. The template repeats it: there are controllers that look
/// there for the scope of the answer.
fn question(sealed: &Sealed<'_>) -> Value {
    let metadata = &sealed.object.metadata;
    let annotations = metadata.annotations.clone().unwrap_or_default();
    let scope = Scope::of_annotations(&annotations);
    let mut bound = Map::new();
    bound.insert("name".to_owned(), json!(metadata.name));
    bound.insert("namespace".to_owned(), json!(metadata.namespace));
    let mut declared = BTreeMap::new();
    scope.declare(&mut declared);
    bound.insert("annotations".to_owned(), json!(declared));
    let template = json!({"metadata": bound});
    if let Some(note) = annotations.get(names::SEALED_FOR) {
        bound["annotations"][names::SEALED_FOR] = note.as_str().into();
    }
    json!({
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": bound,
        "spec": {"encryptedData": sealed.object.spec.encrypted_data, "template": template},
    })
}

/// What the controller answered, as far as it is taken.
struct Answer {
    items: BTreeMap<String, String>,
    note: Option<String>,
}

impl Answer {
    /// Every value must have come back, and no other.
    fn read(body: &[u8], sealed: &Sealed<'_>, controller: &Controller) -> Result<Self> {
        // The parser's own words could quote what it read.
        let garbled = || Error::new("the controller's answer cannot be read");
        let answer: Value = serde_json::from_slice(body).map_err(|_| garbled())?;
        let items = answer.pointer("/spec/encryptedData").cloned();
        let items: BTreeMap<String, String> =
            serde_json::from_value(items.unwrap_or_default()).map_err(|_| garbled())?;
        let asked = &sealed.object.spec.encrypted_data;
        if !items.keys().eq(asked.keys()) {
            return Err(Error::new(
                "the controller's answer has other values than those it was asked about",
            ));
        }
        let note = sealed.note_node.map(|_| {
            let told = &answer["metadata"]["annotations"][names::SEALED_FOR];
            let told = told.as_str().map(str::to_owned);
            told.map_or_else(|| newest(controller), Ok)
        });
        Ok(Self {
            items,
            note: note.transpose()?,
        })
    }
}

/// Only the bytes of the values that changed are others.
fn edits(source: &[u8], sealed: &Sealed<'_>, answer: &Answer) -> Vec<Edit> {
    let items = sealed.items.iter();
    let items = items.filter_map(|(key, node)| Some((*node, answer.items.get(*key)?)));
    let changed = items.chain(sealed.note_node.zip(answer.note.as_ref()));
    changed
        .filter(|(node, text)| node.as_str() != Some(text.as_str()))
        .map(|(node, text)| edit::set_scalar(source, node, text))
        .collect()
}

/// A controller that does not write the note has sealed everything for its newest key.
fn newest(controller: &Controller) -> Result<String> {
    let certificate = Certificate::from_pem(&controller.certificate()?).at(controller.place())?;
    Ok(certificate.fingerprint().to_string())
}
