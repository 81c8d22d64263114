// The place that messages will have.

import { words } from "../words";

export function ChatPlace() {
  return (
    <section className="chat" aria-label={words.chat.title}>
      <div className="log blank">
        <p>{words.chat.blank}</p>
      </div>
    </section>
  );
}
