//! A function's settings, wanted and observed, in one form that can be compared.

use std::collections::{BTreeMap, BTreeSet};

use alchemy_core::Value;
use aws_sdk_lambda::operation::update_function_configuration::builders::UpdateFunctionConfigurationFluentBuilder;
use aws_sdk_lambda::types::{
    DeadLetterConfig, Environment, EphemeralStorage, FunctionConfiguration, Runtime, TracingConfig,
    TracingMode,
};

use super::super::reading::Reading;
use super::super::wanted::{Wanted, text_list, texts};

/// Module inside the zip whose exports are handlers.
const ENTRY: &str = "index";

/// Settings that `UpdateFunctionConfiguration` changes, with what the service takes when nothing is given
/// ("CreateFunction", Lambda API reference). Null: nothing, or always given.
const SETTINGS: [&str; 12] = [
    "deadLetterConfig",
    "description",
    "env",
    "ephemeralStorage",
    "handler",
    "kmsKeyArn",
    "layers",
    "memory",
    "role",
    "runtime",
    "timeout",
    "tracing",
];

/// Settings by prop name, all of them.
pub(super) type Settings = BTreeMap<&'static str, Value>;

fn service_default(name: &str) -> Value {
    match name {
        "description" => Value::str(""),
        "env" => Value::Map(BTreeMap::new()),
        "ephemeralStorage" => Value::int(512),
        "layers" => Value::List(Vec::new()),
        "memory" => Value::int(128),
        "timeout" => Value::int(3),
        "tracing" => Value::str("PassThrough"),
        _ => Value::Null,
    }
}

/// The settings to bring a function to; what is not given is the service's default.
pub(super) fn wanted_settings(wanted: Wanted<'_>) -> Settings {
    let value = |name: &'static str| match name {
        "env" => Value::map(wanted.text_map(name).into_iter().map(|(k, v)| (k, Value::Str(v)))),
        "handler" => wanted.text(name).map_or(Value::Null, |prop| Value::Str(handler_name(&prop))),
        _ => wanted.value(name).unwrap_or_else(|| service_default(name)),
    };
    SETTINGS.into_iter().map(|name| (name, value(name))).collect()
}

/// The settings a function has.
pub(super) fn observed_settings(config: &FunctionConfiguration) -> Settings {
    let value = |name: &'static str| match name {
        "deadLetterConfig" => {
            let target = config
                .dead_letter_config()
                .and_then(|c| c.target_arn())
                .filter(|arn| !arn.is_empty());
            target.map(|arn| Value::map([("targetArn", Value::str(arn))]))
        }
        "description" => config.description().map(Value::str),
        "env" => config
            .environment()
            .and_then(|e| e.variables())
            .map(|variables| Value::map(variables.iter().map(|(k, v)| (k, Value::str(v))))),
        "ephemeralStorage" => config.ephemeral_storage().map(|s| Value::int(s.size().into())),
        "handler" => config.handler().map(Value::str),
        "kmsKeyArn" => config.kms_key_arn().filter(|arn| !arn.is_empty()).map(Value::str),
        "layers" => {
            config.layers.as_ref().map(|layers| text_list(layers.iter().filter_map(|l| l.arn())))
        }
        "memory" => config.memory_size().map(|m| Value::int(m.into())),
        "role" => config.role().map(Value::str),
        "runtime" => config.runtime().map(|r| Value::str(r.as_str())),
        "timeout" => config.timeout().map(|t| Value::int(t.into())),
        "tracing" => config.tracing_config().and_then(|t| t.mode()).map(|m| Value::str(m.as_str())),
        _ => None,
    };
    SETTINGS
        .into_iter()
        .map(|name| (name, value(name).unwrap_or_else(|| service_default(name))))
        .collect()
}

/// Names of the settings that differ.
pub(super) fn changed(wanted: &Settings, observed: &Settings) -> BTreeSet<&'static str> {
    SETTINGS.into_iter().filter(|name| wanted.get(name) != observed.get(name)).collect()
}

/// Whether the variables could not be shown (their key may not be used); they are then taken from the record.
pub(super) fn variables_hidden(config: &FunctionConfiguration) -> bool {
    config.environment().is_some_and(|e| e.error().is_some())
}

/// Adds the settings to what a read gives.
pub(super) fn put_settings(reading: &mut Reading<'_>, config: &FunctionConfiguration) {
    for (name, value) in observed_settings(config) {
        match name {
            "handler" => reading.put(name, handler_prop(text(&value), reading.known(name))),
            _ => reading.put_unless(name, value, service_default(name)),
        }
    }
}

/// Puts the settings `names` into an update; settings that are not named stay as they are.
pub(super) fn update_of(
    mut update: UpdateFunctionConfigurationFluentBuilder,
    settings: &Settings,
    names: &BTreeSet<&'static str>,
) -> UpdateFunctionConfigurationFluentBuilder {
    for &name in names {
        let value = &settings[name];
        update = match name {
            // An empty target takes it away.
            "deadLetterConfig" => update.dead_letter_config(dead_letter(value)),
            "description" => update.description(text(value)),
            "env" => update.environment(environment(value)),
            "ephemeralStorage" => update.set_ephemeral_storage(storage(value)),
            "handler" => update.handler(text(value)),
            "kmsKeyArn" => update.kms_key_arn(text(value)),
            "layers" => update.set_layers(Some(texts(value))),
            "memory" => update.set_memory_size(number(value)),
            "role" => update.role(text(value)),
            "runtime" => update.runtime(Runtime::from(text(value))),
            "timeout" => update.set_timeout(number(value)),
            "tracing" => update.tracing_config(tracing(value)),
            _ => update,
        };
    }
    update
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub(super) fn number(value: &Value) -> Option<i32> {
    value.as_int().and_then(|n| i32::try_from(n).ok())
}

pub(super) fn environment(value: &Value) -> Environment {
    let variables = value.as_map().into_iter().flatten();
    let variables = variables.map(|(k, v)| (k.clone(), text(v).to_owned())).collect();
    Environment::builder().set_variables(Some(variables)).build()
}

pub(super) fn storage(value: &Value) -> Option<EphemeralStorage> {
    EphemeralStorage::builder().set_size(number(value)).build().ok()
}

pub(super) fn dead_letter(value: &Value) -> DeadLetterConfig {
    DeadLetterConfig::builder().target_arn(value.get("targetArn").map_or("", text)).build()
}

pub(super) fn tracing(value: &Value) -> TracingConfig {
    TracingConfig::builder().mode(TracingMode::from(text(value))).build()
}

/// `default` → `index.default`; a name with a dot is meant as it stands.
pub(super) fn handler_name(prop: &str) -> String {
    if prop.contains('.') { prop.to_owned() } else { format!("{ENTRY}.{prop}") }
}

/// The prop that means `name`: the known one if it does, else the shortest.
fn handler_prop(name: &str, known: Option<&Value>) -> Value {
    if let Some(known) =
        known.filter(|known| known.as_str().is_some_and(|prop| handler_name(prop) == name))
    {
        return known.clone();
    }
    match name.split_once('.') {
        Some((ENTRY, export)) if !export.contains('.') => Value::str(export),
        _ => Value::str(name),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::{EnvironmentResponse, TracingConfigResponse};

    use super::*;

    fn props() -> BTreeMap<String, Value> {
        [
            ("handler", Value::str("default")),
            ("runtime", Value::str("nodejs22.x")),
            ("role", Value::str("arn:aws:iam::1:role/alchemy/r")),
            ("memory", Value::int(256)),
            ("timeout", Value::int(15)),
            ("env", Value::map([("STAGE", Value::str("dev"))])),
            ("description", Value::Null),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v))
        .collect()
    }

    fn config() -> FunctionConfiguration {
        FunctionConfiguration::builder()
            .handler("index.default")
            .runtime(Runtime::from("nodejs22.x"))
            .role("arn:aws:iam::1:role/alchemy/r")
            .memory_size(256)
            .timeout(15)
            .description("")
            .environment(EnvironmentResponse::builder().variables("STAGE", "dev").build())
            .tracing_config(TracingConfigResponse::builder().mode(TracingMode::PassThrough).build())
            .build()
    }

    #[test]
    fn equal_settings_need_no_update() {
        let props = props();
        assert_eq!(
            changed(&wanted_settings(Wanted(&props)), &observed_settings(&config())),
            BTreeSet::new()
        );
    }

    #[test]
    fn a_prop_that_is_gone_goes_back_to_the_default() {
        let props = props();
        let mut config = config();
        config.description = Some("by hand".to_owned());
        config.ephemeral_storage = storage(&Value::int(1024));
        config.timeout = Some(16);
        let wanted = wanted_settings(Wanted(&props));
        let names = changed(&wanted, &observed_settings(&config));
        assert_eq!(names, BTreeSet::from(["description", "ephemeralStorage", "timeout"]));
        assert_eq!(wanted["description"], Value::str(""));
        assert_eq!(wanted["ephemeralStorage"], Value::int(512));
    }

    #[test]
    fn a_read_shows_what_is_not_at_the_default() {
        let props = props();
        let mut reading = Reading::new(&props);
        put_settings(&mut reading, &config());
        let mut expected = props.clone();
        expected.remove("description");
        assert_eq!(reading.finish(), expected);
    }

    #[test]
    fn handlers_translate_both_ways() {
        for (prop, name) in
            [("default", "index.default"), ("src/a.main", "src/a.main"), ("index.a.b", "index.a.b")]
        {
            assert_eq!(handler_name(prop), name);
            assert_eq!(handler_prop(name, None), Value::str(prop));
        }
        let spelt_out = Value::str("index.default");
        assert_eq!(handler_prop("index.default", Some(&spelt_out)), spelt_out);
    }
}
