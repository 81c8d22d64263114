// All emoji, in the language that is spoken. Loaded when it is opened for the first time.

import { EmojiPicker, type Locale } from "frimousse";
import { Layer } from "../look/layer";
import { words } from "../words";

interface Props {
  at: DOMRect;
  onpick: (emoji: string) => void;
  onclose: () => void;
}

/** Where the build puts the names of all emoji. */
const NAMES = "/emoji";
const COLUMNS = 8;

export default function Picker({ at, onpick, onclose }: Props) {
  return (
    <Layer className="picker" anchor={at} onclose={onclose}>
      {(headingId) => (
        <>
          <h2 className="vh" id={headingId}>
            {words.chat.emoji}
          </h2>
          <EmojiPicker.Root
            className="emojis"
            columns={COLUMNS}
            emojibaseUrl={NAMES}
            locale={document.documentElement.lang as Locale}
            onEmojiSelect={({ emoji }) => onpick(emoji)}
          >
            <EmojiPicker.Search
              data-first
              aria-label={words.chat.emojiSearch}
              placeholder={words.chat.emojiSearch}
            />
            <EmojiPicker.Viewport className="emojis-all">
              <EmojiPicker.Loading>{words.chat.loading}</EmojiPicker.Loading>
              <EmojiPicker.Empty>{words.chat.emojiNone}</EmojiPicker.Empty>
              <EmojiPicker.List
                components={{
                  CategoryHeader: ({ category, ...props }) => (
                    <div className="emojis-h" {...props}>
                      {category.label}
                    </div>
                  ),
                  // Rows and columns are counted from 1, which the library does from 0.
                  Row: ({ children, "aria-rowindex": row = 0, ...props }) => (
                    // The keys belong to the field above.
                    // biome-ignore lint/a11y/useFocusableInteractive: see above
                    <div className="emojis-row" {...props} role="row" aria-rowindex={row + 1}>
                      {children}
                    </div>
                  ),
                  Emoji: ({ emoji, "aria-colindex": column = 0, ...props }) => (
                    <button type="button" {...props} role="gridcell" aria-colindex={column + 1}>
                      {emoji.emoji}
                    </button>
                  ),
                }}
              />
            </EmojiPicker.Viewport>
          </EmojiPicker.Root>
        </>
      )}
    </Layer>
  );
}
