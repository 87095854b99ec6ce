//! The catalog: every resource type as data, one file a type. The single source of validation, diff, names,
//! generated types and editor documentation; needs no SDK.

mod arn;
mod child;
mod finding;
mod iam_policy;
mod iam_role;
mod iam_role_policy;
mod lambda_event_source_mapping;
mod lambda_function;
mod lambda_function_url;
mod lambda_permission;
mod logs_log_group;
mod names;
mod s3_bucket;
mod schema;
mod sqs_queue;

use alchemy_core::Catalog;

#[cfg(feature = "aws")]
pub(crate) use iam_role::PATH as IAM_PATH;

/// All resource types.
pub fn catalog() -> Catalog {
    Catalog::new([
        iam_policy::descriptor(),
        iam_role::descriptor(),
        iam_role_policy::descriptor(),
        lambda_event_source_mapping::descriptor(),
        lambda_function::descriptor(),
        lambda_function_url::descriptor(),
        lambda_permission::descriptor(),
        logs_log_group::descriptor(),
        s3_bucket::descriptor(),
        sqs_queue::descriptor(),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use alchemy_core::{NameUse, PropType};

    use super::catalog;

    #[test]
    fn every_type_documents_its_props_and_attributes_once() {
        for descriptor in catalog().iter() {
            let mut seen = BTreeSet::new();
            for prop in &descriptor.props {
                assert!(prop.doc.ends_with('.'), "{} {}: {}", descriptor.ty, prop.name, prop.doc);
                assert!(seen.insert(prop.name), "{} {} twice", descriptor.ty, prop.name);
                assert!(
                    !prop.required || prop.default.is_null(),
                    "{} {}",
                    descriptor.ty,
                    prop.name
                );
            }
            let mut seen = BTreeSet::new();
            for attribute in &descriptor.attributes {
                assert!(attribute.doc.ends_with('.'), "{} {}", descriptor.ty, attribute.name);
                assert!(seen.insert(attribute.name), "{} {} twice", descriptor.ty, attribute.name);
            }
        }
    }

    #[test]
    fn names_and_keys_are_props_that_force_replacement() {
        for descriptor in catalog().iter() {
            let props: Vec<&str> = match &descriptor.name {
                NameUse::Named { prop, .. } => vec![prop],
                NameUse::Natural { key } => key.to_vec(),
            };
            for name in props {
                let prop = descriptor.prop(name).expect("named by the descriptor");
                assert!(prop.forces_replacement, "{} {name}", descriptor.ty);
            }
            if let Some(allow) = descriptor.data_loss_prop {
                let prop = descriptor.prop(allow).expect("named by the descriptor");
                assert_eq!((prop.local, &prop.ty), (true, &PropType::Bool), "{}", descriptor.ty);
            }
        }
    }
}
