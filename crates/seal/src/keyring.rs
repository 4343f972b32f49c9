//! All keys one can open with, and the one certificate to seal for.

use jiff::Timestamp;
use subtle::ConstantTimeEq;

use crate::bytes::SecretBytes;
use crate::certificate::Certificate;
use crate::fingerprint::Fingerprint;
use crate::format::{OpenError, Opener};

/// Keys by name, kept newest first.
#[derive(Default)]
pub struct Keyring {
    entries: Vec<Entry>,
}

/// One key of the ring.
pub struct Entry {
    name: String,
    order: Timestamp,
    certificate: Certificate,
    opener: Box<dyn Opener>,
}

impl Entry {
    /// What it was added as: the name of its Secret, or of its file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The time it is ordered by.
    #[must_use]
    pub fn order(&self) -> Timestamp {
        self.order
    }

    /// The certificate that came with it.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Name of the private key, which is what counts for opening.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        self.opener.fingerprint()
    }

    /// Whether the certificate is this key's own. If it is not, the key still opens, but nothing may
    /// be sealed for the certificate: nobody here could open it again.
    #[must_use]
    pub fn can_seal(&self) -> bool {
        self.fingerprint() == self.certificate.fingerprint()
    }
}

impl Keyring {
    /// A ring without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key, or replaces the one of the same `name`.
    ///
    /// `order` decides which is newest: the certificate's first day or the Secret's creation. Of two
    /// with the same time the one added first counts as newer, so a tie never changes the sealing key.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        order: Timestamp,
        key: impl Opener + 'static,
        certificate: Certificate,
    ) {
        let name = name.into();
        self.remove(&name);
        let place = self.entries.partition_point(|entry| entry.order >= order);
        let opener = Box::new(key);
        self.entries.insert(
            place,
            Entry {
                name,
                order,
                certificate,
                opener,
            },
        );
    }

    /// Takes the key of this name out. Returns whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.name != name);
        self.entries.len() != before
    }

    /// The certificate to seal for: that of the newest key whose certificate is its own. Whether it
    /// has expired is for [`Certificate::check`] to say.
    #[must_use]
    pub fn newest(&self) -> Option<&Certificate> {
        self.entries
            .iter()
            .find(|entry| entry.can_seal())
            .map(Entry::certificate)
    }

    /// Opens an item: with the keys that `hints` name, in that order, as far as they are here, and
    /// then with each other, newest first. A hint only saves time; a wrong one changes nothing.
    ///
    /// # Errors
    /// [`OpenError::Broken`] if a key recognised the item but the value is damaged, else
    /// [`OpenError::NotMine`]. Both read the same, and both have tried every key.
    pub fn open<'a>(
        &self,
        label: &[u8],
        item: &[u8],
        hints: impl IntoIterator<Item = &'a Fingerprint>,
    ) -> Result<(SecretBytes, &Fingerprint), OpenError> {
        let mut verdict = OpenError::NotMine;
        for entry in self.in_order(hints) {
            match entry.opener.open(label, item) {
                Ok(value) => return Ok((value, entry.fingerprint())),
                Err(OpenError::Broken) => verdict = OpenError::Broken,
                Err(OpenError::NotMine) => {}
            }
        }
        Err(verdict)
    }

    /// Every key once: those hinted at, then the others, newest first.
    fn in_order<'a>(&self, hints: impl IntoIterator<Item = &'a Fingerprint>) -> Vec<&Entry> {
        let mut order: Vec<&Entry> = Vec::with_capacity(self.entries.len());
        let hinted = hints
            .into_iter()
            .filter_map(|hint| self.entries.iter().find(|e| e.fingerprint() == hint));
        for entry in hinted.chain(&self.entries) {
            if !order
                .iter()
                .any(|known| known.fingerprint() == entry.fingerprint())
            {
                order.push(entry);
            }
        }
        order
    }

    /// The proof of the key of this name over `message`, see [`Opener::witness`]; `None` if the key
    /// is not here.
    #[must_use]
    pub fn witness(&self, fingerprint: &Fingerprint, message: &[u8]) -> Option<[u8; 32]> {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.fingerprint() == fingerprint)?;
        Some(entry.opener.witness(message))
    }

    /// Whether the key of this name is here and made `proof` over `message`.
    #[must_use]
    pub fn vouches(&self, fingerprint: &Fingerprint, message: &[u8], proof: &[u8; 32]) -> bool {
        let made = self.witness(fingerprint, message);
        made.is_some_and(|made| made.ct_eq(proof).into())
    }

    /// Whether the private key of this name is here.
    #[must_use]
    pub fn contains(&self, fingerprint: &Fingerprint) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.fingerprint() == fingerprint)
    }

    /// All keys, newest first.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
