//! Which files of a repository are manifests, and which ask for more than we do.

use signet_engine::guard::Finding;
use signet_engine::manifest::Origin;
use signet_engine::tree::RepoPath;
use signet_yaml::Node;

/// What kustomize looks for in a directory.
const KUSTOMIZE: (&str, &str) = (
    "building with kustomize",
    "commit what it builds in its place",
);

/// Files that change what a directory means: what each asks for, and what to do instead.
const UNSUPPORTED: [(&str, (&str, &str)); 3] = [
    ("kustomization.yaml", KUSTOMIZE),
    ("kustomization.yml", KUSTOMIZE),
    ("Kustomization", KUSTOMIZE),
];

/// Directories and files of other programs that Flux leaves out of a source by default.
const OF_OTHERS: [&str; 14] = [
    ".git",
    ".github",
    ".circleci",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    ".goreleaser.yml",
    ".goreleaser.yaml",
    ".sops.yaml",
    ".flux.yaml",
];

/// Whether a file is to be read: YAML and JSON by their endings, and the few files without one
/// that would change what a directory means.
#[must_use]
pub fn is_manifest(path: &RepoPath) -> bool {
    let Some(name) = path.file_name() else {
        return false;
    };
    let is_text = [".yaml", ".yml", ".json"]
        .iter()
        .any(|ending| name.ends_with(ending));
    let is_special = UNSUPPORTED.iter().any(|(special, _)| *special == name);
    (is_text || is_special) && !path.names().any(|name| OF_OTHERS.contains(&name))
}

/// The finding about a file that asks for what is not built yet.
pub(crate) fn unsupported(path: &RepoPath) -> Option<Finding> {
    let of = |(name, _): &&(&str, _)| path.file_name() == Some(*name);
    let (_, (what, remedy)) = UNSUPPORTED.iter().find(of)?;
    let origin = Origin::new(path.to_string(), 1);
    Some(Finding::at(
        origin,
        format!("{what} is not supported yet"),
        *remedy,
    ))
}

/// Whether a JSON document is of another program, such as a dashboard or a package. YAML files
/// get no such benefit: in a directory that is applied, they are meant to be.
pub(crate) fn is_other_json(path: &RepoPath, document: &Node) -> bool {
    let is_json = path.file_name().is_some_and(|name| name.ends_with(".json"));
    is_json && document.get("apiVersion").is_none() && document.get("kind").is_none()
}
