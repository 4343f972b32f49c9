//! A kustomization file of a repository: what it refers to is gathered from the repository or
//! refused with a place in a file, whatever it says, and nothing else is ever asked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_api::KustomizationSpec;
use signet_engine::tree::{Entry, File, RepoPath, Tree};
use signet_render::{Commit, GatherError, gather};

/// The same file at the root and in a base, and a few that it may name.
struct Fuzzed<'a>(&'a [u8]);

const NAMES: [&str; 5] = [
    "app/kustomization.yaml",
    "app/x.yaml",
    "base/kustomization.yml",
    "base/x.yaml",
    "x",
];

impl Fuzzed<'_> {
    fn files(&self) -> Vec<File> {
        let file = |name: &&str| File {
            path: RepoPath::parse(name).expect("a path"),
            bytes: match name.contains("kustomization") || *name == "app/x.yaml" {
                true => self.0.to_vec(),
                false => Vec::new(),
            },
        };
        NAMES.iter().map(file).collect()
    }
}

impl Commit for Fuzzed<'_> {
    fn entry(&self, path: &RepoPath) -> Result<Option<Entry>, String> {
        let (at, files) = (path.clone(), self.files());
        if files.iter().any(|file| file.path == at) {
            return Ok(Some(Entry::File {
                id: "id".to_owned(),
                at,
            }));
        }
        let inside = files.iter().any(|file| file.path.starts_with(&at));
        Ok(inside.then_some(Entry::Directory { at }))
    }

    fn bytes(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String> {
        let mut files = self.files().into_iter();
        Ok(files.find(|file| file.path == *path).map(|file| file.bytes))
    }

    fn directory(&self, path: &RepoPath, keep: &dyn Fn(&RepoPath) -> bool) -> Result<Tree, String> {
        let mut files = self.files();
        files.retain(|file| file.path.starts_with(path) && keep(&file.path));
        let id = "tree".to_owned();
        Ok(Tree { id, files })
    }
}

fuzz_target!(|source: &[u8]| {
    let commit = Fuzzed(source);
    let root = RepoPath::parse("app").expect("a path");
    let lines = source
        .iter()
        .filter(|byte| matches!(byte, b'\n' | b'\r'))
        .count()
        + 1;
    match gather(&commit, &root, &KustomizationSpec::default()) {
        Ok(sources) => {
            for path in sources.files.keys() {
                assert!(NAMES.contains(&path.to_string().as_str()), "{path}");
            }
            assert!(sources.footprint.holds(&commit).expect("it can be read"));
        }
        Err(GatherError::Refused(findings)) => {
            assert!(!findings.is_empty());
            for finding in findings {
                let line = usize::try_from(finding.origin.line).expect("a line");
                assert!((1..=lines).contains(&line), "{finding}");
                assert!(NAMES.contains(&finding.origin.file.as_str()), "{finding}");
            }
        }
        Err(error) => panic!("{error:?}"),
    }
});
