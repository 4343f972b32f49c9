//! Bytes in memory that another program opens like a file: nothing of them touches a disk.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;

use rustix::fs::{MemfdFlags, Mode, SealFlags, fchmod, fcntl_add_seals, memfd_create};

/// Memory that can no longer be changed, readable by our own user alone, gone when dropped.
pub(crate) struct Sealed {
    file: File,
}

impl Sealed {
    /// Puts `bytes` into fresh memory. The name shows in `/proc` and says nothing of the content.
    pub(crate) fn new(name: &str, bytes: &[u8]) -> io::Result<Self> {
        let fd = memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        let mut file = File::from(fd);
        file.write_all(bytes)?;
        fchmod(&file, Mode::RUSR | Mode::WUSR)?;
        let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
        fcntl_add_seals(&file, seals)?;
        Ok(Self { file })
    }

    /// Where a child of ours opens it. (Not `/proc/self`: `ssh` closes what it inherits.)
    pub(crate) fn path(&self) -> String {
        format!("/proc/{}/fd/{}", std::process::id(), self.file.as_raw_fd())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn sealed_memory_reads_like_a_private_file_and_does_not_change() {
        let sealed = Sealed::new("test", b"key").unwrap();
        assert_eq!(std::fs::read(sealed.path()).unwrap(), b"key");
        let mode = std::fs::metadata(sealed.path())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut again = File::options().write(true).open(sealed.path()).unwrap();
        assert!(again.write_all(b"other").is_err());
    }

    #[test]
    fn it_is_gone_when_dropped() {
        let sealed = Sealed::new("test", b"key").unwrap();
        let path = sealed.path();
        drop(sealed);
        assert!(!std::fs::read(path).is_ok_and(|bytes| bytes == b"key"));
    }
}
