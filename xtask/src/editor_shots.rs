//! VS Code itself (code-server in a headless Chromium) with our extension: a person's session, held to what deploys create,
//! and the pictures of README and docs; a real Neovim's screen as text. On demand: it installs some 350 MB inside the clone.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::emulator::Emulator;
use crate::process::{self, Failure, Result, say};
use crate::scene::Scene;
use crate::{editors, setup};

/// Native modules of VS Code's server that it cannot do without; the others are for desktops.
const NATIVE: &[&str] = &["node-pty", "@vscode/spdlog", "native-watchdog", "@parcel/watcher"];
/// The documents that show Neovim's screen, and what encloses it there.
const DOCUMENTS: [&str; 2] = ["README.md", "docs/editor.md"];
const MARKS: (&str, &str) =
    ("<!-- neovim: made by `cargo xtask editor-shots` -->\n", "<!-- end -->");

/// Makes `docs/images/*.png` and the captures in `README.md` and `docs/editor.md` anew.
pub(crate) fn run() -> Result<()> {
    let tools = setup::run()?;
    process::run(&mut process::cargo(&["build", "--workspace", "--bins", "--quiet"]))?;
    editors::extension()?;
    let chromium = chromium()?;
    let code = process::root().join(".tools/vscode");
    install(&code)?;
    let scene = Scene::new(&tools, "shots", Some("sam"))?;
    let fresh = Scene::new(&tools, "shots-fresh", Some("sam"))?;
    let emulator = Emulator::start(&tools, &scene.folder.join("emulator"))?;
    // A cloud of its own: the other one's objects are another store's, and would be respected.
    let other = Emulator::start(&tools, &fresh.folder.join("emulator"))?;
    let shot = deployed(&scene, &emulator.url())
        .and_then(|()| fresh.alchemy(&other.url(), &["types"]))
        .and_then(|()| vscode(&scene, &emulator.url(), (&fresh, &other.url()), &code, &chromium))
        .and_then(|()| neovim(&scene, &emulator.url()));
    emulator.stop().and(other.stop())?;
    shot
}

/// Some stages are there, one has changed since, one is not.
fn deployed(scene: &Scene, url: &str) -> Result<()> {
    scene.alchemy(url, &["types"])?;
    scene.alchemy(url, &["deploy", "--yes"])?;
    scene.alchemy(url, &["deploy", "--stage", "prod", "--yes"])
}

/// A person's session in the `fresh` project, then pictures of the other one.
fn vscode(
    scene: &Scene,
    url: &str,
    fresh: (&Scene, &str),
    code: &Path,
    chromium: &Path,
) -> Result<()> {
    let root = process::root();
    let images = root.join("docs/images");
    let work = scene.folder.join("vscode");
    fs::create_dir_all(&images)?;
    fs::create_dir_all(&work)?;
    let mut node = process::command("node", &["editors/shots/shoot.mjs"]);
    node.envs(scene.variables(url))
        .env_remove("STAGE")
        .env("TOOLS", code)
        .env("VSIX", root.join("editors/vscode/dist/alchemy.vsix"))
        .env("PROJECT", &scene.project)
        .env("FRESH", &fresh.0.project)
        .env("FRESH_URL", fresh.1)
        .env("BINARY", &scene.binary)
        .env("WORK", work)
        .env("OUT", images)
        .env("CHROMIUM", chromium);
    process::run(&mut node)
}

/// Runs one Neovim inside another one's terminal, and takes the text of that terminal.
fn neovim(scene: &Scene, url: &str) -> Result<()> {
    let root = process::root();
    let nvim = root.join(".tools/nvim/nvim");
    let result = scene.folder.join("neovim.txt");
    let script = format!("luafile {}", root.join("editors/shots/neovim.lua").display());
    let arguments = ["--headless", "-n", "-i", "NONE", "-u", "NONE", "-c", &script];
    let mut command = process::command(&nvim, &arguments);
    command
        .envs(scene.variables(url))
        .env("NVIM", &nvim)
        .env("PLUGIN", root.join("editors/neovim"))
        .env("PROJECT", &scene.project)
        .env("BINARY", &scene.binary)
        .env("RESULT", &result);
    process::run(&mut command)?;
    let screen = fs::read_to_string(&result)?;
    for name in DOCUMENTS {
        let document = fs::read_to_string(root.join(name))?;
        fs::write(root.join(name), replaced(&document, &screen)?)?;
        say(&format!("wrote {name}\n"));
    }
    Ok(())
}

/// The document with the text between the marks replaced.
fn replaced(document: &str, screen: &str) -> Result<String> {
    let (before, rest) =
        document.split_once(MARKS.0).ok_or_else(|| Failure::new("no place for the capture"))?;
    let (_, after) =
        rest.split_once(MARKS.1).ok_or_else(|| Failure::new("no end of the capture"))?;
    let lines: Vec<&str> = screen.trim_end().lines().map(str::trim_end).collect();
    Ok(format!("{before}{}```text\n{}\n```\n{}{after}", MARKS.0, lines.join("\n"), MARKS.1))
}

fn chromium() -> Result<PathBuf> {
    if let Some(set) = std::env::var_os("CHROMIUM") {
        return Ok(set.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut found =
        std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    found.find(|file| file.is_file()).ok_or_else(|| {
        Failure::new(
            "no chromium in PATH: install it (Debian: `apt-get install chromium`) or say $CHROMIUM",
        )
    })
}

/// VS Code as `code-server` has it. Its own installer would download more; what is wanted comes from npm alone.
fn install(folder: &Path) -> Result<()> {
    let from = process::root().join("editors/shots");
    let wanted = fs::read_to_string(from.join("package-lock.json"))?;
    let stamp = folder.join("installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder)?;
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        fs::copy(from.join(file), folder.join(file))?;
    }
    let npm = |folder: &Path, arguments: &[&str]| {
        let quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
        process::run(process::command("npm", arguments).args(quiet).current_dir(folder))
    };
    npm(folder, &["ci"])?;
    npm(folder, &["rebuild", "argon2", "--ignore-scripts=false"])?;
    let code = folder.join("node_modules/code-server/lib/vscode");
    let packages = ["install", "--omit=dev", "--ignore-scripts", "--legacy-peer-deps"];
    npm(&code, &packages)?;
    npm(&code.join("extensions"), &packages)?;
    for module in NATIVE {
        // What counts is that it loads: a script that one runs after it was built wants a tool that is not there.
        let built = npm(&code, &["rebuild", module, "--ignore-scripts=false"]);
        let load = format!("require({module:?})");
        process::run(process::command("node", &["-e", &load]).current_dir(&code)).or(built)?;
    }
    symlink("node_modules", code.join("node_modules.asar"))?;
    symlink("code-linux.sh", code.join("bin/remote-cli/code-server"))?;
    symlink("browser-linux.sh", code.join("bin/helpers/browser.sh"))?;
    Ok(fs::write(stamp, wanted)?)
}
