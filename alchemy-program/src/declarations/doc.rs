//! Documentation comments.

/// Longest line of a comment, in characters.
const WIDTH: usize = 110;

/// `text` as a documentation comment, every line indented by `indent`; nothing for no text.
pub(super) fn comment(text: &str, indent: &str) -> String {
    // A comment that ends early would make code of what follows.
    let text = text.replace("*/", "*\u{200b}/");
    let lines = wrapped(&text, WIDTH.saturating_sub(indent.len() + 3));
    match lines.as_slice() {
        [] => String::new(),
        [line] => format!("{indent}/** {line} */\n"),
        lines => {
            let next = format!("\n{indent} * ");
            format!("{indent}/**{next}{}\n{indent} */\n", lines.join(&next))
        }
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
