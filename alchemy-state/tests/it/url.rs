//! Texts that name a store.

use std::path::Path;

use alchemy_state::StateUrl;
use proptest::prelude::*;

fn parse(text: &str) -> Result<StateUrl, String> {
    StateUrl::parse(text, Path::new("/base")).map_err(|error| error.reason)
}

fn s3(bucket: &str, prefix: &str, region: Option<&str>, endpoint: Option<&str>) -> StateUrl {
    StateUrl::S3 {
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
        region: region.map(str::to_owned),
        endpoint: endpoint.map(str::to_owned),
    }
}

#[test]
fn what_names_a_store() {
    let file = |path: &str| StateUrl::File(path.into());
    assert_eq!(parse("file:/a/b"), Ok(file("/a/b")));
    assert_eq!(parse("file:///a/b"), Ok(file("/a/b")));
    assert_eq!(parse("file:state"), Ok(file("/base/state")));
    assert_eq!(parse("some/folder?x"), Ok(file("/base/some/folder?x")));
    assert_eq!(parse("s3://bucket"), Ok(s3("bucket", "", None, None)));
    assert_eq!(parse("s3://bucket/"), Ok(s3("bucket", "", None, None)));
    assert_eq!(
        parse("s3://my.bucket/a/b/?region=eu-west-1&endpoint=http://127.0.0.1:9000/"),
        Ok(s3("my.bucket", "a/b", Some("eu-west-1"), Some("http://127.0.0.1:9000")))
    );
    let gcs = StateUrl::Gcs { bucket: "b_1".to_owned(), prefix: "x".to_owned(), endpoint: None };
    assert_eq!(parse("gs://b_1/x"), Ok(gcs));
}

#[test]
fn what_does_not() {
    for (text, why) in [
        ("", "empty"),
        ("file:", "path is missing"),
        ("file://host/x", "on this machine"),
        ("ftp://bucket/x", "none of `file:`, `s3:`, `gs:`"),
        ("s3://", "bucket is missing"),
        ("s3:///x", "bucket is missing"),
        ("s3://Bucket", "cannot hold `B`"),
        ("s3://my_bucket", "cannot hold `_`"),
        ("s3://ab", "3 to 63"),
        ("s3://bucket-", "begins and ends"),
        ("s3://key:secret@bucket", "credentials"),
        ("s3://bucket:99/x", "should look like"),
        ("s3://bucket/a//b", "empty parts"),
        ("s3://bucket/a b", "cannot hold `%`"),
        ("s3://bucket?regoin=x", "`regoin` is none of: region, endpoint"),
        ("s3://bucket?region=a&region=b", "twice"),
        ("s3://bucket?region=", "no region"),
        ("s3://bucket?endpoint=127.0.0.1", "no endpoint"),
        ("s3://bucket?endpoint=http://k:s@host", "credentials"),
        ("gs://bucket?region=x", "`region` is none of: endpoint"),
    ] {
        let reason = parse(text).unwrap_err();
        assert!(reason.contains(why), "{text}: {reason}");
    }
}

proptest! {
    #[test]
    fn shown_and_read_back(
        bucket in "[a-z0-9][a-z0-9-]{1,20}[a-z0-9]",
        prefix in "([A-Za-z0-9_=@+~-]{1,8}(/[A-Za-z0-9_=@+~-]{1,8}){0,3})?",
        region in proptest::option::of("[a-z]{2}-[a-z]{4}-[0-9]"),
        endpoint in proptest::option::of("https?://[a-z]{1,9}(:[1-9][0-9]{3})?(/[a-z&=]{1,5})?"),
    ) {
        let url = s3(&bucket, &prefix, region.as_deref(), endpoint.as_deref());
        prop_assert_eq!(parse(&url.to_string()), Ok(url));
        let url = StateUrl::Gcs { bucket, prefix, endpoint };
        prop_assert_eq!(parse(&url.to_string()), Ok(url));
    }

    #[test]
    fn files_are_read_back(path in "/[^\u{0}]{0,40}") {
        let url = StateUrl::File(path.into());
        prop_assert_eq!(parse(&url.to_string()), Ok(url));
    }

    #[test]
    fn nothing_panics(text in any::<String>()) {
        let _ = parse(&text);
        let _ = parse(&format!("s3://{text}"));
    }
}
