//! `docs/reference/templates.md` names every function, in the chapters of the code, and the budget.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use signet_template::{Budget, functions};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/templates.md");
    fs::read_to_string(path).unwrap()
}

/// Go's names of types, as people write them.
fn readable(signature: &str) -> String {
    signature
        .replace("interface {}", "any")
        .replace("reflect.Value", "any")
        .replace("map[string]any", "map")
        .replace("sprig.certificate", "certificate")
}

#[test]
fn every_function_is_on_the_page() {
    let mut rows: Vec<(&str, Vec<String>)> = Vec::new();
    for (chapter, _, signature) in functions() {
        if rows.last().is_none_or(|(last, _)| *last != chapter) {
            rows.push((chapter, Vec::new()));
        }
        let (_, row) = rows.last_mut().unwrap();
        row.push(format!("`{}`", readable(&signature)));
    }
    let page = page();
    let mut missing = String::new();
    for (chapter, row) in rows {
        let row = format!("| {chapter} | {} |\n", row.join(", "));
        if !page.contains(&row) {
            missing.push_str(&row);
        }
    }
    assert!(missing.is_empty(), "write these rows:\n{missing}");
}

/// The 208 names of sprig that the peer leaves in place, and Go's own beside them.
#[test]
fn there_are_as_many_functions_as_the_page_says() {
    let mut chapters: BTreeMap<&str, usize> = BTreeMap::new();
    for (chapter, _, _) in functions() {
        *chapters.entry(chapter).or_default() += 1;
    }
    let gos = chapters.remove("Go's own").unwrap();
    let sprigs: usize = chapters.values().sum();
    let said = format!("{gos} functions of Go and {sprigs} of sprig");
    assert!(page().contains(&said), "{said}");
}

#[test]
fn the_budget_on_the_page_is_the_default() {
    let Budget {
        text,
        steps,
        memory,
        output,
        nesting,
        effort,
    } = Budget::default();
    let page = page();
    for row in [
        format!("| text of templates | {} KiB |", text >> 10),
        format!("| steps | {} million |", steps / 1_000_000),
        format!("| bytes of values made on the way | {} MiB |", memory >> 20),
        format!("| bytes rendered | {} MiB |", output >> 20),
        format!("| nesting | {nesting} |"),
        format!("| slow cryptography | {effort} units |"),
    ] {
        assert!(page.contains(&row), "{row}");
    }
}
