//! Moving records to other names by hand, and forgetting them.

use super::verify_integrity;
use crate::{Change, Fqn, InvalidName, Record, Snapshot};

/// Why records cannot move.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MoveRefusal {
    /// No record has the old name, or lies under it.
    Unknown,
    /// The two names are the same.
    Same,
    /// Another resource has this name already.
    Taken(Fqn),
    /// A name that would come out is none.
    BadName(InvalidName),
    /// The state that would come out is none that runs can make.
    Broken(String),
}

impl Snapshot {
    /// The live records of `fqn`, and of everything under it (`Api` has `Api/Role`), oldest generation first.
    pub fn within(&self, fqn: &Fqn) -> Vec<&Record> {
        let inside = |record: &&Record| rest_of(fqn, &record.fqn).is_some();
        let mut found: Vec<_> =
            self.records.values().map(|record| &**record).filter(inside).collect();
        found.sort_by_key(|record| (&record.fqn, record.generation));
        found
    }

    /// The changes that move the records of `from`, and of everything under it, to `to`. Physical names and generations
    /// stay as they are; what is there under a new name is never displaced.
    pub fn moves(&self, from: &Fqn, to: &Fqn) -> Result<Vec<Change>, MoveRefusal> {
        if from == to {
            return Err(MoveRefusal::Same);
        }
        let moving = self.within(from);
        if moving.is_empty() {
            return Err(MoveRefusal::Unknown);
        }
        let mut changes = Vec::new();
        let mut after = self.clone();
        for record in &moving {
            let rest = rest_of(from, &record.fqn).unwrap_or_default();
            let wanted = Fqn::parse(&format!("{to}{rest}")).map_err(MoveRefusal::BadName)?;
            let stays = |other: &&Record| moving.iter().all(|moved| moved.uid != other.uid);
            if self
                .records
                .values()
                .map(|record| &**record)
                .filter(stays)
                .any(|other| other.fqn == wanted)
            {
                return Err(MoveRefusal::Taken(wanted));
            }
            let change = Change::Rename { uid: record.uid.clone(), to: wanted };
            after.apply(&change);
            changes.push(change);
        }
        verify_integrity(&after).map_err(MoveRefusal::Broken)?;
        Ok(changes)
    }
}

/// What follows `fqn` in a name under it: nothing for itself, `/Role` for a part.
fn rest_of<'a>(fqn: &Fqn, name: &'a Fqn) -> Option<&'a str> {
    let rest = name.as_str().strip_prefix(fqn.as_str())?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}
