//! What Go renders and we refuse, with a word of why: `docs/reference/templates.md` lists it.

/// A template, and what our error says.
pub const REFUSED: [(&str, &str); 20] = [
    // Constants that no function takes.
    ("{{ 1+2i }}", "complex constants are not supported"),
    ("{{ 2i }}", "complex constants are not supported"),
    // What is never the same twice.
    (r#"{{ printf "%p" (list) }}"#, "%p is not supported"),
    (r#"{{ printf "%d" (list (semver "1.0.0")) }}"#, "address"),
    // What shows the inside of Go's own types.
    (
        r#"{{ printf "%d" (toDate "2006" "2020") }}"#,
        "%d of time.Time is not supported",
    ),
    (
        r#"{{ printf "%#v" (toDate "2006" "2020") }}"#,
        "%v of time.Time is not supported",
    ),
    (
        r#"{{ (toDate "2006" "2020").Location }}"#,
        "method Location of time.Time is not supported",
    ),
    (
        r#"{{ (toDate "2006" "2020").IsDST }}"#,
        "method IsDST of time.Time is not supported",
    ),
    (
        r#"{{ (semver "1.2.3").MarshalText }}"#,
        "method MarshalText of *semver.Version is not supported",
    ),
    (
        r#"{{ slice (regexSplit "," "a,b,c" -1) 0 4 }}"#,
        "out of bounds",
    ),
    // Regular expressions on what is no text, and such as would take much memory.
    (r#"{{ regexMatch "." .bin }}"#, "not UTF-8"),
    (r#"{{ regexReplaceAll "A" .bin "B" }}"#, "not UTF-8"),
    (
        r#"{{ mustRegexMatch "\\pL{500}" "x" }}"#,
        "the regular expression is too large",
    ),
    // Merging into what others may hold.
    (
        r#"{{ merge (dict "a" (split "," "x")) (dict "a" (split "," "y,z")) }}"#,
        "merging into a map[string]string is not supported",
    ),
    // The budget.
    (
        r#"{{ repeat 2000000 "x" }}"#,
        "more than 1048576 bytes of output",
    ),
    (
        r#"{{ repeat 70000000 "x" | len }}"#,
        "more than 67108864 bytes of values",
    ),
    (
        "{{ until 3000000 | len }}",
        "more than 67108864 bytes of values",
    ),
    ("{{ range 5000000 }}{{ end }}", "more than 4000000 steps"),
    (
        "{{ template \"u\" }}{{ define \"u\" }}{{ template \"u\" }}{{ end }}",
        "nested more than 100 deep",
    ),
    (
        "{{ $l := list }}{{ range 150 }}{{ $l = list $l }}{{ end }}{{ len $l }}",
        "nested more than 100 deep",
    ),
];
