//! Tests of the product as a whole, over the simulated cloud and the emulators.

mod sim_refusals;
