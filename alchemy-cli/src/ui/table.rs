//! Columns aligned by display width.

use unicode_width::UnicodeWidthStr as _;

use super::style::{Paint, Role};

/// A table with a heading line; columns are two spaces apart, lines have no trailing space.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>], paint: Paint) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let heading = paint.text(Role::Dim, &line(headings.iter().copied(), &widths));
    let rows = rows.iter().map(|row| line(row.iter().map(String::as_str), &widths));
    std::iter::once(heading).chain(rows).collect::<Vec<_>>().join("\n")
}

fn line<'a>(cells: impl Iterator<Item = &'a str>, widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, width) in cells.zip(widths) {
        text.push_str(cell);
        text.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![
            vec!["Jobs".to_owned(), "queue".to_owned()],
            vec!["写真".to_owned(), String::new()],
        ];
        let text = table(&["ID", "TYPE"], &rows, Paint::new(false));
        assert_eq!(text, "ID    TYPE\nJobs  queue\n写真");
    }
}
