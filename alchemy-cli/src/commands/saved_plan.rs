//! `plan --out FILE` and `deploy --plan FILE`: a plan that was shown is applied as it was shown, or not at all.
//!
//! The file holds what people read of the plan, and sums of everything that it was made from: the program's files, the
//! packages, the graph, the stage's serial, every object that was looked at. Applying evaluates, reads and plans again,
//! and refuses if a sum has become another. The file decides nothing: a forged one is refused, or says what the program says.

mod file;
mod key;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use alchemy_core::{Basis, Diagnostic, Moved, Realm, SecretHasher, Snapshot, Stage, Target};
use alchemy_state::{Passphrase, StageKey};

use self::file::{Body, SeenJson};
pub(crate) use self::key::PlanKey;
use super::planning::Planned;
use crate::args::PlanningArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Sources};
use crate::settings::Project;
use crate::wire;

/// What a plan's content depends on besides program, state and cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flags {
    /// `--no-refresh`
    pub(crate) no_refresh: bool,
    /// `--force`
    pub(crate) force: bool,
    /// `--adopt`
    pub(crate) adopt: bool,
    /// `--new-realm`
    pub(crate) new_realm: bool,
}

impl Flags {
    /// As given.
    pub(crate) fn of(args: &PlanningArgs) -> Self {
        let PlanningArgs { no_refresh, force, adopt, new_realm, .. } = *args;
        Self { no_refresh, force, adopt, new_realm }
    }
}

/// A plan file, read.
pub(crate) struct SavedPlan {
    shown: String,
    header: file::Header,
    text: String,
    body: Body,
}

/// What a plan was made for and from, besides its basis.
pub(crate) struct Made<'a> {
    /// The stage.
    pub(crate) key: &'a StageKey,
    /// The store's identity.
    pub(crate) realm: &'a Realm,
    /// Account and region.
    pub(crate) target: &'a Target,
    /// Flags.
    pub(crate) flags: Flags,
    /// The program's files.
    pub(crate) sources: &'a Sources,
    /// Where the packages are.
    pub(crate) project: &'a Project,
    /// The plan.
    pub(crate) planned: &'a Planned,
    /// Its basis.
    pub(crate) basis: &'a Basis,
}

/// Writes a plan to `path`, whole or not at all.
pub(crate) fn write(
    path: &Path,
    shown: &str,
    key: &PlanKey,
    made: &Made<'_>,
) -> Result<(), Failure> {
    let body = body(made, &key.hasher);
    file::write(path, key, &body).map_err(|error| {
        Diagnostic::error("plan-file", format!("cannot write the plan to {shown}: {error}"))
            .detail("Nothing was changed.")
            .into()
    })
}

impl SavedPlan {
    /// Reads the plan at `path`; `shown` is the path as people write it.
    pub(crate) fn read(path: &Path, shown: String) -> Result<Self, Diagnostic> {
        let (header, text, body) = file::read(path, &shown)?;
        Ok(Self { shown, header, text, body })
    }

    /// The flags it was made with.
    pub(crate) fn flags(&self) -> Flags {
        let Body { no_refresh, force, adopt, new_realm, .. } = self.body;
        Flags { no_refresh, force, adopt, new_realm }
    }

    /// The stage to deploy to: its own, unless flag or variable name one, which then has to be the same.
    pub(crate) fn stage<'a>(
        &'a self,
        flag: Option<&'a str>,
        environment: &'a BTreeMap<String, String>,
    ) -> &'a str {
        let variable = environment.get("STAGE").map(String::as_str).filter(|text| !text.is_empty());
        flag.or(variable).unwrap_or(&self.body.stage)
    }

    /// Refuses another stage or stack than the plan's.
    pub(crate) fn refuse_other_stage(&self, key: &StageKey) -> Result<(), Diagnostic> {
        let Body { stack, stage, .. } = &self.body;
        let (wanted, is) = (place(stack, stage), place(key.stack.as_str(), key.stage.as_str()));
        if wanted == is {
            return Ok(());
        }
        let summary = format!("{} is a plan for {wanted}, this run is for {is}", self.shown);
        Err(Diagnostic::error("plan-of-another", summary)
            .detail("Nothing was changed.")
            .help("leave --stage and $STAGE out: the plan says which stage it is for"))
    }

    /// Takes the plan's key, and refuses a file that is not as it was written.
    pub(crate) fn unlock(
        &self,
        key: &StageKey,
        passphrase: Option<&Passphrase>,
        machine: &SecretHasher,
    ) -> Result<PlanKey, Diagnostic> {
        let opened = PlanKey::open(&self.header.key, key, passphrase, machine)
            .map_err(|error| error.of(&self.shown))?;
        if self.header.sum != file::sum(&opened.hasher, &self.text) {
            return Err(file::damaged(&self.shown, "its sum does not fit"));
        }
        Ok(opened)
    }

    /// Refuses a program that is not the plan's. Told before anything is read.
    pub(crate) fn refuse_other_program(
        &self,
        key: &PlanKey,
        sources: &Sources,
        project: &Project,
    ) -> Result<(), Diagnostic> {
        let mut changed = differing(&self.body.sources, &sums(sources, &key.hasher));
        changed.extend(differing(&self.body.packages, &packages(project, &key.hasher)));
        if changed.is_empty() { Ok(()) } else { Err(self.other_program(&changed.join(", "))) }
    }

    /// Refuses another account, region or store than the plan's.
    pub(crate) fn refuse_other_place(
        &self,
        realm: &Realm,
        target: &Target,
    ) -> Result<(), Diagnostic> {
        let Body { account, region, .. } = &self.body;
        let what = if (account, region) != (&target.account, &target.region) {
            format!(
                "account {account}, {region}; this run reaches account {}, {}",
                target.account, target.region
            )
        } else if self.body.realm != realm.as_str() {
            "another state store than this run uses".to_owned()
        } else {
            return Ok(());
        };
        Err(Diagnostic::error("plan-of-another", format!("{} is a plan for {what}", self.shown))
            .detail("Nothing was changed.")
            .help("use the profile and the store that the plan was made with, or make a new plan"))
    }

    /// Refuses state that has been written since. Its serial alone says so; the revision, that it is the same state.
    pub(crate) fn refuse_other_state(
        &self,
        snapshot: &Snapshot,
        revision: &str,
    ) -> Result<(), Failure> {
        if (self.body.serial, self.body.revision.as_str()) == (snapshot.serial, revision) {
            return Ok(());
        }
        let serials = format!("serial {}, now {}", self.body.serial, snapshot.serial);
        Err(self.stale(&format!("the stage's state has been written ({serials})")))
    }

    /// Refuses if anything that the plan read has changed since.
    pub(crate) fn refuse_changes(&self, now: &Basis) -> Result<(), Failure> {
        match self.body.basis().moved(now) {
            None => Ok(()),
            Some(Moved::Program) => Err(self
                .other_program("what it is evaluated with: environment, files that it reads")
                .into()),
            Some(Moved::OtherStages) => {
                Err(self.stale("outputs of other stages that the program uses have changed"))
            }
            Some(Moved::Objects(names)) if names.is_empty() => {
                Err(self.stale("the cloud lists other objects of the stage"))
            }
            Some(Moved::Objects(names)) => {
                Err(self.stale(&format!("what the cloud shows of {} has changed", quoted(&names))))
            }
            Some(Moved::Plan) => Err(self.stale("the plan would be another")),
        }
    }

    /// The refusal of a plan that no longer fits.
    pub(crate) fn stale(&self, why: &str) -> Failure {
        let summary = format!("{} no longer fits: {why} since the plan was made", self.shown);
        let found = Diagnostic::error("plan-stale", summary)
            .detail("Nothing was changed.")
            .help("make a new plan: `alchemy plan --out FILE`");
        Failure::new(Exit::Locked, found)
    }

    fn other_program(&self, what: &str) -> Diagnostic {
        let summary =
            format!("{} is not a plan of this program: changed since: {what}", self.shown);
        Diagnostic::error("plan-of-another-program", summary)
            .detail("Nothing was changed.")
            .help("make a new plan: `alchemy plan --out FILE`")
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn place(stack: &str, stage: &str) -> String {
    format!("stage `{stage}` of stack `{stack}`")
}

fn body(made: &Made<'_>, hasher: &SecretHasher) -> Body {
    let Made { key, realm, target, flags, basis, planned, .. } = made;
    let seen = basis.seen.iter().map(|(uid, seen)| {
        let (resource, sum) = (seen.resource.clone(), seen.sum.clone());
        (uid.clone(), SeenJson { resource, sum })
    });
    Body {
        stack: key.stack.to_string(),
        stage: key.stage.to_string(),
        realm: realm.as_str().to_owned(),
        account: target.account.clone(),
        region: target.region.clone(),
        serial: planned.snapshot.serial,
        revision: planned.revision.clone(),
        no_refresh: flags.no_refresh,
        force: flags.force,
        adopt: flags.adopt,
        new_realm: flags.new_realm,
        sources: sums(made.sources, hasher),
        packages: packages(made.project, hasher),
        graph: basis.graph.clone(),
        others: basis.others.clone(),
        found: basis.found.clone(),
        seen: seen.collect(),
        plan_sum: basis.steps.clone(),
        plan: serde_json::from_str(&wire::line(&wire::plan(planned.plan.plan())))
            .unwrap_or_default(),
    }
}

fn sums(sources: &Sources, hasher: &SecretHasher) -> BTreeMap<String, String> {
    let sum = |text: &str| hasher.digest(&alchemy_core::Value::str(text));
    sources.iter().map(|(file, text)| (file.clone(), sum(text))).collect()
}

/// What says which packages there are: manifest, lock file, and the `effect` that is installed. In a workspace of
/// several packages some of them lie above the project.
fn packages(project: &Project, hasher: &SecretHasher) -> BTreeMap<String, String> {
    const FILES: [&str; 7] = [
        "package.json",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-lock.yaml",
        "yarn.lock",
        "bun.lock",
        "node_modules/effect/package.json",
    ];
    let read = |file: &&str| {
        let text = project.nearest_text(file)?;
        Some(((*file).to_owned(), hasher.digest(&alchemy_core::Value::str(text))))
    };
    FILES.iter().filter_map(read).collect()
}

/// Names that are in one of the maps only, or stand for other values.
fn differing(then: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let names = then.keys().chain(now.keys().filter(|name| !then.contains_key(*name)));
    names.filter(|name| then.get(*name) != now.get(*name)).cloned().collect()
}

/// Where `--out` and `--plan` point.
pub(crate) fn located(around: &crate::settings::Surroundings, given: &Path) -> (PathBuf, String) {
    let path = around.absolute(given);
    let shown = around.shown(&path);
    (path, shown)
}

/// The stage that `flag` and the environment name, or the plan's own.
pub(crate) fn resolved_stage(
    saved: Option<&SavedPlan>,
    flag: Option<&str>,
    environment: &BTreeMap<String, String>,
) -> Result<Stage, Failure> {
    let named = saved.map(|saved| saved.stage(flag, environment));
    crate::settings::resolve_stage(named.or(flag), environment)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn packages_of_a_workspace_are_found_above_the_project() {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for file in ["apps/web/package.json", "package.json", "package-lock.json"] {
            write(file, file);
        }
        write("node_modules/effect/package.json", "4.0.0");
        let project = Project::at(folder.path().join("apps/web/alchemy.run.ts"));
        let hasher = SecretHasher::new([1; 32]);
        let before = packages(&project, &hasher);
        let files: Vec<_> = before.keys().map(String::as_str).collect();
        let effect = "node_modules/effect/package.json";
        assert_eq!(files, [effect, "package-lock.json", "package.json"]);
        write("package.json", "is not the project's");
        assert!(differing(&before, &packages(&project, &hasher)).is_empty());
        write("package-lock.json", "other");
        write(effect, "4.0.1");
        assert_eq!(differing(&before, &packages(&project, &hasher)), [effect, "package-lock.json"]);
    }
}
