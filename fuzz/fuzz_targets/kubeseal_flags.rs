//! A command line of kubeseal, word by word, and its variables: whatever they are, they are taken or
//! refused with a sentence; nothing behind `--` is a flag; and what was typed once more changes nothing
//! but lists.
//!
//! The parser is taken in by path: the rest of its crate is a program.
#![no_main]
#![allow(dead_code, reason = "the rest of its crate uses what is not used here")]

#[path = "../../cli/src/commands/kubeseal/flags/mod.rs"]
mod flags;

use std::collections::BTreeMap;

use flags::{Flags, Stop};
use libfuzzer_sys::fuzz_target;
use signet_fuzz::two;
use zeroize::Zeroizing;

/// Flags of each kind that has a value of its own.
const TEXTS: [&str; 6] = ["format", "namespace", "scope", "v", "token", "cert"];
const SWITCHES: [&str; 3] = ["raw", "re-encrypt", "logtostderr"];
const LISTS: [&str; 3] = ["from-file", "as-group", "recovery-private-key"];

fuzz_target!(|data: &[u8]| {
    let (words, variables) = two(data);
    let (Ok(words), Ok(variables)) = (
        std::str::from_utf8(words),
        std::str::from_utf8(variables.unwrap_or_default()),
    ) else {
        return;
    };
    let words: Vec<String> = words.split('\n').map(str::to_owned).collect();
    let pairs = variables.lines().filter_map(|line| line.split_once('='));
    let variables: BTreeMap<String, Zeroizing<String>> = pairs
        .map(|(name, value)| {
            let name = format!("SEALED_SECRETS_{name}");
            (name, Zeroizing::new(value.to_owned()))
        })
        .collect();
    match Flags::parse(&words, &variables) {
        Err(Stop::Help) => assert!(flags::help().contains("--cert string")),
        Err(Stop::Bad(message)) => assert!(!message.is_empty()),
        Ok(flags) => taken(&words, &variables, &flags),
    }
});

fn taken(words: &[String], variables: &BTreeMap<String, Zeroizing<String>>, flags: &Flags) {
    for name in TEXTS {
        assert_eq!(flags.some(name).is_some(), !flags.text(name).is_empty());
    }
    assert!(["strict", "namespace-wide", "cluster-wide"].contains(&flags.text("scope")));
    let ends = words.iter().any(|word| word == "--");
    let value_last = words.last().is_some_and(|word| word == "--");
    if ends && !value_last {
        // Behind the end stands whatever it likes.
        let mut more = words.to_vec();
        more.push("--no-such-flag".to_owned());
        let same = Flags::parse(&more, variables);
        // Unless that `--` was the value of a flag before it.
        if let Ok(same) = same {
            agree(flags, &same, 1);
        }
    }
    let first_end = words.iter().position(|word| word == "--");
    let before = &words[..first_end.unwrap_or(words.len())];
    let twice = [before, before].concat();
    if let (Ok(once), Ok(twice)) = (
        Flags::parse(before, &BTreeMap::new()),
        Flags::parse(&twice, &BTreeMap::new()),
    ) {
        agree(&once, &twice, 2);
    }
}

/// Texts and switches are the same, lists so many times as long.
fn agree(one: &Flags, other: &Flags, times: usize) {
    for name in TEXTS {
        assert_eq!(one.text(name), other.text(name), "{name}");
    }
    for name in SWITCHES {
        assert_eq!(one.is_on(name), other.is_on(name), "{name}");
    }
    for name in LISTS {
        assert_eq!(
            one.list(name).len() * times,
            other.list(name).len(),
            "{name}"
        );
    }
}
