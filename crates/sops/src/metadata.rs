//! What stands below `sops` in a file: who can open it, what is encrypted, and the MAC.

use crate::error::{ErrorKind, KeyType};
use crate::rule::Rule;
use crate::time;
use crate::tree::{Content, Leaf, Node};

/// The most recipients that a file may have.
const MOST_RECIPIENTS: usize = 256;

/// The longest encrypted data key, in bytes; one for a post-quantum recipient has 2,700.
const LONGEST_DATA_KEY: usize = 16 << 10;

/// The other types of keys, by the field that lists them.
const FOREIGN: [(&str, KeyType); 6] = [
    ("pgp", KeyType::Pgp),
    ("kms", KeyType::AwsKms),
    ("gcp_kms", KeyType::GcpKms),
    ("azure_kv", KeyType::AzureKeyVault),
    ("hc_vault", KeyType::HashicorpVault),
    ("hckms", KeyType::HuaweiKms),
];

/// The metadata of a file.
pub(crate) struct Metadata {
    /// Groups of keys; of more than one, each opens a part of the data key.
    pub(crate) groups: Vec<Group>,
    /// How many parts are needed.
    pub(crate) threshold: usize,
    pub(crate) rule: Rule,
    pub(crate) mac: Option<String>,
    /// Whether the MAC is over the encrypted values alone.
    pub(crate) mac_only_encrypted: bool,
    /// When the file was changed last: what the MAC is bound to.
    pub(crate) modified: String,
}

/// Keys of which any one opens the same.
#[derive(Default)]
pub(crate) struct Group {
    pub(crate) age: Vec<AgeKey>,
    pub(crate) foreign: Vec<KeyType>,
}

/// The data key, encrypted for one recipient.
pub(crate) struct AgeKey {
    pub(crate) recipient: String,
    pub(crate) encrypted: String,
}

impl Metadata {
    /// Reads the mapping below `sops`.
    ///
    /// # Errors
    /// Names the field that is missing or wrong.
    pub(crate) fn read(sops: &Node) -> Result<Self, ErrorKind> {
        if !matches!(sops.content, Content::Map(_)) {
            return Err(wrong("metadata", "is no mapping"));
        }
        let modified = sops.get("lastmodified").and_then(text);
        let modified = modified.as_deref().and_then(time::to_the_second);
        Ok(Self {
            groups: groups(sops)?,
            threshold: threshold(sops)?,
            rule: Rule::of(sops)?,
            mac: sops.get("mac").and_then(text).filter(|mac| !mac.is_empty()),
            mac_only_encrypted: sops.get("mac_only_encrypted").is_some_and(is_true),
            modified: modified.ok_or(wrong("lastmodified", "is missing or no time"))?,
        })
    }

    /// Every type of key that is not age's, once.
    pub(crate) fn foreign(&self) -> Vec<KeyType> {
        let mut all: Vec<KeyType> = self
            .groups
            .iter()
            .flat_map(|g| &g.foreign)
            .copied()
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn wrong(field: &'static str, what: &'static str) -> ErrorKind {
    ErrorKind::Metadata { field, what }
}

/// The keys beside the metadata are one group; only without them `key_groups` counts.
fn groups(sops: &Node) -> Result<Vec<Group>, ErrorKind> {
    let own = group(sops)?;
    let mut groups = Vec::new();
    if !own.is_empty() {
        groups.push(own);
    } else if let Some(listed) = sops.get("key_groups") {
        for item in listed.items() {
            groups.push(group(item)?);
        }
    }
    if groups.is_empty() {
        return Err(wrong(
            "age",
            "is missing, and so is every other type of key",
        ));
    }
    let recipients: usize = groups.iter().map(|group| group.age.len()).sum();
    if recipients > MOST_RECIPIENTS || groups.len() > MOST_RECIPIENTS {
        return Err(ErrorKind::Budget {
            what: "recipients",
            limit: MOST_RECIPIENTS,
        });
    }
    Ok(groups)
}

fn group(node: &Node) -> Result<Group, ErrorKind> {
    let age = node
        .get("age")
        .into_iter()
        .flat_map(Node::items)
        .map(age_key);
    let listed = |field: &str| {
        node.get(field)
            .is_some_and(|keys| keys.items().next().is_some())
    };
    Ok(Group {
        age: age.collect::<Result<_, _>>()?,
        foreign: FOREIGN
            .iter()
            .filter(|(field, _)| listed(field))
            .map(|(_, kind)| *kind)
            .collect(),
    })
}

fn age_key(node: &Node) -> Result<AgeKey, ErrorKind> {
    let field = |name| node.get(name).and_then(text);
    let encrypted = field("enc").ok_or(wrong("age", "has a recipient without `enc`"))?;
    if encrypted.len() > LONGEST_DATA_KEY {
        return Err(ErrorKind::Budget {
            what: "bytes in an encrypted data key",
            limit: LONGEST_DATA_KEY,
        });
    }
    Ok(AgeKey {
        recipient: field("recipient").unwrap_or_default(),
        encrypted,
    })
}

/// A dotenv file has it as text.
fn threshold(sops: &Node) -> Result<usize, ErrorKind> {
    let Some(node) = sops.get("shamir_threshold") else {
        return Ok(0);
    };
    text(node)
        .and_then(|text| text.parse().ok())
        .ok_or(wrong("shamir_threshold", "is no number"))
}

fn is_true(node: &Node) -> bool {
    text(node).is_some_and(|text| matches!(text.as_str(), "true" | "True" | "TRUE" | "1"))
}

/// A scalar as text, whatever its type.
fn text(node: &Node) -> Option<String> {
    match &node.content {
        Content::Leaf(Leaf::Text(text)) => String::from_utf8(text.to_vec()).ok(),
        Content::Leaf(Leaf::Time(text)) => Some(text.to_string()),
        Content::Leaf(Leaf::Int(value)) => Some(value.to_string()),
        Content::Leaf(Leaf::Bool(yes)) => Some(yes.to_string()),
        _ => None,
    }
}

impl Group {
    fn is_empty(&self) -> bool {
        self.age.is_empty() && self.foreign.is_empty()
    }
}
