//! The connection to Redis: one, shared, bounded, and opened again by itself.
//!
//! Owns the deadlines: whatever is asked is answered or refused within [`DEADLINE`], whether Redis
//! is down, paused, loading or only slow. Never asks anything twice on its own account: what came
//! of a command whose answer is missing is not known.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, ErrorKind, IntoConnectionInfo as _, RedisError,
    RedisResult, ServerErrorKind, aio::MultiplexedConnection, io::tcp::TcpSettings,
};
use tokio::sync::Semaphore;

use crate::store::StoreError;

/// By then everything is answered or refused.
pub(crate) const DEADLINE: Duration = Duration::from_millis(1_500);

/// By then a connection is open, or it is not.
const CONNECT_DEADLINE: Duration = Duration::from_millis(1_000);

/// After a failure to connect, everybody is refused at once for so long.
const PAUSE: Duration = Duration::from_millis(100);

/// Commands on their way inside the library, before it makes callers wait.
const PIPELINE: usize = 1_024;

/// A link to one Redis.
pub(crate) struct Link {
    redis: Client,
    live: Mutex<Live>,
    /// Held by whoever opens the connection.
    opening: tokio::sync::Mutex<()>,
    permits: Semaphore,
}

#[derive(Default)]
struct Live {
    connection: Option<MultiplexedConnection>,
    /// Tells one connection from the next.
    generation: u64,
    late: u32,
    failed: Option<(Instant, String)>,
}

impl Link {
    /// A link to `url`, for at most `waiting` askers at a time. Opens nothing yet.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if that is no such address.
    pub(crate) fn new(url: &str, waiting: usize) -> Result<Self, StoreError> {
        // Never the error itself: it may repeat the password.
        let redis = address(url).and_then(Client::open).map_err(|_| {
            StoreError::Unavailable(
                "store.redis_url is neither redis://… nor redis+unix://…".into(),
            )
        })?;
        Ok(Self {
            redis,
            live: Mutex::default(),
            opening: tokio::sync::Mutex::default(),
            permits: Semaphore::new(waiting),
        })
    }

    /// Asks Redis something, on the shared connection.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] within [`DEADLINE`].
    pub(crate) async fn ask<T, F>(
        &self,
        ask: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let Ok(_permit) = self.permits.try_acquire() else {
            metrics::counter!("hearth_store_refused_total", "reason" => "queue").increment(1);
            return Err(StoreError::Unavailable("too many wait for Redis".into()));
        };
        let mut generation = None;
        let asked = tokio::time::timeout(DEADLINE, async {
            let (connection, of) = self.connection().await?;
            generation = Some(of);
            ask(connection).await.map_err(|error| {
                self.judge(of, &error);
                unavailable(&error)
            })
        });
        let Ok(answer) = asked.await else {
            self.late(generation);
            return Err(StoreError::Unavailable("Redis does not answer in time".into()));
        };
        if answer.is_ok() {
            self.live.lock().late = 0;
        }
        answer
    }

    async fn connection(&self) -> Result<(MultiplexedConnection, u64), StoreError> {
        if let Some(open) = self.open()? {
            return Ok(open);
        }
        let _opening = self.opening.lock().await;
        if let Some(open) = self.open()? {
            return Ok(open);
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_DEADLINE))
            .set_response_timeout(Some(DEADLINE))
            .set_pipeline_buffer_size(PIPELINE);
        let opened = self.redis.get_multiplexed_async_connection_with_config(&config).await;
        let mut live = self.live.lock();
        match opened {
            Ok(connection) => {
                metrics::counter!("hearth_redis_connections_total").increment(1);
                *live = Live {
                    connection: Some(connection.clone()),
                    generation: live.generation + 1,
                    ..Live::default()
                };
                Ok((connection, live.generation))
            }
            Err(error) => {
                live.failed = Some((Instant::now(), error.to_string()));
                Err(unavailable(&error))
            }
        }
    }

    /// The connection if there is one; refuses while it is no use to try.
    fn open(&self) -> Result<Option<(MultiplexedConnection, u64)>, StoreError> {
        let live = self.live.lock();
        if let Some(connection) = &live.connection {
            return Ok(Some((connection.clone(), live.generation)));
        }
        match &live.failed {
            Some((at, reason)) if at.elapsed() < PAUSE => {
                Err(StoreError::Unavailable(reason.clone()))
            }
            _ => Ok(None),
        }
    }

    /// Gives the connection up if the error says that it is no use. A primary that became a
    /// replica may have left its address to another.
    fn judge(&self, generation: u64, error: &RedisError) {
        let read_only = error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly);
        if error.is_timeout() {
            self.late(Some(generation));
        } else if error.is_io_error() || error.is_unrecoverable_error() || read_only {
            self.give_up(generation);
        }
    }

    /// Two answers in a row that did not come: the connection may hang where Redis does not.
    fn late(&self, generation: Option<u64>) {
        metrics::counter!("hearth_store_refused_total", "reason" => "late").increment(1);
        let Some(generation) = generation else { return };
        let mut live = self.live.lock();
        if live.generation == generation {
            live.late += 1;
            if live.late >= 2 {
                live.connection = None;
            }
        }
    }

    fn give_up(&self, generation: u64) {
        let mut live = self.live.lock();
        if live.generation == generation {
            live.connection = None;
        }
    }
}

/// Where Redis is: small messages must not wait for each other (Nagle).
pub(crate) fn address(url: &str) -> Result<ConnectionInfo, RedisError> {
    Ok(url.into_connection_info()?.set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

pub(crate) fn unavailable(error: &RedisError) -> StoreError {
    // Never the details: a server may repeat there what it was sent.
    let reason = match error.code() {
        Some(code) => format!("Redis answered {code}"),
        None if error.is_timeout() => "Redis does not answer in time".into(),
        None if error.is_io_error() => format!("Redis cannot be reached: {error}"),
        None => format!("Redis: {}", error.category()),
    };
    StoreError::Unavailable(reason)
}
