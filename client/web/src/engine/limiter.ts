// What makes louder without clipping.
//
// Owns the two steps between a gain and the ear: a compressor that turns down what is too loud, and a
// curve that bends what comes faster than it can follow. Never louder than full scale.

/** Up to here the curve changes nothing; 0–1. */
const STRAIGHT = 0.7;
/** Nothing that leaves is louder; 0–1. */
const MOST = 0.98;
const POINTS = 4097;

/** Puts a limiter before the ear of a context; what is connected to it is heard through it. */
export function limiter(context: BaseAudioContext): AudioNode {
  const compressor = new DynamicsCompressorNode(context, {
    threshold: -6,
    knee: 0,
    ratio: 20,
    attack: 0.002,
    release: 0.1,
  });
  // Oversampled, it would swing beyond the ends of the curve.
  const bend = new WaveShaperNode(context, { curve: curve(), oversample: "none" });
  compressor.connect(bend).connect(context.destination);
  return compressor;
}

/** Straight in the middle and ever flatter towards the ends, beyond which all is as at the end. */
export function curve(): Float32Array<ArrayBuffer> {
  const room = MOST - STRAIGHT;
  return Float32Array.from({ length: POINTS }, (_, at) => {
    const x = (at / (POINTS - 1)) * 2 - 1;
    const over = Math.abs(x) - STRAIGHT;
    if (over <= 0) return x;
    return Math.sign(x) * (STRAIGHT + room * Math.tanh(over / room));
  });
}
