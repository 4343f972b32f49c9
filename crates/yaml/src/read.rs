//! The reader: parser events in, documents out, every node charged before it is built.

use std::borrow::Cow;
use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag};

use crate::budget::{Budget, Meter, weight_of_text};
use crate::characters;
use crate::error::{Error, ErrorKind, Limit};
use crate::mapping::Mapping;
use crate::node::{Document, Entry, Key, Node, Span, Style, Value};
use crate::resolve::{Hint, Scalar, resolve};
use crate::spans;

/// Reads every document of a source as Kubernetes reads it.
///
/// Documents that are empty, only comments, or `null` are left out, as kubectl does.
/// JSON is read as the YAML that it is.
///
/// # Errors
///
/// Names the first place where the source is not UTF-8 or not YAML, gives a key twice,
/// holds what JSON cannot, or exceeds the budget. No message repeats a scalar's text.
pub fn read(bytes: &[u8], budget: &Budget) -> Result<Vec<Document>, Error> {
    let meter = Meter::new(budget);
    meter.bytes(bytes.len()).map_err(|kind| Error {
        line: 1,
        column: 1,
        kind,
    })?;
    let source = characters::text(bytes)?;
    let mut reader = Reader::new(source, meter);
    for event in Parser::new_from_str_with_options(source, options(budget)) {
        let (event, span) = event.map_err(|error| syntax(&error, budget))?;
        reader.event(event, &span)?;
    }
    Ok(reader.documents)
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

fn syntax(error: &granit_parser::ScanError, budget: &Budget) -> Error {
    let kind = match error.kind() {
        granit_parser::ErrorKind::UnknownAnchor => ErrorKind::UnknownAlias,
        granit_parser::ErrorKind::RecursionLimitExceeded => ErrorKind::Budget {
            what: Limit::Depth,
            limit: budget.depth(),
        },
        other => ErrorKind::Syntax(other.to_string()),
    };
    spans::error(spans::at(*error.marker()), kind)
}

/// The tree under construction.
struct Reader<'s, 'b> {
    source: &'s str,
    meter: Meter<'b>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Built>,
    documents: Vec<Document>,
    /// Where the event before ended: headers of block scalars are behind it.
    behind: usize,
}

/// A collection whose end has not been seen.
struct Open {
    span: Span,
    style: Style,
    anchor: usize,
    content: Content,
    /// What a copy of it costs, and how deep it is, so far.
    weight: usize,
    height: usize,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping(Mapping, Option<PendingKey>),
}

enum PendingKey {
    Named(Key),
    Merge,
}

/// A finished node with what a copy of it costs and how deep it is.
#[derive(Clone)]
struct Built {
    node: Node,
    weight: usize,
    height: usize,
}

impl<'s, 'b> Reader<'s, 'b> {
    fn new(source: &'s str, meter: Meter<'b>) -> Self {
        Self {
            source,
            meter,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            documents: Vec::new(),
            behind: 0,
        }
    }

    fn event(&mut self, event: Event<'_>, raw: &granit_parser::Span) -> Result<(), Error> {
        let span = spans::of(raw);
        match event {
            Event::DocumentStart(..) => self
                .meter
                .document()
                .map_err(|kind| spans::error(span, kind))?,
            Event::DocumentEnd => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.scalar_span(style, span, raw.indent);
                self.scalar(text, style, anchor, tag.as_deref(), span)?;
            }
            Event::SequenceStart(style, anchor, _) => {
                self.start(span, style, anchor, Content::Sequence(Vec::new()))?;
            }
            Event::MappingStart(style, anchor, _) => {
                self.start(
                    span,
                    style,
                    anchor,
                    Content::Mapping(Mapping::default(), None),
                )?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span)?,
            Event::Alias(anchor) => self.alias(anchor, span)?,
            _ => {}
        }
        self.behind = span.end;
        Ok(())
    }

    fn scalar_span(&self, style: ScalarStyle, span: Span, indent: Option<usize>) -> Span {
        match style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                spans::block_scalar(self.source, span, indent.unwrap_or_default(), self.behind)
            }
            _ if span.start == span.end && !self.wants_key() => spans::empty(self.source, span),
            _ => span,
        }
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), Error> {
        let fail = |kind| spans::error(span, kind);
        self.meter.nodes(1).map_err(fail)?;
        let plain = style == ScalarStyle::Plain;
        // The parser writes `~` for a value that is not there.
        let text = if plain && span.start == span.end {
            Cow::Borrowed("")
        } else {
            text
        };
        let hint = Hint::of(tag);
        let weight = weight_of_text(text.len());
        if self.wants_key() {
            let is_merge = text == "<<"
                && (hint == Hint::Merge
                    || hint == Hint::NonSpecific
                    || (plain && hint == Hint::None));
            if is_merge {
                self.set_key(PendingKey::Merge);
                return Ok(());
            }
            let scalar = resolve(hint, plain, text).map_err(fail)?;
            return self.key(scalar, anchor, style_of(style), span, weight);
        }
        let value = resolve(hint, plain, text)
            .and_then(Scalar::into_value)
            .map_err(fail)?;
        let node = Node {
            span,
            style: style_of(style),
            value,
        };
        self.built(
            Built {
                node,
                weight,
                height: 0,
            },
            anchor,
        )
    }

    fn key(
        &mut self,
        scalar: Scalar<'_>,
        anchor: usize,
        style: Style,
        span: Span,
        weight: usize,
    ) -> Result<(), Error> {
        let fail = |kind| spans::error(span, kind);
        if anchor != 0 {
            self.meter.copy(weight).map_err(fail)?;
            let value = scalar.clone().into_value().map_err(fail)?;
            self.anchors.insert(
                anchor,
                Built {
                    node: Node { span, style, value },
                    weight,
                    height: 0,
                },
            );
        }
        let name = scalar.into_key().map_err(fail)?;
        self.set_key(PendingKey::Named(Key { name, span }));
        Ok(())
    }

    fn start(
        &mut self,
        span: Span,
        style: StructureStyle,
        anchor: usize,
        content: Content,
    ) -> Result<(), Error> {
        let fail = |kind| spans::error(span, kind);
        if self.wants_key() {
            return Err(fail(ErrorKind::Key("a collection")));
        }
        self.meter.nodes(1).map_err(fail)?;
        self.meter.depth(self.open.len() + 1).map_err(fail)?;
        let style = if style == StructureStyle::Flow {
            Style::Flow
        } else {
            Style::Block
        };
        self.open.push(Open {
            span,
            style,
            anchor,
            content,
            weight: 1,
            height: 0,
        });
        Ok(())
    }

    fn end(&mut self, end: Span) -> Result<(), Error> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.content {
            Content::Sequence(items) => Value::Sequence(items),
            Content::Mapping(mapping, _) => Value::Mapping(mapping.finish()?),
        };
        // A block collection ends with its last value; the parser's mark is behind blank lines.
        let end = if open.style == Style::Flow {
            end.end
        } else {
            open.span.end
        };
        let node = Node {
            span: Span { end, ..open.span },
            style: open.style,
            value,
        };
        self.built(
            Built {
                node,
                weight: open.weight,
                height: open.height + 1,
            },
            open.anchor,
        )
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Error> {
        let fail = |kind| spans::error(span, kind);
        let Some(target) = self.anchors.get(&anchor) else {
            return Err(fail(ErrorKind::SelfReference));
        };
        self.meter.copy(target.weight).map_err(fail)?;
        self.meter.nodes(target.weight).map_err(fail)?;
        self.meter
            .depth(self.open.len() + target.height)
            .map_err(fail)?;
        let mut copy = target.clone();
        copy.node.span = span;
        copy.node.style = Style::Alias;
        if self.wants_key() {
            let name = key_of(copy.node.value).map_err(fail)?;
            self.set_key(PendingKey::Named(Key { name, span }));
            return Ok(());
        }
        self.built(copy, 0)
    }

    /// Hands a finished node to its anchor and to the collection it is part of.
    fn built(&mut self, built: Built, anchor: usize) -> Result<(), Error> {
        if anchor != 0 {
            self.meter
                .copy(built.weight)
                .map_err(|kind| spans::error(built.node.span, kind))?;
            self.anchors.insert(anchor, built.clone());
        }
        let Built {
            node,
            weight,
            height,
        } = built;
        let Some(parent) = self.open.last_mut() else {
            self.root(node);
            return Ok(());
        };
        parent.weight = parent.weight.saturating_add(weight);
        parent.height = parent.height.max(height);
        parent.span.end = parent.span.end.max(node.span.end);
        parent.content.push(node)
    }

    fn root(&mut self, root: Node) {
        if root.value != Value::Null {
            self.documents.push(Document {
                line: root.span.line,
                root,
            });
        }
    }

    fn wants_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                content: Content::Mapping(_, None),
                ..
            })
        )
    }

    fn set_key(&mut self, key: PendingKey) {
        let Some(Open {
            content: Content::Mapping(_, pending),
            weight,
            ..
        }) = self.open.last_mut()
        else {
            return;
        };
        if let PendingKey::Named(key) = &key {
            *weight = weight.saturating_add(weight_of_text(key.name.len()));
        }
        *pending = Some(key);
    }
}

impl Content {
    fn push(&mut self, node: Node) -> Result<(), Error> {
        match self {
            Self::Sequence(items) => items.push(node),
            Self::Mapping(mapping, pending) => match pending.take() {
                Some(PendingKey::Named(key)) => mapping.push(Entry { key, value: node }),
                Some(PendingKey::Merge) => mapping.merge(node)?,
                // `wants_key` has sent every node without a key elsewhere.
                None => return Err(spans::error(node.span, ErrorKind::Key("a collection"))),
            },
        }
        Ok(())
    }
}

/// The key that an alias of a value stands for.
fn key_of(value: Value) -> Result<String, ErrorKind> {
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(yes) => Ok(yes.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Err(ErrorKind::Key("null")),
        Value::Sequence(_) | Value::Mapping(_) => Err(ErrorKind::Key("a collection")),
    }
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}
