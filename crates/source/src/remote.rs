//! The Git protocol, over either way out: list refs, ask for one commit without its history.
//!
//! Nothing here writes a ref: what the server calls its refs stays in memory (T3), and a pack goes
//! to the object store under a name made from its content.

use std::io::{BufRead, Cursor, Read};
use std::num::NonZeroU32;
use std::sync::atomic::AtomicBool;

use gix::ObjectId;
use gix::bstr::BString;
use gix::odb::pack;
use gix::progress::Discard;
use gix::protocol::fetch::{
    Arguments, Context, Negotiate, Options, Response, Shallow, Tags, negotiate,
};
use gix::protocol::handshake::Ref;
use gix::protocol::ls_refs::RefPrefixes;
use gix::protocol::{Handshake, LsRefsCommand};
use gix_transport::Service;
use gix_transport::client::blocking_io::Transport;

use crate::error::FetchError;
use crate::range::Range;
use crate::repository::Bounds;
use crate::request::Reference;
use crate::wire::Wire;

/// A conversation with a server, after the greeting.
pub(crate) struct Session {
    transport: Box<dyn Transport>,
    handshake: Handshake,
}

/// A commit the server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// What the ref points to: a commit or an annotated tag. This is what is asked for.
    pub(crate) target: ObjectId,
    /// The object behind the tag; for everything else the target again.
    pub(crate) commit: ObjectId,
}

/// Where tags are.
const TAGS: &str = "refs/tags/";

/// Listing refs or greeting may take this many bytes: about half a million refs.
const LISTING: u64 = 64 << 20;

impl Session {
    /// Greets the server. Credentials are the transport's; none are ever asked for.
    pub(crate) fn open(mut transport: Box<dyn Transport>, wire: &Wire) -> gix::Result<Self> {
        wire.allow(LISTING);
        let service = Service::UploadPack;
        let nobody = |_| Ok(None);
        let handshake =
            gix::protocol::handshake(&mut transport, service, nobody, Vec::new(), &mut Discard)?;
        Ok(Self {
            transport,
            handshake,
        })
    }

    /// The reference with its range, if it is one, replaced by the tag that is the newest in it.
    pub(crate) fn resolved(
        &mut self,
        reference: &Reference,
        wire: &Wire,
    ) -> Result<Reference, FetchError> {
        let Reference::Semver(text) = reference else {
            return Ok(reference.clone());
        };
        let range =
            Range::parse(text).map_err(|why| wire.other(&format!("spec.ref.semver: {why}")))?;
        let refs = self.list(Some(TAGS), wire)?;
        let names: Vec<String> = refs.iter().map(|one| one.unpack().0.to_string()).collect();
        let tags = names.iter().filter_map(|name| name.strip_prefix(TAGS));
        match range.newest(tags) {
            Some(tag) => Ok(Reference::Tag(tag.to_owned())),
            None => {
                let everything = self.list(None, wire)?;
                Err(missing(reference, &everything, wire))
            }
        }
    }

    /// Finds the commit `reference` stands at.
    pub(crate) fn find(&mut self, reference: &Reference, wire: &Wire) -> Result<Head, FetchError> {
        let Some(name) = reference.full_name() else {
            return exact(reference, wire);
        };
        let refs = self.list(Some(&name), wire)?;
        if let Some(head) = refs.iter().find_map(|one| head_of(one, &name)) {
            return Ok(head);
        }
        let everything = self.list(None, wire)?;
        Err(missing(reference, &everything, wire))
    }

    /// The refs that begin with `prefix`, or all of them.
    fn list(&mut self, prefix: Option<&str>, wire: &Wire) -> Result<Vec<Ref>, FetchError> {
        if let Some(refs) = &self.handshake.refs {
            return Ok(refs.clone());
        }
        wire.allow(LISTING);
        let mut prefixes = RefPrefixes::new();
        prefixes.extend(prefix.map(BString::from));
        LsRefsCommand::new(Some(prefixes), &self.handshake.capabilities, agent())
            .invoke_blocking(&mut self.transport, &mut Discard, false)
            .map_err(|error| wire.verdict(&error))
    }

    /// Receives the commit and all it holds, without its parents, into `objects`. `haves` are
    /// commits that are there already; what they hold is not sent again.
    pub(crate) fn receive(
        &mut self,
        want: ObjectId,
        haves: &[ObjectId],
        objects: &gix::Repository,
        bounds: &Bounds,
        (wire, interrupt): (&Wire, &AtomicBool),
    ) -> gix::Result<()> {
        wire.allow(bounds.pack_bytes);
        let context = Context {
            handshake: &mut self.handshake,
            transport: &mut self.transport,
            user_agent: agent(),
            trace_packetlines: false,
        };
        let options = Options {
            shallow_file: objects.shallow_file()?,
            shallow: &Shallow::DepthAtRemote(NonZeroU32::MIN),
            tags: Tags::None,
            reject_shallow_remote: false,
        };
        let store = |reader: &mut dyn BufRead,
                     progress: &mut dyn gix::DynNestedProgress,
                     interrupt: &AtomicBool| {
            let mut reader = counted(reader, bounds, wire).map_err(gix::Error::from_error)?;
            write(&mut reader, progress, interrupt, objects)
        };
        let mut wants = Wants { want, haves };
        gix::protocol::fetch(&mut wants, store, Discard, interrupt, context, options)
            .map(|_received| ())
    }
}

fn agent() -> gix::protocol::command::Feature {
    (
        "agent",
        Some(concat!("signet/", env!("CARGO_PKG_VERSION")).into()),
    )
}

/// A commit named by its full id needs no looking.
fn exact(reference: &Reference, wire: &Wire) -> Result<Head, FetchError> {
    let Reference::Commit { commit, .. } = reference else {
        return Err(wire.other("the reference has no name"));
    };
    let id = ObjectId::from_hex(commit.as_bytes()).map_err(|_| FetchError::NoSuchReference {
        at: wire.at.to_string(),
        reference: reference.to_string(),
        hint: ": a commit is named by its full id, 40 hex digits".into(),
    })?;
    Ok(Head {
        target: id,
        commit: id,
    })
}

fn head_of(one: &Ref, name: &str) -> Option<Head> {
    let (found, target, peeled) = one.unpack();
    let target = target.filter(|_| found == name)?.to_owned();
    Some(Head {
        target,
        commit: peeled.map_or(target, ToOwned::to_owned),
    })
}

/// Names of branches offered in an error, at most.
const OFFERED: usize = 5;

fn missing(reference: &Reference, refs: &[Ref], wire: &Wire) -> FetchError {
    let at = wire.at.to_string();
    let names = || {
        refs.iter()
            .map(|one| one.unpack())
            .filter(|(_, target, _)| target.is_some())
    };
    if names().next().is_none() {
        return FetchError::Empty { at };
    }
    let kind = if matches!(reference, Reference::Tag(_) | Reference::Semver(_)) {
        TAGS
    } else {
        "refs/heads/"
    };
    let short = |(name, ..): (&gix::bstr::BStr, _, _)| {
        name.to_string()
            .strip_prefix(kind)
            .map(|short| format!("{short:?}"))
    };
    let offered: Vec<String> = names().filter_map(short).take(OFFERED).collect();
    let hint = match offered.is_empty() {
        true => String::new(),
        false => format!("; there is {}", offered.join(", ")),
    };
    FetchError::NoSuchReference {
        at,
        reference: reference.to_string(),
        hint,
    }
}

/// One want, and at once everything we have: the server needs no second round to answer.
struct Wants<'a> {
    want: ObjectId,
    haves: &'a [ObjectId],
}

impl Negotiate for Wants<'_> {
    fn mark_complete_and_common_ref(&mut self) -> gix::Result<negotiate::Action> {
        Ok(negotiate::Action::MustNegotiate {
            remote_ref_target_known: vec![false],
        })
    }

    fn add_wants(&mut self, arguments: &mut Arguments, _known: &[bool]) -> bool {
        arguments.want(self.want);
        true
    }

    fn one_round(
        &mut self,
        _state: &mut negotiate::one_round::State,
        arguments: &mut Arguments,
        _previous: Option<&Response>,
    ) -> gix::Result<(negotiate::Round, bool)> {
        for have in self.haves {
            arguments.have(have);
        }
        let round = negotiate::Round {
            haves_sent: self.haves.len(),
            in_vain: 0,
            haves_to_send: self.haves.len(),
            previous_response_had_at_least_one_in_common: false,
        };
        Ok((round, true))
    }
}

/// A pack begins with `PACK`, a version and the number of its objects, four bytes each.
const PACK_HEADER: usize = 12;

/// Reads the number of objects before anything is made of it, and gives the pack whole.
fn counted<'a>(
    reader: &'a mut dyn BufRead,
    bounds: &Bounds,
    wire: &Wire,
) -> std::io::Result<impl BufRead + use<'a>> {
    let mut header = [0; PACK_HEADER];
    reader.read_exact(&mut header)?;
    let [.., a, b, c, d] = header;
    let objects = u32::from_be_bytes([a, b, c, d]);
    if objects > bounds.objects {
        let what = format!("a pack of {objects} objects (at most {})", bounds.objects);
        return Err(wire.complain(wire.limit(what)));
    }
    Ok(Cursor::new(header).chain(reader))
}

/// No single object, delta or table of a pack may take more memory than this, in bytes.
const LARGEST_ALLOCATION: usize = 256 << 20;

/// Indexes the pack into the store. It appears there at once and whole, or not at all.
fn write(
    reader: &mut dyn BufRead,
    progress: &mut dyn gix::DynNestedProgress,
    interrupt: &AtomicBool,
    objects: &gix::Repository,
) -> gix::Result<bool> {
    let options = pack::bundle::write::Options {
        alloc_limit_bytes: Some(LARGEST_ALLOCATION),
        ..Default::default()
    };
    let directory = objects.objects.store_ref().path().join("pack");
    let bases = Some(Box::new(objects.objects.clone()));
    let kind = objects.object_hash();
    let written = pack::Bundle::write_to_directory(
        reader,
        Some(&directory),
        progress,
        interrupt,
        bases,
        kind,
        options,
    )?;
    // The mark that keeps a pack from being collected; nothing collects here.
    if let Some(mark) = written.keep_path {
        std::fs::remove_file(mark).map_err(gix::Error::from_error)?;
    }
    Ok(true)
}

/// Whether the server's error says that it does not hand out the commit asked for. Before protocol
/// version 2 it says so where the pack should begin, which reads as a broken pack.
pub(crate) fn is_unknown_commit(text: &str) -> bool {
    const SAID: [&str; 3] = [
        "not our ref",
        "unadvertised object",
        "non-side channel line",
    ];
    SAID.iter().any(|said| text.contains(said))
}
