//! Small decisions about text: what is near, what is printable, how much of it is shown.

/// Longest piece of a user's text that a message quotes.
const EXCERPT: usize = 64;

/// The candidate that `given` was probably meant to be: at most a third of it wrong.
pub(crate) fn nearest<'a>(
    given: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    if given.len() > EXCERPT * 4 {
        return None;
    }
    let limit = given.chars().count().max(3) / 3;
    let lower = given.to_lowercase();
    let scored = candidates.map(|candidate| {
        (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate)
    });
    scored.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

/// `text` without control characters, cut where it gets long.
pub(crate) fn excerpt(text: &str) -> String {
    let mut short: String = text.chars().take(EXCERPT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    printable(&short)
}

/// `text` with control characters (line ends aside) written as escapes, so that it cannot steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    if !text.chars().any(|c| c.is_control() && c != '\n') {
        return text.to_owned();
    }
    let escaped = |c: char| {
        if c.is_control() && c != '\n' { c.escape_default().to_string() } else { c.to_string() }
    };
    text.chars().map(escaped).collect()
}

/// `1 step`, `2 steps`.
pub(crate) fn plural(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// A moment (RFC 3339) for people: to the minute, with how long ago where that is less than two days.
pub(crate) fn ago(moment: &str, now: jiff::Timestamp) -> String {
    let Ok(then) = moment.parse::<jiff::Timestamp>() else { return printable(moment) };
    let text = then.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let seconds = now.as_second() - then.as_second();
    match seconds {
        0..60 => format!("{text}, {seconds} s ago"),
        60..3600 => format!("{text}, {} min ago", seconds / 60),
        3600..172_800 => format!("{text}, {} h ago", seconds / 3600),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["default", "prod", "staging"];
        assert_eq!(nearest("prdo", known.into_iter()), Some("prod"));
        assert_eq!(nearest("Stagin", known.into_iter()), Some("staging"));
        assert_eq!(nearest("qa", known.into_iter()), None);
        assert_eq!(nearest(&"x".repeat(100_000), known.into_iter()), None);
    }

    #[test]
    fn long_and_hostile_text_is_tamed() {
        assert_eq!(excerpt("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(excerpt(&"é".repeat(100_000)).chars().count(), EXCERPT + 1);
        assert_eq!(printable("two\nlines"), "two\nlines");
    }

    #[test]
    fn moments_say_how_long_ago() {
        let now: jiff::Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        assert_eq!(ago("2026-11-23T07:58:30Z", now), "2026-11-23 07:58 UTC, 1 min ago");
        assert_eq!(ago("2026-11-22T08:00:00Z", now), "2026-11-22 08:00 UTC, 24 h ago");
        assert_eq!(ago("2026-01-01T00:00:00Z", now), "2026-01-01 00:00 UTC");
        assert_eq!(ago("2027-01-01T00:00:00Z", now), "2027-01-01 00:00 UTC");
        assert_eq!(ago("once", now), "once");
    }
}
