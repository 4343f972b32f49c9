//! What the kernel counts: memory, processor time, files. Set by the launcher for itself; what it
//! becomes inherits them, and without privileges nothing can raise them again.

use rustix::io;
use rustix::process::{Resource, Rlimit, setrlimit};

use super::Orders;

/// A Go program reserves so much of its address space, of which it uses next to nothing.
const RESERVED: u64 = 4 << 30;

/// Files open at once.
const FILES: u64 = 256;

/// Threads and processes, counted in a namespace of their own.
const PROCESSES: u64 = 128;

/// Everything but [`processes`].
pub(super) fn set(orders: &Orders) -> io::Result<()> {
    let all = [
        (Resource::Core, 0),
        (Resource::Cpu, orders.seconds + 1),
        // Writable memory of its own; address space that is only reserved does not count here.
        (Resource::Data, orders.memory),
        (Resource::As, orders.memory.saturating_add(RESERVED)),
        (Resource::Fsize, 0),
        (Resource::Nofile, FILES),
    ];
    for (resource, most) in all {
        limit(resource, most)?;
    }
    Ok(())
}

/// Only in a user namespace of its own: elsewhere everything else that runs under the same number
/// of a user would count along.
pub(super) fn processes() -> io::Result<()> {
    limit(Resource::Nproc, PROCESSES)
}

fn limit(resource: Resource, most: u64) -> io::Result<()> {
    setrlimit(
        resource,
        Rlimit {
            current: Some(most),
            maximum: Some(most),
        },
    )
}
