//! Props of a queue as SQS attributes, and back. Pure.

use std::collections::BTreeMap;

use alchemy_core::Value;

use crate::aws::document;
use crate::aws::reading::Reading;
use crate::aws::wanted::Wanted;

/// Attributes by name, as SQS spells both.
pub(super) type Settings = BTreeMap<String, String>;

/// How an attribute's text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Truth,
    Text,
    /// JSON text, compared as a value.
    Json,
}

/// A prop and its attribute.
struct Row {
    prop: &'static str,
    attribute: &'static str,
    kind: Kind,
    /// What is sent when a prop that was given is no longer.
    reset: &'static str,
    /// Whether SQS takes it for FIFO queues only.
    fifo: bool,
    /// Other values that queues have without being asked for them.
    chosen: &'static [&'static str],
}

const fn row(prop: &'static str, attribute: &'static str, kind: Kind, reset: &'static str) -> Row {
    Row { prop, attribute, kind, reset, fifo: false, chosen: &[] }
}

const fn fifo(prop: &'static str, attribute: &'static str, kind: Kind, reset: &'static str) -> Row {
    Row { prop, attribute, kind, reset, fifo: true, chosen: &[] }
}

/// "SetQueueAttributes": attributes, their defaults, and that an empty text takes a policy or key away.
const ROWS: [Row; 13] = [
    row("visibilityTimeout", "VisibilityTimeout", Kind::Number, "30"),
    row("messageRetentionPeriod", "MessageRetentionPeriod", Kind::Number, "345600"),
    row("delay", "DelaySeconds", Kind::Number, "0"),
    row("receiveMessageWaitTime", "ReceiveMessageWaitTimeSeconds", Kind::Number, "0"),
    // Queues made before messages could have 1 MiB.
    Row {
        chosen: &["262144"],
        ..row("maximumMessageSize", "MaximumMessageSize", Kind::Number, "1048576")
    },
    row("redrivePolicy", "RedrivePolicy", Kind::Json, ""),
    row("redriveAllowPolicy", "RedriveAllowPolicy", Kind::Json, ""),
    row("policy", "Policy", Kind::Json, ""),
    row("kmsMasterKeyId", "KmsMasterKeyId", Kind::Text, ""),
    row("sqsManagedSseEnabled", MANAGED, Kind::Truth, "true"),
    fifo("contentBasedDeduplication", "ContentBasedDeduplication", Kind::Truth, "false"),
    fifo("deduplicationScope", "DeduplicationScope", Kind::Text, "queue"),
    fifo("fifoThroughputLimit", "FifoThroughputLimit", Kind::Text, "perQueue"),
];

/// Off while a KMS key encrypts: a queue has one kind of encryption.
const MANAGED: &str = "SqsManagedSseEnabled";

/// Counts only while a KMS key encrypts.
const REUSE: Row =
    row("kmsDataKeyReusePeriod", "KmsDataKeyReusePeriodSeconds", Kind::Number, "300");

/// Rows that concern a queue with these props.
fn rows(wanted: Wanted<'_>) -> impl Iterator<Item = &'static Row> {
    let is_fifo = wanted.truth("fifo") == Some(true);
    let keyed = wanted.value("kmsMasterKeyId").is_some();
    ROWS.iter().filter(move |row| is_fifo || !row.fifo).chain(Some(&REUSE).filter(|_| keyed))
}

fn text(value: &Value) -> String {
    match value {
        Value::Str(text) => text.clone(),
        other => other.to_json(),
    }
}

/// The attributes of a new queue. `FifoQueue` is sent only as `true`: SQS refuses `false`.
pub(super) fn for_create(wanted: Wanted<'_>) -> Settings {
    let given = rows(wanted)
        .filter_map(|row| Some((row.attribute.to_owned(), text(&wanted.value(row.prop)?))));
    let kind =
        (wanted.truth("fifo") == Some(true)).then(|| ("FifoQueue".to_owned(), "true".to_owned()));
    given.chain(kind).collect()
}

/// What an earlier version of the props may have set.
#[derive(Clone, Copy)]
pub(super) struct Former<'a> {
    /// The recorded props.
    pub(super) recorded: Option<Wanted<'a>>,
    /// Whether an attempt may have ended halfway, so that anything may be set.
    pub(super) halfway: bool,
}

impl Former<'_> {
    /// Whether a row that shows `now` may be so because a version of the props had it.
    fn may_have_set(self, row: &Row, now: &str) -> bool {
        self.recorded.is_some_and(|prior| prior.value(row.prop).is_some())
            || (self.halfway && !now.is_empty() && !row.chosen.contains(&now))
    }
}

/// What must be set on a queue that is as `current`. A prop that an earlier version of the props gave, and that is not
/// given any longer, goes back to its default.
pub(super) fn changes(wanted: Wanted<'_>, former: Former<'_>, current: &Settings) -> Settings {
    let keyed = wanted.value("kmsMasterKeyId").is_some();
    let change = |row: &Row| {
        let now = current.get(row.attribute).map(String::as_str).unwrap_or_default();
        let target = match wanted.value(row.prop) {
            Some(value) => text(&value),
            None if keyed && row.attribute == MANAGED => return None,
            None if former.may_have_set(row, now) => row.reset.to_owned(),
            // Set by somebody else, or by SQS: a policy or key that nobody asked for goes, the rest stays.
            None if row.reset.is_empty() => String::new(),
            None => return None,
        };
        (!same(row.kind, now, &target)).then(|| (row.attribute.to_owned(), target))
    };
    // A period that outlived its key goes back, too.
    let left = Some(&REUSE).filter(|row| !keyed && current.contains_key(row.attribute));
    rows(wanted).chain(left).filter_map(change).collect()
}

fn same(kind: Kind, now: &str, target: &str) -> bool {
    match kind {
        Kind::Json => {
            now == target
                || (!now.is_empty() && !target.is_empty() && read(kind, now) == read(kind, target))
        }
        // An attribute that is not shown is off.
        Kind::Truth => now == target || (now.is_empty() && target == "false"),
        Kind::Number | Kind::Text => now == target,
    }
}

fn read(kind: Kind, text: &str) -> Value {
    match kind {
        Kind::Number => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::int),
        Kind::Truth => Value::Bool(text == "true"),
        Kind::Text => Value::from(text),
        Kind::Json => whole_count(document::from_text(text)),
    }
}

/// SQS gives `maxReceiveCount` back as it was sent, number or text.
fn whole_count(policy: Value) -> Value {
    let Value::Map(mut members) = policy else { return policy };
    if let Some(Value::Str(count)) = members.get("maxReceiveCount")
        && let Ok(count) = count.parse()
    {
        members.insert("maxReceiveCount".to_owned(), Value::int(count));
    }
    Value::Map(members)
}

/// What was read, as props. What SQS chooses for itself (`maximumMessageSize`, `sqsManagedSseEnabled`, scope and limit
/// of FIFO queues) is left out unless the known props say something of it.
pub(super) fn config(
    settings: &Settings,
    tags: &BTreeMap<String, String>,
    known: &BTreeMap<String, Value>,
) -> BTreeMap<String, Value> {
    let mut reading = Reading::new(known);
    for row in ROWS.iter().chain([&REUSE]) {
        let Some(text) = settings.get(row.attribute).filter(|text| !text.is_empty()) else {
            continue;
        };
        let value = read(row.kind, text);
        match row.prop {
            "policy" => reading.put_document("policy", value),
            _ if chosen_by_service(row) && reading.known(row.prop).is_none() => {}
            _ => reading.put_unless(row.prop, value, read(row.kind, row.reset)),
        }
    }
    let is_fifo = settings.get("FifoQueue").is_some_and(|text| text == "true");
    reading.put_unless("fifo", is_fifo, false);
    if let Some(name) = settings.get("QueueArn").and_then(|arn| arn.rsplit(':').next()) {
        reading.put("queueName", name);
    }
    reading.put_tags(tags);
    reading.finish()
}

fn chosen_by_service(row: &Row) -> bool {
    matches!(
        row.prop,
        "maximumMessageSize"
            | "sqsManagedSseEnabled"
            | "deduplicationScope"
            | "fifoThroughputLimit"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Former<'static> = Former { recorded: None, halfway: false };

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    fn props<const N: usize>(pairs: [(&str, Value); N]) -> BTreeMap<String, Value> {
        pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
    }

    fn redrive(count: i64) -> Value {
        Value::map([
            ("deadLetterTargetArn", Value::from("arn:q")),
            ("maxReceiveCount", Value::int(count)),
        ])
    }

    #[test]
    fn a_new_queue_gets_what_is_set_and_fifo_only_where_it_is() {
        let plain = props([
            ("delay", Value::int(5)),
            ("fifo", Value::Bool(false)),
            ("policy", Value::Null),
        ]);
        assert_eq!(for_create(Wanted(&plain)), settings(&[("DelaySeconds", "5")]));
        let ordered =
            props([("fifo", Value::Bool(true)), ("contentBasedDeduplication", Value::Bool(true))]);
        let expected = settings(&[("ContentBasedDeduplication", "true"), ("FifoQueue", "true")]);
        assert_eq!(for_create(Wanted(&ordered)), expected);
    }

    #[test]
    fn only_differences_are_set() {
        let wanted = props([
            ("delay", Value::int(5)),
            ("visibilityTimeout", Value::int(30)),
            ("redrivePolicy", redrive(3)),
        ]);
        let current = settings(&[
            ("DelaySeconds", "0"),
            ("VisibilityTimeout", "30"),
            ("RedrivePolicy", r#"{"maxReceiveCount": "3", "deadLetterTargetArn": "arn:q"}"#),
        ]);
        let sent = changes(Wanted(&wanted), NONE, &current);
        assert_eq!(sent, settings(&[("DelaySeconds", "5")]));
    }

    #[test]
    fn what_is_no_longer_given_goes_back_to_its_default() {
        let prior = props([
            ("maximumMessageSize", Value::int(1024)),
            ("redrivePolicy", redrive(3)),
            ("sqsManagedSseEnabled", Value::Bool(false)),
        ]);
        let current = settings(&[
            ("MaximumMessageSize", "1024"),
            ("RedrivePolicy", r#"{"maxReceiveCount":3,"deadLetterTargetArn":"arn:q"}"#),
            ("SqsManagedSseEnabled", "false"),
        ]);
        let expected = settings(&[
            ("MaximumMessageSize", "1048576"),
            ("RedrivePolicy", ""),
            ("SqsManagedSseEnabled", "true"),
        ]);
        let nothing = BTreeMap::new();
        let former = Former { recorded: Some(Wanted(&prior)), halfway: false };
        assert_eq!(changes(Wanted(&nothing), former, &current), expected);
        assert_eq!(changes(Wanted(&nothing), former, &expected), Settings::new());
    }

    #[test]
    fn what_a_failed_attempt_may_have_set_goes_back_to_its_default() {
        let halfway = Former { recorded: None, halfway: true };
        let current = settings(&[
            ("DelaySeconds", "5"),
            ("MaximumMessageSize", "2048"),
            ("SqsManagedSseEnabled", "false"),
            ("VisibilityTimeout", "30"),
        ]);
        let nothing = BTreeMap::new();
        let expected = settings(&[
            ("DelaySeconds", "0"),
            ("MaximumMessageSize", "1048576"),
            ("SqsManagedSseEnabled", "true"),
        ]);
        assert_eq!(changes(Wanted(&nothing), halfway, &current), expected);
        assert_eq!(changes(Wanted(&nothing), NONE, &current), Settings::new());
        let keyed = props([("kmsMasterKeyId", Value::from("alias/k"))]);
        let managed = settings(&[("KmsMasterKeyId", "alias/k"), ("SqsManagedSseEnabled", "false")]);
        assert_eq!(changes(Wanted(&keyed), halfway, &managed), Settings::new());
        let old = settings(&[("MaximumMessageSize", "262144")]);
        assert_eq!(changes(Wanted(&nothing), halfway, &old), Settings::new());
    }

    #[test]
    fn what_the_service_chose_is_no_difference_unless_asked_for() {
        let current = settings(&[
            ("MaximumMessageSize", "262144"),
            ("DelaySeconds", "0"),
            ("VisibilityTimeout", "45"),
        ]);
        let read = config(&current, &BTreeMap::new(), &BTreeMap::new());
        assert_eq!(read, props([("visibilityTimeout", Value::int(45))]));
        let known = props([("maximumMessageSize", Value::int(1024))]);
        let read = config(&current, &BTreeMap::new(), &known);
        assert_eq!(read["maximumMessageSize"], Value::int(262_144));
    }

    #[test]
    fn a_period_that_outlived_its_key_goes_back() {
        let wanted = props([("kmsDataKeyReusePeriod", Value::int(300))]);
        let current =
            settings(&[("KmsMasterKeyId", "alias/k"), ("KmsDataKeyReusePeriodSeconds", "600")]);
        let sent = changes(Wanted(&wanted), NONE, &current);
        let expected = settings(&[("KmsMasterKeyId", ""), ("KmsDataKeyReusePeriodSeconds", "300")]);
        assert_eq!(sent, expected);
        assert_eq!(changes(Wanted(&wanted), NONE, &settings(&[])), settings(&[]));
    }

    #[test]
    fn reading_gives_back_what_was_created() {
        let wanted = props([
            ("fifo", Value::Bool(true)),
            ("contentBasedDeduplication", Value::Bool(true)),
            ("delay", Value::int(7)),
            ("kmsMasterKeyId", Value::from("alias/k")),
            ("kmsDataKeyReusePeriod", Value::int(600)),
            ("policy", Value::map([("Version", Value::from("2012-10-17"))])),
            ("redrivePolicy", redrive(4)),
        ]);
        assert_eq!(config(&for_create(Wanted(&wanted)), &BTreeMap::new(), &wanted), wanted);
    }
}
