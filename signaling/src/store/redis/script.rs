//! Lua scripts: what has to happen in Redis as a whole or not at all.
//!
//! Owns how they are called: by their hash, and loaded again where Redis has forgotten them (a
//! restart, a failover).

use redis::{
    Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisResult, Script, ServerErrorKind,
    aio::MultiplexedConnection,
};

use super::link::Link;
use crate::store::StoreError;

/// A script.
pub(crate) struct Lua(Script);

impl Lua {
    /// The script of that text.
    pub(crate) fn new(text: &str) -> Self {
        Self(Script::new(text))
    }

    /// A call with one key, which says in which slot everything is that the script touches.
    /// Arguments are added to it.
    pub(crate) fn call(&self, key: &str) -> Cmd {
        let mut call = redis::cmd("EVALSHA");
        call.arg(self.0.get_hash()).arg(1).arg(key);
        call
    }

    /// Makes a call.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        link: &Link,
        call: Cmd,
    ) -> Result<T, StoreError> {
        link.ask(|mut redis| async move {
            match call.query_async(&mut redis).await {
                Err(error) if is_unknown(&error) => {
                    self.load(&mut redis).await?;
                    call.query_async(&mut redis).await
                }
                answer => answer,
            }
        })
        .await
    }

    /// Makes many calls at once; the answers are in their order. They must be calls that can be
    /// made twice.
    pub(crate) async fn run_all<T: FromRedisValue>(
        &self,
        link: &Link,
        calls: impl Iterator<Item = Cmd>,
    ) -> Result<Vec<T>, StoreError> {
        let mut pipeline = Pipeline::new();
        for call in calls {
            pipeline.add_command(call);
        }
        if pipeline.is_empty() {
            return Ok(Vec::new());
        }
        link.ask(|mut redis| async move {
            match pipeline.query_async(&mut redis).await {
                Err(error) if is_unknown(&error) => {
                    self.load(&mut redis).await?;
                    pipeline.query_async(&mut redis).await
                }
                answer => answer,
            }
        })
        .await
    }

    async fn load(&self, redis: &mut MultiplexedConnection) -> RedisResult<()> {
        self.0.load_async(redis).await.map(|_: String| ())
    }
}

fn is_unknown(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}
