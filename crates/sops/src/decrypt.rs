//! A file from its bytes to its plaintext.

use crate::cipher::Cipher;
use crate::error::{Error, ErrorKind};
use crate::format::Format;
use crate::identity::Identities;
use crate::key::data_key;
use crate::mac::Mac;
use crate::metadata::Metadata;
use crate::plaintext::{Plaintext, Secret};
use crate::tree::Node;
use crate::walk::{Members, Walk};
use crate::{LONGEST_FILE, binary, dotenv, json, yaml};

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether the MAC over all values is checked; it is by default. Without it somebody who can write
    /// the file may leave values out, put older ones back, and change those that are not encrypted.
    pub check_mac: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { check_mac: true }
    }
}

/// What a file says, opened: the metadata is gone from its documents.
pub(crate) struct Opened {
    pub(crate) documents: Vec<Node>,
    pub(crate) cipher: Cipher,
    /// Where members of collections begin, with the keys that lead to them; see [`Walk`].
    pub(crate) members: Members,
}

/// Opens a SOPS file and writes it in its own format, as `sops -d` does.
///
/// Of YAML, what Kubernetes reads is what it reads of the output of `sops -d`, and the order is kept. A
/// file that sops wrote gives the very bytes; of one that a formatter has changed since, the layout
/// stays. The other formats give the very bytes in any case.
///
/// # Errors
/// [`Error`] with line, path, cause and remedy; never with a value.
pub fn decrypt(
    bytes: &[u8],
    format: Format,
    identities: &Identities,
    options: &Options,
) -> Result<Plaintext, Error> {
    decrypt_as(bytes, format, format, identities, options)
}

/// Opens a SOPS file of one format and writes what was in it in another.
///
/// YAML that comes from another format is written as JSON, which is YAML. For [`Format::Binary`] there
/// must be a text under `data`; for [`Format::Dotenv`] no value may have members.
///
/// # Errors
/// As [`decrypt`], and [`ErrorKind::Output`] when it cannot be written so.
pub fn decrypt_as(
    bytes: &[u8],
    from: Format,
    to: Format,
    identities: &Identities,
    options: &Options,
) -> Result<Plaintext, Error> {
    if bytes.len() > LONGEST_FILE {
        let (what, limit) = ("bytes", LONGEST_FILE);
        return Err(ErrorKind::Budget { what, limit }.into());
    }
    let written = match from {
        Format::Yaml => {
            let source = yaml::Source::read(bytes)?;
            source.decrypt(to, identities, options)?
        }
        Format::Json | Format::Binary => {
            let mut document = json::read(bytes)?;
            let sops = take_sops(&mut document)?;
            let opened = open(vec![document], &sops, identities, options, false)?;
            write(&opened.documents, to, bytes.len())?
        }
        Format::Dotenv => {
            let (document, sops) = dotenv::read(bytes)?;
            let opened = open(vec![document], &sops, identities, options, false)?;
            write(&opened.documents, to, bytes.len())?
        }
        Format::Ini => return Err(ErrorKind::Format(Format::Ini).into()),
    };
    Ok(written.into())
}

/// The mapping below `sops`, taken out.
pub(crate) fn take_sops(document: &mut Node) -> Result<Node, Error> {
    let taken = document.remove("sops");
    taken.map(|(_, sops)| sops).ok_or(ErrorKind::NotSops.into())
}

/// Opens every value of the documents of one file.
pub(crate) fn open(
    mut documents: Vec<Node>,
    sops: &Node,
    identities: &Identities,
    options: &Options,
    note_members: bool,
) -> Result<Opened, Error> {
    let in_metadata = |kind| Error::at(sops.place.span.line, kind);
    let metadata = Metadata::read(sops).map_err(in_metadata)?;
    if options.check_mac && metadata.mac.is_none() {
        return Err(in_metadata(ErrorKind::NoMac));
    }
    let key = data_key(&metadata, identities).map_err(in_metadata)?;
    let cipher = Cipher::new(&key).map_err(in_metadata)?;
    let mac = options
        .check_mac
        .then(|| Mac::new(metadata.mac_only_encrypted));
    let mut walk = Walk::new(&cipher, &metadata.rule, mac);
    if note_members {
        walk = walk.noting_members();
    }
    for document in &mut documents {
        walk.document(document)?;
    }
    let (mac, members) = walk.finish();
    if let Some(mac) = mac {
        mac.check(&metadata, &cipher).map_err(in_metadata)?;
    }
    Ok(Opened {
        documents,
        cipher,
        members,
    })
}

/// Writes what was opened; `size` is a guess at how long it becomes.
pub(crate) fn write(documents: &[Node], format: Format, size: usize) -> Result<Secret, Error> {
    let first = documents.first().ok_or(ErrorKind::NotSops)?;
    match format {
        Format::Json => Ok(json::write(first, size)),
        Format::Yaml => Ok(json::write_all(documents, size)),
        Format::Dotenv => dotenv::write(first, size),
        Format::Binary => binary::write(first),
        Format::Ini => Err(ErrorKind::Format(Format::Ini).into()),
    }
}
