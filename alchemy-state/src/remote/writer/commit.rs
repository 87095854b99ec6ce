//! Putting another snapshot in the state's place. Step 5, *snapshot*; step 6, *commit*.

use std::collections::BTreeSet;
use std::sync::Arc;

use alchemy_core::Snapshot;
use bytes::Bytes;

use super::Writer;
use crate::StateError;
use crate::format::StateDocument;
use crate::history::{replacement, serial_of};
use crate::keys::SegmentId;
use crate::remote::access::Written;
use crate::remote::objects::Object;
use crate::remote::{limits, reading, seal};

impl Writer {
    /// Folds the journal into a new snapshot. Nothing appended and nothing left over: nothing is written.
    pub(in crate::remote) async fn commit(&mut self) -> Result<Snapshot, StateError> {
        self.lease.check()?;
        if self.heal {
            self.heal().await?;
        }
        if !self.folded.open.is_empty() {
            let mut snapshot = self.folded.snapshot.clone();
            let serials = self.serials().await?;
            snapshot.serial = snapshot.serial.max(serials.last().copied().unwrap_or(0)) + 1;
            if let Some(found) = self.swap(snapshot, &serials).await? {
                return Err(self.replaced(found.as_ref()));
            }
        }
        Ok(self.folded.snapshot.clone())
    }

    /// Makes `wanted` the whole content, under a new serial. What the journal holds becomes a serial of its own first.
    /// An empty segment precedes the swap: by it a successor sees that there may be one on its way.
    pub(in crate::remote) async fn replace(
        &mut self,
        wanted: Snapshot,
    ) -> Result<Snapshot, StateError> {
        replacement(&self.key, &self.folded.snapshot, 0, wanted.clone())?;
        self.commit().await?;
        let (id, bytes, tip) = self.segment(None)?;
        self.write_segment(id, bytes, tip).await?;
        let serials = self.serials().await?;
        let newest = serials.last().copied().unwrap_or(0);
        let snapshot = replacement(&self.key, &self.folded.snapshot, newest, wanted)?;
        match self.swap(snapshot, &serials).await? {
            None => Ok(self.folded.snapshot.clone()),
            Some(found) => Err(self.replaced(found.as_ref())),
        }
    }

    /// Step 5, *snapshot*: swaps the state to our own epoch before our first segment, so that nothing that a former
    /// holder still has on its way can take effect. If the former holder's last swap was faster, that is no fencing:
    /// everything is read again. Only a state of a later epoch means that we are the former holder.
    pub(super) async fn heal(&mut self) -> Result<(), StateError> {
        for _ in 0..limits::STAGE_ATTEMPTS {
            let mut snapshot = self.folded.snapshot.clone();
            let serials = self.serials().await?;
            snapshot.serial = snapshot.serial.max(serials.last().copied().unwrap_or(0)) + 1;
            let Some(found) = self.swap(snapshot, &serials).await? else {
                self.lease.settle();
                self.heal = false;
                self.leftover = false;
                return Ok(());
            };
            if epoch_of(found.as_ref()).is_none_or(|epoch| epoch >= self.lease.epoch) {
                return Err(self.replaced(found.as_ref()));
            }
            let stood = seal::seal_and_read(&self.access, &self.key, &self.lease).await?;
            self.folded = stood.folded;
            self.adopt_state(stood.state)?;
        }
        Err(reading::busy(&self.access, &self.keys))
    }

    /// Step 6, *commit*, but for the lock: history is created with the exact old bytes, the state is swapped, segments
    /// are removed. A crash between any two leaves only what the next reading ignores. Gives what was found if the
    /// state is not what it was.
    async fn swap(
        &mut self,
        snapshot: Snapshot,
        serials: &[u64],
    ) -> Result<Option<Option<Object>>, StateError> {
        let lease = Arc::clone(&self.lease);
        let state = self.keys.state();
        let label = self.access.objects.label(&state);
        let through = SegmentId { epoch: lease.epoch, n: self.n };
        let document = StateDocument { snapshot, epoch: lease.epoch, through };
        let bytes: Bytes = document.write()?.into();
        let (_, sum) = StateDocument::read(&bytes).map_err(|error| error.in_file(label.clone()))?;
        let kept = self.keep_history().await?;
        let from = self.state.as_ref().map(|object| object.version.clone());
        let was_unclear = std::mem::replace(&mut self.unclear, true);
        let written = self.access.write(&state, &bytes, from.as_ref(), &|| lease.check()).await;
        let version = match written {
            Ok(Written::Own(version)) => version,
            Ok(Written::Foreign(found)) => {
                self.unclear = was_unclear;
                return Ok(Some(found));
            }
            Ok(Written::Undone(error)) => {
                self.unclear = was_unclear;
                return Err(error);
            }
            Err(error) => {
                lease.lose(format!("{label} may or may not have been written"));
                return Err(error);
            }
        };
        self.unclear = was_unclear;
        self.state = Some(Object { bytes, version });
        self.folded.snapshot = document.snapshot;
        self.folded.tip = Some(sum);
        self.remove_covered().await;
        self.prune(serials, kept).await;
        Ok(None)
    }

    /// Serials kept in history, ascending. The newest is above the state's own if somebody has taken the state away, or
    /// put an old one in its place; no number is ever given twice.
    async fn serials(&self) -> Result<Vec<u64>, StateError> {
        let names = self.access.list(&self.keys.history_folder()).await?;
        let mut serials: Vec<u64> = names.iter().filter_map(|name| serial_of(name)).collect();
        serials.sort_unstable();
        Ok(serials)
    }

    /// Keeps the exact bytes of the snapshot that is about to be replaced, and gives its serial.
    async fn keep_history(&self) -> Result<Option<u64>, StateError> {
        let Some(old) = &self.state else { return Ok(None) };
        let label = self.access.objects.label(&self.keys.state());
        let (document, _) =
            StateDocument::read(&old.bytes).map_err(|error| error.in_file(label))?;
        let serial = document.snapshot.serial;
        let history = self.keys.history(serial);
        match self.access.write(&history, &old.bytes, None, &|| self.lease.check()).await? {
            Written::Own(_) => Ok(Some(serial)),
            Written::Undone(error) => Err(error),
            Written::Foreign(_) => Err(StateError::Corrupt {
                file: self.access.objects.label(&history),
                reason: "another snapshot with this serial number is kept there".to_owned(),
            }),
        }
    }

    /// Removes what the state covers. The end of a former epoch stays until no former holder can be within its deadline,
    /// on our own clock: a lock that was broken by hand has a holder that does not know yet.
    async fn remove_covered(&mut self) {
        let mut covered = std::mem::take(&mut self.folded.open);
        let stale = std::mem::take(&mut self.folded.stale);
        let held = self.access.host.now().saturating_sub(self.lease.since);
        if held >= limits::TAKEOVER_AFTER {
            covered.extend(stale);
            covered.append(&mut self.folded.seals);
        } else {
            // Only the last of an epoch can be its end.
            let is_last =
                |i: usize| stale.get(i + 1).is_none_or(|next| next.epoch != stale[i].epoch);
            let (last, others): (Vec<_>, Vec<_>) = (0..stale.len()).partition(|i| is_last(*i));
            covered.extend(others.into_iter().map(|i| stale[i]));
            self.folded.stale = last.into_iter().map(|i| stale[i]).collect();
        }
        self.access.remove(covered.into_iter().map(|id| self.keys.segment(id)).collect()).await;
    }

    /// Removes all but the newest serials from history.
    async fn prune(&self, serials: &[u64], kept: Option<u64>) {
        let all: BTreeSet<u64> = serials.iter().copied().chain(kept).collect();
        let old = all.len().saturating_sub(self.keep);
        let keys = all.into_iter().take(old).map(|serial| self.keys.history(serial));
        self.access.remove(keys.collect()).await;
    }

    fn replaced(&self, found: Option<&Object>) -> StateError {
        let state = self.access.objects.label(&self.keys.state());
        self.lease.lose(match found {
            Some(_) => format!("{state} was replaced by another run"),
            None => format!("{state} was deleted"),
        })
    }
}

fn epoch_of(found: Option<&Object>) -> Option<u64> {
    StateDocument::read(&found?.bytes).ok().map(|(document, _)| document.epoch)
}
