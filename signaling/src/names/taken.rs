//! The names that are taken while their holders are online.
//!
//! Owns who holds which on this node. Where several nodes share the names, whatever changes here is
//! asked of the others in the same order, by whoever takes the [asks](Ask); a name is somebody's
//! once they have agreed.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use hearth_protocol::{ErrorCode, Fault, IdentityId};
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, oneshot},
    time::{Duration, timeout},
};

use super::fold;

/// Longer than the others take to be asked, whatever becomes of it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The names that are taken. Bounded by the sessions and participants that hold them.
#[derive(Debug, Default)]
pub struct Names {
    taken: Mutex<Taken>,
    /// Where nobody else is asked, the last claim.
    last: AtomicU64,
    shared: bool,
    asking: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    holders: HashMap<String, Holder>,
    /// What other nodes are to be asked, in the order in which it came about.
    asks: VecDeque<Ask>,
}

#[derive(Debug)]
struct Holder {
    identity: IdentityId,
    claims: usize,
}

/// What the other nodes are asked.
#[derive(Debug)]
pub(crate) enum Ask {
    /// May somebody have this name? The answer is the claim's serial.
    Take {
        folded: String,
        identity: IdentityId,
        answer: Option<oneshot::Sender<Result<u64, NotTaken>>>,
    },
    /// Nobody here has it any more.
    Free { folded: String, identity: IdentityId },
}

/// Why a name is not had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// Somebody else has it.
    Held,
    /// Nobody knows.
    Unknown,
}

/// A name is held while this lives.
#[derive(Debug)]
pub struct NameClaim {
    names: Arc<Names>,
    folded: String,
    serial: u64,
}

impl NameClaim {
    /// Of two claims, on whichever nodes, the one with the greater serial is the newer.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.serial
    }
}

impl Names {
    /// Names that are shared with other nodes.
    pub(crate) fn shared() -> Self {
        Self { shared: true, ..Self::default() }
    }

    /// Takes a name for somebody, who may hold it already.
    ///
    /// # Errors
    /// `name_taken` if it is held by somebody else; `busy` if the other nodes cannot be asked.
    pub async fn claim(
        self: &Arc<Self>,
        name: &str,
        identity: &IdentityId,
    ) -> Result<NameClaim, Fault> {
        let taken = || {
            let message = format!("{name} is here already. Choose another name.");
            Fault::new(ErrorCode::NameTaken, message)
        };
        let (mut claim, answer) = self.hold(name, identity).ok_or_else(taken)?;
        if let Some(answer) = answer {
            claim.serial = match timeout(PATIENCE, answer).await {
                Ok(Ok(Ok(serial))) => serial,
                Ok(Ok(Err(NotTaken::Held))) => return Err(taken()),
                Ok(Ok(Err(NotTaken::Unknown)) | Err(_)) | Err(_) => {
                    return Err(Fault::passing(
                        ErrorCode::Busy,
                        "The server cannot let anybody in at the moment.",
                        Duration::from_secs(2),
                    ));
                }
            };
        }
        Ok(claim)
    }

    /// Takes a name as far as this node goes; and what the others say to it, if they are asked.
    #[allow(clippy::type_complexity, reason = "used once, right above")]
    fn hold(
        self: &Arc<Self>,
        name: &str,
        identity: &IdentityId,
    ) -> Option<(NameClaim, Option<oneshot::Receiver<Result<u64, NotTaken>>>)> {
        let folded = fold(name);
        let mut taken = self.taken.lock();
        match taken.holders.entry(folded.clone()) {
            Entry::Occupied(held) if held.get().identity != *identity => return None,
            Entry::Occupied(mut held) => held.get_mut().claims += 1,
            Entry::Vacant(free) => {
                free.insert(Holder { identity: identity.clone(), claims: 1 });
            }
        }
        let serial = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let claim = NameClaim { names: Arc::clone(self), folded: folded.clone(), serial };
        let answer = self.shared.then(|| {
            let (sender, answer) = oneshot::channel();
            let identity = identity.clone();
            taken.asks.push_back(Ask::Take { folded, identity, answer: Some(sender) });
            self.asking.notify_one();
            answer
        });
        Some((claim, answer))
    }

    /// Asks for every name that is held here once more: the others may have forgotten.
    pub(crate) fn ask_again(&self) {
        let mut taken = self.taken.lock();
        let Taken { holders, asks } = &mut *taken;
        asks.extend(holders.iter().map(|(folded, holder)| Ask::Take {
            folded: folded.clone(),
            identity: holder.identity.clone(),
            answer: None,
        }));
        self.asking.notify_one();
    }

    /// What the others are to be asked next, in this order; waits until there is something.
    pub(crate) async fn asks(&self, most: usize) -> Vec<Ask> {
        loop {
            {
                let mut taken = self.taken.lock();
                let most = most.min(taken.asks.len());
                if most > 0 {
                    return taken.asks.drain(..most).collect();
                }
            }
            self.asking.notified().await;
        }
    }
}

impl Drop for NameClaim {
    fn drop(&mut self) {
        let folded = std::mem::take(&mut self.folded);
        let mut taken = self.names.taken.lock();
        let Entry::Occupied(mut held) = taken.holders.entry(folded) else { return };
        held.get_mut().claims -= 1;
        if held.get().claims == 0 {
            let (folded, Holder { identity, .. }) = held.remove_entry();
            if self.names.shared {
                taken.asks.push_back(Ask::Free { folded, identity });
                self.names.asking.notify_one();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana() -> IdentityId {
        IdentityId("ana".into())
    }

    #[tokio::test]
    async fn a_name_is_free_once_its_last_claim_is_dropped() {
        let names = Arc::new(Names::default());
        let bo = IdentityId("bo".into());
        let first = names.claim("Ana", &ana()).await.unwrap();
        let second = names.claim("ANA", &ana()).await.unwrap();
        assert!(second.serial() > first.serial());
        assert_eq!(names.claim("ana", &bo).await.unwrap_err().code, ErrorCode::NameTaken);
        drop(first);
        assert!(names.claim("ana", &bo).await.is_err());
        drop(second);
        assert!(names.claim("ana", &bo).await.is_ok());
    }

    #[tokio::test]
    async fn what_the_others_are_asked_is_in_the_order_of_what_happened() {
        let names = Arc::new(Names::shared());
        let other = Arc::clone(&names);
        let first = tokio::spawn(async move { other.claim("Ana", &ana()).await });
        let mut asks = names.asks(10).await;
        let Some(Ask::Take { folded, answer: Some(answer), .. }) = asks.pop() else { panic!() };
        assert_eq!(folded, "ana");
        answer.send(Ok(17)).unwrap();
        let claim = first.await.unwrap().unwrap();
        assert_eq!(claim.serial(), 17);
        names.ask_again();
        drop(claim);
        let (other, again) = (Arc::clone(&names), ana());
        let second = tokio::spawn(async move { other.claim("ANA", &again).await });
        let mut asks = names.asks(2).await;
        while asks.len() < 3 {
            asks.extend(names.asks(1).await);
        }
        let [
            Ask::Take { answer: None, .. },
            Ask::Free { identity, .. },
            Ask::Take { answer: Some(answer), .. },
        ] = <[Ask; 3]>::try_from(asks).unwrap()
        else {
            panic!()
        };
        assert_eq!(identity, ana());
        answer.send(Err(NotTaken::Held)).unwrap();
        assert_eq!(second.await.unwrap().unwrap_err().code, ErrorCode::NameTaken);
        // What was not had is given back.
        assert!(matches!(names.asks(10).await.as_slice(), [Ask::Free { .. }]));
        assert!(names.taken.lock().holders.is_empty());
    }

    #[tokio::test]
    async fn without_an_answer_nobody_comes_in() {
        let names = Arc::new(Names::shared());
        let other = Arc::clone(&names);
        let claim = tokio::spawn(async move { other.claim("Ana", &ana()).await });
        drop(names.asks(10).await);
        let fault = claim.await.unwrap().unwrap_err();
        assert_eq!(fault.code, ErrorCode::Busy);
        assert!(fault.retry_after_ms.is_some());
    }
}
