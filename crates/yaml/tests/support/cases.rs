//! The table of cases: a source, and what Kubernetes makes of it.
//!
//! `reading.rs` holds our reader to the table; `against_go.rs` holds the table to Go.

/// What a source reads as.
pub enum Expect {
    /// These documents, as one JSON array; Go says the same.
    Json(&'static str),
    /// We refuse with this message, and Go refuses too.
    Refused(&'static str),
    /// We refuse with this message; Go does not, and the reason is given why we do.
    RefusedByUs(&'static str, &'static str),
    /// We read this; Go refuses or reads something else, and the reason is given.
    OursAlone(&'static str, &'static str),
}

use Expect::{Json, OursAlone, Refused, RefusedByUs};

/// Every case.
pub const CASES: &[(&str, Expect)] = &[
    // - words
    (
        "[y, Y, yes, Yes, YES, true, True, TRUE, on, On, ON]",
        Json("[[true,true,true,true,true,true,true,true,true,true,true]]"),
    ),
    (
        "[n, N, no, No, NO, false, False, FALSE, off, Off, OFF]",
        Json("[[false,false,false,false,false,false,false,false,false,false,false]]"),
    ),
    (
        "[yEs, nO, tRUE, oN, Nn, t, f]",
        Json(r#"[["yEs","nO","tRUE","oN","Nn","t","f"]]"#),
    ),
    (
        "[~, null, Null, NULL, nULL, nil, none]",
        Json(r#"[[null,null,null,null,"nULL","nil","none"]]"#),
    ),
    (
        "a:\nb: ''\nc: \"\"\n",
        Json(r#"[{"a":null,"b":"","c":""}]"#),
    ),
    (
        "['yes', \"on\", '12', \"0644\"]",
        Json(r#"[["yes","on","12","0644"]]"#),
    ),
    // - numbers
    (
        "[0777, 0644, -0777, +0644, 08, 09.5, 00, 0]",
        Json("[[511,420,-511,420,8,9.5,0,0]]"),
    ),
    (
        "[0o777, 0O17, 0x1F, 0X1f, 0b101, 0B1, -0x10, -0b11, +0b11]",
        Json("[[511,15,31,31,5,1,-16,-3,3]]"),
    ),
    (
        "[1_000, 1__0, 1_, 0x_f, 0b_1, 0777_, _1, 1_0.5, 1e1_0]",
        Json(r#"[[1000,10,1,15,1,511,"_1",10.5,10000000000]]"#),
    ),
    (
        "[1e3, 1E3, 6.0, 1000.0, 1e+3, 12e03, 1e-2]",
        Json("[[1000,1000,6,1000,1000,12000,0.01]]"),
    ),
    (
        "[1e400, 123e4567, -1e999, 1e-400]",
        Json(r#"[["1e400","123e4567","-1e999",0]]"#),
    ),
    (
        "[.5, -.5, +.5, 5., .5e1, ., .., .e1, 1.2.3, ._5, .5_0]",
        Json(r#"[[0.5,-0.5,0.5,5,5,".","..",".e1","1.2.3","._5",0.5]]"#),
    ),
    (
        "[9223372036854775807, 9223372036854775808, 18446744073709551615, -9223372036854775808]",
        Json(
            "[[9223372036854775807,9223372036854775808,18446744073709551615,-9223372036854775808]]",
        ),
    ),
    (
        "[12345678901234567890, 18446744073709551616, 123456789012345678901234567890, -9223372036854775809]",
        Json(
            "[[12345678901234567890,18446744073709551616.0,1.2345678901234568e29,-9223372036854775809.0]]",
        ),
    ),
    (
        "[+9223372036854775808, 0xffffffffffffffff, 0xfffffffffffffffff, 0777777777777777777777777]",
        Json(
            "[[9223372036854776000,18446744073709551615,\"0xfffffffffffffffff\",7.777777777777778e23]]",
        ),
    ),
    (
        "[0b-1, 0b+1, -0b-1, 0b, 0x, 0o, 0b2, 0o8, 0xg, 0b1.5]",
        Json(r#"[[-1,1,"-0b-1","0b","0x","0o","0b2","0o8","0xg","0b1.5"]]"#),
    ),
    (
        "[1e20, 1e21, 1.5e300, 123456789.125, 1e-7, 0.000001]",
        Json("[[100000000000000000000.0,1e21,1.5e300,123456789.125,1e-7,0.000001]]"),
    ),
    (
        "[1.0e18, 1234567890123456789.0, 9007199254740993.0]",
        Json("[[1000000000000000000,1234567890123456800,9007199254740992]]"),
    ),
    (
        "[+, -1-, +-1, --1, 1+1, 1.e, 1e, 1e+, 0x1p3, 1 2, 1f, Infinity, NaN, inf]",
        Json(
            r#"[["+","-1-","+-1","--1","1+1","1.e","1e","1e+","0x1p3","1 2","1f","Infinity","NaN","inf"]]"#,
        ),
    ),
    (
        "[12:30, 1:20:30, 2001-01-01, 2001-12-14t21:59:43.10Z, 10.0.0.1, 1.2.3-rc1]",
        Json(
            r#"[["12:30","1:20:30","2001-01-01","2001-12-14t21:59:43.10Z","10.0.0.1","1.2.3-rc1"]]"#,
        ),
    ),
    (
        "a: .inf",
        Refused(
            "line 1, column 4: infinity and NaN do not exist in Kubernetes objects; quote the value if a string is meant",
        ),
    ),
    (
        "a: -.INF",
        Refused(
            "line 1, column 4: infinity and NaN do not exist in Kubernetes objects; quote the value if a string is meant",
        ),
    ),
    (
        "a: .NaN",
        Refused(
            "line 1, column 4: infinity and NaN do not exist in Kubernetes objects; quote the value if a string is meant",
        ),
    ),
    (
        "[.iNF, .nAN, inf, -inf]",
        Json(r#"[[".iNF",".nAN","inf","-inf"]]"#),
    ),
    // - keys
    ("on: 1", Json(r#"[{"true":1}]"#)),
    ("y: 1\nno: 2", Json(r#"[{"true":1,"false":2}]"#)),
    ("'on': 1\n\"y\": 2", Json(r#"[{"on":1,"y":2}]"#)),
    (
        "0644: 1\n0x10: 2\n-1_0: 3",
        Json(r#"[{"420":1,"16":2,"-10":3}]"#),
    ),
    (
        "1.5: 1\n1e3: 2\n1e6: 3\n123456789.0: 4\n0.1234567891: 5\n1e-5: 6\n0.0001: 7\n1e300: 8\n16777217.0: 9",
        Json(
            r#"[{"1.5":1,"1000":2,"1e+06":3,"1.2345679e+08":4,"0.12345679":5,"1e-05":6,"0.0001":7,".inf":8,"1.6777216e+07":9}]"#,
        ),
    ),
    (
        ".inf: 1\n-.Inf: 2\n.nan: 3",
        Json(r#"[{".inf":1,"-.inf":2,".nan":3}]"#),
    ),
    ("2001-01-01: 1", Json(r#"[{"2001-01-01":1}]"#)),
    ("!!binary aGk=: 1", Json(r#"[{"hi":1}]"#)),
    (
        "~: 1",
        Refused("line 1, column 1: a key must be a string, a number or a boolean, not null"),
    ),
    (
        ": 1",
        Refused("line 1, column 1: a key must be a string, a number or a boolean, not null"),
    ),
    (
        "{null: 1}",
        Refused("line 1, column 2: a key must be a string, a number or a boolean, not null"),
    ),
    (
        "18446744073709551615: 1",
        Refused(
            "line 1, column 1: a key must be a string, a number or a boolean, not an integer beyond 63 bits",
        ),
    ),
    (
        "? [a]\n: 1",
        Refused(
            "line 1, column 3: a key must be a string, a number or a boolean, not a collection",
        ),
    ),
    (
        "{a: 1}: 2",
        Refused(
            "line 1, column 1: a key must be a string, a number or a boolean, not a collection",
        ),
    ),
    ("? a\n: 1\n? b\n", Json(r#"[{"a":1,"b":null}]"#)),
    ("{a, b: 1, \"c\":2}", Json(r#"[{"a":null,"b":1,"c":2}]"#)),
    ("&k key: 1\nother: *k", Json(r#"[{"key":1,"other":"key"}]"#)),
    ("&k yes: 1\nother: *k", Json(r#"[{"true":1,"other":true}]"#)),
    ("a: &k name\n*k : 2", Json(r#"[{"a":"name","name":2}]"#)),
    // - a key twice
    (
        "a: 1\nb: 2\na: 3",
        RefusedByUs(
            "line 3, column 1: the key \"a\" is given twice in one mapping, first on line 1; remove one of them",
            "Go keeps the last",
        ),
    ),
    (
        "x: {yes: 1, on: 2}",
        RefusedByUs(
            "line 1, column 13: the key \"true\" is given twice in one mapping, first on line 1; remove one of them",
            "Go keeps the last",
        ),
    ),
    (
        "1: a\n'1': b",
        RefusedByUs(
            "line 2, column 1: the key \"1\" is given twice in one mapping, first on line 1; remove one of them",
            "Go keeps either, by chance",
        ),
    ),
    (
        "{a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 10, k: 11, l: 12, m: 13,\n c: 14, a: 15}",
        RefusedByUs(
            "line 2, column 2: the key \"c\" is given twice in one mapping, first on line 1; remove one of them",
            "Go keeps the last",
        ),
    ),
    // - merge keys
    (
        "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  x: 3",
        Json(r#"[{"a":{"x":1,"true":2},"b":{"x":3,"true":2}}]"#),
    ),
    (
        "a: &a {x: 1, z: 2}\nb:\n  x: 3\n  <<: *a",
        Json(r#"[{"a":{"x":1,"z":2},"b":{"x":1,"z":2}}]"#),
    ),
    (
        "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc: {<<: [*a, *b]}",
        Json(r#"[{"a":{"x":1},"b":{"x":2,"z":3},"c":{"x":1,"z":3}}]"#),
    ),
    (
        "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc: {<<: *a, <<: *b, w: 4}",
        Json(r#"[{"a":{"x":1},"b":{"x":2,"z":3},"c":{"x":2,"z":3,"w":4}}]"#),
    ),
    ("c: {<<: {x: 1}, z: 2}", Json(r#"[{"c":{"x":1,"z":2}}]"#)),
    (
        "c: {<<: [{x: 1}, {x: 2, z: 3}]}",
        Json(r#"[{"c":{"x":1,"z":3}}]"#),
    ),
    ("c: {'<<': {x: 1}}", Json(r#"[{"c":{"<<":{"x":1}}}]"#)),
    ("c: {!!merge <<: {x: 1}}", Json(r#"[{"c":{"x":1}}]"#)),
    ("a: <<", Json(r#"[{"a":"<<"}]"#)),
    (
        "<<: 1",
        Refused(
            "line 1, column 5: a merge key (<<) takes a mapping, an alias of one, or a list of these",
        ),
    ),
    (
        "<<:",
        Refused(
            "line 1, column 4: a merge key (<<) takes a mapping, an alias of one, or a list of these",
        ),
    ),
    (
        "<<: [1]",
        Refused(
            "line 1, column 5: a merge key (<<) takes a mapping, an alias of one, or a list of these",
        ),
    ),
    (
        "a: &a [{x: 1}]\n<<: *a",
        Refused(
            "line 2, column 5: a merge key (<<) takes a mapping, an alias of one, or a list of these",
        ),
    ),
    (
        "a: &a {x: 1}\nb: &b\n  <<: *a\n  z: 2\nc: {<<: *b}",
        Json(r#"[{"a":{"x":1},"b":{"x":1,"z":2},"c":{"x":1,"z":2}}]"#),
    ),
    // - anchors and aliases
    (
        "a: &x [1, {b: c}]\nd: *x",
        Json(r#"[{"a":[1,{"b":"c"}],"d":[1,{"b":"c"}]}]"#),
    ),
    (
        "a: &x 1\nb: *x\nc: &x 2\nd: *x",
        Json(r#"[{"a":1,"b":1,"c":2,"d":2}]"#),
    ),
    (
        "a: *x",
        Refused(
            "line 1, column 4: this alias has no anchor before it; if the value is a string that starts with '*', quote it",
        ),
    ),
    (
        "a: &x 1\n---\nb: *x",
        Refused(
            "line 3, column 4: this alias has no anchor before it; if the value is a string that starts with '*', quote it",
        ),
    ),
    (
        "a: &x [*x]",
        Refused("line 1, column 8: this alias stands inside the value that its anchor names"),
    ),
    ("a: &x\nb: *x", Json(r#"[{"a":null,"b":null}]"#)),
    // - tags
    (
        "a: !!str 12\nb: !!str yes\nc: !!str\nd: !!str ~",
        Json(r#"[{"a":"12","b":"yes","c":"","d":"~"}]"#),
    ),
    (
        "a: !!int '12'\nb: !!bool 'yes'\nc: !!float 1\nd: !!float '1.5'\ne: !!null ''",
        Json(r#"[{"a":12,"b":true,"c":1,"d":1.5,"e":null}]"#),
    ),
    (
        "a: !!int red",
        Refused("line 1, column 10: the value does not fit its tag !!int"),
    ),
    (
        "a: !!int 1.5",
        Refused("line 1, column 10: the value does not fit its tag !!int"),
    ),
    (
        "a: !!bool 1",
        Refused("line 1, column 11: the value does not fit its tag !!bool"),
    ),
    (
        "a: !!null x",
        Refused("line 1, column 11: the value does not fit its tag !!null"),
    ),
    (
        "a: !!float x",
        Refused("line 1, column 12: the value does not fit its tag !!float"),
    ),
    (
        "a: !!float 18446744073709551615",
        Refused("line 1, column 12: the value does not fit its tag !!float"),
    ),
    (
        "a: !!timestamp 2001-01-01\nb: !!timestamp '2001-1-1'",
        Json(r#"[{"a":"2001-01-01","b":"2001-1-1"}]"#),
    ),
    (
        "a: !!timestamp soon",
        Refused("line 1, column 16: the value does not fit its tag !!timestamp"),
    ),
    (
        "a: !!binary aGVsbG8=\nb: !!binary |\n  aGVs\n  bG8=\nc: !!binary gIH/",
        Json("[{\"a\":\"hello\",\"b\":\"hello\",\"c\":\"\u{fffd}\u{fffd}\u{fffd}\"}]"),
    ),
    (
        "a: !!binary /9==\nb: !!binary ''",
        Json("[{\"a\":\"\u{fffd}\",\"b\":\"\"}]"),
    ),
    (
        "a: !!binary not base64",
        Refused("line 1, column 13: the value does not fit its tag !!binary"),
    ),
    (
        "a: !Ref foo\nb: !Sub 12\nc: !Seq [1]\nd: !Map {x: 1}\ne: !!set {x}",
        Json(r#"[{"a":"foo","b":"12","c":[1],"d":{"x":1},"e":{"x":null}}]"#),
    ),
    (
        "a: ! 12\nb: ! '12'\nc: ! \"yes\"",
        Json(r#"[{"a":"12","b":"12","c":"yes"}]"#),
    ),
    (
        "a: !<tag:yaml.org,2002:int> '3'\nb: !<x> '3'",
        Json(r#"[{"a":3,"b":"3"}]"#),
    ),
    (
        "%TAG !e! tag:example.com,2000:\n---\na: !e!x 3",
        OursAlone(
            r##"[{"a":"3"}]"##,
            "valid YAML; kubectl cuts the directive off from its document and then stumbles",
        ),
    ),
    // - scalars of many lines
    (
        "a: |\n  x\n  y\n\nb: >\n  x\n  y\n\n  z\n",
        Json(r#"[{"a":"x\ny\n","b":"x y\nz\n"}]"#),
    ),
    (
        "a: |-\n  x\nb: |+\n  x\n\nc: >-\n  x\n  y\n",
        Json(r#"[{"a":"x","b":"x\n\n","c":"x y"}]"#),
    ),
    ("a: |\n  x", Json(r#"[{"a":"x"}]"#)),
    ("a: >\n  x\n  y", Json(r#"[{"a":"x y"}]"#)),
    ("a: |+\n  x", Json(r#"[{"a":"x"}]"#)),
    ("a: |\n  x\n  ", Json(r#"[{"a":"x\n"}]"#)),
    ("a: |2\n   x\n  y\n", Json(r#"[{"a":" x\ny\n"}]"#)),
    (
        "a: |\n  x # no comment\n# comment\nb: 1",
        Json(r#"[{"a":"x # no comment\n","b":1}]"#),
    ),
    ("a: |\nb: 1", Json(r#"[{"a":"","b":1}]"#)),
    ("a: |\n\n  x\n", Json(r#"[{"a":"\nx\n"}]"#)),
    (
        "a: >\n  x\n    more\n  y\n",
        Json(r#"[{"a":"x\n  more\ny\n"}]"#),
    ),
    ("a: x\n  y\n\n  z\n", Json(r#"[{"a":"x y\nz"}]"#)),
    (
        "a: 'x\n  y'\nb: \"x\\\n  y\\tz\"\n",
        Json(r#"[{"a":"x y","b":"xy\tz"}]"#),
    ),
    (
        "a: 'it''s'\nb: \"\\x41\\u00e9\\U0001F642\\e\\0\\N\\_\"",
        Json("[{\"a\":\"it's\",\"b\":\"Aé🙂\\u001b\\u0000\\u0085\\u00a0\"}]"),
    ),
    ("{! <<: {x: 1}}", Json(r#"[{"x":1}]"#)),
    (
        "a: \"\\/\"",
        OursAlone(
            r#"[{"a":"/"}]"#,
            "JSON may write a slash so; Go's YAML reader refuses, kubectl's JSON reader does not",
        ),
    ),
    (
        "a: \"\\ud83d\\ude42\"",
        OursAlone(
            r#"[{"a":"🙂"}]"#,
            "JSON writes characters beyond 16 bits so; Go's YAML reader refuses, kubectl's JSON reader does not",
        ),
    ),
    (
        "a: x#y\nb: x #y\nc: http://x:80/\nd: a:b",
        Json(r#"[{"a":"x#y","b":"x","c":"http://x:80/","d":"a:b"}]"#),
    ),
    // - line breaks, marks, documents
    (
        "a: 1\r\nb: |\r\n  x\r\n  y\r\nc: 'p\r\n  q'\r\n",
        Json(r#"[{"a":1,"b":"x\ny\n","c":"p q"}]"#),
    ),
    ("\u{feff}a: 1\n", Json(r#"[{"a":1}]"#)),
    ("\u{feff}# comment\n---\na: 1\n", Json(r#"[{"a":1}]"#)),
    (
        "a: 1\n---\n\u{feff}b: 2\n",
        RefusedByUs(
            "line 3, column 1: not valid YAML: a BOM must not appear inside a document",
            "joined files with marks inside are more often a mistake than meant; Go splits first and skips each mark",
        ),
    ),
    ("", Json("[]")),
    ("\n\n# nothing\n", Json("[]")),
    (
        "---\n---\n# x\n---\na: 1\n---\n~\n---\n",
        Json(r#"[{"a":1}]"#),
    ),
    ("a: 1\n---\nb: 2\n...\n", Json(r#"[{"a":1},{"b":2}]"#)),
    ("a: 1\n...\n---\nb: 2\n", Json(r#"[{"a":1},{"b":2}]"#)),
    (
        "---\na: 1\n--- # comment\nb: 2\n",
        Json(r#"[{"a":1},{"b":2}]"#),
    ),
    (
        "--- {a: 1}\n",
        OursAlone(
            r#"[{"a":1}]"#,
            "valid YAML; only kubectl's splitter wants the marker alone on its line",
        ),
    ),
    (
        "%YAML 1.1\n---\na: 1\n",
        OursAlone(
            r##"[{"a":1}]"##,
            "valid YAML; kubectl cuts the directive off from its document and then stumbles",
        ),
    ),
    ("a: |\n  ---\n  x\n", Json(r#"[{"a":"---\nx\n"}]"#)),
    ("12", Json("[12]")),
    ("- a\n-\n- - b\n  - c\n", Json(r#"[["a",null,["b","c"]]]"#)),
    ("a:\n- 1\n- 2\nb: 3\n", Json(r#"[{"a":[1,2],"b":3}]"#)),
    ("a: [\n1,\n2,\n]\n", Json(r#"[{"a":[1,2]}]"#)),
    ("a: [\n  1\n]\nb: {\n}\n", Json(r#"[{"a":[1],"b":{}}]"#)),
    (
        "{\"a\": {\"b\": [1, 2.5, null, true, \"x\"]}, \"c\":\"d\"}\n",
        Json(r#"[{"a":{"b":[1,2.5,null,true,"x"]},"c":"d"}]"#),
    ),
    (
        "{\n\t\"a\": 1,\n\t\"b\": [\n\t\t2\n\t]\n}\n",
        Json(r#"[{"a":1,"b":[2]}]"#),
    ),
    ("a:\tb\n", Json(r#"[{"a":"b"}]"#)),
    ("a: é\nü: 🙂\n", Json(r#"[{"a":"é","ü":"🙂"}]"#)),
    (
        "{\"a\": 1}{\"b\": 2}\n{\"c\": [\n3]}\n",
        OursAlone(
            r#"[{"a":1},{"b":2},{"c":[3]}]"#,
            "a stream of JSON objects; Go's YAML reader drops all but the first, kubectl's JSON reader does not",
        ),
    ),
    (
        "{\"a\": 1}\n{\"b\": 2} {\"c\":\n {\"d\": 1, \"d\": 2}}",
        RefusedByUs(
            "line 3, column 11: the key \"d\" is given twice in one mapping, first on line 3; remove one of them",
            "Go drops the rest without a word",
        ),
    ),
    (
        "{\"a\": 1} {\"b\": [}",
        RefusedByUs(
            "line 1, column 16: not valid YAML: mismatched bracket '[' closed by '}'",
            "Go drops the rest without a word",
        ),
    ),
    (
        "{a: 1} b",
        RefusedByUs(
            "line 1, column 8: not valid YAML: did not find expected <document start>",
            "Go drops the rest without a word",
        ),
    ),
    (
        "[1] [2]",
        RefusedByUs(
            "line 1, column 5: not valid YAML: did not find expected <document start>",
            "Go drops the rest without a word",
        ),
    ),
    // - not YAML
    (
        "a:\n\tb: 1\n",
        Refused(
            "line 2, column 2: not valid YAML: tabs disallowed within this context (block indentation)",
        ),
    ),
    (
        "a: [1\n",
        Refused("line 1, column 4: not valid YAML: unclosed bracket '['"),
    ),
    (
        "a: 'x\n",
        Refused("line 1, column 4: not valid YAML: unclosed quote"),
    ),
    (
        "a: b: c\n",
        Refused("line 1, column 5: not valid YAML: mapping values are not allowed in this context"),
    ),
    (
        "a: 1\n  b: 2\n",
        Refused("line 2, column 4: not valid YAML: mapping values are not allowed in this context"),
    ),
    (
        "a: @x\n",
        Refused("line 1, column 4: not valid YAML: unexpected character: `@'"),
    ),
    (
        "a: \"\\q\"\n",
        Refused(
            "line 1, column 4: not valid YAML: while parsing a quoted scalar, found unknown escape character",
        ),
    ),
    (
        "a: {{ .Values.x }}\n",
        Refused(
            "line 1, column 5: a key must be a string, a number or a boolean, not a collection",
        ),
    ),
    (
        "a: \u{7f}\n",
        Refused(
            "line 1, column 4: the control character U+007F is not allowed in YAML; write it as an escape in double quotes",
        ),
    ),
    (
        "a: \u{0}\n",
        Refused(
            "line 1, column 4: the control character U+0000 is not allowed in YAML; write it as an escape in double quotes",
        ),
    ),
];
