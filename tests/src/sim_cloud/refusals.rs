//! The table of refusals: what AWS documents and emulators let pass. Pure questions to the cloud's state.

use std::collections::BTreeMap;

use alchemy_core::Value;
use alchemy_engine::ProviderErrorKind;
use tokio::time::Instant;

use super::{Object, ObjectKey, State, text};

pub(crate) const BUCKET: &str = "AWS.S3.Bucket";
pub(crate) const QUEUE: &str = "AWS.SQS.Queue";
pub(crate) const FUNCTION: &str = "AWS.Lambda.Function";
pub(crate) const ROLE: &str = "AWS.IAM.Role";
pub(crate) const ROLE_POLICY: &str = "AWS.IAM.RolePolicy";
pub(crate) const MAPPING: &str = "AWS.Lambda.EventSourceMapping";
pub(crate) const PERMISSION: &str = "AWS.Lambda.Permission";
pub(crate) const URL: &str = "AWS.Lambda.FunctionUrl";

/// Why a call was refused.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) kind: ProviderErrorKind,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

fn refuse<T>(
    kind: ProviderErrorKind,
    code: &'static str,
    message: impl Into<String>,
) -> Result<T, Refused> {
    Err(Refused { kind, code, message: message.into() })
}

/// An object about to be made.
#[derive(Clone, Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) key: &'a ObjectKey,
    pub(crate) account: &'a str,
    pub(crate) config: &'a BTreeMap<String, Value>,
}

impl Draft<'_> {
    fn text(&self, prop: &str) -> &str {
        text(self.config, prop).unwrap_or_default()
    }
}

impl State {
    /// Whether the object may be made. A role's freshness wears off by being asked.
    pub(crate) fn check_create(&mut self, draft: &Draft<'_>) -> Result<(), Refused> {
        if let Some(existing) = self.objects.get(draft.key) {
            return taken(existing, draft);
        }
        match draft.key.ty.as_str() {
            QUEUE => self.check_queue(draft),
            FUNCTION => self.check_function(draft),
            MAPPING => self.check_mapping(draft),
            PERMISSION | URL => self.function_of(draft).map(|_| ()),
            ROLE_POLICY => match self.named(draft.account, ROLE, draft.text("roleName")) {
                Some(_) => Ok(()),
                None => refuse(ProviderErrorKind::NotYet, "NoSuchEntity", "the role is not there"),
            },
            _ => Ok(()),
        }
    }

    fn check_queue(&self, draft: &Draft<'_>) -> Result<(), Refused> {
        let rests = |deleted: &Instant| deleted.elapsed() < self.harshness.queue_rest;
        if self.deleted.get(draft.key).is_some_and(|(deleted, _)| rests(deleted)) {
            return refuse(
                ProviderErrorKind::NotYet,
                "QueueDeletedRecently",
                "you must wait 60 seconds after deleting a queue before you can create another with the same name",
            );
        }
        let fifo = draft.config.get("fifo").and_then(Value::as_bool).unwrap_or(false);
        let ending = draft.key.key.rsplit_once('.').map(|(_, ending)| ending);
        if fifo != (ending == Some("fifo")) {
            return refuse(
                ProviderErrorKind::Invalid,
                "InvalidParameterValue",
                "the name of a FIFO queue ends with .fifo",
            );
        }
        self.check_redrive(draft)
    }

    /// A dead-letter queue must exist.
    pub(crate) fn check_redrive(&self, draft: &Draft<'_>) -> Result<(), Refused> {
        let target =
            draft.config.get("redrivePolicy").and_then(|policy| policy.get("deadLetterTargetArn"));
        match target.and_then(Value::as_str) {
            Some(arn) if self.by_attr(QUEUE, "queueArn", arn).is_none() => refuse(
                ProviderErrorKind::Invalid,
                "InvalidParameterValue",
                "the dead letter target does not exist",
            ),
            _ => Ok(()),
        }
    }

    fn check_function(&mut self, draft: &Draft<'_>) -> Result<(), Refused> {
        let Some((role, _)) = self.by_attr(ROLE, "roleArn", draft.text("role")) else {
            return refuse(
                ProviderErrorKind::Invalid,
                "InvalidParameterValueException",
                "the role does not exist",
            );
        };
        let role = role.clone();
        match self.fresh_roles.get_mut(&role) {
            Some(left) if *left > 0 => {
                *left -= 1;
                refuse(
                    ProviderErrorKind::NotYet,
                    "InvalidParameterValueException",
                    "the role defined for the function cannot be assumed by Lambda",
                )
            }
            _ => Ok(()),
        }
    }

    fn check_mapping(&self, draft: &Draft<'_>) -> Result<(), Refused> {
        let function = self.function_of(draft)?;
        let source = draft.text("eventSourceArn");
        let Some((_, queue)) = self.by_attr(QUEUE, "queueArn", source) else {
            return refuse(
                ProviderErrorKind::Invalid,
                "InvalidParameterValueException",
                "the queue does not exist",
            );
        };
        let seconds = |object: &Object, prop: &str, default: i64| {
            object.config.get(prop).and_then(Value::as_int).unwrap_or(default)
        };
        if seconds(queue, "visibilityTimeout", 30) < seconds(function, "timeout", 3) {
            return refuse(
                ProviderErrorKind::Invalid,
                "InvalidParameterValueException",
                "the queue's visibility timeout is less than the function's timeout",
            );
        }
        let role = text(&function.config, "role").unwrap_or_default();
        let role = role.rsplit('/').next().unwrap_or_default();
        if self.may_receive(draft.account, role, source) {
            return Ok(());
        }
        refuse(
            ProviderErrorKind::NotYet,
            "InvalidParameterValueException",
            "the function execution role does not have permissions to call ReceiveMessage on SQS",
        )
    }

    /// Whether one of the role's inline policies names the action and the queue.
    fn may_receive(&self, account: &str, role: &str, queue: &str) -> bool {
        let policies = self.objects.iter().filter(|(key, object)| {
            key.ty.as_str() == ROLE_POLICY
                && object.account == account
                && text(&object.config, "roleName") == Some(role)
        });
        let mut documents = policies
            .filter_map(|(_, policy)| policy.config.get("policyDocument"))
            .map(Value::to_json);
        documents.any(|json| json.contains("sqs:ReceiveMessage") && json.contains(queue))
    }

    fn function_of(&self, draft: &Draft<'_>) -> Result<&Object, Refused> {
        let name = draft.text("functionName").rsplit(':').next().unwrap_or_default();
        match self.named(draft.account, FUNCTION, name) {
            Some((_, function)) => Ok(function),
            None => refuse(
                ProviderErrorKind::Invalid,
                "ResourceNotFoundException",
                "the function does not exist",
            ),
        }
    }

    /// Whether the object may be changed now.
    pub(crate) fn check_update(&self, key: &ObjectKey) -> Result<(), Refused> {
        let Some(object) = self.objects.get(key) else {
            return refuse(
                ProviderErrorKind::Transient,
                "NotFound",
                "the object is not there any more",
            );
        };
        let busy = [FUNCTION, MAPPING].contains(&key.ty.as_str())
            && object.changed.elapsed() < self.harshness.pending;
        if busy {
            return refuse(
                ProviderErrorKind::Conflict,
                "ResourceConflictException",
                "an update is in progress",
            );
        }
        Ok(())
    }

    /// Whether the object may be deleted now.
    pub(crate) fn check_delete(&self, key: &ObjectKey) -> Result<(), Refused> {
        let Some(object) = self.objects.get(key) else { return Ok(()) };
        let name = object.name.as_deref().unwrap_or_default();
        match key.ty.as_str() {
            BUCKET if object.holds => {
                refuse(ProviderErrorKind::Invalid, "BucketNotEmpty", "the bucket is not empty")
            }
            ROLE if self.mentions(ROLE_POLICY, &object.account, "roleName", name) => {
                refuse(ProviderErrorKind::Conflict, "DeleteConflict", "the role has policies")
            }
            // AWS would leave a mapping without a function or queue behind; here that is a wrong order.
            FUNCTION if self.mentions(MAPPING, &object.account, "functionName", name) => refuse(
                ProviderErrorKind::Conflict,
                "ResourceInUseException",
                "the function has a mapping",
            ),
            QUEUE if self.mentions(MAPPING, &object.account, "eventSourceArn", name) => refuse(
                ProviderErrorKind::Conflict,
                "ResourceInUseException",
                "a mapping reads from the queue",
            ),
            _ => Ok(()),
        }
    }

    /// Whether an object of `ty` has a prop that is `name` or ends with `:name`.
    fn mentions(&self, ty: &str, account: &str, prop: &str, name: &str) -> bool {
        self.objects.iter().any(|(key, object)| {
            key.ty.as_str() == ty
                && object.account == account
                && text(&object.config, prop).and_then(|text| text.rsplit(':').next()) == Some(name)
        })
    }

    fn named(&self, account: &str, ty: &str, name: &str) -> Option<(&ObjectKey, &Object)> {
        self.objects.iter().find(|(key, object)| {
            key.ty.as_str() == ty
                && object.account == account
                && object.name.as_deref() == Some(name)
        })
    }

    fn by_attr(&self, ty: &str, attr: &str, value: &str) -> Option<(&ObjectKey, &Object)> {
        self.objects
            .iter()
            .find(|(key, object)| key.ty.as_str() == ty && text(&object.attrs, attr) == Some(value))
    }
}

/// What a create of a name that is there already gets.
fn taken(existing: &Object, draft: &Draft<'_>) -> Result<(), Refused> {
    match draft.key.ty.as_str() {
        BUCKET if existing.account != draft.account => refuse(
            ProviderErrorKind::NameTaken,
            "BucketAlreadyExists",
            "the bucket belongs to another account",
        ),
        // As in us-east-1: success, and nothing has happened.
        BUCKET => Ok(()),
        MAPPING => refuse(
            ProviderErrorKind::Conflict,
            "ResourceConflictException",
            "the function has a mapping from it",
        ),
        _ => refuse(ProviderErrorKind::Conflict, "AlreadyExists", "an object of that name exists"),
    }
}
