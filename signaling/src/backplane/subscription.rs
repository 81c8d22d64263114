//! Hearing what the other nodes tell.
//!
//! Owns one connection that is subscribed. What does not fit, or cannot be read, is passed over:
//! the numbers of what is told show it. When the connection ends it is for the caller to open
//! another; so is it where nothing is heard any more although the connection seems to be there.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo as _, ProtocolVersion, PushInfo, PushKind,
    Value,
    aio::{MultiplexedConnection, SendError},
};
use tokio::sync::mpsc;

use super::{news::Telling, registry::Registry};
use crate::store::{StoreError, address, unavailable};

/// What was told and waits to be heard.
const WAITING: usize = 4_096;

/// By then the connection is open and subscribed, or it is not.
const DEADLINE: Duration = Duration::from_millis(1_000);

/// One connection, subscribed to what nodes tell.
pub(super) struct Subscription {
    pushed: mpsc::Receiver<PushInfo>,
    /// Subscribed for as long as it lives.
    _connection: MultiplexedConnection,
}

impl Subscription {
    /// Where nodes tell each other, for [`Self::open`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if that is no such address.
    pub(super) fn at(url: &str) -> Result<Client, StoreError> {
        // Never the error itself: it may repeat the password.
        let at = address(url).and_then(|at| {
            // Only RESP3 has what is pushed and what is answered on one connection.
            let redis = at.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
            at.set_redis_settings(redis).into_connection_info()
        });
        at.and_then(Client::open).map_err(|_| {
            StoreError::Unavailable("store.redis_url is not the address of a Redis".into())
        })
    }

    /// Subscribes. Whatever is told from then on is heard.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if Redis does not answer in time.
    pub(super) async fn open(redis: &Client) -> Result<Self, StoreError> {
        let (pushing, pushed) = mpsc::channel(WAITING);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(DEADLINE))
            .set_response_timeout(Some(DEADLINE))
            .set_push_sender(move |push| match pushing.try_send(push) {
                Ok(()) => Ok(()),
                Err(mpsc::error::TrySendError::Full(_)) => {
                    metrics::counter!("hearth_news_missed_total").increment(1);
                    Ok(())
                }
                Err(mpsc::error::TrySendError::Closed(_)) => Err(SendError),
            });
        let opened = redis.get_multiplexed_async_connection_with_config(&config).await;
        let mut connection = opened.map_err(|error| unavailable(&error))?;
        let mut subscribe = redis::cmd("SSUBSCRIBE");
        subscribe.arg(Registry::channel());
        let subscribed: Result<Value, _> = subscribe.query_async(&mut connection).await;
        subscribed.map_err(|error| unavailable(&error))?;
        metrics::counter!("hearth_news_subscriptions_total").increment(1);
        Ok(Self { pushed, _connection: connection })
    }

    /// What is told next; `None` once the connection has ended.
    pub(super) async fn next(&mut self) -> Option<Telling> {
        loop {
            let pushed = self.pushed.recv().await?;
            let told = match (&pushed.kind, pushed.data.as_slice()) {
                (PushKind::SMessage, [_, Value::BulkString(told)]) => told,
                (PushKind::Disconnection, _) => return None,
                _ => continue,
            };
            match serde_json::from_slice(told) {
                Ok(telling) => return Some(telling),
                Err(error) => {
                    metrics::counter!("hearth_news_missed_total").increment(1);
                    tracing::warn!(%error, "another node tells what cannot be read here");
                }
            }
        }
    }
}
