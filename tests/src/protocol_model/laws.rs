//! What must hold in every state the model can reach.

use super::log::{Entry, Kind};
use super::process::Phase;
use super::removal::Removal;
use super::store::{State, Store};
use super::world::World;

/// A broken law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Violation {
    /// What somebody was told is durable is no part of the state.
    Lost,
    /// Two processes were told of histories that exclude each other.
    Fork,
    /// A snapshot was replaced by one that does not continue it.
    TwoSnapshots,
    /// A former snapshot is in no history, and nobody is about to put it there.
    HistoryHole,
    /// The journal does not continue the snapshot.
    Unreadable,
    /// A call was sent by a holder whose lock another one has.
    FencedCall,
    /// A call was sent whose intent is no part of the state.
    UnknownCall,
    /// Two objects of one generation.
    Double,
    /// An object that state knows nothing of, or says is gone.
    Orphan,
    /// State says that an object is there which is not.
    Vanished,
    /// A holder whose lock nobody took believes to be fenced.
    FencedByItself,
}

impl Violation {
    /// What it means, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Lost => "a durable result is lost",
            Self::Fork => "two histories exclude each other",
            Self::TwoSnapshots => "two snapshots win",
            Self::HistoryHole => "a snapshot is missing in history",
            Self::Unreadable => "the journal does not continue the state: unreadable",
            Self::FencedCall => "a holder that was replaced sends a call",
            Self::UnknownCall => "a call is sent that state knows nothing of",
            Self::Double => "two objects for one resource",
            Self::Orphan => "an object that state does not know",
            Self::Vanished => "a recorded object is gone",
            Self::FencedByItself => "a holder is fenced by its own write",
        }
    }
}

type Checked = Result<(), Violation>;

/// The laws of a state.
pub(super) fn check(world: &World, removal: Option<Removal>) -> Checked {
    let store = &world.store;
    let covered_are_ignored = removal != Some(Removal::NoThrough);
    let folded = store.fold(covered_are_ignored).ok_or(Violation::Unreadable)?;
    if !world.promised.is_part_of(folded.log) {
        return Err(Violation::Lost);
    }
    let known =
        store.history.iter().skip(1).take(usize::from(store.state.serial.saturating_sub(1)));
    if known.clone().any(|kept| kept.process == 0) && !somebody_commits(world) {
        return Err(Violation::HistoryHole);
    }
    for (generation, count) in (0_u8..).zip(world.cloud) {
        let said = folded.log.last_of(generation);
        match (count, said) {
            (2.., _) => return Err(Violation::Double),
            (1, None | Some(Kind::Gone)) => return Err(Violation::Orphan),
            (0, Some(Kind::Made)) => return Err(Violation::Vanished),
            _ => {}
        }
    }
    Ok(())
}

fn somebody_commits(world: &World) -> bool {
    let commits = [Phase::Heal, Phase::HealHistory, Phase::Swap, Phase::History];
    world.slots.iter().any(|process| commits.contains(&process.phase))
}

/// A snapshot is being replaced by `new`.
pub(super) fn check_swap(before: &Store, new: &State) -> Checked {
    let old = &before.state;
    let continues = new.serial == old.serial + 1 && old.log.is_part_of(new.log);
    if continues { Ok(()) } else { Err(Violation::TwoSnapshots) }
}

/// A call is about to be sent.
pub(super) fn check_call(world: &World, slot: usize) -> Checked {
    let process = &world.slots[slot];
    let lock = world.store.lock;
    if (lock.epoch, lock.holder) != (process.epoch, process.number) {
        return Err(Violation::FencedCall);
    }
    let folded = world.store.fold(true).ok_or(Violation::Unreadable)?;
    let mut entries = folded.log.entries();
    if entries.any(|entry: Entry| entry.pack() == process.intent) {
        Ok(())
    } else {
        Err(Violation::UnknownCall)
    }
}

/// A process is about to believe that it was fenced.
pub(super) fn check_fenced(world: &World, slot: usize) -> Checked {
    let process = &world.slots[slot];
    let lock = world.store.lock;
    if (lock.epoch, lock.holder) == (process.epoch, process.number) {
        return Err(Violation::FencedByItself);
    }
    Ok(())
}
