//! Links the binary at a fixed address on Linux. There are a hundred thousand pointers in its tables; moved to another
//! address, each page of them is a page fault before `main`: most of the time that `alchemy --version` takes.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    // musl's binaries are linked in a way of their own.
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
