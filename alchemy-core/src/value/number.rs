//! Numbers as JavaScript writes them: programs, plans and services see the same text.

/// From here on JavaScript writes an exponent (ECMA-262, "Number::toString").
const LARGE: f64 = 1e21;

/// Below this too.
const SMALL: f64 = 1e-6;

/// A number as JavaScript's `String(n)` writes it; one that is not finite as its `JSON.stringify(n)` does: `null`.
pub(crate) fn number_text(n: f64) -> String {
    if !n.is_finite() {
        return "null".to_owned();
    }
    if n == 0.0 {
        return "0".to_owned(); // -0 too
    }
    if (SMALL..LARGE).contains(&n.abs()) {
        return n.to_string();
    }
    let text = format!("{n:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Node.js 22 prints for `String(n)`.
    #[test]
    fn numbers_read_as_in_javascript() {
        let table = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (30_000.0, "30000"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1.0 / 3.0, "0.3333333333333333"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (1.234_567_890_123_456_8e20, "123456789012345680000"),
            (9.999_999_999_999_999e20, "999999999999999900000"),
            (1e21, "1e+21"),
            (-1e21, "-1e+21"),
            (1.5e300, "1.5e+300"),
            (f64::MAX, "1.7976931348623157e+308"),
            (0.000_001, "0.000001"),
            (0.000_001_5, "0.0000015"),
            (0.000_000_9, "9e-7"),
            (1e-7, "1e-7"),
            (-1.25e-9, "-1.25e-9"),
            (5e-324, "5e-324"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ];
        for (number, expected) in table {
            assert_eq!(number_text(number), expected);
        }
    }

    /// No digit is lost, and no text is longer than JavaScript's longest.
    #[test]
    fn what_is_written_is_read_back() {
        let mut bits: u64 = 1;
        for _ in 0..100_000 {
            // Knuth's generator: every exponent and sign comes up.
            bits = bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let number = f64::from_bits(bits);
            if number.is_finite() {
                let text = number_text(number);
                assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(number.to_bits()), "{text}");
                assert!(text.len() <= 25, "{text}");
            }
        }
    }
}
