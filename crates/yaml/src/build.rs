//! The tree under construction: one event of the parser at a time, charged before built.

use std::borrow::Cow;
use std::collections::BTreeMap;

use granit_parser::{Event, ScalarStyle, StructureStyle, Tag};

use crate::budget::{Meter, weight_of_text};
use crate::error::{Error, ErrorKind};
use crate::mapping::Mapping;
use crate::node::{Document, Key, Node, Span, Style, Value};
use crate::open::{Built, Content, Open, PendingKey};
use crate::resolve::{Hint, Scalar, resolve};
use crate::spans;

/// The tree under construction.
pub(crate) struct Builder<'s, 'b> {
    source: &'s str,
    meter: Meter<'b>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Built>,
    documents: Vec<Document>,
    /// Where the event before ended: headers of block scalars are behind it.
    behind: usize,
}

impl<'s, 'b> Builder<'s, 'b> {
    pub(crate) fn new(source: &'s str, meter: Meter<'b>) -> Self {
        Self {
            source,
            meter,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            documents: Vec::new(),
            behind: 0,
        }
    }

    /// Takes the next event; `from` is where the stream it belongs to begins.
    pub(crate) fn event(
        &mut self,
        event: Event<'_>,
        raw: &granit_parser::Span,
        from: Span,
    ) -> Result<(), Error> {
        let span = spans::of(raw, from);
        match event {
            Event::DocumentStart(explicit, _) => {
                let fail = |kind| spans::error(span, kind);
                self.meter.document().map_err(fail)?;
                if !explicit {
                    // Without `---` the mark is that of the first token, header or tag.
                    return Ok(());
                }
            }
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

    /// The documents, once every event was taken.
    pub(crate) fn finish(self) -> Vec<Document> {
        self.documents
    }

    /// The last document, if everything that was begun is complete.
    pub(crate) fn last_complete(&self) -> Option<&Document> {
        self.documents.last().filter(|_| self.open.is_empty())
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
        let tag = if hint.converts() {
            spans::tag(self.source, self.behind, span)
        } else {
            0
        };
        let node = Node {
            span,
            style: style_of(style),
            value,
            tag,
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
                    node: Node {
                        span,
                        style,
                        value,
                        tag: 0,
                    },
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
            tag: 0,
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
        copy.node.tag = 0;
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
