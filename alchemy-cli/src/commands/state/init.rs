//! `alchemy state init`: makes what a store needs before its first deploy.

use alchemy_core::Diagnostic;
use alchemy_providers::StateBucket;
use alchemy_state::StateUrl;
use serde_json::json;

use crate::args::StateInitArgs;
use crate::commands::agreed;
use crate::commands::store_access::Access;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::{Surroundings, store_url};
use crate::signals::Signals;
use crate::ui::{Ui, printable};

/// Days for which an old version of a lock or of a journal's segment stays: locks are renewed every 10 seconds.
const SHORT_DAYS: u32 = 1;

/// Days for which an old version of anything else stays.
const KEPT_DAYS: u32 = 90;

/// How things are when making the bucket is cancelled.
const HALFWAY: &str =
    "the bucket may be made, and set up in part; run the same command again to have it whole";

/// Runs the command.
pub(super) fn run(args: &StateInitArgs, around: &Surroundings, ui: &Ui) -> Result<Exit, Failure> {
    let url = store_url(around, &args.url, "URL")?;
    match &url {
        StateUrl::File(folder) => {
            ui.say_human(&format!(
                "{} is a folder: the first deploy makes it; nothing to do",
                around.shown(folder)
            ));
            Ok(Exit::Done)
        }
        StateUrl::Gcs { bucket, prefix, .. } => Err(by_hand(&url, bucket, prefix).into()),
        StateUrl::S3 { .. } => make(args, &url, around, ui),
    }
}

/// A bucket's protection and its rules are set in an API of Google's that is not spoken here; half of it would be worse
/// than none.
fn by_hand(url: &StateUrl, bucket: &str, prefix: &str) -> Diagnostic {
    let inside = |part: &str| match prefix {
        "" => part.to_owned(),
        prefix => format!("{prefix}/{part}"),
    };
    let rule = |days: u32, places: &[&str]| {
        let places: Vec<_> = places.iter().map(|place| inside(place)).collect();
        json!({
            "action": { "type": "Delete" },
            "condition": { "daysSinceNoncurrentTime": days, "matchesPrefix": places },
        })
    };
    let rules = json!({ "rule": [
        rule(SHORT_DAYS, &["locks/", "journal/", "probe/"]),
        rule(KEPT_DAYS, &["stages/", "history/", "realm.json"]),
    ] });
    let summary = format!("alchemy does not make buckets of Google Cloud Storage; {url} needs one");
    Diagnostic::error("by-hand", summary)
        .help(format!("make it: gcloud storage buckets create gs://{bucket} --location=REGION --uniform-bucket-level-access --public-access-prevention"))
        .help(format!("let old versions expire: write this into lifecycle.json: {rules}"))
        .help(format!("then: gcloud storage buckets update gs://{bucket} --versioning --lifecycle-file=lifecycle.json (its rules replace those that are there)"))
        .help(format!("`alchemy doctor --state '{url}'` tries it out"))
}

fn make(
    args: &StateInitArgs,
    url: &StateUrl,
    around: &Surroundings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let StateUrl::S3 { bucket, prefix, region, endpoint } = url else { return Ok(Exit::Done) };
    let environment = around.variables.clone();
    let access = Access {
        around,
        environment: &environment,
        profile: args.profile.profile.as_deref(),
        keep: None,
    };
    let connection = access.connection(endpoint.as_deref(), region.as_deref())?;
    let wanted = StateBucket {
        bucket: bucket.clone(),
        prefix: prefix.clone(),
        region: connection.region().to_owned(),
    };
    block_on(async {
        let mut signals = Signals::new()?;
        ui.say_human(&format!(
            "bucket `{bucket}` in {} for {url}:\n  no public access\n  encrypted (AES-256)\n  versions kept; old ones of locks and journals for 1 day, of the rest for 90 days",
            wanted.region
        ));
        if !args.yes {
            agreed(ui, &mut signals, "Make it, or bring it into this shape?").await?;
        }
        let making =
            async { wanted.make(&connection).await.map_err(|error| failure(bucket, &error)) };
        let made = signals.unless_then(HALFWAY, making).await?;
        let what = if made { "is made" } else { "was there, and is set up now" };
        ui.say_human(&format!(
            "the bucket {what}; deploy with --state '{url}', or write it into alchemy.toml"
        ));
        if ui.json {
            ui.data(&json!({ "v": 1, "store": url.to_string(), "made": made }).to_string());
        }
        Ok(Exit::Done)
    })
}

fn failure(bucket: &str, error: &alchemy_engine::ProviderError) -> Failure {
    let found = Diagnostic::error("state-bucket", format!("bucket `{bucket}` cannot be set up"))
        .detail(printable(&error.to_string()));
    match &error.advice {
        Some(advice) => found.help(advice.clone()).into(),
        None => found
            .help("what was done so far stays; correct the cause and run the same command again")
            .into(),
    }
}
