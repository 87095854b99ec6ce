//! The simulated cloud refuses what its table says.
