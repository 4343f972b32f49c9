//! A repository as the controller keeps it: a place on disk, and the commit last fetched.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use gix::ObjectId;
use zeroize::Zeroizing;

use crate::address::{Address, SshAddress};
use crate::credentials::{Credentials, Proxy};
use crate::deadline::{Deadline, Watchdog};
use crate::error::{FetchError, OpenError};
use crate::reach::{self, Reach};
use crate::remote::{Head, Session, is_unknown_commit};
use crate::request::{Reference, Request};
use crate::select::{Filter, Selection};
use crate::snapshot::{Found, Snapshot};
use crate::store::Store;
use crate::wire::{Wire, chain};
use crate::{http, ssh};

/// What one fetch may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes of a pack as sent.
    pub pack_bytes: u64,
    /// Objects in a pack.
    pub objects: u32,
}

impl Default for Bounds {
    /// One gigabyte and two million objects: larger than a repository of manifests gets, and far
    /// from filling a node.
    fn default() -> Self {
        Self {
            pack_bytes: 1 << 30,
            objects: 2_000_000,
        }
    }
}

/// One repository's objects in a directory of their own.
///
/// What is in the directory is a cache: it may be lost at any time, and is cleared on opening.
/// Fetches of one repository go one after the other; snapshots are independent of later fetches.
pub struct Repository {
    pub(crate) dir: PathBuf,
    pub(crate) bounds: Bounds,
    state: Mutex<State>,
    /// Those of submodules, by address.
    pub(crate) submodules: Mutex<HashMap<String, Arc<Repository>>>,
    _lock: File,
}

#[derive(Default)]
struct State {
    store: Option<Arc<Store>>,
    next_number: u64,
    /// The filter made last, and what it was made for.
    filter: Option<(ObjectId, Selection, Arc<Filter>)>,
}

impl Repository {
    /// Takes over `dir`, making it if need be.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the directory cannot be made, locked (another process or repository uses
    /// it) or cleared.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        let lock = prepared(dir).map_err(|cause| OpenError {
            dir: dir.display().to_string(),
            cause,
        })?;
        let (dir, bounds) = (dir.to_owned(), Bounds::default());
        Ok(Self {
            dir,
            bounds,
            state: Mutex::default(),
            submodules: Mutex::default(),
            _lock: lock,
        })
    }

    /// With other bounds than the default ones.
    #[must_use]
    pub fn with_bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Fetches the commit asked for, without its history, and its submodules if they are wanted.
    ///
    /// The server is always asked, so that wrong credentials and a repository that is gone are
    /// noticed. If the commit is here already, nothing more is transferred. Blocks for at most
    /// about `request.timeout`, plus the wait for another fetch of this repository.
    ///
    /// # Errors
    ///
    /// [`FetchError`]; the snapshots taken before stay readable.
    pub fn fetch(&self, request: &Request) -> Result<Snapshot, FetchError> {
        let deadline = Deadline::after(request.timeout);
        let snapshot = self.fetch_alone(request)?;
        match request.submodules {
            true => self.with_submodules(snapshot, request, deadline, 0),
            false => Ok(snapshot),
        }
    }

    /// As [`Repository::fetch`], without submodules.
    pub(crate) fn fetch_alone(&self, request: &Request) -> Result<Snapshot, FetchError> {
        let address = Address::parse(&request.url)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wire = Wire::new(address.to_string(), request.timeout, secrets_of(request));
        let mut work = |transport| self.converse(transport, &address, request, &mut state, &wire);
        match &address {
            Address::Http(at) => {
                let transport = http::connect(at, request, &wire)?;
                work(Box::new(transport))
            }
            Address::Ssh(_) if request.proxy.is_some() => {
                Err(wire
                    .other("spec.proxySecretRef is for http and https: take it out for an ssh URL"))
            }
            Address::Ssh(at) => {
                reached(at, &request.reach, &wire)?;
                over_ssh(at, &request.credentials, &wire, work)
            }
        }
    }

    fn converse(
        &self,
        transport: Box<dyn gix_transport::client::blocking_io::Transport>,
        address: &Address,
        request: &Request,
        state: &mut State,
        wire: &Wire,
    ) -> Result<Snapshot, FetchError> {
        let mut session = Session::open(transport, wire).map_err(|error| wire.verdict(&error))?;
        let reference = &session.resolved(&request.reference, wire)?;
        let head = session.find(reference, wire)?;
        let here = state
            .store
            .clone()
            .filter(|store| store.holds(address, &head.commit))
            .filter(|store| head.target == head.commit || store.objects().has_object(head.target));
        let (store, commit) = match here {
            Some(store) => (store, head.commit),
            None => self.receive(&mut session, address, reference, head, state, wire)?,
        };
        let tag = reference.tag().map(|name| (name.to_owned(), head.target));
        let found = Found {
            store,
            commit,
            tag,
            revision: reference.revision(commit.to_string()),
        };
        self.selected(found, &request.selection, state, wire)
    }

    /// The commit with what is wanted of it. The filter of the last fetch is taken again if
    /// nothing changed.
    fn selected(
        &self,
        found: Found,
        wanted: &Selection,
        state: &mut State,
        wire: &Wire,
    ) -> Result<Snapshot, FetchError> {
        let commit = found.commit;
        let known = match &state.filter {
            Some((of, selection, filter)) if *of == commit && selection == wanted => {
                Some(Arc::clone(filter))
            }
            _ => None,
        };
        let is_known = known.is_some();
        let snapshot = Snapshot::of(found, known.unwrap_or_default())
            .map_err(|error| wire.other(&error.to_string()))?;
        if is_known {
            return Ok(snapshot);
        }
        let snapshot = snapshot
            .selected(wanted)
            .map_err(|why| FetchError::Selection { why })?;
        state.filter = Some((commit, wanted.clone(), snapshot.filter()));
        Ok(snapshot)
    }

    /// Receives `head` into the store at hand, or a fresh one; that becomes the store at hand
    /// only once everything is there.
    fn receive(
        &self,
        session: &mut Session,
        address: &Address,
        reference: &Reference,
        head: Head,
        state: &mut State,
        wire: &Wire,
    ) -> Result<(Arc<Store>, ObjectId), FetchError> {
        let store = match state.store.clone().filter(|store| store.takes(address)) {
            Some(store) => store,
            None => Arc::new(self.fresh(address, state).map_err(|error| {
                wire.other(&format!(
                    "no object store in {}: {error}",
                    self.dir.display()
                ))
            })?),
        };
        let watchdog = Watchdog::new(wire.deadline);
        let objects = store.objects();
        let context = (wire, watchdog.flag());
        session
            .receive(head.target, &store.haves(), &objects, &self.bounds, context)
            .map_err(|error| {
                store.give_up();
                refused(reference, &error, wire)
            })?;
        let commit = peeled(&objects, head.target).map_err(|error| wire.other(&error))?;
        store.received(commit);
        state.store = Some(Arc::clone(&store));
        Ok((store, commit))
    }

    fn fresh(&self, address: &Address, state: &mut State) -> io::Result<Store> {
        state.next_number += 1;
        Store::create(&self.dir, state.next_number, address.clone())
    }
}

/// What must not be printed, whoever sends it back.
fn secrets_of(request: &Request) -> Vec<Zeroizing<String>> {
    let proxy = request.proxy.as_ref().and_then(Proxy::password);
    request
        .credentials
        .secret()
        .into_iter()
        .chain(proxy)
        .collect()
}

/// Makes, locks and clears the directory.
fn prepared(dir: &Path) -> io::Result<File> {
    std::fs::create_dir_all(dir)?;
    let lock = File::create(dir.join("lock"))?;
    lock.try_lock()?;
    Store::clear(dir)?;
    Ok(lock)
}

/// Whether `ssh` may be started to there. It resolves the name once more, and then holds whoever
/// answers to the pinned key.
fn reached(at: &SshAddress, reach: &Reach, wire: &Wire) -> Result<(), FetchError> {
    reach.check_host(&at.host, at.host.parse().ok())?;
    let found = reach::resolved(&at.host, at.port.unwrap_or(SSH));
    found
        .map(drop)
        .map_err(|error| wire.other(&format!("host {}: {error}", at.host)))
}

/// The port of ssh.
const SSH: u16 = 22;

/// Over ssh, the reason of a failure is in what the program said: it is asked after the fact.
fn over_ssh(
    at: &SshAddress,
    credentials: &Credentials,
    wire: &Wire,
    work: impl FnOnce(
        Box<dyn gix_transport::client::blocking_io::Transport>,
    ) -> Result<Snapshot, FetchError>,
) -> Result<Snapshot, FetchError> {
    let (transport, running) = ssh::connect(at, credentials, wire)?;
    let result = work(Box::new(transport));
    match result {
        Err(FetchError::Other { why, .. }) => {
            running.explain();
            Err(wire.verdict(&io::Error::other(why)))
        }
        result => result,
    }
}

/// A server that does not hand out single commits says so in its own words.
fn refused(reference: &Reference, error: &gix::Error, wire: &Wire) -> FetchError {
    match reference {
        Reference::Commit { .. } if is_unknown_commit(&chain(error)) => {
            FetchError::NoSuchReference {
                at: wire.at.to_string(),
                reference: reference.to_string(),
                hint: ", or the server does not hand out single commits".into(),
            }
        }
        _ => wire.verdict(error),
    }
}

/// The commit behind an annotated tag; a commit is itself.
fn peeled(objects: &gix::Repository, target: ObjectId) -> Result<ObjectId, String> {
    let object = objects.find_object(target).map_err(|error| chain(&error))?;
    let commit = object.peel_to_commit().map_err(|error| chain(&error))?;
    Ok(commit.id)
}
