//! The server as an editor sees it.

mod editor;
mod features;
mod given;
mod hints;
mod lifecycle;
mod live;
mod names;
mod places;
mod surroundings;
