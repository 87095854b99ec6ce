//! A terminal that is left with its cursor at the start of the line after every drawing. Drawings end with a full line: what
//! the terminal itself writes there, such as the `^C` of an interrupt, would begin a line that the next drawing does not
//! know of, and one of the area's lines would stay for good.

use std::io;

use indicatif::TermLike;

/// Over another terminal.
#[derive(Debug)]
pub(super) struct AtLineStart<T>(pub(super) T);

impl<T: TermLike> TermLike for AtLineStart<T> {
    fn width(&self) -> u16 {
        self.0.width()
    }
    fn height(&self) -> u16 {
        self.0.height()
    }
    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }
    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }
    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }
    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }
    fn write_line(&self, s: &str) -> io::Result<()> {
        self.0.write_line(s)
    }
    fn write_str(&self, s: &str) -> io::Result<()> {
        self.0.write_str(s)
    }
    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }
    fn flush(&self) -> io::Result<()> {
        self.0.write_str("\r")?;
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _};

    use console::Term;
    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

    use super::*;

    #[test]
    fn every_drawing_ends_at_the_start_of_a_line() {
        let mut written = tempfile::tempfile().expect("a file");
        let (read, write) =
            (written.try_clone().expect("open"), written.try_clone().expect("open"));
        let term = AtLineStart(Term::read_write_pair(read, write));
        let bar =
            ProgressBar::with_draw_target(Some(3), ProgressDrawTarget::term_like(Box::new(term)));
        bar.set_style(ProgressStyle::with_template("{pos} {wide_msg}").expect("a template"));
        for _ in 0..3 {
            bar.inc(1);
            bar.tick();
            written.rewind().expect("a file");
            let mut text = String::new();
            written.read_to_string(&mut text).expect("text");
            assert!(text.ends_with('\r'), "{text:?}");
        }
    }
}
