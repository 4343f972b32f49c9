//! Keys and certificates as files and Secrets hold them: a refusal, or a key that is written and
//! read back as the same. Whatever certificate is accepted, sealing for it ends with an item or an
//! error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_seal::format::bitnami::{PortableSealer, RsaSealer};
use signet_seal::{Certificate, PrivateKey, Sealer};

fuzz_target!(|data: &[u8]| {
    if let Ok(key) = PrivateKey::from_pem(data) {
        let again = PrivateKey::from_pem(key.to_pem_pkcs1().as_bytes());
        let again = again.expect("what was written is a key");
        assert_eq!(again.fingerprint(), key.fingerprint());
    }
    for read in [Certificate::from_pem(data), Certificate::from_der(data)] {
        if let Ok(certificate) = read {
            check(&certificate);
        }
    }
});

fn check(certificate: &Certificate) {
    let again = Certificate::from_pem(certificate.pem().as_bytes());
    let again = again.expect("what was written is a certificate");
    assert_eq!(again.fingerprint(), certificate.fingerprint());
    assert_eq!(again.pem(), certificate.pem());
    let portable = PortableSealer::new(certificate).map(|s| Box::new(s) as Box<dyn Sealer>);
    let native = RsaSealer::new(certificate).map(|s| Box::new(s) as Box<dyn Sealer>);
    // Whatever a browser seals for is a key to those who open. (It is the stricter one: aws-lc
    // does not look at the parameters of the algorithm.)
    assert!(portable.is_err() || native.is_ok(), "{certificate:?}");
    for sealer in [portable, native].into_iter().flatten() {
        assert_eq!(sealer.fingerprint(), certificate.fingerprint());
        let _ = sealer.seal(&mut signet_fuzz::rng(), b"label", b"value");
    }
}
