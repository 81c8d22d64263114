//! How fast somebody may ask. Bounds on sizes and numbers live where the things live.
//!
//! Owns one limiter per kind of request, keyed by identity or by address. Never waits: whoever is
//! over the rate is told when to try again.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use hearth_protocol::{ErrorCode, Fault, IdentityId};

/// Keys that one limiter remembers; those who come when it is full share one key.
const MAX_KEYS: usize = 65_536;

/// What whoever asks for more than the rate ever allows is told to wait.
const NEVER: Duration = Duration::from_secs(24 * 3600);

/// Every rate. With `limits.enabled = false` everything passes.
pub struct Limits {
    rates: Option<Rates>,
}

struct Rates {
    messages: Keyed<IdentityId>,
    rooms: Keyed<IdentityId>,
    chat: Keyed<IdentityId>,
    reading: Keyed<IdentityId>,
    voice: Keyed<IdentityId>,
    passwords: Keyed<IdentityId>,
    calls: Keyed<IdentityId>,
    hellos: Keyed<IpAddr>,
    http: Keyed<IpAddr>,
    uploads: Keyed<IdentityId>,
    upload_kib: Keyed<IdentityId>,
}

impl Limits {
    /// The rates of the settings.
    #[must_use]
    pub fn new(limits: &hearth_config::Limits) -> Self {
        let per = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let anybody = || IdentityId(String::new());
        let anywhere = || IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        let rates = limits.enabled.then(|| Rates {
            messages: Keyed::new(
                Quota::per_second(per(limits.messages_per_second))
                    .allow_burst(per(limits.messages_burst)),
                anybody(),
            ),
            rooms: Keyed::new(Quota::per_hour(per(limits.rooms_per_hour)), anybody()),
            chat: Keyed::new(
                Quota::per_second(per(limits.chat_per_second)).allow_burst(per(limits.chat_burst)),
                anybody(),
            ),
            reading: Keyed::new(Quota::per_second(per(limits.reads_per_second)), anybody()),
            voice: Keyed::new(Quota::per_minute(per(limits.voice_joins_per_minute)), anybody()),
            passwords: Keyed::new(Quota::per_minute(per(limits.passwords_per_minute)), anybody()),
            calls: Keyed::new(Quota::per_minute(per(limits.calls_per_minute)), anybody()),
            hellos: Keyed::new(Quota::per_minute(per(limits.hellos_per_minute)), anywhere()),
            http: Keyed::new(Quota::per_second(per(limits.http_per_second)), anywhere()),
            uploads: Keyed::new(Quota::per_minute(per(limits.uploads_per_minute)), anybody()),
            upload_kib: Keyed::new(Quota::per_hour(kib(limits.upload_bytes_per_hour)), anybody()),
        });
        Self { rates }
    }

    /// A WebSocket message.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn message(&self, who: &IdentityId) -> Result<(), Fault> {
        self.rates.as_ref().map_or(Ok(()), |rates| rates.messages.check(who))
    }

    /// A new room.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn room(&self, who: &IdentityId) -> Result<(), Fault> {
        self.rates.as_ref().map_or(Ok(()), |rates| rates.rooms.check(who))
    }

    /// Something written, changed, taken away or reacted to; something that moderators do.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn chat(&self, who: &IdentityId) -> Result<(), Fault> {
        self.rates.as_ref().map_or(Ok(()), |rates| rates.chat.check(who))
    }

    /// A page, a search or a list that the store is asked for.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn reading(&self, who: &IdentityId) -> Result<(), Fault> {
        self.rates.as_ref().map_or(Ok(()), |rates| rates.reading.check(who))
    }

    /// A negotiation: `voice:join`, `voice:restart`, WHIP, WHEP.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn voice(&self, who: &IdentityId) -> Result<(), Fault> {
        self.rates.as_ref().map_or(Ok(()), |rates| rates.voice.check(who))
    }

    /// A password that is to be compared.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn password(&self, who: &IdentityId) -> Result<(), Fault> {
        self.rates.as_ref().map_or(Ok(()), |rates| rates.passwords.check(who))
    }

    /// A call that is to ring.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn call(&self, who: &IdentityId) -> Result<(), Fault> {
        self.rates.as_ref().map_or(Ok(()), |rates| rates.calls.check(who))
    }

    /// A `hello`, or anything else that may issue an identity.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn hello(&self, from: IpAddr) -> Result<(), Fault> {
        self.rates.as_ref().map_or(Ok(()), |rates| rates.hellos.check(&network(from)))
    }

    /// An HTTP request.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn http(&self, from: IpAddr) -> Result<(), Fault> {
        self.rates.as_ref().map_or(Ok(()), |rates| rates.http.check(&network(from)))
    }

    /// A sound that is to be uploaded.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn upload(&self, who: &IdentityId) -> Result<(), Fault> {
        self.rates.as_ref().map_or(Ok(()), |rates| rates.uploads.check(who))
    }

    /// The bytes of a sound that was uploaded.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn upload_bytes(&self, who: &IdentityId, bytes: u64) -> Result<(), Fault> {
        self.rates.as_ref().map_or(Ok(()), |rates| rates.upload_kib.check_many(who, kib(bytes)))
    }

    /// Forgets those who have not asked for long. To be called about once a minute.
    pub fn sweep(&self) {
        if let Some(rates) = &self.rates {
            rates.messages.sweep();
            rates.rooms.sweep();
            rates.chat.sweep();
            rates.reading.sweep();
            rates.voice.sweep();
            rates.passwords.sweep();
            rates.calls.sweep();
            rates.hellos.sweep();
            rates.http.sweep();
            rates.uploads.sweep();
            rates.upload_kib.sweep();
        }
    }
}

/// Bytes in units that fit a limiter; at least 1.
fn kib(bytes: u64) -> NonZeroU32 {
    u32::try_from(bytes.div_ceil(1024))
        .map_or(NonZeroU32::MAX, |kib| NonZeroU32::new(kib).unwrap_or(NonZeroU32::MIN))
}

/// Whoever has an IPv6 address has 2⁶⁴ of them: those count as one.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

struct Keyed<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
    shared: K,
}

impl<K: Hash + Eq + Clone> Keyed<K> {
    fn new(quota: Quota, shared: K) -> Self {
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default(), shared }
    }

    fn check(&self, key: &K) -> Result<(), Fault> {
        self.check_many(key, NonZeroU32::MIN)
    }

    fn check_many(&self, key: &K, many: NonZeroU32) -> Result<(), Fault> {
        let key = if self.limiter.len() < MAX_KEYS { key } else { &self.shared };
        let after = match self.limiter.check_key_n(key, many) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(not_until)) => not_until.wait_time_from(self.clock.now()),
            // More than ever passes at once.
            Err(_) => NEVER,
        };
        Err(Fault::passing(
            ErrorCode::RateLimited,
            "That was too fast. Wait a moment.",
            after.max(Duration::from_millis(1)),
        ))
    }

    fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(text: &str) -> Limits {
        Limits::new(&hearth_config::from_toml(text).unwrap().limits)
    }

    #[test]
    fn beyond_the_burst_one_is_told_how_long_to_wait() {
        let limits = limits("[limits]\nmessages_per_second = 2\nmessages_burst = 3");
        let (ana, bo) = (IdentityId("a".into()), IdentityId("b".into()));
        for _ in 0..3 {
            limits.message(&ana).unwrap();
        }
        let fault = limits.message(&ana).unwrap_err();
        assert_eq!(fault.code, ErrorCode::RateLimited);
        assert!((1..=500).contains(&fault.retry_after_ms.unwrap()));
        limits.message(&bo).unwrap();
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let limits = limits("[limits]\nhellos_per_minute = 1");
        limits.hello("2001:db8::1".parse().unwrap()).unwrap();
        assert!(limits.hello("2001:db8::2".parse().unwrap()).is_err());
        limits.hello("2001:db8:0:1::1".parse().unwrap()).unwrap();
        limits.hello("192.0.2.1".parse().unwrap()).unwrap();
        assert!(limits.hello("::ffff:192.0.2.1".parse().unwrap()).is_err());
    }

    #[test]
    fn bytes_are_counted_in_whole_kibibytes() {
        let limits = limits("[limits]\nupload_bytes_per_hour = 65536");
        let ana = IdentityId("a".into());
        assert_eq!(kib(0).get(), 1);
        assert_eq!(kib(u64::MAX), NonZeroU32::MAX);
        limits.upload_bytes(&ana, 63 * 1024 + 1).unwrap();
        let fault = limits.upload_bytes(&ana, 1024).unwrap_err();
        assert!(fault.retry_after_ms.unwrap() <= 3_600_000 / 64 + 1);
        let never = limits.upload_bytes(&IdentityId("b".into()), 65_537).unwrap_err();
        assert_eq!(never.code, ErrorCode::RateLimited);
    }

    #[test]
    fn switched_off_everything_passes() {
        let limits = limits("[limits]\nenabled = false\nmessages_per_second = 1");
        let ana = IdentityId("a".into());
        assert!((0..1000).all(|_| limits.message(&ana).is_ok()));
    }

    #[test]
    fn a_crowd_of_addresses_is_forgotten_or_shares() {
        let limits = limits("[limits]\nhttp_per_second = 1");
        let addresses = || (0..MAX_KEYS as u32 + 100).map(|n| IpAddr::V4(n.into()));
        let refused = addresses().filter(|address| limits.http(*address).is_err()).count();
        assert!(refused >= 98, "{refused}");
        let rates = limits.rates.as_ref().unwrap();
        assert!(rates.http.limiter.len() <= MAX_KEYS + 1);
    }
}
