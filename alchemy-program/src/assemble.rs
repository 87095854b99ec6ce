//! From the driver's report to the graph: names checked, duplicates found, places filled in.

use std::collections::BTreeMap;

use alchemy_core::{
    Diagnostic, Expr, Fqn, Graph, InvalidName, LogicalId, RemovalPolicy, Resource, ResourceType,
    Span, StackName, Stage, StageRef, Value,
};
use indexmap::IndexMap;
use indexmap::map::Entry;

use crate::api::EvaluateRequest;
use crate::failure::call_at;
use crate::origin::Origins;
use crate::source::calls::{Call, Place, calls_at};
use crate::wire::{Declared, Referred, Report, expr};

/// The graph of what was declared, without what is refused; none if the program failed.
pub(crate) fn graph(
    (request, stage): (&EvaluateRequest, &Stage),
    origins: &Origins,
    report: &Report,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Graph> {
    let stack = report.stack.as_ref()?;
    let name = match StackName::parse(&stack.name) {
        Ok(name) => Some(name),
        Err(error) => {
            let call = call_at(origins, &stack.at, false);
            diagnostics.push(bad_name("bad-stack", &stack.name, &error, call.as_ref()));
            None
        }
    };
    let mut resources: IndexMap<Fqn, Resource> = IndexMap::new();
    let calls = calls(origins, &report.resources);
    for (declared, call) in report.resources.iter().zip(calls) {
        let Some(resource) = resource(request, origins, declared, call.as_ref(), diagnostics)
        else {
            continue;
        };
        match resources.entry(resource.fqn.clone()) {
            Entry::Vacant(free) => {
                free.insert(resource);
            }
            Entry::Occupied(taken) => diagnostics.push(duplicate(&resource, taken.get())),
        }
    }
    let references = references(origins, report, diagnostics)?;
    let outputs = report.outputs.as_ref().and_then(|node| expr(node, &request.hasher))?;
    Some(Graph { stack: name?, stage: stage.clone(), resources, references, outputs })
}

/// The stages that it refers to; none if a name is not legal.
fn references(
    origins: &Origins,
    report: &Report,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<BTreeMap<StageRef, Option<Span>>> {
    let mut found = BTreeMap::new();
    let mut legal = true;
    for Referred { stack, stage, at } in &report.references {
        let place = origins.span(at);
        let mut refuse = |code, name: &str, error: &InvalidName| {
            legal = false;
            let found = Diagnostic { labels: Vec::new(), ..bad_name(code, name, error, None) };
            diagnostics.push(found.at(place.as_ref(), "referred to here"));
        };
        match (StackName::parse(stack), Stage::parse(stage)) {
            (Ok(stack), Ok(stage)) => {
                found.insert(StageRef { stack, stage }, place);
            }
            (Err(error), _) => refuse("bad-stack", stack, &error),
            (_, Err(error)) => refuse("bad-stage", stage, &error),
        }
    }
    legal.then_some(found)
}

/// The call of each resource; every file is parsed once.
fn calls(origins: &Origins, declared: &[Declared]) -> Vec<Option<Call>> {
    let mut by_file: BTreeMap<String, Vec<(usize, Place<'_>)>> = BTreeMap::new();
    let mut texts = BTreeMap::new();
    for (i, resource) in declared.iter().enumerate() {
        if let Some((own, place)) = origins.first_own(&resource.at) {
            let place = Place { curried: resource.curried, id: Some(&resource.id), ..place };
            by_file.entry(own.text.file.to_string()).or_default().push((i, place));
            texts.insert(own.text.file.to_string(), own.text.clone());
        }
    }
    let mut found = vec![None; declared.len()];
    for (file, places) in by_file {
        let (numbers, places): (Vec<_>, Vec<_>) = places.into_iter().unzip();
        for (number, call) in numbers.into_iter().zip(calls_at(&texts[&file], &places)) {
            found[number] = call;
        }
    }
    found
}

fn resource(
    request: &EvaluateRequest,
    origins: &Origins,
    declared: &Declared,
    call: Option<&Call>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Resource> {
    if let Err(error) = LogicalId::parse(&declared.id) {
        diagnostics.push(bad_name("bad-id", &declared.id, &error, call));
        return None;
    }
    for segment in &declared.path {
        if let Err(error) = LogicalId::parse(&segment.segment) {
            let call = call_at(origins, &segment.at, false);
            let found = bad_name("bad-id", &segment.segment, &error, call.as_ref());
            if !diagnostics.contains(&found) {
                diagnostics.push(found);
            }
            return None;
        }
    }
    let parts: Vec<_> =
        declared.path.iter().map(|s| s.segment.as_str()).chain([declared.id.as_str()]).collect();
    let fqn = match Fqn::parse(&parts.join("/")) {
        Ok(fqn) => fqn,
        Err(error) => {
            diagnostics.push(bad_name("bad-id", &parts.join("/"), &error, call));
            return None;
        }
    };
    let mut props = match expr(&declared.props, &request.hasher) {
        Some(Expr::Map(members)) => members,
        Some(Expr::Value(Value::Map(members))) => {
            members.into_iter().map(|(k, v)| (k, Expr::Value(v))).collect()
        }
        _ => BTreeMap::new(),
    };
    let region = match props.remove("region") {
        Some(Expr::Value(Value::Str(region))) => Some(region),
        Some(Expr::Value(Value::Null)) | None => None,
        Some(_) => {
            diagnostics.push(bad_region(&fqn, call));
            None
        }
    };
    Some(Resource {
        ty: ResourceType::new(&declared.ty),
        props,
        removal: declared.removal.as_deref().map(|policy| match policy {
            "retain" => RemovalPolicy::Retain,
            _ => RemovalPolicy::Destroy,
        }),
        renamed_from: renames(&declared.renamed_from, &fqn, call, diagnostics),
        parent: None,
        depends_on: std::collections::BTreeSet::new(),
        adopt: declared.adopt,
        region,
        span: call.map(|call| call.span.clone()),
        prop_spans: call.map(|call| call.props.clone()).unwrap_or_default(),
        fqn,
    })
}

fn renames(
    names: &[String],
    fqn: &Fqn,
    call: Option<&Call>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Fqn> {
    let mut found = Vec::new();
    for name in names {
        match Fqn::parse(name) {
            Ok(former) if former != *fqn => found.push(former),
            Ok(_) => diagnostics.push(
                Diagnostic::error("bad-rename", format!("`{fqn}` is renamed from itself"))
                    .resource(fqn)
                    .at(call.map(|call| &call.span), ""),
            ),
            Err(error) => diagnostics.push(bad_name("bad-id", name, &error, call)),
        }
    }
    found
}

fn bad_region(fqn: &Fqn, call: Option<&Call>) -> Diagnostic {
    let place = call.map(|call| call.props.get("region").unwrap_or(&call.span));
    Diagnostic::error("bad-region", "`region` must be a text that is known while planning")
        .resource(fqn)
        .at(place, "")
}

fn bad_name(
    code: &'static str,
    name: &str,
    error: &InvalidName,
    call: Option<&Call>,
) -> Diagnostic {
    let shown: String = name.chars().take(80).collect();
    let place = call.map(|call| call.first.as_ref().unwrap_or(&call.span));
    let found =
        Diagnostic::error(code, format!("`{}`: {error}", shown.escape_debug())).at(place, "");
    match &error.suggestion {
        Some(meant) => found.help(format!("did you mean `{meant}`?")),
        None => found,
    }
}

fn duplicate(second: &Resource, first: &Resource) -> Diagnostic {
    let what = if first.ty == second.ty {
        first.ty.to_string()
    } else {
        format!("{} and {}", first.ty, second.ty)
    };
    Diagnostic::error("duplicate-id", format!("`{}` is declared twice ({what})", second.fqn))
        .resource(&second.fqn)
        .at(second.span.as_ref(), "declared again here")
        .at(first.span.as_ref(), "first declared here")
        .help("give one of them another id, or put it into a Namespace")
}
