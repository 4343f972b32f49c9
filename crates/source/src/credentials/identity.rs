//! The SSH private key of a Secret, as `ssh` takes it: without a password, its last line ended.

use ssh_key::{Kdf, LineEnding, PrivateKey};
use zeroize::Zeroizing;

use super::CredentialsError;

/// Rounds of bcrypt that a key may ask for, some seconds of work. `ssh-keygen` writes 16 or 24; the
/// file can ask for four thousand million, and whoever writes the Secret would own our processor.
pub(super) const MOST_ROUNDS: u32 = 256;

/// The private key without its password. One that has none is taken as it is.
pub(super) fn opened(
    identity: &Zeroizing<Vec<u8>>,
    password: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CredentialsError> {
    let unreadable = |_| CredentialsError::EncryptedIdentity;
    let key = PrivateKey::from_openssh(identity.trim_ascii()).map_err(unreadable)?;
    if !key.is_encrypted() {
        return Ok(with_final_newline(identity.clone()));
    }
    if let Kdf::Bcrypt { rounds, .. } = key.kdf()
        && *rounds > MOST_ROUNDS
    {
        return Err(CredentialsError::Rounds(*rounds));
    }
    let password = Zeroizing::new(password.trim_ascii_end().to_vec());
    let key = key
        .decrypt(password.as_slice())
        .map_err(|_| CredentialsError::WrongPassword)?;
    let text = key.to_openssh(LineEnding::LF).map_err(unreadable)?;
    Ok(Zeroizing::new(text.as_bytes().to_vec()))
}

/// `ssh` refuses a key file that does not end its last line; Secrets often lose that byte.
pub(super) fn with_final_newline(mut identity: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    if identity.last() == Some(&b'\n') {
        return identity;
    }
    let mut longer = Zeroizing::new(Vec::with_capacity(identity.len() + 1));
    longer.append(&mut identity);
    longer.push(b'\n');
    longer
}
