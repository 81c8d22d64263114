//! How loud some sound is.
//!
//! Owns the measure of RFC 6464. Pure.

/// The level of `pcm` in −dBov (RFC 6464 §3): 0 for the loudest possible, 127 for silence.
pub(crate) fn of(pcm: &[i16]) -> u8 {
    if pcm.is_empty() {
        return 127;
    }
    let power: f64 = pcm.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
    let rms = (power / pcm.len() as f64).sqrt() / 32768.0;
    if rms <= 0.0 { 127 } else { (-20.0 * rms.log10()).round().clamp(0.0, 127.0) as u8 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_127_and_a_full_square_0() {
        assert_eq!(of(&[]), 127);
        assert_eq!(of(&[0; 960]), 127);
        assert_eq!(of(&[i16::MIN; 960]), 0);
        assert_eq!(of(&[3277; 960]), 20);
    }
}
