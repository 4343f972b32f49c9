//! Objects as the peer prints them: in JSON the fields of an object stand as Go's types declare
//! them, and `<`, `>` and `&` are escapes; in YAML every key is sorted.
//!
//! What is printed may be an opened Secret, so the text goes into a buffer that leaves nothing behind
//! when it grows.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::args::Format;
use crate::{io, keys};

/// Appends an object that holds nothing secret: as YAML behind `---`, as JSON with a line feed.
pub fn put(out: &mut Vec<u8>, object: &Value, format: Format) {
    let mut text = Zeroizing::new(Vec::new());
    put_secret(&mut text, object, format);
    out.extend_from_slice(&text);
}

/// The same for one that does.
pub fn put_secret(out: &mut Zeroizing<Vec<u8>>, object: &Value, format: Format) {
    match format {
        Format::Json => {
            Json { out, depth: 0 }.value(object, Shape::Object);
            io::append(out, b"\n");
        }
        Format::Yaml => {
            let text = Zeroizing::new(signet_yaml::write(object));
            io::append(out, b"---\n");
            io::append(out, text.as_bytes());
        }
    }
}

/// Prints an object and overwrites it.
pub fn put_and_wipe(out: &mut Zeroizing<Vec<u8>>, mut object: Value, format: Format) {
    put_secret(out, &object, format);
    keys::wipe(&mut object);
}

/// Which of Go's types a mapping is; that decides what stands where in it.
#[derive(Clone, Copy)]
enum Shape {
    Object,
    Metadata,
    Owner,
    Spec,
    Template,
    /// A map, or a type that is not known here: sorted by key.
    Map,
}

impl Shape {
    /// The fields as they are declared; those of a template are among those of a Secret.
    fn order(self) -> &'static [&'static str] {
        match self {
            Self::Object => &[
                "kind",
                "apiVersion",
                "metadata",
                "spec",
                "immutable",
                "data",
                "stringData",
                "type",
                "status",
            ],
            Self::Metadata => &[
                "name",
                "generateName",
                "namespace",
                "selfLink",
                "uid",
                "resourceVersion",
                "generation",
                "creationTimestamp",
                "deletionTimestamp",
                "deletionGracePeriodSeconds",
                "labels",
                "annotations",
                "ownerReferences",
                "finalizers",
                "managedFields",
            ],
            Self::Owner => &[
                "apiVersion",
                "kind",
                "name",
                "uid",
                "controller",
                "blockOwnerDeletion",
            ],
            Self::Spec => &["template", "data", "encryptedData"],
            Self::Template => &["metadata", "type", "immutable", "data"],
            Self::Map => &[],
        }
    }

    fn below(self, key: &str) -> Self {
        match (self, key) {
            (Self::Object | Self::Template, "metadata") => Self::Metadata,
            (Self::Object, "spec") => Self::Spec,
            (Self::Spec, "template") => Self::Template,
            (Self::Metadata, "ownerReferences") => Self::Owner,
            _ => Self::Map,
        }
    }
}

/// Writes JSON, two spaces deep.
struct Json<'o> {
    out: &'o mut Zeroizing<Vec<u8>>,
    depth: usize,
}

impl Json<'_> {
    fn value(&mut self, value: &Value, shape: Shape) {
        match value {
            Value::Object(map) if map.is_empty() => self.raw(b"{}"),
            Value::Array(items) if items.is_empty() => self.raw(b"[]"),
            Value::Object(map) => self.mapping(map, shape),
            Value::Array(items) => self.list(items, shape),
            Value::String(text) => self.string(text),
            other => self.raw(other.to_string().as_bytes()),
        }
    }

    fn mapping(&mut self, map: &Map<String, Value>, shape: Shape) {
        let place = |key: &str| {
            let order = shape.order();
            order
                .iter()
                .position(|known| *known == key)
                .unwrap_or(order.len())
        };
        let mut entries: Vec<_> = map.iter().collect();
        entries.sort_by_key(|(key, _)| (place(key), key.as_str()));
        self.open(b"{");
        for (at, (key, value)) in entries.into_iter().enumerate() {
            self.line(at);
            self.string(key);
            self.raw(b": ");
            self.value(value, shape.below(key));
        }
        self.close(b"}");
    }

    fn list(&mut self, items: &[Value], shape: Shape) {
        self.open(b"[");
        for (at, item) in items.iter().enumerate() {
            self.line(at);
            self.value(item, shape);
        }
        self.close(b"]");
    }

    fn open(&mut self, bracket: &[u8]) {
        self.raw(bracket);
        self.depth += 1;
    }

    fn close(&mut self, bracket: &[u8]) {
        self.depth -= 1;
        self.line(0);
        self.raw(bracket);
    }

    fn line(&mut self, at: usize) {
        self.raw(if at == 0 { b"\n" } else { b",\n" });
        for _ in 0..self.depth {
            self.raw(b"  ");
        }
    }

    /// Go escapes what could end a script in a page of HTML, and the line breaks of JavaScript.
    fn string(&mut self, text: &str) {
        self.raw(b"\"");
        let mut start = 0;
        for (at, c) in text.char_indices() {
            let special = matches!(c, '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
            if !special && c >= ' ' {
                continue;
            }
            self.raw(&text.as_bytes()[start..at]);
            start = at + c.len_utf8();
            match c {
                '"' => self.raw(b"\\\""),
                '\\' => self.raw(b"\\\\"),
                '\n' => self.raw(b"\\n"),
                '\r' => self.raw(b"\\r"),
                '\t' => self.raw(b"\\t"),
                c => self.raw(format!("\\u{:04x}", u32::from(c)).as_bytes()),
            }
        }
        self.raw(&text.as_bytes()[start..]);
        self.raw(b"\"");
    }

    fn raw(&mut self, bytes: &[u8]) {
        io::append(self.out, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_stand_where_go_declares_them_and_map_keys_are_sorted() {
        let object = json!({
            "spec": {"encryptedData": {"b": "2", "a": "1"}, "template": {
                "type": "Opaque", "data": {}, "metadata": {"labels": {"kind": "x", "app": "y"}, "name": "n"},
            }},
            "unknown": [1, {"z": null, "b": true}], "kind": "SealedSecret",
            "metadata": {"namespace": "s", "name": "n", "ownerReferences": [{"uid": "", "kind": "K"}]},
        });
        let mut out = Vec::new();
        put(&mut out, &object, Format::Json);
        let text = String::from_utf8_lossy(&out);
        let keys: Vec<&str> = text
            .lines()
            .filter_map(|line| Some(line.split_once("\":")?.0.trim_start_matches([' ', '"'])))
            .collect();
        let wanted = "kind metadata name namespace ownerReferences kind uid spec template metadata \
                      name labels app kind type data encryptedData a b unknown b z";
        assert_eq!(keys.join(" "), wanted);
        assert_eq!(serde_json::from_slice::<Value>(&out).ok(), Some(object));
    }

    #[test]
    fn text_is_escaped_as_go_does() {
        let mut out = Vec::new();
        put(
            &mut out,
            &json!({"a": "<b>&\u{2028}\"\\\n\u{1}ü"}),
            Format::Json,
        );
        assert_eq!(
            String::from_utf8_lossy(&out),
            "{\n  \"a\": \"\\u003cb\\u003e\\u0026\\u2028\\\"\\\\\\n\\u0001ü\"\n}\n"
        );
    }
}
