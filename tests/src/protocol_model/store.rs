//! The stage's objects in the store, the requests that change them, and how a reader folds them.

use super::log::Log;

pub(super) const EPOCHS: usize = 5;
pub(super) const SEGMENTS: usize = 5;
const SERIALS: usize = 7;

/// Which body was written: its writer and the writer's count. Process 0: nothing is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Nonce {
    pub(super) process: u8,
    pub(super) number: u8,
}

/// The lock object. Nobody holds it while `holder` is 0; not being there is being free in epoch 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Lock {
    pub(super) epoch: u8,
    pub(super) holder: u8,
    /// What its body differs by.
    pub(super) nonce: u8,
    /// Which of the holder's writes of the lock this is. Nobody can read it.
    pub(super) sent: u8,
}

/// What a store compares: equal for equal bodies.
pub(super) type Tag = (u8, u8, u8);

impl Lock {
    pub(super) fn tag(self) -> Tag {
        (self.epoch, self.holder, self.nonce)
    }
}

/// A segment's key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) epoch: u8,
    pub(super) n: u8,
}

impl Id {
    pub(super) fn index(self) -> usize {
        assert!(
            usize::from(self.epoch) < EPOCHS && (1..=SEGMENTS).contains(&usize::from(self.n)),
            "{self:?}"
        );
        usize::from(self.epoch) * SEGMENTS + usize::from(self.n) - 1
    }
}

/// A segment's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Segment {
    #[default]
    None,
    /// An entry, after the body with this nonce.
    Data { nonce: Nonce, after: Nonce, entry: u8 },
    /// `sealed_by` a successor.
    Seal { nonce: Nonce },
}

impl Segment {
    pub(super) fn nonce(self) -> Nonce {
        match self {
            Self::None => Nonce::default(),
            Self::Data { nonce, .. } | Self::Seal { nonce } => nonce,
        }
    }
}

/// `state.json`; serial 0: it is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) serial: u8,
    pub(super) epoch: u8,
    pub(super) through: Id,
    pub(super) log: Log,
    pub(super) nonce: Nonce,
}

/// A changing request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Change {
    /// Compare and swap, or put if nothing is expected.
    Lock { expect: Option<Tag>, new: Lock },
    /// Create, or put.
    Segment { id: Id, body: Segment, put: bool },
    /// Compare and swap (create, if nothing is there), or put if nothing is expected.
    State { expect: Option<Nonce>, new: State },
    /// Create `history/<serial>` with the bytes of that body.
    History { serial: u8, of: Nonce },
    /// Remove segments, by index; lands one by one.
    Remove { segments: u32 },
}

/// All objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Store {
    pub(super) lock: Lock,
    pub(super) state: State,
    pub(super) segments: [Segment; EPOCHS * SEGMENTS],
    pub(super) history: [Nonce; SERIALS],
}

/// A stage's objects understood.
#[derive(Clone, Copy, Debug)]
pub(super) struct Folded {
    pub(super) log: Log,
    /// The body that the next segment follows.
    pub(super) tip: Nonce,
    pub(super) through: Id,
    /// Whether there are segments that the snapshot does not cover.
    pub(super) leftover: bool,
}

impl Store {
    /// Carries a request out; whether it was accepted. One of [`Change::Remove`]'s segments goes at a time.
    pub(super) fn land(&mut self, change: Change) -> bool {
        match change {
            Change::Lock { expect, new } => {
                let accepted = expect.is_none_or(|tag| tag == self.lock.tag());
                if accepted {
                    self.lock = new;
                }
                accepted
            }
            Change::Segment { id, body, put } => {
                let accepted = put || self.segments[id.index()] == Segment::None;
                if accepted {
                    self.segments[id.index()] = body;
                }
                accepted
            }
            Change::State { expect, new } => {
                let accepted = expect.is_none_or(|nonce| nonce == self.state.nonce);
                if accepted {
                    self.state = new;
                }
                accepted
            }
            Change::History { serial, of } => {
                let kept = &mut self.history[usize::from(serial)];
                let accepted = *kept == Nonce::default();
                if accepted {
                    *kept = of;
                }
                accepted
            }
            Change::Remove { segments } => {
                self.segments[segments.trailing_zeros() as usize] = Segment::None;
                true
            }
        }
    }

    pub(super) fn segment(&self, id: Id) -> Segment {
        self.segments[id.index()]
    }

    /// All segments there are, in order.
    pub(super) fn present(&self) -> impl Iterator<Item = (Id, Segment)> {
        (0_u8..).zip(self.segments).filter(|(_, body)| *body != Segment::None).map(
            |(index, body)| {
                let width = u8::try_from(SEGMENTS).unwrap_or(u8::MAX);
                (Id { epoch: index / width, n: index % width + 1 }, body)
            },
        )
    }

    /// What a reader makes of it; none if it has to refuse: a gap, or a segment that does not follow.
    pub(super) fn fold(&self, covered_are_ignored: bool) -> Option<Folded> {
        let state = self.state;
        let mut folded =
            Folded { log: state.log, tip: state.nonce, through: state.through, leftover: false };
        let mut sealed = None;
        if !covered_are_ignored {
            folded.through = Id::default();
        }
        for (id, body) in self.present() {
            if covered_are_ignored && id <= state.through {
                continue;
            }
            let before = if id.epoch == folded.through.epoch { folded.through.n } else { 0 };
            if id.n != before + 1 || sealed == Some(id.epoch) {
                return None;
            }
            match body {
                Segment::None => {}
                Segment::Seal { .. } => sealed = Some(id.epoch),
                Segment::Data { nonce, after, entry } => {
                    if after != folded.tip {
                        return None;
                    }
                    folded.log = folded.log.with(entry);
                    folded.tip = nonce;
                }
            }
            folded.through = id;
            folded.leftover = true;
        }
        Some(folded)
    }

    /// The indices of all segments up to `through`, as a set; seals among them or not.
    pub(super) fn covered(&self, through: Id, keep_seals: bool) -> u32 {
        let goes = |body: &Segment| !(keep_seals && matches!(body, Segment::Seal { .. }));
        let covered = self.present().filter(|(id, body)| *id <= through && goes(body));
        covered.fold(0, |set, (id, _)| set | 1 << id.index())
    }
}
