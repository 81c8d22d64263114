//! Compound packets from a peer.

use super::{
    BLOCK_LEN, GENERIC_NACK, GOODBYE, RECEIVER_REPORT, ReportBlock, RtcpError, SENDER_REPORT,
    SenderReport, TRANSPORT_FEEDBACK,
};

/// Packets of one datagram, all well-formed (RFC 3550 §6.1, §A.2).
///
/// It need not begin with a report: some stacks send a lone BYE, and what is here has
/// authenticated.
#[derive(Debug, Clone, Copy)]
pub struct Compound<'p> {
    packets: &'p [u8],
}

/// What is of use in a compound packet; all else is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// Of a source that the peer sends.
    Sender(SenderReport),
    /// Of a source that the peer receives.
    Block {
        /// The peer's own source.
        reporter: u32,
        /// What it says.
        block: ReportBlock,
    },
    /// Packets are missing (RFC 4585 §6.2.1).
    Nack {
        /// Of which source.
        ssrc: u32,
        /// The first that is missing.
        seq: u16,
        /// Bit n is set if `seq + n + 1` is missing too.
        more: u16,
    },
    /// A source of the peer's ends.
    Bye {
        /// Which.
        ssrc: u32,
    },
}

impl<'p> Compound<'p> {
    /// Checks a decrypted datagram as a whole.
    ///
    /// # Errors
    /// If anything in it is malformed; then nothing of it is to be used.
    pub fn parse(datagram: &'p [u8]) -> Result<Self, RtcpError> {
        let mut rest = datagram;
        loop {
            let (packet, after) = split(rest)?;
            if packet.padded && !after.is_empty() {
                return Err(RtcpError::Padding);
            }
            packet.check()?;
            if after.is_empty() {
                return Ok(Self { packets: datagram });
            }
            rest = after;
        }
    }

    /// What is in it, in order.
    pub fn items(&self) -> impl Iterator<Item = Item> + use<'p> {
        let mut rest = self.packets;
        let packets = std::iter::from_fn(move || {
            let (packet, after) = split(rest).ok()?;
            rest = after;
            Some(packet)
        });
        packets.flat_map(|packet| packet.items())
    }
}

/// One packet of a compound.
#[derive(Clone, Copy)]
struct Packet<'p> {
    packet_type: u8,
    /// Reports, sources or the format of a feedback.
    count: u8,
    padded: bool,
    /// After the header, without padding.
    body: &'p [u8],
}

/// Takes the first packet off `rest`, which must have one.
fn split(rest: &[u8]) -> Result<(Packet<'_>, &[u8]), RtcpError> {
    let Some((&[first, packet_type, w0, w1], _)) = rest.split_first_chunk::<4>() else {
        return Err(RtcpError::Short);
    };
    if first >> 6 != 2 || !(192..=223).contains(&packet_type) {
        return Err(RtcpError::NotRtcp);
    }
    let len = 4 * (usize::from(u16::from_be_bytes([w0, w1])) + 1);
    let (packet, after) = rest.split_at_checked(len).ok_or(RtcpError::Short)?;
    let padded = first & 0x20 != 0;
    let padding = match packet.last() {
        Some(&padding) if padded => usize::from(padding),
        _ => 0,
    };
    if padded && (padding == 0 || !padding.is_multiple_of(4) || padding > len - 4) {
        return Err(RtcpError::Padding);
    }
    let body = &packet[4..len - padding];
    Ok((Packet { packet_type, count: first & 0x1f, padded, body }, after))
}

impl<'p> Packet<'p> {
    fn check(&self) -> Result<(), RtcpError> {
        let least = match self.packet_type {
            SENDER_REPORT => 24 + BLOCK_LEN * usize::from(self.count),
            RECEIVER_REPORT => 4 + BLOCK_LEN * usize::from(self.count),
            GOODBYE => 4 * usize::from(self.count),
            TRANSPORT_FEEDBACK => 8,
            _ => 0,
        };
        if self.body.len() < least { Err(RtcpError::Short) } else { Ok(()) }
    }

    /// What it says; nothing if [`Self::check`] refuses it.
    fn items(self) -> impl Iterator<Item = Item> + use<'p> {
        let count = usize::from(self.count);
        // At most one item of its own, then equal pieces, of which each is an item.
        let (first, pieces, len) = match (self.packet_type, self.body) {
            (SENDER_REPORT, body) if body.len() >= 24 => {
                let report = SenderReport {
                    ssrc: word(body, 0),
                    ntp: u64::from(word(body, 1)) << 32 | u64::from(word(body, 2)),
                    rtp_timestamp: word(body, 3),
                    packets: word(body, 4),
                    octets: word(body, 5),
                };
                (Some(Item::Sender(report)), body.get(24..24 + BLOCK_LEN * count), BLOCK_LEN)
            }
            (RECEIVER_REPORT, body) => (None, body.get(4..4 + BLOCK_LEN * count), BLOCK_LEN),
            (TRANSPORT_FEEDBACK, body) if self.count == GENERIC_NACK => (None, body.get(8..), 4),
            (GOODBYE, body) => (None, body.get(..4 * count), 4),
            _ => (None, None, 4),
        };
        let pieces = pieces.unwrap_or_default().chunks_exact(len);
        first.into_iter().chain(pieces.map(move |piece| self.piece(piece)))
    }

    fn piece(&self, piece: &[u8]) -> Item {
        match self.packet_type {
            GOODBYE => Item::Bye { ssrc: word(piece, 0) },
            TRANSPORT_FEEDBACK => {
                let missing = word(piece, 0);
                let (seq, more) = ((missing >> 16) as u16, missing as u16);
                Item::Nack { ssrc: word(self.body, 1), seq, more }
            }
            _ => Item::Block {
                reporter: word(self.body, 0),
                block: ReportBlock {
                    ssrc: word(piece, 0),
                    fraction_lost: (word(piece, 1) >> 24) as u8,
                    // Extends the sign of 24 bits.
                    cumulative_lost: (word(piece, 1) << 8) as i32 >> 8,
                    highest: word(piece, 2),
                    jitter: word(piece, 3),
                    last_report: word(piece, 4),
                    delay: word(piece, 5),
                },
            },
        }
    }
}

/// The 32-bit word at `position`, counted in words; 0 beyond the end, which callers exclude.
fn word(bytes: &[u8], position: usize) -> u32 {
    match bytes.get(4 * position..4 * position + 4) {
        Some(&[b0, b1, b2, b3]) => u32::from_be_bytes([b0, b1, b2, b3]),
        _ => 0,
    }
}
