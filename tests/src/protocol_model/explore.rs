//! Visits every state that a scenario can reach, breadth first, so that the first broken law comes with its shortest
//! history.

use std::collections::HashMap;
use std::hash::{Hash as _, Hasher};

use super::laws::Violation;
use super::removal::Removal;
use super::scenario::Scenario;
use super::tell::{shorten, tell};
use super::world::{Event, World};

/// What an exploration found.
#[derive(Clone, Debug)]
pub struct Explored {
    /// How many different states there are.
    pub states: usize,
    /// How many of them have every process at its end, its work done.
    pub finished: usize,
    /// The longest shortest way to a state.
    pub depth: usize,
    /// The broken law and what led to it.
    pub broken: Option<(Violation, Vec<String>)>,
}

/// 128 bits of a state. Two of a few million states share them with a probability below 1e-24.
type Print = u128;

/// Explores `scenario`, with a rule taken out or not.
pub fn explore(scenario: &Scenario, removal: Option<Removal>) -> Explored {
    let start = World::new(scenario);
    let mut seen: HashMap<Print, (Print, Event), Plain> = HashMap::default();
    let first = print(&start);
    seen.insert(first, (0, Event::Step(0)));
    let mut level = vec![(first, start)];
    let mut explored = Explored { states: 1, finished: 0, depth: 0, broken: None };
    while !level.is_empty() {
        let mut next = Vec::new();
        for (from, world) in level {
            let events = world.events(scenario, removal);
            explored.finished += usize::from(world.is_finished());
            for event in events {
                match world.apply(event, scenario, removal) {
                    Ok(after) => {
                        let print = print(&after);
                        if let std::collections::hash_map::Entry::Vacant(place) = seen.entry(print)
                        {
                            place.insert((from, event));
                            next.push((print, after));
                        }
                    }
                    Err(violation) => {
                        let mut events = way_to(&seen, from);
                        events.push(event);
                        let history = retell(&events, scenario, removal);
                        explored.states = seen.len();
                        explored.broken = Some((violation, history));
                        return explored;
                    }
                }
            }
        }
        explored.depth += usize::from(!next.is_empty());
        level = next;
    }
    explored.states = seen.len();
    explored
}

/// The events that lead from the beginning to a state.
fn way_to(seen: &HashMap<Print, (Print, Event), Plain>, state: Print) -> Vec<Event> {
    let mut events = Vec::new();
    let mut at = state;
    while let Some((from, event)) = seen.get(&at)
        && *from != 0
    {
        events.push(*event);
        at = *from;
    }
    events.reverse();
    events
}

fn retell(events: &[Event], scenario: &Scenario, removal: Option<Removal>) -> Vec<String> {
    let mut world = World::new(scenario);
    let mut told = Vec::new();
    for event in events {
        let after = world.apply(*event, scenario, removal);
        told.push(tell(&world, *event, &after));
        match after {
            Ok(after) => world = after,
            Err(_) => break,
        }
    }
    shorten(told)
}

fn print(world: &World) -> Print {
    let mut mixer = Mixer(0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f);
    world.hash(&mut mixer);
    u128::from(mixer.0) << 64 | u128::from(mixer.finish())
}

/// Two independent 64-bit sums of everything that is hashed.
struct Mixer(u64, u64);

impl Mixer {
    fn add(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29);
        self.1 = (self.1.rotate_left(23) ^ word).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    }
}

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        let mut z = self.1 ^ self.0.rotate_left(32);
        z = (z ^ (z >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        z ^ (z >> 33)
    }
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
    }
    fn write_u8(&mut self, value: u8) {
        self.add(u64::from(value));
    }
    fn write_u32(&mut self, value: u32) {
        self.add(u64::from(value));
    }
    fn write_u64(&mut self, value: u64) {
        self.add(value);
    }
    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }
    fn write_isize(&mut self, value: isize) {
        self.add(value.cast_unsigned() as u64);
    }
}

/// Keys that are sums already.
#[derive(Clone, Copy, Debug, Default)]
struct Plain;

impl std::hash::BuildHasher for Plain {
    type Hasher = First;
    fn build_hasher(&self) -> First {
        First(0)
    }
}

/// The first 64 bits.
struct First(u64);

impl Hasher for First {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u128(&mut self, value: u128) {
        self.0 = u64::try_from(value & u128::from(u64::MAX)).unwrap_or(0);
    }
}
