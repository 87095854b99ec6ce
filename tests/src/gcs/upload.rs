//! Uploads in parts. <https://cloud.google.com/storage/docs/multipart-uploads>

use std::collections::BTreeMap;

use bytes::Bytes;

use super::answer::{Answer, document, empty, refused};
use super::asked::Asked;
use super::objects::{World, tag};
use super::operations::{described, kept_headers};
use super::xml::{element, elements, unescaped};

/// Every part but the last has at least so many bytes.
const SMALLEST_PART: usize = 5 * 1024 * 1024;

/// Parts are numbered from 1 up to this.
const MOST_PARTS: usize = 10_000;

/// An upload under way.
#[derive(Debug)]
pub(super) struct Upload {
    bucket: String,
    key: String,
    headers: Vec<(String, String)>,
    parts: BTreeMap<usize, Bytes>,
}

/// `POST key?uploads`
pub(super) fn begin(world: &mut World, asked: &Asked) -> Result<Answer, Answer> {
    world.bucket(&asked.bucket)?;
    let id = format!("upload-{}", world.uploads.len());
    let upload = Upload {
        bucket: asked.bucket.clone(),
        key: asked.key.clone(),
        headers: kept_headers(asked),
        parts: BTreeMap::new(),
    };
    let text = [("Bucket", &asked.bucket), ("Key", &asked.key), ("UploadId", &id)]
        .map(|(name, text)| element(name, text))
        .concat();
    world.uploads.insert(id, upload);
    Ok(document(format!("<InitiateMultipartUploadResult>{text}</InitiateMultipartUploadResult>")))
}

/// `PUT key?partNumber=&uploadId=`
pub(super) fn put_part(world: &mut World, asked: &Asked) -> Result<Answer, Answer> {
    let number = asked.parameter("partNumber").and_then(|number| number.parse().ok());
    let number = number.filter(|number| (1..=MOST_PARTS).contains(number));
    let number =
        number.ok_or_else(|| refused(400, "InvalidArgument", "a part's number is 1 to 10000"))?;
    let upload = under_way(world, asked)?;
    upload.parts.insert(number, asked.body.clone());
    Ok(empty(200).header("etag", &tag(&asked.body)))
}

/// `POST key?uploadId=`
pub(super) fn complete(world: &mut World, asked: &Asked) -> Result<Answer, Answer> {
    let upload = under_way(world, asked)?;
    let bytes = joined(upload, &asked.text())?;
    let headers = upload.headers.clone();
    world.uploads.remove(asked.parameter("uploadId").unwrap_or_default());
    let object = world.put(&asked.bucket, &asked.key, bytes, headers)?;
    let text =
        [("Bucket", &asked.bucket), ("Key", &asked.key)].map(|(name, text)| element(name, text));
    let tag = element("ETag", &object.tag());
    let text = format!("{}{tag}", text.concat());
    let done = format!("<CompleteMultipartUploadResult>{text}</CompleteMultipartUploadResult>");
    Ok(described(document(done), &object))
}

/// `DELETE key?uploadId=`
pub(super) fn abort(world: &mut World, asked: &Asked) -> Result<Answer, Answer> {
    under_way(world, asked)?;
    world.uploads.remove(asked.parameter("uploadId").unwrap_or_default());
    Ok(empty(204))
}

fn under_way<'a>(world: &'a mut World, asked: &Asked) -> Result<&'a mut Upload, Answer> {
    world.bucket(&asked.bucket)?;
    let id = asked.parameter("uploadId").unwrap_or_default();
    let upload = world.uploads.get_mut(id);
    upload
        .filter(|upload| upload.bucket == asked.bucket && upload.key == asked.key)
        .ok_or_else(|| refused(404, "NoSuchUpload", "The requested upload was not found."))
}

/// The parts that a list names, one after the other.
fn joined(upload: &Upload, list: &str) -> Result<Bytes, Answer> {
    let malformed = || {
        refused(400, "MalformedCompleteMultipartUploadRequest", "the list of parts is no such list")
    };
    let invalid = |why| refused(400, "InvalidPart", why);
    if !list.contains("<CompleteMultipartUpload>") {
        return Err(malformed());
    }
    let parts = elements(list, "Part");
    let mut bytes = Vec::new();
    let mut last = 0;
    for (place, part) in parts.iter().enumerate() {
        let (numbers, tags) = (elements(part, "PartNumber"), elements(part, "ETag"));
        let ([number], [named]) = (numbers.as_slice(), tags.as_slice()) else {
            return Err(malformed());
        };
        let number = number.parse().map_err(|_| malformed())?;
        if number <= last {
            return Err(refused(400, "InvalidPartOrder", "parts are listed in order"));
        }
        last = number;
        let part = upload.parts.get(&number).ok_or_else(|| invalid("a part was not uploaded"))?;
        if unescaped(named) != tag(part) {
            return Err(invalid("a part is another one than was uploaded"));
        }
        if part.len() < SMALLEST_PART && place + 1 < parts.len() {
            return Err(refused(400, "EntityTooSmall", "a part but the last has 5 MiB or more"));
        }
        bytes.extend_from_slice(part);
    }
    if parts.is_empty() { Err(malformed()) } else { Ok(bytes.into()) }
}
