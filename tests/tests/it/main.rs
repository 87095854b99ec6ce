//! Tests of the product over the simulated cloud.

mod sim_faults;
mod sim_histories;
mod sim_lifecycle;
mod sim_refusals;
