//! sprig's cryptography. Hashing, ciphers and signatures are aws-lc's, as everywhere in Signet; what
//! it cannot do from a given seed is done by the RustCrypto crates: drawing the primes of an RSA key
//! and signing with P-256.

mod aes;
mod certificates;
mod der;
mod hashes;
mod keys;
mod passwords;
mod pem;

use super::{Function, Type};

use Type::{Certificate, Int, List, Text, Uint32};

pub(super) const ALL: &[Function] = &[
    Function::new("adler32sum", &[Text], hashes::adler32),
    Function::new("bcrypt", &[Text], passwords::bcrypt),
    Function::new("buildCustomCert", &[Text, Text], certificates::build_custom),
    Function::new("decryptAES", &[Text, Text], aes::decrypt),
    Function::new(
        "derivePassword",
        &[Uint32, Text, Text, Text, Text],
        passwords::derive,
    ),
    Function::new("encryptAES", &[Text, Text], aes::encrypt),
    Function::new("genCA", &[Text, Int], certificates::authority),
    Function::new("genCAWithKey", &[Text, Int, Text], certificates::authority),
    Function::new("genPrivateKey", &[Text], keys::generate),
    Function::new(
        "genSelfSignedCert",
        &[Text, List, List, Int],
        certificates::self_signed,
    ),
    Function::new(
        "genSelfSignedCertWithKey",
        &[Text, List, List, Int, Text],
        certificates::self_signed,
    ),
    Function::new(
        "genSignedCert",
        &[Text, List, List, Int, Certificate],
        certificates::signed,
    ),
    Function::new(
        "genSignedCertWithKey",
        &[Text, List, List, Int, Certificate, Text],
        certificates::signed,
    ),
    Function::new("htpasswd", &[Text, Text], passwords::htpasswd),
    Function::new("sha1sum", &[Text], hashes::sha1),
    Function::new("sha256sum", &[Text], hashes::sha256),
    Function::new("sha512sum", &[Text], hashes::sha512),
];
