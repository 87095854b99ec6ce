//! What the state store refused, with an exit code and advice.

use alchemy_core::Diagnostic;
use alchemy_state::{LockInfo, StateError};

use crate::exit::Exit;
use crate::failure::{Failure, chain};
use crate::settings::Surroundings;
use crate::ui::{ago, excerpt, printable};

/// A state error as a failure.
pub(crate) fn state_failure(error: &StateError) -> Failure {
    let text = chain(error);
    match error {
        StateError::Locked { holder } => Failure::new(Exit::Locked, locked(holder.as_deref())),
        StateError::LockLost { .. } => Failure::new(
            Exit::Locked,
            Diagnostic::error("lock-lost", text).help("run the same command again: it goes on where this run stopped"),
        ),
        StateError::Corrupt { .. } => Diagnostic::error("state-corrupt", text)
            .detail("It was not overwritten. Earlier states are in the store's history folder.")
            .help("restore the file from a backup or from history/, or name another store with --state")
            .help("with no copy left: move the file away, and rebuild it from the cloud with `alchemy state recover`")
            .into(),
        StateError::Newer { .. } => {
            Diagnostic::error("state-newer", text).help("install the newest alchemy; the file was not changed").into()
        }
        StateError::NoBucket { url, .. } => Diagnostic::error("no-bucket", text)
            .detail("Nothing was changed.")
            .help(format!("make it: alchemy state init '{}'", printable(url)))
            .into(),
        StateError::Unfit { .. } => Diagnostic::error("unfit-store", text)
            .detail("On such a store two runs could hold one lock, and lose what the other records. Nothing was written.")
            .help("name another store with --state: one that honours If-None-Match and If-Match, also when several ask at once")
            .into(),
        StateError::CaseClash { .. } => {
            Diagnostic::error("case-clash", text).help("use the existing spelling, or another name").into()
        }
        StateError::RealmInUse { .. } => Diagnostic::error("realm-in-use", text)
            .detail("A stage was deployed to the store meanwhile.")
            .help("recover the stage into a store of its own: --state FOLDER")
            .into(),
        StateError::Sealed { source } => super::keyring::seal_failure(source).into(),
        StateError::Io { file, .. } if file.starts_with("s3://") => Diagnostic::error("state-io", text)
            .detail("Nothing was changed by it.")
            .help("`alchemy doctor` says how the store is reached, with which credentials, and what it answers")
            .into(),
        StateError::Io { file, .. } if file.starts_with("gs://") => Diagnostic::error("state-io", text)
            .detail("Nothing was changed by it.")
            .help("sign in: gcloud auth application-default login; or name a key in $GOOGLE_APPLICATION_CREDENTIALS")
            .help("`alchemy doctor` says with which credentials the store is reached, and what it answers")
            .into(),
        _ => Diagnostic::error("state-io", text)
            .help("check that the folder is writable, has room and is on a file system that can lock")
            .into(),
    }
}

/// The refusal while somebody else holds the lock.
pub(crate) fn locked(holder: Option<&LockInfo>) -> Diagnostic {
    let advice = "wait for it, or let this one wait: --lock-timeout 10m";
    let Some(holder) = holder else {
        return Diagnostic::error("locked", "the stage is locked by another run").help(advice);
    };
    let error = Diagnostic::error(
        "locked",
        format!("the stage is locked by another run: {}", holder_text(holder)),
    );
    let error = match &holder.ci_url {
        Some(url) => error.detail(format!("It is this run: {}", printable(url))),
        None => error,
    };
    error.help(advice)
}

/// `deploy by sam@laptop, pid 4711, since …`
pub(crate) fn holder_text(holder: &LockInfo) -> String {
    let LockInfo { operation, user, host, pid, since, .. } = holder;
    let since = ago(since, crate::clock::now());
    format!(
        "{} by {}@{}, pid {pid}, since {since}",
        excerpt(operation),
        excerpt(user),
        excerpt(host)
    )
}

/// What our own lock says.
pub(crate) fn lock_info(around: &Surroundings, operation: &str) -> LockInfo {
    LockInfo {
        operation: operation.to_owned(),
        user: around.user(),
        host: around.host.clone(),
        pid: around.pid,
        ci_url: around.ci_url(),
        since: crate::clock::now_text(),
    }
}
