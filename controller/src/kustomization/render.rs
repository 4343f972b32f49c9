//! From a declaration and a commit to objects that may be applied: gather, build, guard.
//!
//! What comes out is kept with what it was made from. As long as that stands in later commits as it
//! did, nothing is read, built or asked again; and what failed because of its files is not tried
//! again before one of them changes.
//!
//! While it is gathered, what SOPS encrypted is opened; what was built gets its variables.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use signet_api::{Kustomization, ObjectId};
use signet_engine::guard::{self, Finding, Rules};
use signet_engine::hooks::Phase;
use signet_engine::manifest::{Manifest, digest_of_all};
use signet_engine::order;
use signet_engine::tree::{Entry, RepoPath, Tree};
use signet_render::{BuildError, Commit, Footprint, GatherError, Sources};
use signet_sops::Identities;
use signet_source::{Limits, Snapshot};

use super::failure::Failure;
use super::given::{self, Given, Named, named};
use super::opened::{self, Opened, Said};
use super::plan::{gvk, kinds_of};
use crate::places::Place;
use crate::wake::Key;
use crate::world::World;

/// What a directory came to: guarded, in stages, with a digest for each object.
pub struct Rendered {
    /// Stages in the order of applying.
    pub stages: Vec<Layer>,
    /// Digest of the whole, for the history.
    pub digest: String,
    /// What a person should know although it is applied.
    pub warnings: Vec<String>,
    /// Objects with values of Secrets in them: nothing public is made of their content.
    pub hidden: HashSet<ObjectId>,
}

/// Objects that may be applied together, each with its digest.
pub struct Layer {
    /// When they have their turn.
    pub phase: Phase,
    /// In the order of applying.
    pub objects: Vec<(Manifest, String)>,
}

impl Rendered {
    /// Every object with its digest.
    pub fn objects(&self) -> impl Iterator<Item = &(Manifest, String)> {
        self.stages.iter().flat_map(|layer| &layer.objects)
    }

    /// Whether the object is one of these.
    pub fn declares(&self, id: &ObjectId) -> bool {
        let wanted = id.inventory_id();
        self.objects()
            .any(|(manifest, _)| manifest.id.inventory_id() == wanted)
    }
}

/// What each Kustomization last came to.
#[derive(Default)]
pub struct Renderings(Mutex<HashMap<Key, Kept>>);

#[derive(Clone)]
struct Kept {
    made_from: Arc<MadeFrom>,
    /// The message, where the files were at fault.
    result: Result<Arc<Rendered>, String>,
}

/// Everything that a result depends on.
struct MadeFrom {
    /// The parts of the declaration that shape it.
    asked: String,
    /// The content of the source, of which a part was looked at.
    content: String,
    footprint: Footprint,
}

impl Renderings {
    /// Forgets a Kustomization that is gone.
    pub fn forget(&self, key: &Key) {
        self.locked().remove(key);
    }

    /// Whether `key` last came to a set with this object in it.
    pub fn declares(&self, key: &Key, id: &ObjectId) -> bool {
        let kept = self.get(key).and_then(|kept| kept.result.ok());
        kept.is_some_and(|rendered| rendered.declares(id))
    }

    fn get(&self, key: &Key) -> Option<Kept> {
        self.locked().get(key).cloned()
    }

    fn put(&self, key: &Key, kept: Kept) {
        self.locked().insert(key.clone(), kept);
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The directory as objects.
///
/// # Errors
/// The path is not there, or a file cannot be used: each finding with file and line.
pub async fn render(
    world: &World,
    place: &Place,
    key: &Key,
    kustomization: &Kustomization,
    snapshot: &Snapshot,
) -> Result<Arc<Rendered>, Failure> {
    let spec = &kustomization.spec;
    let given = spec.path.clone().unwrap_or_default();
    let path = RepoPath::parse(&given)
        .map_err(|error| Failure::terminal("ArtifactFailed", format!("spec.path: {error}")))?;
    let inputs = given::versions(world, key, kustomization).await?;
    let asked = format!("{} {}", signet_render::asked(spec), inputs.version);
    let content = snapshot.content_id();
    if let Some(kept) = world.rendered.get(key)
        && kept.made_from.asked == asked
        && holds(&kept.made_from, &content, snapshot).await?
    {
        return kept
            .result
            .map_err(|message| Failure::terminal("BuildFailed", message));
    }
    let identities = given::identities(world, &inputs, kustomization).await?;
    let identities = identities.map(Arc::new);
    let (sources, said) = gathered(world, kustomization, snapshot, path, &identities).await?;
    let made_from = Arc::new(MadeFrom {
        asked,
        content,
        footprint: sources.footprint.clone(),
    });
    let keep = |result| Kept {
        made_from: made_from.clone(),
        result,
    };
    let opened = Open { identities, said };
    match objects(world, kustomization, sources, &inputs, opened).await {
        Ok(objects) => {
            let rendered = Arc::new(guarded(world, place, key, objects).await?);
            world.rendered.put(key, keep(Ok(rendered.clone())));
            Ok(rendered)
        }
        Err(Stopped::Files(message)) => {
            world.rendered.put(key, keep(Err(message.clone())));
            Err(Failure::terminal("BuildFailed", message))
        }
        Err(Stopped::Otherwise(failure)) => Err(failure),
    }
}

/// Why there are no objects.
enum Stopped {
    /// Because of what stands in files, as long as it stands there.
    Files(String),
    Otherwise(Failure),
}

impl From<BuildError> for Stopped {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Files(message) => Self::Files(message),
            BuildError::Limits(message) => Self::Otherwise(Failure::new("BuildFailed", message)),
            BuildError::Elsewhere(message) => {
                Self::Otherwise(Failure::transient("BuildFailed", message))
            }
        }
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Otherwise(failure)
    }
}

/// What opening files needs, and what it came to.
struct Open {
    identities: Option<Arc<Identities>>,
    said: Said,
}

/// Builds, opens what was built, puts in variables and common metadata: in Flux's order.
async fn objects(
    world: &World,
    kustomization: &Kustomization,
    sources: Sources,
    inputs: &Given,
    opened: Open,
) -> Result<Objects, Stopped> {
    if !opened.said.failed.is_empty() {
        return Err(Stopped::Files(opened.said.failed.join("\n")));
    }
    let generators = opened::generators(&sources, &opened.said);
    let mut built = built(world, kustomization, sources).await?;
    if let Some(identities) = &opened.identities {
        given::open_values(&mut built.manifests, identities)
            .map_err(|wrong| Stopped::Files(wrong.join("\n")))?;
    }
    built.notes = opened.said.warnings;
    let files = opened.said.opened.iter().map(ToString::to_string);
    built.opened = files.chain(generators).collect();
    if let Some(variables) = given::variables(world, inputs, kustomization).await? {
        let given = given::put_in(built.manifests, &variables);
        let given = given.map_err(|wrong| Stopped::Files(wrong.join("\n")))?;
        built.manifests = given.manifests;
        built.before = given.before;
    }
    if let Some(common) = &kustomization.spec.common_metadata {
        signet_render::set_common(&mut built.manifests, common);
    }
    Ok(built)
}

/// A commit, as rendering reads it.
struct Pages(Snapshot);

impl Commit for Pages {
    fn entry(&self, path: &RepoPath) -> Result<Option<Entry>, String> {
        self.0.entry(path).map_err(|error| error.to_string())
    }

    fn bytes(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String> {
        let most = Limits::default().file_bytes;
        self.0.bytes(path, most).map_err(|error| error.to_string())
    }

    fn directory(&self, path: &RepoPath, keep: &dyn Fn(&RepoPath) -> bool) -> Result<Tree, String> {
        let read = self.0.read(path, &Limits::default(), keep);
        read.map_err(|error| error.to_string())
    }
}

/// Whether everything that `made_from` looked at is the same in this commit. What cannot be read any
/// more is not: gathering it again says why.
async fn holds(
    made_from: &Arc<MadeFrom>,
    content: &str,
    snapshot: &Snapshot,
) -> Result<bool, Failure> {
    if made_from.content == content {
        return Ok(true);
    }
    let (made_from, pages) = (made_from.clone(), Pages(snapshot.clone()));
    let looked = reading(move || made_from.footprint.holds(&pages)).await?;
    Ok(looked.unwrap_or(false))
}

/// What is to be built, with what SOPS encrypted in the clear if there are identities for it.
async fn gathered(
    world: &World,
    kustomization: &Kustomization,
    snapshot: &Snapshot,
    path: RepoPath,
    identities: &Option<Arc<Identities>>,
) -> Result<(Sources, Said), Failure> {
    let (pages, spec) = (Pages(snapshot.clone()), kustomization.spec.clone());
    let (identities, mac) = (identities.clone(), world.settings.sync.sops_mac);
    let gathered = reading(move || match identities {
        None => (signet_render::gather(&pages, &path, &spec), Said::default()),
        Some(identities) => {
            let pages = Opened::new(pages, &identities, mac);
            let gathered = signet_render::gather(&pages, &path, &spec);
            (gathered, pages.said())
        }
    });
    match gathered.await? {
        (Ok(sources), said) => Ok((sources, said)),
        (Err(GatherError::NoSuchPath), _) => {
            let given = kustomization.spec.path.as_deref().unwrap_or_default();
            let message = format!("kustomization path not found: {given}");
            Err(Failure::new("ArtifactFailed", message))
        }
        (Err(GatherError::Unreadable(why)), _) => Err(Failure::new("ArtifactFailed", why)),
        (Err(GatherError::Refused(findings)), said) => {
            // What could not be opened is why the rest cannot be read.
            let why = if said.failed.is_empty() {
                lines(&findings)
            } else {
                said.failed.join("\n")
            };
            Err(Failure::terminal("BuildFailed", why))
        }
    }
}

/// Does what blocks where it may.
async fn reading<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Failure::transient("ArtifactFailed", "reading the commit broke off"))
}

/// Objects on the way to the guard.
struct Objects {
    manifests: Vec<Manifest>,
    /// Where namespaced objects are still to be put; kustomize has done that already.
    target_namespace: Option<String>,
    warnings: Vec<Finding>,
    notes: Vec<String>,
    /// Files, and places in files, of which the values are not in the clear in the repository.
    opened: BTreeSet<String>,
    /// Those with values of Secrets in them, as they were without.
    before: HashMap<Named, Manifest>,
}

impl Objects {
    fn new(
        manifests: Vec<Manifest>,
        target_namespace: Option<String>,
        warnings: Vec<Finding>,
    ) -> Self {
        Self {
            manifests,
            target_namespace,
            warnings,
            notes: Vec::new(),
            opened: BTreeSet::new(),
            before: HashMap::new(),
        }
    }
}

async fn built(
    world: &World,
    kustomization: &Kustomization,
    mut sources: Sources,
) -> Result<Objects, BuildError> {
    let warnings = std::mem::take(&mut sources.warnings);
    match sources.into_objects() {
        Ok(manifests) => {
            let target = kustomization.spec.target_namespace.clone();
            Ok(Objects::new(manifests, target, warnings))
        }
        Err(sources) => {
            let manifests = world.builds.build(sources).await?.manifests;
            Ok(Objects::new(manifests, None, warnings))
        }
    }
}

async fn guarded(
    world: &World,
    place: &Place,
    key: &Key,
    objects: Objects,
) -> Result<Rendered, Failure> {
    let Objects {
        manifests,
        target_namespace,
        mut warnings,
        notes,
        mut opened,
        before,
    } = objects;
    let from_variables = before.values().filter(|it| given::is_all_variables(it));
    opened.extend(from_variables.map(|manifest| manifest.origin.to_string()));
    let wanted: HashSet<_> = manifests.iter().map(|manifest| gvk(&manifest.id)).collect();
    let kinds = kinds_of(&place.cluster, wanted).await?;
    let rules = Rules {
        plain_secrets: world.settings.plain_secrets,
        target_namespace,
        owner: (key.namespace.clone(), key.name.clone()),
        opened,
    };
    let namespaced = |id: &ObjectId| kinds.get(&gvk(id))?.as_ref().map(|kind| kind.namespaced);
    let guarded = guard::check(manifests, &rules, &namespaced)
        .map_err(|findings| Failure::terminal("BuildFailed", lines(&findings)))?;
    warnings.extend(guarded.warnings);
    let guarded = guarded.manifests;
    let public = |manifest: &Manifest| before.get(&named(manifest)).unwrap_or(manifest).clone();
    let public: Vec<Manifest> = guarded.iter().map(public).collect();
    let hidden = guarded.iter().filter(|it| before.contains_key(&named(it)));
    Ok(Rendered {
        hidden: hidden.map(|manifest| manifest.id.clone()).collect(),
        digest: format!("sha256:{}", digest_of_all(&public)),
        stages: staged(guarded),
        warnings: warnings
            .iter()
            .map(ToString::to_string)
            .chain(notes)
            .collect(),
    })
}

fn staged(manifests: Vec<Manifest>) -> Vec<Layer> {
    let stages = order::stages(manifests).into_iter();
    let with_digest = |manifest: Manifest| {
        let digest = manifest.digest();
        (manifest, digest)
    };
    stages
        .map(|stage| Layer {
            phase: stage.phase,
            objects: stage.manifests.into_iter().map(with_digest).collect(),
        })
        .collect()
}

fn lines<T: ToString>(findings: &[T]) -> String {
    findings
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}
