//! Words for what a prop takes and for what it was given.

use super::duration::words;
use super::{PropType, duration};
use crate::value::number_text;
use crate::{Expr, Value};

/// How much of a text a message quotes, in characters.
const QUOTED: usize = 40;
/// How many choices a message lists.
const LISTED: usize = 12;

/// A text in quotes, its unprintable characters escaped, long ones cut.
pub(super) fn quoted(text: &str) -> String {
    let head: String = text.chars().take(QUOTED).flat_map(char::escape_debug).collect();
    let rest = if text.chars().nth(QUOTED).is_some() { "…" } else { "" };
    format!("`{head}{rest}`")
}

/// `a`, `b` or `c`; of many the first and how many more there are.
pub(super) fn choice<T: std::fmt::Display>(items: &[T], mark: &str) -> String {
    let mut shown: Vec<String> =
        items.iter().take(LISTED).map(|item| format!("{mark}{item}{mark}")).collect();
    if items.len() > LISTED {
        shown.push(format!("{} more", items.len() - LISTED));
    }
    let last = shown.pop().unwrap_or_default();
    if shown.is_empty() { last } else { format!("{} or {last}", shown.join(", ")) }
}

/// What the type takes, to follow "must be".
pub(super) fn expected(ty: &PropType) -> String {
    match ty {
        PropType::Bool => "true or false".to_owned(),
        PropType::Int { min, max } => format!("a whole number from {min} to {max}"),
        PropType::Str { min, max } => format!("a text of {min} to {max} characters"),
        PropType::Enum(texts) => choice(texts, "`"),
        PropType::Duration { min, max, .. } => {
            format!("a duration from {} to {}", words(*min), words(*max))
        }
        PropType::IntOf(numbers) => choice(numbers, ""),
        PropType::DaysOf(days) => format!("a duration of {} days", choice(days, "")),
        PropType::List(_) => "a list".to_owned(),
        PropType::Map(_) | PropType::Object(_) => "an object".to_owned(),
        PropType::OneOf(types) => types.iter().map(expected).collect::<Vec<_>>().join(" or "),
        PropType::Document => "a JSON document".to_owned(),
        PropType::Text => "a text".to_owned(),
        PropType::Code => "the path of a source file".to_owned(),
        PropType::Literal(value) => value.to_json(),
    }
}

/// What was given, to follow "not".
pub(super) fn given(expr: &Expr, secret: bool) -> String {
    match expr {
        Expr::Value(Value::List(_)) | Expr::List(_) => "a list".to_owned(),
        Expr::Value(Value::Map(_)) | Expr::Map(_) => "an object".to_owned(),
        Expr::Concat(_) => "a text".to_owned(),
        Expr::Attr { .. } | Expr::Ref(_) | Expr::Call { .. } => "an output".to_owned(),
        Expr::Value(Value::Secret(_)) => "a redacted value".to_owned(),
        Expr::Value(_) if secret => "a redacted value".to_owned(),
        Expr::Value(Value::Null) => "nothing".to_owned(),
        Expr::Value(Value::Bool(b)) => b.to_string(),
        Expr::Value(Value::Num(n)) => format!("the number {}", number_text(*n)),
        Expr::Value(Value::Str(text)) => format!("the text {}", quoted(text)),
    }
}

/// The text to write in place of a bare number, if it can be guessed.
pub(super) fn with_unit(number: i64, ty: &PropType) -> Option<String> {
    let fits = |seconds: i64| match ty {
        PropType::Duration { min, max, .. } => (*min..=*max).contains(&seconds),
        PropType::DaysOf(days) => {
            seconds % duration::DAY == 0 && days.contains(&(seconds / duration::DAY))
        }
        _ => false,
    };
    let in_days =
        matches!(ty, PropType::DaysOf(_) | PropType::Duration { unit_seconds: duration::DAY, .. });
    let units: &[(i64, &str)] = if in_days {
        &[(duration::DAY, "day")]
    } else {
        &[(1, "second"), (60, "minute"), (duration::DAY, "day")]
    };
    let (_, word) = units.iter().find(|(unit, _)| number.checked_mul(*unit).is_some_and(fits))?;
    Some(format!("{number} {word}{}", if number == 1 { "" } else { "s" }))
}
