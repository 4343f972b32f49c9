//! Objects as text: YAML documents, or JSON indented by two spaces.

use serde_json::Value;

use crate::args::Format;
use crate::error::{Context, Result};

/// All objects, one after the other. YAML documents each begin with `---`; JSON objects are
/// indented by two spaces and each end with a line feed.
///
/// # Errors
/// A value that YAML cannot carry.
pub fn objects(all: &[Value], format: Format) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for object in all {
        put(&mut out, object, format)?;
    }
    Ok(out)
}

/// Appends one object.
///
/// # Errors
/// As [`objects`].
pub fn put(out: &mut Vec<u8>, object: &Value, format: Format) -> Result<()> {
    match format {
        Format::Yaml => {
            out.extend_from_slice(b"---\n");
            let text = signet_yaml::write(object);
            out.extend_from_slice(text.as_bytes());
            if !text.ends_with('\n') {
                out.push(b'\n');
            }
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, object).at("JSON")?;
            out.push(b'\n');
        }
    }
    Ok(())
}
