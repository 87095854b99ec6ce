//! Listing a bucket, page by page. <https://cloud.google.com/storage/docs/xml-api/get-bucket-list>

use std::fmt::Write as _;

use super::answer::{Answer, document, refused};
use super::asked::Asked;
use super::objects::{Object, World};
use super::xml::element;

/// How much a page holds at most.
const LARGEST_PAGE: usize = 1000;

/// What our tokens begin with.
const TOKEN: &str = "after:";

/// `GET bucket?list-type=2`
pub(super) fn list(world: &World, asked: &Asked) -> Result<Answer, Answer> {
    let bucket = world.bucket(&asked.bucket)?;
    if asked.parameter("list-type") != Some("2") {
        return Err(refused(400, "InvalidArgument", "list-type is 2"));
    }
    let prefix = asked.parameter("prefix").unwrap_or_default();
    let delimiter = asked.parameter("delimiter").filter(|text| !text.is_empty());
    let most = match asked.parameter("max-keys").map(str::parse::<usize>) {
        None => LARGEST_PAGE,
        Some(Ok(most)) => most.min(LARGEST_PAGE),
        Some(Err(_)) => return Err(refused(400, "InvalidArgument", "max-keys is a number")),
    };
    let after = match asked.parameter("continuation-token") {
        Some(token) => Some(
            token
                .strip_prefix(TOKEN)
                .ok_or_else(|| refused(400, "InvalidArgument", "the token is none of ours"))?,
        ),
        None => asked.parameter("start-after"),
    };
    let mut page = Page::default();
    for (key, object) in bucket.objects.range(prefix.to_owned()..) {
        let Some(rest) = key.strip_prefix(prefix) else { break };
        let folder = delimiter
            .and_then(|mark| rest.find(mark).map(|at| &key[..prefix.len() + at + mark.len()]));
        let name = folder.unwrap_or(key);
        // What a page ended with is behind us, and so is the whole of a folder.
        let behind = after.is_some_and(|after| name <= after || key.as_str() <= after);
        if behind || page.last.as_deref() == Some(name) {
            continue;
        }
        if page.count == most {
            page.more = true;
            break;
        }
        page.add(name, folder.is_none().then_some(object));
    }
    Ok(document(page.text(&asked.bucket, prefix, most)))
}

#[derive(Default)]
struct Page {
    objects: String,
    folders: String,
    count: usize,
    last: Option<String>,
    more: bool,
}

impl Page {
    fn add(&mut self, name: &str, object: Option<&Object>) {
        self.count += 1;
        self.last = Some(name.to_owned());
        let Some(object) = object else {
            let _ = write!(
                self.folders,
                "<CommonPrefixes>{}</CommonPrefixes>",
                element("Prefix", name)
            );
            return;
        };
        let parts = [
            element("Key", name),
            element("Generation", &object.generation.to_string()),
            element("MetaGeneration", "1"),
            element("LastModified", &object.changed.to_string()),
            element("ETag", &object.tag()),
            element("Size", &object.bytes.len().to_string()),
        ];
        let _ = write!(self.objects, "<Contents>{}</Contents>", parts.concat());
    }

    fn text(&self, bucket: &str, prefix: &str, most: usize) -> String {
        let next = self
            .last
            .as_deref()
            .filter(|_| self.more)
            .map(|last| element("NextContinuationToken", &format!("{TOKEN}{last}")));
        let head = [
            element("Name", bucket),
            element("Prefix", prefix),
            element("KeyCount", &self.count.to_string()),
            element("MaxKeys", &most.to_string()),
            element("IsTruncated", if self.more { "true" } else { "false" }),
            next.unwrap_or_default(),
        ];
        format!(
            "<?xml version='1.0' encoding='UTF-8'?><ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'>{}{}{}</ListBucketResult>",
            head.concat(),
            self.objects,
            self.folders
        )
    }
}
