//! From a declaration and a commit to objects that may be applied: gather, build, guard.
//!
//! What comes out is kept with what it was made from. As long as that stands in later commits as it
//! did, nothing is read, built or asked again; and what failed because of its files is not tried
//! again before one of them changes.
//!
//! Between gathering and building, files may be decrypted: [`Sources::files`] says what each is
//! for. Between building and the guard, objects may be changed one by one.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use signet_api::{Kustomization, ObjectId};
use signet_engine::guard::{self, Finding, Rules};
use signet_engine::manifest::{Manifest, digest_of_all};
use signet_engine::order;
use signet_engine::tree::{Entry, RepoPath, Tree};
use signet_render::{BuildError, Commit, Footprint, GatherError, Sources};
use signet_source::{Limits, Snapshot};

use super::failure::Failure;
use super::plan::{gvk, kinds_of};
use crate::places::Place;
use crate::wake::Key;
use crate::world::World;

/// What a directory came to: guarded, in stages, with a digest for each object.
pub struct Rendered {
    /// Stages in the order of applying.
    pub stages: Vec<Vec<(Manifest, String)>>,
    /// Digest of the whole, for the history.
    pub digest: String,
    /// What the guard let pass, but not without a word.
    pub warnings: Vec<String>,
}

impl Rendered {
    /// Whether the object is one of these.
    pub fn declares(&self, id: &ObjectId) -> bool {
        let wanted = id.inventory_id();
        let mut all = self.stages.iter().flatten();
        all.any(|(manifest, _)| manifest.id.inventory_id() == wanted)
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
    let (asked, content) = (signet_render::asked(spec), snapshot.content_id());
    if let Some(kept) = world.rendered.get(key)
        && kept.made_from.asked == asked
        && holds(&kept.made_from, &content, snapshot).await?
    {
        return kept
            .result
            .map_err(|message| Failure::terminal("BuildFailed", message));
    }
    let sources = gathered(kustomization, snapshot, path, &given).await?;
    let made_from = Arc::new(MadeFrom {
        asked,
        content,
        footprint: sources.footprint.clone(),
    });
    let keep = |result| Kept {
        made_from: made_from.clone(),
        result,
    };
    let mut built = match built(world, kustomization, sources).await {
        Ok(built) => built,
        Err(BuildError::Files(message)) => {
            world.rendered.put(key, keep(Err(message.clone())));
            return Err(Failure::terminal("BuildFailed", message));
        }
        Err(BuildError::Limits(message)) => return Err(Failure::new("BuildFailed", message)),
        Err(BuildError::Elsewhere(message)) => {
            return Err(Failure::transient("BuildFailed", message));
        }
    };
    if let Some(common) = &spec.common_metadata {
        signet_render::set_common(&mut built.manifests, common);
    }
    let rendered = Arc::new(guarded(world, place, key, built).await?);
    world.rendered.put(key, keep(Ok(rendered.clone())));
    Ok(rendered)
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

async fn gathered(
    kustomization: &Kustomization,
    snapshot: &Snapshot,
    path: RepoPath,
    given: &str,
) -> Result<Sources, Failure> {
    let (pages, spec) = (Pages(snapshot.clone()), kustomization.spec.clone());
    let gathered = reading(move || signet_render::gather(&pages, &path, &spec)).await?;
    gathered.map_err(|error| match error {
        GatherError::NoSuchPath => Failure::new(
            "ArtifactFailed",
            format!("kustomization path not found: {given}"),
        ),
        GatherError::Unreadable(why) => Failure::new("ArtifactFailed", why),
        GatherError::Refused(findings) => Failure::terminal("BuildFailed", lines(&findings)),
    })
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
}

async fn built(
    world: &World,
    kustomization: &Kustomization,
    mut sources: Sources,
) -> Result<Objects, BuildError> {
    let warnings = std::mem::take(&mut sources.warnings);
    match sources.into_objects() {
        Ok(manifests) => Ok(Objects {
            manifests,
            target_namespace: kustomization.spec.target_namespace.clone(),
            warnings,
        }),
        Err(sources) => Ok(Objects {
            manifests: world.builds.build(sources).await?.manifests,
            target_namespace: None,
            warnings,
        }),
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
    } = objects;
    let wanted: HashSet<_> = manifests.iter().map(|manifest| gvk(&manifest.id)).collect();
    let kinds = kinds_of(&place.cluster, wanted).await?;
    let rules = Rules {
        plain_secrets: world.settings.plain_secrets,
        target_namespace,
        owner: (key.namespace.clone(), key.name.clone()),
    };
    let namespaced = |id: &ObjectId| kinds.get(&gvk(id))?.as_ref().map(|kind| kind.namespaced);
    let guarded = guard::check(manifests, &rules, &namespaced)
        .map_err(|findings| Failure::terminal("BuildFailed", lines(&findings)))?;
    warnings.extend(guarded.warnings);
    let digest = format!("sha256:{}", digest_of_all(&guarded.manifests));
    let staged = order::stages(guarded.manifests).into_iter().map(|stage| {
        let with_digest = |manifest: Manifest| (manifest.digest(), manifest);
        stage
            .manifests
            .into_iter()
            .map(with_digest)
            .map(|(digest, m)| (m, digest))
            .collect()
    });
    Ok(Rendered {
        stages: staged.collect(),
        digest,
        warnings: warnings.iter().map(ToString::to_string).collect(),
    })
}

fn lines<T: ToString>(findings: &[T]) -> String {
    findings
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}
