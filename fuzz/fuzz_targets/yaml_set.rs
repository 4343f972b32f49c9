//! A file, and a string that is to stand in a mapping that has no such entry: either the file is
//! refused, or that one string is new in it and every byte around it is as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_fuzz::two;
use signet_yaml::edit::set_at;
use signet_yaml::{Budget, Document, Node, read};

/// Mappings of one file that are tried.
const TRIED: usize = 6;
/// A key that no file has by chance.
const KEY: &str = "example.com/no-such-key";

fuzz_target!(|data: &[u8]| {
    let (source, new) = two(data);
    let budget = Budget::default();
    let new = new.map_or(Ok("AgCnew+/base64=="), std::str::from_utf8);
    let (Ok(new), Ok(documents)) = (new, read(source, &budget)) else {
        return;
    };
    let mut paths = Vec::new();
    for (at, document) in documents.iter().enumerate() {
        mappings(&document.root, &mut Vec::new(), &mut |path| {
            paths.push((at, path.to_vec()));
        });
    }
    for (at, path) in paths.into_iter().take(TRIED) {
        for below in [&[KEY][..], &["deeper", KEY]] {
            let steps = path.iter().map(String::as_str);
            let path: Vec<&str> = steps.chain(below.iter().copied()).collect();
            if documents[at].at(&path).is_some() {
                continue;
            }
            let Ok(edited) = set_at(source, at, &path, new, &budget) else {
                continue;
            };
            check(source, &edited, at, &path, new);
        }
    }
});

/// One stretch of bytes is another, and it reads as the string.
fn check(source: &[u8], edited: &[u8], at: usize, path: &[&str], new: &str) {
    let same = |(left, right): &(&u8, &u8)| left == right;
    let head = source.iter().zip(edited).take_while(same).count();
    let tails = source[head..].iter().rev().zip(edited[head..].iter().rev());
    let tail = tails.take_while(same).count();
    let gone = &source[head..source.len() - tail];
    // Only what stood for an empty mapping makes room: `{}`, `null`, `~`, and blanks before it.
    let gone = String::from_utf8_lossy(gone);
    assert!(
        gone.chars().all(|c| " \t\r\n{}nulNULL~".contains(c)),
        "{gone:?} is gone"
    );
    let again = read(edited, &Budget::default()).unwrap_or_else(|error| panic!("{error}"));
    let set = again
        .get(at)
        .and_then(|document: &Document| document.at(path));
    assert_eq!(set.and_then(Node::as_str), Some(new));
}

/// The paths of everything that has entries, or could have some.
fn mappings(node: &Node, path: &mut Vec<String>, found: &mut dyn FnMut(&[String])) {
    let empty = node.to_json().is_null();
    if empty || !node.entries().is_empty() || node.to_json() == serde_json::json!({}) {
        found(path);
    }
    let entries = node.entries().iter();
    let entries = entries.map(|entry| (entry.key.name.clone(), &entry.value));
    let items = node.items().iter().enumerate();
    for (step, child) in entries.chain(items.map(|(at, item)| (at.to_string(), item))) {
        path.push(step);
        mappings(child, path, found);
        path.pop();
    }
}
