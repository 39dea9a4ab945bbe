//! The walk that holds a tree against the schema and reports every mistake once.
//!
//! A value that is wrong is not looked into, so no mistake causes a second report.

use super::{
    nearest::{listed, nearest},
    problem::{Problem, Source},
    rules::Rule,
    schema::{ENVIRONMENT, FUNCTION, Field, INHERITED, Shape, field},
    target,
    tree::{Entry, Node, Table, Value},
};

/// Returns the mistakes of a table that is described by the fields.
pub(crate) fn problems(source: &Source, root: &Table, fields: &'static [Field]) -> Vec<Problem> {
    let first_environment = root.children("environments").first();
    let mut walk = Walk {
        source,
        environment: first_environment.map_or("dev", |entry| entry.key.as_str()),
        problems: Vec::new(),
    };
    walk.fields("", root, fields);
    walk.problems
}

struct Walk<'a> {
    source: &'a Source,
    /// An environment to name in examples.
    environment: &'a str,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn fields(&mut self, path: &str, table: &Table, fields: &'static [Field]) {
        for entry in &table.entries {
            match field(fields, &entry.key) {
                Some(field) => self.field(&joined(path, &entry.key), entry, field),
                None => self.unknown_key(path, entry, fields),
            }
        }
    }

    fn field(&mut self, path: &str, entry: &Entry, field: &Field) {
        let before = self.problems.len();
        self.value(path, &entry.node, field.shape, field.example);
        let is_sound = self.problems.len() == before;
        if let (true, Some(instead)) = (is_sound, field.instead) {
            let problem = self
                .source
                .problem(&entry.key_span, format!("`{path}` is not built yet"))
                .labelled("the engine would ignore it")
                .helped(instead);
            self.problems.push(problem);
        }
    }

    fn value(&mut self, path: &str, node: &Node, shape: Shape, example: &str) {
        match (shape, &node.value) {
            (Shape::Text(rule), Value::Text(text)) => {
                if let Err(refusal) = rule(text) {
                    let line = self.example_line(path, node, example);
                    self.problems.push(refusal.placed(self.source, &node.span, text, &line));
                }
            }
            (Shape::Integer { least, most }, Value::Integer(number)) => {
                self.bounds(path, node, *number, (least, most));
            }
            (Shape::Choice(words), Value::Text(text)) => self.choice(path, node, text, words),
            (Shape::List { item, most }, Value::List(items)) => {
                self.items(path, items, (*item, most), example);
            }
            (Shape::Table(fields), Value::Table(table)) => self.fields(path, table, fields),
            (Shape::Record(fields), Value::Table(table)) => {
                self.fields(path, table, fields);
                self.required(path, node, table, fields);
            }
            (Shape::OneOf(fields) | Shape::VariableSource(fields), Value::Table(table)) => {
                self.fields(path, table, fields);
                self.exactly_one(path, node, table, fields);
            }
            (Shape::Map { key, value }, Value::Table(table)) => {
                self.entries(path, table, (key, *value), inner_example(example));
            }
            (Shape::Target, _) => {
                if let Err(problems) = target::read(self.source, path, node) {
                    self.problems.extend(problems);
                }
            }
            (Shape::Boolean, Value::Boolean(_)) | (Shape::Anything, _) => {}
            _ => self.wrong_type(path, node, shape, example),
        }
    }

    fn entries(&mut self, path: &str, table: &Table, (rule, shape): (Rule, Shape), example: &str) {
        for entry in &table.entries {
            match rule(&entry.key) {
                Ok(()) => self.value(&joined(path, &entry.key), &entry.node, shape, example),
                Err(refusal) => {
                    self.problems.push(refusal.placed(self.source, &entry.key_span, &entry.key, ""));
                }
            }
        }
    }

    /// Returns the line of the value with the example in its place.
    fn example_line(&self, path: &str, node: &Node, example: &str) -> String {
        let is_in_place = node.as_table().is_none() && !path.ends_with(']');
        if is_in_place {
            self.source.corrected_line(&node.span, example)
        } else {
            format!("{} = {example}", last(path))
        }
    }

    fn unknown_key(&mut self, path: &str, entry: &Entry, fields: &'static [Field]) {
        let source = self.source;
        let place = if path.is_empty() { "at the top level".to_owned() } else { format!("in `{path}`") };
        let problem = source.problem(&entry.key_span, format!("unknown key `{}` {place}", entry.key));
        let problem = if path.is_empty() && field(ENVIRONMENT, &entry.key).is_some() {
            let environment = self.environment;
            problem.labelled("belongs to one environment").helped(format!(
                "environments.{environment}.{} = {}",
                entry.key,
                source.slice(&entry.node.span)
            ))
        } else if is_inherited(path) && is_own(&entry.key) {
            problem.labelled("each function says it for itself").helped(format!(
                "functions.ID.{} = {}",
                entry.key,
                source.slice(&entry.node.span)
            ))
        } else if let Some(near) = nearest(&entry.key, fields.iter().map(|field| field.key)) {
            problem
                .labelled(format!("did you mean `{near}`?"))
                .helped(source.corrected_line(&entry.key_span, near))
        } else if path.is_empty() && field(INHERITED, &entry.key).is_some() {
            problem.labelled("belongs to a function").helped(format!(
                "defaults.{} = {}",
                entry.key,
                source.slice(&entry.node.span)
            ))
        } else {
            let known = listed(fields.iter().map(|field| field.key), "and");
            problem.labelled("not a key of this table").helped(format!("the keys are {known}"))
        };
        self.problems.push(problem);
    }

    fn wrong_type(&mut self, path: &str, node: &Node, shape: Shape, example: &str) {
        let source = self.source;
        if let Shape::VariableSource(_) = shape {
            let message = format!("`{path}` is a literal: a value in the file would be a secret in git");
            let named = format!("{{ from_env = \"{}\" }}", last(path));
            let stored = format!("{{ ssm = \"/shop/prod/{}\" }}", last(path).to_ascii_lowercase());
            let [named, stored] = [named, stored].map(|source| self.example_line(path, node, &source));
            let help = format!("{named}\n{stored}");
            let problem = source.problem(&node.span, message);
            self.problems.push(problem.labelled("values come only from `from_env` or `ssm`").helped(help));
            return;
        }
        let message = format!("`{path}` is {}, not {}", node.kind(), wanted(shape));
        let help = converted(source, node, shape).map_or_else(
            || self.example_line(path, node, example),
            |converted| source.corrected_line(&node.span, &converted),
        );
        let problem = source.problem(&node.span, message);
        self.problems.push(problem.labelled(format!("not {}", wanted(shape))).helped(help));
    }

    fn bounds(&mut self, path: &str, node: &Node, number: i64, (least, most): (i64, i64)) {
        if (least..=most).contains(&number) {
            return;
        }
        let source = self.source;
        let written = source.slice(&node.span);
        let allowed = if least == most {
            format!("only {least} is known")
        } else {
            format!("{least} to {most} are allowed")
        };
        let nearest_bound = number.clamp(least, most).to_string();
        let problem = source
            .problem(&node.span, format!("`{path}` is {written}: {allowed}"))
            .labelled(if number < least { "too small" } else { "too large" })
            .helped(source.corrected_line(&node.span, &nearest_bound));
        self.problems.push(problem);
    }

    fn choice(&mut self, path: &str, node: &Node, text: &str, words: &'static [&'static str]) {
        if words.contains(&text) {
            return;
        }
        let source = self.source;
        let problem = source.problem(&node.span, format!("`{path}` cannot be `{text}`"));
        let allowed = listed(words.iter().copied(), "or");
        let problem = match nearest(text, words.iter().copied()) {
            Some(near) => problem
                .labelled(format!("did you mean `{near}`?"))
                .helped(source.corrected_line(&node.span, &format!("\"{near}\""))),
            None => problem.labelled("unknown word").helped(format!("use {allowed}")),
        };
        self.problems.push(problem);
    }

    fn items(&mut self, path: &str, items: &[Node], (item, most): (Shape, usize), example: &str) {
        for (index, node) in items.iter().enumerate() {
            self.value(&format!("{path}[{index}]"), node, item, example);
        }
        if let Some(excess) = items.get(most) {
            let count = items.len();
            let plural = if most == 1 { "item" } else { "items" };
            let problem = self
                .source
                .problem(&excess.span, format!("`{path}` has {count} items: at most {most} {plural} allowed"))
                .labelled("one too many");
            self.problems.push(problem.helped(format!("{} = {example}", last(path))));
        }
    }

    fn required(&mut self, path: &str, node: &Node, table: &Table, fields: &'static [Field]) {
        let missing = fields.iter().filter(|field| field.is_required && table.get(field.key).is_none());
        for field in missing {
            let problem = self
                .source
                .problem(&node.span, format!("`{path}` has no `{}`", field.key))
                .labelled(format!("`{}` is missing", field.key))
                .helped(format!("{} = {}", field.key, field.example));
            self.problems.push(problem);
        }
    }

    fn exactly_one(&mut self, path: &str, node: &Node, table: &Table, fields: &'static [Field]) {
        let known = table.entries.iter().filter(|entry| field(fields, &entry.key).is_some());
        let keys = listed(fields.iter().map(|field| field.key), "or");
        let problem = match known.collect::<Vec<_>>().as_slice() {
            [_] => return,
            [] if !table.entries.is_empty() => return,
            [] => self
                .source
                .problem(&node.span, format!("`{path}` is empty"))
                .labelled(format!("{keys} is missing")),
            [first, second, ..] => self
                .source
                .problem(&second.key_span, format!("`{path}` has both `{}` and `{}`", first.key, second.key))
                .labelled("only one can be meant"),
        };
        self.problems.push(problem.helped(format!("write one of {keys}")));
    }
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Tells whether what stands here is for all functions.
fn is_inherited(path: &str) -> bool {
    path.is_empty() || last(path) == "defaults"
}

/// Tells whether a key is of each function by itself.
fn is_own(key: &str) -> bool {
    field(FUNCTION, key).is_some() && field(INHERITED, key).is_none()
}

/// Returns the last key of a path, without the index of an item.
fn last(path: &str) -> &str {
    let key = path.rsplit('.').next().unwrap_or(path);
    key.split('[').next().unwrap_or(key)
}

/// Returns the first value of a table to paste.
fn inner_example(table: &str) -> &str {
    let inside = table.strip_prefix("{ ").and_then(|rest| rest.strip_suffix(" }"));
    inside.and_then(|inside| inside.split_once(" = ")).map_or(table, |(_, value)| value)
}

fn wanted(shape: Shape) -> &'static str {
    match shape {
        Shape::Text(_) | Shape::Choice(_) => "a string",
        Shape::Integer { .. } => "an integer",
        Shape::Boolean => "a boolean",
        Shape::List { .. } => "an array",
        Shape::Table(_)
        | Shape::Record(_)
        | Shape::OneOf(_)
        | Shape::VariableSource(_)
        | Shape::Map { .. } => "a table",
        Shape::Target => "an alias target",
        Shape::Anything => "a value",
    }
}

/// Writes the value in the wanted type, where that is plainly what was meant.
fn converted(source: &Source, node: &Node, shape: Shape) -> Option<String> {
    let written = source.slice(&node.span);
    match (shape, &node.value) {
        (Shape::Text(rule), Value::Integer(_) | Value::Float | Value::Boolean(_)) => {
            rule(written).is_ok().then(|| format!("\"{written}\""))
        }
        (Shape::Integer { least, most }, Value::Text(text)) => {
            let number: i64 = text.trim().parse().ok()?;
            (least..=most).contains(&number).then(|| number.to_string())
        }
        (Shape::Boolean, Value::Text(text)) => {
            ["true", "false"].contains(&text.as_str()).then(|| text.clone())
        }
        (Shape::OneOf([first, ..]), Value::Text(_)) => Some(format!("{{ {} = {written} }}", first.key)),
        (Shape::List { item, .. }, Value::Text(text)) => {
            let is_item = match item {
                Shape::Text(rule) => rule(text).is_ok(),
                Shape::Choice(words) => words.contains(&text.as_str()),
                _ => false,
            };
            is_item.then(|| format!("[{written}]"))
        }
        _ => None,
    }
}
