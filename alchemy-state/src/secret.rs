//! The key under which redacted values are digested: one a user, outside every state folder.

use std::io;
use std::path::Path;

use crate::StateError;
use crate::files::{Disk, Files};

const KEY: &str = "secret.key";

/// The key in `<home>/secret.key`, made of 256 random bits by the first call. Of two first calls at once both get the
/// key that stays. Refuses a file that is not a key: with another key every secret would seem changed.
///
/// Blocks while it reads or writes the file. `home` is `$ALCHEMY_HOME` or `~/.alchemy`; the file is readable by its
/// owner only.
pub fn secret_key(home: &Path) -> Result<[u8; 32], StateError> {
    let home = std::path::absolute(home).map_err(|source| StateError::Io {
        action: "read",
        file: home.display().to_string(),
        source,
    })?;
    let disk = Disk::new(home, None);
    let io_error = |action| {
        let file = disk.label(KEY);
        move |source| StateError::Io { action, file, source }
    };
    let read = || disk.read(KEY).map_err(io_error("read"));
    if let Some(bytes) = read()? {
        return parse(&bytes, disk.label(KEY));
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|error| io_error("create")(io::Error::other(error.to_string())))?;
    let text = format!("{}\n", data_encoding::HEXLOWER.encode(&key));
    if disk.create(KEY, text.as_bytes()).map_err(io_error("create"))? {
        return Ok(key);
    }
    match read()? {
        Some(bytes) => parse(&bytes, disk.label(KEY)),
        None => Err(io_error("create")(io::Error::other("it comes and goes"))),
    }
}

fn parse(bytes: &[u8], file: String) -> Result<[u8; 32], StateError> {
    let digits = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let key =
        data_encoding::HEXLOWER_PERMISSIVE.decode(digits).ok().and_then(|key| key.try_into().ok());
    key.ok_or_else(|| StateError::Corrupt {
        file,
        reason: "it is not a key of 64 hexadecimal digits; restore it, or remove it to get a new one (every secret \
                 then shows as changed once)"
            .to_owned(),
    })
}
