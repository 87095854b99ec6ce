//! Limits of an evaluation, each with its reason. They count work, not time, so that the same program ends the same
//! way on any machine.

/// How often the engine may ask whether to go on, in one evaluation. It asks once in 10 000 calls and loop turns, so
/// this is 60 million of them: 6000 for each of 10 000 resources, and seconds of a laptop.
pub(crate) const EVALUATION_FUEL: u64 = 6_000;

/// The same for one call of a closure at apply: it works on one value.
pub(crate) const CLOSURE_FUEL: u64 = 600;

/// Bytes of the engine's heap. All of `effect` takes about 40 MB; a plan of 10 000 resources about 60 MB.
pub(crate) const HEAP_BYTES: usize = 384 << 20;

/// Bytes on the heap before the engine first looks for garbage in circles. Everything else is freed at once; what `effect`
/// and a program of some hundred resources need stays below, so that the usual evaluation never looks.
pub(crate) const GARBAGE_BYTES: usize = 48 << 20;

/// Bytes more for asking a program that used all of them where it was.
pub(crate) const HEAP_RESERVE_BYTES: usize = 16 << 20;

/// Bytes of stack the engine may use: about 10 000 nested calls, as in Node.
pub(crate) const SCRIPT_STACK_BYTES: usize = 4 << 20;

/// Bytes of stack of the engine's thread: the script's, and room for the functions of ours that it calls.
pub(crate) const THREAD_STACK_BYTES: usize = 16 << 20;

/// Frames kept of an error's stack: enough to find the program's own below those of `effect`.
pub(crate) const STACK_FRAMES: u32 = 64;

/// Turns of timers without a delay in one evaluation. `effect` takes one when a fiber yields.
pub(crate) const TURNS: u32 = 100_000;

/// Bytes of one source file. The largest of `effect` has 0.4 MB; beyond this it is a bundle or data.
pub(crate) const FILE_BYTES: u64 = 8 << 20;

/// Modules of an evaluation. `effect` as a whole has 450.
pub(crate) const MODULES: usize = 5_000;
