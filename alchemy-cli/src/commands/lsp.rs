//! `alchemy lsp`: an editor's server over standard input and output.

mod frame;
mod host;

use std::io::Write as _;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::runtime::Handle;

use frame::Frame;
use host::EditorHost;

use crate::crash;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::Surroundings;
use crate::ui::Ui;

/// Bytes on their way between the process's streams and the server.
const BUFFER: usize = 64 * 1024;

/// Serves until the editor says goodbye or hangs up. Without a `shutdown` before, that is an error, as the protocol has it.
pub(crate) fn run(around: &Surroundings, ui: &Ui) -> Result<Exit, Failure> {
    crash::announced(ui);
    let host = Arc::new(EditorHost::new(around.clone()));
    block_on(async {
        let (input, from_editor) = duplex(BUFFER);
        let (output, to_editor) = duplex(BUFFER);
        let runtime = Handle::current();
        std::thread::spawn({
            let runtime = runtime.clone();
            move || read_editor(&runtime, from_editor)
        });
        let writer = std::thread::spawn(move || write_editor(&runtime, to_editor));
        let shut_down = alchemy_lsp::serve(input, output, host).await;
        // The server has dropped its end: what is left is written, then the thread ends.
        tokio::task::spawn_blocking(move || writer.join().is_ok()).await.ok();
        Ok(if shut_down { Exit::Done } else { Exit::Refused })
    })
}

/// Passes standard input on until it ends or the editor says `exit`. A thread of its own, because a read from a terminal cannot be cancelled.
fn read_editor(runtime: &Handle, mut server: DuplexStream) {
    let mut input = std::io::stdin().lock();
    while let Ok(Some(frame)) = Frame::read(&mut input) {
        if runtime.block_on(server.write_all(&frame.bytes())).is_err() || frame.is_exit() {
            return;
        }
    }
}

/// Passes what the server says on to standard output.
fn write_editor(runtime: &Handle, mut server: DuplexStream) {
    let mut buffer = vec![0; BUFFER];
    let mut output = std::io::stdout().lock();
    while let Ok(length @ 1..) = runtime.block_on(server.read(&mut buffer)) {
        if output.write_all(&buffer[..length]).and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}
