//! Node's own modules: which there are, and which of them do something here.

/// Modules of Node that a program may import, without `node:`. Source: Node.js documentation, "Built-in modules".
const NAMES: &[&str] = &[
    "assert",
    "assert/strict",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "dns/promises",
    "domain",
    "events",
    "fs",
    "fs/promises",
    "http",
    "http2",
    "https",
    "inspector",
    "inspector/promises",
    "module",
    "net",
    "os",
    "path",
    "path/posix",
    "path/win32",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "readline/promises",
    "repl",
    "sea",
    "sqlite",
    "stream",
    "stream/consumers",
    "stream/promises",
    "stream/web",
    "string_decoder",
    "sys",
    "test",
    "timers",
    "timers/promises",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "util/types",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

/// The module's name without `node:`, if it is one of Node's.
pub(crate) fn node_module(specifier: &str) -> Option<&str> {
    let name = specifier.strip_prefix("node:").unwrap_or(specifier);
    NAMES.contains(&name).then_some(name)
}

/// Source of the part of a Node module that works while planning; the rest of it refuses by name.
pub(crate) fn node_source(name: &str) -> Option<&'static str> {
    Some(match name {
        "assert" | "assert/strict" => include_str!("../../js/node/assert.js"),
        "buffer" => include_str!("../../js/node/buffer.js"),
        "crypto" => include_str!("../../js/node/crypto.js"),
        "events" => include_str!("../../js/node/events.js"),
        "fs" => include_str!("../../js/node/fs.js"),
        "fs/promises" => include_str!("../../js/node/fs_promises.js"),
        "os" => include_str!("../../js/node/os.js"),
        "path" | "path/posix" => include_str!("../../js/node/path.js"),
        "process" => include_str!("../../js/node/process.js"),
        "url" => include_str!("../../js/node/url.js"),
        "util" => include_str!("../../js/node/util.js"),
        _ => return None,
    })
}

/// Packages that never load here: clients of clouds, of no use while planning and tens of megabytes each.
pub(crate) fn is_inert_package(name: &str) -> bool {
    name.starts_with("@aws-sdk/")
        || name.starts_with("@smithy/")
        || name == "aws-sdk"
        || name.starts_with("@google-cloud/")
}
