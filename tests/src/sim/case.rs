//! A history in words: what it is made of, how it reads, how one is made from a seed.

use std::fmt;
use std::str::FromStr;

use alchemy_state::Fault as StoreFault;

use crate::program::{Line, Sketch};
use crate::random::Random;
use crate::sim_cloud::Fault;

/// What is wanted of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// This program.
    Deploy(Sketch),
    /// Nothing.
    Destroy,
}

/// What goes wrong in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfortune {
    /// The cloud, at this changing call.
    Call(u64, Fault),
    /// The store, at this write.
    Write(u64, StoreFault),
    /// A remote store, when the snapshot is swapped.
    Commit(StoreFault),
    /// The lock is lost after so many changing calls.
    LockLost(u64),
    /// Somebody cancels after so many changing calls; the second number: how often.
    Cancelled(u64, u64),
    /// Another stage's object has the name that this resource would get.
    Squatter(String),
    /// Somebody took the environments of the stage's functions away by hand.
    ByHand,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// On which stage.
    pub stage: String,
    /// What for.
    pub operation: Operation,
    /// Whether it runs at the same time as the one before it.
    pub together: bool,
    /// Whether nobody repeats it after an accident: the next step goes on from there.
    pub abandoned: bool,
    /// What goes wrong.
    pub misfortunes: Vec<Misfortune>,
}

/// A history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Of everything random in the world.
    pub seed: u64,
    /// Whether the cloud refuses, throttles, loses replies and lags all the time.
    pub harsh: bool,
    /// Whether state is kept in objects behind a network, by the remote write protocol.
    pub remote: bool,
    /// The runs.
    pub steps: Vec<Step>,
}

const STAGES: [&str; 2] = ["dev", "pr-1"];

const CALLS: [(&str, Fault); 6] = [
    ("fails", Fault::Fail),
    ("crash-before", Fault::CrashBefore),
    ("crash-after", Fault::CrashAfter),
    ("lost-reply", Fault::LoseReply),
    ("time-out", Fault::TimeOut),
    ("crash-late", Fault::CrashLate),
];

const WRITES: [(&str, StoreFault); 4] = [
    ("fails", StoreFault::Fail),
    ("crash-before", StoreFault::CrashBefore),
    ("crash-after", StoreFault::CrashAfter),
    ("torn", StoreFault::Torn),
];

impl Case {
    /// The history of a seed.
    pub fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let harsh = random.once_in(3);
        let count = 2 + random.below(5);
        let mut steps = Vec::new();
        for _ in 0..count {
            let stage = if random.once_in(4) { STAGES[1] } else { STAGES[0] };
            if random.once_in(5) {
                let other = if random.once_in(4) { STAGES[1] } else { stage };
                steps.push(step(stage, false, &mut random));
                steps.push(step(other, true, &mut random));
            } else {
                steps.push(step(stage, false, &mut random));
            }
        }
        // Drawn apart, so that a seed's history is the same in both places.
        let remote = Random::new(!seed).once_in(2);
        Self { seed, harsh, remote, steps }
    }
}

fn step(stage: &str, together: bool, random: &mut Random) -> Step {
    let operation = if random.once_in(5) {
        Operation::Destroy
    } else {
        Operation::Deploy(Sketch::random(random))
    };
    let misfortunes: Vec<Misfortune> =
        if random.once_in(2) { vec![misfortune(together, random)] } else { Vec::new() };
    let abandoned = !misfortunes.is_empty() && random.once_in(3);
    Step { stage: stage.to_owned(), operation, together, abandoned, misfortunes }
}

fn misfortune(together: bool, random: &mut Random) -> Misfortune {
    match random.below(if together { 4 } else { 9 }) {
        0..=3 => {
            let (_, fault) = random.pick(&CALLS).copied().unwrap_or(CALLS[0]);
            Misfortune::Call(1 + random.below(14), fault)
        }
        4 | 5 => {
            let (_, fault) = random.pick(&WRITES).copied().unwrap_or(WRITES[0]);
            if random.once_in(3) {
                Misfortune::Commit(fault)
            } else {
                Misfortune::Write(1 + random.below(12), fault)
            }
        }
        6 if random.once_in(2) => Misfortune::LockLost(1 + random.below(10)),
        6 => Misfortune::Cancelled(random.below(10), 1 + random.below(2)),
        7 => {
            let name = random.pick(&["Q0", "Q1", "Site/Q2", "Photos"]).copied().unwrap_or("Q0");
            Misfortune::Squatter(name.to_owned())
        }
        _ => Misfortune::ByHand,
    }
}

/// The word for what happens to a write.
fn written(fault: StoreFault) -> &'static str {
    WRITES.iter().find(|(_, other)| *other == fault).map_or("?", |(word, _)| *word)
}

impl fmt::Display for Misfortune {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |table: &[(&'static str, Fault)], fault: Fault| {
            table.iter().find(|(_, other)| *other == fault).map_or("?", |(word, _)| *word)
        };
        match self {
            Self::Call(number, fault) => write!(f, "call {number} {}", word(&CALLS, *fault)),
            Self::Write(number, fault) => write!(f, "write {number} {}", written(*fault)),
            Self::Commit(fault) => write!(f, "commit {}", written(*fault)),
            Self::LockLost(calls) => write!(f, "lock-lost {calls}"),
            Self::Cancelled(calls, times) => write!(f, "cancelled {calls} {times}"),
            Self::Squatter(name) => write!(f, "squatter {name}"),
            Self::ByHand => f.write_str("by-hand"),
        }
    }
}

impl FromStr for Misfortune {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let number = |word: &str| word.parse::<u64>().map_err(|error| format!("{word}: {error}"));
        let bad = || format!("`{text}` is nothing that goes wrong");
        Ok(match words.as_slice() {
            ["call", at, fault] => {
                let fault = CALLS.iter().find(|(word, _)| word == fault).ok_or_else(bad)?;
                Self::Call(number(at)?, fault.1)
            }
            ["write", at, fault] => {
                let fault = WRITES.iter().find(|(word, _)| word == fault).ok_or_else(bad)?;
                Self::Write(number(at)?, fault.1)
            }
            ["commit", fault] => {
                let fault = WRITES.iter().find(|(word, _)| word == fault).ok_or_else(bad)?;
                Self::Commit(fault.1)
            }
            ["lock-lost", calls] => Self::LockLost(number(calls)?),
            ["cancelled", calls, times] => Self::Cancelled(number(calls)?, number(times)?),
            ["squatter", name] => Self::Squatter((*name).to_owned()),
            ["by-hand"] => Self::ByHand,
            _ => return Err(bad()),
        })
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        if self.harsh {
            writeln!(f, "harsh")?;
        }
        if self.remote {
            writeln!(f, "remote")?;
        }
        for step in &self.steps {
            let together = if step.together { "& " } else { "" };
            let abandoned = if step.abandoned { " abandoned" } else { "" };
            let word = match &step.operation {
                Operation::Deploy(_) => "deploy",
                Operation::Destroy => "destroy",
            };
            writeln!(f, "{together}{word} {}{abandoned}", step.stage)?;
            if let Operation::Deploy(sketch) = &step.operation {
                for line in &sketch.lines {
                    writeln!(f, "  {line}")?;
                }
            }
            for misfortune in &step.misfortunes {
                writeln!(f, "  ! {misfortune}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Case {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let mut case = Self { seed: 0, harsh: false, remote: false, steps: Vec::new() };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            case.read(line)?;
        }
        if let Some(first) = case.steps.first_mut() {
            first.together = false;
        }
        Ok(case)
    }
}

impl Case {
    fn read(&mut self, line: &str) -> Result<(), String> {
        if let Some(misfortune) = line.strip_prefix('!') {
            let step = self.steps.last_mut().ok_or("nothing goes wrong before the first run")?;
            step.misfortunes.push(misfortune.parse()?);
            return Ok(());
        }
        let (together, line) = match line.strip_prefix("& ") {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["seed", seed] => {
                self.seed = seed.parse().map_err(|error| format!("{seed}: {error}"))?;
            }
            ["harsh"] => self.harsh = true,
            ["remote"] => self.remote = true,
            [word @ ("deploy" | "destroy"), stage, rest @ ..] => {
                let operation = match *word {
                    "deploy" => Operation::Deploy(Sketch::default()),
                    _ => Operation::Destroy,
                };
                let abandoned = rest == ["abandoned"];
                let stage = (*stage).to_owned();
                self.steps.push(Step {
                    stage,
                    operation,
                    together,
                    abandoned,
                    misfortunes: vec![],
                });
            }
            _ => match self.steps.last_mut().map(|step| &mut step.operation) {
                Some(Operation::Deploy(sketch)) => sketch.lines.push(line.parse::<Line>()?),
                _ => return Err(format!("`{line}` belongs to no deploy")),
            },
        }
        Ok(())
    }
}
