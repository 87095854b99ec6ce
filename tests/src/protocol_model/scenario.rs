//! Who takes part, and how much may go wrong: what bounds the exploration.

use super::world::Budget;

/// What a client wants of the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// That it is there.
    Deploy,
    /// That it is gone.
    Destroy,
}

/// One client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client {
    pub(super) goal: Goal,
    /// How many processes it starts, one after another.
    pub(super) runs: u8,
    /// How often each of them may renew the lock.
    pub(super) renewals: u8,
}

/// One exploration.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// For people.
    pub name: &'static str,
    pub(super) clients: Vec<Client>,
    /// Whether the clients can see each other's processes.
    pub(super) same_machine: bool,
    /// A variant of steps 3 and 4: replies after the deadline are believed, and seals are never removed.
    pub(super) trusting: bool,
    pub(super) budget: Budget,
}

fn client(goal: Goal, runs: u8, renewals: u8) -> Client {
    Client { goal, runs, renewals }
}

fn budget(crashes: u8, stalls: u8, timeouts: u8, duplicates: u8, failures: u8) -> Budget {
    Budget { crashes, stalls, timeouts, duplicates, failures }
}

/// Clients on machines of their own.
fn apart(name: &'static str, clients: Vec<Client>, budget: Budget) -> Scenario {
    Scenario { name, clients, same_machine: false, trusting: false, budget }
}

/// Larger explorations, for a night.
pub fn large_scenarios() -> Vec<Scenario> {
    use Goal::{Deploy, Destroy};
    let three = vec![client(Deploy, 1, 0), client(Destroy, 1, 0), client(Deploy, 1, 0)];
    let twice = vec![client(Deploy, 2, 0), client(Destroy, 1, 0)];
    vec![
        apart("a deploy, a destroy, a deploy", three, budget(0, 0, 0, 0, 0)),
        apart("deploys around a destroy, two crashes", twice, budget(2, 0, 0, 0, 0)),
    ]
}

/// The explorations of every test run.
pub fn scenarios() -> Vec<Scenario> {
    use Goal::{Deploy, Destroy};
    let two = || vec![client(Deploy, 1, 0), client(Deploy, 1, 0)];
    let against = || vec![client(Deploy, 1, 0), client(Destroy, 1, 0)];
    vec![
        apart("two deploys, a crash", two(), budget(1, 0, 0, 0, 0)),
        apart("a deploy and a destroy, a stall", against(), budget(0, 1, 0, 0, 0)),
        apart(
            "two deploys, a renewal, a stall",
            vec![client(Deploy, 1, 1), client(Deploy, 1, 0)],
            budget(0, 1, 0, 0, 0),
        ),
        Scenario {
            same_machine: true,
            ..apart("one machine, a crash, a stall", against(), budget(1, 1, 0, 0, 0))
        },
        Scenario {
            trusting: true,
            ..apart("late replies believed, seals kept", against(), budget(0, 1, 0, 0, 0))
        },
        apart(
            "a deploy twice, lost reply, double",
            vec![client(Deploy, 2, 0)],
            budget(1, 0, 1, 1, 1),
        ),
        apart(
            "deploys around a destroy, a crash",
            vec![client(Deploy, 2, 0), client(Destroy, 1, 0)],
            budget(1, 0, 0, 0, 0),
        ),
        apart("two deploys, a lost reply, a double", two(), budget(0, 0, 1, 1, 0)),
        apart(
            "three deploys",
            vec![client(Deploy, 1, 0), client(Deploy, 1, 0), client(Deploy, 1, 0)],
            budget(0, 0, 0, 0, 0),
        ),
    ]
}
