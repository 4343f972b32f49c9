//! Private keys: drawn, read, written, and signing.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use rsa::pkcs1::EncodeRsaPrivateKey;
use zeroize::Zeroizing;

use super::der::{self, BITS, INTEGER, NULL, OCTETS, SEQUENCE, tlv};
use super::pem;
use crate::error::{Fault, Outcome};
use crate::functions::Arguments;
use crate::host::Host;
use crate::value::{Text, Value};

/// What an RSA key of 2,048 bits costs, and one of 4,096.
const RSA_2048: u64 = 300;
const RSA_4096: u64 = 3_000;

/// What a signature or a check of a key costs.
const SIGNATURE: u64 = 10;

/// A private key.
pub(super) enum Key {
    /// As PKCS#1 has it.
    Rsa(Zeroizing<Vec<u8>>),
    P256(SigningKey),
    Ed25519(Zeroizing<[u8; 32]>),
    /// One of another curve: it can be held, and not sign.
    OtherCurve,
}

/// `genPrivateKey`: its PEM, or a sentence where the peer returns one.
pub(super) fn generate(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let kind = arguments.text(0)?;
    let key = match &**kind {
        b"" | b"rsa" => Key::new_rsa(host, 4096)?,
        b"ecdsa" => Key::new_p256(host)?,
        b"ed25519" => {
            let mut seed = Zeroizing::new([0; 32]);
            seed.copy_from_slice(&host.random(32)?);
            Key::Ed25519(seed)
        }
        b"dsa" => return Err(Fault::from("keys of type dsa are not supported")),
        _ => {
            let mut out = host.buffer();
            out.extend(b"Unknown type ")?;
            out.extend(kind)?;
            return out.text().map(Value::Str);
        }
    };
    key.write(host).map(Value::Str)
}

impl Key {
    /// An RSA key whose primes come from the generator that was handed in.
    pub(super) fn new_rsa(host: &Host<'_>, bits: usize) -> Outcome<Self> {
        host.meter
            .effort(if bits > 2048 { RSA_4096 } else { RSA_2048 })?;
        let mut rng = host.rng.borrow_mut();
        let key = rsa::PrivateKey::new(&mut **rng, bits);
        let key = key.map_err(|_| "error generating rsa key")?;
        let der = key.to_pkcs1_der().map_err(|_| "error generating rsa key")?;
        Ok(Self::Rsa(Zeroizing::new(der.as_bytes().to_vec())))
    }

    fn new_p256(host: &Host<'_>) -> Outcome<Self> {
        host.meter.effort(SIGNATURE)?;
        // Nearly every number of 32 bytes is one below the order.
        for _ in 0..64 {
            let drawn = host.random(32)?;
            if let Ok(key) = SigningKey::from_slice(&drawn) {
                return Ok(Self::P256(key));
            }
        }
        Err(Fault::from("failed to generate private key"))
    }

    /// The key in a PEM text.
    pub(super) fn read(host: &Host<'_>, text: &[u8]) -> Outcome<Self> {
        host.meter.effort(SIGNATURE)?;
        let block = pem::read(host, text)?;
        let block = block.ok_or_else(|| Fault::from("no PEM data in input"))?;
        let key = match block.label.as_str() {
            "PRIVATE KEY" => Self::of_pkcs8(&block.der),
            "RSA PRIVATE KEY" => Self::of_pkcs1(&block.der),
            "EC PRIVATE KEY" => Self::of_sec1(&block.der, None),
            "DSA PRIVATE KEY" => return Err(Fault::from("keys of type DSA are not supported")),
            label if label.ends_with(" PRIVATE KEY") => {
                return Err(Fault::from("invalid private key type"));
            }
            _ => return Err(Fault::from("no private key data in PEM block")),
        };
        key.ok_or_else(|| {
            Fault::from("parsing private key from PEM: damaged, or of a kind that is not supported")
        })
    }

    fn of_pkcs1(der: &[u8]) -> Option<Self> {
        RsaKeyPair::from_der(der).ok()?;
        Some(Self::Rsa(Zeroizing::new(der.to_vec())))
    }

    /// `SEQUENCE { version, SEQUENCE { algorithm, parameters }, OCTET STRING }`
    fn of_pkcs8(der: &[u8]) -> Option<Self> {
        let (body, _) = der::expect(der, SEQUENCE)?;
        let (_, rest) = der::expect(body, INTEGER)?;
        let (algorithm, rest) = der::expect(rest, SEQUENCE)?;
        let (key, _) = der::expect(rest, OCTETS)?;
        if algorithm.starts_with(der::RSA) {
            return Self::of_pkcs1(key);
        }
        if let Some(curve) = algorithm.strip_prefix(der::EC) {
            return Self::of_sec1(key, Some(curve));
        }
        let seed = der::expect(key, OCTETS)
            .filter(|_| algorithm == der::ED25519)?
            .0;
        Some(Self::Ed25519(Zeroizing::new(seed.try_into().ok()?)))
    }

    /// `SEQUENCE { version, OCTET STRING, [0] curve, [1] public key }`
    fn of_sec1(der: &[u8], curve: Option<&[u8]>) -> Option<Self> {
        let (body, _) = der::expect(der, SEQUENCE)?;
        let (_, rest) = der::expect(body, INTEGER)?;
        let (scalar, rest) = der::expect(rest, OCTETS)?;
        let curve = curve.or_else(|| Some(der::expect(rest, 0xa0)?.0))?;
        let other: &'static EcdsaSigningAlgorithm = match curve {
            der::P256 => return SigningKey::from_slice(scalar).ok().map(Self::P256),
            der::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            der::P521 => &ECDSA_P521_SHA512_ASN1_SIGNING,
            _ => return None,
        };
        EcdsaKeyPair::from_private_key_der(other, der).ok()?;
        Some(Self::OtherCurve)
    }

    /// Its PEM, of the kind that Go gives such a key.
    pub(super) fn write(&self, host: &Host<'_>) -> Outcome<Text> {
        let version = |number: u8| [INTEGER, 1, number];
        match self {
            Self::Rsa(pkcs1) => pem::write(host, "RSA PRIVATE KEY", pkcs1),
            Self::P256(key) => {
                let scalar = Zeroizing::new(key.to_bytes());
                let public = tlv(BITS, &[&[0], &self.public()?]);
                let parts: [&[u8]; 4] = [
                    &version(1),
                    &tlv(OCTETS, &[scalar.as_slice()]),
                    &tlv(0xa0, &[der::P256]),
                    &tlv(0xa1, &[&public]),
                ];
                pem::write(host, "EC PRIVATE KEY", &tlv(SEQUENCE, &parts))
            }
            Self::Ed25519(seed) => {
                let inner = tlv(OCTETS, &[seed.as_slice()]);
                let parts: [&[u8]; 3] = [
                    &version(0),
                    &tlv(SEQUENCE, &[der::ED25519]),
                    &tlv(OCTETS, &[&inner]),
                ];
                pem::write(host, "PRIVATE KEY", &tlv(SEQUENCE, &parts))
            }
            Self::OtherCurve => Err(other_curve()),
        }
    }

    /// The public key, as certificates hold it between their bits.
    pub(super) fn public(&self) -> Outcome<Vec<u8>> {
        match self {
            Self::Rsa(pkcs1) => Ok(self::rsa(pkcs1)?.public_key().as_ref().to_vec()),
            Self::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                Ok(point.as_bytes().to_vec())
            }
            Self::Ed25519(seed) => Ok(ed25519(seed)?.public_key().as_ref().to_vec()),
            Self::OtherCurve => Err(other_curve()),
        }
    }

    /// `SubjectPublicKeyInfo`
    pub(super) fn public_info(&self) -> Outcome<Zeroizing<Vec<u8>>> {
        let algorithm = match self {
            Self::Rsa(_) => tlv(SEQUENCE, &[der::RSA, NULL]),
            Self::P256(_) => tlv(SEQUENCE, &[der::EC, der::P256]),
            Self::Ed25519(_) => tlv(SEQUENCE, &[der::ED25519]),
            Self::OtherCurve => return Err(other_curve()),
        };
        let bits = tlv(BITS, &[&[0], &self.public()?]);
        Ok(tlv(SEQUENCE, &[&algorithm, &bits]))
    }

    /// The algorithm of its signatures.
    pub(super) fn algorithm(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Rsa(_) => tlv(SEQUENCE, &[der::RSA_SHA256, NULL]),
            Self::Ed25519(_) => tlv(SEQUENCE, &[der::ED25519]),
            Self::P256(_) | Self::OtherCurve => tlv(SEQUENCE, &[der::ECDSA_SHA256]),
        }
    }

    /// Signs; the same message is given the same signature each time.
    pub(super) fn sign(&self, host: &Host<'_>, message: &[u8]) -> Outcome<Vec<u8>> {
        host.meter.effort(SIGNATURE)?;
        match self {
            Self::Rsa(pkcs1) => {
                let pair = self::rsa(pkcs1)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                let random = SystemRandom::new(); // PKCS#1 v1.5 has no use for it
                let signed = pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature);
                signed.map_err(|_| "error creating certificate")?;
                Ok(signature)
            }
            // RFC 6979: what others draw comes out of key and message here.
            Self::P256(key) => {
                let signature: Signature = key.sign(message);
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Self::Ed25519(seed) => Ok(ed25519(seed)?.sign(message).as_ref().to_vec()),
            Self::OtherCurve => Err(other_curve()),
        }
    }
}

fn rsa(pkcs1: &[u8]) -> Outcome<RsaKeyPair> {
    RsaKeyPair::from_der(pkcs1).map_err(|_| Fault::from("the RSA key is refused"))
}

fn ed25519(seed: &[u8; 32]) -> Outcome<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| Fault::from("the key is refused"))
}

fn other_curve() -> Fault {
    Fault::from("certificates with curves other than P-256 are not supported")
}
