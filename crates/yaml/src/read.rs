//! The way in: bytes to documents.

use granit_parser::Parser;

use crate::budget::{Budget, Meter};
use crate::build::Builder;
use crate::characters;
use crate::error::{Error, ErrorKind, Limit};
use crate::node::{Document, Span, Style};
use crate::spans;

/// Where every source begins.
const TOP: Span = Span {
    start: 0,
    end: 0,
    line: 1,
    column: 1,
};

/// Reads every document of a source as Kubernetes reads it.
///
/// Documents that are empty, only comments, or `null` are left out, as kubectl does.
/// JSON is read as the YAML that it is; JSON objects may follow each other without `---`.
///
/// # Errors
///
/// Names the first place where the source is not UTF-8 or not YAML, gives a key twice,
/// holds what JSON cannot, or exceeds the budget. No message repeats a scalar's text.
pub fn read(bytes: &[u8], budget: &Budget) -> Result<Vec<Document>, Error> {
    let meter = Meter::new(budget);
    meter
        .bytes(bytes.len())
        .map_err(|kind| spans::error(TOP, kind))?;
    let source = characters::text(bytes)?;
    let mut builder = Builder::new(source, meter);
    let mut from = TOP;
    while let Some(next) = read_stream(&mut builder, source, from, budget)? {
        from = next;
    }
    Ok(builder.finish())
}

/// Reads on from a place to the end, or to the JSON object that follows another.
fn read_stream(
    builder: &mut Builder<'_, '_>,
    source: &str,
    from: Span,
    budget: &Budget,
) -> Result<Option<Span>, Error> {
    for event in Parser::new_from_str_with_options(&source[from.start..], options(budget)) {
        match event {
            Ok((event, span)) => builder.event(event, &span, from)?,
            Err(error) => {
                let next = builder
                    .last_complete()
                    .and_then(|last| next_object(source, from, last));
                return next.map(Some).ok_or_else(|| syntax(&error, from, budget));
            }
        }
    }
    Ok(None)
}

/// YAML ends a document behind its root; a stream of JSON objects goes on, and kubectl with it.
fn next_object(source: &str, from: Span, last: &Document) -> Option<Span> {
    let end = last.root.span.end;
    let rest = source.get(end..)?;
    let start = source.len() - rest.trim_start().len();
    let follows = last.root.style == Style::Flow
        && end > from.start
        && source[last.root.span.start..].starts_with('{')
        && source[start..].starts_with('{');
    follows.then(|| spans::later(source, from, start))
}

fn options(budget: &Budget) -> granit_parser::Options {
    let mut options = granit_parser::options! {
        block_scalar_eof_without_line_feed: true,
        flow_nesting_limit: budget.depth(),
        block_nesting_limit: budget.depth(),
    };
    options.set_emit_comments(false);
    options
}

fn syntax(error: &granit_parser::ScanError, from: Span, budget: &Budget) -> Error {
    let kind = match error.kind() {
        granit_parser::ErrorKind::UnknownAnchor => ErrorKind::UnknownAlias,
        granit_parser::ErrorKind::RecursionLimitExceeded => ErrorKind::Budget {
            what: Limit::Depth,
            limit: budget.depth(),
        },
        other => ErrorKind::Syntax(other.to_string()),
    };
    spans::error(spans::at(*error.marker(), from), kind)
}
