//! Whose an object is, and what is said when it is not ours.

use super::records::RecordIndex;
use crate::{
    Descriptor, Diagnostic, NameUse, Observed, Owner, Ownership, PlanInput, Record, Resource, Span,
};

/// Whose an object is, seen from this stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing<'o> {
    /// This stage's, in this realm; of the resource that the owner names.
    ThisStage(&'o Owner),
    /// Another's.
    Foreign(&'o Owner),
    /// It could carry tags and has none of ours.
    Untagged,
    /// It has no tags: whose its parent is.
    ByParent,
}

/// Whose an object with these tags is.
pub(super) fn standing<'o>(input: &PlanInput<'_>, ownership: &'o Ownership) -> Standing<'o> {
    match ownership {
        Ownership::Tagged(owner) if is_this_stage(input, owner) => Standing::ThisStage(owner),
        Ownership::Tagged(owner) => Standing::Foreign(owner),
        Ownership::Untagged => Standing::Untagged,
        Ownership::ByParent => Standing::ByParent,
    }
}

/// What a look-up says of a record's object. Where the same name passes from one generation to the next, the object
/// seen under it may be another record's; then this record's is gone.
pub(super) fn seen_of<'a>(
    input: &PlanInput<'a>,
    records: &RecordIndex<'a>,
    record: &Record,
) -> Option<&'a Observed> {
    let observed = input.observations.get(&record.uid)?;
    if let (Observed::Present { ownership: Ownership::Tagged(owner), .. }, Some(name)) =
        (observed, &record.name)
        && owner.generation != record.generation.0
        && is_this_stage(input, owner)
    {
        let same_name = records.with_handle(&record.ty, name).iter();
        let mut others = same_name.filter(|other| other.uid != record.uid);
        if others.any(|other| other.generation.0 == owner.generation) {
            return Some(&Observed::Absent);
        }
    }
    Some(observed)
}

/// Whether an owner is this stage of this stack in this realm.
pub(super) fn is_this_stage(input: &PlanInput<'_>, owner: &Owner) -> bool {
    owner.realm == input.realm.as_str() && is_namesake(input, owner)
}

/// Whether an owner is a stage of this name in a stack of this name, in whatever realm.
pub(super) fn is_namesake(input: &PlanInput<'_>, owner: &Owner) -> bool {
    owner.stack == input.snapshot.stack.as_str() && owner.stage == input.snapshot.stage.as_str()
}

/// The short word for a type: `Queue` of `AWS.SQS.Queue`.
pub(super) fn noun(descriptor: &Descriptor) -> &str {
    descriptor.ty.as_str().rsplit('.').next().unwrap_or_else(|| descriptor.ty.as_str())
}

/// Where the program says the name, else where it declares the resource.
pub(super) fn name_span<'r>(resource: &'r Resource, descriptor: &Descriptor) -> Option<&'r Span> {
    let prop = if let NameUse::Named { prop, .. } = &descriptor.name { Some(*prop) } else { None };
    prop.and_then(|prop| resource.prop_spans.get(prop)).or(resource.span.as_ref())
}

fn what(descriptor: &Descriptor, name: Option<&str>) -> String {
    name.map_or_else(
        || format!("the {}", noun(descriptor)),
        |name| format!("{} `{name}`", noun(descriptor)),
    )
}

fn free_name(descriptor: &Descriptor) -> String {
    match &descriptor.name {
        NameUse::Named { prop, .. } => {
            format!(
                "leave `{prop}` out, so that each stage gets a name of its own, or choose another"
            )
        }
        NameUse::Natural { .. } => {
            "remove the other one, or change this resource's target".to_owned()
        }
    }
}

/// An object that is wanted here belongs to somebody else.
pub(super) fn owned_elsewhere(
    input: &PlanInput<'_>,
    resource: &Resource,
    descriptor: &Descriptor,
    name: Option<&str>,
    owner: &Owner,
) -> Diagnostic {
    let (stack, stage) = (&input.snapshot.stack, &input.snapshot.stage);
    let what = what(descriptor, name);
    if is_namesake(input, owner) {
        return Diagnostic::error(
            "other-realm",
            format!("{what} belongs to stage `{stage}` of stack `{stack}` in another state store"),
        )
        .detail(format!(
            "Its tags name realm `{}`; this store's realm is `{}`.",
            owner.realm, input.realm
        ))
        .help("put that store back, or name it with --state")
        .help(format!("if that store is lost: alchemy state recover --stage {stage}"))
        .help("to deploy a second, separate instance from this store: --new-realm")
        .resource(&resource.fqn)
        .at(name_span(resource, descriptor), "wanted here");
    }
    Diagnostic::error(
        "name-owned",
        format!("{what} belongs to stage `{}` of stack `{}`", owner.stage, owner.stack),
    )
    .detail(format!(
        "`{}` of stage `{stage}` of stack `{stack}` wants it, but its tags say that it is `{}` of stage `{}`. Nothing was changed.",
        resource.fqn, owner.id, owner.stage
    ))
    .help(free_name(descriptor))
    .resource(&resource.fqn)
    .at(name_span(resource, descriptor), "wanted here")
}

/// An object that is wanted here belongs to another resource of this stage.
pub(super) fn owned_by_sibling(
    resource: &Resource,
    descriptor: &Descriptor,
    name: Option<&str>,
    owner: &Owner,
) -> Diagnostic {
    Diagnostic::error(
        "name-owned",
        format!("{} belongs to `{}` of this stage", what(descriptor, name), owner.id),
    )
    .detail("Its tags say so. Two resources cannot share one object.")
    .help(format!("if `{}` was renamed, say renamedFrom(\"{}\")", resource.fqn, owner.id))
    .help(free_name(descriptor))
    .resource(&resource.fqn)
    .at(name_span(resource, descriptor), "wanted here")
}

/// An object without tags stands where one is to be made.
pub(super) fn untagged(
    resource: &Resource,
    descriptor: &Descriptor,
    name: Option<&str>,
) -> Diagnostic {
    Diagnostic::error(
        "not-ours",
        format!("{} exists and carries no tags of alchemy", what(descriptor, name)),
    )
    .detail(format!("`{}` would take over an object that somebody else made.", resource.fqn))
    .help("to take it over and manage it from now on: --adopt, or adopt(true) on the resource")
    .help(free_name(descriptor))
    .resource(&resource.fqn)
    .at(name_span(resource, descriptor), "wanted here")
}

/// An object that state lists as ours carries no tags, and nothing else says that it is the same one.
pub(super) fn tags_gone(
    resource: &Resource,
    descriptor: &Descriptor,
    name: Option<&str>,
) -> Diagnostic {
    Diagnostic::error(
        "not-ours",
        format!("{} carries no tags of alchemy any more", what(descriptor, name)),
    )
    .detail(format!(
        "State lists it as `{}`, but a name given by hand does not say that it is the same object: somebody may have made another one. Nothing was changed.",
        resource.fqn
    ))
    .help("if it is the same, to write its tags again: --adopt, or adopt(true) on the resource")
    .help(format!("if it is not, to have state forget the former one: alchemy state rm {}", resource.fqn))
    .resource(&resource.fqn)
    .at(name_span(resource, descriptor), "wanted here")
}

/// An object under a wanted name cannot be read.
pub(super) fn unreadable(
    resource: &Resource,
    descriptor: &Descriptor,
    name: Option<&str>,
    explicit: bool,
    message: &str,
) -> Diagnostic {
    let summary = format!("{} is taken or not readable", what(descriptor, name));
    let found = if explicit {
        Diagnostic::error("name-unreadable", summary).help(free_name(descriptor))
    } else {
        Diagnostic::warning("name-unreadable", summary).help("the deploy will try to create it")
    };
    found
        .detail(message)
        .help("or let this profile read it, so that its owner can be seen")
        .resource(&resource.fqn)
        .at(name_span(resource, descriptor), "wanted here")
}

/// An object that state lists as ours carries another owner's tags.
pub(super) fn taken_away(
    input: &PlanInput<'_>,
    resource: &Resource,
    descriptor: &Descriptor,
    name: Option<&str>,
    owner: &Owner,
) -> Diagnostic {
    Diagnostic::error(
        "not-ours",
        format!("{} now belongs to stage `{}` of stack `{}`", what(descriptor, name), owner.stage, owner.stack),
    )
    .detail(format!(
        "State lists it as `{}` of stage `{}` of stack `{}`, but its tags name another owner (realm `{}`). Nothing was changed.",
        resource.fqn, input.snapshot.stage, input.snapshot.stack, owner.realm
    ))
    .help("find out who took it over; to give it up, take the resource out of the program")
    .resource(&resource.fqn)
    .at(resource.span.as_ref(), "declared here")
}
