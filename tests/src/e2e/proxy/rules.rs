//! AWS's refusals, as rules: each cites the page that promises it. No emulator makes any of them.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Answer, Call, Rule, Verdict};

fn refuse(status: u16, code: &'static str, message: impl Into<String>) -> Verdict {
    Verdict::Refuse { status, code, message: message.into() }
}

/// A rule from a function of the call and of how often it was asked about that call's name and target.
struct Nth<F>(BTreeMap<String, usize>, F);

impl<F: FnMut(&Call, usize) -> Verdict + Send> Rule for Nth<F> {
    fn judge(&mut self, call: &Call) -> Verdict {
        let count = self.0.entry(call.to_string()).or_default();
        *count += 1;
        (self.1)(call, *count)
    }
}

/// A rule from a function of each call and how often that very call (operation and object) has come, from 1.
pub fn each(judge: impl FnMut(&Call, usize) -> Verdict + Send + 'static) -> Box<dyn Rule> {
    Box::new(Nth(BTreeMap::new(), judge))
}

/// A fresh role cannot be assumed at once: the first `times` creates of each function are refused.
/// ("Troubleshoot IAM: changes that I make are not always immediately visible".)
pub fn role_not_assumable(times: usize) -> Box<dyn Rule> {
    each(move |call, n| {
        if call.operation == "CreateFunction" && n <= times {
            return refuse(
                400,
                "InvalidParameterValueException",
                "The role defined for the function cannot be assumed by Lambda.",
            );
        }
        Verdict::Pass
    })
}

/// The role cannot read the queue yet: the first `times` creates of each mapping are refused.
/// ("Using Lambda with Amazon SQS: execution role permissions".)
pub fn mapping_without_permission(times: usize) -> Box<dyn Rule> {
    each(move |call, n| {
        if call.operation == "CreateEventSourceMapping" && n <= times {
            let message = "The provided execution role does not have permissions to call ReceiveMessage on SQS";
            return refuse(400, "InvalidParameterValueException", message);
        }
        Verdict::Pass
    })
}

/// A role or policy that something still uses: the first delete of each is refused.
/// ("DeleteRole", IAM API reference: `DeleteConflict`.)
pub fn delete_conflict() -> Box<dyn Rule> {
    each(|call, n| {
        if matches!(call.operation.as_str(), "DeleteRole" | "DeletePolicy") && n == 1 {
            return refuse(
                409,
                "DeleteConflict",
                "Cannot delete entity, must remove referenced objects first.",
            );
        }
        Verdict::Pass
    })
}

/// Another account owns the bucket's name. ("CreateBucket", S3 API reference: `BucketAlreadyExists`.)
pub fn bucket_taken(name_contains: &'static str) -> Box<dyn Rule> {
    each(move |call, _| {
        if call.operation == "CreateBucket" && call.target.contains(name_contains) {
            return refuse(
                409,
                "BucketAlreadyExists",
                "The requested bucket name is not available.",
            );
        }
        Verdict::Pass
    })
}

/// Another account owns the first bucket's name that is tried, whatever it is.
pub fn first_bucket_taken() -> Box<dyn Rule> {
    let mut first: Option<String> = None;
    each(move |call, _| {
        if call.operation != "CreateBucket" {
            return Verdict::Pass;
        }
        if first.get_or_insert_with(|| call.target.clone()) == &call.target {
            return refuse(
                409,
                "BucketAlreadyExists",
                "The requested bucket name is not available.",
            );
        }
        Verdict::Pass
    })
}

/// Every call is throttled the first time it comes, as its service spells it.
pub fn throttling() -> Box<dyn Rule> {
    each(|call, n| if n == 1 { throttled(call) } else { Verdict::Pass })
}

/// Every call of `service` is throttled for `time`, counted from the first.
pub fn throttled_for(service: &'static str, time: Duration) -> Box<dyn Rule> {
    let mut since = None;
    each(move |call, _| {
        let since = *since.get_or_insert_with(Instant::now);
        if call.service == service && since.elapsed() < time {
            throttled(call)
        } else {
            Verdict::Pass
        }
    })
}

fn throttled(call: &Call) -> Verdict {
    match call.service.as_str() {
        "s3" => refuse(503, "SlowDown", "Please reduce your request rate."),
        "iam" | "sts" => refuse(400, "Throttling", "Rate exceeded"),
        "lambda" => refuse(429, "TooManyRequestsException", "Rate exceeded"),
        _ => refuse(400, "ThrottlingException", "Rate exceeded"),
    }
}

/// Every changing call is carried out, and the first time its answer is lost.
pub fn lost_replies() -> Box<dyn Rule> {
    each(|call, n| if call.changing && n == 1 { Verdict::DropAfter } else { Verdict::Pass })
}

/// Access is denied on the `k`-th call of the run, counted from 1.
pub fn denied_on(k: usize) -> Box<dyn Rule> {
    let mut calls = 0;
    each(move |call, _| {
        calls += 1;
        if calls != k {
            return Verdict::Pass;
        }
        let message = format!(
            "User: arn:aws:iam::111111111111:user/sam is not authorized to perform: {}",
            call.name()
        );
        let code = if call.service == "lambda" || call.service == "sqs" || call.service == "logs" {
            "AccessDeniedException"
        } else {
            "AccessDenied"
        };
        refuse(403, code, message)
    })
}

/// Every call is answered with this error.
pub fn always(status: u16, code: &'static str, message: &'static str) -> Box<dyn Rule> {
    each(move |_, _| refuse(status, code, message))
}

/// No call is ever answered.
pub fn hanging() -> Box<dyn Rule> {
    each(|_, _| Verdict::Hang)
}

/// A queue's name cannot be used again for 60 s after its deletion.
/// ("DeleteQueue", SQS API reference; "CreateQueue": `QueueDeletedRecently`.)
#[derive(Debug)]
pub struct QueueDeletedRecently {
    /// How long.
    pub window: Duration,
    deleted: BTreeMap<String, Instant>,
}

impl QueueDeletedRecently {
    /// With the service's window, or a shorter one.
    pub fn new(window: Duration) -> Box<dyn Rule> {
        Box::new(Self { window, deleted: BTreeMap::new() })
    }
}

impl Rule for QueueDeletedRecently {
    fn judge(&mut self, call: &Call) -> Verdict {
        let name = call.target.rsplit('/').next().unwrap_or_default().to_owned();
        match call.operation.as_str() {
            "DeleteQueue" => {
                self.deleted.insert(name, Instant::now());
                Verdict::Pass
            }
            "CreateQueue"
                if self.deleted.get(&name).is_some_and(|at| at.elapsed() < self.window) =>
            {
                let message = "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
                refuse(400, "AWS.SimpleQueueService.QueueDeletedRecently", message)
            }
            _ => Verdict::Pass,
        }
    }
}

/// A function is `Pending` for a while after its create, and takes no change then; two updates may not overlap.
/// ("Lambda function states"; "UpdateFunctionConfiguration", Lambda API reference: `ResourceConflictException`.)
#[derive(Debug)]
pub struct FunctionStates {
    pending: Duration,
    updating: Duration,
    created: BTreeMap<String, Instant>,
    updated: BTreeMap<String, Instant>,
}

impl FunctionStates {
    /// `Pending` for `pending` after a create, in progress for `updating` after an update.
    pub fn new(pending: Duration, updating: Duration) -> Box<dyn Rule> {
        Box::new(Self { pending, updating, created: BTreeMap::new(), updated: BTreeMap::new() })
    }

    fn is_pending(&self, name: &str) -> bool {
        self.created.get(name).is_some_and(|at| at.elapsed() < self.pending)
    }

    fn is_updating(&self, name: &str) -> bool {
        self.updated.get(name).is_some_and(|at| at.elapsed() < self.updating)
    }
}

impl Rule for FunctionStates {
    fn judge(&mut self, call: &Call) -> Verdict {
        let update =
            matches!(call.operation.as_str(), "UpdateFunctionCode" | "UpdateFunctionConfiguration");
        if update && (self.is_pending(&call.target) || self.is_updating(&call.target)) {
            let message = format!(
                "The operation cannot be performed at this time. An update is in progress for resource: {}",
                call.target
            );
            return refuse(409, "ResourceConflictException", message);
        }
        Verdict::Pass
    }

    fn answered(&mut self, call: &Call, answer: &mut Answer) {
        if call.service != "lambda" || !answer.status.is_success() {
            return;
        }
        match call.operation.as_str() {
            "CreateFunction" => {
                self.created.insert(call.target.clone(), Instant::now());
            }
            "UpdateFunctionCode" | "UpdateFunctionConfiguration" => {
                self.updated.insert(call.target.clone(), Instant::now());
            }
            "GetFunction" | "GetFunctionConfiguration" => {}
            _ => return,
        }
        let (pending, updating) = (self.is_pending(&call.target), self.is_updating(&call.target));
        let Ok(mut json) = serde_json::from_slice::<Value>(&answer.body) else { return };
        let function =
            if call.operation == "GetFunction" { &mut json["Configuration"] } else { &mut json };
        if pending {
            function["State"] = "Pending".into();
            function["StateReasonCode"] = "Creating".into();
        }
        if updating {
            function["LastUpdateStatus"] = "InProgress".into();
        }
        answer.body = json.to_string().into();
    }
}

/// When, around the k-th changing request, the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The request never reaches the cloud.
    Before,
    /// The cloud has acted; the answer never arrives.
    After,
}

/// Kills a process around its k-th changing request.
#[derive(Debug)]
pub struct Killer {
    at: usize,
    moment: Moment,
    pid: Arc<AtomicU32>,
    seen: Arc<AtomicUsize>,
    fatal: Option<Call>,
}

impl Killer {
    /// Kills the process whose id is in `pid` around changing request `at` (from 1); `seen` counts them.
    pub fn new(
        at: usize,
        moment: Moment,
        pid: Arc<AtomicU32>,
        seen: Arc<AtomicUsize>,
    ) -> Box<dyn Rule> {
        Box::new(Self { at, moment, pid, seen, fatal: None })
    }

    fn kill(&self) {
        let pid = loop {
            let pid = self.pid.load(Ordering::SeqCst);
            if pid != 0 {
                break pid;
            }
            std::thread::yield_now();
        };
        let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
    }
}

impl Rule for Killer {
    fn judge(&mut self, call: &Call) -> Verdict {
        if !call.changing || self.seen.fetch_add(1, Ordering::SeqCst) + 1 != self.at {
            return Verdict::Pass;
        }
        if self.moment == Moment::Before {
            self.kill();
            return Verdict::DropBefore;
        }
        self.fatal = Some(call.clone());
        Verdict::DropAfter
    }

    fn answered(&mut self, call: &Call, _: &mut Answer) {
        if self.fatal.as_ref() == Some(call) {
            self.fatal = None;
            self.kill();
        }
    }
}
