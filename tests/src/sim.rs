//! Random histories of a stage or two in the simulated cloud, and the laws that hold of each.
//!
//! A [`Case`] is a history in words: deploys and destroys, alone or two at once, each with what goes wrong in it. It is
//! made from a seed, played, judged, and, if a law was broken, made smaller until nothing can be left out: what is
//! printed then is a test as it stands. `cargo xtask sim` does that for many seeds.

mod case;
mod laws;
mod mutations;
mod play;
mod shrink;

pub use case::{Case, Misfortune, Operation, Step};
pub use laws::Law;
pub use mutations::{Missed, miss};
pub use play::{Broken, play};
pub use shrink::{shrink, test_of};

/// Plays a history in words; fails with the law that it breaks.
///
/// # Panics
/// If it is no history, or breaks a law.
pub fn check(text: &str) {
    let case: Case = match text.parse() {
        Ok(case) => case,
        Err(error) => panic!("{error}"),
    };
    if let Err(broken) = play(&case, None) {
        panic!("{broken}\nin\n{case}");
    }
}
