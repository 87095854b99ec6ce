//! Ctrl-C: once, what is in flight is finished and saved; twice, it stops now and the next run heals.

use std::time::{Duration, Instant};

use alchemy_tests::e2e::{Emulator, Gate, Project, Proxy, Verdict, rules};

/// A queue that takes a while, and a mapping-like chain behind it: ten queues that each name the one before.
fn chain() -> String {
    let queues: Vec<String> = (1..10)
        .map(|n| {
            let before = n - 1;
            format!("  const q{n} = yield* AWS.SQS.Queue(\"Q{n}\", {{ redrivePolicy: {{ deadLetterTargetArn: q{before}.queueArn, maxReceiveCount: 3 }} }});\n")
        })
        .collect();
    format!(
        "import * as Alchemy from \"alchemy\";\nimport * as AWS from \"alchemy/AWS\";\nimport * as Effect from \"effect/Effect\";\n\n\
         export default Alchemy.Stack(\"chain\", {{ providers: AWS.providers() }}, Effect.gen(function* () {{\n\
           const q0 = yield* AWS.SQS.Queue(\"Q0\");\n{}}}));\n",
        queues.concat()
    )
}

struct Scene<'e> {
    emulator: &'e Emulator,
    proxy: Proxy,
    project: Project,
}

impl<'e> Scene<'e> {
    fn new(emulator: &'e Emulator) -> Self {
        Self::with(emulator, |_| Verdict::Delay(Duration::from_millis(700)))
    }

    /// `judge` decides about the n-th create.
    fn with(emulator: &'e Emulator, judge: impl Fn(usize) -> Verdict + Send + 'static) -> Self {
        let mut count = 0;
        let slow = rules::each(move |call, _| {
            if call.operation != "CreateQueue" {
                return Verdict::Pass;
            }
            count += 1;
            judge(count)
        });
        let proxy = Proxy::start(&emulator.url(), vec![slow]);
        let project = Project::new(&proxy.url(), &[("alchemy.run.ts", &chain())]);
        Self { emulator, proxy, project }
    }

    fn creates(&self) -> usize {
        self.proxy.calls().iter().filter(|call| call.operation == "CreateQueue").count()
    }

    fn wait_for_creates(&self, wanted: usize) {
        let begun = Instant::now();
        while self.creates() < wanted {
            assert!(begun.elapsed() < Duration::from_secs(180), "no create came");
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    fn finishes(&self) {
        self.proxy.clear();
        self.project.alchemy(&["deploy", "--yes"]).ok();
        assert_eq!(self.project.client(&self.emulator.url()).names().len(), 10);
        self.project.alchemy(&["destroy", "--yes"]).ok();
        assert_eq!(self.project.client(&self.emulator.url()).names(), Vec::<String>::new());
    }
}

fn once_finishes_what_is_in_flight(emulator: &Emulator) {
    let scene = Scene::new(emulator);
    let running = scene.project.alchemy(&["deploy", "--yes"]).start();
    scene.wait_for_creates(2);
    running.signal("INT");
    let finished = running.wait();
    assert_eq!(finished.code, Some(5), "{}", finished.both());
    let made = scene.project.client(&scene.emulator.url()).names().len();
    assert!((2..10).contains(&made), "{made}");
    let recorded = scene.project.bare(&["state", "ls", "--stack", "chain", "--json"]).ok().stdout;
    for name in scene.project.client(&scene.emulator.url()).names() {
        let queue = name.trim_start_matches("queues: ").to_owned();
        let shown =
            scene.project.bare(&["state", "show", "--stack", "chain", "--json"]).ok().stdout;
        assert!(shown.contains(&queue), "{queue} is not in state: {recorded}");
    }
    scene.finishes();
}
emulated!(once_finishes_what_is_in_flight: MiniStack, MiniStackAuth, Moto);

fn twice_stops_now(emulator: &Emulator) {
    // What is in flight never comes back: only a run that does not wait for it can end.
    let gate = Gate::closed();
    let held = gate.clone();
    let scene = Scene::with(emulator, move |n| match n {
        1 => Verdict::Pass,
        _ => Verdict::Hold(held.clone()),
    });
    let mut running = scene.project.alchemy(&["deploy", "--yes"]).start();
    scene.wait_for_creates(2);
    running.signal("INT");
    std::thread::park_timeout(Duration::from_millis(150));
    assert!(!running.ended(), "after one signal it waits for what is in flight");
    running.signal("INT");
    let finished = running.wait();
    assert_eq!(finished.code, Some(5), "{}", finished.both());
    gate.open();
    scene.finishes();
}
emulated!(twice_stops_now: MiniStack, MiniStackAuth, Moto);
