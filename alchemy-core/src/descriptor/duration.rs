//! Lengths of time as programs write them: a number and a unit's word.

/// Seconds in a day.
pub(super) const DAY: i64 = 86_400;

const NANOS: i128 = 1_000_000_000;

/// Words for units, singular (the plural has an `s`), with their length in nanoseconds, largest first.
const UNITS: [(&str, i128); 8] = [
    ("week", 7 * 86_400 * NANOS),
    ("day", 86_400 * NANOS),
    ("hour", 3_600 * NANOS),
    ("minute", 60 * NANOS),
    ("second", NANOS),
    ("milli", 1_000_000),
    ("micro", 1_000),
    ("nano", 1),
];

/// Longest text that is looked at, in bytes; `"9007199254740991 nanos"` has 22.
const LONGEST: usize = 40;

/// Why a text is no length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoDuration {
    /// No number, or more than a number and a unit.
    Shape,
    /// Not a unit's word.
    Unit,
    /// Not whole in the unit asked for.
    Fraction,
}

/// The whole number of `unit_seconds` that `text` says. Takes `"30 seconds"`, `"1.5 minutes"`, `"14 days"`.
pub(super) fn parse(text: &str, unit_seconds: i64) -> Result<i64, NoDuration> {
    if text.len() > LONGEST {
        return Err(NoDuration::Shape);
    }
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, word) = (&text[..end], text[end..].trim_start());
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || fraction.contains('.') || number.ends_with('.') {
        return Err(NoDuration::Shape);
    }
    if word.is_empty() {
        return Err(NoDuration::Unit);
    }
    let unit = UNITS.iter().find(|(unit, _)| *unit == word.strip_suffix('s').unwrap_or(word));
    let (_, nanos) = unit.ok_or(NoDuration::Unit)?;
    let digits = i128::try_from(fraction.len()).map_err(|_| NoDuration::Shape)?;
    let scale = (0..digits)
        .try_fold(1_i128, |scale, _| scale.checked_mul(10))
        .ok_or(NoDuration::Fraction)?;
    let value: i128 = format!("{whole}{fraction}").parse().map_err(|_| NoDuration::Shape)?;
    let total = value.checked_mul(*nanos).ok_or(NoDuration::Shape)?;
    let step = scale.checked_mul(i128::from(unit_seconds) * NANOS).ok_or(NoDuration::Fraction)?;
    if total % step != 0 {
        return Err(NoDuration::Fraction);
    }
    i64::try_from(total / step).map_err(|_| NoDuration::Shape)
}

/// Seconds as people say them, in the largest unit that is whole: `2 minutes`.
pub(super) fn words(seconds: i64) -> String {
    let fits = |(_, nanos): &&(&str, i128)| {
        let unit = *nanos / NANOS;
        unit > 0 && *nanos != UNITS[0].1 && seconds != 0 && i128::from(seconds) % unit == 0
    };
    let (word, nanos) = UNITS.iter().find(fits).copied().unwrap_or(("second", NANOS));
    let count = i128::from(seconds) * NANOS / nanos;
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{DAY, NoDuration, parse, words};

    #[test]
    fn texts_with_a_unit_are_taken() {
        let table = [
            ("30 seconds", 30),
            ("1 second", 1),
            ("2 minutes", 120),
            ("1 hour", 3600),
            ("14 days", 1_209_600),
            ("1 week", 604_800),
            ("0 seconds", 0),
            ("1.5 minutes", 90),
            ("0.5 hours", 1800),
            ("15000 millis", 15),
            ("1500000000 nanos", -1),
            ("3000000 micros", 3),
            ("  30   seconds ", 30),
            ("30seconds", 30),
        ];
        for (text, seconds) in table {
            let expected = if seconds < 0 { Err(NoDuration::Fraction) } else { Ok(seconds) };
            assert_eq!(parse(text, 1), expected, "{text}");
        }
        assert_eq!(parse("2 weeks", DAY), Ok(14));
        assert_eq!(parse("48 hours", DAY), Ok(2));
    }

    #[test]
    fn other_texts_are_not() {
        let table = [
            ("", NoDuration::Shape),
            ("seconds", NoDuration::Shape),
            ("-1 seconds", NoDuration::Shape),
            ("1. seconds", NoDuration::Shape),
            ("1.2.3 seconds", NoDuration::Shape),
            (".5 seconds", NoDuration::Shape),
            ("99999999999999999999 weeks", NoDuration::Shape),
            ("99999999999999999999999999999999999999 d", NoDuration::Unit),
            ("30", NoDuration::Unit),
            ("30 s", NoDuration::Unit),
            ("30 Seconds", NoDuration::Unit),
            ("30 seconds ago", NoDuration::Unit),
            ("1 month", NoDuration::Unit),
            ("0.5 seconds", NoDuration::Fraction),
        ];
        for (text, error) in table {
            assert_eq!(parse(text, 1), Err(error), "{text}");
        }
        assert_eq!(parse("36 hours", DAY), Err(NoDuration::Fraction));
        assert_eq!(parse(&"9".repeat(100_000), 1), Err(NoDuration::Shape));
        assert_eq!(parse(&format!("0.{} weeks", "1".repeat(20)), 1), Err(NoDuration::Fraction));
    }

    #[test]
    fn words_use_the_largest_whole_unit() {
        let table = [
            (0, "0 seconds"),
            (1, "1 second"),
            (90, "90 seconds"),
            (120, "2 minutes"),
            (43_200, "12 hours"),
        ];
        for (seconds, expected) in
            table.into_iter().chain([(86_400, "1 day"), (1_209_600, "14 days")])
        {
            assert_eq!(words(seconds), expected);
        }
    }
}
