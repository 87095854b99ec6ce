//! What a program said about a function's URL, before validation.

use std::collections::BTreeMap;

use alchemy_core::{Diagnostic, Expr, Resource, Value};

use crate::catalog::finding;

/// The wish.
pub(super) enum Wish {
    /// No URL.
    Off,
    /// A URL with these settings.
    On(BTreeMap<String, Expr>),
}

impl Wish {
    /// Reads `functionUrl`. Whether there is a URL, and for whom, decides which objects there are: both must be
    /// known before anything is deployed.
    pub(super) fn of(function: &Resource) -> Result<Self, Box<Diagnostic>> {
        let settings = match function.props.get("functionUrl") {
            Some(Expr::Value(Value::Map(members))) => members
                .iter()
                .map(|(key, value)| (key.clone(), Expr::Value(value.clone())))
                .collect(),
            Some(Expr::Map(members)) => members.clone(),
            // Off, or another type of value, which validation reports.
            None | Some(Expr::Value(_) | Expr::List(_) | Expr::Concat(_)) => return Ok(Self::Off),
            Some(Expr::Attr { .. } | Expr::Ref(_) | Expr::Call { .. }) => {
                return Err(unknown(function, "functionUrl"));
            }
        };
        match settings.get("authType") {
            None | Some(Expr::Value(_)) => Ok(Self::On(settings)),
            Some(_) => Err(unknown(function, "functionUrl.authType")),
        }
    }

    /// Whether everybody may call it.
    pub(super) fn is_public(&self) -> bool {
        let Self::On(settings) = self else { return false };
        settings.get("authType") == Some(&Expr::Value(Value::from("NONE")))
    }
}

fn unknown(function: &Resource, path: &str) -> Box<Diagnostic> {
    let summary = format!("`{path}` must be known before anything is deployed");
    let found = finding::error("unknown-structure", function, path, summary)
        .detail("It decides which objects exist; here it is an output of another resource.")
        .help("Write the value down, or compute it from the stack and stage.");
    Box::new(found)
}
