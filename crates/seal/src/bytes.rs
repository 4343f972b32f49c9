//! Plaintext has a type, and the type is shy.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Plaintext or key material: wiped when dropped, and never shown by accident.
///
/// It cannot be printed, and so cannot reach a log, an error or a panic message:
/// ```compile_fail,E0277
/// println!("{:?}", signet_seal::SecretBytes::new(vec![1]));
/// ```
/// ```compile_fail,E0277
/// println!("{}", signet_seal::SecretBytes::new(vec![1]));
/// ```
/// It cannot be serialised, and so cannot reach a status or a file:
/// ```compile_fail,E0277
/// serde_json::to_string(&signet_seal::SecretBytes::new(vec![1]));
/// ```
/// It has no `==`, which would stop at the first byte that differs; [`SecretBytes::same`] does not:
/// ```compile_fail,E0369
/// let _ = signet_seal::SecretBytes::new(vec![1]) == signet_seal::SecretBytes::new(vec![1]);
/// ```
/// And it is not copied without saying so:
/// ```compile_fail,E0599
/// let _ = signet_seal::SecretBytes::new(vec![1]).clone();
/// ```
/// Whoever needs the value says so:
/// ```
/// assert_eq!(signet_seal::SecretBytes::new(vec![1, 2]).expose(), [1, 2]);
/// ```
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes the bytes over; this buffer is the one that will be wiped.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The value itself. Search for this word to find every place that sees plaintext.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Number of bytes; not a secret, a ciphertext shows it too.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the value is empty, which is a valid value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the value is `other`, in a time that depends on the lengths alone.
    #[must_use]
    pub fn same(&self, other: &[u8]) -> bool {
        self.0.as_slice().ct_eq(other).into()
    }
}

impl From<Zeroizing<Vec<u8>>> for SecretBytes {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}
