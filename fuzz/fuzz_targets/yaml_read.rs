//! Any bytes as YAML: a refusal or a value, within the budget, with places that lie in the source;
//! and the value survives being written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_yaml::{Budget, Node, read, write_all};

/// Small, so that short inputs reach it.
const BUDGET: Budget = Budget {
    bytes: 1 << 16,
    nodes: 500,
    depth: 20,
    alias_nodes: 200,
    documents: 10,
};

fuzz_target!(|source: &[u8]| {
    let Ok(documents) = read(source, &BUDGET) else {
        // A larger budget may let it pass, and must not fail worse.
        let _ = read(source, &Budget::default());
        return;
    };
    assert!(documents.len() <= BUDGET.documents);
    let mut nodes = 0;
    for document in &documents {
        check(&document.root, source, 0, &mut nodes);
    }
    assert!(nodes <= BUDGET.nodes, "{nodes} nodes");
    let values: Vec<_> = documents
        .iter()
        .map(|document| document.to_json())
        .collect();
    let written = write_all(&values);
    let again = read(written.as_bytes(), &Budget::default())
        .unwrap_or_else(|error| panic!("{error} in what was written:\n{written}"));
    let again: Vec<_> = again.iter().map(|document| document.to_json()).collect();
    assert_eq!(values, again, "written as:\n{written}");
});

fn check(node: &Node, source: &[u8], depth: usize, nodes: &mut usize) {
    assert!(depth <= BUDGET.depth, "{depth} deep");
    let span = node.span;
    assert!(
        span.start <= span.end && span.end <= source.len(),
        "{span:?}"
    );
    let lines = source
        .iter()
        .filter(|byte| matches!(byte, b'\n' | b'\r'))
        .count();
    let line = usize::try_from(span.line).unwrap();
    assert!((1..=lines + 1).contains(&line), "{span:?}");
    *nodes += 1;
    for entry in node.entries() {
        *nodes += 1;
        check(&entry.value, source, depth + 1, nodes);
    }
    for item in node.items() {
        check(item, source, depth + 1, nodes);
    }
}
