//! Looking whether what is stored is what was told.
//!
//! Owns when that is looked at beside what comes in. A store that is shared may have lost its end;
//! to look once too often does no harm.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use super::telling;
use crate::{App, store::StoreError};

/// How often all logs are looked at.
const EVERY: Duration = Duration::from_secs(30);

/// Logs of which the store is asked at once.
const AT_ONCE: usize = 500;

/// Compares every log with what was told of it, and tells where they differ. A store that has lost
/// everything begins again.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn check(app: &Arc<App>) -> Result<(), StoreError> {
    app.presence.rooms().revive().await?;
    for lanes in app.lanes.all().chunks(AT_ONCE) {
        let logs: Vec<_> = lanes.iter().map(|lane| lane.log().clone()).collect();
        for (lane, head) in lanes.iter().zip(app.store.heads(&logs).await?) {
            if head.position != lane.position() {
                telling::tell_missed(app, lane).await?;
            }
        }
    }
    Ok(())
}

/// Does so now and then.
pub(crate) async fn check_forever(app: &Arc<App>) {
    let mut beat = interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        if let Err(error) = check(app).await {
            tracing::debug!(%error, "the logs could not be looked at");
        }
    }
}

/// Begins a store again that has lost everything. False if it has not, or does not answer.
pub(super) async fn revive(app: &Arc<App>) -> bool {
    let revived = matches!(app.presence.rooms().revive().await, Ok(true));
    if revived {
        let app = Arc::clone(app);
        tokio::spawn(async move {
            if let Err(error) = check(&app).await {
                tracing::debug!(%error, "the logs could not be looked at");
            }
        });
    }
    revived
}
