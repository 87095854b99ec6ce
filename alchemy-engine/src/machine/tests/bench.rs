//! A machine on the bench: plans from a few words, commands as text.

use std::collections::BTreeMap;

use alchemy_core::{
    Action, Change, Event, Expr, Fqn, Generation, Intent, Plan, PlanMode, Record, RemovalPolicy,
    ResourceType, Snapshot, StackName, Stage, Status, Step, StepId, Target, Uid, Value,
};

use crate::machine::{ApplyMachine, Command, Input, MachineSettings, StepFailure};

pub(super) struct Bench {
    pub(super) machine: ApplyMachine<'static>,
    plan: &'static Plan,
    base: &'static Snapshot,
    settings: MachineSettings,
}

fn target() -> Target {
    Target { provider: "sim".to_owned(), account: "1".to_owned(), region: "r".to_owned() }
}

fn fqn(text: &str) -> Fqn {
    Fqn::parse(text).unwrap()
}

pub(super) fn attr(of: &str) -> Expr {
    Expr::Attr { fqn: fqn(of), path: vec!["id".to_owned()] }
}

pub(super) fn step(id: u32, action: Action, name: &str, after: &[u32]) -> Step {
    Step {
        id: StepId(id),
        action,
        fqn: fqn(name),
        ty: ResourceType::new("Test.Sim.Thing"),
        uid: Uid::new(format!("{name}-0")),
        generation: Generation(0),
        name: Some(name.to_lowercase()),
        target: target(),
        props: BTreeMap::new(),
        prior: None,
        changes: Vec::new(),
        reason: String::new(),
        after: after.iter().map(|id| StepId(*id)).collect(),
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: None,
        location: None,
        adopt: false,
    }
}

pub(super) fn record(name: &str, generation: u32) -> Record {
    made(&Step {
        uid: Uid::new(format!("{name}-{generation}")),
        generation: Generation(generation),
        ..step(0, Action::Create, name, &[])
    })
}

fn made(step: &Step) -> Record {
    Record {
        uid: step.uid.clone(),
        fqn: step.fqn.clone(),
        ty: step.ty.clone(),
        generation: step.generation,
        status: Status::Ready,
        name: step.name.clone(),
        target: step.target.clone(),
        props: BTreeMap::new(),
        attrs: BTreeMap::from([("id".to_owned(), Value::from("x"))]),
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: None,
        location: None,
        created_at: "then".to_owned(),
        updated_at: "then".to_owned(),
        replaced: false,
    }
}

impl Bench {
    pub(super) fn new(steps: Vec<Step>) -> Self {
        let snapshot =
            Snapshot::new(StackName::parse("app").unwrap(), Stage::parse("dev").unwrap());
        let settings = MachineSettings {
            mode: PlanMode::Deploy,
            parallelism: 32,
            per_service: BTreeMap::new(),
            natural: Vec::new(),
            pin: None,
            by: "me".to_owned(),
            at: "now".to_owned(),
        };
        Self::build(Plan { steps, ..Plan::default() }, snapshot, settings)
    }

    /// Leaks a plan and a snapshot, which a test may.
    fn build(plan: Plan, base: Snapshot, settings: MachineSettings) -> Self {
        let (plan, base): (&'static Plan, &'static Snapshot) =
            (Box::leak(Box::new(plan)), Box::leak(Box::new(base)));
        Self { machine: ApplyMachine::new(plan, base, settings.clone()), plan, base, settings }
    }

    fn changed(self, change: impl FnOnce(&mut Plan, &mut Snapshot, &mut MachineSettings)) -> Self {
        let (mut plan, mut base, mut settings) =
            (self.plan.clone(), self.base.clone(), self.settings);
        change(&mut plan, &mut base, &mut settings);
        Self::build(plan, base, settings)
    }
    pub(super) fn parallelism(self, parallelism: usize) -> Self {
        self.changed(|_, _, settings| settings.parallelism = parallelism)
    }
    pub(super) fn service_limit(self, service: &str, limit: usize) -> Self {
        self.changed(|_, _, settings| {
            settings.per_service.insert(service.to_owned(), limit);
        })
    }
    pub(super) fn natural(self) -> Self {
        self.changed(|_, _, settings| settings.natural.push(ResourceType::new("Test.Sim.Thing")))
    }
    pub(super) fn mode(self, mode: PlanMode) -> Self {
        self.changed(|_, _, settings| settings.mode = mode)
    }
    pub(super) fn outputs(self) -> Self {
        self.changed(|plan, _, _| plan.outputs = Some(Expr::Value(Value::Null)))
    }
    pub(super) fn with_record(self, record: Record) -> Self {
        self.changed(|_, base, _| base.apply(&Change::Put(record)))
    }
    pub(super) fn with_retained(self, record: Record) -> Self {
        let uid = record.uid.clone();
        self.with_record(record).changed(|_, base, _| base.apply(&Change::Retained(uid)))
    }
    pub(super) fn plan(&self) -> &Plan {
        self.plan
    }

    pub(super) fn on(&mut self, input: Input) -> Vec<String> {
        self.machine.on(input).iter().map(|command| self.text(command)).collect()
    }
    /// Begins, with the intents durable.
    pub(super) fn start(&mut self) -> Vec<String> {
        self.on(Input::Begin);
        self.on(Input::Appended)
    }
    /// The only step of that resource succeeds.
    pub(super) fn done(&mut self, name: &str) -> Vec<String> {
        let step = self.plan.steps.iter().find(|step| step.fqn.as_str() == name).unwrap();
        self.done_step(step.id.0)
    }
    pub(super) fn done_step(&mut self, id: u32) -> Vec<String> {
        let step = &self.plan.steps[id as usize];
        let old = || step.prior.as_ref().unwrap().uid.clone();
        let changes = match step.action {
            Action::Delete => vec![Change::Removed(step.uid.clone())],
            Action::Replace => vec![Change::Put(made(step)), Change::Replaced(old())],
            Action::Rename => vec![Change::Rename { uid: step.uid.clone(), to: step.fqn.clone() }],
            _ => vec![Change::Put(made(step))],
        };
        self.on(Input::Stepped { step: step.id, result: Ok(changes) })
    }
    pub(super) fn fails(&mut self, id: u32, failure: StepFailure) -> Vec<String> {
        self.on(Input::Stepped { step: StepId(id), result: Err(failure) })
    }
    pub(super) fn refines(&mut self, id: u32) -> Vec<String> {
        let record = Record { status: Status::Creating, ..made(&self.plan.steps[id as usize]) };
        self.on(Input::Refined { step: StepId(id), changes: vec![Change::Put(record)] })
    }

    fn text(&self, command: &Command) -> String {
        let fqn = |step: &StepId| self.plan.steps[step.0 as usize].fqn.clone();
        match command {
            Command::Append(changes) => {
                let changes: Vec<String> = changes.iter().map(change).collect();
                format!("append {}", changes.join(", ").replace("deployed, ", "deployed "))
            }
            Command::Run { step, attrs } if attrs.is_empty() => format!("run {}", fqn(step)),
            Command::Run { step, attrs } => {
                let names: Vec<&str> = attrs.keys().map(Fqn::as_str).collect();
                format!("run {} with {}", fqn(step), names.join(" "))
            }
            Command::Proceed(step) => format!("proceed {}", fqn(step)),
            Command::Halt => "halt".to_owned(),
            Command::Outputs { .. } => "outputs".to_owned(),
            Command::Emit(event) => format!("event {}", event_text(event)),
            Command::Finish { commit: true } => "finish commit".to_owned(),
            Command::Finish { commit: false } => "finish without commit".to_owned(),
        }
    }
}

fn change(change: &Change) -> String {
    match change {
        Change::Pin(_) => "pin".to_owned(),
        Change::Intend(intents) => {
            let intents: Vec<String> = intents.iter().map(intent).collect();
            format!("intend({})", intents.join(", "))
        }
        Change::Put(record) => format!("put {}", record.fqn),
        Change::Rename { to, .. } => format!("rename to {to}"),
        Change::Replaced(uid) => format!("replaced {uid}"),
        Change::Removed(uid) => format!("removed {uid}"),
        Change::Retained(uid) => format!("retained {uid}"),
        Change::Taken { fqn, generation, .. } => format!("taken {fqn} {generation}"),
        Change::Key(_) => "key".to_owned(),
        Change::Outputs(_) => "outputs".to_owned(),
        Change::References(list) => format!("references {}", list.len()),
        Change::Deployed { .. } => "deployed".to_owned(),
        Change::Destroyed { .. } => "destroyed".to_owned(),
    }
}

fn intent(intent: &Intent) -> String {
    match intent {
        Intent::Create(record) => format!("create {}", record.fqn),
        Intent::Update(uid) => format!("update {uid}"),
        Intent::Delete(uid) => format!("delete {uid}"),
    }
}

fn event_text(event: &Event) -> String {
    match event {
        Event::RunStarted { steps } => format!("started {steps}"),
        Event::StepStarted(step) => format!("start {}", step.fqn),
        Event::StepFinished(step) => format!("finished {}", step.fqn),
        Event::StepFailed { step, .. } => format!("failed {}", step.fqn),
        Event::StepSkipped { step, because } => {
            format!("skipped {} because of {because}", step.fqn)
        }
        Event::Cancelling { in_flight } => format!("cancelling {in_flight}"),
        other => format!("{other:?}"),
    }
}
