//! Whether what is set on an object may be of props that no record holds.

use alchemy_core::{Ownership, Status};
use alchemy_engine::ReconcileRequest;

/// Whether an earlier attempt may have ended halfway, so that anything may be set on the object: a failed update leaves
/// the former props in its record, a failed create leaves no record of a whole object.
pub(super) fn may_be_halfway(request: &ReconcileRequest, ownership: &Ownership) -> bool {
    match &request.prior {
        Some(prior) => prior.status != Status::Ready,
        // One without tags is somebody else's that is taken over: what the program does not name stays.
        None => *ownership != Ownership::Untagged,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use alchemy_core::{Fqn, Generation, Record, RemovalPolicy, ResourceType, Target, Uid};

    use super::*;

    fn record(status: Status) -> Record {
        Record {
            uid: Uid::new("uid"),
            fqn: Fqn::parse("Uploads").unwrap(),
            ty: ResourceType::new("AWS.S3.Bucket"),
            generation: Generation(0),
            status,
            name: None,
            target: Target {
                provider: "aws".to_owned(),
                account: "1".to_owned(),
                region: "eu-west-1".to_owned(),
            },
            props: BTreeMap::new(),
            attrs: BTreeMap::new(),
            deps: Vec::new(),
            removal: RemovalPolicy::Destroy,
            parent: None,
            location: None,
            created_at: String::new(),
            updated_at: String::new(),
            replaced: false,
        }
    }

    fn halfway(status: Option<Status>, ownership: &Ownership) -> bool {
        let request = ReconcileRequest {
            name: None,
            props: BTreeMap::new(),
            prior: status.map(record),
            observed: None,
            may_adopt_untagged: false,
            may_carry_former_id: false,
        };
        may_be_halfway(&request, ownership)
    }

    #[test]
    fn only_a_whole_object_is_as_recorded() {
        let ours = Ownership::ByParent;
        assert!(!halfway(Some(Status::Ready), &ours));
        for status in [None, Some(Status::Creating), Some(Status::Updating)] {
            assert!(halfway(status, &ours), "{status:?}");
        }
        assert!(!halfway(None, &Ownership::Untagged), "somebody else's");
    }
}
