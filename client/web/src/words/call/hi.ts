// What the page says about calls, in Hindi.

import type { Words } from "..";

export const call: Words["call"] = {
  start: "कॉल करें",
  bar: (name) => `${name} से कॉल`,
  coming: (name) => `${name} की कॉल आ रही है`,
  hold: (room) => `उठाने पर आप ${room} से बाहर आ जाएँगे।`,
  plain: "उठाने पर आप दोनों ही बात करेंगे, कोई और नहीं सुनेगा।",
  left: (seconds) => `${seconds} सेकंड बाकी`,
  answer: "उठाएँ",
  decline: "मना करें",
  asking: (name) => `${name} को कॉल जा रही है`,
  askingHint: "उधर घंटी बज रही है।",
  takeBack: "कॉल रद्द करें",
  opening: (name) => `${name} से लाइन खुल रही है`,
  talking: (name) => `${name} से बात हो रही है`,
  away: (room) => `${room} में आप न कुछ सुनते हैं, न भेजते हैं।`,
  alone: "इसे कोई और नहीं सुनता।",
  muted: (name) => `आप म्यूट हैं। ${name} को कुछ सुनाई नहीं देता।`,
  hangUp: "कॉल काटें",
  again: "फिर कॉल करें",
  back: "वापस कॉल करें",
  backTo: (room) => `${room} में वापस`,
  length: "कॉल की अवधि",
  how: {
    declined: (name) => `${name} अभी बात नहीं कर सकते।`,
    unanswered: (name) => `${name} ने नहीं उठाया; उन्हें छूटी हुई कॉल दिखेगी।`,
    offline: (name) => `${name} यहाँ नहीं हैं; उन्हें छूटी हुई कॉल दिखेगी।`,
    busy: (name) => `${name} दूसरी कॉल पर हैं; उन्हें छूटी हुई कॉल दिखेगी।`,
    elsewhere: (name) =>
      `${name} इस सर्वर के दूसरे नोड पर हैं, आवाज़ की पहुँच से बाहर; उन्हें छूटी हुई कॉल दिखेगी।`,
    refused: (name) => `${name} को कॉल नहीं हो सकी। थोड़ी देर में फिर कोशिश करें।`,
    missed: (name) => `${name} की कॉल छूट गई।`,
    over: (name, length) => `${name} से कॉल ${length} बाद समाप्त हुई।`,
    cut: (name) => `${name} से कॉल कट गई।`,
  },
  sounds: ["कॉल पर घंटी बजे", "वरना कॉल केवल दिखती और बताई जाती है।"],
};
