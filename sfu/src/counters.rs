//! What a worker counts: plain totals since its start, never reset.

/// Declares [`Counters`] with its names and its flat form from one list.
macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Totals since the worker's start.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct Counters {
            $($(#[doc = $doc])+ pub $name: u64,)+
        }

        impl Counters {
            /// The names of the totals, in the order of [`Counters::values`].
            pub const NAMES: [&'static str; [$(stringify!($name)),+].len()] = [$(stringify!($name)),+];

            /// The totals, in the order of [`Counters::NAMES`].
            #[must_use]
            pub fn values(&self) -> [u64; Self::NAMES.len()] {
                [$(self.$name),+]
            }

            /// The reverse of [`Counters::values`].
            #[must_use]
            pub fn from_values(values: [u64; Self::NAMES.len()]) -> Self {
                let [$($name),+] = values;
                Self { $($name),+ }
            }
        }
    };
}

counters! {
    /// Datagrams received.
    datagrams_in,
    /// Bytes of their payload.
    bytes_in,
    /// Datagrams given to the kernel.
    datagrams_out,
    /// Bytes of their payload.
    bytes_out,
    /// RTP packets that authenticated.
    rtp_in,
    /// RTP packets written for listeners.
    rtp_forwarded,
    /// RTCP packets that authenticated.
    rtcp_in,
    /// RTCP packets written.
    rtcp_out,
    /// ICE checks that authenticated.
    ice_checks,
    /// Peers whose address changed.
    rebound,
    /// DTLS handshakes finished, fingerprint and profile included.
    handshakes,
    /// Peers that joined.
    joins,
    /// Offers refused.
    joins_refused,
    /// Blocks refused: the listener has as many as are allowed.
    blocks_refused,
    /// Peers gone, for whatever reason.
    closed,
    /// Peers given up after a fault of the worker's own.
    faults,
    /// Media dropped: the talker is muted.
    dropped_muted,
    /// Media dropped: others are louder.
    dropped_quiet,
    /// Media dropped: it came after its slot had changed hands.
    dropped_late,
    /// Media dropped before it was looked at: it had waited too long.
    dropped_waiting,
    /// Media dropped because the kernel took no more; the oldest first.
    dropped_unsent,
    /// Datagrams that the kernel refused to send.
    send_errors,
    /// Datagrams that the kernel dropped because its receive buffer was full.
    kernel_dropped,
    /// Bad input: empty, too long or of no known class.
    bad_class,
    /// Bad input: STUN that is malformed.
    bad_stun,
    /// STUN for which there is no peer.
    stun_unknown,
    /// STUN whose integrity does not hold.
    stun_forged,
    /// STUN that is not a binding request, and TURN channel data.
    stun_other,
    /// DTLS from an address without an authenticated ICE check.
    dtls_unchecked,
    /// DTLS associations that failed.
    dtls_failed,
    /// Bad input: RTP that is malformed or of a kind that was not negotiated.
    bad_rtp,
    /// RTP that does not authenticate, or was seen before.
    rtp_forged,
    /// Bad input: RTCP that is malformed.
    bad_rtcp,
    /// RTCP that does not authenticate, or was seen before.
    rtcp_forged,
    /// RTP or RTCP for which there is no connected peer.
    media_unknown,
    /// Events dropped because nobody took them.
    events_dropped,
}

#[cfg(test)]
mod tests {
    use super::Counters;

    #[test]
    fn flat_form_keeps_the_order() {
        let counters = Counters { rtp_in: 7, events_dropped: 9, ..Counters::default() };
        assert_eq!(Counters::from_values(counters.values()), counters);
        let at = Counters::NAMES.iter().position(|name| *name == "rtp_in").unwrap();
        assert_eq!(counters.values()[at], 7);
    }
}
