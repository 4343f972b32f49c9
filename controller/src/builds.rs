//! Builds: how many run at once, and what is said about their walls.

use std::sync::OnceLock;
use std::time::Instant;

use signet_render::sandbox::{Sandbox, Walls};
use signet_render::{BuildError, Built, Kustomize, Sources};
use tokio::sync::Semaphore;

use crate::settings::BuildSettings;

/// This very program, whatever has become of its file since.
const LAUNCHER: &str = "/proc/self/exe";

/// See the module's documentation.
pub struct Builds {
    kustomize: Option<Kustomize>,
    turns: Semaphore,
    said: OnceLock<()>,
}

impl Builds {
    /// Removes what an earlier process left behind.
    pub fn new(settings: &BuildSettings) -> Self {
        let BuildSettings {
            kustomize,
            rooms,
            limits,
            mode,
            concurrent,
        } = settings.clone();
        if let Err(error) = Kustomize::clear(&rooms) {
            tracing::warn!("no directory for builds in {}: {error}", rooms.display());
        }
        let sandbox = Sandbox {
            launcher: LAUNCHER.into(),
            mode,
            limits,
        };
        Self {
            kustomize: kustomize.map(|program| Kustomize {
                program,
                sandbox,
                rooms,
            }),
            turns: Semaphore::new(concurrent),
            said: OnceLock::new(),
        }
    }

    /// Builds what was gathered, when its turn has come.
    ///
    /// # Errors
    /// As [`Kustomize::build`], or there is no kustomize.
    pub async fn build(&self, sources: Sources) -> Result<Built, BuildError> {
        let broken_off = || BuildError::Elsewhere("the build broke off".to_owned());
        let Some(kustomize) = self.kustomize.clone() else {
            return Err(BuildError::Elsewhere(
                "this needs kustomize, which is neither beside the controller nor on PATH: \
                install version 5, or name it with --kustomize"
                    .to_owned(),
            ));
        };
        let _turn = self.turns.acquire().await.map_err(|_| broken_off())?;
        let since = Instant::now();
        let work = tokio::task::spawn_blocking(move || kustomize.build(&sources));
        let built = work.await.map_err(|_| broken_off())?;
        let objects = built.as_ref().ok().map(|built| built.manifests.len());
        tracing::debug!(objects, took = ?since.elapsed(), "kustomize was run");
        if let Some(walls) = built.as_ref().ok().and_then(|built| built.walls) {
            self.said.get_or_init(|| tell(walls));
        }
        built
    }
}

/// Once, because it is the same for every build of one kernel.
fn tell(walls: Walls) {
    let missing = walls.missing();
    let namespaces = walls.namespaces;
    if missing.is_empty() {
        tracing::info!(namespaces, "kustomize is shut in");
    } else {
        let missing = missing.join(", ");
        tracing::warn!(
            missing,
            namespaces,
            "kustomize is not wholly shut in: this kernel cannot hold it back from everything"
        );
    }
}
