//! Metadata in a file that has no depth: `sops_age__list_0__map_enc` is `sops.age[0].enc`.

use std::collections::BTreeMap;

use crate::error::ErrorKind;
use crate::tree::{Content, Entry, Key, Node, Place};

/// How deep metadata goes: `key_groups__list_0__map_age__list_0__map_enc` is five deep.
const DEEPEST: usize = 8;

/// Values on their way to a tree.
#[derive(Default)]
struct Branch {
    value: Option<Node>,
    keys: BTreeMap<String, Branch>,
    items: BTreeMap<usize, Branch>,
}

enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

/// The mapping that these names and values stand for.
///
/// # Errors
/// A name that is none, or two that do not go together.
pub(crate) fn unflatten(pairs: Vec<(String, Node)>) -> Result<Node, ErrorKind> {
    let mut root = Branch::default();
    for (name, node) in pairs {
        place(&mut root, &steps(&name)?, node)?;
    }
    root.into_node()
}

fn wrong(what: &'static str) -> ErrorKind {
    ErrorKind::Metadata {
        field: "metadata",
        what,
    }
}

/// `a__list_0__map_b` is the key `a`, the item 0, the key `b`.
fn steps(name: &str) -> Result<Vec<Step<'_>>, ErrorKind> {
    const SEPARATORS: [&str; 2] = ["__map_", "__list_"];
    let next = |text: &str| {
        let places = SEPARATORS
            .iter()
            .filter_map(|separator| text.find(separator));
        places.min().unwrap_or(text.len())
    };
    let (first, mut rest) = name.split_at(next(name));
    let mut steps = vec![Step::Key(first)];
    while !rest.is_empty() {
        let (map, list) = (rest.strip_prefix("__map_"), rest.strip_prefix("__list_"));
        let behind = map.or(list).unwrap_or_default();
        let (word, left) = behind.split_at(next(behind));
        steps.push(match map {
            Some(_) => Step::Key(word),
            None => Step::Item(
                word.parse()
                    .map_err(|_| wrong("has a list without positions"))?,
            ),
        });
        rest = left;
    }
    if steps.len() > DEEPEST {
        return Err(wrong("is nested too deep"));
    }
    Ok(steps)
}

fn place(root: &mut Branch, steps: &[Step<'_>], node: Node) -> Result<(), ErrorKind> {
    let mut branch = root;
    for step in steps {
        branch = match step {
            Step::Key(key) => branch.keys.entry((*key).to_owned()).or_default(),
            Step::Item(position) => branch.items.entry(*position).or_default(),
        };
    }
    match branch.value.replace(node) {
        None => Ok(()),
        Some(_) => Err(wrong("gives a field twice")),
    }
}

impl Branch {
    fn into_node(self) -> Result<Node, ErrorKind> {
        let place = Place::line(0);
        match (self.value, self.keys.is_empty(), self.items.is_empty()) {
            (Some(node), true, true) => Ok(node),
            (None, _, true) => {
                let pair = |(name, branch): (String, Self)| {
                    Ok(Entry::Pair(Key::new(name), branch.into_node()?))
                };
                let entries = self.keys.into_iter().map(pair).collect::<Result<_, _>>()?;
                Ok(Node::new(Content::Map(entries), place))
            }
            (None, true, false) => {
                let items = self.items.into_values().map(Self::into_node);
                Ok(Node::new(
                    Content::List(items.collect::<Result<_, _>>()?),
                    place,
                ))
            }
            _ => Err(wrong("gives a field two types")),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    fn tree(names: &[&str]) -> Result<Node, ErrorKind> {
        let pair = |name: &&str| ((*name).to_owned(), Node::text(*name, Place::line(1)));
        unflatten(names.iter().map(pair).collect())
    }

    #[test]
    fn names_become_a_tree_whatever_their_order() {
        let tree = tree(&["mac", "age__list_1__map_enc", "age__list_0__map_enc"]).unwrap();
        assert_eq!(tree.get("mac").unwrap().as_str(), Some("mac"));
        let encrypted: Vec<_> = tree
            .get("age")
            .unwrap()
            .items()
            .map(|key| key.get("enc").unwrap().as_str())
            .collect();
        assert_eq!(
            encrypted,
            [Some("age__list_0__map_enc"), Some("age__list_1__map_enc")]
        );
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for names in [
            &["a", "a"][..],
            &["a", "a__map_b"],
            &["a__map_b", "a__list_0"],
            &["a__list_x"],
            &["a__map_b__map_c__map_d__map_e__map_f__map_g__map_h__map_i"],
        ] {
            assert!(tree(names).is_err(), "{names:?}");
        }
    }
}
