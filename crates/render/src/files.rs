//! Which files of a directory are manifests.

use signet_engine::tree::RepoPath;

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

/// Whether a file of a directory without a kustomization file is a manifest: YAML by its ending, as
/// Flux has it.
pub(crate) fn is_manifest(path: &RepoPath) -> bool {
    let Some(name) = path.file_name() else {
        return false;
    };
    let is_yaml = [".yaml", ".yml"]
        .iter()
        .any(|ending| name.ends_with(ending));
    is_yaml && !is_of_others(path)
}

/// Whether a file is, or stands in, what belongs to another program.
pub(crate) fn is_of_others(path: &RepoPath) -> bool {
    path.names().any(|name| OF_OTHERS.contains(&name))
}
