//! A file and a new text: setting a value changes the bytes of that value and no other, and the
//! value then reads as the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_fuzz::two;
use signet_yaml::edit::{apply, set_scalar};
use signet_yaml::{Budget, Node, Style, read};

/// Values of one file that are tried.
const TRIED: usize = 8;

fuzz_target!(|data: &[u8]| {
    let (source, new) = two(data);
    let new = new.map_or(Ok("AgCnew+/base64=="), std::str::from_utf8);
    let (Ok(new), Ok(documents)) = (new, read(source, &Budget::default())) else {
        return;
    };
    let mut paths = Vec::new();
    for (at, document) in documents.iter().enumerate() {
        let mut path = Vec::new();
        strings(&document.root, &mut path, &mut |path| {
            paths.push((at, path.to_vec()))
        });
    }
    for (at, path) in paths.into_iter().take(TRIED) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let node = documents[at].at(&path).expect("the path was walked");
        let edit = set_scalar(source, node, new);
        let (span, text) = (edit.span, edit.text.clone());
        let edited = apply(source, vec![edit]).expect("one edit fits");
        assert!(edited.starts_with(&source[..span.start]));
        assert!(edited.ends_with(&source[span.end..]));
        assert_eq!(
            edited.len(),
            source.len() - (span.end - span.start) + text.len()
        );
        let shown = String::from_utf8_lossy(&edited);
        let again = read(&edited, &Budget::default())
            .unwrap_or_else(|error| panic!("{error} in what was edited:\n{shown}"));
        assert_eq!(again.len(), documents.len(), "{shown}");
        let set = again[at].at(&path).and_then(Node::as_str);
        assert_eq!(set, Some(new), "{path:?} in:\n{shown}");
    }
});

/// The paths of all strings, but for those inside of an alias: their place is at the anchor.
fn strings(node: &Node, path: &mut Vec<String>, found: &mut dyn FnMut(&[String])) {
    if node.as_str().is_some() {
        found(path);
    }
    if node.style == Style::Alias {
        return;
    }
    let entries = node.entries().iter();
    let entries = entries.map(|entry| (entry.key.name.clone(), &entry.value));
    let items = node.items().iter().enumerate();
    for (step, child) in entries.chain(items.map(|(at, item)| (at.to_string(), item))) {
        path.push(step);
        strings(child, path, found);
        path.pop();
    }
}
