//! Which stage a command is about, and why a name for one was refused.

use std::fmt;

use super::{InvalidName, Stage, StageSource};

/// How much of a refused text a message quotes, in characters.
const QUOTED: usize = 64;

/// Why there is no stage to work on: a name that is none, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageError {
    /// Where the name came from.
    pub source: StageSource,
    /// The name, its unprintable characters escaped, and no more of it than a message may quote.
    pub quoted: String,
    /// What is wrong with it.
    pub reason: InvalidName,
}

impl Stage {
    /// The stage to work on: `--stage`, else `$STAGE`, else `dev_` and the user's name brought into shape (`$USER`,
    /// else `$USERNAME`), else `dev_unknown`. An empty variable counts as not set; an empty flag is refused.
    ///
    /// Refuses a flag or variable that is no [`Stage`]; the next source is then not tried.
    pub fn resolve(
        flag: Option<&str>,
        stage_var: Option<&str>,
        user: Option<&str>,
        username: Option<&str>,
    ) -> Result<(Self, StageSource), StageError> {
        let set = |text: &&str| !text.is_empty();
        if let Some(text) = flag {
            return Self::from_source(text, StageSource::Flag);
        }
        if let Some(text) = stage_var.filter(set) {
            return Self::from_source(text, StageSource::Variable);
        }
        let user = user.filter(set).or(username.filter(set));
        Ok((Self::default_for_user(user), StageSource::Default))
    }

    /// The stage of that name, which came from `source`.
    pub fn from_source(text: &str, source: StageSource) -> Result<(Self, StageSource), StageError> {
        match Self::parse(text) {
            Ok(stage) => Ok((stage, source)),
            Err(reason) => Err(StageError { source, quoted: quoted(text), reason }),
        }
    }
}

fn quoted(text: &str) -> String {
    let mut piece: String = text.chars().take(QUOTED).flat_map(char::escape_debug).collect();
    if text.chars().nth(QUOTED).is_some() {
        piece.push('…');
    }
    piece
}

impl fmt::Display for StageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "`--stage`",
            Self::Variable => "`$STAGE`",
            Self::Default => "the user's name",
            Self::Stored => "the state store",
        })
    }
}

impl fmt::Display for StageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid stage from {}: {}", self.source, self.reason.message)?;
        if let Some(at) = self.reason.at {
            // Everything before the offending character is legal, hence one column each.
            write!(f, "\n    {}\n    {:at$}^", self.quoted, "")?;
        } else if !self.quoted.is_empty() {
            write!(f, "\n    {}", self.quoted)?;
        }
        match &self.reason.suggestion {
            Some(name) => write!(f, "\ndid you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for StageError {}
