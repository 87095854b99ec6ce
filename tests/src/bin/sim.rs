//! Plays random histories: `sim [--seeds 0..100000] [--minutes N] [--mutations]`. What breaks a law is printed as a test.
#![expect(clippy::print_stdout, reason = "a command that prints what it finds")]

use std::ops::Range;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use alchemy_tests::sim::{Broken, Case, miss, play, shrink, test_of};
use alchemy_tests::world::Protection;

/// Most failures shown.
const MOST: usize = 3;

/// How long a switched-off protection may stay unnoticed.
const MUTATION_LIMIT: Duration = Duration::from_secs(60);

struct Options {
    seeds: Range<u64>,
    limit: Option<Duration>,
    mutations: bool,
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            println!("{error}\nsim [--seeds 0..100000] [--minutes N] [--mutations]");
            return ExitCode::from(2);
        }
    };
    let fine = if options.mutations {
        mutations(options.limit.unwrap_or(MUTATION_LIMIT))
    } else {
        seeds(&options)
    };
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { seeds: 0..100_000, limit: None, mutations: false };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} wants a value"));
        match word.as_str() {
            "--seeds" => options.seeds = range(&value()?)?,
            "--minutes" => {
                let minutes: f64 =
                    value()?.parse().map_err(|error| format!("--minutes: {error}"))?;
                options.limit = Some(Duration::from_secs_f64(minutes * 60.0));
            }
            "--mutations" => options.mutations = true,
            other => return Err(format!("`{other}` is no option")),
        }
    }
    Ok(options)
}

/// `A..B`, or one seed.
fn range(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|error| format!("`{text}`: {error}"));
    match text.split_once("..") {
        Some((from, to)) => Ok(number(from)?..number(to)?),
        None => number(text).map(|seed| seed..seed + 1),
    }
}

/// Plays the seeds on all processors until they or the time are used up.
fn seeds(options: &Options) -> bool {
    let begun = Instant::now();
    let next = AtomicU64::new(options.seeds.start);
    let (played, told) = (AtomicU64::new(0), AtomicU64::new(0));
    let failures: Mutex<Vec<(Case, Broken)>> = Mutex::default();
    let enough = || {
        let failed = failures.lock().map_or(true, |failures| failures.len() >= MOST);
        failed || options.limit.is_some_and(|limit| begun.elapsed() >= limit)
    };
    let work = || {
        while !enough() {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= options.seeds.end {
                break;
            }
            let case = Case::random(seed);
            if let Err(broken) = play(&case, None)
                && let Ok(mut failures) = failures.lock()
            {
                failures.push((case, broken));
            }
            let played = 1 + played.fetch_add(1, Ordering::Relaxed);
            // Somebody who waits for hours should see that it goes on, and how far it came if it is stopped.
            let minute = begun.elapsed().as_secs() / 60;
            if told.fetch_max(minute, Ordering::Relaxed) < minute {
                let broken = failures.lock().map_or(0, |failures| failures.len());
                println!("sim: {played} histories in {minute} min, {broken} broken so far");
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let failures = failures.into_inner().unwrap_or_default();
    for (case, broken) in &failures {
        let smallest = shrink(case, broken.law, None);
        let broken = play(&smallest, None).err().unwrap_or_else(|| broken.clone());
        println!("{broken}\n\n{}", test_of(&smallest, broken.law));
    }
    let (played, took) = (played.into_inner(), begun.elapsed().as_secs());
    println!("sim: {played} histories in {took} s, {} broken", failures.len());
    failures.is_empty()
}

/// Prints which law misses which protection; whether each is missed within `limit`.
fn mutations(limit: Duration) -> bool {
    println!("| without | switched off by | law that notices | seed | after | smallest history |");
    println!("|---|---|---|---|---|---|");
    let rows = Protection::ALL.map(|protection| row(protection, limit));
    rows.into_iter().all(|noticed| noticed)
}

fn row(protection: Protection, limit: Duration) -> bool {
    let switch = protection.switch();
    let Some(missed) = miss(protection, limit) else {
        println!("| {protection} | {switch} | none in time | | | |");
        return false;
    };
    let missed = missed.smallest(protection);
    let history = missed.case.to_string();
    let history: Vec<&str> = history.lines().skip(1).map(str::trim).collect();
    println!(
        "| {protection} | {switch} | {} | {} | {:.1} s | {} |",
        missed.broken.law,
        missed.case.seed,
        missed.took.as_secs_f64(),
        history.join("; ")
    );
    true
}
