/**
 * What the address of a replay says: `/replay/{recording}#token=…&t=83.5`. Token and moment stand behind the `#`, which
 * no server is sent.
 */

import { readMoment, writeMoment } from "./times";

export interface ReplayAddress {
  /** Empty: none. */
  readonly recording: string;
  readonly token: string;
  readonly atMs: number;
}

export function readAddress({ pathname, hash }: Pick<Location, "pathname" | "hash">): ReplayAddress {
  const [, first, recording = ""] = pathname.split("/");
  const fragment = new URLSearchParams(hash.replace(/^#/, ""));
  return {
    recording: first === "replay" ? safelyDecoded(recording) : "",
    token: fragment.get("token") ?? "",
    atMs: readMoment(fragment.get("t")) ?? 0,
  };
}

/** The same recording at another moment. */
export function linkTo({ token }: ReplayAddress, atMs: number): string {
  const fragment = new URLSearchParams();
  if (token !== "") fragment.set("token", token);
  fragment.set("t", writeMoment(atMs));
  return `#${fragment}`;
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
