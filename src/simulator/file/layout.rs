//! JSON with a line for each object of an account: the outer levels are indented, what lies deeper is on one line.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// How many levels are indented: file, accounts, account, region, kind. The next one is a function, on one line.
const INDENTED: usize = 5;

/// Returns a value as text, with a line end.
pub(super) fn lines(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Lines { depth: 0, is_empty: false });
    value.serialize(&mut serializer).expect("an account has text keys and no failing serializer");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

struct Lines {
    depth: usize,
    /// Whether the innermost object or list has nothing in it yet.
    is_empty: bool,
}

impl Lines {
    fn begin<W: io::Write + ?Sized>(&mut self, writer: &mut W, bracket: u8) -> io::Result<()> {
        self.depth += 1;
        self.is_empty = true;
        writer.write_all(&[bracket])
    }

    fn item<W: io::Write + ?Sized>(&mut self, writer: &mut W, is_first: bool) -> io::Result<()> {
        self.is_empty = false;
        if !is_first {
            writer.write_all(b",")?;
        }
        self.turn(writer, self.depth)
    }

    fn end<W: io::Write + ?Sized>(&mut self, writer: &mut W, bracket: u8) -> io::Result<()> {
        if !self.is_empty {
            self.turn(writer, self.depth - 1)?;
        }
        self.depth -= 1;
        self.is_empty = false;
        writer.write_all(&[bracket])
    }

    fn turn<W: io::Write + ?Sized>(&self, writer: &mut W, indent: usize) -> io::Result<()> {
        if self.depth > INDENTED {
            return Ok(());
        }
        writer.write_all(b"\n")?;
        (0..indent).try_for_each(|_| writer.write_all(b"  "))
    }
}

impl Formatter for Lines {
    fn begin_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b'{')
    }

    fn begin_object_key<W: io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.item(writer, first)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.depth > INDENTED { b":" } else { b": " })
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b'}')
    }

    fn begin_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b'[')
    }

    fn begin_array_value<W: io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.item(writer, first)
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b']')
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_outer_levels_have_lines_of_their_own() {
        let deep = json!({"1": {"2": {"3": {"4": {"5": [1, {"6": {}}], "empty": {}}}}, "list": []}});
        let text = lines(&deep);
        assert_eq!(
            text,
            "{\n  \"1\": {\n    \"2\": {\n      \"3\": {\n        \"4\": {\n          \"5\": [1,{\"6\":{}}],\n          \
             \"empty\": {}\n        }\n      }\n    },\n    \"list\": []\n  }\n}\n"
        );
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), deep);
    }
}
