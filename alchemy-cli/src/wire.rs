//! `--json`: one object a line, `{"v":1,"event":…}`. These types are the schema; nothing of core is printed as it stands.

use std::collections::BTreeMap;

use alchemy_core::{
    Diagnostic, Event, Expr, Fate, Outcome, Plan, PropChange, Record, Recovery, Step, StepRef,
    Value,
};
use serde::Serialize;
use serde_json::{Map, Number, Value as Json};

/// Version of this schema; the first member of every line.
const VERSION: u32 = 1;

/// What happened. The `event` member names the variant.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum EventBody<'a> {
    /// A command begins on a stage.
    Start {
        command: &'a str,
        stack: &'a str,
        stage: &'a str,
        profile: &'a str,
        account: &'a str,
        region: &'a str,
        store: &'a str,
    },
    /// A finding.
    Diagnostic(DiagnosticJson<'a>),
    /// What would be done.
    Plan { steps: Vec<StepJson<'a>>, untouched: Vec<&'a str> },
    /// A step goes on.
    Step {
        state: &'static str,
        id: u32,
        resource: String,
        #[serde(rename = "type")]
        ty: String,
        action: &'static str,
        generation: u32,
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// No new step starts.
    Cancelling { in_flight: usize },
    /// The run waits, for so many seconds.
    Waiting { seconds: u64, message: String },
    /// What the program returned.
    Outputs { outputs: Json },
    /// Objects that stay in the cloud.
    Retained { objects: Vec<ObjectJson> },
    /// What a recovery found.
    Recovery { objects: Vec<RecoveredJson>, missing: Vec<MissingJson> },
    /// The command is over.
    End { exit: u8, done: usize, failed: usize, skipped: usize },
}

/// A finding.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DiagnosticJson<'a> {
    severity: &'static str,
    code: &'a str,
    summary: &'a str,
    detail: &'a str,
    help: &'a [String],
    resource: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
}

/// A planned step.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StepJson<'a> {
    id: u32,
    action: &'static str,
    resource: &'a str,
    #[serde(rename = "type")]
    ty: &'a str,
    generation: u32,
    name: Option<&'a str>,
    reason: &'a str,
    after: Vec<u32>,
    parent: Option<&'a str>,
    changes: Vec<ChangeJson<'a>>,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
}

/// A changed prop. `newKnown` is false where apply has to complete it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeJson<'a> {
    path: &'a str,
    old: Json,
    new: Json,
    new_known: bool,
    replaces: bool,
}

/// A cloud object that state knows.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectJson {
    /// Its resource.
    pub(crate) resource: String,
    #[serde(rename = "type")]
    pub(crate) ty: String,
    pub(crate) generation: u32,
    pub(crate) name: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) account: String,
    pub(crate) region: String,
}

/// An object that a recovery found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveredJson {
    resource: String,
    #[serde(rename = "type")]
    ty: String,
    generation: u32,
    name: Option<String>,
    /// `live`, `replaced` or `kept`.
    fate: &'static str,
    differs: Vec<String>,
}

/// A declared resource without an object.
#[derive(Serialize)]
pub(crate) struct MissingJson {
    resource: String,
    #[serde(rename = "type")]
    ty: String,
}

/// The line of an event, without its end.
pub(crate) fn line(body: &EventBody<'_>) -> String {
    let text = serde_json::to_string(body).expect("plain data always serialises");
    let members = text.strip_prefix('{').expect("an event is an object");
    format!("{{\"v\":{VERSION},{members}")
}

/// A diagnostic as an event.
pub(crate) fn diagnostic(diagnostic: &Diagnostic) -> EventBody<'_> {
    let place = diagnostic.labels.first().map(|label| &label.span.location);
    EventBody::Diagnostic(DiagnosticJson {
        severity: if diagnostic.is_error() { "error" } else { "warning" },
        code: diagnostic.code,
        summary: &diagnostic.summary,
        detail: &diagnostic.detail,
        help: &diagnostic.help,
        resource: diagnostic.resource.as_ref().map(alchemy_core::Fqn::as_str),
        file: place.map(|place| place.file.as_str()),
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
    })
}

/// A plan as an event.
pub(crate) fn plan(plan: &Plan) -> EventBody<'_> {
    EventBody::Plan {
        steps: plan.steps.iter().map(step).collect(),
        untouched: plan.untouched.iter().map(|(fqn, _)| fqn.as_str()).collect(),
    }
}

fn step(step: &Step) -> StepJson<'_> {
    StepJson {
        id: step.id.0,
        action: step.action.word(),
        resource: step.fqn.as_str(),
        ty: step.ty.as_str(),
        generation: step.generation.0,
        name: step.name.as_deref(),
        reason: &step.reason,
        after: step.after.iter().map(|id| id.0).collect(),
        parent: step.parent.as_ref().map(alchemy_core::Fqn::as_str),
        changes: step.changes.iter().map(change).collect(),
        file: step.location.as_ref().map(|place| place.file.as_str()),
        line: step.location.as_ref().map(|place| place.line),
        column: step.location.as_ref().map(|place| place.column),
    }
}

fn change(change: &PropChange) -> ChangeJson<'_> {
    ChangeJson {
        path: &change.path,
        old: expr(&change.old),
        new: expr(&change.new),
        new_known: change.new.as_value().is_some(),
        replaces: change.forces_replacement,
    }
}

/// An event of a run; none for those that only people need.
pub(crate) fn run_event(event: &Event) -> Option<EventBody<'_>> {
    Some(match event {
        Event::StepStarted(step) => step_event("started", step, None),
        Event::StepWaiting { step, reason } => step_event("waiting", step, Some(reason.clone())),
        Event::StepFinished(step) => step_event("finished", step, None),
        Event::StepFailed { step, message } => step_event("failed", step, Some(message.clone())),
        Event::StepSkipped { step, because } => {
            step_event("skipped", step, Some(format!("{because} failed")))
        }
        Event::Cancelling { in_flight } => EventBody::Cancelling { in_flight: *in_flight },
        Event::TakeOverWaiting { seconds, reason } => {
            EventBody::Waiting { seconds: *seconds, message: reason.clone() }
        }
        Event::ReadStarted { .. }
        | Event::ReadWaiting { .. }
        | Event::ReadFinished
        | Event::RunStarted { .. }
        | Event::RunFinished(_) => return None,
    })
}

fn step_event(state: &'static str, step: &StepRef, message: Option<String>) -> EventBody<'static> {
    EventBody::Step {
        state,
        id: step.id.0,
        resource: step.fqn.to_string(),
        ty: step.ty.to_string(),
        action: step.action.word(),
        generation: step.generation.0,
        name: step.name.clone(),
        message,
    }
}

/// What a recovery found, as an event.
pub(crate) fn recovery(recovery: &Recovery) -> EventBody<'static> {
    let objects = recovery.objects.iter().map(|object| RecoveredJson {
        resource: object.record.fqn.to_string(),
        ty: object.record.ty.to_string(),
        generation: object.record.generation.0,
        name: object.record.name.clone(),
        fate: match object.fate {
            Fate::Live => "live",
            Fate::Replaced => "replaced",
            Fate::Kept => "kept",
        },
        differs: object.differs.clone(),
    });
    let missing = recovery.missing.iter();
    EventBody::Recovery {
        objects: objects.collect(),
        missing: missing
            .map(|(fqn, ty)| MissingJson { resource: fqn.to_string(), ty: ty.to_string() })
            .collect(),
    }
}

/// The end of a command.
pub(crate) fn end(exit: crate::exit::Exit, outcome: Option<&Outcome>) -> EventBody<'static> {
    let count = |of: fn(&Outcome) -> usize| outcome.map_or(0, of);
    EventBody::End {
        exit: exit.code(),
        done: count(|outcome| outcome.done),
        failed: count(|outcome| outcome.failed.len()),
        skipped: count(|outcome| outcome.skipped.len()),
    }
}

/// What state knows of an object, without props and attributes.
pub(crate) fn object(record: &Record) -> ObjectJson {
    ObjectJson {
        resource: record.fqn.to_string(),
        ty: record.ty.to_string(),
        generation: record.generation.0,
        name: record.name.clone(),
        status: status_word(record),
        account: record.target.account.clone(),
        region: record.target.region.clone(),
    }
}

/// Where a record stands, in a word.
pub(crate) fn status_word(record: &Record) -> &'static str {
    use alchemy_core::Status;
    match record.status {
        Status::Ready if record.replaced => "replaced",
        Status::Ready => "ready",
        Status::Creating => "creating",
        Status::Updating => "updating",
        Status::Deleting => "deleting",
    }
}

/// A value; secrets read `"<redacted>"`.
pub(crate) fn value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Num(_) => number(value),
        Value::Str(text) => Json::String(text.clone()),
        Value::List(items) => Json::Array(items.iter().map(self::value).collect()),
        Value::Map(members) => map(members),
        Value::Secret(_) => Json::String("<redacted>".to_owned()),
    }
}

/// A map of values.
pub(crate) fn map(members: &BTreeMap<String, Value>) -> Json {
    Json::Object(
        members.iter().map(|(name, item)| (name.clone(), value(item))).collect::<Map<_, _>>(),
    )
}

fn number(value: &Value) -> Json {
    if let Some(whole) = value.as_int() {
        return Json::from(whole);
    }
    value.as_num().and_then(Number::from_f64).map_or(Json::Null, Json::Number)
}

/// As much of an expression as is known; unknown parts are null.
fn expr(expr: &Expr) -> Json {
    match expr {
        Expr::Value(known) => value(known),
        Expr::List(items) => Json::Array(items.iter().map(self::expr).collect()),
        Expr::Map(members) => Json::Object(
            members
                .iter()
                .map(|(name, item)| (name.clone(), self::expr(item)))
                .collect::<Map<_, _>>(),
        ),
        Expr::Attr { .. } | Expr::Ref(_) | Expr::Call { .. } | Expr::Concat(_) => Json::Null,
    }
}
