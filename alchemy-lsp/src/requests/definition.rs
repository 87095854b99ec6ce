//! From the use of a resource's output to the resource.

use alchemy_core::Fqn;
use alchemy_program::{Binding, Outline};
use tower_lsp::lsp_types::{GotoDefinitionResponse, Location, Position, Url};

use crate::evaluated::{Evaluated, Place};
use crate::view::{Seen, View};

/// How many names may stand between a use and the resource.
const STEPS: usize = 8;

/// Where the resource is declared whose output is used at a position.
pub(crate) fn of(view: &View, uri: &Url, position: Position) -> Option<GotoDefinitionResponse> {
    let seen = view.seen(uri)?;
    let evaluated = seen.shown()?;
    let at = seen.document.lines.byte(position);
    let outline = Outline::new(&seen.file, &seen.document.lines.text);
    let places = evaluated.places();
    let place = by_name(&seen, evaluated, &outline, &places, at)
        .or_else(|| by_prop(&seen, evaluated, &places, at))?;
    let (uri, range) = view.range(&seen.program, evaluated, &place.file, place.id)?;
    Some(GotoDefinitionResponse::Scalar(Location { uri, range }))
}

/// Follows the name that is used to what it is bound to.
fn by_name<'p>(
    seen: &Seen,
    evaluated: &Evaluated,
    outline: &Outline,
    places: &'p [Place],
    at: u32,
) -> Option<&'p Place> {
    let used = outline.uses.iter().find(|used| {
        let member = used.member.as_ref().is_some_and(|(_, bytes)| bytes.0 <= at && at <= bytes.1);
        member || used.at.0 <= at && at <= used.at.1
    })?;
    let mut file = seen.file.clone();
    let mut binding = outline.binding(&used.name, used.at.0)?.clone();
    // In this document bytes are those of now; in the others those that were evaluated.
    let mut now = true;
    for _ in 0..STEPS {
        if let Some(place) = bound_place(seen, evaluated, places, &file, &binding, now) {
            return Some(place);
        }
        let other = &evaluated.outlines;
        let here = if now { outline } else { other.get(&file)? };
        if let Some((name, module)) = &binding.import {
            file = imported(other.keys().map(String::as_str), &file, module)?.to_owned();
            now = file == seen.file;
            let outline = if now { outline } else { other.get(&file)? };
            binding = outline.binding(name, 0)?.clone();
        } else {
            binding = here.binding(binding.same_as.as_ref()?, binding.at.0)?.clone();
        }
    }
    None
}

/// The place inside of what a name is bound to.
fn bound_place<'p>(
    seen: &Seen,
    evaluated: &Evaluated,
    places: &'p [Place],
    file: &str,
    binding: &Binding,
    now: bool,
) -> Option<&'p Place> {
    let inside = places.iter().filter(|place| place.file == file).filter(|place| {
        let call = if now { seen.now(evaluated, place.call) } else { Some(place.call) };
        call.is_some_and(|call| binding.to.0 <= call.0 && call.1 <= binding.to.1)
    });
    // A name that is bound to a whole function or program stands for none of the resources in it.
    let mut inside = inside.collect::<Vec<_>>();
    if inside.len() == 1 { inside.pop() } else { None }
}

/// The file of the program that `module`, imported by `from`, is.
fn imported<'f>(files: impl Iterator<Item = &'f str>, from: &str, module: &str) -> Option<&'f str> {
    let mut path: Vec<&str> = from.split('/').collect();
    path.pop();
    for part in module.strip_prefix("./").unwrap_or(module).split('/') {
        match part {
            "." => {}
            ".." => drop(path.pop()),
            part => path.push(part),
        }
    }
    let path = path.join("/");
    let stem = path.rsplit_once('.').map_or(path.as_str(), |(stem, _)| stem);
    let mut files: Vec<&str> = files.collect();
    // The file itself, then one with another ending (`./job.js` is `job.ts`), then the folder's index.
    files.sort_unstable();
    let exact = files.iter().find(|file| **file == path);
    exact
        .or_else(|| {
            files.iter().find(|file| {
                let rest = file.strip_prefix(&path).or_else(|| file.strip_prefix(stem));
                rest.is_some_and(|rest| {
                    let ending = rest.strip_prefix("/index").unwrap_or(rest);
                    ending.starts_with('.') && !ending.contains('/')
                })
            })
        })
        .copied()
}

/// The resource whose attribute is the value of the prop around a position.
fn by_prop<'p>(
    seen: &Seen,
    evaluated: &Evaluated,
    places: &'p [Place],
    at: u32,
) -> Option<&'p Place> {
    let place = seen.place_at(evaluated, at)?;
    let fqn = place.resources.first()?;
    let resource = evaluated.resource(fqn)?;
    let outline = Outline::new(&seen.file, &seen.document.lines.text);
    let call = outline.call(place.call)?;
    let around = call.props.iter().filter(|prop| prop.value.0 <= at && at <= prop.value.1);
    let prop = around.min_by_key(|prop| prop.value.1 - prop.value.0)?;
    let top = prop.path.split('.').next()?;
    let mut found: Vec<&Fqn> = Vec::new();
    resource.props.get(top)?.each_attr(&mut |fqn, _| found.push(fqn));
    let [only] = found.as_slice() else { return None };
    places.iter().find(|place| place.resources.contains(only))
}
