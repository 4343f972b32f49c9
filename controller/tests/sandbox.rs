//! Programs behind the controller's walls, as they are run for a renderer: what they cannot reach,
//! and how they are stopped. `bash` stands for a renderer that somebody has taken over.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use std::net::TcpListener;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use signet_render::sandbox::{Finished, Job, Limits, Mode, Sandbox, SandboxError};

const LIMITS: Limits = Limits {
    memory: 256 << 20,
    time: Duration::from_secs(20),
    output: 1 << 20,
};

fn sandbox(limits: Limits) -> Sandbox {
    Sandbox {
        launcher: env!("CARGO_BIN_EXE_signet-controller").into(),
        mode: Mode::Require,
        limits,
    }
}

/// Runs a script in a directory that holds `inside.txt`.
fn within(limits: Limits, script: &str) -> Result<Finished, SandboxError> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("inside.txt"), "inside").unwrap();
    sandbox(limits).run(&Job {
        program: Path::new("/bin/bash"),
        arguments: &["--norc", "--noprofile", "-c", script],
        environment: &[("HOME", "/nowhere")],
        directory: directory.path(),
    })
}

/// What a script prints.
fn printed(script: &str) -> String {
    let finished = within(LIMITS, script).unwrap();
    assert!(finished.walls.are_up(), "{:?}", finished.walls);
    let said = finished.said.as_str();
    format!("{}{said}", String::from_utf8_lossy(&finished.output))
}

/// What is said of a run that was stopped, and how long it took.
fn stopped(limits: Limits, script: &str) -> (String, Duration) {
    let since = Instant::now();
    let Err(error) = within(limits, script) else {
        panic!("it ended by itself: {script}")
    };
    (error.to_string(), since.elapsed())
}

#[test]
fn its_own_directory_can_be_read_and_not_written() {
    assert_eq!(printed("echo $(< inside.txt)"), "inside\n");
    for script in [
        "echo x > inside.txt",
        "echo x > new.txt",
        "echo x > /tmp/new.txt",
        "echo x > /dev/shm/new.txt",
    ] {
        let said = printed(&format!("{script} && echo WRITTEN"));
        assert!(said.contains("Permission denied"), "{script}: {said}");
        assert!(!said.contains("WRITTEN"), "{script}: {said}");
    }
}

#[test]
fn no_other_file_can_be_read() {
    let outside = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(outside.path(), "OUTSIDE").unwrap();
    let token = "/var/run/secrets/kubernetes.io/serviceaccount/token";
    let own = outside.path().to_str().unwrap();
    for path in [
        "/etc/hostname",
        "/etc/passwd",
        "/proc/self/environ",
        "/proc/1/environ",
        own,
        token,
    ] {
        let said = printed(&format!("echo read: $(< {path})"));
        assert!(said.starts_with("read:\n"), "{path}: {said}");
    }
    let said = printed("cd / && echo */; cd /proc && echo [0-9]*");
    assert!(
        said.contains("*/") && said.contains("[0-9]*"),
        "a listing: {said}"
    );
}

#[test]
fn no_other_program_can_be_run() {
    let copy = tempfile::tempdir().unwrap();
    let program = copy.path().join("ls");
    std::fs::copy("/bin/ls", &program).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    for program in ["/bin/ls", "/usr/bin/env", program.to_str().unwrap()] {
        let said = printed(&format!("{program} && echo RAN"));
        assert!(said.contains("Permission denied"), "{program}: {said}");
        assert!(!said.contains("RAN"), "{program}: {said}");
    }
}

#[test]
fn there_is_no_network() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for kind in ["tcp", "udp"] {
        let said = printed(&format!(
            "exec 3<>/dev/{kind}/127.0.0.1/{port} && echo OPEN"
        ));
        assert!(said.contains("Operation not permitted"), "{kind}: {said}");
        assert!(!said.contains("OPEN"), "{kind}: {said}");
    }
    assert!(listener.accept().is_err(), "somebody called");
}

#[test]
fn it_inherits_no_variable_and_no_open_file() {
    let said = printed("export -p");
    for line in said.lines() {
        let usual = ["HOME=\"/nowhere\"", "OLDPWD", "PWD=", "SHLVL="];
        assert!(usual.iter().any(|name| line.contains(name)), "{line}");
    }
    assert!(said.contains("HOME=\"/nowhere\""), "{said}");
    // A file that is not closed by becoming another program. /proc is out of reach, so the probe
    // is to write to it.
    let outside = tempfile::tempfile().unwrap();
    let inherited = rustix::io::dup(&outside).unwrap();
    let number = inherited.as_raw_fd();
    let said = printed(&format!("echo LEAK >&{number}; echo end"));
    assert!(said.contains("Bad file descriptor"), "{number}: {said}");
    assert_eq!(outside.metadata().unwrap().len(), 0);
}

#[test]
fn a_program_without_end_is_stopped_in_time() {
    let limits = Limits {
        time: Duration::from_secs(1),
        ..LIMITS
    };
    for script in [
        "while :; do :; done",
        "read -t 600 < <(while :; do :; done)",
        "exec >&- 2>&-; while :; do :; done",
        // Somebody who goes on in the background and holds the pipe.
        "(while :; do :; done) & exit 0",
    ] {
        let (why, took) = stopped(limits, script);
        assert_eq!(why, "it was stopped after 1 seconds", "{script}");
        assert!(took < Duration::from_secs(5), "{script}: {took:?}");
    }
}

#[test]
fn a_program_that_prints_without_end_is_stopped() {
    let (why, took) = stopped(
        LIMITS,
        "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done",
    );
    assert_eq!(why, "it was stopped because it printed more than 1 MiB");
    assert!(took < Duration::from_secs(15), "{took:?}");
    // What it says on the other output is cut, and is no reason to stop it.
    let script = "for n in {1..5000}; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa >&2; done; echo end";
    let finished = within(LIMITS, script).unwrap();
    assert_eq!(finished.output.as_slice(), b"end\n");
    assert!(finished.said.len() <= 64 << 10, "{}", finished.said.len());
}

#[test]
fn memory_has_an_end() {
    let finished = within(LIMITS, "a=x; while :; do a=$a$a; done").unwrap();
    let said = finished.said.as_str();
    assert_ne!(finished.code, Some(0));
    assert!(said.contains("cannot allocate"), "{said}");
}

#[test]
fn what_it_started_is_gone_when_it_is() {
    let marker = "8731.25";
    let script = format!("(read -t {marker} < <(while :; do :; done)) >&- 2>&- & echo started");
    assert!(printed(&script).starts_with("started"));
    let since = Instant::now();
    while lives(marker) {
        assert!(since.elapsed() < Duration::from_secs(5), "it lives on");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Found in the command line of the program that is to die, and in no other.
const ORPHAN: &str = "9153.75";

#[test]
#[ignore = "what it_dies_with_who_started_it starts"]
fn a_run_that_somebody_interrupts() {
    let limits = Limits {
        time: Duration::from_secs(10),
        ..LIMITS
    };
    stopped(limits, &format!("while :; do :; done; : {ORPHAN}"));
}

#[test]
fn it_dies_with_who_started_it() {
    let mut starter = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "a_run_that_somebody_interrupts"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let wait_until = |there: bool| {
        let since = Instant::now();
        while lives(ORPHAN) != there {
            assert!(since.elapsed() < Duration::from_secs(8), "there: {there}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait_until(true);
    starter.kill().unwrap();
    starter.wait().unwrap();
    wait_until(false);
}

/// Whether a process has `marker` in its command line.
fn lives(marker: &str) -> bool {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let mut lines = all.map(|entry| std::fs::read(entry.path().join("cmdline")));
    lines.any(|line| String::from_utf8_lossy(&line.unwrap_or_default()).contains(marker))
}

/// Does `work` where the kernel answers each of `calls` as if it had never heard of it.
fn on_a_kernel_without<T: Send + 'static>(
    calls: &'static [libc::c_long],
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let thread = std::thread::spawn(move || {
        let unknown = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
        let rules = calls.iter().map(|call| (*call, Vec::new())).collect();
        let arch = std::env::consts::ARCH.try_into().unwrap();
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, unknown, arch).unwrap();
        let filter: BpfProgram = filter.try_into().unwrap();
        // For this thread, and for what it starts.
        seccompiler::apply_filter(&filter).unwrap();
        work()
    });
    thread.join().unwrap()
}

#[test]
fn without_namespaces_the_other_walls_hold() {
    // As inside a container, where they are usually not to be had.
    on_a_kernel_without(&[libc::SYS_unshare], || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let finished = within(LIMITS, &format!("exec 3<>/dev/tcp/127.0.0.1/{port}")).unwrap();
        assert!(!finished.walls.namespaces && finished.walls.are_up());
        assert!(finished.said.contains("Operation not permitted"));
        assert!(printed("echo read: $(< /etc/hostname)").starts_with("read:\n"));
    });
}

#[test]
fn without_landlock_nothing_is_run_unless_that_is_accepted() {
    on_a_kernel_without(&[libc::SYS_landlock_create_ruleset], || {
        let (why, _) = stopped(LIMITS, "echo run");
        assert!(why.contains("no sandbox for /bin/bash"), "{why}");
        assert!(
            why.contains("Landlock") && why.contains("--sandbox=best-effort"),
            "{why}"
        );
        let lenient = Sandbox {
            mode: Mode::BestEffort,
            ..sandbox(LIMITS)
        };
        let directory = tempfile::tempdir().unwrap();
        let finished = lenient.run(&Job {
            program: Path::new("/bin/bash"),
            arguments: &["-c", "echo run; exec 3<>/dev/tcp/127.0.0.1/1"],
            environment: &[],
            directory: directory.path(),
        });
        let finished = finished.unwrap();
        assert_eq!(finished.output.as_slice(), b"run\n");
        assert_eq!(finished.walls.missing(), ["files (Landlock)"]);
        assert!(finished.said.contains("Operation not permitted"));
    });
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let finished = sandbox(LIMITS).run(&Job {
        program: Path::new("/nowhere/kustomize"),
        arguments: &[],
        environment: &[],
        directory: directory.path(),
    });
    let Err(error) = finished else {
        panic!("it ran")
    };
    assert!(error.to_string().contains("/nowhere/kustomize"), "{error}");
}
