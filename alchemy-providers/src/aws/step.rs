//! What every provider does around its calls: ask before changing, check whose an object is, wait within bounds.

use std::time::Duration;

use alchemy_core::{Observed, Owner, Ownership};
use alchemy_engine::{
    DeleteRequest, ProviderError, ProviderErrorKind, ReconcileRequest, StepContext,
};

use super::limits::{POLL_FIRST, POLL_LONGEST};

/// An error of our own, without a request.
pub(super) fn refused(
    kind: ProviderErrorKind,
    call: &str,
    message: impl Into<String>,
) -> ProviderError {
    ProviderError {
        kind,
        call: call.to_owned(),
        code: None,
        message: message.into(),
        request_id: None,
        advice: None,
        retry_after: None,
    }
}

/// Whether the service answered with one of these error codes.
pub(super) fn has_code(error: &ProviderError, codes: &[&str]) -> bool {
    error.code.as_deref().is_some_and(|code| codes.contains(&code))
}

/// `Ok(None)` for an answer with one of these error codes.
pub(super) fn absent<T>(
    result: Result<T, ProviderError>,
    codes: &[&str],
) -> Result<Option<T>, ProviderError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if has_code(&error, codes) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A read's answer: an object that may not be read is an observation, every other failure an error.
pub(super) fn observed(result: Result<Observed, ProviderError>) -> Result<Observed, ProviderError> {
    match result {
        Err(error) if error.kind == ProviderErrorKind::Denied => {
            Ok(Observed::Unreadable { message: error.to_string() })
        }
        other => other,
    }
}

/// Asks whether a changing call may still start.
pub(super) fn permit(ctx: &StepContext, call: &str) -> Result<(), ProviderError> {
    (ctx.may_continue)().map_err(|why| refused(ProviderErrorKind::Transient, call, why))
}

/// What speaks for an object being ours, besides its tags.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    /// It is known to be this resource's, by a record of it as whole or by the engine's word: after a rename its tags still
    /// carry the former id.
    pub recorded: bool,
    /// It may be ours without tags: the engine says so, by the rule of `Snapshot::claims_untagged`, or for `--adopt`.
    pub untagged: bool,
    /// It is to be deleted: taking it over is no way out.
    pub deletes: bool,
}

impl Claim {
    /// What speaks for an object that is to be brought to its props.
    pub(super) fn of_reconcile(request: &ReconcileRequest) -> Self {
        let untagged = request.may_adopt_untagged;
        let recorded = request.prior.is_some() || request.may_carry_former_id;
        Self { recorded, untagged, deletes: false }
    }
    /// What speaks for an object that is to be deleted.
    pub(super) fn of_delete(request: &DeleteRequest) -> Self {
        Self { recorded: true, untagged: request.untagged_is_ours, deletes: true }
    }
    /// What to do about an object without tags.
    fn advice(self) -> &'static str {
        if self.deletes {
            "Put its tags back or delete it by hand; or have state forget it: `alchemy state rm`."
        } else {
            "Run with --adopt to take it over, or give this resource another name."
        }
    }
}

/// Refuses an object of another stage, stack or realm, and one without tags that nothing claims.
pub(super) fn ensure_ours(
    call: &str,
    what: &str,
    ownership: &Ownership,
    owner: &Owner,
    claim: Claim,
) -> Result<(), ProviderError> {
    match ownership {
        Ownership::ByParent => Ok(()),
        Ownership::Tagged(other)
            if same_stage(other, owner) && (claim.recorded || other.id == owner.id) =>
        {
            Ok(())
        }
        Ownership::Tagged(other) => Err(ProviderError {
            advice: Some(
                "Give this resource another name, or destroy the other one first.".to_owned(),
            ),
            ..refused(
                ProviderErrorKind::NotOurs,
                call,
                format!(
                    "{what} belongs to `{}` of stack {}, stage {}{}; nothing was changed",
                    other.id,
                    other.stack,
                    other.stage,
                    if other.realm == owner.realm { "" } else { " in another state store" }
                ),
            )
        }),
        Ownership::Untagged if claim.untagged => Ok(()),
        Ownership::Untagged => Err(ProviderError {
            advice: Some(claim.advice().to_owned()),
            ..refused(
                ProviderErrorKind::NotOurs,
                call,
                format!("{what} exists and carries no tags of ours; nothing was changed"),
            )
        }),
    }
}

/// Refuses a parent (function, role) that carries the tags of another stage, stack or realm. One without tags was
/// named by the program on purpose.
pub(super) fn ensure_parent_free(
    call: &str,
    what: &str,
    ownership: &Ownership,
    owner: &Owner,
) -> Result<(), ProviderError> {
    match ownership {
        Ownership::Tagged(other) if !same_stage(other, owner) => {
            let claim = Claim { recorded: false, untagged: false, deletes: false };
            ensure_ours(call, what, ownership, owner, claim)
        }
        _ => Ok(()),
    }
}

fn same_stage(a: &Owner, b: &Owner) -> bool {
    (&a.realm, &a.stack, &a.stage) == (&b.realm, &b.stack, &b.stage)
}

/// A bounded wait with growing pauses between looks.
pub(super) struct Wait<'a> {
    ctx: &'a StepContext,
    call: &'a str,
    what: &'a str,
    longest: Duration,
    waited: Duration,
    pause: Duration,
}

impl<'a> Wait<'a> {
    /// A wait for `what`, looking with `call`, for `longest` at most.
    pub(super) fn new(
        ctx: &'a StepContext,
        call: &'a str,
        what: &'a str,
        longest: Duration,
    ) -> Self {
        Self { ctx, call, what, longest, waited: Duration::ZERO, pause: POLL_FIRST }
    }
    /// Pauses until the next look. Says once what is waited for; past the bound the error is
    /// [`ProviderErrorKind::NotYet`], which leaves it to the engine to try again later.
    pub(super) async fn pause(&mut self) -> Result<(), ProviderError> {
        if self.waited.is_zero() {
            (self.ctx.note)(format!("waiting for {}", self.what));
        }
        if self.waited >= self.longest {
            let message =
                format!("still waiting for {} after {} s", self.what, self.waited.as_secs());
            return Err(refused(ProviderErrorKind::NotYet, self.call, message));
        }
        tokio::time::sleep(self.pause).await;
        self.waited += self.pause;
        self.pause = (self.pause * 2).min(POLL_LONGEST);
        Ok(())
    }
}

/// Whether a name can be one of ours under `prefix` (`myapp-pr_147-`): it begins with it, or its first parts are
/// shortened forms of the prefix's. For services whose names keep `_`, so that `-` only separates.
pub(super) fn may_be_named(name: &str, prefix: &str) -> bool {
    let mut parts = name.split('-');
    prefix
        .trim_end_matches('-')
        .split('-')
        .all(|whole| parts.next().is_some_and(|part| !part.is_empty() && whole.starts_with(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(stage: &str, id: &str) -> Owner {
        Owner {
            realm: "r".into(),
            stack: "s".into(),
            stage: stage.into(),
            id: id.into(),
            generation: 0,
        }
    }

    fn check(found: &Ownership, claim: Claim) -> Result<(), ProviderErrorKind> {
        ensure_ours("x:Y", "queue q", found, &owner("dev", "Jobs"), claim).map_err(|e| e.kind)
    }

    #[test]
    fn only_own_objects_pass() {
        let none = Claim { recorded: false, untagged: false, deletes: false };
        let recorded = Claim { recorded: true, ..none };
        let adopt = Claim { untagged: true, ..none };
        let not_ours = Err(ProviderErrorKind::NotOurs);
        assert_eq!(check(&Ownership::Tagged(owner("dev", "Jobs")), none), Ok(()));
        assert_eq!(check(&Ownership::Tagged(owner("dev", "Old")), none), not_ours);
        assert_eq!(check(&Ownership::Tagged(owner("dev", "Old")), recorded), Ok(()));
        assert_eq!(check(&Ownership::Tagged(owner("prod", "Jobs")), recorded), not_ours);
        assert_eq!(check(&Ownership::Tagged(owner("prod", "Jobs")), adopt), not_ours);
        assert_eq!(check(&Ownership::Untagged, recorded), not_ours);
        assert_eq!(check(&Ownership::Untagged, adopt), Ok(()));
        assert_eq!(check(&Ownership::ByParent, none), Ok(()));
    }

    #[test]
    fn an_object_without_tags_is_not_to_be_adopted_by_deleting_it() {
        let advice = |deletes: bool| {
            let claim = Claim { recorded: true, untagged: false, deletes };
            let found = ensure_ours("x:Y", "q", &Ownership::Untagged, &owner("dev", "Jobs"), claim);
            found.unwrap_err().advice.unwrap_or_default()
        };
        assert!(advice(false).contains("--adopt"));
        assert!(advice(true).contains("state rm") && !advice(true).contains("--adopt"));
    }

    #[test]
    fn an_untagged_parent_is_free_and_another_stages_is_not() {
        let free = |found: &Ownership| {
            ensure_parent_free("x:Y", "function f", found, &owner("dev", "P")).is_ok()
        };
        assert!(free(&Ownership::Untagged));
        assert!(free(&Ownership::Tagged(owner("dev", "Api"))));
        assert!(!free(&Ownership::Tagged(owner("prod", "Api"))));
    }

    #[test]
    fn shortened_names_are_candidates() {
        for name in ["myapp-pr_147-api-7b2cxk4qm3", "mya-pr_1-a-7b2cxk4qm3"] {
            assert!(may_be_named(name, "myapp-pr_147-"), "{name}");
        }
        for name in
            ["myapp-pr_148-api-7b2cxk4qm3", "other", "myapps-pr_147-x", "myapp", "-pr_147-x"]
        {
            assert!(!may_be_named(name, "myapp-pr_147-"), "{name}");
        }
    }
}
