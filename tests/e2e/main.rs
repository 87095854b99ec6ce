//! End to end: the real binary against an emulated AWS, looked at through an independent client.

/// One scenario against each of the emulators named: `emulated!(scenario: MiniStack, Moto);`
macro_rules! emulated {
    ($scenario:ident: $($kind:ident),+) => {
        mod $scenario {
            $(
                #[test]
                #[expect(non_snake_case, reason = "named after the emulator")]
                fn $kind() {
                    super::$scenario(&alchemy_tests::e2e::Emulator::start(alchemy_tests::e2e::Kind::$kind));
                }
            )+
        }
    };
}

mod cancel;
mod cloud_errors;
mod crash;
mod damage;
mod defaults;
mod disk;
mod doctor;
mod function;
mod gcs;
mod isolation;
mod lifecycle;
mod main_job;
mod program_refusals;
mod recover;
mod references;
mod refusals;
mod remote_state;
mod saved_plan;
mod secrets;
mod shared_store;
mod state_folder;
mod table;
mod team;
mod types;
