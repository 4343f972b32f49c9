//! What of a commit belongs to the source: `.sourceignore`, `spec.ignore`, `spec.sparseCheckout`.
//!
//! Flux filters when it packs the artifact, so its consumers never see the rest. Here the filter
//! belongs to the [`crate::Snapshot`]: whoever reads it, and the artifact, see the same files.

mod rule;

use sha2::{Digest, Sha256};
use signet_engine::tree::RepoPath;

use self::rule::Rule;
use crate::error::ReadError;
use crate::text::hex;

/// What a GitRepository asks for, as it is written there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Lines in the form of a `.gitignore`; they come after those of every `.sourceignore`, and
    /// the last line that says something of a path counts.
    pub ignore: Option<String>,
    /// The only directories wanted; all of them if empty.
    pub sparse: Vec<RepoPath>,
}

/// The name of the files that say what to leave out of the directory they stand in.
pub(crate) const IGNORE_FILE: &str = ".sourceignore";

/// What belongs to Git itself; left out unless a rule takes it back in.
const GIT: &str = ".git/\n.gitignore\n.gitmodules\n.gitattributes\n";

/// What else is left out where nobody wrote a rule: pictures and archives, the files of build
/// services, and those of other programs. The list is Flux's.
const OTHERS: &str = "*.jpg\n*.jpeg\n*.gif\n*.png\n*.wmv\n*.flv\n*.tar.gz\n*.zip\n\
    .github/\n.circleci/\n.travis.yml\n.gitlab-ci.yml\nappveyor.yml\n.drone.yml\ncloudbuild.yaml\n\
    codeship-services.yml\ncodeship-steps.yml\n\
    **/.goreleaser.yml\n**/.sops.yaml\n**/.flux.yaml\n";

/// Rules of one source. Each is tried on each path, so their number is bounded.
const MOST_RULES: usize = 2_000;

/// A [`Selection`] with the `.sourceignore` files of one commit, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    rules: Vec<Rule>,
    sparse: Vec<RepoPath>,
    id: Option<String>,
}

impl Filter {
    /// Of `selection` and the `.sourceignore` files found, as directory and text, each directory
    /// before those in it.
    ///
    /// # Errors
    ///
    /// [`ReadError::Limit`] if there are too many rules.
    pub(crate) fn new(
        selection: &Selection,
        found: &[(RepoPath, String)],
    ) -> Result<Self, ReadError> {
        let mut rules = Vec::new();
        for (directory, text) in found {
            if !hidden(&rules, directory) {
                rules.extend(Rule::all(text, directory));
            }
        }
        let root = RepoPath::root();
        rules.extend(Rule::all(
            selection.ignore.as_deref().unwrap_or_default(),
            &root,
        ));
        if rules.len() > MOST_RULES {
            let what =
                format!("more than {MOST_RULES} rules in {IGNORE_FILE} files and spec.ignore");
            return Err(ReadError::Limit { path: root, what });
        }
        let id =
            (!rules.is_empty() || !selection.sparse.is_empty()).then(|| identity(selection, found));
        let others = if rules.is_empty() { OTHERS } else { "" };
        rules.splice(
            0..0,
            [GIT, others]
                .into_iter()
                .flat_map(|text| Rule::all(text, &root)),
        );
        Ok(Self {
            rules,
            sparse: selection.sparse.clone(),
            id,
        })
    }

    /// Names what is filtered; none where nobody asked for anything. Equal names filter equally.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether something at or below the directory `path` may be wanted.
    pub(crate) fn wants(&self, path: &RepoPath) -> bool {
        let leads = |sparse: &RepoPath| path.starts_with(sparse) || sparse.starts_with(path);
        self.sparse.is_empty() || self.sparse.iter().any(leads)
    }

    /// Whether the source has what stands at `path`.
    pub(crate) fn keeps(&self, path: &RepoPath, is_directory: bool) -> bool {
        let within = |sparse: &RepoPath| path.starts_with(sparse);
        let chosen = match is_directory {
            true => self.wants(path),
            false => self.sparse.is_empty() || self.sparse.iter().any(within),
        };
        if !chosen {
            return false;
        }
        let names: Vec<&str> = path.names().collect();
        !rule::ignored(self.rules.iter(), &names, is_directory)
    }
}

/// Whether a directory is left out by the rules of the one it stands in, at any level: then what
/// its own `.sourceignore` says does not count.
fn hidden(rules: &[Rule], directory: &RepoPath) -> bool {
    let names: Vec<&str> = directory.names().collect();
    (1..=names.len()).any(|depth| {
        let (Some(above), Some(here)) = (names.get(..depth - 1), names.get(..depth)) else {
            return false;
        };
        let of_parent = rules.iter().filter(|rule| rule.stands_in(above));
        rule::ignored(of_parent, here, true)
    })
}

fn identity(selection: &Selection, found: &[(RepoPath, String)]) -> String {
    let mut digest = Sha256::new();
    let ignore = (
        "spec.ignore".to_owned(),
        selection.ignore.clone().unwrap_or_default(),
    );
    let files = found
        .iter()
        .map(|(at, text)| (at.to_string(), text.clone()));
    let sparse = selection
        .sparse
        .iter()
        .map(|path| (path.to_string(), String::new()));
    for (place, text) in files.chain([ignore]).chain(sparse) {
        for part in [place, text] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
    }
    hex(&digest.finalize())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::parse(text).unwrap()
    }

    fn filter(ignore: &str, files: &[(&str, &str)], sparse: &[&str]) -> Filter {
        let selection = Selection {
            ignore: (!ignore.is_empty()).then(|| ignore.to_owned()),
            sparse: sparse.iter().map(|text| path(text)).collect(),
        };
        let found: Vec<_> = files
            .iter()
            .map(|(at, text)| (path(at), (*text).to_owned()))
            .collect();
        Filter::new(&selection, &found).unwrap()
    }

    #[test]
    fn pictures_and_build_services_are_left_out_until_somebody_writes_a_rule() {
        let usual = filter("", &[], &[]);
        for gone in [
            "a/logo.png",
            ".github/workflows/x.yaml",
            "deep/.sops.yaml",
            ".gitignore",
        ] {
            assert!(!usual.keeps(&path(gone), false), "{gone}");
        }
        assert!(usual.keeps(&path("apps/web.yaml"), false));
        assert_eq!(usual.id(), None);
        let own = filter("/docs", &[], &[]);
        assert!(
            own.keeps(&path("a/logo.png"), false),
            "the list is replaced"
        );
        assert!(
            !own.keeps(&path("sub/.gitattributes"), false),
            "but not what is Git's"
        );
        assert!(!own.keeps(&path("docs/deep/x.yaml"), false));
        assert!(own.id().is_some());
    }

    #[test]
    fn the_declaration_comes_last_and_overrides_a_file() {
        let both = filter("!*.md", &[(".", "*.md\n/secret/")], &[]);
        assert!(both.keeps(&path("a/README.md"), false));
        assert!(!both.keeps(&path("secret/x.yaml"), false));
    }

    #[test]
    fn a_file_rules_its_own_directory_only() {
        let apps = filter("", &[("apps", "*.yaml\n")], &[]);
        assert!(!apps.keeps(&path("apps/deep/x.yaml"), false));
        assert!(apps.keeps(&path("infra/x.yaml"), false));
    }

    #[test]
    fn a_file_in_a_directory_that_is_left_out_has_no_say() {
        let files = [(".", "/vendor/\n"), ("vendor/a", "!keep.yaml\n")];
        assert!(!filter("", &files, &[]).keeps(&path("vendor/a/keep.yaml"), false));
    }

    #[test]
    fn sparse_means_these_directories_and_the_way_to_them() {
        let sparse = filter("", &[], &["apps/web"]);
        assert!(sparse.keeps(&path("apps/web/deep/x.yaml"), false));
        assert!(sparse.keeps(&path("apps"), true));
        assert!(!sparse.keeps(&path("apps/other.yaml"), false));
        assert!(!sparse.keeps(&path("apps/webby"), true));
    }

    #[test]
    fn different_rules_have_different_names() {
        assert_ne!(filter("a", &[], &[]).id(), filter("b", &[], &[]).id());
        assert_eq!(filter("a", &[], &[]).id(), filter("a", &[], &[]).id());
    }
}
