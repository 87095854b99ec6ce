//! Tests of the stores through their public surface.

mod conformance;
