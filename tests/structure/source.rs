//! The source of the program as tokens, without comments, texts and tests.

use std::{
    collections::BTreeSet,
    fs,
    iter::Peekable,
    path::{Path, PathBuf},
    str::Chars,
};

/// One file of the program, without comments, texts and tests.
pub(crate) struct SourceFile {
    /// Relative to `src`, with `/`.
    pub(crate) path: String,
    pub(crate) tokens: Vec<String>,
}

impl SourceFile {
    /// The module right below the crate.
    pub(crate) fn module(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap_or_default()
    }

    /// How many `super` lead from this file to the crate.
    fn depth(&self) -> usize {
        let parts = self.path.trim_end_matches(".rs").split('/');
        parts.filter(|part| !["mod", "lib", "main"].contains(part)).count()
    }

    pub(crate) fn says(&self, phrase: &[&str]) -> bool {
        self.tokens.windows(phrase.len()).any(|words| words == phrase)
    }

    /// The modules of the crate that the file names, by `crate::` or by enough `super::`.
    pub(crate) fn imports(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for index in 0..self.tokens.len() {
            let steps = self.steps_up(index);
            if self.tokens[index] == "crate" && self.token(index + 1) == "::" {
                found.extend(self.heads(index + 2));
            } else if steps > 0 && steps == self.depth() {
                found.extend(self.heads(index + 2 * steps));
            }
        }
        found
    }

    /// Counts the `super::` that begin here and continue nothing.
    fn steps_up(&self, index: usize) -> usize {
        if index > 0 && self.token(index - 1) == "::" {
            return 0;
        }
        let pairs = self.tokens[index..].chunks(2);
        pairs.take_while(|pair| *pair == ["super", "::"]).count()
    }

    /// The first names of a path or of a group of paths.
    fn heads(&self, start: usize) -> Vec<String> {
        if self.token(start) != "{" {
            return vec![self.token(start).to_owned()];
        }
        let mut heads = Vec::new();
        let mut depth = 0;
        for index in start..self.tokens.len() {
            match self.token(index) {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            let is_head = depth == 1 && ["{", ","].contains(&self.token(index));
            if is_head && self.token(index + 1) != "}" && self.token(index + 1) != "," {
                heads.push(self.token(index + 1).to_owned());
            }
        }
        heads
    }

    /// The first name of every path: the crates are among them.
    pub(crate) fn crates(&self) -> BTreeSet<&str> {
        let is_start =
            |index: &usize| self.token(index + 1) == "::" && (*index == 0 || self.token(index - 1) != "::");
        (0..self.tokens.len()).filter(is_start).map(|index| self.token(index)).collect()
    }

    fn token(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", String::as_str)
    }
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the program that is not a test.
pub(crate) fn sources() -> Vec<SourceFile> {
    let source = root().join("src");
    let mut files = Vec::new();
    let mut tests = BTreeSet::new();
    for path in rust_files(&source) {
        let text = fs::read_to_string(&path).expect("the source can be read");
        let (tokens, modules) = without_tests(&tokens(&text));
        let folder = path.parent().expect("a file has a folder");
        tests.extend(modules.iter().map(|module| folder.join(format!("{module}.rs"))));
        let relative = path.strip_prefix(&source).expect("it was found there");
        let name = relative.components().map(|part| part.as_os_str().to_string_lossy());
        files.push((path.clone(), SourceFile { path: name.collect::<Vec<_>>().join("/"), tokens }));
    }
    assert!(files.len() > 100, "the source is found");
    files.into_iter().filter(|(path, _)| !tests.contains(path)).map(|(_, file)| file).collect()
}

pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Drops each item under `#[cfg(test)]`, and tells which of them are files of their own.
fn without_tests(tokens: &[String]) -> (Vec<String>, Vec<String>) {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut kept, mut modules) = (Vec::new(), Vec::new());
    let mut index = 0;
    while index < tokens.len() {
        if !tokens[index..].starts_with(&MARK.map(str::to_owned)) {
            kept.push(tokens[index].clone());
            index += 1;
            continue;
        }
        let length = item_length(&tokens[index + MARK.len()..]);
        if let [.., keyword, name, end] = &tokens[index..index + MARK.len() + length]
            && (keyword.as_str(), end.as_str()) == ("mod", ";")
        {
            modules.push(name.clone());
        }
        index += MARK.len() + length;
    }
    (kept, modules)
}

/// An item ends with a semicolon outside of braces, or with its last brace.
fn item_length(tokens: &[String]) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 && (token == ";" || token == "}") {
            return index + 1;
        }
    }
    tokens.len()
}

/// Words, `::`, and every other character by itself; comments and texts leave nothing.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '/' if rest.peek() == Some(&'/') => drop(rest.by_ref().find(|next| *next == '\n')),
            '/' if rest.peek() == Some(&'*') => skip_comment(&mut rest),
            '"' => skip_text(&mut rest),
            '\'' => skip_character(&mut rest),
            ':' if rest.next_if_eq(&':').is_some() => tokens.push("::".to_owned()),
            _ if character.is_alphanumeric() || character == '_' => {
                let word = word(character, &mut rest);
                let is_raw = ["r", "br"].contains(&word.as_str());
                if is_raw && matches!(rest.peek(), Some('"' | '#')) {
                    skip_raw_text(&mut rest);
                } else {
                    tokens.push(word);
                }
            }
            _ if character.is_whitespace() => {}
            _ => tokens.push(character.to_string()),
        }
    }
    tokens
}

fn word(first: char, rest: &mut Peekable<Chars<'_>>) -> String {
    let mut word = first.to_string();
    while let Some(next) = rest.next_if(|next| next.is_alphanumeric() || *next == '_') {
        word.push(next);
    }
    word
}

fn skip_comment(rest: &mut Peekable<Chars<'_>>) {
    let mut last = ' ';
    rest.next();
    for next in rest.by_ref() {
        if last == '*' && next == '/' {
            return;
        }
        last = next;
    }
}

fn skip_text(rest: &mut Peekable<Chars<'_>>) {
    while let Some(next) = rest.next() {
        match next {
            '\\' => drop(rest.next()),
            '"' => return,
            _ => {}
        }
    }
}

fn skip_raw_text(rest: &mut Peekable<Chars<'_>>) {
    let mut fence = String::from("\"");
    while rest.next_if_eq(&'#').is_some() {
        fence.push('#');
    }
    rest.next();
    let mut seen = String::new();
    for next in rest.by_ref() {
        seen.push(next);
        if seen.ends_with(&fence) {
            return;
        }
    }
}

/// Skips `'x'` and `'\n'`, and leaves the name of a lifetime.
fn skip_character(rest: &mut Peekable<Chars<'_>>) {
    let mut ahead = rest.clone();
    let (first, second) = (ahead.next(), ahead.next());
    if first == Some('\\') {
        rest.next();
        rest.next();
        rest.find(|next| *next == '\'');
    } else if second == Some('\'') {
        rest.next();
        rest.next();
    }
}

#[test]
fn a_file_is_read_without_comments_texts_and_tests() {
    let text = r##"
        //! crate::a
        use crate::{model::{Name, Other}, plan};
        /* crate::b */ const TEXT: &str = r#"crate::c " "#;
        fn f<'a>(_: &'a str) -> char { super::super::store::open("crate::d \" "); '"' }
        #[cfg(test)]
        mod tests { use crate::apply; }
        #[cfg(test)]
        mod fixture;
    "##;
    let (tokens, modules) = without_tests(&tokens(text));
    let file = SourceFile { path: "diff/alias.rs".to_owned(), tokens };
    assert_eq!(Vec::from_iter(file.imports()), ["model", "plan", "store"]);
    assert_eq!(modules, ["fixture"]);
}
