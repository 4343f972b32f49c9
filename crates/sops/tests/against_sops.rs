//! Files that SOPS' own Go module encrypted, live, and what it decrypts.
//!
//! Ignored without Go: `SIGNET_GO_SOPS` names the program built from `tests/go-sops` (see
//! `support/go.rs`). With `SIGNET_WRITE_VECTORS` set, the vectors are written anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test may panic"
)]

#[path = "../../yaml/tests/support/strings.rs"]
mod strings;
mod support;

use serde_json::{Value, json};
use signet_sops::{Format, Options, decrypt};
use strings::AWKWARD;
use support::cases::CASES;
use support::{Who, as_kubernetes_reads, directory, go, identities};

fn ours(name: &str, file: &[u8], who: &[Who]) -> Vec<u8> {
    let plain = decrypt(
        file,
        Format::of_path(name),
        &identities(who),
        &Options::default(),
    );
    match plain {
        Ok(plain) => plain.expose().to_vec(),
        Err(error) => panic!("{name}: {error}\n{}", String::from_utf8_lossy(file)),
    }
}

fn together(who: &[Who]) -> String {
    who.iter().map(|who| who.text()).collect()
}

#[test]
#[ignore = "needs Go: SIGNET_GO_SOPS names the program built from tests/go-sops"]
fn every_case_opens_to_the_bytes_that_sops_gives() {
    let requests: Vec<Value> = CASES.iter().map(support::cases::Case::request).collect();
    let encrypted: Vec<Vec<u8>> = go::answers(&requests)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let decrypt = |(case, file): (&support::cases::Case, &Vec<u8>)| {
        go::decrypt(case.format(), file, &together(&case.opened_by()))
    };
    let requests: Vec<Value> = CASES.iter().zip(&encrypted).map(decrypt).collect();
    for ((case, file), plain) in CASES.iter().zip(&encrypted).zip(go::answers(&requests)) {
        let plain = plain.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        write_vector(case.name, file, &plain);
        let ours = ours(case.name, file, &case.opened_by());
        assert_eq!(
            String::from_utf8_lossy(&ours),
            String::from_utf8_lossy(&plain),
            "{}",
            case.name
        );
        assert_eq!(ours, plain, "{}", case.name);
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "whoever wants new vectors says so in the environment"
)]
fn write_vector(name: &str, file: &[u8], plain: &[u8]) {
    if std::env::var_os("SIGNET_WRITE_VECTORS").is_some() {
        std::fs::write(directory().join(name), file).unwrap();
        std::fs::write(directory().join(format!("{name}.plain")), plain).unwrap();
    }
}

/// Strings that readers of YAML take for something else, as values and as keys, in mappings and lists,
/// beside each other and on several lines.
#[test]
#[ignore = "needs Go: SIGNET_GO_SOPS names the program built from tests/go-sops"]
fn every_awkward_string_is_read_back_by_kubernetes() {
    let values: Vec<Value> = AWKWARD.iter().map(|text| arranged(text)).collect();
    let recipients = vec![vec![Who::X25519.recipient()]];
    let encrypt = |value: &Value| {
        go::encrypt(
            "yaml",
            signet_yaml::write(value).as_bytes(),
            &recipients,
            &[],
        )
    };
    let requests: Vec<Value> = values.iter().map(encrypt).collect();
    let (mut opened, mut exact) = (0, 0);
    let mut files = Vec::new();
    for (value, file) in values.iter().zip(go::answers(&requests)) {
        // Some SOPS refuses, such as a key that is no text.
        if let Ok(file) = file {
            files.push((value, file));
        }
    }
    let decrypt = |(_, file): &(&Value, Vec<u8>)| go::decrypt("yaml", file, &Who::X25519.text());
    let requests: Vec<Value> = files.iter().map(decrypt).collect();
    for ((value, file), plain) in files.iter().zip(go::answers(&requests)) {
        // A file that SOPS itself cannot open again is none that has to be opened.
        let Ok(plain) = plain else { continue };
        let ours = ours("a.yaml", file, &[Who::X25519]);
        assert_eq!(
            as_kubernetes_reads(&ours),
            [(*value).clone()],
            "{}",
            String::from_utf8_lossy(&ours)
        );
        opened += 1;
        exact += u32::from(ours == plain);
        if ours != plain {
            eprintln!(
                "{:?} is {:?}",
                String::from_utf8_lossy(&plain),
                String::from_utf8_lossy(&ours)
            );
        }
    }
    eprintln!("{exact} of {opened} to the byte");
    assert!(
        opened > 150 && exact > opened * 9 / 10,
        "{exact} of {opened}"
    );
}

/// A string in every place where it might be misread. Line breaks of YAML 1.1 are none to our reader, and
/// SOPS writes them as they are; encrypted, they come to no harm.
fn arranged(text: &str) -> Value {
    if text.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        return json!({"a": text, "b": [text]});
    }
    let inner = json!({"d": text, "e_unencrypted": text});
    json!({"a": text, "b": {"c": [text, [text], inner], text: 1}})
}

/// Asks SOPS to encrypt each file, and gives those that it took.
fn encrypted(files: &[String], options: &[(&str, &str)]) -> Vec<Vec<u8>> {
    let recipients = vec![vec![Who::X25519.recipient()]];
    let encrypt = |file: &String| go::encrypt("yaml", file.as_bytes(), &recipients, options);
    let requests: Vec<Value> = files.iter().map(encrypt).collect();
    go::answers(&requests)
        .into_iter()
        .filter_map(Result::ok)
        .collect()
}

/// Those of the files that SOPS decrypts, with what comes out.
fn decrypted(files: Vec<Vec<u8>>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let decrypt = |file: &Vec<u8>| go::decrypt("yaml", file, &Who::X25519.text());
    let requests: Vec<Value> = files.iter().map(decrypt).collect();
    let plain = go::answers(&requests);
    let pairs = files.into_iter().zip(plain);
    pairs
        .filter_map(|(file, plain)| Some((file, plain.ok()?)))
        .collect()
}

const RULES: [&[(&str, &str)]; 6] = [
    &[],
    &[("mac_only_encrypted", "true")],
    &[
        ("encrypted_regex", "^(data|a)$"),
        ("mac_only_encrypted", "true"),
    ],
    &[("unencrypted_regex", "^b")],
    &[("encrypted_comment_regex", "comment [0-4]")],
    &[("unencrypted_comment_regex", "comment [0-4]$")],
];

#[test]
#[ignore = "needs Go: SIGNET_GO_SOPS names the program built from tests/go-sops"]
fn random_files_open_to_what_sops_gives_comments_and_all() {
    let (mut opened, mut exact) = (0, 0);
    for (at, options) in RULES.iter().enumerate() {
        let from = 1_000 * at as u64;
        let files: Vec<String> = (from..from + 150).map(support::trees::file).collect();
        for (file, plain) in decrypted(encrypted(&files, options)) {
            let ours = ours("a.yaml", &file, &[Who::X25519]);
            let show = || String::from_utf8_lossy(&file).into_owned();
            assert_eq!(
                as_kubernetes_reads(&ours),
                as_kubernetes_reads(&plain),
                "{}",
                show()
            );
            opened += 1;
            exact += u32::from(ours == plain);
        }
    }
    eprintln!("{exact} of {opened} to the byte");
    assert!(opened > 500 && exact > opened / 2, "{exact} of {opened}");
}

/// What formatters and editors do to a file: none of it touches a value.
fn reformatted(file: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let text = std::str::from_utf8(file).unwrap();
    let lines = |change: &dyn Fn(&str) -> String| text.lines().map(change).collect::<String>();
    let quoted = |line: &str| match line.split_once(": ENC[") {
        Some((key, value)) if !value.contains('#') => format!("{key}: 'ENC[{value}'\n"),
        _ => format!("{line}\n"),
    };
    let folded = |line: &str| match line.split_once(": ENC[") {
        Some((key, value)) if !value.contains('#') && !key.contains("- ") => {
            let indent = key.len() - key.trim_start_matches(' ').len() + 2;
            format!("{key}: >-\n{}ENC[{value}\n", " ".repeat(indent))
        }
        _ => format!("{line}\n"),
    };
    vec![
        ("carriage returns", text.replace('\n', "\r\n").into_bytes()),
        ("in quotes", lines(&quoted).into_bytes()),
        ("folded", lines(&folded).into_bytes()),
        (
            "marked and without a last line break",
            format!("---\n# new\n\n{}", text.trim_end()).into_bytes(),
        ),
        (
            "as JSON",
            signet_yaml::read(file, &signet_yaml::Budget::default()).unwrap()[0]
                .to_json()
                .to_string()
                .into_bytes(),
        ),
    ]
}

#[test]
#[ignore = "needs Go: SIGNET_GO_SOPS names the program built from tests/go-sops"]
fn a_file_that_a_formatter_changed_opens_to_the_same_values() {
    let files: Vec<String> = (9_000..9_020).map(support::trees::file).collect();
    let cases = CASES
        .iter()
        .filter(|case| case.name.ends_with("secret.yaml"));
    let files: Vec<String> = files
        .into_iter()
        .chain(cases.map(|case| String::from_utf8(case.text.to_vec()).unwrap()))
        .filter(|file| !file.contains("---\n"))
        .collect();
    let mut tried = std::collections::BTreeMap::<_, u32>::new();
    for file in encrypted(&files, &[("unencrypted_regex", "^b")]) {
        let kinds = reformatted(&file);
        for (kind, changed) in kinds {
            // In JSON the order is another, and the MAC is over the order.
            for (changed, plain) in decrypted(vec![changed]) {
                let ours = ours("a.yaml", &changed, &[Who::X25519]);
                let show = || format!("{kind}:\n{}", String::from_utf8_lossy(&changed));
                assert_eq!(
                    as_kubernetes_reads(&ours),
                    as_kubernetes_reads(&plain),
                    "{}",
                    show()
                );
                *tried.entry(kind).or_default() += 1;
            }
        }
    }
    eprintln!("{tried:?}");
    assert!(
        tried.len() >= 5 && tried.values().all(|count| *count > 0),
        "{tried:?}"
    );
}

/// Flux writes the value of a Secret in the format that its key asks for.
#[test]
#[ignore = "needs Go: SIGNET_GO_SOPS names the program built from tests/go-sops"]
fn what_comes_in_one_format_is_written_in_another_as_sops_does_it() {
    let pairs = [
        ("types.yaml", "json", Format::Json),
        ("secret.yaml", "json", Format::Json),
        ("values.json", "yaml", Format::Yaml),
        ("values.env", "json", Format::Json),
        ("values.env", "yaml", Format::Yaml),
        ("bytes.bin", "json", Format::Json),
        ("text.txt", "yaml", Format::Yaml),
        ("empty.txt", "dotenv", Format::Dotenv),
        ("text.txt", "dotenv", Format::Dotenv),
        ("types.yaml", "dotenv", Format::Dotenv),
        ("values.json", "binary", Format::Binary),
    ];
    let who = [Who::X25519, Who::Hybrid];
    let request = |(name, to, _): &(&str, &str, Format)| {
        let file = support::encrypted(name);
        let mut request = go::decrypt(support::cases::format_of(name), &file, &together(&who));
        request["output"] = json!(to);
        request
    };
    let requests: Vec<Value> = pairs.iter().map(request).collect();
    for ((name, to, format), plain) in pairs.iter().zip(go::answers(&requests)) {
        let file = support::encrypted(name);
        let (from, identities) = (Format::of_path(name), identities(&who));
        let ours = signet_sops::decrypt_as(&file, from, *format, &identities, &Options::default());
        match (ours, plain) {
            (Ok(ours), Ok(plain)) if *format == Format::Yaml => {
                assert_eq!(
                    as_kubernetes_reads(ours.expose()),
                    as_kubernetes_reads(&plain),
                    "{name} as {to}"
                );
            }
            (Ok(ours), Ok(plain)) => assert_eq!(
                String::from_utf8_lossy(ours.expose()),
                String::from_utf8_lossy(&plain),
                "{name} as {to}"
            ),
            (Err(_), Err(_)) => {}
            (ours, plain) => panic!(
                "{name} as {to}: {:?}, and SOPS says {:?}",
                ours.err(),
                plain.err()
            ),
        }
    }
}

/// The other direction: a data key that our post-quantum recipient encrypted opens for age in Go.
#[test]
#[ignore = "needs Go: SIGNET_GO_SOPS names the program built from tests/go-sops"]
fn what_is_encrypted_here_for_a_hybrid_recipient_opens_there() {
    let file = support::encrypted("hybrid.yaml");
    let documents = signet_yaml::read(&file, &signet_yaml::Budget::default()).unwrap();
    let old = documents[0].at(&["sops", "age", "0", "enc"]).unwrap();
    let key = open_age(old.as_str().unwrap());
    let new = encrypt_age(&key, &Who::Hybrid.recipient());
    assert_ne!(Some(new.as_str()), old.as_str());
    let edit = signet_yaml::edit::set_scalar(&file, old, &new);
    let file = signet_yaml::edit::apply(&file, vec![edit]).unwrap();
    let request = go::decrypt("yaml", &file, &Who::Hybrid.text());
    assert_eq!(
        go::answers(&[request])[0],
        Ok(support::plain("hybrid.yaml"))
    );
}

fn open_age(armored: &str) -> Vec<u8> {
    let identities = identities(&[Who::Hybrid]);
    let armored = age::armor::ArmoredReader::new(armored.as_bytes());
    let file = age::Decryptor::new(armored).unwrap();
    let mut key = Vec::new();
    let mut stream = file.decrypt(std::iter::once(&identities as _)).unwrap();
    std::io::Read::read_to_end(&mut stream, &mut key).unwrap();
    key
}

fn encrypt_age(key: &[u8], recipient: &str) -> String {
    use rand_core::SeedableRng;
    let recipient: signet_sops::identity::hybrid::Recipient = recipient.parse().unwrap();
    let recipient = recipient.drawing(rand_chacha::ChaCha20Rng::seed_from_u64(2));
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _)).unwrap();
    let mut out = Vec::new();
    let armor = age::armor::ArmoredWriter::wrap_output(&mut out, age::armor::Format::AsciiArmor);
    let mut writer = encryptor.wrap_output(armor.unwrap()).unwrap();
    std::io::Write::write_all(&mut writer, key).unwrap();
    writer
        .finish()
        .and_then(age::armor::ArmoredWriter::finish)
        .unwrap();
    String::from_utf8(out).unwrap()
}
