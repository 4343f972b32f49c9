//! A commit as a gzipped tar archive: equal content makes equal bytes.
//!
//! As Flux packs: files and directories only (links are left out), no owner, no time, and one of
//! three modes. Written as it is read, one file in memory at a time.

use std::io::{self, Write};

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use super::KeepError;
use crate::error::ReadError;
use crate::snapshot::{Limits, Snapshot};
use crate::text::hex;
use crate::walk::Leaf;

const DIRECTORY: u32 = 0o750;
const FILE: u32 = 0o600;
const EXECUTABLE: u32 = 0o700;

/// What was written.
pub(super) struct Written {
    pub(super) digest: String,
    pub(super) size: u64,
}

/// Writes the archive of `snapshot`, to the last byte.
pub(super) fn write(
    snapshot: &Snapshot,
    out: impl Write,
    limits: &Limits,
) -> Result<Written, KeepError> {
    let counted = Counted {
        out: io::BufWriter::new(out),
        digest: Sha256::new(),
        size: 0,
    };
    // No time and no name in the gzip header either.
    let packed = GzBuilder::new()
        .mtime(0)
        .write(counted, Compression::default());
    let mut tar = Builder::new(packed);
    directory(&mut tar, ".")?;
    let mut total = 0_u64;
    snapshot.each(|item, content| {
        let path = item.path.to_string();
        let executable = match item.leaf {
            Leaf::Directory => return Ok(directory(&mut tar, &path)?),
            Leaf::File { executable } => executable,
            Leaf::Link | Leaf::Submodule => return Ok(()),
        };
        let bytes = content(limits.file_bytes)?;
        total = total.saturating_add(bytes.len() as u64);
        if total > limits.bytes {
            let what = format!("the files together have more than {} bytes", limits.bytes);
            return Err(ReadError::Limit {
                path: item.path.clone(),
                what,
            }
            .into());
        }
        let mode = if executable { EXECUTABLE } else { FILE };
        let mut header = header(EntryType::Regular, mode, bytes.len() as u64);
        Ok(tar.append_data(&mut header, &path, bytes.as_slice())?)
    })?;
    let mut counted = tar.into_inner()?.finish()?;
    counted.flush()?;
    Ok(Written {
        digest: format!("sha256:{}", hex(&counted.digest.finalize())),
        size: counted.size,
    })
}

fn directory(tar: &mut Builder<GzEncoder<Counted<impl Write>>>, path: &str) -> io::Result<()> {
    let mut header = header(EntryType::Directory, DIRECTORY, 0);
    tar.append_data(&mut header, path, io::empty())
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

/// Counts and digests what goes through.
struct Counted<W: Write> {
    out: io::BufWriter<W>,
    digest: Sha256,
    size: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        let taken = bytes.get(..written).unwrap_or_default();
        self.digest.update(taken);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
