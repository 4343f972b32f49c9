//! The table from which the vectors are made, and which is tried on SOPS live.

use super::Who;
use super::go;

/// A file to be encrypted by SOPS.
pub struct Case {
    /// The name of the vector; its ending is the format.
    pub name: &'static str,
    pub text: &'static [u8],
    /// Groups of those whom it is encrypted for.
    pub groups: &'static [&'static [Who]],
    /// Names of SOPS' metadata with their values.
    pub options: &'static [(&'static str, &'static str)],
}

const ONE: &[&[Who]] = &[&[Who::X25519]];
const DATA: &[(&str, &str)] = &[("encrypted_regex", "^(data|stringData)$")];

impl Case {
    /// The name of the format, as SOPS has it.
    pub fn format(&self) -> &'static str {
        format_of(self.name)
    }

    /// The request to encrypt it.
    pub fn request(&self) -> serde_json::Value {
        let names = |group: &&[Who]| group.iter().map(|who| who.recipient()).collect();
        let groups: Vec<Vec<String>> = self.groups.iter().map(names).collect();
        go::encrypt(self.format(), self.text, &groups, self.options)
    }

    /// Those who open it together.
    pub fn opened_by(&self) -> Vec<Who> {
        self.groups
            .iter()
            .map(|group| group[group.len() - 1])
            .collect()
    }
}

/// The format of a vector, as SOPS names it.
pub fn format_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("yaml") => "yaml",
        Some("json") => "json",
        Some("env") => "dotenv",
        _ => "binary",
    }
}

const SECRET: &[u8] = b"apiVersion: v1
kind: Secret
metadata:
  name: db
  namespace: shop
type: Opaque
# the database
data:
  user: YWRtaW4=
  password: aHVudGVyMg==
stringData:
  config.yaml: |
    host: db
    port: 5432
";

const TYPES: &[u8] = b"# head
text: plain
empty: \"\"
nothing: null
on: \"on\"
yes_unencrypted: yes
integer: 42
negative: -7
octal: 0644
float: 2.50
whole: 3.0
large: 1000000.0
small: 0.00001
truth: true
lie: False
date: 2001-12-14
moment: 2001-12-14t21:59:43.10-05:00
date_unencrypted: 2001-12-14
version: \"1.10\"
quoted: \"0644\"
nested:
  # about a key
  key: value # behind a value
  deeper:
    list: [1, 2.5, three, true, null]
    mapping: {a: b}
list:
  # above an item
  - one
  - two # behind an item
  - name: x
    text: |
      several
      lines
  -
    - inner
  # below
none: {}
few: []
text_unencrypted: |
  readable
list_unencrypted:
  - 1
  - 0x10
  - 1e3
  - ~
";

const STRINGS: &[u8] = b"a: \"\\tindented\"
b: \" leading\"
c: \"trailing \"
d: \"with: colon\"
e: \"with #hash\"
f: \"- dash\"
g: \"it's\"
h: \"\\\"double\\\" 'single'\"
i: \"null\"
j: \"123\"
k: \"1e3\"
l: \"0x1F\"
m: \"2001-12-14\"
n: \"190:20:30\"
o: \"\\u00e9\\u4e2d\\U0001F600\"
p: \"\\0\\a\\e\\x7f\\N\\_\\L\\P\\uFEFF\"
q: \"a\\r\\nb\"
r: \"  leading\\nlines\\n\"
s: \"lines\\n\\n\\n\"
t: \"\\n\"
u: \"space at the end \\nof a line\"
v: \"tab\\there\\nand more\"
w: \"*alias\"
x: \"&anchor\"
z: \"!tag\"
aa: \"%directive\"
ab: \"@at\"
ac: \"{braces}\"
ad: \"[brackets]\"
ae: \"? question\"
af: \"---\"
ag: \"...\"
ah: \"y\"
ai: \"~\"
aj: \"=\"
al: \".inf\"
am: \"last\\nwithout break\"
an: \"back\\\\slash\"
list:
  - \"a\\nb\"
  - k: \"leading\\nlines\"
    l: \"a\\nb\\n\"
";

const JSON: &[u8] = br#"{
  "b": {"text": "a <b> & \u2028 \u00e9 \ud83d\ude00", "list": [1, 2.5, 1e30, true, null, "x", {}, []]},
  "a_unencrypted": {"n": 12345678901234567890, "f": 1.0, "s": "/"},
  "": "empty key",
  "a:b": "colon",
  "empty": ""
}"#;

const DOTENV: &[u8] = b"# the database
USER=admin
PASSWORD=hunter2=
EMPTY=
LINES=a\\nb\\\\n

QUOTED=\"x y\"
DEBUG_unencrypted=1
 SPACED = x 
";

/// Every case.
pub const CASES: &[Case] = &[
    Case {
        name: "secret.yaml",
        text: SECRET,
        groups: ONE,
        options: DATA,
    },
    Case {
        name: "hybrid.yaml",
        text: SECRET,
        groups: &[&[Who::Hybrid]],
        options: DATA,
    },
    Case {
        name: "two-recipients.yaml",
        text: SECRET,
        groups: &[&[Who::Stranger, Who::Second]],
        options: DATA,
    },
    Case {
        name: "types.yaml",
        text: TYPES,
        groups: ONE,
        options: &[],
    },
    Case {
        name: "types-mac-only-encrypted.yaml",
        text: TYPES,
        groups: ONE,
        options: &[
            ("mac_only_encrypted", "true"),
            ("encrypted_regex", "nested|list"),
        ],
    },
    Case {
        name: "strings.yaml",
        text: STRINGS,
        groups: ONE,
        options: &[],
    },
    Case {
        name: "documents.yaml",
        text: b"a: 1\n---\nb: two\n---\n---\nc: [3]\n",
        groups: ONE,
        options: &[],
    },
    Case {
        name: "encrypted-suffix.yaml",
        text: b"a_secret:\n  b: 1\nc: 2\n",
        groups: ONE,
        options: &[("encrypted_suffix", "_secret")],
    },
    Case {
        name: "unencrypted-suffix.yaml",
        text: b"a_public:\n  b: 1\nc: 2\n",
        groups: ONE,
        options: &[("unencrypted_suffix", "_public")],
    },
    Case {
        name: "unencrypted-regex.yaml",
        text: SECRET,
        groups: ONE,
        options: &[("unencrypted_regex", "^(apiVersion|kind|metadata|type)$")],
    },
    Case {
        name: "encrypted-comment.yaml",
        text: b"# secret\na: 1\nb: two\nc:\n  # secret, too\n  - x\n  - y\nd: {}\n",
        groups: ONE,
        options: &[("encrypted_comment_regex", "^ secret")],
    },
    Case {
        name: "unencrypted-comment.yaml",
        text: b"# public\na: 1\nb: two\nc:\n  # public, too\n  - x\n  - y\n# more\ne: 5\n",
        groups: ONE,
        options: &[
            ("unencrypted_comment_regex", "^ public"),
            ("mac_only_encrypted", "true"),
        ],
    },
    Case {
        name: "groups.yaml",
        text: SECRET,
        groups: &[&[Who::X25519], &[Who::Second], &[Who::Hybrid]],
        options: &[
            ("threshold", "2"),
            ("encrypted_regex", "^(data|stringData)$"),
        ],
    },
    Case {
        name: "comments-only-list.yaml",
        text: b"a:\n  # nothing here\nb:\n  - x\n",
        groups: ONE,
        options: &[],
    },
    Case {
        name: "values.json",
        text: JSON,
        groups: ONE,
        options: &[],
    },
    Case {
        name: "encrypted-regex.json",
        text: JSON,
        groups: ONE,
        options: &[("encrypted_regex", "^b$")],
    },
    Case {
        name: "docker.dockerconfigjson.json",
        text: b"{\"auths\":{\"r.example\":{\"auth\":\"YTpi\"}}}",
        groups: &[&[Who::Hybrid]],
        options: &[],
    },
    Case {
        name: "values.env",
        text: DOTENV,
        groups: ONE,
        options: &[],
    },
    Case {
        name: "groups.env",
        text: DOTENV,
        groups: &[&[Who::X25519], &[Who::Second]],
        options: &[("threshold", "2"), ("mac_only_encrypted", "true")],
    },
    Case {
        name: "comments.env",
        text: b"# secret\nA=1\nB=2\n",
        groups: ONE,
        options: &[("encrypted_comment_regex", "secret")],
    },
    Case {
        name: "bytes.bin",
        text: &[0, 0xff, 0xfe, b'\n', b'a', 0x80],
        groups: ONE,
        options: &[],
    },
    Case {
        name: "text.txt",
        text: b"hunter2\nno line break",
        groups: &[&[Who::Hybrid]],
        options: &[],
    },
    Case {
        name: "empty.txt",
        text: b"",
        groups: ONE,
        options: &[],
    },
];
