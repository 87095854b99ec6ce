//! Hand-written scanners: linear time, no regular expressions.

/// Why a name was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidName {
    /// What is wrong, in one sentence, without the name's source.
    pub message: String,
    /// Byte offset of the offending character, if one is to blame.
    pub at: Option<usize>,
    /// The nearest legal name, if there is one.
    pub suggestion: Option<String>,
}

impl InvalidName {
    /// What is wrong and, where it can be told, what was meant; in one sentence.
    pub fn with_suggestion(&self) -> String {
        match &self.suggestion {
            Some(name) => format!("{self}; did you mean `{name}`?"),
            None => self.to_string(),
        }
    }
}

const MAX: usize = 64;
const MAX_FQN: usize = 256;

fn refuse(
    message: impl Into<String>,
    at: Option<usize>,
    suggestion: Option<String>,
) -> InvalidName {
    InvalidName { message: message.into(), at, suggestion }
}

struct Rule {
    what: &'static str,
    pattern: &'static str,
    first: fn(char) -> bool,
    rest: fn(char) -> bool,
    /// Brings a character nearer to a legal one, for suggestions.
    fold: fn(char) -> char,
}

fn scan(text: &str, rule: &Rule) -> Result<(), InvalidName> {
    let Rule { what, pattern, .. } = rule;
    if text.is_empty() {
        return Err(refuse(format!("a {what} may not be empty"), None, None));
    }
    if text.len() > MAX {
        let message = format!("a {what} may have at most {MAX} bytes, this one has {}", text.len());
        let head = &text[..text.floor_char_boundary(MAX)];
        let legal = scan(head, rule).is_ok();
        let nearest = if legal { Some(head.to_owned()) } else { suggest(head, rule) };
        return Err(refuse(message, None, nearest));
    }
    for (i, (at, c)) in text.char_indices().enumerate() {
        let legal = if i == 0 { (rule.first)(c) } else { (rule.rest)(c) };
        if !legal {
            let place = if i == 0 { " at its start" } else { "" };
            let message = format!(
                "a {what} may not contain `{}`{place}; it must match {pattern}",
                c.escape_debug()
            );
            return Err(refuse(message, Some(at), suggest(text, rule)));
        }
    }
    Ok(())
}

/// The nearest legal name: every run of illegal characters becomes one `_`, at the ends nothing.
fn suggest(text: &str, rule: &Rule) -> Option<String> {
    let mut fixed = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars().map(rule.fold) {
        let legal = if fixed.is_empty() { (rule.first)(c) } else { (rule.rest)(c) };
        if !legal {
            gap = !fixed.is_empty();
            continue;
        }
        if gap {
            fixed.push('_');
        }
        gap = false;
        fixed.push(c);
    }
    fixed.truncate(MAX);
    (!fixed.is_empty() && fixed != text).then_some(fixed)
}

fn lower_alnum(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

const STAGE: Rule = Rule {
    what: "stage",
    pattern: "[a-z0-9][-_a-z0-9]*",
    first: lower_alnum,
    rest: |c| lower_alnum(c) || c == '-' || c == '_',
    fold: |c| c.to_ascii_lowercase(),
};

const STACK: Rule = Rule {
    what: "stack name",
    pattern: "[A-Za-z][A-Za-z0-9_-]{0,63}",
    first: |c| c.is_ascii_alphabetic(),
    rest: |c| c.is_ascii_alphanumeric() || c == '-' || c == '_',
    fold: |c| c,
};

const LOGICAL_ID: Rule = Rule {
    what: "resource id",
    pattern: "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
    first: |c| c.is_ascii_alphanumeric(),
    rest: |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'),
    fold: |c| c,
};

pub(super) fn stage(text: &str) -> Result<(), InvalidName> {
    scan(text, &STAGE)
}

pub(super) fn stack(text: &str) -> Result<(), InvalidName> {
    scan(text, &STACK)
}

pub(super) fn logical_id(text: &str) -> Result<(), InvalidName> {
    scan(text, &LOGICAL_ID)
}

pub(super) fn fqn(text: &str) -> Result<(), InvalidName> {
    if text.len() > MAX_FQN {
        let message = format!(
            "a resource's full name may have at most {MAX_FQN} bytes, this one has {}",
            text.len()
        );
        return Err(refuse(message, None, None));
    }
    let mut offset = 0;
    for segment in text.split('/') {
        logical_id(segment).map_err(|e| in_path(e, text, offset, segment.len()))?;
        offset += segment.len() + 1;
    }
    Ok(())
}

/// The error of one segment as an error of the whole path.
fn in_path(error: InvalidName, text: &str, offset: usize, len: usize) -> InvalidName {
    let whole = |fixed: String| format!("{}{fixed}{}", &text[..offset], &text[offset + len..]);
    InvalidName {
        message: error.message,
        at: Some(offset + error.at.unwrap_or(0)),
        suggestion: error.suggestion.map(whole),
    }
}

pub(super) fn realm(text: &str) -> Result<(), InvalidName> {
    let legal = |c: char| c.is_ascii_lowercase() || ('2'..='7').contains(&c);
    match text.char_indices().find(|(_, c)| !legal(*c)) {
        Some((at, _)) => Err(refuse("a realm is made of a-z and 2-7", Some(at), None)),
        None if text.len() != 26 => Err(refuse("a realm has 26 characters", None, None)),
        None => Ok(()),
    }
}

/// `dev_<user>`, every character that a stage cannot have made `_`, cut to the length that one can have.
pub(super) fn default_stage(user: Option<&str>) -> String {
    let mut name = "dev_".to_owned();
    let prefix = name.len();
    for c in user.unwrap_or("").chars().flat_map(char::to_lowercase).take(MAX - prefix) {
        name.push(if (STAGE.rest)(c) { c } else { '_' });
    }
    if name[prefix..].contains(lower_alnum) { name } else { "dev_unknown".to_owned() }
}
