//! Remote state on what emulates S3, on a real store that speaks its protocol, and on one that lies.

mod liar;
mod requests;
mod suite;
