//! What a program needs besides itself to be started: nothing if it is linked statically, as the
//! released builds of kustomize are; else the loader that it names, and libraries.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Where libraries are looked for.
pub(super) const LIBRARIES: [&str; 5] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
];

/// The type of the entry that names the loader.
const INTERPRETER: u32 = 3;

/// Entries of a program's table that are looked at.
const MOST_ENTRIES: u16 = 64;

/// Bytes of a loader's path.
const LONGEST: u64 = 4096;

/// The loader that `program` names; none if it is linked statically, or is no program of 64 bits in
/// the order of bytes that we know.
pub(super) fn loader(program: &Path) -> io::Result<Option<PathBuf>> {
    let mut file = File::open(program)?;
    let mut head = [0; 64];
    if file.read_exact(&mut head).is_err() || !head.starts_with(b"\x7fELF\x02\x01") {
        return Ok(None);
    }
    let (table, size, count) = (u64_at(&head, 32), u16_at(&head, 54), u16_at(&head, 56));
    for number in 0..u64::from(count.min(MOST_ENTRIES)) {
        let at = table.saturating_add(number * u64::from(size));
        let mut entry = [0; 56];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut entry)?;
        if u32_at(&entry, 0) == INTERPRETER {
            return text(&mut file, u64_at(&entry, 8), u64_at(&entry, 32)).map(Some);
        }
    }
    Ok(None)
}

fn text(file: &mut File, at: u64, length: u64) -> io::Result<PathBuf> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(at))?;
    file.take(length.min(LONGEST)).read_to_end(&mut bytes)?;
    let end = bytes.iter().position(|byte| *byte == 0);
    bytes.truncate(end.unwrap_or(bytes.len()));
    let text = String::from_utf8(bytes);
    text.map(PathBuf::from)
        .map_err(|_| io::ErrorKind::InvalidData.into())
}

/// The bytes of a number; none of the callers asks beyond the end.
fn number<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let found = bytes.get(at..at + N).and_then(|part| part.try_into().ok());
    found.unwrap_or([0; N])
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(number(bytes, at))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(number(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(number(bytes, at))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn a_program_that_is_linked_with_libraries_names_its_loader() {
        let own = loader(&std::env::current_exe().unwrap()).unwrap();
        assert!(own.is_some_and(|loader| loader.is_file()));
    }

    #[test]
    fn what_is_no_program_names_none() {
        assert_eq!(loader(Path::new("/etc/hostname")).unwrap(), None);
    }
}
