//! Zips with the same bytes for the same files, whenever and wherever they are made.

use std::io::{Cursor, Write as _};

use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::rolldown_run::BundleError;
use crate::Artifact;

/// One file of the archive: name and contents.
pub(super) type File = (String, Vec<u8>);

/// The files as a zip: given order, 1980-01-01 as every time, mode 0644.
pub(super) fn zip(files: &[File]) -> Result<Artifact, BundleError> {
    let bytes = write(files)
        .map_err(|error| BundleError::Refused(format!("the zip cannot be written: {error}")))?;
    let sha256 = BASE64.encode(&Sha256::digest(&bytes));
    Ok(Artifact { sha256, zip: bytes.into() })
}

fn write(files: &[File]) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents) in files {
        zip.start_file(name, options)?;
        zip.write_all(contents)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_files_same_bytes_other_files_other_bytes() {
        let files = vec![("index.mjs".to_owned(), b"export default 1;".to_vec())];
        let one = zip(&files).unwrap();
        assert_eq!(one, zip(&files).unwrap());
        assert_ne!(
            one.sha256,
            zip(&[("index.mjs".to_owned(), b"export default 2;".to_vec())]).unwrap().sha256
        );
        // Pinned: another compressor or another date would change every deployed function.
        assert_eq!(one.sha256, "AzFaqHF7uwlhCVO3ZoX51rPJ4rcUI0556FFEOnI6+2A=");
        assert_eq!(&one.zip[10..14], &[0, 0, 0x21, 0], "1980-01-01 00:00");
    }
}
