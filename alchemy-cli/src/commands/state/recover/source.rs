//! What is recovered and into which store: the program, or its name alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Catalog, Diagnostic, SecretHasher};
use alchemy_state::{StageKey, StateStore};

use crate::args::StateRecoverArgs;
use crate::commands::declared::{Declared, Evaluating};
use crate::commands::store_access::Access;
use crate::commands::stored::{Asked, Stored};
use crate::failure::{Failure, Sources};
use crate::settings::{
    Last, Passphrases, Project, Surroundings, choose_store, declared_environment, parse_stack,
    resolve_stage,
};

/// A stage to recover.
pub(super) struct Source {
    /// The declared environment.
    pub(super) environment: BTreeMap<String, String>,
    /// The store.
    pub(super) store: Arc<dyn StateStore>,
    /// Which stage.
    pub(super) key: StageKey,
    /// The program, unless it is done without.
    pub(super) declared: Option<Declared>,
    /// What later commands that need no program are to remember.
    last: Option<(Last, Project)>,
    none: Sources,
}

impl Source {
    /// Evaluates the program, or takes the stack's name where there is to be none.
    pub(super) fn open(
        args: &StateRecoverArgs,
        around: &Surroundings,
        catalog: &Catalog,
        hasher: &SecretHasher,
    ) -> Result<Self, Failure> {
        if args.without_program {
            return Self::without_program(args, around);
        }
        let project = Project::with_program(around, args.program.program.as_deref()).map_err(|error| {
            error.help("without a program, the cloud alone can be asked: --without-program --stack NAME")
        })?;
        let mut environment =
            declared_environment(around, &project, args.stage.env_file.as_deref())?;
        let passphrases = Passphrases::take(&mut environment);
        let stage = resolve_stage(args.stage.stage.as_deref(), &environment)?;
        let evaluating = Evaluating {
            project: &project,
            stage: &stage,
            environment: &environment,
            catalog,
            hasher,
        };
        let evaluated = evaluating.run()?;
        if let Some(text) = args.store.stack.as_deref()
            && parse_stack(text)? != *evaluated.stack()
        {
            let is = evaluated.stack();
            let summary = format!("--stack says `{text}`, the program is stack `{is}`");
            return Err(Diagnostic::error("other-stack", summary).help("leave --stack out").into());
        }
        let flag = args.store.state.as_deref();
        let state = evaluated.state.as_deref();
        let choice = choose_store(around, &environment, &project, flag, state, None)?;
        let access = Access {
            around,
            environment: &environment,
            profile: args.profile.profile.as_deref(),
            keep: choice.keep,
        };
        let store = access.open(&choice.url)?;
        let declared = evaluating.complete(evaluated, &*store, passphrases.current.as_ref())?;
        let key = StageKey { stack: declared.graph.stack.clone(), stage };
        let remembered = choice.remembered(&project);
        let last = Last { format: 1, stack: key.stack.to_string(), store: remembered };
        Ok(Self {
            environment,
            store,
            key,
            declared: Some(declared),
            last: Some((last, project)),
            none: Sources::new(),
        })
    }

    fn without_program(args: &StateRecoverArgs, around: &Surroundings) -> Result<Self, Failure> {
        let asked = Asked {
            program: None,
            env_file: args.stage.env_file.as_deref(),
            store: &args.store,
            profile: &args.profile,
            keep: None,
        };
        let stored = Stored::open(around, &asked)?;
        let stage = resolve_stage(args.stage.stage.as_deref(), &stored.environment)?;
        let stack = parse_stack(args.store.stack.as_deref().unwrap_or_default())?;
        Ok(Self {
            environment: stored.environment,
            store: stored.store,
            key: StageKey { stack, stage },
            declared: None,
            last: None,
            none: Sources::new(),
        })
    }

    /// Texts that diagnostics point into.
    pub(super) fn sources(&self) -> &Sources {
        self.declared.as_ref().map_or(&self.none, |declared| &declared.sources)
    }

    /// For commands that need no program.
    pub(super) fn remember(&self) {
        if let Some((last, project)) = &self.last {
            last.write(project);
        }
    }
}
