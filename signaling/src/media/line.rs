//! How one voice's connection is, and when that is worth telling its owner.
//!
//! Owns the smoothing: a few lost packets are no weak line, and a weak one does not come and go
//! with every figure. Pure.

use hearth_protocol::{Leg, LineState, ParticipantNumber, VoiceQuality};
use hearth_sfu::Quality;

/// Above this share of lost packets a line is weak, below the second one it is not any more; 0–1.
const WEAK: f32 = 0.08;
const MENDED: f32 = 0.04;
/// Of the newest figure, so much goes into the mean.
const NEWEST: f32 = 0.5;
/// Without news, figures are told every so many intervals: 10 s. As often, a line that stays dead
/// is asked for a new path.
const PATIENCE: u32 = 5;

/// See the top of this file.
#[derive(Debug, Default)]
pub(super) struct Line {
    up_loss: f32,
    down_loss: f32,
    weak: bool,
    /// For how many figures nothing has got through one way.
    dead: u32,
    told: Option<News>,
    /// How many figures ago something was told.
    quiet: u32,
}

/// What is told at once when it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct News {
    state: Option<LineState>,
    unheard: Vec<ParticipantNumber>,
    deaf: Vec<ParticipantNumber>,
}

impl Line {
    /// Takes new figures; how the line is by them. `None`: there is nothing to say.
    pub(super) fn take(&mut self, quality: &Quality) -> Option<LineState> {
        self.up_loss += (quality.up_loss - self.up_loss) * NEWEST;
        self.down_loss += (quality.down_loss - self.down_loss) * NEWEST;
        let worse = self.up_loss.max(self.down_loss);
        self.weak = worse > if self.weak { MENDED } else { WEAK };
        if quality.silent || quality.deaf {
            self.dead = self.dead.saturating_add(1);
            return Some(LineState::Lost);
        }
        self.dead = 0;
        self.weak.then_some(LineState::Weak)
    }

    /// What its owner is to be told after [`take`](Self::take), if anything: news at once, figures
    /// now and then.
    pub(super) fn tell(
        &mut self,
        quality: &Quality,
        state: Option<LineState>,
        unheard: Vec<ParticipantNumber>,
        deaf: Vec<ParticipantNumber>,
    ) -> Option<VoiceQuality> {
        let news = News { state, unheard, deaf };
        let restart = self.dead % PATIENCE == 1;
        self.quiet += 1;
        if self.told.as_ref() == Some(&news) && !restart && self.quiet < PATIENCE {
            return None;
        }
        self.quiet = 0;
        self.told = Some(news.clone());
        let ms = |time: std::time::Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        Some(VoiceQuality {
            rtt_ms: quality.rtt.map(ms),
            up: Leg { loss_permille: permille(self.up_loss), jitter_ms: ms(quality.up_jitter) },
            down: Leg {
                loss_permille: permille(self.down_loss),
                jitter_ms: ms(quality.down_jitter),
            },
            unheard: news.unheard,
            deaf: news.deaf,
            restart,
        })
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
fn permille(share: f32) -> u16 {
    (share.clamp(0.0, 1.0) * 1000.0).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lossy(up_loss: f32) -> Quality {
        Quality { up_loss, ..Quality::default() }
    }

    #[test]
    fn a_line_becomes_weak_and_whole_again_once() {
        let mut line = Line::default();
        assert_eq!(line.take(&lossy(0.1)), None, "one bad figure");
        let mut states = Vec::new();
        for loss in [0.1, 0.1, 0.1, 0.06, 0.06, 0.06, 0.0, 0.1, 0.0] {
            states.push(line.take(&lossy(loss)));
        }
        let weak = states.iter().position(Option::is_some).unwrap();
        let whole = states.iter().rposition(Option::is_some).unwrap();
        assert!(states[weak..=whole].iter().all(|it| *it == Some(LineState::Weak)), "{states:?}");
        assert!(whole < states.len() - 1, "{states:?}");
    }

    #[test]
    fn news_is_told_at_once_and_figures_now_and_then() {
        let (mut line, quality) = (Line::default(), Quality::default());
        let mut told = |deaf: &[ParticipantNumber]| {
            let state = line.take(&quality);
            line.tell(&quality, state, Vec::new(), deaf.to_vec())
        };
        assert!(told(&[]).is_some());
        let quiet: Vec<bool> = (0..10).map(|_| told(&[]).is_some()).collect();
        assert_eq!(quiet.iter().filter(|told| **told).count(), 2, "{quiet:?}");
        let deaf = [ParticipantNumber(2)];
        assert_eq!(told(&deaf).unwrap().deaf, deaf);
        assert_eq!(told(&deaf), None);
        assert!(told(&[]).unwrap().deaf.is_empty());
    }

    #[test]
    fn a_dead_line_is_asked_for_a_new_path_again_and_again() {
        let mut line = Line::default();
        let dead = Quality { silent: true, ..Quality::default() };
        let mut asked = Vec::new();
        for at in 0..11 {
            let state = line.take(&dead);
            assert_eq!(state, Some(LineState::Lost));
            let told = line.tell(&dead, state, Vec::new(), Vec::new());
            if told.is_some_and(|told| told.restart) {
                asked.push(at);
            }
        }
        assert_eq!(asked, [0, 5, 10]);
        let state = line.take(&Quality::default());
        let told = line.tell(&Quality::default(), state, Vec::new(), Vec::new()).unwrap();
        assert!(!told.restart);
    }
}
