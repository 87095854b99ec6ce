//! Exit codes: the table of the reference, each with a test.

use std::process::ExitCode;

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Refused before any change: program, configuration or cloud.
    Refused,
    /// The command line is wrong.
    Usage,
    /// Applied with failed or skipped steps; state is safe, run again.
    Incomplete,
    /// Locked, or changed meanwhile.
    Locked,
    /// Cancelled; state is safe.
    Cancelled,
    /// `plan --detailed-exitcode`: there are changes.
    Changes,
    /// A bug of alchemy.
    Internal,
}

impl Exit {
    /// The number the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Locked => 4,
            Self::Cancelled => 5,
            Self::Changes => 6,
            Self::Internal => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
