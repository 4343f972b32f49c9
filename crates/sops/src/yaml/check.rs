//! What was written, read back as Kubernetes reads it.

use signet_yaml::Value;
use zeroize::Zeroize;

use crate::plaintext::lossy;
use crate::tree::{Content, Leaf, Node};

use super::budget;

/// Whether these bytes say what the trees do, in the same order.
pub(super) fn reads_as(bytes: &[u8], documents: &[Node]) -> bool {
    let budget = signet_yaml::Budget {
        bytes: usize::MAX,
        ..budget()
    };
    let Ok(mut read) = signet_yaml::read(bytes, &budget) else {
        return false;
    };
    let pairs = || read.iter().zip(documents);
    let same = read.len() == documents.len() && pairs().all(|(read, node)| same(&read.root, node));
    read.iter_mut()
        .for_each(|document| wipe(&mut document.root));
    same
}

fn same(read: &signet_yaml::Node, node: &Node) -> bool {
    match &node.content {
        Content::Leaf(leaf) => same_leaf(&read.value, leaf),
        Content::List(_) => {
            let items = || read.items().iter().zip(node.items());
            matches!(read.value, Value::Sequence(_))
                && read.items().len() == node.items().count()
                && items().all(|(read, node)| same(read, node))
        }
        Content::Map(_) => {
            let pairs = || read.entries().iter().zip(node.pairs());
            matches!(read.value, Value::Mapping(_))
                && read.entries().len() == node.pairs().count()
                && pairs().all(|(entry, (key, node))| {
                    entry.key.name == key.name && same(&entry.value, node)
                })
        }
    }
}

fn same_leaf(read: &Value, leaf: &Leaf) -> bool {
    match (read, leaf) {
        (Value::Null, Leaf::Null) => true,
        (Value::Bool(read), Leaf::Bool(yes)) => read == yes,
        (Value::Number(read), Leaf::Int(value)) => read.as_i64() == Some(*value),
        (Value::Number(read), Leaf::Float(value)) => read.as_f64() == Some(*value),
        (Value::String(read), Leaf::Text(text)) => *read == *lossy(text),
        (Value::String(read), Leaf::Time(text)) => *read == **text,
        _ => false,
    }
}

fn wipe(node: &mut signet_yaml::Node) {
    match &mut node.value {
        Value::String(text) => text.zeroize(),
        Value::Sequence(items) => items.iter_mut().for_each(wipe),
        Value::Mapping(entries) => entries.iter_mut().for_each(|entry| wipe(&mut entry.value)),
        Value::Number(number) => *number = 0.into(),
        Value::Null | Value::Bool(_) => {}
    }
}
