//! A real `sshd` on loopback that lets one key in, for repositories fetched over ssh.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where Debian and most others put it; it wants to be started by its whole path.
pub const PROGRAM: &str = "/usr/sbin/sshd";

/// How long it may take until it listens.
const READY_WITHIN: Duration = Duration::from_secs(10);

/// A running `sshd`, stopped when dropped. Its directory holds the key pairs `host` (its own),
/// `client` (let in) and `other` (neither), each with a `.pub` beside it.
pub struct Sshd {
    child: Child,
    port: u16,
    dir: tempfile::TempDir,
}

impl Sshd {
    /// Starts one that takes git's protocol version from the client; none where [`PROGRAM`] is
    /// missing.
    ///
    /// # Errors
    ///
    /// If keys cannot be made, or it does not listen.
    pub fn start() -> io::Result<Option<Self>> {
        Self::accepting("GIT_PROTOCOL")
    }

    /// As [`Self::start`], but it takes only `variable` from the client's environment.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn accepting(variable: &str) -> io::Result<Option<Self>> {
        if !Path::new(PROGRAM).exists() {
            return Ok(None);
        }
        let dir = tempfile::tempdir()?;
        for name in ["host", "client", "other"] {
            keygen(&dir.path().join(name))?;
        }
        std::fs::copy(dir.path().join("client.pub"), dir.path().join("authorized"))?;
        // sshd wants this directory even where it is not started by the system; without the right
        // to make it, sshd itself says what it misses.
        drop(std::fs::create_dir_all("/run/sshd"));
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let child = serve(dir.path(), port, variable)?;
        let sshd = Self { child, port, dir };
        sshd.wait()?;
        Ok(Some(sshd))
    }

    /// The URL of the repository at `path` on disk, for the user that runs the tests.
    ///
    /// # Errors
    ///
    /// If the user's name cannot be asked for.
    pub fn url(&self, path: &Path) -> io::Result<String> {
        let user = Command::new("id").arg("-un").output()?.stdout;
        let user = String::from_utf8_lossy(&user);
        let (user, port) = (user.trim(), self.port);
        Ok(format!("ssh://{user}@127.0.0.1:{port}{}", path.display()))
    }

    /// The file `name` of the directory: a private key, or a public one with `.pub`.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn file(&self, name: &str) -> io::Result<String> {
        std::fs::read_to_string(self.path(name))
    }

    /// Where that file is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A `known_hosts` that pins the public key in the file `name`.
    ///
    /// # Errors
    ///
    /// If there is no such file.
    pub fn known_hosts(&self, name: &str) -> io::Result<String> {
        Ok(format!("[127.0.0.1]:{} {}", self.port, self.file(name)?))
    }

    fn wait(&self) -> io::Result<()> {
        let begin = Instant::now();
        loop {
            match TcpStream::connect(("127.0.0.1", self.port)) {
                Ok(_) => return Ok(()),
                Err(error) if begin.elapsed() > READY_WITHIN => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        // Both fail only if it has ended already, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Makes a key pair without a passphrase, and its `.pub`.
///
/// # Errors
///
/// If `ssh-keygen` cannot be run or refuses.
pub fn keygen(path: &Path) -> io::Result<()> {
    let status = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .status()?;
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("ssh-keygen: {status}")))
}

fn serve(dir: &Path, port: u16, variable: &str) -> io::Result<Child> {
    let option = |name: &str, value: &str| ["-o".to_owned(), format!("{name}={value}")];
    let at = |name: &str| dir.join(name).display().to_string();
    let options = [
        option("ListenAddress", &format!("127.0.0.1:{port}")),
        option("HostKey", &at("host")),
        option("AuthorizedKeysFile", &at("authorized")),
        option("PidFile", "none"),
        option("UsePAM", "no"),
        option("StrictModes", "no"),
        option("PasswordAuthentication", "no"),
        option("PermitRootLogin", "prohibit-password"),
        option("AcceptEnv", variable),
    ];
    Command::new(PROGRAM)
        .args(["-D", "-e", "-f", "/dev/null"])
        .args(options.concat())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}
