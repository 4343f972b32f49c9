//! The build itself: furnish a room, run the real kustomize in it, read what it prints.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use signet_engine::hooks;
use signet_engine::manifest::{Manifest, Origin};
use signet_yaml::Budget;

use super::explain;
use super::origins::Origins;
use super::room::{self, Room};
use crate::sandbox::{Finished, Job, Sandbox, SandboxError, Walls};
use crate::sources::{How, Recipe, Sources};

/// The program, and how it is run.
#[derive(Clone, Debug)]
pub struct Kustomize {
    /// The program, version 5.
    pub program: PathBuf,
    /// The walls.
    pub sandbox: Sandbox,
    /// Where the directories that it sees are made; best in memory.
    pub rooms: PathBuf,
}

/// What a build came to.
#[derive(Debug)]
pub struct Built {
    /// The objects, in kustomize's order.
    pub manifests: Vec<Manifest>,
    /// The walls that the program ran behind; none where nothing was to be run.
    pub walls: Option<Walls>,
}

/// Why there is no result. The message holds no value of a Secret.
#[derive(Debug)]
pub enum BuildError {
    /// The files are at fault: the same files give the same error.
    Files(String),
    /// It took more than there is.
    Limits(String),
    /// Something else is in the way, which may pass.
    Elsewhere(String),
}

/// Objects of one build.
const MOST_OBJECTS: usize = 50_000;

impl Kustomize {
    /// Removes what builds of an earlier process left behind.
    ///
    /// # Errors
    /// The directory for builds cannot be made or emptied.
    pub fn clear(rooms: &Path) -> io::Result<()> {
        room::clear(rooms)
    }

    /// Builds what was gathered. Blocks; nothing of it is left on disk.
    ///
    /// # Errors
    /// [`BuildError`], naming the kustomization file.
    pub fn build(&self, sources: &Sources) -> Result<Built, BuildError> {
        let recipe = match &sources.how {
            How::Kustomize(recipe) => recipe,
            How::Plain(manifests) => {
                let manifests = manifests.clone();
                return Ok(Built {
                    manifests,
                    walls: None,
                });
            }
        };
        let room = Room::furnish(&self.rooms, sources, recipe).map_err(|error| {
            let rooms = self.rooms.display();
            BuildError::Elsewhere(format!("no directory for kustomize in {rooms}: {error}"))
        })?;
        let finished = self
            .run(&room, sources)
            .map_err(|error| stopped(recipe, &error))?;
        if finished.code != Some(0) {
            let said = explain::explain(&finished.said, &room.tree, sources, recipe);
            return Err(BuildError::Files(failed(recipe, &said)));
        }
        Ok(Built {
            manifests: self.read(&finished, sources, recipe)?,
            walls: Some(finished.walls),
        })
    }

    fn run(&self, room: &Room, sources: &Sources) -> Result<Finished, SandboxError> {
        let root = format!("./{}", sources.root);
        // Below the limit, the garbage collector takes pains instead of being killed.
        let memory = format!("{}B", self.sandbox.limits.memory / 4 * 3);
        self.sandbox.run(&Job {
            program: &self.program,
            arguments: &["build", "--load-restrictor", "LoadRestrictionsNone", &root],
            environment: &[
                ("HOME", "/nonexistent"),
                ("XDG_CONFIG_HOME", "/nonexistent"),
                ("TMPDIR", "/nonexistent"),
                ("GOMEMLIMIT", &memory),
                ("GOMAXPROCS", "2"),
                ("GOTRACEBACK", "none"),
            ],
            directory: &room.tree,
        })
    }

    fn read(
        &self,
        finished: &Finished,
        sources: &Sources,
        recipe: &Recipe,
    ) -> Result<Vec<Manifest>, BuildError> {
        let budget = Budget {
            bytes: self.sandbox.limits.output,
            alias_nodes: 0,
            documents: MOST_OBJECTS,
            ..Budget::default()
        };
        let documents = signet_yaml::read(&finished.output, &budget).map_err(|error| {
            let why = format!("what it printed cannot be read: {}", error.kind);
            BuildError::Files(failed(recipe, &why))
        })?;
        let mut origins = Origins::new(sources, recipe);
        let bodies = documents
            .into_iter()
            .map(|document| document.root.into_json());
        let objects = bodies.filter(|body| !is_instruction(body));
        let read = |mut body: Value| {
            let origin = origins.of(&mut body);
            hooks::name_hook(&mut body);
            Manifest::new(body, origin.clone()).ok_or(origin)
        };
        objects
            .map(read)
            .collect::<Result<_, Origin>>()
            .map_err(|origin| {
                let cause =
                    "kustomize made an object without apiVersion, kind or metadata.name of it";
                BuildError::Files(format!("{origin}: {cause}; write all three"))
            })
    }
}

/// Flux leaves these out too: they say something to kustomize and nothing to a cluster.
fn is_instruction(body: &Value) -> bool {
    let version = body.get("apiVersion").and_then(Value::as_str);
    version.is_some_and(|version| version.starts_with("kustomize.config.k8s.io/"))
}

fn failed(recipe: &Recipe, why: &str) -> String {
    format!("{}: kustomize build failed: {why}", recipe.file)
}

fn stopped(recipe: &Recipe, error: &SandboxError) -> BuildError {
    let message = failed(recipe, &error.to_string());
    match error {
        SandboxError::Memory(_) => BuildError::Limits(message + "; see --build-memory"),
        SandboxError::Time(_) => BuildError::Limits(message + "; see --build-timeout"),
        SandboxError::Output(_) => BuildError::Limits(message),
        _ => BuildError::Elsewhere(message),
    }
}
