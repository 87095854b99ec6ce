//! A machine: heap, globals, the modules of one program; runs them and later their closures.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::{
    CatchResultExt as _, CaughtError, Context, Ctx, Error, Function, Module, Object, Persistent,
    Runtime, Value, WriteOptions,
};

use super::asked::Asked;
use super::host;
use super::thrown::{ScriptError, Thrown};
use crate::embedded::Embedded;
use crate::limits;
use crate::source::files::Files;
use crate::source::walk::{Code, ModuleGraph};

/// What scripts may see.
#[derive(Debug)]
pub(crate) struct Inputs {
    /// `Date.now`.
    pub(crate) now_ms: u64,
    /// Of `Math.random`.
    pub(crate) seed: u32,
    /// The stage.
    pub(crate) stage: String,
    /// `process.env`.
    pub(crate) environment: BTreeMap<String, String>,
    /// Files that may be read.
    pub(crate) files: Arc<Files>,
}

/// What a script may reach now: [`Machine::exchange`] replaces it.
pub(crate) type Door = Rc<RefCell<Arc<Files>>>;

/// Bytecode of modules, by id, as they are compiled.
type Written = Rc<RefCell<BTreeMap<String, Vec<u8>>>>;

/// A heap with a program in it.
pub(crate) struct Machine {
    // Fields are dropped in this order; the heap must be the last to go.
    driver: Option<Persistent<Object<'static>>>,
    host: Persistent<Object<'static>>,
    context: Context,
    runtime: Runtime,
    fuel: Rc<Cell<u64>>,
    written: Written,
    door: Door,
    // The engine may use bytecode in place: it must outlive the heap.
    modules: Modules,
}

impl Machine {
    /// A heap with the globals, the driver and what that one imports and, ready to be imported, the other modules.
    pub(crate) fn new(
        inputs: &Inputs,
        modules: &Arc<ModuleGraph>,
        record: bool,
    ) -> Result<Self, ScriptError> {
        let engine = |error: Error| ScriptError::Engine(error.to_string());
        let runtime = Runtime::new().map_err(engine)?;
        runtime.set_memory_limit(limits::HEAP_BYTES);
        runtime.set_gc_threshold(limits::GARBAGE_BYTES);
        runtime.set_max_stack_size(limits::SCRIPT_STACK_BYTES);
        let fuel = Rc::new(Cell::new(limits::EVALUATION_FUEL));
        let left = Rc::clone(&fuel);
        runtime.set_interrupt_handler(Some(Box::new(move || {
            left.set(left.get().saturating_sub(1));
            left.get() == 0
        })));
        let written = Written::default();
        let modules = Modules {
            graph: Rc::new(RefCell::new(Arc::clone(modules))),
            written: record.then(|| Rc::clone(&written)),
        };
        runtime.set_loader(modules.clone(), modules.clone());
        let context = Context::full(&runtime).map_err(engine)?;
        let door: Door = Rc::new(RefCell::new(Arc::clone(&inputs.files)));
        let host = context.with(|ctx| {
            let host = host::object(&ctx, inputs, &door)
                .catch(&ctx)
                .map_err(|error| script_error(&error, 1))?;
            Ok::<_, ScriptError>(Persistent::save(&ctx, host))
        })?;
        let mut machine =
            Self { driver: None, host, context, runtime, fuel, written, door, modules };
        for id in Embedded::ROOTS.iter().filter(|id| id.starts_with("alchemy:globals/")) {
            machine.install(id)?;
        }
        machine.driver = Some(machine.import("alchemy:driver")?);
        Ok(machine)
    }

    /// Puts another version of the program in place, before it is evaluated: `modules` and the files that it may read. All
    /// but the project's own modules must be the same, see [`ModuleGraph::has_packages_of`].
    pub(crate) fn exchange(&self, modules: Arc<ModuleGraph>, files: Arc<Files>) {
        self.modules.graph.replace(modules);
        self.door.replace(files);
    }

    /// Bytecode of the modules that were compiled, by id, if it was to be recorded.
    pub(crate) fn written(&self) -> BTreeMap<String, Vec<u8>> {
        self.written.take()
    }

    /// Lets a module of ours complete the global object.
    fn install(&self, id: &str) -> Result<(), ScriptError> {
        let module = self.import(id)?;
        self.context.with(|ctx| {
            let call = || -> rquickjs::Result<()> {
                let function: Function<'_> = module.restore(&ctx)?.get("default")?;
                function.call((self.host.clone().restore(&ctx)?,))
            };
            call().catch(&ctx).map_err(|error| self.script_error(&error))
        })
    }

    /// Where the program last yielded, awaited or began a loop: number of its file, byte offset.
    pub(crate) fn mark(&self) -> Option<(u32, u32)> {
        self.fuel.set(limits::CLOSURE_FUEL);
        // A program that used up its memory leaves none for this call.
        self.runtime.set_memory_limit(limits::HEAP_BYTES + limits::HEAP_RESERVE_BYTES);
        let mark: Option<Vec<u32>> = self.host_call("mark").ok()?;
        let mark = mark?;
        Some((*mark.first()?, *mark.get(1)?))
    }

    /// What the program and its closures have asked about the stage so far.
    pub(crate) fn asked(&self) -> Asked {
        match self.host_call::<Option<Vec<String>>>("asked") {
            Ok(Some(texts)) => Asked::Texts(texts.into_iter().collect()),
            // What cannot be told may have been anything.
            Ok(None) | Err(_) => Asked::Everything,
        }
    }

    /// Runs the program `entry`; gives what its driver reports, as JSON, or what is wrong with its export.
    pub(crate) fn evaluate(&mut self, entry: &str) -> Result<Result<String, String>, ScriptError> {
        self.fuel.set(limits::EVALUATION_FUEL);
        let program = self.import(entry)?;
        let wrong = self.driver_call("start", &(program,))?;
        if let Some(wrong) = wrong {
            return Ok(Err(wrong));
        }
        self.settle(|machine| Ok(machine.driver_call::<_, bool>("ended", &())?.then_some(())))?;
        self.report().map(Ok)
    }

    /// What was declared so far.
    pub(crate) fn report(&mut self) -> Result<String, ScriptError> {
        self.driver_call("report", &())
    }

    /// Calls a closure with a JSON value; gives the node of its result, as JSON.
    pub(crate) fn call(&mut self, closure: u32, input: &str) -> Result<String, ScriptError> {
        self.fuel.set(limits::CLOSURE_FUEL);
        self.driver_call("call", &(closure, input))
    }

    fn driver_call<A, R>(&self, name: &str, args: &A) -> Result<R, ScriptError>
    where
        A: for<'js> IntoCall<'js>,
        R: for<'js> rquickjs::FromJs<'js>,
    {
        let driver = self
            .driver
            .clone()
            .ok_or_else(|| ScriptError::Engine("no program is loaded".to_owned()))?;
        self.context.with(|ctx| {
            let call = || -> rquickjs::Result<R> {
                let function: Function<'_> = driver.restore(&ctx)?.get(name)?;
                args.call(&ctx, &function)?.get()
            };
            call().catch(&ctx).map_err(|error| self.script_error(&error))
        })
    }

    /// Imports a module and runs until it is evaluated.
    fn import(&self, id: &str) -> Result<Persistent<Object<'static>>, ScriptError> {
        let promise = self.context.with(|ctx| {
            let promise =
                Module::import(&ctx, id).catch(&ctx).map_err(|error| self.script_error(&error))?;
            Ok::<_, ScriptError>(Persistent::save(&ctx, promise))
        })?;
        self.settle(|machine| {
            machine.context.with(|ctx| {
                let restored = promise
                    .clone()
                    .restore(&ctx)
                    .catch(&ctx)
                    .map_err(|e| machine.script_error(&e))?;
                match restored.result::<Object<'_>>() {
                    None => Ok(None),
                    Some(result) => {
                        let module =
                            result.catch(&ctx).map_err(|error| machine.script_error(&error))?;
                        Ok(Some(Persistent::save(&ctx, module)))
                    }
                }
            })
        })
    }

    /// Runs jobs, then timers without a delay, until `done` answers.
    fn settle<T>(
        &self,
        done: impl Fn(&Self) -> Result<Option<T>, ScriptError>,
    ) -> Result<T, ScriptError> {
        for _ in 0..limits::TURNS {
            self.run_jobs()?;
            if let Some(answer) = done(self)? {
                return Ok(answer);
            }
            if !self.host_call::<bool>("turn")? {
                return Err(match self.host_call::<Option<String>>("waiting")? {
                    Some(timer) => waiting(&timer),
                    None => ScriptError::Stuck,
                });
            }
        }
        Err(ScriptError::OutOfFuel(None))
    }

    fn run_jobs(&self) -> Result<(), ScriptError> {
        loop {
            match self.runtime.execute_pending_job() {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(failed) => {
                    let thrown = failed.0.with(|ctx| value_thrown(&ctx, ctx.catch()));
                    return Err(self.classify(thrown));
                }
            }
        }
    }

    fn host_call<R: for<'js> rquickjs::FromJs<'js>>(&self, name: &str) -> Result<R, ScriptError> {
        self.context.with(|ctx| {
            let call = || -> rquickjs::Result<R> {
                let function: Function<'_> = self.host.clone().restore(&ctx)?.get(name)?;
                function.call(())
            };
            call().catch(&ctx).map_err(|error| self.script_error(&error))
        })
    }

    fn script_error(&self, error: &CaughtError<'_>) -> ScriptError {
        match script_error(error, self.fuel.get()) {
            ScriptError::Thrown(thrown) => self.classify(*thrown),
            other => other,
        }
    }

    fn classify(&self, thrown: Thrown) -> ScriptError {
        classify(thrown, self.fuel.get())
    }
}

/// Arguments of a call into the driver.
pub(crate) trait IntoCall<'js> {
    /// Calls `function` with them.
    fn call(&self, ctx: &Ctx<'js>, function: &Function<'js>) -> rquickjs::Result<Value<'js>>;
}

impl<'js> IntoCall<'js> for () {
    fn call(&self, _: &Ctx<'js>, function: &Function<'js>) -> rquickjs::Result<Value<'js>> {
        function.call(())
    }
}

impl<'js> IntoCall<'js> for (Persistent<Object<'static>>,) {
    fn call(&self, ctx: &Ctx<'js>, function: &Function<'js>) -> rquickjs::Result<Value<'js>> {
        function.call((self.0.clone().restore(ctx)?,))
    }
}

impl<'js> IntoCall<'js> for (u32, &str) {
    fn call(&self, _: &Ctx<'js>, function: &Function<'js>) -> rquickjs::Result<Value<'js>> {
        function.call(*self)
    }
}

fn script_error(error: &CaughtError<'_>, fuel: u64) -> ScriptError {
    match error {
        CaughtError::Exception(exception) => {
            let object = exception.as_object();
            classify(value_thrown(object.ctx(), object.clone().into_value()), fuel)
        }
        CaughtError::Value(value) => classify(value_thrown(value.ctx(), value.clone()), fuel),
        CaughtError::Error(error) => ScriptError::Engine(error.to_string()),
    }
}

/// Which limit of the engine an exception stands for, if it does; `fuel` is what is left.
pub(crate) fn classify(thrown: Thrown, fuel: u64) -> ScriptError {
    if fuel == 0 {
        return ScriptError::OutOfFuel(thrown.stack);
    }
    match (thrown.name.as_str(), thrown.message.as_str()) {
        ("InternalError", "out of memory") => ScriptError::OutOfMemory(thrown.stack),
        ("RangeError" | "InternalError", message)
            if message.contains("call stack size") || message == "stack overflow" =>
        {
            ScriptError::TooDeep(thrown.stack)
        }
        ("", "null" | "") => ScriptError::OutOfMemory(None),
        _ => ScriptError::Thrown(Box::new(thrown)),
    }
}

fn value_thrown<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> Thrown {
    let Some(object) = value.as_object() else {
        let message = match value.as_string() {
            Some(text) => text.to_string().unwrap_or_default(),
            None => ctx
                .json_stringify(value)
                .ok()
                .flatten()
                .and_then(|s| s.to_string().ok())
                .unwrap_or_default(),
        };
        return Thrown { message, ..Thrown::default() };
    };
    let text = |name: &str| object.get::<_, Option<String>>(name).ok().flatten();
    let tag = text("_tag");
    // A getter that throws leaves its exception behind.
    ctx.catch();
    Thrown {
        kind: String::new(),
        name: tag.or_else(|| text("name")).unwrap_or_else(|| "Error".to_owned()),
        message: text("message").unwrap_or_default(),
        stack: text("stack"),
        code: text("code"),
        help: object.get::<_, Option<Vec<String>>>("help").ok().flatten().unwrap_or_default(),
    }
}

fn waiting(timer: &str) -> ScriptError {
    #[derive(serde::Deserialize)]
    struct Timer {
        what: String,
        delay: f64,
        stack: String,
    }
    match serde_json::from_str(timer) {
        Ok(Timer { what, delay, stack }) => ScriptError::Waiting { what, delay, stack },
        Err(error) => ScriptError::Engine(error.to_string()),
    }
}

/// The graph as the engine's resolver and loader.
#[derive(Clone)]
struct Modules {
    graph: Rc<RefCell<Arc<ModuleGraph>>>,
    written: Option<Written>,
}

impl Modules {
    fn graph(&self) -> Arc<ModuleGraph> {
        Arc::clone(&self.graph.borrow())
    }

    fn declare<'js>(&self, ctx: &Ctx<'js>, id: &str, code: &Code) -> rquickjs::Result<Module<'js>> {
        match code {
            Code::Text(text) => {
                let declared = Module::declare(ctx.clone(), id, text.as_bytes())?;
                if let Some(written) =
                    self.written.as_ref().filter(|_| self.graph().keep.contains_key(id))
                {
                    let options = WriteOptions { strip_source: true, ..WriteOptions::default() };
                    written.borrow_mut().insert(id.to_owned(), declared.write(options)?);
                }
                Ok(declared)
            }
            #[expect(unsafe_code, reason = "the engine offers no other way to load what it wrote")]
            Code::Bytecode(code) => {
                if let Some(written) = &self.written {
                    written.borrow_mut().insert(id.to_owned(), code.as_slice().to_vec());
                }
                // SAFETY: the bytes carry a sum under this machine's own key, over a version of the engine and of the
                // format: this engine wrote them. They live as long as the graph in `Machine::modules`, which goes after the heap, and which only
                // `exchange` replaces, by one that holds the very same bytes; and as the graph that the thread began with.
                unsafe { Module::load(ctx.clone(), code.as_slice()) }
            }
        }
    }
}

impl Resolver for Modules {
    fn resolve<'js>(
        &mut self,
        _: &Ctx<'js>,
        base: &str,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        match self.graph().modules.get(base) {
            Some(module) => match module.imports.get(name) {
                Some(id) => Ok(id.clone()),
                None => {
                    Err(Error::new_resolving_message(base, name, crate::failure::COMPUTED_IMPORT))
                }
            },
            None => Ok(name.to_owned()),
        }
    }
}

impl Loader for Modules {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js>> {
        let graph = self.graph();
        let module = graph.modules.get(name).ok_or_else(|| Error::new_loading(name))?;
        let declared = self.declare(ctx, name, &module.code)?;
        if let Some(path) = &module.path {
            let meta = declared.meta()?;
            meta.set("filename", path.to_string_lossy().as_ref())?;
            meta.set(
                "dirname",
                path.parent().unwrap_or(Path::new("/")).to_string_lossy().as_ref(),
            )?;
            meta.set("main", name == graph.entry)?;
            if let Ok(url) = url::Url::from_file_path(path) {
                meta.set("url", url.as_str())?;
            }
        }
        Ok(declared)
    }
}
