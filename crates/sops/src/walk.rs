//! Every value of a file in its order: which of them are encrypted, and what they hold.

use std::rc::Rc;

use crate::cipher::{self, Cipher};
use crate::error::{Error, ErrorKind};
use crate::mac::Mac;
use crate::rule::Rule;
use crate::tree::{Content, Entry, Leaf, Node};

/// The most values that a file may have.
pub(crate) const MOST_VALUES: usize = 200_000;

/// Where members of collections begin, in the order of the file, with the keys that lead to them.
pub(crate) type Members = Vec<(usize, Rc<str>)>;

/// Opens the values of a tree.
pub(crate) struct Walk<'a> {
    cipher: &'a Cipher,
    rule: &'a Rule,
    mac: Option<Mac>,
    /// The keys that lead to where the walk is, each with a colon behind it.
    keys: String,
    values: usize,
    /// Kept if asked for: comments of a file that are no part of its tree are bound to the same keys.
    members: Option<Members>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(cipher: &'a Cipher, rule: &'a Rule, mac: Option<Mac>) -> Self {
        Self {
            cipher,
            rule,
            mac,
            keys: String::new(),
            values: 0,
            members: None,
        }
    }

    /// Has the walk remember where members of collections begin.
    pub(crate) fn noting_members(mut self) -> Self {
        self.members = Some(Vec::new());
        self
    }

    /// What was hashed and, if asked for, the members in the order of the file.
    pub(crate) fn finish(self) -> (Option<Mac>, Members) {
        (self.mac, self.members.unwrap_or_default())
    }

    /// Opens what is encrypted below a mapping, in place.
    ///
    /// # Errors
    /// The first value that is not encrypted though it should be, that does not open in its place, or
    /// that is not of its type.
    pub(crate) fn document(&mut self, root: &mut Node) -> Result<(), Error> {
        self.node(root, false)
    }

    fn node(&mut self, node: &mut Node, matched: bool) -> Result<(), Error> {
        self.values += 1;
        let line = node.place.span.line;
        if self.values > MOST_VALUES {
            let (what, limit) = ("values", MOST_VALUES);
            return Err(Error::at(line, ErrorKind::Budget { what, limit }));
        }
        match &mut node.content {
            Content::Map(entries) => self.map(entries, matched),
            Content::List(items) => self.list(items, matched),
            Content::Leaf(leaf) => match self.leaf(leaf, matched) {
                Ok(opened) => {
                    node.changed |= opened;
                    Ok(())
                }
                Err(kind) => Err(Error::at(line, kind)),
            },
        }
    }

    fn map(&mut self, entries: &mut [Entry], matched: bool) -> Result<(), Error> {
        let here = self.members.is_some().then(|| self.bound());
        for entry in entries {
            match entry {
                Entry::Comment(comment) => self.node(comment, matched)?,
                Entry::Pair(key, node) => {
                    self.note(key.span.start, here.as_ref());
                    let back = self.keys.len();
                    self.keys.push_str(&key.name);
                    self.keys.push(':');
                    let matched = matched || self.rule.matches(&key.name);
                    let done = self.node(node, matched);
                    self.keys.truncate(back);
                    done.map_err(|error| error.under(&key.name))?;
                    if node.is_comment() {
                        let error = Error::at(node.place.span.line, ErrorKind::Type("comment"));
                        return Err(error.under(&key.name));
                    }
                }
            }
        }
        Ok(())
    }

    /// Items have no keys of their own: they are bound to those that lead to the list.
    fn list(&mut self, items: &mut [Node], matched: bool) -> Result<(), Error> {
        let here = self.members.is_some().then(|| self.bound());
        for (position, item) in items.iter_mut().enumerate() {
            self.note(item.place.span.start, here.as_ref());
            self.node(item, matched)
                .map_err(|error| error.in_item(position))?;
        }
        Ok(())
    }

    /// Returns whether the value is another now.
    fn leaf(&mut self, leaf: &mut Leaf, matched: bool) -> Result<bool, ErrorKind> {
        let opened = match leaf {
            Leaf::Null => return Ok(false),
            Leaf::Comment(text) if cipher::looks_encrypted(text) => {
                self.cipher.open(text, &self.bound()).ok()
            }
            // Comments were left readable by older versions of SOPS.
            Leaf::Comment(_) => None,
            Leaf::Text(text) => {
                let encrypted = self.rule.encrypts(matched, cipher::looks_encrypted(text));
                match encrypted {
                    true => Some(self.cipher.open(text, &self.bound())?),
                    false => None,
                }
            }
            _ if self.rule.encrypts(matched, false) => return Err(ErrorKind::NotEncrypted),
            _ => None,
        };
        let encrypted = opened.is_some();
        if let Some(opened) = opened {
            *leaf = opened;
        }
        if let Some(mac) = &mut self.mac {
            mac.update(leaf, encrypted);
        }
        Ok(encrypted)
    }

    fn note(&mut self, start: usize, here: Option<&Rc<str>>) {
        if let (Some(members), Some(here)) = (&mut self.members, here) {
            members.push((start, Rc::clone(here)));
        }
    }

    /// What a value here is bound to.
    fn bound(&self) -> Rc<str> {
        if self.keys.is_empty() {
            ":".into()
        } else {
            self.keys.as_str().into()
        }
    }
}
