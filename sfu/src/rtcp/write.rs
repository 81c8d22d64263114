//! Compound packets for a peer.

use super::{
    BLOCK_LEN, GOODBYE, RECEIVER_REPORT, ReportBlock, RtcpError, SENDER_REPORT, SOURCE_DESCRIPTION,
    SenderReport,
};

/// The most report blocks in one report (RFC 3550 §6.4.1).
const MAX_BLOCKS: usize = 31;

/// Writes a compound packet into a buffer of the caller's, report by report. A report that does
/// not fit is refused as a whole and leaves what was written before.
#[derive(Debug)]
pub struct Writer<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl<'b> Writer<'b> {
    /// Writes from the start of `buffer`. Leave room after it for the trailer of SRTCP.
    pub fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    /// Bytes written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A sender report with report blocks, at most 31.
    ///
    /// # Errors
    /// [`RtcpError::NoRoom`].
    pub fn sender_report(
        &mut self,
        report: &SenderReport,
        blocks: &[ReportBlock],
    ) -> Result<(), RtcpError> {
        let mut packet = self.packet(SENDER_REPORT, blocks.len(), 24 + BLOCK_LEN * blocks.len())?;
        packet.word(report.ssrc);
        packet.word((report.ntp >> 32) as u32);
        packet.word(report.ntp as u32);
        packet.word(report.rtp_timestamp);
        packet.word(report.packets);
        packet.word(report.octets);
        packet.blocks(blocks);
        Ok(())
    }

    /// A receiver report of `ssrc` with report blocks, at most 31.
    ///
    /// # Errors
    /// [`RtcpError::NoRoom`].
    pub fn receiver_report(&mut self, ssrc: u32, blocks: &[ReportBlock]) -> Result<(), RtcpError> {
        let mut packet =
            self.packet(RECEIVER_REPORT, blocks.len(), 4 + BLOCK_LEN * blocks.len())?;
        packet.word(ssrc);
        packet.blocks(blocks);
        Ok(())
    }

    /// The canonical name of `ssrc` (RFC 3550 §6.5.1), at most 255 bytes; a compound packet needs
    /// one.
    ///
    /// # Errors
    /// [`RtcpError::NoRoom`].
    pub fn cname(&mut self, ssrc: u32, name: &str) -> Result<(), RtcpError> {
        let len = u8::try_from(name.len()).map_err(|_| RtcpError::NoRoom)?;
        // SSRC, type, length, name and at least one zero byte; whole words.
        let body = (4 + 2 + name.len() + 1).next_multiple_of(4);
        let packet = self.packet(SOURCE_DESCRIPTION, 1, body)?;
        packet.rest[..4].copy_from_slice(&ssrc.to_be_bytes());
        packet.rest[4..6].copy_from_slice(&[1, len]);
        packet.rest[6..6 + name.len()].copy_from_slice(name.as_bytes());
        packet.rest[6 + name.len()..].fill(0);
        Ok(())
    }

    /// The source `ssrc` ends.
    ///
    /// # Errors
    /// [`RtcpError::NoRoom`].
    pub fn bye(&mut self, ssrc: u32) -> Result<(), RtcpError> {
        self.packet(GOODBYE, 1, 4)?.word(ssrc);
        Ok(())
    }

    /// A header, and a body of `body` bytes, whole words, to be filled.
    fn packet(
        &mut self,
        packet_type: u8,
        count: usize,
        body: usize,
    ) -> Result<Body<'_>, RtcpError> {
        let end = self.len + 4 + body;
        let words = u16::try_from(body / 4).map_err(|_| RtcpError::NoRoom)?;
        let packet = self.buffer.get_mut(self.len..end).ok_or(RtcpError::NoRoom)?;
        if count > MAX_BLOCKS {
            return Err(RtcpError::NoRoom);
        }
        self.len = end;
        let (header, rest) = packet.split_at_mut(4);
        header[..2].copy_from_slice(&[0x80 | count as u8, packet_type]);
        header[2..].copy_from_slice(&words.to_be_bytes());
        Ok(Body { rest })
    }
}

/// What is left to be filled of a packet's body.
struct Body<'b> {
    rest: &'b mut [u8],
}

impl Body<'_> {
    fn word(&mut self, word: u32) {
        let (first, rest) = std::mem::take(&mut self.rest).split_at_mut(4);
        first.copy_from_slice(&word.to_be_bytes());
        self.rest = rest;
    }

    fn blocks(&mut self, blocks: &[ReportBlock]) {
        for block in blocks {
            let lost = block.cumulative_lost.clamp(-(1 << 23), (1 << 23) - 1);
            self.word(block.ssrc);
            self.word(u32::from(block.fraction_lost) << 24 | (lost as u32 & 0x00ff_ffff));
            self.word(block.highest);
            self.word(block.jitter);
            self.word(block.last_report);
            self.word(block.delay);
        }
    }
}
