//! Passwords of rooms: kept as argon2 hashes, and compared off the threads that serve people.
//!
//! Owns how long one may be and how much work may be under way. Never keeps a password.

use std::{sync::Arc, time::Duration};

use argon2::{
    Argon2, PasswordHasher as _, PasswordVerifier as _, password_hash,
    password_hash::phc::PasswordHash,
};
use hearth_protocol::{ErrorCode, Fault, Password};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

/// Longest password, bytes.
pub const BYTES: usize = 128;

/// Passwords that are worked on at once; each takes 19 MiB and some 20 ms of a core.
const AT_ONCE: usize = 2;

/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes and compares hashes.
#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Passwords {
    /// What is kept of a password: a PHC string.
    ///
    /// # Errors
    /// `room_invalid` if it is empty or too long; `busy`.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, Fault> {
        if password.0.is_empty() || password.0.len() > BYTES {
            return Err(Fault::new(
                ErrorCode::RoomInvalid,
                format!("A password has from 1 to {BYTES} bytes."),
            ));
        }
        let hashed = self.work(move || {
            Argon2::default()
                .hash_password(password.0.as_bytes())
                .map(|hash: PasswordHash| hash.to_string())
        });
        hashed.await?.map_err(|error| broken(&error))
    }

    /// Whether this is the password of which `kept` is kept.
    ///
    /// # Errors
    /// `wrong_password`; `busy`.
    pub(crate) async fn verify(&self, given: Option<Password>, kept: String) -> Result<(), Fault> {
        let wrong = |text: &str| Err(Fault::new(ErrorCode::WrongPassword, text));
        let Some(given) = given else { return wrong("This room asks for a password.") };
        if given.0.len() > BYTES {
            return wrong("This is not the password of this room.");
        }
        let verified = self.work(move || {
            let kept =
                PasswordHash::new(&kept).map_err(|_| password_hash::Error::EncodingInvalid)?;
            Argon2::default().verify_password(given.0.as_bytes(), &kept)
        });
        match verified.await? {
            Ok(()) => Ok(()),
            Err(password_hash::Error::PasswordInvalid) => {
                wrong("This is not the password of this room.")
            }
            Err(error) => Err(broken(&error)),
        }
    }

    /// Works off these threads, in its turn. Whoever does not wait for the end does not give the
    /// turn to another before it.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let busy =
            || Fault::passing(ErrorCode::Busy, "Too many passwords are being checked.", PATIENCE);
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or_else(busy)?;
        let working = spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        working.await.map_err(|_| busy())
    }
}

fn broken(error: &password_hash::Error) -> Fault {
    tracing::error!(%error, "a password cannot be worked on");
    Fault::new(ErrorCode::Internal, "The server cannot work on this password.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Password {
        Password(text.into())
    }

    #[tokio::test]
    async fn only_the_same_password_is_right_and_none_is_kept() {
        let passwords = Passwords::default();
        let kept = passwords.hash(said("sesame")).await.unwrap();
        assert!(kept.starts_with("$argon2id$") && !kept.contains("sesame"), "{kept}");
        assert_ne!(kept, passwords.hash(said("sesame")).await.unwrap());
        passwords.verify(Some(said("sesame")), kept.clone()).await.unwrap();
        let too_long = said(&"x".repeat(BYTES + 1));
        for wrong in [None, Some(said("")), Some(said("Sesame")), Some(too_long.clone())] {
            let fault = passwords.verify(wrong, kept.clone()).await.unwrap_err();
            assert_eq!(fault.code, ErrorCode::WrongPassword);
        }
        for bad in [said(""), too_long] {
            assert_eq!(passwords.hash(bad).await.unwrap_err().code, ErrorCode::RoomInvalid);
        }
        let ruin = passwords.verify(Some(said("sesame")), "$argon2id$ruin".into()).await;
        assert_eq!(ruin.unwrap_err().code, ErrorCode::Internal);
    }

    #[tokio::test]
    async fn a_turn_given_up_is_not_anothers_before_its_end() {
        let passwords = Passwords::default();
        let (tell, told) = std::sync::mpsc::channel::<()>();
        let given_up = passwords.work(move || told.recv().is_err());
        assert!(timeout(Duration::from_millis(20), given_up).await.is_err());
        assert_eq!(passwords.turns.available_permits(), AT_ONCE - 1);
        drop(tell);
        let all = u32::try_from(AT_ONCE).unwrap();
        drop(passwords.turns.acquire_many(all).await.unwrap());
    }
}
