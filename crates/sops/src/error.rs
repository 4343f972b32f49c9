//! Why a file cannot be opened: where, what, and what to do. Never a value, never a key.
//!
//! The caller adds the name of the file. Names of keys in the file, and of age recipients, are
//! public: SOPS leaves them readable.

use std::fmt;

use crate::format::Format;

/// The longest path of a value that is shown, in characters.
const LONGEST_PATH: usize = 200;

/// How many recipients a message names.
const MOST_RECIPIENTS: usize = 5;

/// A recipient that is longer is cut: one of X25519 has 62 characters, a post-quantum one 2,000.
const LONGEST_RECIPIENT: usize = 70;

/// Why a file cannot be opened; the caller adds its name.
#[derive(Debug, thiserror::Error)]
pub struct Error {
    /// The line of the file, counted from 1; 0 where there is none, as in an object of the cluster.
    pub line: u32,
    /// The keys and list positions that lead to the value; empty if it is about the file.
    pub path: String,
    /// What is wrong there.
    pub kind: ErrorKind,
}

/// What is wrong with a file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no `sops` in it.
    #[error("it is not encrypted with SOPS: it has no `sops` metadata")]
    NotSops,
    /// A format that is not supported.
    #[error(
        "SOPS files of the format {0} are not supported: encrypt it as YAML, JSON, dotenv or binary"
    )]
    Format(Format),
    /// The tree cannot be written in the wanted format.
    #[error("what was decrypted cannot be written as {format}: {why}")]
    Output {
        /// The wanted format.
        format: Format,
        /// What stands against it.
        why: &'static str,
    },
    /// The file cannot be read at all.
    #[error("{0}")]
    Syntax(String),
    /// Something that SOPS does not write.
    #[error("{0}; decrypt the file and encrypt it again with sops")]
    Foreign(&'static str),
    /// A field of the metadata is missing or makes no sense.
    #[error("sops.{field} {what}: the metadata is damaged, restore the file as sops wrote it")]
    Metadata {
        /// The field below `sops`.
        field: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A pattern of the metadata is not one.
    #[error("sops.{field} is not a pattern that is understood ({why})")]
    Pattern {
        /// The field below `sops`.
        field: &'static str,
        /// What the library says of the pattern.
        why: String,
    },
    /// No recipient is an age recipient.
    #[error(
        "it is encrypted for {} only, and age is the one type of key that is supported: add an age recipient to .sops.yaml and run `sops updatekeys`",
        names(.0)
    )]
    ForeignKeys(Vec<KeyType>),
    /// No identity opens the data key.
    #[error(
        "no identity of the Secret matches any of the recipients {}: add the identity of one of them, or encrypt the file for a recipient whose identity is there",
        listed(.0)
    )]
    NoIdentity(Vec<String>),
    /// Too few groups of keys could be opened.
    #[error(
        "{opened} of its key groups can be opened with the identities of the Secret, and {needed} are needed: add identities for more of them"
    )]
    TooFewGroups {
        /// How many could be opened.
        opened: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A recipient's stanza is damaged: the right identity would not open it.
    #[error(
        "the data key for {} is damaged: run `sops updatekeys`, or restore the file",
        shortened(recipient)
    )]
    DataKey {
        /// The recipient as the file names it.
        recipient: String,
    },
    /// By the rules of the file a value is encrypted, but it is not.
    #[error(
        "this value is not encrypted, though the rules of the file say that it is: encrypt the file again with sops"
    )]
    NotEncrypted,
    /// Something between `ENC[` and `]` is not what SOPS writes.
    #[error("this is not a value as SOPS encrypts it ({0}): restore it as sops wrote it")]
    Malformed(&'static str),
    /// The data key does not open the value in this place.
    #[error(
        "this value does not open with the data key of the file: it was changed after it was encrypted, or moved here from another place; restore it, or encrypt the file again with sops"
    )]
    Sealed,
    /// What was decrypted is not of the type that it claims.
    #[error(
        "what was decrypted here is not a value of its type, {0}: encrypt the file again with sops"
    )]
    Type(&'static str),
    /// There is no MAC.
    #[error(
        "it has no MAC (sops.mac), so nobody can tell whether it was changed: encrypt the file again with sops"
    )]
    NoMac,
    /// The MAC is not that of the values.
    #[error(
        "its values are not those that were encrypted (the MAC differs): it was changed without sops; restore it, or edit it with `sops edit`"
    )]
    Mac,
    /// The file would cost more than it may.
    #[error("it has more than {limit} {what}, which is the limit")]
    Budget {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
}

/// A type of key that SOPS has beside age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum KeyType {
    Pgp,
    AwsKms,
    GcpKms,
    AzureKeyVault,
    HashicorpVault,
    HuaweiKms,
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pgp => "PGP",
            Self::AwsKms => "AWS KMS",
            Self::GcpKms => "GCP KMS",
            Self::AzureKeyVault => "Azure Key Vault",
            Self::HashicorpVault => "HashiCorp Vault",
            Self::HuaweiKms => "Huawei Cloud KMS",
        })
    }
}

fn names(types: &[KeyType]) -> String {
    let names: Vec<String> = types.iter().map(KeyType::to_string).collect();
    names.join(", ")
}

/// Recipients as a message names them; the file may say anything in their place.
fn listed(recipients: &[String]) -> String {
    let mut names: Vec<String> = recipients
        .iter()
        .take(MOST_RECIPIENTS)
        .map(|name| shortened(name))
        .collect();
    if let Some(more) = recipients.len().checked_sub(MOST_RECIPIENTS + 1) {
        names.push(format!("and {} more", more + 1));
    }
    names.join(", ")
}

fn shortened(recipient: &str) -> String {
    let readable = |c: &char| c.is_ascii_graphic() || *c == ' ';
    let mut name: String = recipient
        .chars()
        .filter(readable)
        .take(LONGEST_RECIPIENT)
        .collect();
    if recipient.len() > LONGEST_RECIPIENT {
        name.truncate(LONGEST_RECIPIENT / 2);
        name.push('…');
    }
    name
}

impl Error {
    /// About a line; the path is added on the way out.
    pub(crate) fn at(line: u32, kind: ErrorKind) -> Self {
        Self {
            line,
            path: String::new(),
            kind,
        }
    }

    /// The same error, seen from the mapping that has the value under `key`.
    pub(crate) fn under(self, key: &str) -> Self {
        self.prefixed(key)
    }

    /// The same error, seen from the list of which this is an item.
    pub(crate) fn in_item(self, position: usize) -> Self {
        self.prefixed(&format!("[{position}]"))
    }

    /// The same error, seen from an object that has the file as the value of `key`: its line is none of
    /// the object's.
    pub(crate) fn in_file_at(self, key: &str) -> Self {
        let line = match self.line {
            0 => String::new(),
            line => format!(", line {line}"),
        };
        let inner = if self.path.is_empty() {
            String::new()
        } else {
            format!(", {}", self.path)
        };
        Self {
            line: 0,
            path: format!("{key}{line}{inner}"),
            kind: self.kind,
        }
    }

    fn prefixed(mut self, step: &str) -> Self {
        if self.path.len() < LONGEST_PATH {
            let dot = if self.path.is_empty() || self.path.starts_with('[') {
                ""
            } else {
                "."
            };
            let step: String = step.chars().take(LONGEST_PATH).collect();
            self.path = format!("{step}{dot}{}", self.path);
        }
        self
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::at(0, kind)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        if !self.path.is_empty() {
            let shown: String = self.path.chars().take(LONGEST_PATH).collect();
            write!(f, "{shown}: ")?;
        }
        write!(f, "{}", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_line_path_cause_and_remedy() {
        let error = Error::at(7, ErrorKind::NotEncrypted)
            .in_item(2)
            .under("users")
            .under("data");
        assert_eq!(
            error.to_string(),
            "line 7: data.users[2]: this value is not encrypted, though the rules of the file say \
             that it is: encrypt the file again with sops"
        );
    }

    #[test]
    fn a_path_without_end_is_cut() {
        let mut error = Error::at(1, ErrorKind::Sealed);
        for _ in 0..10_000 {
            error = error.under("aaaaaaaaaa");
        }
        assert!(error.to_string().len() < 500, "{error}");
        let error = Error::at(1, ErrorKind::Sealed).under(&"é".repeat(100_000));
        assert!(error.to_string().len() < 800, "{error}");
    }

    #[test]
    fn recipients_are_named_but_not_without_end() {
        let short = "age1q3shle6rrsv886ysl2hufvs7y6y5znarmluekh4hjzyqj5f8gscssh9enm".to_owned();
        let none = |recipients: Vec<String>| ErrorKind::NoIdentity(recipients).to_string();
        assert!(none(vec![short.clone()]).contains(&format!("recipients {short}: add")));
        let said = none(vec![format!("age1pq1{}\n", "q".repeat(2_000)); 256]);
        assert!(
            said.len() < 500 && said.contains("q…, and 251 more: add"),
            "{said}"
        );
        assert!(!said.contains('\n'));
    }
}
