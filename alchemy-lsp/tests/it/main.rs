//! The server as an editor sees it.

mod lifecycle;
