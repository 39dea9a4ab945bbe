//! Table keys and name templates made of physical names.

use std::collections::BTreeSet;

/// The most that a table key may hold.
const KEY_CHARACTERS: usize = 64;

/// What stands between the words of a name.
const SEPARATORS: [char; 2] = ['-', '_'];

/// Returns the name with `${env}` where it begins or ends with the environment.
pub(super) fn template(name: &str, environment: &str) -> String {
    let Some((before, after)) = around(name, environment) else { return name.to_owned() };
    format!("{before}${{env}}{after}")
}

/// Returns the name without the environment at its end or beginning.
fn stem<'a>(name: &'a str, environment: &str) -> &'a str {
    match around(name, environment) {
        Some((before, "")) => before.trim_end_matches(SEPARATORS),
        Some((_, after)) => after.trim_start_matches(SEPARATORS),
        None => name,
    }
}

/// Splits a name around the environment, which is a whole word at one end of it.
fn around<'a>(name: &'a str, environment: &str) -> Option<(&'a str, &'a str)> {
    let is_ended = |rest: &&str| rest.len() > 1 && rest.ends_with(SEPARATORS);
    let is_begun = |rest: &&str| rest.len() > 1 && rest.starts_with(SEPARATORS);
    let at_end = name.strip_suffix(environment).filter(is_ended).map(|before| (before, ""));
    at_end.or_else(|| name.strip_prefix(environment).filter(is_begun).map(|after| ("", after)))
}

/// Chooses the keys of one kind of table.
pub(super) struct Keys<'a> {
    environment: &'a str,
    prefix: String,
    taken: BTreeSet<String>,
}

impl<'a> Keys<'a> {
    /// Takes all physical names of the kind, and the keys that are taken.
    pub(super) fn new<'n>(
        environment: &'a str,
        names: impl IntoIterator<Item = &'n str>,
        taken: impl IntoIterator<Item = String>,
    ) -> Self {
        let stems: BTreeSet<&str> = names.into_iter().map(|name| stem(name, environment)).collect();
        Self { environment, prefix: common_prefix(&stems), taken: taken.into_iter().collect() }
    }

    /// Returns a key that is free: the name without environment and common beginning, else the whole
    /// name, else the name with a number.
    pub(super) fn key(&mut self, name: &str) -> String {
        let stem = stem(name, self.environment);
        let short = stem.strip_prefix(&self.prefix).filter(|rest| !rest.is_empty()).unwrap_or(stem);
        let numbered = (2_u64..).map(|number| cut(name, &format!("-{number}")));
        let candidates = [cut(short, ""), cut(name, "")].into_iter().chain(numbered);
        let free = candidates.into_iter().find(|key| !self.taken.contains(key));
        let key = free.expect("there is always another number");
        self.taken.insert(key.clone());
        key
    }
}

fn cut(name: &str, ending: &str) -> String {
    let kept: String = name.chars().take(KEY_CHARACTERS - ending.len()).collect();
    format!("{kept}{ending}")
}

/// Returns the words that all of several names begin with, the separator included.
fn common_prefix(stems: &BTreeSet<&str>) -> String {
    // The first and the last in order differ the most.
    let (Some(first), Some(last)) = (stems.first(), stems.last()) else { return String::new() };
    if first == last {
        return String::new();
    }
    let shared: String =
        first.chars().zip(last.chars()).take_while(|(one, two)| one == two).map(|(one, _)| one).collect();
    shared.rfind(SEPARATORS).map_or_else(String::new, |at| shared[..=at].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_gives_way_to_its_variable_where_it_is_a_word() {
        let cases = [
            ("shop-orders-dev", "shop-orders-${env}"),
            ("dev_orders", "${env}_orders"),
            ("shop-orders", "shop-orders"),
            ("shop-ordersdev", "shop-ordersdev"),
            ("dev", "dev"),
            ("-dev", "-dev"),
        ];
        for (name, expected) in cases {
            assert_eq!(template(name, "dev"), expected, "{name}");
        }
    }

    #[test]
    fn a_key_is_what_tells_the_names_apart() {
        let names = ["shop-orders-dev", "shop-orders-v2-dev", "shop-mailer-dev"];
        let mut keys = Keys::new("dev", names, []);
        assert_eq!(names.map(|name| keys.key(name)), ["orders", "orders-v2", "mailer"]);
        let mut alone = Keys::new("dev", ["shop-orders-dev"], []);
        assert_eq!(alone.key("shop-orders-dev"), "shop-orders");
    }

    #[test]
    fn a_key_that_is_taken_is_not_taken_again() {
        let taken = ["orders".to_owned(), "orders-dev".to_owned()];
        let mut keys = Keys::new("dev", ["orders-dev"], taken);
        assert_eq!(keys.key("orders-dev"), "orders-dev-2");
        let long = "m".repeat(80);
        assert_eq!(Keys::new("dev", [long.as_str()], []).key(&long).len(), KEY_CHARACTERS);
    }
}
