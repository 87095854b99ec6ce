//! A role's settings, wanted and observed.

use std::collections::BTreeMap;

use alchemy_core::Value;
use aws_sdk_iam::types::Role;

use super::super::document;
use super::super::reading::Reading;
use super::super::wanted::Wanted;

/// "CreateRole": a session lasts an hour unless the role says otherwise.
const DEFAULT_SESSION: i32 = 3600;

/// The text for people; empty if there is none.
pub(super) fn description(wanted: Wanted<'_>) -> String {
    wanted.text("description").unwrap_or_default()
}

/// How long a session may last, in seconds.
pub(super) fn session(wanted: Wanted<'_>) -> i32 {
    wanted.number("maxSessionDuration").unwrap_or(DEFAULT_SESSION)
}

/// How long a session of it lasts, in seconds.
pub(super) fn session_of(role: &Role) -> i32 {
    role.max_session_duration().unwrap_or(DEFAULT_SESSION)
}

/// ARN of its permissions boundary.
pub(super) fn boundary(role: &Role) -> Option<&str> {
    role.permissions_boundary().and_then(|b| b.permissions_boundary_arn())
}

/// What a read shows. `inline` holds those of the known inline policies that are there.
pub(super) fn config(
    role: &Role,
    role_tags: &BTreeMap<String, String>,
    attached: Vec<String>,
    inline: BTreeMap<String, Value>,
    known: &BTreeMap<String, Value>,
) -> BTreeMap<String, Value> {
    let mut reading = Reading::new(known);
    reading.put("roleName", role.role_name());
    reading.put("path", role.path());
    let trust = document::from_text(role.assume_role_policy_document().unwrap_or_default());
    reading.put_document("assumeRolePolicyDocument", trust);
    reading.put_unless("description", role.description().unwrap_or_default(), "");
    reading.put_unless(
        "maxSessionDuration",
        i64::from(session_of(role)),
        i64::from(DEFAULT_SESSION),
    );
    if let Some(arn) = boundary(role) {
        reading.put("permissionsBoundary", arn);
    }
    reading.put_set("managedPolicyArns", attached);
    reading.put_unless("inlinePolicies", with_known(inline, known), Value::Map(BTreeMap::new()));
    reading.put_tags(role_tags);
    reading.finish()
}

/// Documents that say the same as the known ones, as those.
fn with_known(inline: BTreeMap<String, Value>, known: &BTreeMap<String, Value>) -> Value {
    let known = known.get("inlinePolicies").and_then(Value::as_map);
    Value::map(inline.into_iter().map(|(name, found)| {
        let same =
            known.and_then(|known| known.get(&name)).filter(|known| document::same(known, &found));
        let value = same.cloned().unwrap_or(found);
        (name, value)
    }))
}

/// Attributes of a role.
pub(super) fn attributes(role: &Role) -> BTreeMap<String, Value> {
    let attrs =
        [("roleArn", role.arn()), ("roleName", role.role_name()), ("roleId", role.role_id())];
    attrs.into_iter().map(|(k, v)| (k.to_owned(), Value::str(v))).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::primitives::DateTime;

    use super::super::super::iam_tags::PATH;
    use super::super::super::wanted::text_list;
    use super::*;

    fn role() -> Role {
        Role::builder()
            .path(PATH)
            .role_name("r")
            .role_id("AROA1")
            .arn("arn:aws:iam::1:role/alchemy/r")
            .create_date(DateTime::from_secs(0))
            .assume_role_policy_document("%7B%22Version%22%3A%222012-10-17%22%7D")
            .max_session_duration(DEFAULT_SESSION)
            .build()
            .unwrap()
    }

    fn props() -> BTreeMap<String, Value> {
        let document = Value::map([("Version", Value::str("2012-10-17"))]);
        [
            ("roleName", Value::str("r")),
            ("path", Value::str(PATH)),
            ("assumeRolePolicyDocument", document.clone()),
            ("managedPolicyArns", text_list(["arn:b", "arn:a"])),
            ("inlinePolicies", Value::map([("logs", document)])),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v))
        .collect()
    }

    #[test]
    fn what_was_asked_for_reads_back_the_same() {
        let props = props();
        let inline = BTreeMap::from([(
            "logs".to_owned(),
            document::from_text(r#"{ "Version": "2012-10-17" }"#),
        )]);
        let attached = vec!["arn:a".to_owned(), "arn:b".to_owned()];
        assert_eq!(config(&role(), &BTreeMap::new(), attached, inline, &props), props);
        assert_eq!(session_of(&role()), session(Wanted(&props)));
    }

    #[test]
    fn an_inline_policy_that_is_gone_is_a_difference() {
        let props = props();
        let read = config(&role(), &BTreeMap::new(), Vec::new(), BTreeMap::new(), &props);
        assert_eq!(read["inlinePolicies"], Value::Map(BTreeMap::new()));
        assert_eq!(read["managedPolicyArns"], Value::List(Vec::new()));
    }

    #[test]
    fn a_description_made_by_hand_differs() {
        let mut changed = role();
        changed.description = Some("by hand".to_owned());
        assert_eq!(description(Wanted(&props())), "");
        let known = BTreeMap::new();
        let read = config(&changed, &BTreeMap::new(), Vec::new(), BTreeMap::new(), &known);
        assert_eq!(read["description"], Value::str("by hand"));
        assert!(!read.contains_key("maxSessionDuration"));
    }
}
