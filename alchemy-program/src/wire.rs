//! What the driver reports, and how its nodes become expressions.

use std::collections::BTreeMap;

use alchemy_core::{
    ClosureId, Expr, Fqn, OutputRef, Secret, SecretHasher, StackName, Stage, StageRef, Value,
};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::vm::thrown::Thrown;

/// The driver's report.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// The stack, once there is one.
    pub(crate) stack: Option<Stack>,
    /// In declaration order.
    pub(crate) resources: Vec<Declared>,
    /// Stages of stacks that it refers to, in order.
    #[serde(default)]
    pub(crate) references: Vec<Referred>,
    /// Findings that did not stop it.
    pub(crate) problems: Vec<Problem>,
    /// The prop whose Effect failed, if that is why the program did.
    pub(crate) resolving: Option<Resolving>,
    /// Node of the program's result.
    pub(crate) outputs: Option<Json>,
    /// Why the program failed.
    pub(crate) failure: Option<Vec<Thrown>>,
}

/// `Alchemy.Stack(…)`.
#[derive(Debug, Deserialize)]
pub(crate) struct Stack {
    /// Its name, not yet checked.
    pub(crate) name: String,
    /// Stack of the call.
    pub(crate) at: String,
    /// Store URL, if it named one.
    pub(crate) state: Option<String>,
}

/// A resource as declared.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Declared {
    /// Type.
    #[serde(rename = "type")]
    pub(crate) ty: String,
    /// Logical id, not yet checked.
    pub(crate) id: String,
    /// Namespace, outermost first.
    #[serde(default)]
    pub(crate) path: Vec<Segment>,
    /// `retain`, `destroy` or nothing.
    pub(crate) removal: Option<String>,
    /// `adopt(true)`.
    #[serde(default)]
    pub(crate) adopt: bool,
    /// Former FQNs.
    #[serde(default)]
    pub(crate) renamed_from: Vec<String>,
    /// Stack of the call.
    pub(crate) at: String,
    /// Whether it is the second call of `Type()(…)`.
    #[serde(default)]
    pub(crate) curried: bool,
    /// Node of its props.
    pub(crate) props: Json,
}

/// A stage of a stack that the program refers to.
#[derive(Debug, Deserialize)]
pub(crate) struct Referred {
    /// The stack's name, not yet checked.
    pub(crate) stack: String,
    /// The stage's name, not yet checked.
    pub(crate) stage: String,
    /// Stack of the place.
    pub(crate) at: String,
}

/// A namespace segment and where it was pushed.
#[derive(Debug, Deserialize)]
pub(crate) struct Segment {
    /// Its text, not yet checked.
    pub(crate) segment: String,
    /// Stack of the call.
    pub(crate) at: String,
}

/// A finding of the library's.
#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct Problem {
    /// Diagnostic code.
    pub(crate) code: String,
    /// One line.
    pub(crate) summary: String,
    /// Advice.
    pub(crate) help: Vec<String>,
    /// Stack of the place.
    pub(crate) at: Option<String>,
    /// Whether that place is the second call of `Type()(…)`.
    pub(crate) curried: bool,
    /// The resource.
    pub(crate) fqn: Option<String>,
    /// Dotted path of the prop.
    pub(crate) path: Option<String>,
    /// The attribute concerned.
    pub(crate) member: Option<String>,
}

/// The prop whose Effect failed.
#[derive(Debug, Deserialize)]
pub(crate) struct Resolving {
    /// Stack of the resource's call.
    pub(crate) at: String,
    /// Whether that is the second call of `Type()(…)`.
    #[serde(default)]
    pub(crate) curried: bool,
    /// The resource.
    pub(crate) fqn: Option<String>,
    /// Dotted path of the prop.
    pub(crate) path: String,
}

/// Reads a node: `[kind, …]`, kinds as in `js/alchemy/output.js`. None if the library wrote something else.
pub(crate) fn expr(node: &Json, hasher: &SecretHasher) -> Option<Expr> {
    let parts = node.as_array()?;
    let first = parts.get(1)?;
    let list = |json: &Json| {
        json.as_array()?.iter().map(|item| expr(item, hasher)).collect::<Option<Vec<_>>>()
    };
    Some(match parts.first()?.as_u64()? {
        0 => Expr::Value(scalar(first)?),
        1 => Expr::list(list(first)?),
        2 => {
            let members = first.as_array()?.iter().map(|member| {
                let pair = member.as_array()?;
                Some((pair.first()?.as_str()?.to_owned(), expr(pair.get(1)?, hasher)?))
            });
            Expr::map(members.collect::<Option<BTreeMap<_, _>>>()?)
        }
        3 => {
            let path = parts.get(2)?.as_array()?.iter().map(|part| Some(part.as_str()?.to_owned()));
            Expr::Attr {
                fqn: Fqn::parse(first.as_str()?).ok()?,
                path: path.collect::<Option<_>>()?,
            }
        }
        4 => Expr::Call {
            closure: ClosureId(u32::try_from(first.as_u64()?).ok()?),
            input: Box::new(expr(parts.get(2)?, hasher)?),
        },
        5 => Expr::Concat(list(first)?),
        6 => redacted(expr(first, hasher)?, hasher),
        7 => {
            let path = parts.get(3)?.as_array()?.iter().map(|part| Some(part.as_str()?.to_owned()));
            let of = StageRef {
                stack: StackName::parse(first.as_str()?).ok()?,
                stage: Stage::parse(parts.get(2)?.as_str()?).ok()?,
            };
            Expr::Ref(OutputRef { of, path: path.collect::<Option<_>>()? })
        }
        _ => return None,
    })
}

/// It with all that is known of it redacted. What is not known yet, the library lets through only inside a text, which is
/// redacted as a whole once one part of it is.
fn redacted(it: Expr, hasher: &SecretHasher) -> Expr {
    let all = |items: Vec<Expr>| items.into_iter().map(|item| redacted(item, hasher)).collect();
    match it {
        Expr::Value(plain) => Expr::Value(Value::Secret(Secret::new(plain, hasher))),
        Expr::List(items) => Expr::List(all(items)),
        Expr::Concat(parts) => Expr::Concat(all(parts)),
        Expr::Map(members) => Expr::Map(
            members.into_iter().map(|(name, member)| (name, redacted(member, hasher))).collect(),
        ),
        Expr::Call { closure, input } => {
            Expr::Call { closure, input: Box::new(redacted(*input, hasher)) }
        }
        unknown @ (Expr::Attr { .. } | Expr::Ref(_)) => unknown,
    }
}

fn scalar(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => Value::Num(n.as_f64()?),
        Json::String(s) => Value::Str(s.clone()),
        Json::Array(_) | Json::Object(_) => return None,
    })
}
