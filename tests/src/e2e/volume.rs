//! A small disk of its own for a folder: it can be full, and it can be read-only.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The least that a file takes away from the disk.
const PAGE: usize = 4096;

/// What takes the room.
const BALLAST: &str = "ballast";

/// A mounted disk; taken away when dropped.
#[derive(Debug)]
pub struct Volume {
    at: PathBuf,
}

impl Volume {
    /// A disk of `kib` KiB at `folder`, which is made; none where this user may not mount.
    pub fn mount(folder: &Path, kib: usize) -> Option<Self> {
        fs::create_dir_all(folder).expect("the folder");
        let options = format!("size={kib}k");
        let mounted = mount(&["-t", "tmpfs", "-o", &options, "alchemy-test"], folder);
        mounted.then(|| Self { at: folder.to_owned() })
    }

    /// Makes it larger or smaller.
    pub fn resize(&self, kib: usize) {
        assert!(mount(&["-o", &format!("remount,size={kib}k")], &self.at), "remount");
    }

    /// Lets nobody write any more, or everybody again.
    pub fn read_only(&self, read_only: bool) {
        let way = if read_only { "remount,ro" } else { "remount,rw" };
        assert!(mount(&["-o", way], &self.at), "{way}");
    }

    /// Takes all room but for `pages` small files.
    pub fn fill(&self, pages: usize) {
        let path = self.at.join(BALLAST);
        let mut ballast = fs::File::create(&path).expect("ballast");
        let mut written = 0;
        while ballast.write_all(&[0; PAGE]).is_ok() {
            written += PAGE;
        }
        let kept = written.saturating_sub(pages * PAGE);
        ballast.set_len(u64::try_from(kept).expect("small")).expect("less ballast");
    }

    /// Gives the room back.
    pub fn empty(&self) {
        fs::remove_file(self.at.join(BALLAST)).expect("the ballast");
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.at).status();
    }
}

fn mount(options: &[&str], at: &Path) -> bool {
    let done = Command::new("mount").args(options).arg(at).output();
    done.is_ok_and(|done| done.status.success())
}
