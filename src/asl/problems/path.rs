//! The shape of a path: `$`, `$.orders[0].id`, `$$.Execution.Id`, `$variable.part`; and of a call of an
//! intrinsic function.

/// Returns what is wrong with the shape of a path, if anything is.
///
/// Only the shape: filters and wildcards have a grammar of their own, which the service knows.
pub(super) fn flaw(path: &str) -> Option<&'static str> {
    let Some(rest) = path.strip_prefix('$') else { return Some("a path begins with `$`") };
    let rest = rest.strip_prefix('$').unwrap_or(rest);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let rest = rest.trim_start_matches(is_word);
    if !rest.is_empty() && !rest.starts_with(['.', '[']) {
        return Some("after `$` or a variable comes `.` or `[`");
    }
    if rest.ends_with('.') {
        return Some("the path ends with a dot");
    }
    (!is_balanced(rest)).then_some("a bracket or a quote is not closed")
}

/// Returns what is wrong with the path of a `ResultPath`, which names a place in the state's input.
pub(super) fn flaw_of_target(path: &str) -> Option<&'static str> {
    let is_input = path.len() == 1 || path.starts_with("$.") || path.starts_with("$[");
    if path.starts_with('$') && !is_input {
        return Some("a result goes into the input (`$.…`), not into a variable or the context");
    }
    flaw(path)
}

/// Returns what is wrong with a value that is a path or a call, if anything is.
pub(super) fn flaw_of_call(value: &str) -> Option<&'static str> {
    if value.starts_with('$') {
        return flaw(value);
    }
    let call = value.trim();
    let is_call = call.starts_with("States.") && call.ends_with(')') && call.contains('(');
    if !is_call {
        return Some("neither a path (`$…`) nor a call of an intrinsic function (`States.…(…)`)");
    }
    (!is_balanced(value)).then_some("a bracket or a quote is not closed")
}

/// Says whether brackets are closed in order; in quotes, `\` takes the next character.
fn is_balanced(text: &str) -> bool {
    let mut open = Vec::new();
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => {
                characters.next();
            }
            (Some(mark), _) => quote = (mark != character).then_some(mark),
            // Outside brackets a quote may be part of a field's name.
            (None, '\'' | '"') if !open.is_empty() => quote = Some(character),
            (None, '[' | '(') => open.push(character),
            (None, ']' | ')') => {
                let opening = if character == ']' { '[' } else { '(' };
                if open.pop() != Some(opening) {
                    return false;
                }
            }
            (None, _) => {}
        }
    }
    open.is_empty() && quote.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_shape_of_a_path() {
        for path in [
            "$",
            "$$",
            "$.a",
            "$.a.b[0]",
            "$$.Execution.Id",
            "$['a b'].c",
            "$.a[?(@.b == 'x]')]",
            "$.a[1:]",
            "$..a",
            "$.a[*]",
            "$orders.id",
            "$.it's",
            "$[\"a\\\"b\"]",
            "$.größe",
        ] {
            assert_eq!(flaw(path), None, "{path}");
        }
        for path in ["", "a", " $.a", "$ .a", "$.", "$.a.", "$.a[0", "$.a]", "$.a['b]", "${a", "$-a"] {
            assert!(flaw(path).is_some(), "{path}");
        }
    }

    #[test]
    fn knows_the_shape_of_a_call() {
        for call in [
            "States.UUID()",
            "States.Format('it\\'s {}', $.a)",
            "States.Array($.a, States.UUID())",
            "$.a",
            " States.UUID()",
        ] {
            assert_eq!(flaw_of_call(call), None, "{call}");
        }
        for call in ["orders", "States.UUID", "States.Format('a', $.b", "States.Array((1)", "{% 1 %}", ""] {
            assert!(flaw_of_call(call).is_some(), "{call}");
        }
    }
}
