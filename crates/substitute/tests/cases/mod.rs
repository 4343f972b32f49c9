//! Texts and objects with expressions.

mod soup;

pub use soup::{object_soup, text_soup};

use serde_json::{Value, json};

/// Every text, strictly and not, where that makes a difference.
pub fn texts() -> Vec<Value> {
    let case = |strict: bool| move |text: &str| json!({"text": text, "strict": strict});
    TEXTS
        .lines()
        .map(case(true))
        .chain(LAX.lines().map(case(false)))
        .collect()
}

/// A case with the variables that all cases have, if it has none of its own.
pub fn whole(case: &Value) -> Value {
    let mut case = case.clone();
    if case["vars"].is_null() {
        case["vars"] = variables();
    }
    case
}

pub fn variables() -> Value {
    json!({"v": "value", "n": "3", "e": "", "p": "/usr/local/bin/app.tar.gz", "w": "hello World",
        "u": "Grüße", "a_1": "x", "_": "under", "star": "*", "q": "\"", "m": "a\nb", "d": "$", "b": "\\",
        "y": "yes", "c": "key: value", "l": "[1, 2]", "minus": "-2", "big": "99999999999999999999"})
}

const TEXTS: &str = r"
plain
$v
$
$$
$$$
$${v}
$$${v}
$$$${v}
a $$ b
${v}
a${v}b
${v}${n}
${ v}
${v }
${}
${
${v
${v${n}}
${1}
${a_1}
${_}
${nope}
${nope:-default}
${nope:-}
${nope:=default}
${nope=default}
${nope=}
${nope:?default}
${nope:+default}
${nope:-${v}}
${nope:-${nope:-deep}}
${nope:-a${v}b${n}c}
${nope:-${nope}}
${v:-${nope}}
${v:-default}
${v:+default}
${v:?default}
${v=default}
${e:-default}
${e}
${e:=default}
${nope:-a b: c}
${nope:-a$b}
${nope:-a$$b}
${nope:-a\}b}
${nope:-a{b}c}
${nope-default}
${nope+default}
${nope?default}
${v-d}
${v+d}
${nope:-default
${nope:-${v}
${#v}
${#u}
${#e}
${#nope}
${#}
${#v:-a}
${# v}
${##v}
${v^}
${v^^}
${v,}
${v,,}
${w^}
${w^^}
${w,}
${w,,}
${u^^}
${u,,}
${e^}
${e^^}
${w^,}
${w,^}
${w^^^}
${w^a}
${nope^^}
${w:0}
${w:6}
${w:6:3}
${w:-1}
${w: -5}
${w:0:-1}
${w:1:-1}
${w:3:-9}
${w:99}
${w:0:99}
${w:99:1}
${w:99:-1}
${w:a}
${w:0:a}
${w:}
${w::}
${w::3}
${w:1::3}
${w:1:}
${w:+1}
${w:${n}}
${w:${n}:${n}}
${w:${minus}}
${w:0:${minus}}
${w:1${n}}
${w:1:1${n}}
${w:99999999999999999999}
${w:${big}}
${w:1:${big}}
${u:2:1}
${u:3}
${u:4:2}
${w:é}
${w:1:é}
${nope:1}
${p#*/}
${p##*/}
${p%.*}
${p%%.*}
${p#/usr}
${p##/usr}
${p%gz}
${p%%gz}
${p#nope}
${p%nope}
${p#}
${p#*}
${p##*}
${p%*}
${p%%*}
${p#?}
${p##?}
${p%?}
${p%%?}
${p#[/a]}
${p#[^a]}
${p#[!a]}
${p%[a-z]}
${p%%[a-z]*}
${p#[}
${p#[a}
${p#[a-}
${p#[]}
${p#[^]}
${p#[]a]}
${p#\/}
${p#\}
${p%\z}
${p#*[}
${p##*[}
${p##*r*}
${p#*r*/}
${p##*loc?l}
${p%/*/*}
${p%%/*/*}
${p#${star}/}
${p##${star}/}
${p#a${v}}
${p#${v}a}
${e#a}
${u#Gr?}
${u#Gr??}
${u%?e}
${u%%?e}
${star#*}
${star#\*}
${nope#a}
${p/usr/var}
${p//a/A}
${p/#\/usr/\/opt}
${p/%gz/xz}
${p/#nope/x}
${p/%nope/x}
${p/nope/x}
${p/r/}
${p//r/}
${p/r}
${p//r}
${p/r//}
${p/r//x}
${p/}
${p//}
${p///}
${p///x}
${p//\//-}
${p/\//-}
${p//\\/-}
${p/l/a\/b}
${p/l/a\\b}
${p/l/a$$b}
${p/l/$v}
${p/$$/x}
${d/$$/x}
${b/\\/x}
${p/${v}/x}
${w/${w}/${v}}
${w/o/${v}}
${w/o/a${v}}
${w//o/${nope:-0}}
${w/${e}/x}
${w//${e}/x}
${w/#${e}/x}
${w/%${e}/x}
${w/o/0} and / more}
${w/a}b/c}
${nope/a/b}
${v:-a}}
}${v}
{${v}}
{{${v}}}
${{v}}
$ {v}
\${v}
\\${v}
$\{v}
${v\}
a: ${v} # ${n}
${é}
${vé}
${v.a}
${v a}
${v|a}
${v@a}
${v*}
${v!}
${!v}
${v;}
${v~}
${$}
${$v}
${$$}
${q}${v}${q}
${u}ü${u}
";

const LAX: &str = r"
${nope}
a${nope}b
${#nope}
${nope^^}
${nope:1}
${nope:1:1}
${nope#a}
${nope%a}
${nope/a/b}
${nope//a/b}
${nope:-d}
${nope:-${nope}}
${nope:-a${nope}b}
${nope-d}
";

/// Every object, with the variables and without.
pub fn objects() -> Vec<Value> {
    let mut cases = Vec::new();
    for object in bodies() {
        cases.push(json!({"object": object, "strict": true}));
    }
    let simple = config_map(&json!({"a": "${nope:=d}", "b": "$${x}"}));
    for (vars, strict, always) in [
        (json!({}), true, false),
        (json!({}), true, true),
        (json!({}), false, true),
        (json!({"x": "1"}), false, false),
        (json!({"x-y": "1"}), true, false),
        (json!({"1x": "1"}), true, true),
        (json!({"": "1"}), true, true),
    ] {
        cases.push(json!({"object": simple, "vars": vars, "strict": strict, "always": always}));
    }
    cases
}

pub fn config_map(data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data})
}

fn bodies() -> Vec<Value> {
    let texts = [
        "${n}",
        "\"${n}\"",
        "'${n}'",
        "${q}${n}${q}",
        "${y}",
        "${e}",
        "${v}",
        "${c}",
        "${l}",
        "${m}",
        "a ${n}",
        "${n} b",
        "${c} x",
        "x: ${n}",
        "- ${n}",
        "#${n}",
        "${v} #c",
        "line\n${n}\n",
        "line ${c}\nmore\n",
        "${star}",
        "*${v}",
        "&${v}",
        "${d}x",
        "${nope}",
        "${nope:-5}",
        "${nope:-true}",
        "${nope:-null}",
        "${nope:-~}",
        "${nope:-a: b}",
        "${nope:-{}}",
        "${nope:-[]}",
        "${nope:-\"5\"}",
        "$${n}",
        "${n}${n}",
        "0${n}",
        "0x${n}",
        "1e${n}",
        "${n}.${n}",
        "${n}:${n}",
        "2026-01-0${n}",
        "${v",
        "${v-d}",
        "${b}n",
        "\t${n}",
        " ${n}",
        "${n} ",
        "word word word word word word word word word word word word word word word ${n} ${n} word word",
        "é ${n}",
        "🙂 ${n}",
        "yes",
        "${big}",
        "123456789012",
        "${nope:-0.10}",
    ];
    let mut bodies: Vec<Value> = texts
        .iter()
        .map(|text| config_map(&json!({"k": text})))
        .collect();
    bodies.push(config_map(&json!({"${v}": "a", "k-${n}": "b"})));
    bodies.push(config_map(
        &json!({"script": "#!/bin/sh\nfor i in $(seq 1 ${n}); do\n  echo $i \"$${HOME}\"\ndone\n"}),
    ));
    bodies.push(deployment());
    for (map, value) in [
        ("labels", "disabled"),
        ("annotations", "disabled"),
        ("labels", "Disabled"),
        ("annotations", "enabled"),
    ] {
        let mut body = config_map(&json!({"k": "${n}"}));
        body["metadata"][map] = json!({"kustomize.toolkit.fluxcd.io/substitute": value});
        bodies.push(body);
    }
    bodies
}

/// A manifest as people write them.
fn deployment() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web-${v}", "namespace": "${nope:-default}", "labels": {"app.kubernetes.io/version": "${n}.0"},
            "annotations": {"checksum": "${v^^}", "json": "{\"a\": \"${v}\", \"n\": ${n}}"}},
        "spec": {"replicas": "${n}", "template": {"spec": {"containers": [
            {"name": "app", "image": "registry.example/app:${n}", "args": ["--level=${v}", "--n", "${n}", "-x=${e}"],
                "env": [{"name": "A", "value": "${n}"}, {"name": "B", "value": "${q}${n}${q}"}],
                "ports": [{"containerPort": "${nope:=8080}"}],
                "resources": {"limits": {"cpu": "${nope:-500m}", "memory": "${n}Gi"}}}],
            "nodeSelector": "${nope:={}}"}}}})
}
