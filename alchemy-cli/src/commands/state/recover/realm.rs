//! Under which identity a store's lost stage is recovered: the one that the stage's objects carry.

use std::collections::BTreeMap;

use alchemy_core::{Diagnostic, Found, Realm, Target};
use alchemy_state::StageKey;

use crate::ui::{plural, printable};

/// What is known before the objects are.
pub(super) struct Choice<'a> {
    /// `--realm`
    pub(super) asked: Option<&'a str>,
    /// The store's, if it has one.
    pub(super) current: Option<&'a Realm>,
    /// How many stages the store holds.
    pub(super) stages: usize,
    /// The stage.
    pub(super) key: &'a StageKey,
}

impl Choice<'_> {
    /// The realm of the objects found. A store without stages takes it as its own; one with stages keeps its realm, and
    /// objects of another are refused, as is a choice that only a person can make.
    pub(super) fn of(&self, found: &[(Target, Found)]) -> Result<Realm, Diagnostic> {
        let mut realms: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, found) in found {
            *realms.entry(found.owner.realm.as_str()).or_default() += 1;
        }
        let realm = match (self.asked, self.current, realms.len()) {
            (Some(text), ..) => parse(text)?,
            (None, Some(current), _) if realms.contains_key(current.as_str()) => current.clone(),
            (None, Some(current), 0) => current.clone(),
            (None, None, 0) => return Err(self.nothing()),
            (None, _, 1) => parse(realms.keys().next().copied().unwrap_or_default())?,
            _ => return Err(several(&realms)),
        };
        match self.current {
            Some(current) if *current != realm && self.stages > 0 => {
                Err(self.in_use(current, &realm))
            }
            _ => Ok(realm),
        }
    }

    fn nothing(&self) -> Diagnostic {
        let StageKey { stack, stage } = self.key;
        let summary =
            format!("no object with the tags of stage `{stage}` of stack `{stack}` was found");
        Diagnostic::error("nothing-found", summary)
            .detail("The store has no identity yet, and only tags could tell the one that was lost. Nothing was changed.")
            .help("check stage, profile and region; `alchemy deploy` makes the stage anew")
            .help("where every object has a name given by hand, say the lost identity: --realm (it is in their tag alchemy::realm)")
    }

    fn in_use(&self, current: &Realm, realm: &Realm) -> Diagnostic {
        let stage = &self.key.stage;
        Diagnostic::error("realm-in-use", format!("the objects of stage `{stage}` belong to another state store"))
            .detail(format!(
                "They carry realm `{realm}`; this store has realm `{current}` and holds {}. Nothing was changed.",
                plural(self.stages, "stage")
            ))
            .help("recover it into a store of its own: --state FOLDER")
            .help("to deploy a second, separate instance from this store: alchemy deploy --new-realm")
    }
}

fn parse(text: &str) -> Result<Realm, Diagnostic> {
    Realm::parse(text).map_err(|error| {
        let summary = format!("`{}` is no realm: {}", printable(text), error.message);
        Diagnostic::error("bad-realm", summary)
            .help("it is the value of the tag alchemy::realm: 26 letters and digits")
    })
}

fn several(realms: &BTreeMap<&str, usize>) -> Diagnostic {
    let each = realms.iter().map(|(realm, count)| {
        format!("{} with realm `{}`", plural(*count, "object"), printable(realm))
    });
    Diagnostic::error("several-realms", "the stage was deployed from several state stores")
        .detail(format!("There are {}.", each.collect::<Vec<_>>().join(", ")))
        .help("say which one to recover: --realm REALM")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use alchemy_core::{Owner, ResourceType, StackName, Stage};

    use super::*;

    fn realm(bits: u8) -> Realm {
        Realm::from_bits([bits; 16])
    }

    fn found(bits: u8) -> (Target, Found) {
        let target = Target { provider: "aws".into(), account: "1".into(), region: "r".into() };
        let owner = Owner {
            realm: realm(bits).as_str().to_owned(),
            stack: "app".into(),
            stage: "dev".into(),
            id: "Jobs".into(),
            generation: 0,
        };
        let ty = ResourceType::new("AWS.SQS.Queue");
        (target, Found { ty, name: format!("jobs-{bits}"), owner, attrs: BTreeMap::new() })
    }

    /// The realm chosen, or the code of the refusal.
    fn chosen(
        asked: Option<&str>,
        current: Option<u8>,
        stages: usize,
        objects: &[u8],
    ) -> Result<Realm, &'static str> {
        let key = StageKey {
            stack: StackName::parse("app").unwrap(),
            stage: Stage::parse("dev").unwrap(),
        };
        let current = current.map(realm);
        let choice = Choice { asked, current: current.as_ref(), stages, key: &key };
        let objects: Vec<_> = objects.iter().map(|bits| found(*bits)).collect();
        choice.of(&objects).map_err(|refused| refused.code)
    }

    #[test]
    fn the_objects_say_the_realm_unless_stages_of_the_store_depend_on_another() {
        let asked = realm(2);
        let asked = Some(asked.as_str());
        let rows = [
            (chosen(None, None, 0, &[1]), Ok(realm(1))),
            (chosen(None, Some(1), 3, &[1, 2]), Ok(realm(1))),
            (chosen(None, Some(1), 3, &[]), Ok(realm(1))),
            (chosen(None, Some(9), 0, &[1]), Ok(realm(1))),
            (chosen(None, Some(9), 1, &[1]), Err("realm-in-use")),
            (chosen(None, Some(9), 0, &[1, 2]), Err("several-realms")),
            (chosen(None, None, 0, &[1, 2]), Err("several-realms")),
            (chosen(asked, None, 0, &[1, 2]), Ok(realm(2))),
            (chosen(asked, Some(1), 2, &[1, 2]), Err("realm-in-use")),
            (chosen(asked, None, 0, &[]), Ok(realm(2))),
            (chosen(None, None, 0, &[]), Err("nothing-found")),
            (chosen(Some("x"), None, 0, &[]), Err("bad-realm")),
        ];
        for (number, (is, wanted)) in rows.into_iter().enumerate() {
            assert_eq!(is, wanted, "row {number}");
        }
    }
}
