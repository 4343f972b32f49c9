//! Requests and repositories that several tests want.
#![allow(dead_code, clippy::unwrap_used)] // each test file uses its part; a failed unwrap is a failed test

use std::time::Duration;

use signet_engine::tree::{RepoPath, Tree};
use signet_source::{
    Credentials, Limits, Reach, Reference, Repository, Request, Selection, Snapshot, Tls,
};
use signet_testkit::git_repo::GitRepo;
use signet_testkit::git_server::GitServer;

pub fn request(url: &str) -> Request {
    Request {
        url: url.to_owned(),
        reference: Reference::Branch("main".into()),
        selection: Selection::default(),
        credentials: Credentials::None,
        tls: Tls::default(),
        proxy: None,
        reach: Reach::default(),
        submodules: false,
        timeout: Duration::from_secs(30),
    }
}

pub fn at(reference: Reference, url: &str) -> Request {
    Request {
        reference,
        ..request(url)
    }
}

pub fn commit(id: &str, branch: Option<&str>) -> Reference {
    Reference::Commit {
        commit: id.to_owned(),
        branch: branch.map(str::to_owned),
    }
}

pub fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).unwrap()
}

/// Reads everything below `directory`.
pub fn read(snapshot: &Snapshot, directory: &str) -> Tree {
    snapshot
        .read(&path(directory), &Limits::default(), |_| true)
        .unwrap()
}

/// The files of a tree as `path=content`.
pub fn shown(tree: &Tree) -> Vec<String> {
    let show = |file: &signet_engine::tree::File| {
        format!("{}={}", file.path, String::from_utf8_lossy(&file.bytes))
    };
    tree.files.iter().map(show).collect()
}

/// A server with one repository, a working copy of it, and a place to fetch into.
pub struct World {
    pub server: GitServer,
    pub work: GitRepo,
    pub url: String,
    pub dir: tempfile::TempDir,
    pub repository: Repository,
}

impl World {
    pub fn new() -> Self {
        let server = GitServer::start().unwrap();
        server.create("fleet.git").unwrap();
        let dir = tempfile::tempdir().unwrap();
        let repository = Repository::open(dir.path()).unwrap();
        let url = server.url("fleet.git");
        Self {
            server,
            work: GitRepo::new().unwrap(),
            url,
            dir,
            repository,
        }
    }

    /// With one commit: `apps/web.yaml`.
    pub fn with_one_commit() -> Self {
        let world = Self::new();
        world.work.write("apps/web.yaml", "kind: Web\n").unwrap();
        world.push("Add web");
        world
    }

    pub fn push(&self, message: &str) -> String {
        let id = self.work.commit(message).unwrap();
        self.work.push(&self.url, &[]).unwrap();
        id
    }

    pub fn fetch(&self) -> Snapshot {
        self.repository.fetch(&request(&self.url)).unwrap()
    }
}
