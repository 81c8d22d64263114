//! Roll-over counters and replay windows (RFC 3711 §3.3.1, §3.3.2), one per source.

use super::SrtpError;

/// How far behind the newest index a packet may come. 128 packets are 2.5 s of voice.
const WINDOW: u64 = 128;

/// The windows of at most `N` sources of one peer.
pub(super) struct Windows<const N: usize> {
    windows: [Window; N],
    /// How many of them are in use, from the front.
    used: usize,
    /// Counts accepted packets, to tell which source was silent longest.
    accepted: u64,
}

#[derive(Clone, Copy)]
struct Window {
    ssrc: u32,
    newest: u64,
    /// Bit n is set if index `newest - n` was accepted.
    seen: u128,
    /// The value of `accepted` at the last packet.
    last_accepted: u64,
}

impl<const N: usize> Windows<N> {
    pub(super) fn new() -> Self {
        let unused = Window { ssrc: 0, newest: 0, seen: 0, last_accepted: 0 };
        Self { windows: [unused; N], used: 0, accepted: 0 }
    }

    /// The 48-bit index of the packet `seq` of `ssrc`: the one nearest to the newest
    /// (RFC 3711 §3.3.1 and appendix A). A source that is new starts at roll-over 0.
    pub(super) fn estimate(&self, ssrc: u32, seq: u16) -> u64 {
        let Some(window) = self.find(ssrc) else {
            return u64::from(seq);
        };
        let forward = seq.wrapping_sub(window.newest as u16) as i16;
        let index = window.newest.wrapping_add_signed(i64::from(forward));
        // In the first cycle there is nothing before 0: what looks older must be newer.
        if index > window.newest && forward < 0 { u64::from(seq) } else { index }
    }

    /// Whether the packet `index` of `ssrc` may still be accepted.
    pub(super) fn check(&self, ssrc: u32, index: u64) -> Result<(), SrtpError> {
        let Some(window) = self.find(ssrc) else {
            return Ok(());
        };
        match window.newest.checked_sub(index) {
            None => Ok(()),
            Some(behind) if behind >= WINDOW => Err(SrtpError::TooOld),
            Some(behind) if window.seen >> behind & 1 == 1 => Err(SrtpError::Replayed),
            Some(_) => Ok(()),
        }
    }

    /// Notes that the packet `index` of `ssrc`, which passed [`Self::check`], has authenticated.
    /// A source too many takes the place of the one that was silent longest.
    pub(super) fn accept(&mut self, ssrc: u32, index: u64) {
        self.accepted += 1;
        let accepted = self.accepted;
        let position = self.windows[..self.used].iter().position(|window| window.ssrc == ssrc);
        let Some(position) = position else {
            let window = Window { ssrc, newest: index, seen: 1, last_accepted: accepted };
            if self.used < N {
                self.windows[self.used] = window;
                self.used += 1;
            } else if let Some(oldest) = self.windows.iter_mut().min_by_key(|w| w.last_accepted) {
                *oldest = window;
            }
            return;
        };
        let window = &mut self.windows[position];
        window.last_accepted = accepted;
        if let Some(behind) = window.newest.checked_sub(index) {
            window.seen |= 1_u128.checked_shl(behind as u32).unwrap_or(0);
        } else {
            let ahead = index - window.newest;
            let kept = if ahead < WINDOW { window.seen << ahead } else { 0 };
            window.seen = kept | 1;
            window.newest = index;
        }
    }

    /// Whether packets of `ssrc` have authenticated.
    pub(super) fn knows(&self, ssrc: u32) -> bool {
        self.find(ssrc).is_some()
    }

    fn find(&self, ssrc: u32) -> Option<&Window> {
        self.windows[..self.used].iter().find(|window| window.ssrc == ssrc)
    }
}
