//! The walls themselves: Landlock for files, a filter of system calls, namespaces. Each is put up by
//! the launcher for itself and for whatever it becomes, and none can be taken down again.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
};
use nix::sched::{CloneFlags, unshare};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use super::needs;

/// What could be said of a wall that is not up.
pub(super) type Wall = Result<(), String>;

/// The newest version of Landlock whose rights were looked at; an older kernel has fewer of them.
const KNOWN: ABI = ABI::V7;

/// Namespaces of its own: no user, no network but a loopback that is down, no shared memory.
pub(super) fn namespaces() -> Wall {
    let all = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS;
    unshare(all).map_err(|error| error.desc().to_owned())
}

/// Files: `directory` may be read, `program` run, and what it is linked with read; nothing else,
/// and nothing may be written, renamed, linked or made. TCP, abstract sockets and signals to others
/// are forbidden too where the kernel knows how.
pub(super) fn files(directory: &Path, program: &Path) -> Wall {
    let rules = rules(directory, program).map_err(|error| error.to_string())?;
    let status = rules.restrict_self().map_err(|error| error.to_string())?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err("this kernel has no Landlock".to_owned()),
        RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
    }
}

fn rules(directory: &Path, program: &Path) -> Result<RulesetCreated, Box<dyn std::error::Error>> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let run: BitFlags<AccessFs> = AccessFs::ReadFile | AccessFs::Execute;
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?
        .add_rule(PathBeneath::new(PathFd::new(directory)?, read))?
        .add_rule(PathBeneath::new(PathFd::new(program)?, run))?;
    if let Some(loader) = needs::loader(program)? {
        rules = rules
            .add_rule(PathBeneath::new(PathFd::new(loader)?, run))?
            .add_rules(path_beneath_rules(needs::LIBRARIES, read))?;
    }
    Ok(rules)
}

/// System calls that no renderer makes: sockets, other processes, mounts, keys, and what has let
/// programs out of their walls before. They fail as forbidden; all others go on.
const FORBIDDEN: [libc::c_long; 44] = [
    // The network, and whatever else a socket leads to.
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kcmp,
    // Mounts and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_unshare,
    libc::SYS_setns,
    // Keys and the kernel.
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_kexec_load,
    libc::SYS_open_by_handle_at,
    libc::SYS_quotactl,
    libc::SYS_reboot,
];

/// On this processor every call has a second number, for a form of programs that nobody uses.
#[cfg(target_arch = "x86_64")]
const SECOND_NUMBER: Option<libc::c_long> = Some(0x4000_0000);
#[cfg(not(target_arch = "x86_64"))]
const SECOND_NUMBER: Option<libc::c_long> = None;

/// The filter of system calls.
pub(super) fn calls() -> Wall {
    let program = filter().map_err(|error| error.to_string())?;
    seccompiler::apply_filter(&program).map_err(|error| error.to_string())
}

fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let numbers = FORBIDDEN.into_iter().flat_map(|number| {
        let second = SECOND_NUMBER.map(|bit| number | bit);
        std::iter::once(number).chain(second)
    });
    let forbidden = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    SeccompFilter::new(
        numbers.map(|number| (number, Vec::new())).collect(),
        SeccompAction::Allow,
        forbidden,
        std::env::consts::ARCH.try_into()?,
    )?
    .try_into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn the_filter_is_one_that_the_kernel_could_load() {
        // As many instructions as it takes at most; the kernel's own bound.
        let length = filter().unwrap().len();
        assert!((FORBIDDEN.len()..4096).contains(&length), "{length}");
    }
}
