//! Files as such: how long they are, that each says what it is for, that none is forgotten.

use std::path::Path;

use super::{Finding, Source};

/// A page that a person reads in one go; most of ours are far below.
const LONGEST: usize = 500;

/// A table of cases is looked up, not read; it may be longer.
const LONGEST_TEST: usize = 800;

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let lines = source.text.lines().count();
        let most = longest(source);
        if lines > most {
            let what =
                format!("{lines} lines, {most} at most: give a part of it a file of its own");
            findings.push(source.finding(most + 1, what));
        }
        if !source
            .text
            .lines()
            .take(12)
            .any(|line| line.starts_with("//!"))
        {
            findings.push(source.finding(1, "no `//!` says what this file is for"));
        }
        if is_forgotten(source, sources) {
            let what = "no `mod` declares this file, so nothing in it is compiled: declare it";
            findings.push(source.finding(1, what));
        }
    }
    findings
}

fn longest(source: &Source) -> usize {
    let test = source
        .path
        .iter()
        .any(|part| part == "tests" || part == "tests.rs");
    if test && (source.path.ends_with("tests.rs") || !in_src(&source.path)) {
        LONGEST_TEST
    } else {
        LONGEST
    }
}

/// Whether no file beside or above declares this one. A root of a crate, a test or an example
/// needs no declaration.
fn is_forgotten(source: &Source, sources: &[Source]) -> bool {
    let path = &source.path;
    let (Some(stem), Some(directory)) = (path.file_stem(), path.parent()) else {
        return false;
    };
    let is_module_file = stem == "mod";
    let roots = ["tests", "examples", "benches", "bin", "fuzz_targets"];
    let root = stem == "main" || stem == "lib" || stem == "build";
    if root
        || (!is_module_file
            && roots
                .iter()
                .any(|name| directory.ends_with(name) && !in_src(directory)))
    {
        return false;
    }
    let (name, home) = if is_module_file {
        (
            directory.file_name().unwrap_or_default(),
            directory.parent().unwrap_or(Path::new("")),
        )
    } else {
        (stem, directory)
    };
    let name = name.to_string_lossy();
    let declares = |text: &str| {
        let wanted = [format!("mod {name};"), format!("mod r#{name};")];
        text.lines().any(|line| {
            let line = line.trim();
            wanted.iter().any(|end| line.ends_with(end.as_str()))
                || line.contains(&format!("{name}.rs\""))
        })
    };
    let parents = ["main.rs", "lib.rs", "mod.rs"].map(|file| home.join(file));
    let above = home.with_extension("rs");
    // `tests/common/mod.rs` may be declared by any test beside the directory.
    let beside_tests =
        |other: &Source| other.path.parent() == Some(home) && home.ends_with("tests");
    !sources.iter().any(|other| {
        let parent = parents.contains(&other.path) || other.path == above || beside_tests(other);
        parent && declares(&other.text)
    })
}

fn in_src(directory: &Path) -> bool {
    directory.components().any(|part| part.as_os_str() == "src")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.into(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_file_that_no_mod_declares_is_found() {
        let lib = source("crates/a/src/lib.rs", "//! A.\nmod known;\n");
        let known = source("crates/a/src/known.rs", "//! K.\npub mod deep;\n");
        let deep = source("crates/a/src/known/deep.rs", "//! D.\n");
        let lost = source("crates/a/src/lost.rs", "//! L.\n");
        let found = check(&[lib, known, deep, lost]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].file, Path::new("crates/a/src/lost.rs"));
    }

    #[test]
    fn a_file_without_a_purpose_and_a_long_file_are_found() {
        let long = format!("//! Long.\n{}", "// a\n".repeat(LONGEST));
        let found = check(&[
            source("a/src/lib.rs", &long),
            source("b/src/main.rs", "fn main() {}\n"),
        ]);
        let said: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert!(said[0].contains("501 lines"), "{said:?}");
        assert!(said[1].contains("what this file is for"), "{said:?}");
    }
}
