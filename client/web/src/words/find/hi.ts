// What the page says about narrowing a search, in Hindi.

import type { Words } from "..";

export const narrow: Words["narrow"] = {
  title: "कौन-से संदेश",
  in: "कहाँ",
  everywhere: "हर जगह",
  by: "किसका",
  anybody: "किसी का भी",
  when: "कब",
  spans: { any: "कभी भी", day: "पिछला दिन", week: "पिछला हफ़्ता", month: "पिछला महीना" },
  older: "और पुराने संदेश",
};
