//! What people see: streams, colours, texts. Human text goes to standard error, data to standard output.

#[cfg(test)]
mod captured;
mod diagnostic_view;
mod objects_view;
mod plan_view;
mod prompt;
mod recovery_view;
mod state_diff_view;
mod style;
mod table;
mod text;
mod value_view;

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard};

use alchemy_core::Diagnostic;

use crate::args::{ColorChoice, OutputArgs};
use crate::failure::{Failure, Sources};
use crate::settings::Surroundings;
use crate::wire;

#[cfg(test)]
pub(crate) use captured::Captured;
pub(crate) use objects_view::objects;
pub(crate) use plan_view::{PUBLIC_URL, PlanHeader, opened_urls, plan_text};
pub(crate) use recovery_view::recovery_text;
pub(crate) use state_diff_view::state_diff_text;
pub(crate) use style::{Paint, Role};
pub(crate) use table::table;
pub(crate) use text::{ago, excerpt, nearest, plural, printable};
pub(crate) use value_view::value_text;

/// A stream that several threads may write to.
type Stream = Arc<Mutex<Box<dyn Write + Send>>>;

/// The two streams of the process, or their stand-ins in tests.
#[derive(Clone)]
pub struct Streams {
    out: Stream,
    err: Stream,
}

impl std::fmt::Debug for Streams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Streams")
    }
}

impl Streams {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self::new(Box::new(std::io::stdout()), Box::new(std::io::stderr()))
    }
    /// These.
    pub fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        Self { out: Arc::new(Mutex::new(out)), err: Arc::new(Mutex::new(err)) }
    }
    /// Prints `text` as it stands, before there is a [`Ui`].
    pub(crate) fn print(&self, text: &str, to_err: bool) {
        let mut stream = lock(if to_err { &self.err } else { &self.out });
        stream.write_all(text.as_bytes()).and_then(|()| stream.flush()).ok();
    }
}

/// Everything a command prints goes through this.
#[derive(Clone, Debug)]
pub(crate) struct Ui {
    streams: Streams,
    /// Whether data is printed as JSON, one object a line.
    pub(crate) json: bool,
    /// Colours of standard error.
    pub(crate) paint: Paint,
    /// Colours of standard output.
    pub(crate) data_paint: Paint,
    /// Whether a question can be asked.
    pub(crate) interactive: bool,
    /// Whether standard error is a terminal that can redraw lines.
    pub(crate) live: bool,
    /// Columns of standard error, if it is a terminal.
    pub(crate) width: Option<usize>,
}

impl Ui {
    /// As `output` and the surroundings say.
    pub(crate) fn new(streams: Streams, output: &OutputArgs, around: &Surroundings) -> Self {
        let dumb = around.variable("TERM") == Some("dumb");
        let colours = |terminal: bool| match output.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !dumb && around.variable("NO_COLOR").is_none(),
        };
        Self {
            streams,
            json: output.json,
            paint: Paint::new(colours(around.stderr_terminal)),
            data_paint: Paint::new(colours(around.stdout_terminal)),
            interactive: around.stdin_terminal && around.stderr_terminal,
            live: around.stderr_terminal && !output.json && !dumb,
            width: around.stderr_width.filter(|_| around.stderr_terminal),
        }
    }

    /// Human text, with a line end. A reader that has gone away is no error.
    pub(crate) fn say(&self, text: &str) {
        writeln!(lock(&self.streams.err), "{text}").ok();
    }
    /// Human text that is left out when data is printed as JSON.
    pub(crate) fn say_human(&self, text: &str) {
        if !self.json {
            self.say(text);
        }
    }
    /// Data, with a line end.
    pub(crate) fn data(&self, text: &str) {
        let mut out = lock(&self.streams.out);
        writeln!(out, "{text}").and_then(|()| out.flush()).ok();
    }
    /// Data as it stands.
    pub(crate) fn raw_data(&self, bytes: &[u8]) {
        let mut out = lock(&self.streams.out);
        out.write_all(bytes).and_then(|()| out.flush()).ok();
    }
    /// One JSON event, if they are asked for.
    pub(crate) fn event(&self, event: &wire::EventBody<'_>) {
        if self.json {
            self.data(&wire::line(event));
        }
    }
    /// Diagnostics: for people always, as events if asked for.
    pub(crate) fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        for diagnostic in diagnostics {
            self.event(&wire::diagnostic(diagnostic));
            self.say(&diagnostic_view::render(diagnostic, sources, self.paint));
        }
    }
    /// A failure's diagnostics.
    pub(crate) fn failure(&self, failure: &Failure) {
        self.diagnostics(&failure.diagnostics, &failure.sources);
    }
    /// Asks for yes or no; no answer is no. Call only if `interactive`.
    pub(crate) async fn asked(&self, question: &str) -> Result<bool, Failure> {
        let (ui, question) = (self.clone(), question.to_owned());
        let answer = tokio::task::spawn_blocking(move || ui.confirm(&question)).await;
        Ok(answer.unwrap_or(false))
    }
    fn confirm(&self, question: &str) -> bool {
        write!(lock(&self.streams.err), "{} [y/N] ", self.paint.text(Role::Strong, question)).ok();
        lock(&self.streams.err).flush().ok();
        prompt::yes(&mut std::io::stdin().lock())
    }
}

fn lock(stream: &Stream) -> MutexGuard<'_, Box<dyn Write + Send>> {
    stream.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
