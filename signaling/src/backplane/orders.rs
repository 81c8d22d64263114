//! What is asked of another node about one of its people, and its answer.
//!
//! Owns the orders that wait for an answer. Each ends: with the answer, or once `nodes.answer_ms` are
//! over. Never decides whether somebody may give one: that was done where it comes from.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use hearth_protocol::{ErrorCode, Fault, IdentityId, ParticipantNumber};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::{sync::oneshot, time::timeout};

use super::{mirror::Mirror, news::NodeId};
use crate::moderation::Deed;

/// When trying again makes sense after no answer came.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// What another node is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    /// What a moderator does to a participant there.
    Deed { number: ParticipantNumber, deed: Deed },
    /// To say where somebody comes from who has a session there.
    Address { identity: IdentityId },
}

/// What came of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Done {
    /// Whether it made a difference.
    pub(crate) changed: bool,
    /// Where somebody comes from, if that was asked.
    pub(crate) address: Option<IpAddr>,
}

/// The answer to an order.
pub(crate) type Answer = Result<Done, Fault>;

/// Orders that were given and not answered yet. Bounded by the sessions, which wait for them.
#[derive(Debug)]
pub(super) struct Orders {
    waiting: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    last: AtomicU64,
    patience: Duration,
}

/// Forgets the order, however the wait for it ends.
struct Waiting<'a>(&'a Orders, u64);

impl Orders {
    pub(super) fn new(patience: Duration) -> Self {
        Self { waiting: Mutex::default(), last: AtomicU64::new(0), patience }
    }

    /// Has a node do something.
    ///
    /// # Errors
    /// Those that the node answers with; `busy` if it does not answer.
    pub(super) async fn give(&self, mirror: &Mirror, to: &NodeId, order: Order) -> Answer {
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let (sender, answer) = oneshot::channel();
        self.waiting.lock().insert(id, sender);
        let _waiting = Waiting(self, id);
        mirror.order(to, id, order);
        if let Ok(Ok(answer)) = timeout(self.patience, answer).await {
            return answer;
        }
        metrics::counter!("hearth_orders_unanswered_total").increment(1);
        // It may have been done all the same.
        let message = "The node that this person is on does not answer. Look, and try again.";
        Err(Fault::passing(ErrorCode::Busy, message, RETRY_AFTER))
    }

    /// A node has answered. Whoever comes too late is not waited for any more.
    pub(super) fn answered(&self, id: u64, answer: Answer) {
        if let Some(waiting) = self.waiting.lock().remove(&id) {
            let _ = waiting.send(answer);
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.lock().remove(&self.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        Order::Address { identity: IdentityId("ana".into()) }
    }

    #[tokio::test]
    async fn an_order_is_answered_once_and_by_its_own_answer() {
        let (orders, mirror) = (Orders::new(Duration::from_secs(60)), Mirror::default());
        let to = NodeId("b".into());
        let done = Done { changed: true, address: None };
        let give = orders.give(&mirror, &to, order());
        let answer = async {
            orders.answered(2, Ok(Done::default()));
            orders.answered(1, Ok(done));
            orders.answered(1, Ok(Done::default()));
        };
        let (answered, ()) = tokio::join!(give, answer);
        assert_eq!(answered, Ok(done));
        assert!(orders.waiting.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn without_an_answer_it_ends_and_is_forgotten() {
        let (orders, mirror) = (Orders::new(Duration::from_secs(1)), Mirror::default());
        let fault = orders.give(&mirror, &NodeId("b".into()), order()).await.unwrap_err();
        assert_eq!(fault.code, ErrorCode::Busy);
        assert!(fault.retry_after_ms.is_some() && orders.waiting.lock().is_empty());
    }
}
