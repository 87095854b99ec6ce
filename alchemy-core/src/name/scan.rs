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

const MAX: usize = 64;
const MAX_FQN: usize = 256;

fn refuse(message: impl Into<String>, at: Option<usize>, suggestion: Option<String>) -> InvalidName {
    InvalidName { message: message.into(), at, suggestion }
}

struct Rule {
    what: &'static str,
    pattern: &'static str,
    first: fn(char) -> bool,
    rest: fn(char) -> bool,
    fix: fn(&str) -> String,
}

fn scan(text: &str, rule: &Rule) -> Result<(), InvalidName> {
    let Rule { what, pattern, .. } = rule;
    if text.is_empty() {
        return Err(refuse(format!("a {what} may not be empty"), None, None));
    }
    if text.len() > MAX {
        let message = format!("a {what} may have at most {MAX} bytes, this one has {}", text.len());
        let head: String = text.chars().take(MAX).collect();
        return Err(refuse(message, Some(MAX), suggest(&head, rule)));
    }
    for (i, (at, c)) in text.char_indices().enumerate() {
        let legal = if i == 0 { (rule.first)(c) } else { (rule.rest)(c) };
        if !legal {
            let place = if i == 0 { " at its start" } else { "" };
            let message = format!("a {what} may not contain `{}`{place}; it must match {pattern}", c.escape_debug());
            return Err(refuse(message, Some(at), suggest(text, rule)));
        }
    }
    Ok(())
}

fn suggest(text: &str, rule: &Rule) -> Option<String> {
    let mut fixed = (rule.fix)(text);
    while fixed.chars().next().is_some_and(|c| !(rule.first)(c)) {
        fixed.remove(0);
    }
    fixed.truncate(MAX);
    (!fixed.is_empty() && fixed != text).then_some(fixed)
}

fn lower_alnum(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn replaced(text: &str, legal: fn(char) -> bool) -> String {
    text.chars().map(|c| if legal(c) { c } else { '_' }).collect()
}

const STAGE: Rule = Rule {
    what: "stage",
    pattern: "[a-z0-9][-_a-z0-9]*",
    first: lower_alnum,
    rest: |c| lower_alnum(c) || c == '-' || c == '_',
    fix: |text| replaced(&text.to_ascii_lowercase(), STAGE.rest),
};

const STACK: Rule = Rule {
    what: "stack name",
    pattern: "[A-Za-z][A-Za-z0-9_-]{0,63}",
    first: |c| c.is_ascii_alphabetic(),
    rest: |c| c.is_ascii_alphanumeric() || c == '-' || c == '_',
    fix: |text| replaced(text, STACK.rest),
};

const LOGICAL_ID: Rule = Rule {
    what: "resource id",
    pattern: "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
    first: |c| c.is_ascii_alphanumeric(),
    rest: |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'),
    fix: |text| replaced(text, LOGICAL_ID.rest),
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
        let message = format!("a resource's full name may have at most {MAX_FQN} bytes, this one has {}", text.len());
        return Err(refuse(message, Some(MAX_FQN), None));
    }
    let mut offset = 0;
    for segment in text.split('/') {
        logical_id(segment).map_err(|e| InvalidName { at: e.at.map(|at| at + offset), ..e })?;
        offset += segment.len() + 1;
    }
    Ok(())
}

pub(super) fn realm(text: &str) -> Result<(), InvalidName> {
    let legal = |c: char| c.is_ascii_lowercase() || ('2'..='7').contains(&c);
    match text.char_indices().find(|(_, c)| !legal(*c)) {
        Some((at, _)) => Err(refuse("a realm is made of a-z and 2-7", Some(at), None)),
        None if text.len() != 26 => Err(refuse("a realm has 26 characters", None, None)),
        None => Ok(()),
    }
}

pub(super) fn default_stage(user: Option<&str>) -> String {
    let mut name = "dev_".to_owned();
    for c in user.unwrap_or("").chars().flat_map(char::to_lowercase) {
        if name.len() >= MAX {
            break;
        }
        name.push(if (STAGE.rest)(c) { c } else { '_' });
    }
    let given = name["dev_".len()..].trim_matches('_').len();
    if given == 0 { "dev_unknown".to_owned() } else { name }
}
