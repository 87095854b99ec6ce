//! Is every protection missed? Each is switched off, and histories are played until one breaks a law.

use std::time::{Duration, Instant};

use super::case::Case;
use super::play::{Broken, play};
use super::shrink::shrink;
use crate::world::Protection;

/// A history that goes wrong without a protection.
#[derive(Clone, Debug)]
pub struct Missed {
    /// The law that noticed.
    pub broken: Broken,
    /// The history; its seed is the first that breaks a law.
    pub case: Case,
    /// How long it took to find it.
    pub took: Duration,
}

impl Missed {
    /// The smallest history that breaks the same law without `protection`.
    #[must_use]
    pub fn smallest(self, protection: Protection) -> Self {
        let case = shrink(&self.case, self.broken.law, Some(protection));
        let broken = play(&case, Some(protection)).err().unwrap_or(self.broken);
        Self { broken, case, ..self }
    }
}

/// Plays histories without `protection`, from seed 0, until a law is broken; none within `limit`: nothing misses it.
pub fn miss(protection: Protection, limit: Duration) -> Option<Missed> {
    let begun = Instant::now();
    (0..).take_while(|_| begun.elapsed() < limit).find_map(|seed| {
        let case = Case::random(seed);
        let broken = play(&case, Some(protection)).err()?;
        Some(Missed { broken, case, took: begun.elapsed() })
    })
}
