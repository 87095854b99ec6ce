//! Tags: ours say whose an object is; the user's are the user's; the service's (`aws:`) are nobody's.

use std::collections::BTreeMap;

use alchemy_core::{Owner, Ownership, Value};

/// How our own keys begin.
const OURS: &str = "alchemy::";

/// How keys begin that the services keep for themselves ("Tag your AWS resources").
const SERVICE: &str = "aws:";

const REALM: &str = "alchemy::realm";
const STACK: &str = "alchemy::stack";
const STAGE: &str = "alchemy::stage";
const ID: &str = "alchemy::id";
const GENERATION: &str = "alchemy::generation";

/// All tags an object should carry: the user's and the owner's.
pub(super) fn for_object(
    owner: &Owner,
    user: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let own = [
        (REALM, owner.realm.clone()),
        (STACK, owner.stack.clone()),
        (STAGE, owner.stage.clone()),
        (ID, owner.id.clone()),
        (GENERATION, owner.generation.to_string()),
    ];
    let own = own.into_iter().map(|(key, value)| (key.to_owned(), value));
    let user = user
        .iter()
        .filter(|(key, _)| is_user(key))
        .map(|(key, value)| (key.clone(), value.clone()));
    user.chain(own).collect()
}

/// Whose an object is, by its tags. An incomplete set of ours says nothing.
pub(super) fn ownership(tags: &BTreeMap<String, String>) -> Ownership {
    owner(tags).map_or(Ownership::Untagged, Ownership::Tagged)
}

/// The owner, if it is one of this stack and stage (of any realm).
pub(super) fn owner_in(tags: &BTreeMap<String, String>, stack: &str, stage: &str) -> Option<Owner> {
    owner(tags).filter(|owner| owner.stack == stack && owner.stage == stage)
}

fn owner(tags: &BTreeMap<String, String>) -> Option<Owner> {
    Some(Owner {
        realm: tags.get(REALM)?.clone(),
        stack: tags.get(STACK)?.clone(),
        stage: tags.get(STAGE)?.clone(),
        id: tags.get(ID)?.clone(),
        // The largest has no successor: nobody of ours has written it.
        generation: tags.get(GENERATION)?.parse().ok().filter(|number: &u32| *number < u32::MAX)?,
    })
}

/// The user's tags among an object's, as the prop `tags`.
pub(super) fn user_tags(tags: &BTreeMap<String, String>) -> Value {
    Value::map(
        tags.iter()
            .filter(|(key, _)| is_user(key))
            .map(|(key, value)| (key, Value::from(value.as_str()))),
    )
}

/// What has to be written to bring an object's tags from `current` to what they should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TagChange {
    /// Tags to set.
    pub set: BTreeMap<String, String>,
    /// Keys to remove.
    pub remove: Vec<String>,
}

impl TagChange {
    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty()
    }
}

/// Merges: sets what differs, removes only tags of the user's that are no longer wanted.
pub(super) fn change(
    owner: &Owner,
    user: &BTreeMap<String, String>,
    current: &BTreeMap<String, String>,
) -> TagChange {
    let mut set = for_object(owner, user);
    let gone = |key: &&String| is_user(key) && !set.contains_key(*key);
    let remove = current.keys().filter(gone).cloned().collect();
    set.retain(|key, value| current.get(key) != Some(value));
    TagChange { set, remove }
}

fn is_user(key: &str) -> bool {
    !key.starts_with(OURS) && !key.starts_with(SERVICE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner_of(id: &str) -> Owner {
        Owner {
            realm: "r".into(),
            stack: "s".into(),
            stage: "dev".into(),
            id: id.into(),
            generation: 3,
        }
    }

    fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn an_owner_survives_its_tags() {
        let tags = for_object(&owner_of("Site/Bucket"), &texts(&[("team", "a")]));
        assert_eq!(ownership(&tags), Ownership::Tagged(owner_of("Site/Bucket")));
        assert_eq!(user_tags(&tags), Value::map([("team", Value::from("a"))]));
        assert_eq!(owner_in(&tags, "s", "dev"), Some(owner_of("Site/Bucket")));
        assert_eq!(owner_in(&tags, "s", "prod"), None);
    }

    #[test]
    fn an_incomplete_set_says_nothing() {
        let mut tags = for_object(&owner_of("A"), &BTreeMap::new());
        for key in tags.clone().keys() {
            let value = tags.remove(key).expect("there");
            assert_eq!(ownership(&tags), Ownership::Untagged, "without {key}");
            tags.insert(key.clone(), value);
        }
        for forged in ["many", "-1", "4294967295", "4294967296"] {
            tags.insert(GENERATION.to_owned(), forged.to_owned());
            assert_eq!(ownership(&tags), Ownership::Untagged, "{forged}");
        }
    }

    #[test]
    fn writing_merges() {
        let mut current = for_object(&owner_of("Old"), &texts(&[("team", "a"), ("gone", "x")]));
        current.insert("aws:cloudformation:stack-name".to_owned(), "other".to_owned());
        let change_now = change(&owner_of("New"), &texts(&[("team", "b")]), &current);
        assert_eq!(change_now.set, texts(&[("alchemy::id", "New"), ("team", "b")]));
        assert_eq!(change_now.remove, ["gone"]);
        assert!(
            change(&owner_of("Old"), &texts(&[("team", "a"), ("gone", "x")]), &current).is_empty()
        );
    }

    #[test]
    fn user_tags_cannot_pose_as_ours() {
        let tags =
            for_object(&owner_of("A"), &texts(&[("alchemy::stage", "prod"), ("aws:x", "y")]));
        assert_eq!(ownership(&tags), Ownership::Tagged(owner_of("A")));
        assert!(!tags.contains_key("aws:x"));
    }
}
