//! One line of a `.sourceignore`, with the meaning Flux gives it.
//!
//! That is nearly, not quite, the meaning Git gives a `.gitignore`: rules are asked from the last
//! to the first, and a rule that matches a directory matches everything below it too. So a file
//! may come back although the directory it stands in is left out, which Git does not allow.

use gix_glob::wildmatch;
use signet_engine::tree::RepoPath;

/// See the module.
#[derive(Debug)]
pub(super) struct Rule {
    /// The directory the line holds for.
    domain: Vec<String>,
    /// The pattern between its slashes; empty in front if it began with one.
    names: Vec<String>,
    takes_back: bool,
    directories_only: bool,
}

/// Any number of directories.
const ANY_DEPTH: &str = "**";

impl Rule {
    /// The rules of a text that holds for `directory`.
    pub(super) fn all(text: &str, directory: &RepoPath) -> impl Iterator<Item = Self> {
        let domain: Vec<String> = directory.names().map(str::to_owned).collect();
        let lines = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        lines
            .map(|line| Self::of(line, domain.clone()))
            .collect::<Vec<_>>()
            .into_iter()
    }

    fn of(line: &str, domain: Vec<String>) -> Self {
        let (takes_back, pattern) = match line.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let pattern = match pattern.ends_with("\\ ") {
            true => pattern,
            false => pattern.trim_end_matches(' '),
        };
        let (directories_only, pattern) = match pattern.strip_suffix('/') {
            Some(rest) => (true, rest),
            None => (false, pattern),
        };
        Self {
            domain,
            names: pattern.split('/').map(str::to_owned).collect(),
            takes_back,
            directories_only,
        }
    }

    /// Whether it was written in this directory.
    pub(super) fn stands_in(&self, directory: &[&str]) -> bool {
        self.domain
            .iter()
            .map(String::as_str)
            .eq(directory.iter().copied())
    }

    fn matches(&self, path: &[&str], is_directory: bool) -> bool {
        let depth = self.domain.len();
        let (Some(above), Some(below)) = (path.get(..depth), path.get(depth..)) else {
            return false;
        };
        if below.is_empty() || !self.stands_in(above) {
            return false;
        }
        match self.names.as_slice() {
            [name] => self.anywhere(name, below, is_directory),
            names => self.anchored(names, below, is_directory),
        }
    }

    /// A pattern without a slash: any name on the way.
    fn anywhere(&self, name: &str, path: &[&str], is_directory: bool) -> bool {
        let found = path.iter().position(|one| fits(name, one));
        found.is_some_and(|at| {
            let is_last = at + 1 == path.len();
            !(is_last && self.directories_only && !is_directory)
        })
    }

    /// A pattern with a slash: name by name from the directory it holds for.
    fn anchored(&self, names: &[String], path: &[&str], is_directory: bool) -> bool {
        let mut left = path;
        let (mut matched, mut skip) = (false, false);
        for (at, name) in names.iter().enumerate() {
            let is_last = at + 1 == names.len();
            match name.as_str() {
                "" => skip = false,
                ANY_DEPTH if is_last => break,
                ANY_DEPTH => skip = true,
                name if name.contains(ANY_DEPTH) => return false,
                name => {
                    let reach = if skip { left.len() } else { 1 };
                    let found = left.iter().take(reach).position(|one| fits(name, one));
                    let Some(found) = found else { return false };
                    left = left.get(found + 1..).unwrap_or_default();
                    // A path that ends before the pattern does is a directory on its way.
                    matched = is_last || !left.is_empty() || skip;
                    skip = false;
                }
            }
        }
        matched && !(self.directories_only && !is_directory && left.is_empty())
    }
}

/// Whether the path is left out: the last rule that matches says so.
pub(super) fn ignored<'a>(
    rules: impl DoubleEndedIterator<Item = &'a Rule>,
    path: &[&str],
    is_directory: bool,
) -> bool {
    let last = rules.rev().find(|rule| rule.matches(path, is_directory));
    last.is_some_and(|rule| !rule.takes_back)
}

/// One name and one part of a pattern.
fn fits(pattern: &str, name: &str) -> bool {
    if !pattern.contains(['*', '?', '[', '\\']) {
        return pattern == name;
    }
    wildmatch(pattern.into(), name.into(), wildmatch::Mode::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rules: &str, left_out: &[&str], kept: &[&str]) {
        let rules: Vec<Rule> = Rule::all(rules, &RepoPath::root()).collect();
        let ignored = |path: &str| {
            let names: Vec<&str> = path.trim_end_matches('/').split('/').collect();
            ignored(rules.iter(), &names, path.ends_with('/'))
        };
        for path in left_out {
            assert!(ignored(path), "{path} should be left out");
        }
        for path in kept {
            assert!(!ignored(path), "{path} should be kept");
        }
    }

    #[test]
    fn a_name_counts_at_any_depth_and_takes_what_is_below_along() {
        check(
            "node_modules",
            &["node_modules/", "a/node_modules/x.js"],
            &["a/node_modules2/x"],
        );
        check("*.md", &["README.md", "a/b/c.md", "x.md/file"], &["a.mdx"]);
    }

    #[test]
    fn a_slash_at_the_end_means_directories() {
        check("build/", &["build/", "a/build/x"], &["build", "a/build"]);
        check("/a/b/", &["a/b/", "a/b/c"], &["a/b", "c/a/b/"]);
    }

    #[test]
    fn a_slash_in_front_or_within_binds_to_the_top() {
        check("/docs", &["docs", "docs/x/y"], &["a/docs"]);
        check(
            "a/*.yaml",
            &["a/x.yaml"],
            &["b/a/x.yaml", "a/b/x.yaml", "a/"],
        );
    }

    #[test]
    fn two_stars_stand_for_any_number_of_directories() {
        check("**/tmp", &["tmp", "a/b/tmp/x"], &["tmpx"]);
        check(
            "a/**/z.yaml",
            &["a/z.yaml", "a/b/c/z.yaml"],
            &["z.yaml", "b/a/z.yaml"],
        );
        check("a/**", &["a/b", "a/b/c"], &["a/", "b/a"]);
    }

    #[test]
    fn the_last_line_wins_and_may_take_a_file_back_out_of_a_directory() {
        check(
            "/*\n!/deploy\n/deploy/**/*.md",
            &["x.yaml", "apps/x.yaml", "deploy/a/b.md"],
            &["deploy/", "deploy/x.yaml"],
        );
        check("/a\n!/a/keep.yaml", &["a/x.yaml"], &["a/keep.yaml"]);
    }

    #[test]
    fn comments_blank_lines_and_spaces_at_the_end_say_nothing() {
        check("# x\n\n  \nfoo  \n", &["foo"], &["x", "# x"]);
    }

    #[test]
    fn brackets_and_escapes_are_patterns() {
        check(
            "file[0-9].yaml\n\\#odd",
            &["file3.yaml", "#odd"],
            &["filex.yaml"],
        );
    }
}
