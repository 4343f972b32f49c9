//! `--validate`: the controller says whether it can open each SealedSecret.

use super::controller::{self, Controller};
use super::files::Source;
use super::options::Options;
use crate::documents;
use crate::error::{Context, Error, Result};
use crate::io;

/// Asks about each; silent if all can be opened.
///
/// # Errors
/// The first that cannot be, by name; an object that is no SealedSecret, which is sent to nobody.
pub fn run(options: &Options<'_>, source: Source) -> Result<()> {
    let controller = Controller::find(options)?;
    let input = source.read()?;
    let documents = documents::read(&input)?;
    let objects: Vec<_> = documents
        .iter()
        .flat_map(|document| documents::objects(&document.root))
        .collect();
    if objects.is_empty() {
        io::warn("there is no SealedSecret in the input, so nothing was validated");
    }
    for object in objects {
        let place = format!("{}:{}", input.name, object.span.line);
        if !documents::is_sealed_secret(object) {
            return Err(Error::new("it is not a SealedSecret").at(place).at(FAILED));
        }
        let sealed = object.to_json();
        let name = sealed["metadata"]["name"].as_str().unwrap_or_default();
        let body = serde_json::to_vec(&sealed).at(FAILED)?;
        match controller.post("/v1/verify", body) {
            Ok((200, _)) => {}
            Ok((409, _)) => {
                return Err(Error::new(format!(
                    "unable to decrypt sealed secret: {name}"
                )));
            }
            Ok((code, body)) => return Err(Error::new(controller::refused(code, &body)).at(FAILED)),
            Err(cause) => return Err(Error::new(controller::said(&cause)).at(FAILED)),
        }
    }
    Ok(())
}

const FAILED: &str = "cannot validate sealed secret";
