//! A child process of ours that serves something: its log, its end, and that it never outlives us.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Result};
use std::os::unix::process::CommandExt;

/// A running child process. Dropping it kills exactly this process.
///
/// Should our own process end without dropping (a static, an abort, kill -9), a leash ends the
/// child: a shell that waits for the end of a pipe which only we hold.
pub struct Server {
    name: String,
    child: Child,
    leash: Option<Leash>,
    log: PathBuf,
}

impl Server {
    /// Starts `command`, with both its outputs appended to `<directory>/<name>.log`.
    ///
    /// # Errors
    /// When the log cannot be opened or the program cannot be started.
    pub fn start(name: &str, command: &mut Command, directory: &Path) -> Result<Self> {
        fs::create_dir_all(directory)?;
        let log = directory.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0)
            .spawn()
            .with_context(|| {
                format!(
                    "{name}: {} cannot be started",
                    command.get_program().display()
                )
            })?;
        let leash = Some(Leash::tie(child.id())?);
        Ok(Self {
            name: name.to_owned(),
            child,
            leash,
            log,
        })
    }

    /// What this server was called when it was started.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The file that holds everything it printed.
    #[must_use]
    pub fn log_path(&self) -> &Path {
        &self.log
    }

    /// Everything it printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The last lines it printed, for a message about a failure.
    #[must_use]
    pub fn log_tail(&self, lines: usize) -> String {
        tail_of(&self.log, lines)
    }

    /// How it ended, if it ended.
    ///
    /// # Errors
    /// When the system cannot be asked.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Ends it as `kill -9` does, with no chance to tidy up, and waits for its end.
    pub fn kill(mut self) {
        self.end();
    }

    /// Stops it in the middle of whatever it does (SIGSTOP), or lets it go on (SIGCONT).
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn pause(&self, pause: bool) -> Result<()> {
        use rustix::process::{Pid, Signal, kill_process};
        let pid = Pid::from_raw(self.child.id().cast_signed()).context("a process has an id")?;
        let signal = if pause { Signal::STOP } else { Signal::CONT };
        Ok(kill_process(pid, signal)?)
    }

    /// Asks it to end (SIGTERM) and waits for that.
    ///
    /// # Errors
    /// When the signal cannot be sent or the end cannot be seen.
    pub fn terminate(mut self) -> Result<ExitStatus> {
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        }
        Ok(self.child.wait()?)
    }

    /// Lets it live on after us; answers its process id.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "dropping it would end what is to live on"
    )]
    pub fn detach(mut self) -> u32 {
        if let Some(mut leash) = self.leash.take() {
            leash.cut();
        }
        let id = self.child.id();
        std::mem::forget(self);
        id
    }

    fn end(&mut self) {
        // Both fail only when the process is gone already, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
        if let Some(mut leash) = self.leash.take() {
            leash.cut();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// The last lines of a log file, or why there are none.
#[must_use]
pub fn tail_of(path: &Path, lines: usize) -> String {
    let content = match fs::read(path) {
        Ok(content) => content,
        Err(error) => return format!("({}: {error})", path.display()),
    };
    let text = String::from_utf8_lossy(&content);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// A shell that kills one process when the pipe from us closes.
struct Leash(Child);

impl Leash {
    fn tie(id: u32) -> Result<Self> {
        let shell = Command::new("sh")
            .args([
                "-c",
                "read -r line || kill -KILL \"$1\"",
                "leash",
                &id.to_string(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("sh cannot be started")?;
        Ok(Self(shell))
    }

    /// Ends the shell before it sees the pipe close.
    fn cut(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_outputs_are_kept_and_dropping_ends_it() {
        let directory = tempfile::tempdir().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo out; echo err >&2; exec sleep 600"]);
        let server = Server::start("talker", &mut shell, directory.path()).unwrap();
        crate::eventually(
            std::time::Duration::from_secs(10),
            "both lines are there",
            || {
                anyhow::ensure!(server.log() == "out\nerr\n", "{:?}", server.log());
                Ok(())
            },
        )
        .unwrap();
        let id = server.id();
        drop(server);
        assert!(!Path::new(&format!("/proc/{id}")).exists());
    }
}
