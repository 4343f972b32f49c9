//! The other side of the launcher: start it, read what the program prints, and end it when it takes
//! too long or says too much.

use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use zeroize::Zeroizing;

use super::{Finished, Job, Limits, Mode, Orders, PREFIX, Sandbox, SandboxError, Walls, enter};

/// Bytes of standard error that are kept; the rest is read and dropped.
const KEPT: usize = 64 << 10;

/// Between two looks at a program that has closed its output and not ended yet.
const LOOK: Duration = Duration::from_millis(5);

impl Sandbox {
    /// Runs `job` to its end. Blocks.
    ///
    /// # Errors
    /// [`SandboxError`]; the program and whatever it started are gone then too.
    pub fn run(&self, job: &Job<'_>) -> Result<Finished, SandboxError> {
        let name = job.program.display().to_string();
        let start = |why: String| SandboxError::Start {
            program: name.clone(),
            why,
        };
        let child = self.command(job).map_err(&start)?.spawn();
        let mut running = Running(child.map_err(|error| start(error.to_string()))?);
        let deadline = Instant::now() + self.limits.time;
        let (output, said) = running.listen(&self.limits, deadline)?;
        let status = running.wait(&self.limits, deadline)?;
        let said = Zeroizing::new(String::from_utf8_lossy(&said).into_owned());
        let (walls, said) = report(&name, &said)?;
        judge(status, &said, &self.limits)?;
        Ok(Finished {
            code: status.code(),
            output,
            said,
            walls,
        })
    }

    fn command(&self, job: &Job<'_>) -> Result<Command, String> {
        let owned = |text: &&str| (*text).to_owned();
        let orders = Orders {
            require: self.mode == Mode::Require,
            directory: job.directory.to_owned(),
            memory: self.limits.memory,
            seconds: self.limits.time.as_secs().max(1),
            program: job.program.to_owned(),
            arguments: job.arguments.iter().map(owned).collect(),
            environment: job
                .environment
                .iter()
                .map(|(name, value)| (owned(name), owned(value)))
                .collect(),
        };
        let orders = serde_json::to_string(&orders).map_err(|error| error.to_string())?;
        let mut command = Command::new(&self.launcher);
        command
            .args([enter::WORD, &orders])
            .env_clear()
            .current_dir(job.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(command)
    }
}

/// A child and whatever it started; gone when this is dropped.
struct Running(Child);

impl Running {
    /// What it prints, until it has closed both outputs.
    fn listen(&mut self, limits: &Limits, deadline: Instant) -> Result<Heard, SandboxError> {
        let mut pipes = Pipes {
            stdout: self.0.stdout.take(),
            stderr: self.0.stderr.take(),
            output: Zeroizing::new(Vec::new()),
            said: Zeroizing::new(Vec::new()),
        };
        while pipes.stdout.is_some() || pipes.stderr.is_some() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(SandboxError::Time(limits.time));
            }
            pipes.turn(left)?;
            if pipes.output.len() > limits.output {
                return Err(SandboxError::Output(limits.output));
            }
        }
        Ok((pipes.output, pipes.said))
    }

    /// How it ended. The group is ended first, while its number cannot be anybody else's.
    fn wait(&mut self, limits: &Limits, deadline: Instant) -> Result<ExitStatus, SandboxError> {
        while !self.has_ended()? {
            if Instant::now() >= deadline {
                return Err(SandboxError::Time(limits.time));
            }
            std::thread::sleep(LOOK);
        }
        self.end_group();
        Ok(self.0.wait()?)
    }

    fn id(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.0.id()).ok()?)
    }

    fn has_ended(&self) -> io::Result<bool> {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let id = self.id().ok_or(io::ErrorKind::NotFound)?;
        Ok(waitid(WaitId::Pid(id), look)?.is_some())
    }

    fn end_group(&self) {
        if let Some(id) = self.id() {
            // It fails if the launcher has not made itself a group yet; then there is only itself.
            let _gone_already = kill_process_group(id, Signal::KILL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Once it was waited for, its number may be another's.
        if matches!(self.0.try_wait(), Ok(None)) {
            self.end_group();
            let _gone_already = self.0.kill();
            let _reaped = self.0.wait();
        }
    }
}

/// Standard output and standard error.
type Heard = (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>);

/// Both outputs, as far as they are open, and what came out of them.
struct Pipes {
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    output: Zeroizing<Vec<u8>>,
    said: Zeroizing<Vec<u8>>,
}

impl Pipes {
    /// Waits for either to have something, and takes it.
    fn turn(&mut self, left: Duration) -> io::Result<()> {
        let (out, err) = self.ready(left)?;
        if out && !take(self.stdout.as_mut(), &mut self.output, usize::MAX)? {
            self.stdout = None;
        }
        if err && !take(self.stderr.as_mut(), &mut self.said, KEPT)? {
            self.stderr = None;
        }
        Ok(())
    }

    fn ready(&self, left: Duration) -> io::Result<(bool, bool)> {
        let time = Timespec::try_from(left).map_err(io::Error::other)?;
        let out = self
            .stdout
            .iter()
            .map(|pipe| PollFd::new(pipe, PollFlags::IN));
        let err = self
            .stderr
            .iter()
            .map(|pipe| PollFd::new(pipe, PollFlags::IN));
        let mut both: Vec<PollFd<'_>> = out.chain(err).collect();
        match poll(&mut both, Some(&time)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut ready = both.iter().map(|pipe| !pipe.revents().is_empty());
        let mut next = |open: bool| open && ready.next().unwrap_or_default();
        Ok((next(self.stdout.is_some()), next(self.stderr.is_some())))
    }
}

/// Takes what is there, of which at most `most` bytes are kept in all; false at the end.
fn take(pipe: Option<&mut impl Read>, into: &mut Vec<u8>, most: usize) -> io::Result<bool> {
    let mut buffer = Zeroizing::new([0; 16 << 10]);
    let read = match pipe {
        Some(pipe) => pipe.read(buffer.as_mut_slice())?,
        None => 0,
    };
    let room = most.saturating_sub(into.len());
    into.extend(buffer.iter().take(read.min(room)));
    Ok(read > 0)
}

/// The launcher's own lines, apart from what the program said behind them.
fn report(program: &str, said: &str) -> Result<(Walls, Zeroizing<String>), SandboxError> {
    let (mut walls, mut others) = (None, Zeroizing::new(String::new()));
    for line in said.lines() {
        match line.strip_prefix(PREFIX) {
            Some(own) if walls.is_none() => match serde_json::from_str(own) {
                Ok(up) => walls = Some(up),
                Err(_) => return Err(refused(program, own)),
            },
            Some(own) => return Err(refused(program, own)),
            None => {
                others.push_str(line);
                others.push('\n');
            }
        }
    }
    let nothing = || refused(program, "the launcher ended without a word");
    Ok((walls.ok_or_else(nothing)?, others))
}

fn refused(program: &str, why: &str) -> SandboxError {
    let program = program.to_owned();
    match why.strip_prefix("wall: ") {
        Some(why) => SandboxError::Walls {
            program,
            why: why.to_owned(),
        },
        None => SandboxError::Start {
            program,
            why: why.to_owned(),
        },
    }
}

/// What a Go program says when the kernel gives it no more memory.
const NO_MEMORY: [&str; 3] = [
    "out of memory",
    "cannot allocate memory",
    "failed to reserve page summary memory",
];

/// Whether it ended by itself.
fn judge(status: ExitStatus, said: &str, limits: &Limits) -> Result<(), SandboxError> {
    let crashed = status.code() != Some(0) && said.contains("fatal error: ");
    if crashed && NO_MEMORY.iter().any(|words| said.contains(words)) {
        return Err(SandboxError::Memory(limits.memory));
    }
    match status.signal() {
        Some(signal) if signal == libc::SIGXCPU => Err(SandboxError::Time(limits.time)),
        Some(signal) => Err(SandboxError::Signal(signal)),
        None => Ok(()),
    }
}
