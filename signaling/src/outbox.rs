//! What waits to be sent to one session, and what was sent but may have been lost.
//!
//! One ring does both: frames before the cursor were handed to the socket and are kept for a
//! resume, frames behind it wait. Owns the count of frames (the implicit sequence of the protocol)
//! and both bounds. Never touches a socket, never waits for one.

use std::{collections::VecDeque, sync::Arc};

use axum::extract::ws::Utf8Bytes;
use hearth_protocol::CloseCode;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Uncounted frames (`hello`, `pong`) that may wait.
const MAX_DIRECT: usize = 64;
/// Frames taken at once.
const BATCH: usize = 64;

/// Bounds of an [`Outbox`].
#[derive(Debug, Clone, Copy)]
pub struct OutboxBounds {
    /// Frames that may wait for a slow reader.
    pub waiting_messages: usize,
    /// Bytes that may wait for a slow reader; also those kept for a resume.
    pub bytes: usize,
    /// Sent frames kept for a resume.
    pub kept_messages: usize,
}

/// The frames of one session, across its sockets.
#[derive(Debug)]
pub struct Outbox {
    bounds: OutboxBounds,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Counted frames; the first has number `before + 1`.
    ring: VecDeque<Utf8Bytes>,
    before: u64,
    /// How many of `ring` were handed to the present socket.
    sent: usize,
    sent_bytes: usize,
    waiting_bytes: usize,
    /// What waited when the present line was connected, in frames and bytes: a resume repeats as
    /// much as was kept, and that is no sign of a slow reader. Nothing once all of it was sent.
    repeated: (usize, usize),
    direct: VecDeque<Utf8Bytes>,
    line: Option<Arc<Line>>,
    /// The line that was cut last: whoever waits on it decides when the session is lost.
    cut: Option<Arc<Line>>,
    ended: bool,
}

/// The connection between an outbox and one socket.
#[derive(Debug, Default)]
pub struct Line {
    ready: Notify,
    over: Notify,
    code: Mutex<Option<CloseCode>>,
    superseded: Notify,
}

impl Line {
    /// Waits until the socket is to be closed from this side.
    pub async fn over(&self) -> CloseCode {
        loop {
            let code = *self.code.lock();
            match code {
                Some(code) => return code,
                None => self.over.notified().await,
            }
        }
    }

    /// Waits until another line has taken this one's place, or the session has ended.
    pub async fn superseded(&self) {
        self.superseded.notified().await;
    }

    fn close(&self, code: CloseCode) {
        self.code.lock().get_or_insert(code);
        self.over.notify_one();
    }

    fn supersede(&self, code: CloseCode) {
        self.close(code);
        self.superseded.notify_one();
    }
}

impl Outbox {
    /// An empty outbox, connected to nothing.
    #[must_use]
    pub fn new(bounds: OutboxBounds) -> Self {
        Self { bounds, state: Mutex::default() }
    }

    /// Connects a socket. With `received` (how many counted frames arrived) the frames after it
    /// are sent again, or `None` comes back if they are not all there. `hello` goes first.
    /// A socket that was connected before is closed as replaced.
    pub fn connect(
        &self,
        received: Option<u64>,
        hello: impl FnOnce() -> Utf8Bytes,
    ) -> Option<Arc<Line>> {
        let mut state = self.state.lock();
        if state.ended {
            return None;
        }
        // However often somebody comes back, what is repeated stays within what is kept.
        state.trim(self.bounds);
        if let Some(received) = received {
            let sent = usize::try_from(received.checked_sub(state.before)?).ok()?;
            if sent > state.ring.len() {
                return None;
            }
            state.seek(sent);
        }
        for old in [state.line.take(), state.cut.take()].into_iter().flatten() {
            old.supersede(CloseCode::Replaced);
        }
        state.repeated = (state.ring.len() - state.sent, state.waiting_bytes);
        state.direct.clear();
        state.direct.push_back(hello());
        let line = Arc::new(Line::default());
        line.ready.notify_one();
        state.line = Some(Arc::clone(&line));
        Some(line)
    }

    /// Says that this line's socket is gone. False if another has taken its place.
    pub fn cut(&self, line: &Arc<Line>) -> bool {
        let mut state = self.state.lock();
        if state.is_present(line) {
            state.cut = state.line.take();
            state.direct.clear();
        }
        state.cut.as_ref().is_some_and(|cut| Arc::ptr_eq(cut, line))
    }

    /// Whether a socket is there.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.state.lock().line.is_some()
    }

    /// Closes the socket, if there is one; the session can be resumed.
    pub fn close(&self, code: CloseCode) {
        if let Some(line) = &self.state.lock().line {
            line.close(code);
        }
    }

    /// Closes the socket, if there is one, and forgets everything.
    pub fn end(&self, code: CloseCode) {
        let mut state = self.state.lock();
        for line in [state.line.take(), state.cut.take()].into_iter().flatten() {
            line.supersede(code);
        }
        *state = State { ended: true, ..State::default() };
    }

    /// Adds a counted frame. Never waits: a reader who is too slow loses the socket.
    pub fn push(&self, frame: Utf8Bytes) {
        let mut state = self.state.lock();
        if state.ended {
            return;
        }
        state.waiting_bytes += frame.len();
        state.ring.push_back(frame);
        if state.line.is_some() {
            let waiting = state.ring.len() - state.sent;
            let (frames, bytes) = state.repeated;
            if waiting > self.bounds.waiting_messages + frames
                || state.waiting_bytes > self.bounds.bytes + bytes
            {
                state.overflow();
            } else if let Some(line) = &state.line {
                line.ready.notify_one();
            }
        } else {
            // Nobody reads: what is kept is for a resume. If a frame is gone that was not heard,
            // the resume will say so.
            state.trim(self.bounds);
        }
    }

    /// Adds a frame that does not count: `pong`. Lost with the socket.
    pub fn push_direct(&self, frame: Utf8Bytes) {
        let mut state = self.state.lock();
        if state.direct.len() >= MAX_DIRECT {
            state.overflow();
        } else if let Some(line) = state.line.clone() {
            state.direct.push_back(frame);
            line.ready.notify_one();
        }
    }

    /// Forgets the frames that have arrived.
    pub fn heard(&self, received: u64) {
        let mut state = self.state.lock();
        while state.before < received && state.sent > 0 {
            state.forget_first();
        }
        if state.ring.is_empty() {
            state.ring.shrink_to_fit();
        }
    }

    /// Waits for frames to send over this line and moves them into `batch`. False once the line
    /// is not the present one.
    pub async fn take(&self, line: &Arc<Line>, batch: &mut Vec<Utf8Bytes>) -> bool {
        loop {
            {
                let mut state = self.state.lock();
                if !state.is_present(line) {
                    return false;
                }
                batch.extend(state.direct.drain(..));
                while batch.len() < BATCH && state.sent < state.ring.len() {
                    let frame = state.ring[state.sent].clone();
                    state.sent += 1;
                    state.sent_bytes += frame.len();
                    state.waiting_bytes -= frame.len();
                    batch.push(frame);
                }
                if state.sent == state.ring.len() {
                    state.repeated = (0, 0);
                }
                while state.sent > self.bounds.kept_messages || state.sent_bytes > self.bounds.bytes
                {
                    state.forget_first();
                }
                if !batch.is_empty() {
                    return true;
                }
            }
            line.ready.notified().await;
        }
    }
}

impl State {
    fn is_present(&self, line: &Arc<Line>) -> bool {
        self.line.as_ref().is_some_and(|present| Arc::ptr_eq(present, line))
    }

    fn overflow(&mut self) {
        if let Some(line) = &self.line {
            metrics::counter!("hearth_outbox_overflows_total").increment(1);
            line.close(CloseCode::SlowReader);
            self.cut = self.line.take();
            self.direct.clear();
        }
    }

    fn trim(&mut self, bounds: OutboxBounds) {
        while self.ring.len() > bounds.kept_messages
            || self.sent_bytes + self.waiting_bytes > bounds.bytes
        {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some(frame) = self.ring.pop_front() else { return };
        self.before += 1;
        if self.sent > 0 {
            self.sent -= 1;
            self.sent_bytes -= frame.len();
        } else {
            self.waiting_bytes -= frame.len();
        }
    }

    fn seek(&mut self, sent: usize) {
        self.sent = sent;
        self.sent_bytes = self.ring.iter().take(sent).map(|frame| frame.len()).sum();
        self.waiting_bytes = self.ring.iter().skip(sent).map(|frame| frame.len()).sum();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn outbox(waiting_messages: usize, bytes: usize, kept_messages: usize) -> Outbox {
        Outbox::new(OutboxBounds { waiting_messages, bytes, kept_messages })
    }

    fn connect(outbox: &Outbox, received: Option<u64>) -> Option<Arc<Line>> {
        outbox.connect(received, || "hello".into())
    }

    fn push(outbox: &Outbox, frames: std::ops::RangeInclusive<u32>) {
        for frame in frames {
            outbox.push(frame.to_string().into());
        }
    }

    /// What is sent over the line now; `None` if it is not the present one.
    fn taken(outbox: &Outbox, line: &Arc<Line>) -> Option<String> {
        let (mut all, mut batch) = (Vec::new(), Vec::new());
        while let Some(present) = outbox.take(line, &mut batch).now_or_never() {
            if !present {
                return None;
            }
            all.extend(batch.drain(..).map(|frame| frame.to_string()));
        }
        Some(all.join(" "))
    }

    #[test]
    fn hello_goes_first_and_frames_follow_in_order() {
        let outbox = outbox(10, 100, 10);
        push(&outbox, 1..=2);
        let line = connect(&outbox, None).unwrap();
        push(&outbox, 3..=4);
        assert_eq!(taken(&outbox, &line).unwrap(), "hello 1 2 3 4");
        push(&outbox, 5..=5);
        assert_eq!(taken(&outbox, &line).unwrap(), "5");
    }

    #[test]
    fn a_resume_repeats_what_came_after_the_last_frame_that_arrived() {
        let outbox = outbox(10, 100, 10);
        let first = connect(&outbox, None).unwrap();
        push(&outbox, 1..=4);
        outbox.push_direct("pong".into());
        assert_eq!(taken(&outbox, &first).unwrap(), "hello pong 1 2 3 4");
        assert!(outbox.cut(&first));
        push(&outbox, 5..=6);
        outbox.push_direct("pong".into());
        let second = connect(&outbox, Some(2)).unwrap();
        assert_eq!(taken(&outbox, &second).unwrap(), "hello 3 4 5 6");
        // Without a cut in between: the older line ends, and only the newer is present.
        let third = connect(&outbox, Some(6)).unwrap();
        assert_eq!(second.over().now_or_never(), Some(CloseCode::Replaced));
        assert_eq!(second.superseded().now_or_never(), Some(()));
        assert!(taken(&outbox, &second).is_none() && !outbox.cut(&second));
        assert_eq!(taken(&outbox, &third).unwrap(), "hello");
    }

    #[test]
    fn what_is_not_kept_in_full_is_not_resumed() {
        let outbox = outbox(10, 100, 3);
        let line = connect(&outbox, None).unwrap();
        push(&outbox, 1..=5);
        taken(&outbox, &line).unwrap();
        outbox.cut(&line);
        assert!(connect(&outbox, Some(1)).is_none());
        assert!(connect(&outbox, Some(6)).is_none());
        let line = connect(&outbox, Some(2)).unwrap();
        assert_eq!(taken(&outbox, &line).unwrap(), "hello 3 4 5");
        outbox.heard(4);
        outbox.cut(&line);
        assert!(connect(&outbox, Some(3)).is_none());
        assert_eq!(taken(&outbox, &connect(&outbox, Some(4)).unwrap()).unwrap(), "hello 5");
    }

    #[test]
    fn nobody_can_make_the_server_forget_what_it_did_not_send() {
        let outbox = outbox(10, 100, 10);
        let line = connect(&outbox, None).unwrap();
        push(&outbox, 1..=3);
        outbox.heard(u64::MAX);
        assert_eq!(taken(&outbox, &line).unwrap(), "hello 1 2 3");
    }

    #[test]
    fn while_nobody_reads_both_bounds_hold() {
        let outbox = outbox(10, 20, 5);
        let line = connect(&outbox, None).unwrap();
        outbox.cut(&line);
        push(&outbox, 1..=100);
        assert_eq!(outbox.state.lock().ring.len(), 5);
        for _ in 0..100 {
            outbox.push("eight___".into());
        }
        let state = outbox.state.lock();
        assert_eq!((state.ring.len(), state.waiting_bytes, state.before), (2, 16, 198));
    }

    #[test]
    fn a_slow_reader_loses_the_socket_by_messages_or_by_bytes() {
        for (frames, frame) in [(4, "x"), (2, "sixty__sixty__sixty__sixty__sixty__sixty__")] {
            let outbox = outbox(3, 80, 10);
            let line = connect(&outbox, None).unwrap();
            for _ in 1..frames {
                outbox.push(frame.into());
            }
            assert_eq!(line.over().now_or_never(), None, "{frame}");
            outbox.push(frame.into());
            assert_eq!(line.over().now_or_never(), Some(CloseCode::SlowReader), "{frame}");
            assert_eq!(taken(&outbox, &line), None);
            // Its task is still the one that waits for a resume.
            assert!(outbox.cut(&line));
            assert_eq!(line.superseded().now_or_never(), None);
        }
        let outbox = outbox(3, 80, 10);
        let line = connect(&outbox, None).unwrap();
        taken(&outbox, &line).unwrap();
        for _ in 0..MAX_DIRECT {
            outbox.push_direct("pong".into());
        }
        assert_eq!(line.over().now_or_never(), None);
        outbox.push_direct("pong".into());
        assert_eq!(line.over().now_or_never(), Some(CloseCode::SlowReader));
    }

    #[test]
    fn what_a_resume_repeats_is_not_held_against_the_reader() {
        let outbox = outbox(10, 100, 10);
        let line = connect(&outbox, None).unwrap();
        outbox.cut(&line);
        for _ in 0..10 {
            outbox.push("ten_______".into());
        }
        let line = connect(&outbox, Some(0)).unwrap();
        push(&outbox, 0..=9);
        assert_eq!(line.over().now_or_never(), None);
        push(&outbox, 10..=10);
        assert_eq!(line.over().now_or_never(), Some(CloseCode::SlowReader));

        // Once it was sent, the bounds are the usual ones again.
        outbox.cut(&line);
        assert!(connect(&outbox, Some(10)).is_none());
        let line = connect(&outbox, Some(11)).unwrap();
        assert_eq!(outbox.state.lock().ring.len(), 10);
        taken(&outbox, &line).unwrap();
        push(&outbox, 1..=10);
        assert_eq!(line.over().now_or_never(), None);
        push(&outbox, 11..=11);
        assert_eq!(line.over().now_or_never(), Some(CloseCode::SlowReader));
    }

    #[test]
    fn what_was_sent_does_not_count_as_waiting() {
        let outbox = outbox(3, 80, 10);
        let line = connect(&outbox, None).unwrap();
        for n in 1..=100 {
            push(&outbox, n..=n);
            assert!(taken(&outbox, &line).unwrap().ends_with(&n.to_string()));
        }
        assert_eq!(line.over().now_or_never(), None);
        assert_eq!(outbox.state.lock().ring.len(), 10);
    }

    #[test]
    fn after_the_end_there_is_nothing() {
        let outbox = outbox(10, 100, 10);
        let line = connect(&outbox, None).unwrap();
        outbox.end(CloseCode::ShuttingDown);
        outbox.end(CloseCode::Silent);
        assert_eq!(line.over().now_or_never(), Some(CloseCode::ShuttingDown));
        assert_eq!(line.superseded().now_or_never(), Some(()));
        push(&outbox, 1..=3);
        assert!(outbox.state.lock().ring.is_empty());
        assert!(connect(&outbox, None).is_none() && !outbox.cut(&line));
    }
}
