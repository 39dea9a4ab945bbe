//! A table in a page: padded columns, and a last one whose sentences are broken at the width.

use super::{
    page::{Page, Piece},
    style::{Ink, visible},
};

/// Where the last column is narrower than this, what does not fit into it goes to lines of its own.
const NARROWEST_LAST: usize = 36;

/// How far such lines are indented below their row.
const BELOW: usize = 4;

/// A table under construction. Cells are made visible when they come in, so that widths are true.
pub(super) struct Table {
    titles: Vec<&'static str>,
    rows: Vec<TableRow>,
}

struct TableRow {
    ink: Ink,
    cells: Vec<String>,
    remark: Option<String>,
}

impl Table {
    /// Starts a table; the last title is of the column that is broken.
    pub(super) fn new(titles: &[&'static str]) -> Self {
        Self { titles: titles.to_vec(), rows: Vec::new() }
    }

    /// Adds a row with as many cells as there are titles.
    pub(super) fn row(&mut self, ink: Ink, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<String> = cells.into_iter().map(|cell| visible(&cell)).collect();
        debug_assert_eq!(cells.len(), self.titles.len(), "a row has a cell for each title");
        self.rows.push(TableRow { ink, cells, remark: None });
    }

    /// Adds a faint line below the last row.
    pub(super) fn remark(&mut self, text: &str) {
        if let Some(row) = self.rows.last_mut() {
            row.remark = Some(visible(text));
        }
    }

    /// Writes the table, without the columns that are empty throughout.
    pub(super) fn write(mut self, page: &mut Page, indent: usize) {
        self.drop_empty_columns();
        let Some(last) = self.titles.len().checked_sub(1) else { return };
        let widths: Vec<usize> = (0..last).map(|column| self.width(column)).collect();
        let lead = |cells: &[String]| -> String {
            let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}  "));
            std::iter::once(" ".repeat(indent)).chain(padded).collect()
        };
        let used = indent + widths.iter().map(|width| width + 2).sum::<usize>();
        let room = page.style().width.saturating_sub(used);
        let fits = |text: &str| room >= NARROWEST_LAST || room >= text.chars().count();
        let titles: Vec<String> = self.titles.iter().map(|title| (*title).to_owned()).collect();
        let last_title = if fits(self.titles[last]) { self.titles[last] } else { "" };
        page.line(&[(Ink::Faint, &lead(&titles)), (Ink::Faint, last_title)]);
        let below = " ".repeat(indent + BELOW);
        for TableRow { ink, cells, remark } in &self.rows {
            let sentence: Piece<'_> = (*ink, cells[last].as_str());
            if fits(sentence.1) {
                page.flow(&[(*ink, &lead(cells))], &[sentence]);
            } else {
                page.line(&[(*ink, &lead(cells))]);
                page.flow(&[(Ink::Plain, &below)], &[sentence]);
            }
            if let Some(remark) = remark {
                page.flow(&[(Ink::Plain, &below)], &[(Ink::Faint, remark)]);
            }
        }
    }

    /// Returns how wide a column is, its title included.
    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| row.cells[column].chars().count());
        cells.chain([self.titles[column].chars().count()]).max().unwrap_or(0)
    }

    fn drop_empty_columns(&mut self) {
        let is_used = |column: usize| self.rows.iter().any(|row| !row.cells[column].is_empty());
        let used: Vec<bool> = (0..self.titles.len()).map(is_used).collect();
        let mut columns = used.iter();
        self.titles.retain(|_| *columns.next().unwrap_or(&true));
        for row in &mut self.rows {
            let mut columns = used.iter();
            row.cells.retain(|_| *columns.next().unwrap_or(&true));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::style::Style, *};

    fn table(width: usize) -> String {
        let mut table = Table::new(&["NAME", "EMPTY", "WHY"]);
        let why = "because it is among the newest five of them all";
        table.row(Ink::Plain, ["a".to_owned(), String::new(), why.to_owned()]);
        table.remark("a remark");
        table.row(Ink::Plain, ["longer".to_owned(), String::new(), String::new()]);
        let mut page = Page::new(Style::plain(width));
        table.write(&mut page, 2);
        page.into_text()
    }

    #[test]
    fn the_last_column_is_broken_beside_the_others_or_below_them() {
        assert_eq!(
            table(48),
            "  NAME    WHY\n  a       because it is among the newest five of\n          them all\n      a remark\n  longer\n"
        );
        assert_eq!(
            table(30),
            "  NAME    WHY\n  a\n      because it is among the newest\n      five of them all\n      a remark\n  longer\n"
        );
    }
}
