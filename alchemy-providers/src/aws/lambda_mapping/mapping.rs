//! One event source mapping as the service shows it, and its settings in a form that can be compared.

use std::collections::BTreeMap;

use alchemy_core::{Target, Value};
use aws_sdk_lambda::operation::get_event_source_mapping::GetEventSourceMappingOutput;
use aws_sdk_lambda::operation::update_event_source_mapping::builders::UpdateEventSourceMappingFluentBuilder;
use aws_sdk_lambda::types::{
    EventSourceMappingConfiguration, Filter, FilterCriteria, FunctionResponseType, ScalingConfig,
};

use super::super::document;
use super::super::reading::Reading;
use super::super::wanted::Wanted;

/// What the service shows of a mapping.
#[derive(Clone, Debug, Default)]
pub(super) struct Mapping {
    pub uuid: String,
    pub state: String,
    pub function_arn: String,
    pub source_arn: String,
    arn: Option<String>,
    batch_size: Option<i32>,
    window: Option<i32>,
    responses: Vec<String>,
    patterns: Vec<String>,
    most_at_once: Option<i32>,
}

/// The answers to reading and to listing have the same members and different types.
macro_rules! mapping_from {
    ($answer:ty) => {
        impl From<$answer> for Mapping {
            fn from(answer: $answer) -> Self {
                let filters = answer
                    .filter_criteria
                    .and_then(|criteria| criteria.filters)
                    .unwrap_or_default();
                let responses = answer.function_response_types.unwrap_or_default();
                Self {
                    uuid: answer.uuid.unwrap_or_default(),
                    state: answer.state.unwrap_or_default(),
                    function_arn: answer.function_arn.unwrap_or_default(),
                    source_arn: answer.event_source_arn.unwrap_or_default(),
                    arn: answer.event_source_mapping_arn,
                    batch_size: answer.batch_size,
                    window: answer.maximum_batching_window_in_seconds,
                    responses: responses.iter().map(|r| r.as_str().to_owned()).collect(),
                    patterns: filters.into_iter().filter_map(|filter| filter.pattern).collect(),
                    most_at_once: answer
                        .scaling_config
                        .and_then(|scaling| scaling.maximum_concurrency),
                }
            }
        }
    };
}

mapping_from!(GetEventSourceMappingOutput);
mapping_from!(EventSourceMappingConfiguration);

impl Mapping {
    /// Its ARN, as shown or as "Actions, resources, and condition keys for AWS Lambda" spells it.
    pub(super) fn arn(&self, target: &Target) -> String {
        self.arn.clone().unwrap_or_else(|| {
            let (partition, Target { account, region, .. }) = (target.partition(), target);
            format!("arn:{partition}:lambda:{region}:{account}:event-source-mapping:{}", self.uuid)
        })
    }
    /// The name of its function.
    pub(super) fn function_name(&self) -> &str {
        function_name(&self.function_arn)
    }
    /// Whether it is on its way to another state.
    pub(super) fn is_moving(&self) -> bool {
        matches!(
            self.state.as_str(),
            "Creating" | "Enabling" | "Disabling" | "Updating" | "Deleting"
        )
    }
    /// Whether it is being deleted.
    pub(super) fn is_going(&self) -> bool {
        self.state == "Deleting"
    }
    /// Its settings.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            batch_size: self.batch_size,
            window: self.window.unwrap_or(0),
            enabled: !matches!(self.state.as_str(), "Disabled" | "Disabling"),
            responses: self.responses.clone(),
            patterns: self.patterns.iter().map(|pattern| document::from_text(pattern)).collect(),
            most_at_once: self.most_at_once,
        }
    }
    /// What a read shows of it, without tags.
    pub(super) fn put(&self, reading: &mut Reading<'_>) {
        let known_name = reading.known("functionName").and_then(Value::as_str);
        let function = known_name.filter(|name| function_name(name) == self.function_name());
        reading.put("functionName", function.unwrap_or(self.function_name()));
        reading.put("eventSourceArn", self.source_arn.as_str());
        let settings = self.settings();
        if let Some(size) = settings.batch_size {
            reading.put("batchSize", i64::from(size));
        }
        reading.put_unless("maximumBatchingWindow", i64::from(settings.window), 0);
        reading.put_unless("enabled", settings.enabled, true);
        reading.put_set("functionResponseTypes", settings.responses);
        if !settings.patterns.is_empty() {
            let filters =
                settings.patterns.into_iter().map(|pattern| Value::map([("pattern", pattern)]));
            reading
                .put("filterCriteria", Value::map([("filters", Value::List(filters.collect()))]));
        }
        if let Some(most) = settings.most_at_once {
            reading.put(
                "scalingConfig",
                Value::map([("maximumConcurrency", Value::int(most.into()))]),
            );
        }
    }
}

/// The name in a function's ARN; a name stays as it is.
pub(super) fn function_name(name_or_arn: &str) -> &str {
    match name_or_arn.split_once(":function:") {
        Some((_, name)) => name.split(':').next().unwrap_or(name),
        None => name_or_arn,
    }
}

/// Settings that an update can change.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    pub batch_size: Option<i32>,
    pub window: i32,
    pub enabled: bool,
    responses: Vec<String>,
    patterns: Vec<Value>,
    most_at_once: Option<i32>,
}

impl Settings {
    /// The settings to bring a mapping to.
    pub(super) fn wanted(wanted: Wanted<'_>) -> Self {
        let filters = wanted.members("filterCriteria").remove("filters").unwrap_or_default();
        let patterns =
            filters.as_list().unwrap_or_default().iter().filter_map(|filter| filter.get("pattern"));
        let scaling = wanted.members("scalingConfig");
        let most = scaling.get("maximumConcurrency").and_then(Value::as_int);
        Self {
            batch_size: wanted.number("batchSize"),
            window: wanted.number("maximumBatchingWindow").unwrap_or(0),
            enabled: wanted.truth("enabled").unwrap_or(true),
            responses: wanted.texts("functionResponseTypes"),
            patterns: patterns
                .map(|pattern| document::from_text(&document::to_text(pattern)))
                .collect(),
            most_at_once: most.and_then(|n| i32::try_from(n).ok()),
        }
    }
    /// What a call sends about answers; an empty list takes it away.
    pub(super) fn responses(&self) -> Vec<FunctionResponseType> {
        self.responses.iter().map(|r| FunctionResponseType::from(r.as_str())).collect()
    }
    /// What a call sends about filters; no filters take them away.
    pub(super) fn filters(&self) -> FilterCriteria {
        let filters =
            self.patterns.iter().map(|p| Filter::builder().pattern(document::to_text(p)).build());
        FilterCriteria::builder().set_filters(Some(filters.collect())).build()
    }
    /// What a call sends about scaling; no limit takes it away.
    pub(super) fn scaling(&self) -> ScalingConfig {
        ScalingConfig::builder().set_maximum_concurrency(self.most_at_once).build()
    }
    /// Puts what differs from `current` into an update.
    pub(super) fn put_changes(
        &self,
        update: UpdateEventSourceMappingFluentBuilder,
        current: &Self,
    ) -> UpdateEventSourceMappingFluentBuilder {
        update
            .set_enabled((self.enabled != current.enabled).then_some(self.enabled))
            .set_batch_size(self.batch_size.filter(|_| self.batch_size != current.batch_size))
            .set_maximum_batching_window_in_seconds(
                (self.window != current.window).then_some(self.window),
            )
            .set_function_response_types(
                (self.responses != current.responses).then(|| self.responses()),
            )
            .set_filter_criteria((self.patterns != current.patterns).then(|| self.filters()))
            .set_scaling_config((self.most_at_once != current.most_at_once).then(|| self.scaling()))
    }
    /// Whether there is something to filter.
    pub(super) fn has_filters(&self) -> bool {
        !self.patterns.is_empty()
    }
    /// Whether scaling is limited.
    pub(super) fn has_scaling(&self) -> bool {
        self.most_at_once.is_some()
    }
}

/// Attributes of a mapping.
pub(super) fn attributes(mapping: &Mapping, target: &Target) -> BTreeMap<String, Value> {
    let attrs = [
        ("uuid", mapping.uuid.clone()),
        ("eventSourceMappingArn", mapping.arn(target)),
        ("functionArn", mapping.function_arn.clone()),
    ];
    attrs.into_iter().map(|(k, v)| (k.to_owned(), Value::Str(v))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn props() -> BTreeMap<String, Value> {
        let pattern =
            Value::map([("body", Value::map([("kind", Value::List(vec![Value::str("photo")]))]))]);
        let filters = Value::List(vec![Value::map([("pattern", pattern)])]);
        [
            ("functionName", Value::str("f")),
            ("eventSourceArn", Value::str("arn:q")),
            ("batchSize", Value::int(5)),
            ("maximumBatchingWindow", Value::int(0)),
            ("enabled", Value::Bool(true)),
            ("functionResponseTypes", Value::List(vec![Value::str("ReportBatchItemFailures")])),
            ("filterCriteria", Value::map([("filters", filters)])),
            ("scalingConfig", Value::map([("maximumConcurrency", Value::int(7))])),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v))
        .collect()
    }

    fn mapping() -> Mapping {
        let filter = Filter::builder().pattern(r#"{ "body": {"kind": ["photo"]} }"#).build();
        EventSourceMappingConfiguration::builder()
            .uuid("u-1")
            .state("Enabled")
            .function_arn("arn:aws:lambda:eu-west-1:1:function:f")
            .event_source_arn("arn:q")
            .batch_size(5)
            .function_response_types(FunctionResponseType::ReportBatchItemFailures)
            .filter_criteria(FilterCriteria::builder().filters(filter).build())
            .scaling_config(ScalingConfig::builder().maximum_concurrency(7).build())
            .build()
            .into()
    }

    #[test]
    fn what_was_asked_for_reads_back_the_same() {
        let props = props();
        assert_eq!(Settings::wanted(Wanted(&props)), mapping().settings());
        let mut reading = Reading::new(&props);
        mapping().put(&mut reading);
        assert_eq!(reading.finish(), props);
    }

    #[test]
    fn settings_that_are_gone_are_differences() {
        let mut props = props();
        for name in ["filterCriteria", "scalingConfig", "functionResponseTypes"] {
            props.insert(name.to_owned(), Value::Null);
            assert_ne!(Settings::wanted(Wanted(&props)), mapping().settings(), "{name}");
        }
        let bare = Settings::wanted(Wanted(&props));
        assert_eq!(bare.filters().filters(), &[]);
        assert_eq!(bare.scaling().maximum_concurrency(), None);
    }

    #[test]
    fn a_disabled_mapping_differs_from_an_enabled_one() {
        let disabled = Mapping { state: "Disabled".to_owned(), ..mapping() };
        assert!(!disabled.settings().enabled);
        let known = BTreeMap::new();
        let mut reading = Reading::new(&known);
        disabled.put(&mut reading);
        assert_eq!(reading.finish()["enabled"], Value::Bool(false));
    }

    #[test]
    fn an_arn_that_is_not_shown_is_computed_in_its_partition() {
        let target =
            Target { provider: "aws".into(), account: "1".into(), region: "cn-north-1".into() };
        assert_eq!(
            mapping().arn(&target),
            "arn:aws-cn:lambda:cn-north-1:1:event-source-mapping:u-1"
        );
        assert_eq!(function_name("arn:aws:lambda:eu-west-1:1:function:f:live"), "f");
    }
}
