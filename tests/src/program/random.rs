//! Random programs: any of them may follow any other on the same stage.

use alchemy_core::Value;

use super::{Line, Program, Sketch};
use crate::random::Random;

/// The queues that may be there.
const QUEUES: [&str; 4] = ["Q0", "Q1", "Site/Q2", "Q3"];

impl Program {
    /// A random program of `stage`: queues, a bucket, functions, mappings, renames, retained objects, replacements.
    pub fn random(stage: &str, secret: &Value, random: &mut Random) -> Self {
        Sketch::random(random).program(stage, secret)
    }
}

impl Sketch {
    /// A random program, in words.
    pub fn random(random: &mut Random) -> Self {
        let mut sketch = Self::default();
        let mut queues = Vec::new();
        for name in QUEUES {
            if random.once_in(4) {
                continue;
            }
            sketch.lines.push(queue(name, &queues, random));
            queues.push(name);
        }
        if !random.once_in(3) {
            sketch.lines.push(bucket(random));
        }
        if random.once_in(2) {
            let path = random.pick(&["path=/a/", "path=/b/"]).copied();
            sketch.lines.push(Line::new("role", "Ops", path));
        }
        for name in ["F0", "F1"] {
            if !random.once_in(3) {
                function(&mut sketch, name, &queues, random);
            }
        }
        renames(sketch, random)
    }
}

fn queue(name: &str, others: &[&str], random: &mut Random) -> Line {
    let mut words = Vec::new();
    if random.once_in(4) {
        words.push("fifo".to_owned());
    }
    let delayed = random.once_in(2);
    if delayed {
        words.extend(random.pick(&["delay=1", "delay=2", "delay=10"]).map(|&word| word.to_owned()));
    }
    if let Some(dead) = random.pick(others).filter(|_| !delayed) {
        words.push(format!("dead={dead}"));
    }
    if random.once_in(6) {
        words.push("retain".to_owned());
    }
    Line::new("queue", name, words)
}

fn bucket(random: &mut Random) -> Line {
    let versioned = random.once_in(3).then_some("versioned");
    let retained = random.once_in(4).then_some("retain");
    Line::new("bucket", "Photos", versioned.into_iter().chain(retained))
}

fn function(sketch: &mut Sketch, name: &str, queues: &[&str], random: &mut Random) {
    let mut words = Vec::new();
    if random.once_in(2) {
        words.push("bucket".to_owned());
    }
    let source = random.pick(queues).copied();
    if let Some(queue) = source.filter(|_| random.once_in(2)) {
        words.push(format!("queue={queue}"));
    }
    words.extend(random.pick(&["128", "256", "512"]).map(|memory| format!("memory={memory}")));
    if random.once_in(3) {
        words.push("url".to_owned());
    }
    sketch.lines.push(Line::new("function", name, words));
    if let Some(queue) = source.filter(|_| random.once_in(2)) {
        let words = [format!("from={queue}"), format!("to={name}")];
        sketch.lines.push(Line::new("mapping", &format!("To{name}"), words));
    }
}

/// Sometimes a resource that nothing mentions goes under another name, which it also had before.
fn renames(mut sketch: Sketch, random: &mut Random) -> Sketch {
    let mentions = |line: &Line| line.words.iter().any(|word| word.ends_with("=Q3"));
    let mentioned = sketch.lines.iter().any(mentions);
    let Some(line) = sketch.lines.iter_mut().find(|line| line.name == "Q3") else { return sketch };
    if !mentioned && random.once_in(3) {
        "Moved".clone_into(&mut line.name);
        line.words.push("was=Q3".to_owned());
    } else {
        // And back.
        line.words.push("was=Moved".to_owned());
    }
    sketch
}
