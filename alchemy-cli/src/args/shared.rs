//! Groups of flags that several commands take.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

/// How output looks; taken by every command.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Print machine-readable output: one JSON object a line
    #[arg(long, global = true, display_order = 900)]
    pub(crate) json: bool,
    /// When to use colours
    #[arg(long, global = true, display_order = 901, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// In a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Which program.
#[derive(Debug, Args)]
pub(crate) struct ProgramArgs {
    /// The program [default: the nearest alchemy.run.ts, here or in a folder above]
    #[arg(value_name = "PROGRAM")]
    pub(crate) program: Option<PathBuf>,
}

/// Which stage.
#[derive(Debug, Args)]
pub(crate) struct StageArgs {
    /// The stage [default: $STAGE, else dev_<user>]
    #[arg(long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// Read variables from this file, over the process environment and .env
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
}

/// How to authenticate.
#[derive(Debug, Args)]
pub(crate) struct ProfileArgs {
    /// The profile [default: $ALCHEMY_PROFILE, else `default`]
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
}

/// Where state lives.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// The state store: a folder, s3://bucket/prefix or gs://bucket/prefix [default: $ALCHEMY_STATE, alchemy.toml, the program, else .alchemy/state]
    #[arg(long, value_name = "STORE")]
    pub(crate) state: Option<String>,
    /// The stack, when the store holds several
    #[arg(long, value_name = "STACK")]
    pub(crate) stack: Option<String>,
}

/// Takes `90`, `90s`, `5m`, `1h`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        unit => return Err(format!("unknown unit `{unit}`: write for example 30s, 5m or 1h")),
    };
    let number: u64 = digits.parse().map_err(|_| "write for example 30s, 5m or 1h".to_owned())?;
    number.checked_mul(factor).map(Duration::from_secs).ok_or_else(|| "too long".to_owned())
}

/// Takes 1 to 10 000: the last serial is always kept, and more than that nobody looks through.
pub(super) fn keep(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=10_000) => Ok(number),
        _ => Err("write a number from 1 to 10000".to_owned()),
    }
}

/// Takes 1 to 256 (`limits.rs` of the engine: more calls in flight only make services throttle).
pub(super) fn parallelism(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=256) => Ok(number),
        _ => Err("write a number from 1 to 256".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_take_a_unit() {
        for (text, seconds) in [("0", 0), ("90", 90), ("90s", 90), ("5m", 300), ("1h", 3600)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "s", "-1", "1.5m", "5d", "99999999999999999999", "9999999999999999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn parallelism_has_both_ends() {
        assert_eq!(parallelism("1"), Ok(1));
        assert_eq!(parallelism("256"), Ok(256));
        assert!(parallelism("0").is_err());
        assert!(parallelism("257").is_err());
        assert!(parallelism("many").is_err());
    }
}
