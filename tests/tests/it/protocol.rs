//! The write protocol, model-checked: it holds in every scenario, and without any one of its rules it does not.
//!
//! `docs/state-protocol.md` shows what comes out; `UPDATE_DOCS=1` writes it there.

use std::fmt::Write as _;

use alchemy_tests::protocol_model::{Removal, Scenario, explore, large_scenarios, scenarios};

/// The part of the page between two marks must be `text`.
fn check_docs(part: &str, text: &str) {
    let file = alchemy_tests::e2e::repository().join("docs/state-protocol.md");
    let page = std::fs::read_to_string(&file).expect("the page is there");
    let (begin, end) = (format!("<!-- {part} -->\n"), format!("<!-- end of {part} -->"));
    let (head, rest) = page.split_once(&begin).expect("the page has the mark");
    let (shown, tail) = rest.split_once(&end).expect("the page has the end mark");
    if shown != text && std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, format!("{head}{begin}{text}{end}{tail}")).expect("a writable page");
        return;
    }
    assert_eq!(shown, text, "docs/state-protocol.md is out of date; UPDATE_DOCS=1 writes it");
}

/// Explores each scenario on a thread of its own; gives the lines of the table.
fn hold(scenarios: &[Scenario]) -> Vec<String> {
    std::thread::scope(|scope| {
        let runs: Vec<_> = scenarios
            .iter()
            .map(|scenario| scope.spawn(move || (scenario, explore(scenario, None))))
            .collect();
        runs.into_iter()
            .map(|run| {
                let (scenario, explored) = run.join().expect("the exploration ends");
                assert_eq!(explored.broken, None, "{}", scenario.name);
                assert!(explored.finished > 0, "{}: nobody ever gets done", scenario.name);
                format!("| {} | {} | {} |\n", scenario.name, explored.states, explored.depth)
            })
            .collect()
    })
}

#[test]
fn no_interleaving_breaks_the_protocol() {
    let mut table = "| scenario | states | longest way |\n|---|---|---|\n".to_owned();
    table.extend(hold(&scenarios()));
    check_docs("scenarios", &table);
}

/// For a night: `ALCHEMY_SLOW_TESTS=1`.
#[test]
fn no_interleaving_of_larger_scenarios_does() {
    if std::env::var_os("ALCHEMY_SLOW_TESTS").is_some() {
        hold(&large_scenarios());
    }
}

#[test]
fn no_rule_can_be_left_out() {
    let scenarios = scenarios();
    let mut table =
        "| step | without the rule | what breaks | shortest history |\n|---|---|---|---|\n"
            .to_owned();
    for removal in Removal::ALL {
        let broken = scenarios.iter().find_map(|scenario| {
            explore(scenario, Some(removal)).broken.map(|broken| (scenario, broken))
        });
        let (scenario, (violation, history)) =
            broken.unwrap_or_else(|| panic!("nothing breaks without {removal:?}"));
        let (number, name) = removal.step();
        writeln!(
            table,
            "| {number} {name} | {} | {} | *{}:* {} |",
            removal.words(),
            violation.words(),
            scenario.name,
            history.join("; "),
        )
        .expect("a string takes everything");
    }
    for step in 1..=8 {
        assert!(Removal::ALL.iter().any(|removal| removal.step().0 == step), "step {step}");
    }
    check_docs("removals", &table);
}
