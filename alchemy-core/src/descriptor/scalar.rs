//! The walk's ends: numbers, texts, choices, durations.

use super::duration::{DAY, NoDuration};
use super::nearest::nearest;
use super::normal::Author;
use super::walk::Walk;
use super::wording::{expected, given, with_unit};
use super::{PropType, duration};
use crate::{Expr, Value};

impl Walk<'_> {
    pub(super) fn scalar(&mut self, ty: &PropType, expr: Expr) -> Expr {
        let Expr::Value(value) = &expr else {
            self.wrong(ty, &expr, None);
            return expr;
        };
        let fits = match (ty, value) {
            (PropType::Bool, Value::Bool(_)) | (PropType::Text, Value::Str(_)) => true,
            (PropType::Int { min, max }, Value::Num(_)) => match value.as_int() {
                Some(number) if (*min..=*max).contains(&number) => true,
                _ => return self.ranged(ty, expr),
            },
            (PropType::IntOf(numbers), Value::Num(_)) => match value.as_int() {
                Some(number) if numbers.contains(&number) => true,
                _ => return self.ranged(ty, expr),
            },
            (PropType::Str { min, max }, Value::Str(text)) => {
                let length = text.chars().count();
                if !(*min..=*max).contains(&length) {
                    let problem = format!("must be {}, not of {length}", expected(ty));
                    self.refuse("out-of-range", problem, None);
                }
                true
            }
            (PropType::Enum(texts), Value::Str(text)) => return self.choice(ty, texts, text),
            (PropType::Duration { .. } | PropType::DaysOf(_), value) => {
                return self.duration(ty, value);
            }
            (PropType::Text, Value::Bool(_) | Value::Num(_)) => {
                return Expr::Value(Value::Str(value.to_json()));
            }
            (PropType::Code, Value::Str(path)) => !path.is_empty(),
            (PropType::Literal(literal), value) => literal == value,
            _ => false,
        };
        if !fits {
            let structured =
                matches!(value, Value::List(_) | Value::Map(_)) && *ty == PropType::Text;
            let help = structured.then(|| "write it as text with `JSON.stringify`".to_owned());
            self.wrong(ty, &expr, help);
        }
        expr
    }

    fn ranged(&mut self, ty: &PropType, expr: Expr) -> Expr {
        let problem = format!("must be {}, not {}", expected(ty), given(&expr, self.secret));
        self.refuse("out-of-range", problem, None);
        expr
    }

    fn choice(&mut self, ty: &PropType, texts: &[&'static str], text: &str) -> Expr {
        let expr = Expr::Value(Value::str(text));
        if !texts.contains(&text) {
            let near = if self.secret { None } else { nearest(text, texts.iter().copied()) };
            let problem = format!("must be {}, not {}", expected(ty), given(&expr, self.secret));
            self.refuse(
                "not-a-choice",
                problem,
                near.map(|near| format!("did you mean `{near}`?")),
            );
        }
        expr
    }

    fn duration(&mut self, ty: &PropType, value: &Value) -> Expr {
        let unit =
            if let PropType::Duration { unit_seconds, .. } = ty { *unit_seconds } else { DAY };
        let same = Expr::Value(value.clone());
        let count = match value {
            Value::Str(text) => duration::parse(text, unit),
            Value::Num(_) if self.author == Author::Catalog => {
                value.as_int().ok_or(NoDuration::Fraction)
            }
            Value::Num(_) => {
                let text = value
                    .as_int()
                    .and_then(|n| with_unit(n, ty))
                    .unwrap_or("30 seconds".to_owned());
                self.wrong(ty, &same, Some(format!("write the unit too, as in `\"{text}\"`")));
                return same;
            }
            _ => Err(NoDuration::Shape),
        };
        let fits = |count: i64| match ty {
            PropType::Duration { min, max, .. } => {
                count.checked_mul(unit).is_some_and(|seconds| (*min..=*max).contains(&seconds))
            }
            PropType::DaysOf(days) => days.contains(&count),
            _ => false,
        };
        match count {
            Ok(count) if fits(count) => Expr::Value(Value::int(count)),
            Ok(_) => self.ranged(ty, same),
            Err(NoDuration::Fraction) => {
                let word = if unit == DAY { "days" } else { "seconds" };
                let what = given(&same, self.secret);
                self.refuse(
                    "out-of-range",
                    format!("must be a whole number of {word}, not {what}"),
                    None,
                );
                same
            }
            Err(_) => {
                let help = "write a number and a unit: seconds, minutes, hours, days or weeks, as in `\"30 seconds\"`";
                self.wrong(ty, &same, Some(help.to_owned()));
                same
            }
        }
    }
}
