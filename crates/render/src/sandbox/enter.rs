//! The launcher: a process that shuts itself in and becomes another program.
//!
//! It runs before anything else of its binary does: one thread, no key loaded, no connection open.

use std::convert::Infallible;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use rustix::process::{Signal, set_parent_process_death_signal, setpriority_process, setsid};

use super::{Orders, PREFIX, Walls, limits, walls};

/// The first argument that makes a binary of ours the launcher.
pub(super) const WORD: &str = "sandbox";

/// Behind everything that somebody waits for.
const NICENESS: i32 = 10;

/// What the launcher was told, if this process is one: the argument behind [`WORD`].
pub fn asked(arguments: impl IntoIterator<Item = OsString>) -> Option<OsString> {
    let mut arguments = arguments.into_iter().skip(1);
    (arguments.next()? == WORD).then(|| arguments.next().unwrap_or_default())
}

/// Shuts this process in and makes it the program that `orders` name. Returns only if that fails,
/// with the code to end with; the cause is on standard error.
#[must_use]
pub fn enter(orders: &OsString) -> ExitCode {
    let Err(why) = become_it(orders);
    say(&why);
    ExitCode::from(125)
}

fn become_it(orders: &OsString) -> Result<Infallible, String> {
    let text = orders.to_str().unwrap_or_default();
    let orders: Orders = serde_json::from_str(text)
        .map_err(|_| "this command is for the controller's own use".to_owned())?;
    close_all();
    alone();
    limits::set(&orders).map_err(|error| format!("no limits: {error}"))?;
    let walls = put_up(&orders)?;
    let report = serde_json::to_string(&walls).map_err(|error| error.to_string())?;
    say(&report);
    let error = Command::new(&orders.program)
        .args(&orders.arguments)
        .env_clear()
        .envs(orders.environment.iter().map(|(name, value)| (name, value)))
        .exec();
    Err(format!("cannot be started: {error}"))
}

/// One line on standard error. There is nobody to tell if that fails.
fn say(line: &str) {
    let _told = writeln!(std::io::stderr(), "{PREFIX}{line}");
}

/// Every file but the three standard ones. Ours are opened so that none is inherited; this is for
/// those that whoever started us left open.
fn close_all() {
    let names = fs::read_dir("/proc/self/fd").map(|entries| {
        let name =
            |entry: std::io::Result<fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
        entries.filter_map(name).collect::<Vec<_>>()
    });
    let numbers = names.unwrap_or_default().into_iter();
    for number in numbers.filter_map(|name| name.parse::<i32>().ok()) {
        if number > 2 {
            // The one that listed them is gone already.
            let _gone = nix::unistd::close(number);
        }
    }
}

/// In a session of its own, last to get the processor and first to go when memory is short. None of
/// these is a wall.
fn alone() {
    let _session = setsid();
    let _last = setpriority_process(None, NICENESS);
    let _first = fs::write("/proc/self/oom_score_adj", "1000");
}

fn put_up(orders: &Orders) -> Result<Walls, String> {
    let namespaces = walls::namespaces().is_ok();
    if namespaces {
        limits::processes().map_err(|error| format!("no limit of processes: {error}"))?;
    }
    // Behind the namespaces, which would make the kernel forget it.
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| format!("not bound to the controller's life: {error}"))?;
    let files = walls::files(&orders.directory, &orders.program);
    let calls = walls::calls();
    let up = Walls {
        files: files.is_ok(),
        namespaces,
        calls: calls.is_ok(),
    };
    if orders.require && !up.are_up() {
        let why: Vec<String> = [files, calls].into_iter().filter_map(Result::err).collect();
        return Err(format!("wall: {}", why.join(", ")));
    }
    Ok(up)
}
