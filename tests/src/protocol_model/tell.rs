//! A history in words.

use super::laws::Violation;
use super::log::{Entry, Kind};
use super::process::{Phase, Process};
use super::store::{Change, Segment};
use super::world::{Event, World};

/// What `event` is, in a few words.
pub(super) fn tell(before: &World, event: Event, after: &Result<World, Violation>) -> String {
    let (after, broken) = (after.as_ref().ok(), after.as_ref().err().copied());
    match event {
        Event::Step(slot) | Event::TimeOut(slot) => {
            let name = after.map_or_else(
                || name(before.slots[slot].number),
                |after| name(after.slots[slot].number),
            );
            let prefix = if matches!(event, Event::TimeOut(_)) { " (reply lost)" } else { "" };
            format!("{name}{prefix} {}", did(after.map(|after| &after.slots[slot]), broken))
        }
        Event::Renewed(slot) => format!("{} hears of its renewal", name(before.slots[slot].number)),
        Event::Crash(slot) => format!("{} crashes", name(before.slots[slot].number)),
        Event::Stall(slot) => {
            format!("{} stalls past its deadline", name(before.slots[slot].number))
        }
        Event::WaitOver(slot) => format!("{} has waited", name(before.slots[slot].number)),
        Event::Renew(slot) => format!("{} sends a renewal", name(before.slots[slot].number)),
        Event::Land(number) | Event::LandTwice(number) => {
            let Some(request) = before.requests[number] else { return String::new() };
            let doubled = if matches!(event, Event::LandTwice(_)) { ", doubled," } else { "" };
            let what = change(request.change);
            format!("{}'s {what}{doubled} lands", name(request.process))
        }
        Event::CallLands(number) | Event::CallFails(number) => {
            let Some(call) = before.calls[number] else { return String::new() };
            let what = if call.deletes { "delete" } else { "create" };
            let how = if matches!(event, Event::CallLands(_)) { "takes effect" } else { "fails" };
            format!("{}'s call to {what} {how}", name(call.process))
        }
    }
}

fn name(process: u8) -> String {
    let letter = char::from(b'A' + (process.saturating_sub(1)) / 2);
    if process.is_multiple_of(2) { format!("{letter}'") } else { letter.to_string() }
}

fn did(after: Option<&Process>, broken: Option<Violation>) -> String {
    let Some(after) = after else {
        return match broken {
            Some(Violation::Lost | Violation::Fork) => "counts its line as durable",
            Some(Violation::FencedCall | Violation::UnknownCall) => "sends its call",
            Some(Violation::FencedByItself) => "gives up",
            _ => "goes on",
        }
        .to_owned();
    };
    if let Some(waiting) = after.waiting {
        return format!("sends {}", change(waiting));
    }
    match after.phase {
        Phase::Wait => format!("waits for {}", name(after.seen.holder)),
        Phase::Plan => "has read the state".to_owned(),
        Phase::Call => {
            let deletes = Entry::unpack(after.intent).kind == Kind::Delete;
            format!("sends its call to {}", if deletes { "delete" } else { "create" })
        }
        Phase::Done => "is done".to_owned(),
        Phase::Stopped => "stops".to_owned(),
        other => format!("is at {other:?}"),
    }
}

fn change(change: Change) -> String {
    match change {
        Change::Lock { new, .. } if new.holder == 0 => format!("lock free({})", new.epoch),
        Change::Lock { new, .. } if new.sent > 1 => format!("renewal {}", new.sent - 1),
        Change::Lock { new, .. } => format!("lock held({})", new.epoch),
        Change::Segment { id, body: Segment::Seal { .. }, .. } => {
            format!("seal {}-{}", id.epoch, id.n)
        }
        Change::Segment { id, body, .. } => {
            let Segment::Data { entry, .. } = body else { return String::new() };
            let what = match Entry::unpack(entry).kind {
                Kind::Create => "intent to create",
                Kind::Made => "result: made",
                Kind::Delete => "intent to delete",
                Kind::Gone => "result: gone",
            };
            format!("segment {}-{} ({what})", id.epoch, id.n)
        }
        Change::State { new, .. } => {
            format!("state serial {} through {}-{}", new.serial, new.through.epoch, new.through.n)
        }
        Change::History { serial, .. } => format!("history {serial}"),
        Change::Remove { .. } => "removal of a segment".to_owned(),
    }
}

/// A history with each request that lands at once told once, and without what says nothing.
pub(super) fn shorten(history: Vec<String>) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for event in history {
        let written =
            told.last().and_then(|last| last.split_once(" sends ")).and_then(|(who, what)| {
                (event == format!("{who}'s {what} lands")).then(|| format!("{who} writes {what}"))
            });
        match written {
            Some(written) => {
                told.pop();
                told.push(written);
            }
            None if event.ends_with(" has read the state") => {}
            None => told.push(event),
        }
    }
    told
}
