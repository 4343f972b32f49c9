//! A secret from its parts: Shamir's scheme over GF(2⁸), as SOPS has it from HashiCorp Vault.
//!
//! ```text
//! part   = y₁ … yₙ ‖ x          one polynomial for each byte of the secret, all at the same x
//! secret = Σᵢ yᵢ · Πⱼ≠ᵢ xⱼ / (xⱼ − xᵢ)          its value at 0, by Lagrange
//! ```

use crate::plaintext::Secret;

/// The secret that these parts were made of; something else if they are too few or not of one secret.
/// `None` if they cannot be parts at all.
pub(crate) fn combine(parts: &[Secret]) -> Option<Secret> {
    let length = parts.first()?.len();
    if parts.len() < 2 || length < 2 || parts.iter().any(|part| part.len() != length) {
        return None;
    }
    let places: Vec<u8> = parts.iter().map(|part| part[length - 1]).collect();
    let alike = |at: usize| places[..at].contains(&places[at]);
    if places.contains(&0) || (0..places.len()).any(alike) {
        return None;
    }
    let mut secret = Secret::new(vec![0; length - 1]);
    for (at, part) in parts.iter().enumerate() {
        let weight = weight(&places, at);
        for (byte, y) in secret.iter_mut().zip(part.iter()) {
            *byte ^= multiply(*y, weight);
        }
    }
    Some(secret)
}

/// What the part at this position counts for.
fn weight(places: &[u8], at: usize) -> u8 {
    let others = places.iter().enumerate().filter(|(other, _)| *other != at);
    others.fold(1, |weight, (_, x)| {
        multiply(weight, multiply(*x, inverse(x ^ places[at])))
    })
}

/// Product modulo x⁸ + x⁴ + x³ + x + 1, in a time that does not depend on the factors.
fn multiply(a: u8, b: u8) -> u8 {
    (0..8).rev().fold(0, |product: u8, bit| {
        let doubled = (product << 1) ^ ((product >> 7).wrapping_neg() & 0x1b);
        doubled ^ (((b >> bit) & 1).wrapping_neg() & a)
    })
}

/// a²⁵⁴, which is 1/a for all but zero.
fn inverse(a: u8) -> u8 {
    let mut power = a;
    for _ in 0..6 {
        power = multiply(multiply(power, power), a);
    }
    multiply(power, power)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    fn part(bytes: &[u8]) -> Secret {
        Secret::new(bytes.to_vec())
    }

    #[test]
    fn every_number_but_zero_has_an_inverse() {
        assert!((1..=255).all(|a| multiply(a, inverse(a)) == 1));
        assert_eq!(multiply(0x57, 0x83), 0xc1, "the example of FIPS 197");
    }

    #[test]
    fn a_line_through_two_points_meets_zero_at_the_secret() {
        // p(x) = 42 + 7x, at 1, 2 and 9.
        let at = |x: u8| part(&[42 ^ multiply(7, x), x]);
        for pair in [[at(1), at(2)], [at(9), at(1)], [at(2), at(9)]] {
            assert_eq!(*combine(&pair).unwrap(), [42]);
        }
        assert_eq!(*combine(&[at(1), at(2), at(9)]).unwrap(), [42]);
    }

    #[test]
    fn what_cannot_be_parts_is_refused() {
        assert!(combine(&[]).is_none());
        assert!(combine(&[part(&[1, 2])]).is_none());
        assert!(combine(&[part(&[1]), part(&[2])]).is_none());
        assert!(combine(&[part(&[1, 2]), part(&[1, 2, 3])]).is_none());
        assert!(combine(&[part(&[1, 2]), part(&[5, 2])]).is_none());
        assert!(combine(&[part(&[1, 0]), part(&[5, 2])]).is_none());
    }
}
