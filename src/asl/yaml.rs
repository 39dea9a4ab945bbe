//! YAML text to a value tree with byte spans: the only door to the YAML parser.
//!
//! The parser finds the tokens; the tree is built here, as JSON would see it. Aliases and merge keys
//! are followed, so that a reference behind one is seen, and marked, so that it is not changed. What
//! JSON has no place for is refused with its place: several documents, keys that are no text,
//! duplicate keys. A tag of another tool, as `!Sub`, hides its value.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag, options};

use super::definition::{DEPTH_LIMIT, check_size};
use super::error::{DefinitionError, character_at};
use super::json::{check_duplicates, start_small};
use super::reference::FixedReason;
use super::spelling::Spelling;
use super::value::{Kind, Member, Value};
use super::yaml_scalar::{PlainMeaning, plain_meaning};

/// How many values the aliases of one text may bring in. A definition has some thousands; a few
/// lines of nested aliases can have billions.
const EXPANSION_LIMIT: usize = 100_000;

/// Reads one YAML document.
pub(crate) fn value(text: &str) -> Result<Value<'_>, DefinitionError> {
    check_size(text)?;
    let options = options! { flow_nesting_limit: DEPTH_LIMIT, block_nesting_limit: DEPTH_LIMIT };
    let mut reader = Reader {
        text,
        events: Parser::new_from_str_with_options(text, options),
        depth: 0,
        anchored: HashMap::new(),
        open: HashSet::new(),
        used: HashSet::new(),
        expanded: 0,
    };
    let mut root = reader.document()?;
    let used = reader.used.iter().filter_map(|id| reader.anchored.get(id));
    let shared = outermost(used.map(|value| value.span.clone()).collect());
    if !shared.is_empty() {
        mark_shared(&mut root, &shared);
    }
    Ok(root)
}

struct Reader<'t> {
    text: &'t str,
    events: Parser<'t, StrInput<'t>>,
    depth: usize,
    /// The values with an anchor, as they were read.
    anchored: HashMap<usize, Value<'t>>,
    /// The anchors whose values are not read to their end.
    open: HashSet<usize>,
    /// The anchors that an alias named.
    used: HashSet<usize>,
    expanded: usize,
}

type Read<T> = Result<T, DefinitionError>;

impl<'t> Reader<'t> {
    fn document(&mut self) -> Read<Value<'t>> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Err(DefinitionError::empty()),
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => {
                    let root = self.value(event, span)?;
                    self.expect_end()?;
                    return Ok(root);
                }
            }
        }
    }

    fn expect_end(&mut self) -> Read<()> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentStart(..), span) => {
                    return Err(DefinitionError::new(
                        "the text has more than one YAML document",
                        self.place(span),
                        "give each definition its own file",
                    ));
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Read<(Event<'t>, Span)> {
        match self.events.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(syntax_error(self.text, &error)),
            // The parser says `StreamEnd` first, and nobody asks after it.
            None => Err(DefinitionError::empty()),
        }
    }

    /// Returns a token's bytes; whatever the parser says, they are bytes of the text.
    fn place(&self, span: Span) -> Range<usize> {
        let range = span.byte_range().filter(|range| self.text.get(range.clone()).is_some());
        range.unwrap_or(self.text.len()..self.text.len())
    }

    fn value(&mut self, event: Event<'t>, span: Span) -> Read<Value<'t>> {
        let place = self.place(span);
        let (id, tag) = match &event {
            Event::Scalar(_, _, id, tag)
            | Event::SequenceStart(_, id, tag)
            | Event::MappingStart(_, id, tag) => (*id, tag.clone()),
            Event::Alias(id) => return self.expanded(*id, place),
            other => unreachable_event(other)?,
        };
        if id != 0 {
            self.open.insert(id);
        }
        let tag_start = span.tag_span().map(|tag| self.place(tag).start);
        let mut value = match event {
            Event::Scalar(decoded, style, ..) => {
                // The lines of a block end where the next token begins.
                let content = self.text[place.clone()].trim_end();
                let place = place.start..place.start + content.len();
                scalar(decoded, style, tag.as_deref(), place)
            }
            Event::SequenceStart(..) => self.nested(place, Self::items)?,
            _ => self.nested(place, Self::members)?,
        };
        if let Some(tag) = tag.as_deref().filter(|tag| is_foreign(tag, &value)) {
            value.kind = Kind::Tagged(tag.original());
            value.span.start = tag_start.unwrap_or(value.span.start).min(value.span.start);
        }
        if id != 0 {
            self.open.remove(&id);
            self.remember(id, &value)?;
        }
        Ok(value)
    }

    fn nested(
        &mut self,
        start: Range<usize>,
        inner: fn(&mut Self) -> Read<(Kind<'t>, usize)>,
    ) -> Read<Value<'t>> {
        if self.depth == DEPTH_LIMIT {
            return Err(DefinitionError::too_deep(character_at(self.text, start.start)));
        }
        self.depth += 1;
        let (kind, end) = inner(self)?;
        self.depth -= 1;
        Ok(Value { span: start.start..end.max(start.end), kind })
    }

    fn items(&mut self) -> Read<(Kind<'t>, usize)> {
        let mut items: Vec<Value<'t>> = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, span) => {
                    let last = items.last().map(|item| item.span.end);
                    return Ok((Kind::Items(items), self.end(span, last)));
                }
                (event, span) => {
                    let value = self.value(event, span)?;
                    start_small(&mut items);
                    items.push(value);
                }
            }
        }
    }

    fn members(&mut self) -> Read<(Kind<'t>, usize)> {
        let mut members: Vec<Member<'t>> = Vec::new();
        let mut merged: Vec<Value<'t>> = Vec::new();
        let end = loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break self.end(span, members.last().map(|member| member.value.span.end));
            }
            let is_merge = matches!(&event, Event::Scalar(key, ScalarStyle::Plain, _, None) if key == "<<");
            let (key, key_span, key_spelling) = self.key(event, span)?;
            let (event, span) = self.next()?;
            let value = self.value(event, span)?;
            if is_merge {
                merged.push(value);
            } else {
                start_small(&mut members);
                members.push(Member { key, key_span, key_spelling, value });
            }
        };
        check_duplicates(&members)?;
        if !merged.is_empty() {
            let mut known = members.iter().map(|member| member.key.to_string()).collect();
            merged.into_iter().try_for_each(|source| merge(&mut members, &mut known, source))?;
        }
        Ok((Kind::Members(members), end))
    }

    /// Returns where a collection ends. A block has no closing bracket, and its end event stands
    /// where the next token begins.
    fn end(&self, span: Span, last: Option<usize>) -> usize {
        let place = self.place(span);
        if place.is_empty() { last.unwrap_or(place.start) } else { place.end }
    }

    fn key(&mut self, event: Event<'t>, span: Span) -> Read<(Cow<'t, str>, Range<usize>, Spelling)> {
        let Value { span, kind } = match event {
            Event::Scalar(decoded, ScalarStyle::Plain, 0, None) if !decoded.is_empty() && decoded != "~" => {
                // A key is a text, whatever it looks like.
                let spelling = match plain_meaning(&decoded) {
                    PlainMeaning::Ambiguous => Spelling::Ambiguous,
                    PlainMeaning::Text | PlainMeaning::Number | PlainMeaning::Word(_) => Spelling::Bare,
                };
                Value { span: self.place(span), kind: Kind::Text(decoded, spelling) }
            }
            event => self.value(event, span)?,
        };
        match kind {
            Kind::Text(text, spelling) => Ok((text, span, spelling)),
            Kind::Number(_) | Kind::Word(_) | Kind::Tagged(_) | Kind::Items(_) | Kind::Members(_) => {
                Err(DefinitionError::new(
                    "a key is not a text",
                    one_line(self.text, &span),
                    "the keys of a definition are the names of fields and states",
                ))
            }
        }
    }

    fn remember(&mut self, id: usize, value: &Value<'t>) -> Read<()> {
        self.expanded += count(value);
        if self.expanded > EXPANSION_LIMIT {
            return Err(too_many(one_line(self.text, &value.span)));
        }
        self.anchored.insert(id, value.clone());
        Ok(())
    }

    /// Returns the value that an alias stands for, as if it stood at the alias.
    fn expanded(&mut self, id: usize, place: Range<usize>) -> Read<Value<'t>> {
        let refused = |message: &str, help: &str| Err(DefinitionError::new(message, place.clone(), help));
        if self.open.contains(&id) {
            return refused("an alias stands inside the value that it names", "write the value out");
        }
        self.used.insert(id);
        let Some(mut value) = self.anchored.get(&id).cloned() else {
            return refused("an alias names a value that is not there", "write the value out");
        };
        let height = settle(&mut value, &place, &mut self.expanded);
        if self.depth + height > DEPTH_LIMIT {
            return Err(DefinitionError::too_deep(place));
        }
        if self.expanded > EXPANSION_LIMIT {
            return Err(too_many(place));
        }
        Ok(value)
    }
}

fn too_many(place: Range<usize>) -> DefinitionError {
    let message = format!("anchors and aliases bring in more than {EXPANSION_LIMIT} values");
    DefinitionError::new(message, place, "write the values out, or use fewer aliases")
}

fn count(value: &Value<'_>) -> usize {
    let items: usize = value.items().iter().map(count).sum();
    let members: usize = value.members().iter().map(|member| count(&member.value)).sum();
    1 + items + members
}

/// Returns the ranges that stand in no other one, in order; of two, one is inside or beside the other.
fn outermost(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, usize::MAX - range.end));
    let mut outer: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        if outer.last().is_none_or(|last| last.end < range.end) && !range.is_empty() {
            outer.push(range);
        }
    }
    outer
}

fn unreachable_event<T>(event: &Event<'_>) -> Read<T> {
    Err(DefinitionError::new(format!("the definition is not YAML: {event:?}"), 0..0, "write the value out"))
}

fn scalar<'t>(decoded: Cow<'t, str>, style: ScalarStyle, tag: Option<&Tag>, span: Range<usize>) -> Value<'t> {
    let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str") || tag.original() == "!");
    let kind = match style {
        ScalarStyle::SingleQuoted => Kind::Text(decoded, Spelling::SingleQuoted),
        ScalarStyle::DoubleQuoted => Kind::Text(decoded, Spelling::DoubleQuoted),
        ScalarStyle::Literal | ScalarStyle::Folded => Kind::Text(decoded, Spelling::Block),
        ScalarStyle::Plain if is_text => Kind::Text(decoded, Spelling::Bare),
        ScalarStyle::Plain => match (plain_meaning(&decoded), decoded) {
            (PlainMeaning::Word(word), _) => Kind::Word(word),
            // A number is one token without escapes, so the parser has it from the text.
            (PlainMeaning::Number, Cow::Borrowed(number)) => Kind::Number(number),
            (PlainMeaning::Ambiguous, decoded) => Kind::Text(decoded, Spelling::Ambiguous),
            (PlainMeaning::Text | PlainMeaning::Number, decoded) => Kind::Text(decoded, Spelling::Bare),
        },
    };
    Value { span, kind }
}

/// Says whether a tag makes something of a value that only another tool knows.
fn is_foreign(tag: &Tag, value: &Value<'_>) -> bool {
    let wanted = match (&value.kind, tag.core_suffix()) {
        (_, None) => return tag.original() != "!",
        (_, Some(suffix)) => suffix,
    };
    !match &value.kind {
        Kind::Text(..) => wanted == "str",
        Kind::Number(number) => wanted == "float" || (wanted == "int" && !number.contains(['.', 'e', 'E'])),
        Kind::Word("null") => wanted == "null",
        Kind::Word(_) => wanted == "bool",
        Kind::Tagged(_) => false,
        Kind::Items(_) => wanted == "seq",
        Kind::Members(_) => wanted == "map",
    }
}

/// Gives a copy of a value the place of the alias that brought it in; returns its height.
fn settle(value: &mut Value<'_>, place: &Range<usize>, count: &mut usize) -> usize {
    value.span = place.clone();
    *count += 1;
    let alias = Spelling::Fixed(FixedReason::Alias);
    match &mut value.kind {
        Kind::Text(_, spelling) => {
            *spelling = alias;
            0
        }
        Kind::Number(_) | Kind::Word(_) | Kind::Tagged(_) => 0,
        Kind::Items(items) => 1 + items.iter_mut().map(|item| settle(item, place, count)).max().unwrap_or(0),
        Kind::Members(members) => {
            let mut height = 0;
            for member in members {
                member.key_span = place.clone();
                member.key_spelling = alias;
                height = height.max(settle(&mut member.value, place, count));
            }
            1 + height
        }
    }
}

/// Adds the members of a merge key's value whose keys are not known yet.
fn merge<'t>(members: &mut Vec<Member<'t>>, known: &mut HashSet<String>, source: Value<'t>) -> Read<()> {
    let place = source.span;
    match source.kind {
        Kind::Members(brought) => {
            for mut member in brought {
                if known.insert(member.key.to_string()) {
                    settle(&mut member.value, &place, &mut 0);
                    member.key_span = place.clone();
                    member.key_spelling = Spelling::Fixed(FixedReason::Alias);
                    members.push(member);
                }
            }
            Ok(())
        }
        Kind::Items(items) => items.into_iter().try_for_each(|item| merge(members, known, item)),
        Kind::Text(..) | Kind::Number(_) | Kind::Word(_) | Kind::Tagged(_) => Err(DefinitionError::new(
            "a merge key needs an object, or a list of objects",
            place,
            "write `<<: *name`, where `&name` marks an object",
        )),
    }
}

/// Marks what stands inside the anchors that aliases use: changing it would change the aliases.
fn mark_shared(value: &mut Value<'_>, shared: &[Range<usize>]) {
    let is_shared = |span: &Range<usize>| {
        let after = shared.partition_point(|range| range.start <= span.start);
        after > 0 && span.end <= shared[after - 1].end
    };
    let mark = |spelling: &mut Spelling, span: &Range<usize>| {
        if !matches!(spelling, Spelling::Fixed(_)) && is_shared(span) {
            *spelling = Spelling::Fixed(FixedReason::Anchor);
        }
    };
    match &mut value.kind {
        Kind::Text(_, spelling) => mark(spelling, &value.span),
        Kind::Number(_) | Kind::Word(_) | Kind::Tagged(_) => {}
        Kind::Items(items) => items.iter_mut().for_each(|item| mark_shared(item, shared)),
        Kind::Members(members) => {
            for member in members {
                mark(&mut member.key_spelling, &member.key_span);
                mark_shared(&mut member.value, shared);
            }
        }
    }
}

fn syntax_error(text: &str, error: &ScanError) -> DefinitionError {
    let offset = error.marker().byte_offset().unwrap_or(text.len());
    let place = character_at(text, offset);
    if matches!(error.kind(), granit_parser::ErrorKind::RecursionLimitExceeded) {
        return DefinitionError::too_deep(place);
    }
    let line_start = text[..place.start].rfind('\n').map_or(0, |at| at + 1);
    let help = if text[line_start..place.start].trim().is_empty() && text[line_start..].contains('\t') {
        "indent with spaces: YAML takes no tabs there"
    } else {
        "`python3 -c 'import sys, yaml; yaml.safe_load(sys.stdin)' < FILE` names the same place"
    };
    DefinitionError::new(format!("the definition is not YAML: {}", error.info()), place, help)
}

/// Returns the part of a span that stands on its first line.
fn one_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let line = text[span.clone()].lines().next().unwrap_or_default();
    span.start..span.start + line.len()
}
