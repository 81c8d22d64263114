// What the page says about voice messages, in Hindi.

import type { Words } from "..";

export const sound: Words["sound"] = {
  title: "आवाज़ संदेश",
  record: "आवाज़ संदेश रिकॉर्ड करें",
  recording: "आवाज़ संदेश की रिकॉर्डिंग",
  now: "रिकॉर्ड हो रहा है",
  paused: "रुका हुआ",
  most: "अधिकतम",
  discard: "हटाएँ",
  discardLabel: "रिकॉर्डिंग हटाएँ",
  pause: "रिकॉर्डिंग रोकें",
  resume: "रिकॉर्डिंग जारी रखें",
  listen: "पहले सुनें",
  send: "आवाज़ संदेश भेजें",
  sending: "भेजा जा रहा है",
  again: "फिर कोशिश करें",
  offline: "सर्वर जवाब नहीं दे रहा। आपकी रिकॉर्डिंग रखी हुई है।",
  refused: "सर्वर यह रिकॉर्डिंग नहीं लेता।",
  fresh: "नहीं सुना",
  play: "आवाज़ संदेश चलाएँ",
  stop: "आवाज़ संदेश रोकें",
  position: "स्थान",
  failed: "यह अभी नहीं चल सकता।",
  length: (seconds) => `${seconds} सेकंड`,
  at: (seconds, all) => `${all} में से ${seconds} सेकंड`,
  speed: (speed) => `गति ${speed} गुना। बदलें`,
  gain: (gain) => `तेज़: ${gain} गुना। बदलें`,
};
