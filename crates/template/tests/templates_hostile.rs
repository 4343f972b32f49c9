//! Templates that loop, explode or pry: a budget stops them, on the stack that a thread has, and
//! nothing that goes wrong tells a value.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test may panic"
)]

mod support;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use signet_template::{Budget, Limit};
use support::soup::Soup;
use support::{context, render, render_within};

/// What the budget says of a template that goes beyond it.
fn limit(text: &str) -> Limit {
    let started = Instant::now();
    // A tenth of the steps that are allowed, for tests that are not slow themselves.
    let budget = Budget {
        steps: 400_000,
        ..Budget::default()
    };
    let ours = render_within(text, &context(), budget);
    let error = ours.map(|out| out.len()).expect_err(text);
    assert!(started.elapsed() < Duration::from_secs(5), "{text}");
    let said = error.to_string();
    assert!(
        said.starts_with("template: t:1"),
        "names key and line: {said}"
    );
    assert!(said.contains("the budget is spent: "), "{said}");
    error.limit().unwrap()
}

fn nested(open: &str, middle: &str, close: &str, times: usize) -> String {
    open.repeat(times) + middle + &close.repeat(times)
}

#[test]
fn what_is_too_long_is_not_made() {
    let budget = Budget::default();
    let (memory, output) = (Limit::Memory(budget.memory), Limit::Output(budget.output));
    for text in [
        r#"{{ repeat 1000000000 "x" }}"#,
        r#"{{ repeat 9223372036854775807 "xy" }}"#,
        r#"{{ printf "%999999d" 1 | repeat 100 | len }}"#,
        r#"{{ indent 1000000000 "x" }}"#,
        r#"{{ randAlphaNum 100000000 | len }}"#,
        r#"{{ randBytes 1000000000 | len }}"#,
        r#"{{ $x := "xxxxxxxx" }}{{ range until 40 }}{{ $x = print $x $x }}{{ end }}"#,
        r#"{{ $x := list 1 }}{{ range until 40 }}{{ $x = concat $x $x }}{{ end }}"#,
        r#"{{ replace "" (repeat 10000 "y") (repeat 10000 "x") | len }}"#,
        r#"{{ until 1000000000 | len }}"#,
        r#"{{ regexReplaceAll "" (repeat 4000 "x") (repeat 40000 "y") | len }}"#,
        r#"{{ $d := dict }}{{ range until 100000 }}{{ $_ := set $d (toString .) (repeat 1000 "x") }}{{ end }}"#,
    ] {
        let limit = limit(text);
        assert!(
            limit == memory || matches!(limit, Limit::Steps(_)),
            "{text}: {limit}"
        );
    }
    for text in [
        r#"{{ range until 2000 }}{{ repeat 1000 "x" }}{{ end }}"#,
        r#"{{ define "t" }}{{ range until 100 }}{{ repeat 20000 "x" }}{{ end }}{{ end }}{{ template "t" }}"#,
    ] {
        let text = text.replace(r#""t""#, r#""u""#);
        assert_eq!(limit(&text), output, "{text}");
    }
}

#[test]
fn what_takes_too_long_is_stopped() {
    for text in [
        "{{ range 9223372036854775807 }}{{ end }}",
        "{{ range until 3000 }}{{ range until 3000 }}{{ end }}{{ end }}",
        r#"{{ $l := until 4000 }}{{ uniq $l | len }}"#,
        r#"{{ $x := repeat 100000 "a" }}{{ range until 100000 }}{{ $y := contains "b" $x }}{{ end }}"#,
        r#"{{ regexMatch "(a*)*b" (repeat 900000 "a") }}{{ regexReplaceAll "a.*b|a" (repeat 100000 "a") "" | len }}"#,
        r#"{{ range until 100000 }}{{ $x := regexMatch "[ab]*a[ab]{900}" "ab" }}{{ end }}"#,
        r#"{{ semverCompare (repeat 500000 " ") "1.0.0" }}"#,
        r#"{{ addf 1e308 1e-308 }}{{ range until 100000 }}{{ $x := addf 1e308 1e-308 1e308 1e-308 }}{{ end }}"#,
        r#"{{ $a := list 1 1 }}{{ range until 40 }}{{ $a = list $a $a }}{{ end }}{{ toJson $a | len }}"#,
        r#"{{ $a := list 1 1 }}{{ range until 40 }}{{ $a = list $a $a }}{{ end }}{{ eq 1 (len (uniq (list $a (deepCopy $a)))) }}"#,
    ] {
        let limit = limit(text);
        assert!(
            matches!(limit, Limit::Steps(_) | Limit::Memory(_)),
            "{text}: {limit}"
        );
    }
}

#[test]
fn slow_cryptography_is_counted() {
    for text in [
        r#"{{ range until 1000 }}{{ bcrypt "x" }}{{ end }}"#,
        r#"{{ range until 1000 }}{{ htpasswd "x" "y" }}{{ end }}"#,
    ] {
        let budget = Budget {
            effort: 300,
            ..Budget::default()
        };
        let error = render_within(text, &context(), budget).expect_err(text);
        assert_eq!(error.limit(), Some(Limit::Effort(300)), "{error}");
    }
    let none = Budget {
        effort: 0,
        ..Budget::default()
    };
    for call in [
        r#"bcrypt "x""#,
        r#"derivePassword 1 "long" "p" "u" "s""#,
        r#"genPrivateKey "rsa""#,
        r#"genPrivateKey "ecdsa""#,
        r#"genCA "x" 1"#,
        r#"genSelfSignedCert "x" nil nil 1"#,
    ] {
        let error = render_within(&format!("{{{{ {call} }}}}"), &context(), none).expect_err(call);
        assert_eq!(error.limit(), Some(Limit::Effort(0)), "{call}: {error}");
    }
}

/// On a thread of 2 MiB, which is what tests and workers have.
#[test]
fn what_nests_too_deep_is_refused_before_the_stack_ends() {
    let deepest = Limit::Nesting(Budget::default().nesting);
    let else_if = "{{ if 0 }}".to_owned() + &"{{ else if 0 }}".repeat(5000) + "{{ end }}";
    let cases = [
        nested("{{ if true }}", "x", "{{ end }}", 5000),
        nested("{{ range list 1 }}", "x", "{{ end }}", 5000),
        nested("{{ with 1 }}", "x", "{{ end }}", 101),
        nested("{{ block \"b\" . }}", "x", "{{ end }}", 5000),
        format!("{{{{ {} }}}}", nested("(", "1", ")", 5000)),
        format!("{{{{ {} }}}}", nested("not (", "1", ")", 101)),
        else_if,
        r#"{{ define "u" }}{{ template "u" . }}{{ end }}{{ template "u" . }}"#.to_owned(),
        r#"{{ define "u" }}{{ range list 1 }}{{ if . }}{{ template "u" (print (print .)) }}{{ end }}{{ end }}{{ end }}{{ template "u" . }}"#.to_owned(),
        r#"{{ $l := list }}{{ range until 5000 }}{{ $l = list $l }}{{ end }}"#.to_owned(),
        format!(r#"{{{{ fromJson "{}" }}}}"#, nested("[", "", "]", 5000)),
        r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}"#.to_owned(),
        r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toJson $d }}"#.to_owned(),
        r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ deepCopy $d }}"#.to_owned(),
        r#"{{ $d := dict }}{{ $e := dict }}{{ $_ := set $d "d" $d }}{{ $_ := set $e "d" $e }}{{ deepEqual $d $e }}"#.to_owned(),
        r#"{{ $d := dict }}{{ $e := dict }}{{ $_ := set $d "d" $d }}{{ $_ := set $e "d" $e }}{{ merge $d $e }}"#.to_owned(),
        format!(r#"{{{{ regexMatch "{}" "x" }}}}"#, nested("(", "a", ")", 5000)),
    ];
    for text in cases {
        assert_eq!(limit(&text), deepest, "{text:.100}");
    }
}

#[test]
fn what_nests_as_deep_as_it_may_fits_the_stack() {
    // One level is the pipeline's own.
    for text in [
        nested("{{ if true }}", "x", "{{ end }}", 98),
        nested("{{ range list 1 }}", "x", "{{ end }}", 98),
        format!("{{{{ {} }}}}", nested("not (", "1", ")", 98)),
        "{{ if 0 }}".to_owned() + &"{{ else if 0 }}".repeat(97) + "{{ else }}x{{ end }}",
        r#"{{ $l := list }}{{ range until 95 }}{{ $l = list $l }}{{ end }}{{ toJson $l | len }}{{ len (print $l) }}{{ deepEqual $l (deepCopy $l) }}"#.to_owned(),
        format!(r#"{{{{ regexReplaceAll "{}" "aa" "x" }}}}"#, nested("(", "a", ")*", 98)),
        nested("{{ with dict \"a\" (dict \"b\" (list 1)) }}", "x", "{{ end }}", 95),
    ] {
        let ours = render(&text, &context());
        assert!(ours.is_ok(), "{text:.100}: {}", ours.unwrap_err());
    }
}

#[test]
fn maps_that_hold_each_other_are_let_go() {
    // A chain that would be too deep to free by recursion, and a circle that nothing frees.
    let text = r#"{{ $first := dict }}{{ $d := $first }}{{ range until 100000 }}{{ $e := dict }}{{ $_ := set $d "d" $e }}{{ $d = $e }}{{ end }}{{ $_ := set $d "d" $first }}{{ hasKey $first "d" }}"#;
    assert_eq!(render(text, &context()).unwrap(), b"true");
}

#[test]
fn an_error_tells_types_and_places_and_no_value() {
    let secret = "kq7-canary-3141592653589793";
    let values: BTreeMap<_, _> = [("s".to_owned(), secret.as_bytes().to_vec())].into();
    for text in [
        "{{ fail .s }}",
        r#"{{ fail (printf "no: %s" .s) }}"#,
        r#"{{ .s | fail }}"#,
        "{{ .s.x }}",
        "{{ range .s }}{{ end }}",
        "{{ call .s }}",
        "{{ .s | call }}",
        "{{ semver .s }}",
        "{{ semverCompare .s \"1.0.0\" }}",
        "{{ mustRegexMatch (print .s \"(\") \"x\" }}",
        "{{ regexFind (print \"[[:\" .s \":]]\") \"x\" }}",
        "{{ mustToDate \"2006\" .s }}",
        "{{ mustDateModify .s now }}",
        "{{ mustFromJson .s }}",
        "{{ template \"x\" .s }}",
        "{{ urlParse (print \"http://\" .s \" x/\") }}",
        "{{ urlParse (print \":\" .s) }}",
        "{{ index (dict .s 1) 1 }}",
        "{{ index (list 1) .s }}",
        "{{ eq .s 1 }}",
        "{{ lt .s 1 }}",
        "{{ genCAWithKey .s 1 .s }}",
        "{{ buildCustomCert (b64enc .s) (b64enc .s) }}",
        "{{ genSelfSignedCert .s (list .s) nil 1 }}",
        "{{ decryptAES .s .s }}",
        "{{ dig .s \"d\" (dict) (dict .s 1) }}",
        "{{ repeat -1 .s }}",
        "{{ substr 100 200 .s }}",
        "{{ printf \"%p\" (list .s) }}",
        "{{ urlJoin (dict \"scheme\" (list .s)) }}",
        "{{ first .s }}",
        "{{ chunk 0 (list .s .s) }}",
        "{{ keys .s }}",
        "{{ mustToJson (list .s (float64 \"nan\")) }}",
        "{{ (dict \"x\" .s).x.y }}",
        "{{ set nil .s .s }}",
        "{{ div 1 (int .s) }}",
        "{{ ternary .s .s .s }}",
        "{{ upper .s .s }}",
        "{{ repeat .s .s }}",
        "{{ (semver \"1.0.0\").SetPrerelease (print .s \"_\") }}",
        "{{ define \"u\" }}{{ template \"u\" .s }}{{ end }}{{ template \"u\" . }}",
    ] {
        let error = render(text, &values)
            .map(|_| ())
            .expect_err(text)
            .to_string();
        assert!(!error.contains("canary"), "{text}: {error}");
        assert!(!format!("{error:?}").contains("canary"), "{text}");
    }
    let error = render(
        r#"{{ if .s }}{{ fail "use sealed items" }}{{ end }}"#,
        &values,
    );
    let error = error.unwrap_err().to_string();
    assert!(
        error.ends_with("error calling fail: use sealed items"),
        "{error}"
    );
}

#[test]
fn functions_that_reach_out_do_not_exist() {
    for name in [
        "env",
        "expandenv",
        "getHostByName",
        "lookup",
        "include",
        "tpl",
        "readFile",
        "required",
    ] {
        let error = render(&format!("{{{{ {name} \"x\" }}}}"), &context()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("template: t:1: function {name:?} not defined")
        );
    }
}

/// Every function and method with numbers at the ends of their types: an answer or an error, and no
/// panic.
#[test]
fn extreme_numbers_break_nothing() {
    const EXTREMES: [&str; 8] = [
        "-9223372036854775808",
        "9223372036854775807",
        "-1",
        "0",
        "1",
        "4294967296",
        "-4294967297",
        "1e308",
    ];
    let budget = Budget {
        steps: 100_000,
        memory: 1_000_000,
        effort: 0,
        ..Budget::default()
    };
    let date = r#"(toDate "2006-01-02" "2024-02-29")"#;
    let argument = |kind: &str, extreme: &str| match kind {
        "int" | "uint32" if extreme == "1e308" => "7".to_owned(),
        "string" => format!("\"{extreme}\""),
        "bool" => "true".to_owned(),
        "time.Time" => date.to_owned(),
        "map" => format!("(dict \"a\" {extreme})"),
        "list" => format!("(list {extreme})"),
        _ => extreme.to_owned(),
    };
    let mut calls = Vec::new();
    for (_, name, signature) in signet_template::functions() {
        let signature = signature
            .replace("interface {}", "any")
            .replace("map[string]any", "map");
        for one in EXTREMES {
            for other in EXTREMES {
                let kinds = signature.split(' ').skip(1).enumerate();
                let arguments = kinds.map(|(index, kind)| {
                    let kind = kind.trim_start_matches("...");
                    argument(kind, if index % 2 == 0 { one } else { other })
                });
                let arguments: Vec<_> = arguments.collect();
                calls.push(format!("{name} {}", arguments.join(" ")));
                calls.push(format!("{name} {date} {one} {other}"));
                calls.push(format!("{name} (list {one} {other}) (list {other})"));
                calls.push(format!("{name} {one} (list 1 2 3)"));
            }
        }
    }
    for one in EXTREMES {
        for other in EXTREMES {
            calls.push(format!("{date}.AddDate {one} {other} {one}"));
            calls.push(format!(
                "{date}.AddDate {other} {one} {one} | date \"2006-01-02 002 Mon\""
            ));
            for method in ["Add", "Truncate", "Round"] {
                calls.push(format!("{date}.{method} {one}"));
                calls.push(format!("(({date}.Add {other}).Sub {date}).{method} {one}"));
            }
            calls.push(format!(
                "date \"2006-01-02 15:04:05 002 Monday\" (int64 \"{one}\")"
            ));
            calls.push(format!(
                "dateInZone \"2006 MST\" (int64 \"{one}\") \"Europe/Berlin\""
            ));
            calls.push(format!(
                "printf \"%*d %.*f %x %c %U %q\" {one} {other} {one} 1.5 {one} {other} {one} {one}"
            ));
        }
    }
    assert!(calls.len() > 40_000, "{}", calls.len());
    for call in calls {
        let _ = render_within(&format!("{{{{ {call} }}}}"), &context(), budget);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever a soup comes to, it comes to the same again, within the budget, and its errors tell
    /// nothing of what was handed in.
    #[test]
    fn soups_are_deterministic_bounded_and_discreet(seed: u8, skip in 0usize..64) {
        let mut soup = Soup::new(seed);
        (0..skip).for_each(|_| drop(soup.template()));
        let text = if skip % 2 == 0 { soup.template() } else { soup.special() };
        let mut values = context();
        values.insert("user".to_owned(), b"zebra-canary".to_vec());
        values.insert("uni".to_owned(), "zebra-canary \u{e9}".as_bytes().to_vec());
        let budget = Budget { output: 2_000, memory: 200_000, steps: 20_000, ..Budget::default() };
        let (one, other) = (render_within(&text, &values, budget), render_within(&text, &values, budget));
        prop_assert_eq!(&one, &other);
        match one {
            Ok(out) => prop_assert!(out.len() <= 2_000),
            Err(error) => prop_assert!(!error.to_string().contains("zebra"), "{}: {}", text, error),
        }
    }

    #[test]
    fn any_text_is_a_template_or_an_error(text in "(\\{\\{|\\}\\}|[-a-z.$ |()\"`'0-9:=,/*\\\\\n]|if |end|range |with |define |else|nil){0,40}") {
        let budget = Budget { steps: 20_000, effort: 0, ..Budget::default() };
        let _ = render_within(&text, &context(), budget);
    }
}
