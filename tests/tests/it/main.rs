//! Tests of the product over the simulated cloud.

mod gcs_service;
mod protocol;
mod sim_cancel;
mod sim_cases;
mod sim_damage;
mod sim_faults;
mod sim_histories;
mod sim_lifecycle;
mod sim_ownership;
mod sim_recover;
mod sim_references;
mod sim_refusals;
mod sim_secrets;
mod sim_store;
