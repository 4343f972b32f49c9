//! Command lines of kubeseal and what its library makes of them; each was tried on the real one.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{Flags, Stop, help, table};

fn parse_with(line: &str, variables: &[(&str, &str)]) -> Result<Flags, Stop> {
    let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Zeroizing::new((*value).to_owned())));
    Flags::parse(&arguments, &variables.collect::<BTreeMap<_, _>>())
}

fn parse(line: &str) -> Flags {
    match parse_with(line, &[]) {
        Ok(flags) => flags,
        Err(stop) => panic!("{line}: {stop:?}"),
    }
}

fn refused(line: &str) -> String {
    match parse_with(line, &[]) {
        Err(Stop::Bad(message)) => message,
        Err(Stop::Help) => panic!("{line}: help"),
        Ok(_) => panic!("{line}: taken"),
    }
}

#[test]
fn a_value_stands_behind_a_sign_or_in_the_next_word() {
    for line in [
        "--format yaml",
        "--format=yaml",
        "-o yaml",
        "-oyaml",
        "-o=yaml",
        "--format json -o yaml",
        "word --format yaml word",
    ] {
        assert_eq!(parse(line).text("format"), "yaml", "{line}");
    }
    assert_eq!(parse("-o=").text("format"), "=");
    assert_eq!(parse("--format=").text("format"), "");
    assert_eq!(parse("-fsecret.yaml").text("secret-file"), "secret.yaml");
    assert_eq!(parse("--name --raw").text("name"), "--raw");
    assert_eq!(parse("").text("format"), "json");
}

#[test]
fn a_switch_stands_alone_or_with_a_value_behind_a_sign() {
    for (line, on) in [
        ("--raw", true),
        ("--raw=1", true),
        ("--raw=T", true),
        ("--raw=false", false),
        ("--raw --raw=0", false),
        ("--raw false", true),
        ("", false),
    ] {
        assert_eq!(parse(line).is_on("raw"), on, "{line}");
    }
}

#[test]
fn nothing_behind_two_dashes_is_a_flag() {
    assert!(!parse("-- --raw").is_on("raw"));
    assert!(parse("- --raw").is_on("raw"));
}

#[test]
fn lists_grow_and_are_split_at_commas() {
    let flags = parse("--from-file a,b --from-file c --as-group x,y --as-group z");
    assert_eq!(flags.list("from-file"), ["a", "b", "c"]);
    assert_eq!(flags.list("as-group"), ["x,y", "z"]);
}

#[test]
fn variables_come_first_and_typed_flags_win_or_are_added() {
    let variables = [
        ("SEALED_SECRETS_FORMAT", "yaml"),
        ("SEALED_SECRETS_RAW", "true"),
        ("SEALED_SECRETS_FROM_FILE", "a"),
        ("SEALED_SECRETS_NAMESPACE", "ns/demo"),
        ("SEALED_SECRETS_SCOPE", "everywhere"),
        ("SEALED_SECRETS_V", "x"),
    ];
    let Ok(flags) = parse_with("-ojson --from-file b", &variables) else {
        panic!("refused")
    };
    assert_eq!(flags.text("format"), "json");
    assert!(flags.is_on("raw"));
    assert_eq!(flags.list("from-file"), ["a", "b"]);
    assert_eq!(flags.text("namespace"), "demo");
    assert_eq!(flags.text("scope"), "strict");
    assert!(!flags.is_given("scope"));
    assert_eq!(flags.notes().len(), 1, "{:?}", flags.notes());
    assert!(flags.notes()[0].starts_with("SEALED_SECRETS_SCOPE "));
}

#[test]
fn the_old_name_of_a_flag_is_the_same_flag() {
    let flags = parse("--rotate");
    assert!(flags.is_on("re-encrypt"));
    assert_eq!(flags.notes(), ["--rotate is the old name of --re-encrypt"]);
    assert!(!parse("--rotate --re-encrypt=false").is_on("re-encrypt"));
}

#[test]
fn flags_of_the_logging_library_are_taken_in_both_spellings() {
    parse(
        "--logtostderr --v=3 -v 4 -v5 --log_dir x --log-dir=y --stderrthreshold=INFO --vmodule=a=1 --log_file_max_size 7 --alsologtostderrthreshold=1 --log_backtrace_at=a.go:3",
    );
}

#[test]
fn what_is_wrong_is_said_in_the_words_of_the_library() {
    for (line, message) in [
        ("--xyz", "unknown flag: --xyz"),
        ("--xyz=1", "unknown flag: --xyz"),
        ("---x", "bad flag syntax: ---x"),
        ("--=x", "bad flag syntax: --=x"),
        ("-x", "unknown shorthand flag: 'x' in -x"),
        ("-xo", "unknown shorthand flag: 'x' in -xo"),
        ("--name", "flag needs an argument: --name"),
        ("-n", "flag needs an argument: 'n' in -n"),
        (
            "--scope wide",
            "invalid argument \"wide\" for \"--scope\" flag: must be one of: strict, namespace-wide, cluster-wide",
        ),
        (
            "--raw=maybe",
            "invalid argument \"maybe\" for \"--raw\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax",
        ),
        (
            "-vx",
            "invalid argument \"x\" for \"-v, --v\" flag: strconv.ParseInt: parsing \"x\": invalid syntax",
        ),
        ("--raw-file x", "unknown flag: --raw-file"),
        ("--allow_empty_data", "unknown flag: --allow_empty_data"),
    ] {
        assert_eq!(refused(line), message);
    }
    assert_eq!(parse_with("-h", &[]).err(), Some(Stop::Help));
    assert_eq!(parse_with("-oyaml -h", &[]).err(), Some(Stop::Help));
}

#[test]
fn the_table_is_sorted_and_help_shows_all_but_the_old_name() {
    assert!(table::FLAGS.windows(2).all(|two| two[0].name < two[1].name));
    let help = help();
    assert_eq!(help.lines().count(), table::FLAGS.len() - 1);
    assert!(help.contains("\n  -o, --format string "), "{help}");
    assert!(help.contains("(default \"json\")\n"), "{help}");
}
