//! Does the time that opening takes tell why it failed (threat T23)? A measurement, in the manner of
//! dudect: every kind of item in random order, then Welch's t on the times.
//!
//! It is no part of the usual run, since a time that is asserted fails on a busy machine:
//! `cargo test --release --package signet-seal --test timing -- --ignored --nocapture`.
//! `docs/explanation/timing.md` holds what it printed, and says how to read it.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a failed step is a failed test; the table is the result

use std::hint::black_box;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use signet_seal::format::bitnami::RsaSealer;
use signet_seal::{Certificate, Opener as _, PrivateKey, Sealer as _};

const KEY: &[u8] = include_bytes!("../../../tests/vectors/sealed-secrets/rsa4096.key");
const CERTIFICATE: &[u8] = include_bytes!("../../../tests/vectors/sealed-secrets/rsa4096.crt");
/// Another key of the same size.
const OTHER: &[u8] = include_bytes!("../../../keys-example/tls.crt");

/// Opened times of each kind.
const ROUNDS: usize = 16_000;
/// Different items of each kind, so that no single one is measured.
const ITEMS: usize = 64;
/// A value of the length of a password.
const VALUE: &[u8] = b"0123456789abcdef0123456789abcdef";
const LABEL: &[u8] = b"namespace/name";
/// What the measurement must be able to see: the work of a few kilobytes more.
const MORE: Duration = Duration::from_micros(2);
/// Beyond this the means differ for a reason, by dudect's rule.
const THRESHOLD: f64 = 4.5;

/// A kind of item. What each of the others is compared with comes first.
struct Kind {
    name: &'static str,
    items: Vec<Vec<u8>>,
    label: &'static [u8],
    more: Duration,
    times: Vec<f64>,
}

fn kinds() -> Vec<Kind> {
    let ours = RsaSealer::new(&Certificate::from_pem(CERTIFICATE).unwrap()).unwrap();
    let other = RsaSealer::new(&Certificate::from_pem(OTHER).unwrap()).unwrap();
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let mut sealed = |sealer: &RsaSealer| -> Vec<Vec<u8>> {
        (0..ITEMS)
            .map(|_| sealer.seal(&mut rng, LABEL, VALUE).unwrap())
            .collect()
    };
    // The last byte of each part: the number stays below the modulus, which anybody may compare.
    let padding = |mut item: Vec<u8>| {
        item[2 + 512 - 1] ^= 1;
        item
    };
    let tag = |mut item: Vec<u8>| {
        *item.last_mut().unwrap() ^= 1;
        item
    };
    let mut broken = || sealed(&ours).into_iter().map(padding).collect::<Vec<_>>();
    let (first, again, slower) = (broken(), broken(), broken());
    let kind = |name, items| Kind {
        name,
        items,
        label: LABEL,
        more: Duration::ZERO,
        times: Vec::with_capacity(ROUNDS),
    };
    vec![
        kind("changed session key: wrong OAEP padding", first),
        kind("the same once more (control: no difference)", again),
        Kind {
            more: MORE,
            ..kind("the same and 2 µs of work (control: a difference)", slower)
        },
        Kind {
            label: b"namespace/other",
            ..kind("another name: wrong OAEP label", sealed(&ours))
        },
        kind("sealed for another key", sealed(&other)),
        kind(
            "changed value: wrong GCM tag",
            sealed(&ours).into_iter().map(tag).collect(),
        ),
        kind("opens", sealed(&ours)),
    ]
}

fn measure(key: &PrivateKey, kinds: &mut [Kind]) {
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    for round in 0..ROUNDS + ROUNDS / 20 {
        let mut order: Vec<usize> = (0..kinds.len()).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, rng.next_u32() as usize % (at + 1));
        }
        for index in order {
            let kind = &mut kinds[index];
            let item = &kind.items[rng.next_u32() as usize % ITEMS];
            let begin = Instant::now();
            drop(black_box(key.open(black_box(kind.label), black_box(item))));
            let spent = begin.elapsed();
            while kind.more > Duration::ZERO && begin.elapsed() < spent + kind.more {}
            let took = begin.elapsed();
            // The first rounds warm the caches.
            if round >= ROUNDS / 20 {
                kind.times.push(took.as_nanos() as f64);
            }
        }
    }
}

/// Welch's t of two samples.
fn welch(a: &[f64], b: &[f64]) -> f64 {
    let moments = |sample: &[f64]| {
        let count = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / count;
        let squares: f64 = sample.iter().map(|x| (x - mean).powi(2)).sum();
        (mean, squares / (count - 1.0) / count)
    };
    let ((mean_a, error_a), (mean_b, error_b)) = (moments(a), moments(b));
    (mean_a - mean_b) / (error_a + error_b).sqrt()
}

fn quantile(sample: &[f64], share: f64) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

/// Only what both have below the same bound: interruptions lengthen some runs a hundredfold.
fn below<'a>(a: &'a [f64], b: &'a [f64], share: f64) -> (Vec<f64>, Vec<f64>) {
    let bound = quantile(&[a, b].concat(), share);
    let cut = |sample: &[f64]| sample.iter().copied().filter(|x| *x <= bound).collect();
    (cut(a), cut(b))
}

#[test]
#[ignore = "takes minutes and wants an idle machine; see the head of this file"]
fn opening_takes_as_long_whatever_is_wrong() {
    let key = PrivateKey::from_pem(KEY).unwrap_or_else(|error| panic!("{error}"));
    let mut kinds = kinds();
    measure(&key, &mut kinds);
    let (base, others) = kinds.split_first().unwrap();
    let median = quantile(&base.times, 0.5);
    println!(
        "\n{ROUNDS} of each kind in random order; RSA 4096; t beyond ±{THRESHOLD} is a difference\n"
    );
    println!(
        "| Item | Median | Difference of medians | t, all | t, fastest 90 % | t, fastest half |"
    );
    println!("|---|---|---|---|---|---|");
    println!("| {} | {:.1} µs | | | | |", base.name, median / 1e3);
    let mut wrong = Vec::new();
    for kind in others {
        let own = quantile(&kind.times, 0.5);
        let t = [1.0, 0.9, 0.5].map(|share| {
            let (a, b) = below(&kind.times, &base.times, share);
            welch(&a, &b)
        });
        println!(
            "| {} | {:.1} µs | {:+.0} ns | {:+.1} | {:+.1} | {:+.1} |",
            kind.name,
            own / 1e3,
            own - median,
            t[0],
            t[1],
            t[2]
        );
        // Gross differences only: a step that is skipped costs far more than a hundredth.
        if (own - median).abs() > median / 100.0 {
            wrong.push(format!("{}: {own} ns, not {median}", kind.name));
        }
        let seen = t.iter().any(|t| t.abs() > THRESHOLD);
        if !seen && kind.more > Duration::ZERO {
            wrong.push(format!(
                "{MORE:?} more cannot be seen: the machine is too busy"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_statistics_see_a_difference_and_none_where_there_is_none() {
    let wave =
        |offset: f64| -> Vec<f64> { (0..1000).map(|i| f64::from(i % 17) + offset).collect() };
    assert!(welch(&wave(0.0), &wave(0.0)).abs() < 1e-9);
    assert!(welch(&wave(3.0), &wave(0.0)) > THRESHOLD);
    assert!(welch(&wave(0.0), &wave(3.0)) < -THRESHOLD);
    assert!((quantile(&wave(0.0), 0.5) - 8.0).abs() < 1e-9);
    let (low, high) = below(&wave(0.0), &wave(100.0), 0.5);
    assert_eq!((low.len(), high.len()), (1000, 0));
}
