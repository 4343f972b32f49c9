//! A template of a SealedSecret: whoever writes one writes what he likes. It is rendered or refused
//! within its budget, twice to the same bytes, and no error repeats a value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rand_core::SeedableRng;
use signet_template::{Budget, Renderer};

/// Small, so that what spends it all is done with in a moment.
const BUDGET: Budget = Budget {
    text: 8 << 10,
    steps: 100_000,
    memory: 4 << 20,
    output: 64 << 10,
    nesting: 100,
    effort: 200,
};

/// What templates see. Nothing of it can be put together from a template or an error by chance.
const VALUES: [(&str, &[u8]); 4] = [
    ("user", b"qz7-user-jx"),
    ("password", b"wvk9#\"'<&\xff\n"),
    ("number", b"-48151623.42"),
    ("json", br#"{"zqkey":["xjv",108.25]}"#),
];

/// Parts of them by which an error would tell them.
const TELLING: [&str; 5] = ["qz7-user-jx", "wvk9", "48151623", "zqkey", "108.25"];

fuzz_target!(|text: &str| {
    let first = render(text);
    assert!(first == render(text), "once so and once so");
    match first {
        Ok(value) => assert!(value.len() as u64 <= BUDGET.output),
        Err(error) => {
            let written = |part: &&&str| !text.contains(**part);
            for part in TELLING.iter().filter(written) {
                assert!(!error.contains(part), "{part} in {error}");
            }
        }
    }
});

fn render(text: &str) -> Result<Vec<u8>, String> {
    let now = "2026-03-04T05:06:07Z".parse().ok();
    let renderer = Renderer::new(VALUES, now, BUDGET);
    let mut rng = rand_chacha::ChaCha20Rng::from_seed([5; 32]);
    let value = renderer.render("name", text, &mut rng);
    let value = value.map_err(|error| format!("{error} {error:?}"))?;
    Ok(value.to_vec())
}
