//! Loading a stage without its lock; listing all of them.

use std::collections::BTreeMap;

use alchemy_core::{StackName, Stage};
use futures::{StreamExt as _, TryStreamExt as _};

use super::access::Access;
use super::{limits, reading};
use crate::error_text::one_line;
use crate::keys::{JOURNAL, STAGES, StageKeys};
use crate::{Loaded, StageKey, StageSummary, StateError};

/// A stage's state, or `None` if it was never deployed.
pub(super) async fn load(access: &Access, key: &StageKey) -> Result<Option<Loaded>, StateError> {
    let (spelt, stood) =
        tokio::join!(reading::check_spelling(access, key), reading::read(access, key));
    spelt?;
    let folded = stood?.folded;
    Ok(folded.tip.is_some().then(|| Loaded {
        revision: folded.revision(),
        interrupted: !folded.open.is_empty(),
        taken_over: None,
        snapshot: folded.snapshot,
    }))
}

/// Every stage with state, in order.
pub(super) async fn list(access: &Access) -> Result<Vec<StageSummary>, StateError> {
    let (states, journals) = tokio::join!(access.list(STAGES), access.list(JOURNAL));
    let mut places = BTreeMap::new();
    for name in &states? {
        places.extend(place(name).map(|place| (place, false)));
    }
    for name in &journals? {
        places.extend(place(name).map(|place| (place, true)));
    }
    let spelt = spellings(access, places.keys()).await?;
    let reading = places.into_iter().map(|((folder, stage), has_journal)| {
        let key = StageKey { stack: spelt.get(&folder).cloned().unwrap_or(folder), stage };
        async move {
            // Without a journal a moment ago, what its state says now is a whole state, whoever has begun since.
            let stood = if has_journal {
                reading::read(access, &key).await
            } else {
                reading::read_committed(access, &key).await
            };
            match stood.map(|stood| stood.folded) {
                Ok(folded) if folded.tip.is_none() => Ok(None),
                Ok(folded) => Ok(Some(StageSummary { key, state: Ok(folded.snapshot) })),
                // The store cannot be reached: no line of the list can be had.
                Err(error @ (StateError::Io { .. } | StateError::NoBucket { .. })) => Err(error),
                Err(error) => Ok(Some(StageSummary { key, state: Err(one_line(&error)) })),
            }
        }
    });
    let read: Vec<Option<StageSummary>> =
        futures::stream::iter(reading).buffer_unordered(limits::AT_ONCE).try_collect().await?;
    let mut summaries: Vec<_> = read.into_iter().flatten().collect();
    summaries.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(summaries)
}

/// The stage that a name below a folder of stages is about: `<stack>/<stage>/…`. What stands elsewhere is none of ours.
fn place(name: &str) -> Option<(StackName, Stage)> {
    let mut parts = name.split('/');
    let (stack, stage, _) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = parts.next().is_none();
    Some((StackName::parse(stack).ok()?, Stage::parse(stage).ok()?)).filter(|_| whole)
}

/// The exact spelling of each stack that has one.
async fn spellings(
    access: &Access,
    places: impl Iterator<Item = &(StackName, Stage)>,
) -> Result<BTreeMap<StackName, StackName>, StateError> {
    let mut spelt = BTreeMap::new();
    let mut last = None;
    for (folder, stage) in places {
        if last.replace(folder) == Some(folder) {
            continue;
        }
        let keys = StageKeys::new(&StageKey { stack: folder.clone(), stage: stage.clone() });
        match reading::read_spelling(access, &keys).await {
            Ok(Some(exact)) => {
                spelt.insert(folder.clone(), exact);
            }
            // Whatever is wrong with it, the stages show.
            Ok(None) | Err(StateError::Corrupt { .. } | StateError::Newer { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(spelt)
}
