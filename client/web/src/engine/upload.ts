// A sound on its way to the server's store.
//
// Owns the request and its progress. Never tries again by itself: whoever sends decides.

import { Refusal } from "./refusal";

/** What the server says of a sound that it has. */
export interface Stored {
  blob: string;
  duration_ms: number;
}

/**
 * Uploads a sound. Rejects with a `Refusal`: `blob_invalid` where trying again is in vain.
 * @param onshare how much of it has gone out, 0–1
 */
export function upload(
  sound: Blob,
  token: string,
  onshare: (share: number) => void,
): Promise<Stored> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/blobs");
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onshare(total ? loaded / total : 0);
    request.onerror = () => fail(new Refusal("offline", "the server does not answer"));
    request.onload = () => {
      const { status, response } = request;
      if (status === 201 && isStored(response)) return done(response);
      const seconds = Number(request.getResponseHeader("Retry-After"));
      const after = seconds > 0 ? seconds * 1000 : undefined;
      fail(new Refusal(codeOf(status), `the upload was answered by ${status}`, after));
    };
    request.send(sound);
  });
}

function codeOf(status: number) {
  switch (status) {
    case 401:
      return "unauthorized";
    case 413:
    case 415:
    case 422:
      return "blob_invalid";
    case 429:
      return "rate_limited";
    case 503:
      return "busy";
    default:
      return "internal";
  }
}

function isStored(value: unknown): value is Stored {
  const stored = value as Partial<Stored> | null;
  return typeof stored?.blob === "string" && Number.isSafeInteger(stored.duration_ms);
}
