//! What state says, as the whole history of what was written to it: a log that only grows. Equal logs are equal states.

/// What an entry says of the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is to be made.
    Create,
    /// It was made.
    Made,
    /// It is to be deleted.
    Delete,
    /// It was deleted.
    Gone,
}

/// One line of a journal: an intent or a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) generation: u8,
    pub(super) process: u8,
}

/// Bits of an entry: two of kind, two of generation, three of process.
const BITS: u32 = 7;

impl Entry {
    pub(super) fn pack(self) -> u8 {
        debug_assert!(self.generation < 4 && (1..8).contains(&self.process), "{self:?}");
        (self.kind as u8) << 5 | self.generation << 3 | self.process
    }

    pub(super) fn unpack(bits: u8) -> Self {
        let kind = match bits >> 5 {
            0 => Kind::Create,
            1 => Kind::Made,
            2 => Kind::Delete,
            _ => Kind::Gone,
        };
        Self { kind, generation: bits >> 3 & 3, process: bits & 7 }
    }
}

/// Up to nine entries, the last in the lowest bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Log(u64);

/// How the resource stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// There is none; the generation is the next one's.
    Absent(u8),
    /// Somebody meant to make it.
    Creating(u8),
    /// It is there.
    Ready(u8),
    /// Somebody meant to delete it.
    Deleting(u8),
}

impl Log {
    pub(super) fn with(self, entry: u8) -> Self {
        assert!(self.0 >> (64 - BITS) == 0, "a scenario writes more than a log holds");
        Self(self.0 << BITS | u64::from(entry))
    }

    /// Oldest first.
    pub(super) fn entries(self) -> impl Iterator<Item = Entry> {
        (0..9_u32).rev().filter_map(move |place| {
            let bits = u8::try_from(self.0 >> (place * BITS) & 0x7f).unwrap_or(0);
            (bits != 0).then(|| Entry::unpack(bits))
        })
    }

    /// Whether `later` continues this log, or is it.
    pub(super) fn is_part_of(self, later: Self) -> bool {
        let mut rest = later.0;
        while rest > self.0 {
            rest >>= BITS;
        }
        rest == self.0
    }

    pub(super) fn status(self) -> Status {
        match self.entries().last() {
            None => Status::Absent(0),
            Some(Entry { kind, generation, .. }) => match kind {
                Kind::Create => Status::Creating(generation),
                Kind::Made => Status::Ready(generation),
                Kind::Delete => Status::Deleting(generation),
                Kind::Gone => Status::Absent(generation + 1),
            },
        }
    }

    /// The last that is said of one generation.
    pub(super) fn last_of(self, generation: u8) -> Option<Kind> {
        self.entries().filter(|e| e.generation == generation).map(|e| e.kind).last()
    }
}
