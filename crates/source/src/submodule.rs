//! `spec.recurseSubmodules`: the commits that a commit pins, fetched like any other source (T3).
//!
//! A submodule's address is chosen by whoever wrote the commit. So it goes through the same list of
//! schemes and hosts, and the credentials of the source go along only to the scheme, host and port
//! of the source itself (T5). Nothing of `.gitmodules` but path and address is read.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use sha2::{Digest, Sha256};
use signet_engine::tree::RepoPath;
use url::Url;

use crate::credentials::{Credentials, Tls};
use crate::deadline::Deadline;
use crate::error::{FetchError, ReadError};
use crate::include::Include;
use crate::repository::Repository;
use crate::request::{Reference, Request};
use crate::select::Selection;
use crate::snapshot::Snapshot;
use crate::text::hex;
use crate::walk::Leaf;

/// Submodules inside each other.
const DEEPEST: usize = 4;

/// Submodules of one commit.
const MOST: usize = 50;

/// Where `.gitmodules` stands, and how long it may be, in bytes.
const FILE: &str = ".gitmodules";
const LONGEST: u64 = 256 << 10;

/// A commit that is pinned.
struct Pinned {
    path: RepoPath,
    url: String,
    commit: String,
}

impl Repository {
    /// Puts the submodules of `snapshot` in, and theirs.
    pub(crate) fn with_submodules(
        &self,
        snapshot: Snapshot,
        request: &Request,
        deadline: Deadline,
        depth: usize,
    ) -> Result<Snapshot, FetchError> {
        let pinned =
            pinned(&snapshot, &request.url).map_err(|why| FetchError::Selection { why })?;
        let mut includes = Vec::new();
        for one in pinned {
            let inside = |why: FetchError| FetchError::Submodule {
                path: one.path.clone(),
                why: Box::new(why),
            };
            let snapshot = self
                .submodule(&one, request, deadline, depth)
                .map_err(inside)?;
            includes.push(Include {
                at: one.path.clone(),
                from: RepoPath::root(),
                snapshot,
            });
        }
        Ok(snapshot.with_includes(includes.into()))
    }

    fn submodule(
        &self,
        pinned: &Pinned,
        request: &Request,
        deadline: Deadline,
        depth: usize,
    ) -> Result<Snapshot, FetchError> {
        let over = |at: &str| FetchError::Limit {
            at: at.to_owned(),
            what: format!("more than {DEEPEST} submodules inside each other"),
        };
        if depth >= DEEPEST {
            return Err(over(&pinned.path.to_string()));
        }
        let timed_out = || FetchError::Timeout {
            at: pinned.path.to_string(),
            after: request.timeout,
        };
        let ask = asked(pinned, request, deadline.left().ok_or_else(timed_out)?);
        let repository = self.beside(&ask.url)?;
        let snapshot = repository.fetch_alone(&ask)?;
        repository.with_submodules(snapshot, &ask, deadline, depth + 1)
    }

    /// The objects of a submodule, in a directory of their own.
    fn beside(&self, url: &str) -> Result<Arc<Self>, FetchError> {
        let mut all: std::sync::MutexGuard<'_, HashMap<String, Arc<Self>>> = self
            .submodules
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(url) {
            return Ok(Arc::clone(known));
        }
        let name = hex(&Sha256::digest(url));
        let opened = Self::open(&self.dir.join("submodules").join(name));
        let opened = opened.map_err(|error| FetchError::Other {
            at: "a submodule".to_owned(),
            why: error.to_string(),
        })?;
        let opened = Arc::new(opened.with_bounds(self.bounds));
        all.insert(url.to_owned(), Arc::clone(&opened));
        Ok(opened)
    }
}

/// The request for a submodule: credentials stay with the host they belong to.
fn asked(pinned: &Pinned, request: &Request, timeout: std::time::Duration) -> Request {
    let origin = |url: &str| {
        Url::parse(url).ok().map(|url| {
            (
                url.scheme().to_owned(),
                url.host_str().map(str::to_owned),
                url.port_or_known_default(),
            )
        })
    };
    let is_same = origin(&pinned.url).is_some_and(|theirs| Some(theirs) == origin(&request.url));
    let (credentials, tls) = match is_same {
        true => (request.credentials.clone(), request.tls.clone()),
        false => (
            Credentials::None,
            Tls {
                client: None,
                ..request.tls.clone()
            },
        ),
    };
    Request {
        url: pinned.url.clone(),
        reference: Reference::Commit {
            commit: pinned.commit.clone(),
            branch: None,
        },
        selection: Selection::default(),
        credentials,
        tls,
        timeout,
        ..request.clone()
    }
}

/// The submodules of a commit that belong to the source and have an address.
fn pinned(snapshot: &Snapshot, base: &str) -> Result<Vec<Pinned>, ReadError> {
    let links = snapshot.submodules()?;
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let file = RepoPath::root().child(FILE).unwrap_or_default();
    let limit = |what: String| ReadError::Limit {
        path: file.clone(),
        what,
    };
    if links.len() > MOST {
        return Err(limit(format!("more than {MOST} submodules")));
    }
    let text = snapshot.file(&file, LONGEST)?.unwrap_or_default();
    let addresses = addresses(&String::from_utf8_lossy(&text)).map_err(limit)?;
    links
        .into_iter()
        .map(|item| {
            let url = addresses
                .get(&item.path)
                .and_then(|url| absolute(url, base));
            let nowhere = || {
                limit(format!(
                    "no address that can be used for the submodule {}",
                    item.path
                ))
            };
            Ok(Pinned {
                url: url.ok_or_else(nowhere)?,
                commit: item.id.to_string(),
                path: item.path,
            })
        })
        .collect()
}

/// Path and address of each section of a `.gitmodules`.
fn addresses(text: &str) -> Result<HashMap<RepoPath, String>, String> {
    let file: gix::config::File = text.parse().map_err(|_| "it cannot be read".to_owned())?;
    let mut found = HashMap::new();
    for section in file.sections_by_name("submodule").into_iter().flatten() {
        let value = |name: &str| section.value(name).map(|value| value.to_string());
        if let (Some(path), Some(url)) = (value("path"), value("url")) {
            let path = RepoPath::parse(&path).map_err(|error| error.to_string())?;
            found.insert(path, url);
        }
    }
    Ok(found)
}

/// An address as it is, or one that begins with `./` or `../` from that of the source.
fn absolute(url: &str, base: &str) -> Option<String> {
    if !url.starts_with("./") && !url.starts_with("../") {
        return Some(url.to_owned());
    }
    let mut base = base.trim_end_matches('/').to_owned();
    base.push('/');
    let joined = Url::parse(&base).ok()?.join(url).ok()?;
    Some(joined.to_string())
}

impl Snapshot {
    /// The submodules that belong to the source.
    fn submodules(&self) -> Result<Vec<crate::walk::Item>, ReadError> {
        let listing = self.own_listing()?.into_iter().map(|listed| listed.item);
        Ok(listing
            .filter(|item| item.leaf == Leaf::Submodule)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

    use super::*;

    #[test]
    fn addresses_may_be_relative_to_the_source() {
        let at = |url: &str| absolute(url, "https://host/team/fleet.git").unwrap();
        assert_eq!(at("../lib.git"), "https://host/team/lib.git");
        assert_eq!(at("../../other/lib.git"), "https://host/other/lib.git");
        assert_eq!(at("https://else/lib.git"), "https://else/lib.git");
    }

    #[test]
    fn path_and_address_are_read_and_nothing_else() {
        let text = "[submodule \"lib\"]\n\tpath = deps/lib\n\turl = ../lib.git\n\tupdate = !touch /tmp/x\n[core]\n\tpath = a\n\turl = b\n";
        let found = addresses(text).unwrap();
        let lib = RepoPath::parse("deps/lib").unwrap();
        assert_eq!(found, HashMap::from([(lib, "../lib.git".to_owned())]));
        assert!(addresses("[submodule \"x\"]\npath = ../x\nurl = y\n").is_err());
        assert!(addresses("[submodule").is_err());
    }
}
