//! What nodes share in Redis: that they live, who has which name, and who gives which numbers.
//!
//! Owns the keys of that. A node lives while its lease does, which it renews; what it holds is
//! nobody's once the lease has ended. Whoever asks while Redis is down gets no answer.

use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

use hearth_protocol::IdentityId;
use redis::Cmd;

use super::news::{NodeId, Telling};
use crate::{
    clock::millis,
    names::{Ask, Names, NotTaken},
    numbers::{BLOCK, Numbers},
    store::{HALL, Link, Lua, StoreError},
};

/// Names asked for at once.
const ASKS: usize = 64;

/// How soon what could not be given back is tried again.
const RETRY: Duration = Duration::from_secs(1);

static NAMES: LazyLock<Lua> = LazyLock::new(|| Lua::new(include_str!("lua/names.lua")));
static NUMBERS: LazyLock<Lua> = LazyLock::new(|| Lua::new(include_str!("lua/numbers.lua")));

/// This node's part in what is shared.
pub(super) struct Registry {
    link: Link,
    pub(super) node: NodeId,
    lease: Duration,
}

impl Registry {
    pub(super) fn new(link: Link, node: NodeId, lease: Duration) -> Self {
        Self { link, node, lease }
    }

    /// The channel on which nodes tell each other, in the slot of everything here.
    pub(super) fn channel() -> String {
        format!("{HALL}:news")
    }

    /// Renews the lease. True if it had ended, or there was none yet.
    pub(super) async fn renew(&self) -> Result<bool, StoreError> {
        let mut renew = redis::cmd("SET");
        renew.arg(lease_of(&self.node)).arg(1).arg("GET").arg("PX").arg(millis(self.lease));
        let before: Option<String> =
            self.link.ask(|mut redis| async move { renew.query_async(&mut redis).await }).await?;
        Ok(before.is_none())
    }

    /// Ends the lease at once.
    pub(super) async fn end(&self) -> Result<(), StoreError> {
        let mut end = redis::cmd("DEL");
        end.arg(lease_of(&self.node));
        self.link.ask(|mut redis| async move { end.query_async(&mut redis).await }).await
    }

    /// Which of these nodes have no lease any more.
    pub(super) async fn dead(&self, nodes: &[NodeId]) -> Result<Vec<NodeId>, StoreError> {
        if nodes.is_empty() {
            return Ok(Vec::new());
        }
        let mut live = redis::cmd("MGET");
        nodes.iter().for_each(|node| {
            live.arg(lease_of(node));
        });
        let live: Vec<Option<String>> =
            self.link.ask(|mut redis| async move { live.query_async(&mut redis).await }).await?;
        let dead = nodes.iter().zip(live).filter(|(_, lease)| lease.is_none());
        Ok(dead.map(|(node, _)| node.clone()).collect())
    }

    /// Tells the other nodes something. Whether they heard it, they know.
    pub(super) async fn publish(&self, telling: &Telling) -> Result<(), StoreError> {
        let Ok(text) = serde_json::to_string(telling) else {
            return Err(StoreError::Unavailable("news that cannot be written".into()));
        };
        let mut publish = redis::cmd("SPUBLISH");
        publish.arg(Self::channel()).arg(text);
        self.link.ask(|mut redis| async move { publish.query_async(&mut redis).await }).await
    }

    /// Forgets what nodes held that are dead.
    pub(super) async fn sweep(&self) -> Result<(), StoreError> {
        let call = self.about("sweep");
        NAMES.run::<String>(&self.link, call).await.map(drop)
    }

    /// Another block of numbers, beyond `seen`.
    pub(super) async fn number(&self, numbers: &Numbers, seen: u32) -> Result<(), StoreError> {
        let mut call = NUMBERS.call(HALL);
        call.arg(seen).arg(BLOCK);
        let last: u64 = NUMBERS.run(&self.link, call).await?;
        let (first, last) = (last + 1, last + u64::from(BLOCK));
        match (u32::try_from(first), u32::try_from(last)) {
            (Ok(first), Ok(last)) => numbers.add(first..=last),
            _ => return Err(StoreError::Full),
        }
        Ok(())
    }

    /// Asks the other nodes for names, for as long as it runs.
    pub(super) async fn follow(&self, names: &Names) {
        // What could not be given back.
        let mut owed: BTreeMap<String, IdentityId> = BTreeMap::new();
        loop {
            let asks = tokio::select! {
                asks = names.asks(ASKS) => asks,
                () = tokio::time::sleep(RETRY), if !owed.is_empty() => Vec::new(),
            };
            // Whoever has it now by this node's word has it anew.
            for ask in &asks {
                if let Ask::Take { folded, .. } = ask {
                    owed.remove(folded);
                }
            }
            let late = owed.iter().map(|(folded, who)| self.free(folded, who));
            let calls: Vec<_> = late.chain(asks.iter().map(|ask| self.asked(ask))).collect();
            let answers = NAMES.run_all::<Option<u64>>(&self.link, calls.into_iter()).await;
            match answers {
                Ok(answers) => {
                    let first = owed.len();
                    owed.clear();
                    for (ask, answer) in asks.into_iter().zip(answers.into_iter().skip(first)) {
                        tell(ask, answer.ok_or(NotTaken::Held));
                    }
                }
                Err(_) => {
                    for ask in asks {
                        if let Ask::Free { folded, identity } = &ask {
                            owed.insert(folded.clone(), identity.clone());
                        }
                        tell(ask, Err(NotTaken::Unknown));
                    }
                }
            }
        }
    }

    fn asked(&self, ask: &Ask) -> Cmd {
        match ask {
            Ask::Take { folded, identity, .. } => {
                let mut call = self.about("take");
                call.arg(folded).arg(&identity.0);
                call
            }
            Ask::Free { folded, identity } => self.free(folded, identity),
        }
    }

    fn free(&self, folded: &str, identity: &IdentityId) -> Cmd {
        let mut call = self.about("free");
        call.arg(folded).arg(&identity.0);
        call
    }

    fn about(&self, what: &str) -> Cmd {
        let mut call = NAMES.call(HALL);
        call.arg(what).arg(&self.node.0);
        call
    }
}

fn tell(ask: Ask, answer: Result<u64, NotTaken>) {
    if let Ask::Take { answer: Some(asker), .. } = ask {
        // Whoever has gone meanwhile has given the name back.
        let _ = asker.send(answer);
    }
}

fn lease_of(node: &NodeId) -> String {
    format!("{HALL}:node:{node}")
}
