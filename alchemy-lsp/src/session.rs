//! The session's loop: the only place where what the server knows is changed.

mod reports;
mod stores;

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use alchemy_core::Stage;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tower_lsp::Client;
use tower_lsp::lsp_types::{InitializeParams, MessageType, Url};

use crate::documents::Documents;
use crate::event::Event;
use crate::position::Encoding;
use crate::program::{self, Program};
use crate::view::{ProgramView, View};
use crate::worker::{Told, Worker};
use crate::{Host, Settings};

/// How often state is looked at although no file was seen to change.
const POLL: Duration = Duration::from_secs(30);

/// Everything the server knows.
#[derive(Debug)]
pub(crate) struct Session {
    client: Client,
    host: Arc<dyn Host>,
    events: UnboundedSender<Event>,
    settings: Settings,
    chosen: Option<Stage>,
    documents: Documents,
    programs: BTreeMap<PathBuf, Program>,
    homes: BTreeMap<Url, PathBuf>,
    folders: BTreeSet<PathBuf>,
    waiting: Vec<Waiting>,
    can: reports::Abilities,
    published: BTreeMap<PathBuf, BTreeSet<Url>>,
}

/// Somebody who waits for a job.
#[derive(Debug)]
struct Waiting {
    program: PathBuf,
    job: u64,
    reply: oneshot::Sender<View>,
}

impl Session {
    pub(crate) fn new(client: Client, host: Arc<dyn Host>, events: UnboundedSender<Event>) -> Self {
        Self {
            client,
            host,
            events,
            settings: Settings::default(),
            chosen: None,
            documents: Documents::default(),
            programs: BTreeMap::new(),
            homes: BTreeMap::new(),
            folders: BTreeSet::new(),
            waiting: Vec::new(),
            can: reports::Abilities::default(),
            published: BTreeMap::new(),
        }
    }

    /// Does what comes, in order, until the editor is gone.
    pub(crate) async fn run(mut self, mut queue: UnboundedReceiver<Event>) {
        while let Some(event) = queue.recv().await {
            if matches!(event, Event::Exit) {
                return;
            }
            if !survived(self.take(event)).await {
                // The panic's own message is on standard error, which editors keep.
                let message = "alchemy made a mistake; please report it with what its output says";
                self.client.show_message(MessageType::ERROR, message).await;
            }
        }
    }

    async fn take(&mut self, event: Event) {
        match event {
            Event::Initialize(params) => self.initialize(&params),
            Event::Initialized => self.initialized().await,
            Event::Opened { uri, version, text } => {
                self.documents.open(uri.clone(), version, &text);
                self.settle_home(&uri).await;
                self.changed(&uri);
            }
            Event::Changed { uri, version, changes } => {
                self.documents.change(&uri, version, changes);
                if !self.homes.contains_key(&uri) {
                    self.settle_home(&uri).await;
                }
                self.changed(&uri);
            }
            Event::Closed(uri) => self.closed(&uri).await,
            Event::Settings(told) => self.set(Settings::read(&told, self.settings.trusted)).await,
            Event::Watched(paths) => self.watched(&paths).await,
            Event::Told(program, told) => self.told(&program, told).await,
            Event::StateRead(program, reading, state) => {
                self.state_read(&program, reading, state).await;
            }
            Event::StoreOpened(program, opening, store) => {
                self.store_opened(&program, opening, store);
            }
            Event::Impatient(path) => self.impatient(&path),
            Event::Look(reply) => {
                // Who asked may have gone.
                let _ = reply.send(self.view());
            }
            Event::Fresh(uri, reply) => self.fresh(&uri, reply),
            Event::SetStage(stage, reply) => {
                self.chosen = Some(stage);
                self.restage();
                let _ = reply.send(());
            }
            Event::Poll => self.poll(),
            Event::Exit => {}
        }
    }

    fn initialize(&mut self, params: &InitializeParams) {
        self.documents.encoding = Encoding::agreed(params);
        self.can = reports::Abilities::of(params);
        if let Some(options) = &params.initialization_options {
            self.settings = Settings::read(options, self.settings.trusted);
        }
        let folders = params.workspace_folders.iter().flatten();
        let mut folders: Vec<PathBuf> =
            folders.filter_map(|folder| folder.uri.to_file_path().ok()).collect();
        if let (true, Some(root)) = (folders.is_empty(), &params.root_uri) {
            folders.extend(root.to_file_path());
        }
        self.folders = folders.into_iter().collect();
    }

    async fn initialized(&mut self) {
        self.register();
        self.complain_about_settings().await;
        let programs: Vec<_> =
            self.folders.iter().filter_map(|folder| program::in_folder(folder)).collect();
        for program in programs {
            self.ensure(&program).await;
        }
        let events = self.events.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(POLL).await;
                if events.send(Event::Poll).is_err() {
                    return;
                }
            }
        });
    }

    /// Finds the program of a document and begins to look after it.
    async fn settle_home(&mut self, uri: &Url) {
        let Some(document) = self.documents.open.get(uri) else { return };
        let Some(path) = &document.path else { return };
        let Some(program) = program::home(path, &document.lines.text) else { return };
        self.homes.insert(uri.clone(), program.clone());
        self.ensure(&program).await;
    }

    /// Looks after a program, if it is not done yet.
    async fn ensure(&mut self, path: &Path) {
        if self.programs.contains_key(path) {
            return;
        }
        let project = match self.host.project(path, &self.settings) {
            Ok(project) => project,
            Err(problem) => return self.refuse(path, &problem).await,
        };
        let (events, own) = (self.events.clone(), path.to_path_buf());
        let tell = move |told| {
            // The session's loop ends only with the editor.
            let _ = events.send(Event::Told(own.clone(), told));
        };
        let worker = match Worker::start(project.clone(), self.host.now_ms(), tell) {
            Ok(worker) => worker,
            Err(error) => {
                let message = format!("cannot evaluate {}: {error}", path.display());
                self.client.log_message(MessageType::ERROR, message).await;
                return;
            }
        };
        let (stage, stage_source) =
            Program::current(self.chosen.as_ref(), &self.settings, &project);
        let view = ProgramView {
            project: project.clone(),
            stage,
            stage_source,
            settings: Program::settings_stages(&self.settings),
            latest: None,
            good: None,
            state: Arc::default(),
            problem: None,
        };
        let program = Program {
            project,
            worker,
            store: None,
            named_store: None,
            opening: 0,
            reading: 0,
            ready: false,
            submitted: 0,
            done: 0,
            view,
            refresh: true,
        };
        self.programs.insert(path.to_path_buf(), program);
        self.open_store(path);
    }

    /// Has a program evaluated as it is now; or, if its store is not known yet, once that is.
    fn submit(&mut self, path: &Path) {
        if let Some(program) = self.programs.get_mut(path)
            && program.ready
        {
            program.submit(&self.documents);
        }
    }

    /// A document was changed: its program is evaluated again.
    fn changed(&mut self, uri: &Url) {
        if let Some(path) = self.homes.get(uri).cloned() {
            self.submit(&path);
        }
    }

    async fn closed(&mut self, uri: &Url) {
        self.documents.close(uri);
        let Some(path) = self.homes.remove(uri) else { return };
        let pinned = path.parent().is_some_and(|folder| self.folders.contains(folder));
        if !pinned && !self.homes.values().any(|home| *home == path) {
            self.programs.remove(&path);
            self.retract(&path).await;
            self.waiting.retain(|waiting| waiting.program != path);
            return;
        }
        self.submit(&path);
    }

    async fn set(&mut self, settings: Settings) {
        if settings == self.settings {
            return;
        }
        let before = std::mem::replace(&mut self.settings, settings);
        self.watch_env_file(before.env_file.as_deref());
        self.complain_about_settings().await;
        self.reopen().await;
    }

    /// Begins anew with every program: what they are evaluated with may have changed.
    async fn reopen(&mut self) {
        let paths: BTreeSet<PathBuf> =
            self.programs.keys().chain(self.homes.values()).cloned().collect();
        for path in paths {
            let old = self.programs.remove(&path);
            self.ensure(&path).await;
            if let (Some(old), Some(new)) = (old, self.programs.get_mut(&path)) {
                // What was good stays until there is better; who waits for a job waits for one that comes.
                (new.done, new.submitted) = (old.done, old.submitted);
                (new.view.good, new.view.latest) = (old.view.good, old.view.latest);
            }
            if !self.programs.contains_key(&path) {
                self.answer(&path);
            }
        }
    }

    /// The current stage was changed.
    fn restage(&mut self) {
        let paths: Vec<PathBuf> = self.programs.keys().cloned().collect();
        for path in paths {
            if let Some(program) = self.programs.get_mut(&path) {
                let (stage, source) =
                    Program::current(self.chosen.as_ref(), &self.settings, &program.project);
                (program.view.stage, program.view.stage_source) = (stage, source);
                program.refresh = true;
                self.submit(&path);
            }
        }
    }

    async fn watched(&mut self, paths: &[PathBuf]) {
        if paths.iter().any(|path| self.is_setting(path)) {
            return self.reopen().await;
        }
        let programs: Vec<PathBuf> = self.programs.keys().cloned().collect();
        for program in programs {
            let root = self.programs.get(&program).map(|it| it.project.root.clone());
            let Some(root) = root else { continue };
            let store = self.programs.get(&program).and_then(|it| it.store.clone());
            let store = store.and_then(|store| store.store().local_root());
            let in_store = |path: &PathBuf| store.as_ref().is_some_and(|it| path.starts_with(it));
            if paths.iter().any(in_store) {
                self.read_state(&program);
            }
            let open = |path: &PathBuf| {
                self.documents.open.values().any(|document| document.path.as_ref() == Some(path))
            };
            if paths.iter().any(|path| !in_store(path) && path.starts_with(&root) && !open(path)) {
                self.submit(&program);
            }
        }
    }

    /// Whether a program may have other surroundings once this file has changed: one of those that are looked for
    /// beside a program and above, or the environment file of the settings, wherever it is.
    fn is_setting(&self, path: &Path) -> bool {
        let Some(name) = path.file_name() else { return false };
        let env_file = self.settings.env_file.as_ref().and_then(|file| file.file_name());
        let mut programs = self.programs.keys().chain(self.homes.values());
        env_file == Some(name)
            || [".env", "alchemy.toml", "package.json"].iter().any(|it| name == *it)
                && path.parent().is_some_and(|folder| programs.any(|it| it.starts_with(folder)))
    }

    async fn told(&mut self, path: &Path, told: Told) {
        let Some(program) = self.programs.get_mut(path) else { return };
        match told {
            Told::Done(evaluated) => {
                let named = evaluated.named_store.as_ref().filter(|_| self.settings.trusted);
                if evaluated.is_whole() && named != program.named_store.as_ref() {
                    // Its names are those of another store; it is evaluated again with its own.
                    program.named_store = named.cloned();
                    return self.open_store(path);
                }
                program.take(*evaluated);
            }
            Told::Panicked(number, message) => program.panicked(number, &message),
        }
        self.answer(path);
        self.publish(path).await;
    }

    /// Answers those who waited for what is done now.
    fn answer(&mut self, path: &Path) {
        let done = self.programs.get(path).map_or(u64::MAX, |program| program.done);
        let view = self.view();
        let waiting = std::mem::take(&mut self.waiting);
        for one in waiting {
            if one.program == path && one.job <= done {
                let _ = one.reply.send(view.clone());
            } else {
                self.waiting.push(one);
            }
        }
    }

    fn fresh(&mut self, uri: &Url, reply: oneshot::Sender<View>) {
        // Nobody waits for those who gave up.
        self.waiting.retain(|waiting| !waiting.reply.is_closed());
        let program = self.homes.get(uri).and_then(|path| Some((path, self.programs.get(path)?)));
        match program {
            Some((path, program)) if !program.ready || program.done < program.submitted => {
                let job = program.submitted + u64::from(!program.ready);
                self.waiting.push(Waiting { program: path.clone(), job, reply });
            }
            _ => {
                let _ = reply.send(self.view());
            }
        }
    }

    fn view(&self) -> View {
        let programs = self.programs.iter();
        View {
            documents: self.documents.clone(),
            programs: programs
                .map(|(path, program)| (path.clone(), Arc::new(program.view.clone())))
                .collect(),
            homes: self.homes.clone(),
        }
    }
}

/// Does it; whether it came to its end without a panic.
async fn survived(step: impl Future<Output = ()>) -> bool {
    let mut step = pin!(step);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| step.as_mut().poll(context)));
        polled.map_or(Poll::Ready(false), |poll| poll.map(|()| true))
    })
    .await
}
