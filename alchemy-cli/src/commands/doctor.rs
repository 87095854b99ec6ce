//! `alchemy doctor`: whether a deploy from here would work, and on what it would stand.

mod account;
mod bucket;
mod finding;
mod project;
mod store;

use std::collections::BTreeMap;

use alchemy_core::StackName;
use alchemy_state::{StageKey, StateUrl};

use super::declared::{Evaluated, Evaluating};
use super::store_access::Access;
use super::stored::secret_hasher;
use crate::args::DoctorArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::{
    Last, Passphrases, Project, StoreChoice, StoreOrigin, Surroundings, choose_store,
    declared_environment, parse_stack, resolve_profile, resolve_profile_name, resolve_stage,
    store_place,
};
use crate::signals::Signals;
use crate::ui::Ui;

use finding::Finding;

/// Runs the command.
pub(crate) fn run(args: &DoctorArgs, around: &Surroundings, ui: &Ui) -> Result<Exit, Failure> {
    let project = Project::without_program(around, args.program.program.as_deref());
    let mut environment = declared_environment(around, &project, args.stage.env_file.as_deref())?;
    Passphrases::take(&mut environment);
    let mut doctor =
        Doctor { args, around, ui, project: &project, environment: &environment, bad: false };
    let evaluated = doctor.program()?;
    doctor.account()?;
    doctor.store(evaluated.as_ref())?;
    Ok(if doctor.bad { Exit::Refused } else { Exit::Done })
}

struct Doctor<'a> {
    args: &'a DoctorArgs,
    around: &'a Surroundings,
    ui: &'a Ui,
    project: &'a Project,
    environment: &'a BTreeMap<String, String>,
    /// Whether something was found that a deploy would fail on.
    bad: bool,
}

impl Doctor<'_> {
    fn tell(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.bad |= finding.is_bad();
            finding.show(self.ui);
        }
    }

    /// Program, packages, cache, stage; the program evaluated, if it can be.
    fn program(&mut self) -> Result<Option<Evaluated>, Failure> {
        let stage = resolve_stage(self.args.stage.stage.as_deref(), self.environment)?;
        let there = self.project.program.is_file();
        self.tell([project::program(self.around, self.project)]);
        if there {
            self.tell([project::effect(self.around, self.project)]);
        }
        self.tell([project::cache(self.around, self.project)]);
        self.tell([Finding::good("stage", stage.as_str())]);
        if !there || self.bad {
            return Ok(None);
        }
        let hasher = secret_hasher(self.around)?;
        let catalog = alchemy_providers::catalog();
        let evaluating = Evaluating {
            project: self.project,
            stage: &stage,
            environment: self.environment,
            catalog: &catalog,
            hasher: &hasher,
        };
        match evaluating.run() {
            Ok(evaluated) => {
                let stack = evaluated.stack();
                self.tell([Finding::good("stack", stack.as_str())]);
                Ok(Some(evaluated))
            }
            Err(failure) => {
                let found = Finding::failed("stack", &failure);
                self.tell([found.help("`alchemy plan` shows where")]);
                Ok(None)
            }
        }
    }

    fn account(&mut self) -> Result<(), Failure> {
        let (name, explicit) =
            resolve_profile_name(self.args.profile.profile.as_deref(), self.environment);
        let profile = match resolve_profile(self.around, name, explicit) {
            Ok(profile) => profile,
            Err(refused) => {
                self.tell([Finding::failed("profile", &refused.into())]);
                return Ok(());
            }
        };
        self.tell(account::profile(self.around, self.environment, &profile));
        let reached = block_on(async {
            let mut signals = Signals::new()?;
            let asking = async { Ok(account::reached(&profile).await) };
            signals.unless(Box::pin(asking)).await
        })?;
        self.tell(reached);
        Ok(())
    }

    /// The choice of the store, and if that is clear the store itself.
    fn store(&mut self, evaluated: Option<&Evaluated>) -> Result<(), Failure> {
        let last = Last::read(self.project)?;
        let choice = match self.choice(evaluated, last.as_ref()) {
            Ok(choice) => choice,
            Err(failure) => {
                self.tell([Finding::failed("store", &failure)]);
                return Ok(());
            }
        };
        let place = store_place(self.around, &choice.url);
        let origin = match choice.origin {
            StoreOrigin::Default => "the default; nobody named one".to_owned(),
            named => format!("named by {}", named.name()),
        };
        self.tell([Finding::good("store", format!("{place}, {origin}"))]);
        let access = Access {
            around: self.around,
            environment: self.environment,
            profile: self.args.profile.profile.as_deref(),
            keep: choice.keep,
        };
        let store = match access.open(&choice.url) {
            Ok(store) => store,
            Err(failure) => {
                self.tell([Finding::failed("store", &failure)]);
                return Ok(());
            }
        };
        let connection = match &choice.url {
            StateUrl::S3 { region, endpoint, .. } => {
                Some(access.connection(endpoint.as_deref(), region.as_deref())?)
            }
            StateUrl::File(_) | StateUrl::Gcs { .. } => None,
        };
        let key = self.key(evaluated, last.as_ref())?;
        let findings = block_on(async {
            let mut signals = Signals::new()?;
            let looking = async {
                let mut findings = store::looked(&*store).await;
                if findings.iter().any(Finding::ends_the_look) {
                    return Ok(findings);
                }
                if let Some(connection) = &connection {
                    findings.extend(bucket::of_s3(&choice.url, connection).await);
                }
                if let Some(key) = &key {
                    findings.push(store::lock(&*store, key).await);
                }
                Ok(findings)
            };
            signals.unless(Box::pin(looking)).await
        })?;
        if let StateUrl::Gcs { bucket, .. } = &choice.url {
            self.tell(bucket::of_gcs(self.around, bucket));
        }
        self.tell(findings);
        Ok(())
    }

    fn choice(
        &self,
        evaluated: Option<&Evaluated>,
        last: Option<&Last>,
    ) -> Result<StoreChoice, Failure> {
        let program = evaluated.and_then(|evaluated| evaluated.state.as_deref());
        let last = last.filter(|_| evaluated.is_none());
        let flag = self.args.store.state.as_deref();
        Ok(choose_store(self.around, self.environment, self.project, flag, program, last)?)
    }

    /// The stage whose lock is looked at.
    fn key(
        &self,
        evaluated: Option<&Evaluated>,
        last: Option<&Last>,
    ) -> Result<Option<StageKey>, Failure> {
        let stack = match &self.args.store.stack {
            Some(stack) => Some(parse_stack(stack)?),
            None => evaluated
                .map(|evaluated| evaluated.stack().clone())
                .or_else(|| StackName::parse(&last?.stack).ok()),
        };
        let stage = resolve_stage(self.args.stage.stage.as_deref(), self.environment)?;
        Ok(stack.map(|stack| StageKey { stack, stage }))
    }
}
