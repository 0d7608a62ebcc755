/**
 * What the address of a replay says: `/replay/{recording}#token=…&t=83.5`. Token and moment stand behind the `#`, which
 * no server is sent. A token for films, `films=…`, is kept by the page: links to a moment do not pass it on.
 */

import { readMoment, writeMoment } from "./times";

export interface ReplayAddress {
  /** Empty: none. */
  readonly recording: string;
  readonly token: string;
  readonly atMs: number;
  /** Empty: no films are made from this page. */
  readonly films: string;
}

export function readAddress({ pathname, hash }: Pick<Location, "pathname" | "hash">): ReplayAddress {
  const [, first, recording = ""] = pathname.split("/");
  const fragment = new URLSearchParams(hash.replace(/^#/, ""));
  return {
    recording: first === "replay" ? safelyDecoded(recording) : "",
    token: fragment.get("token") ?? "",
    films: fragment.get("films") ?? "",
    atMs: readMoment(fragment.get("t")) ?? 0,
  };
}

/** The same recording at another moment. */
export function linkTo({ token }: Pick<ReplayAddress, "token">, atMs: number): string {
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

/** The token for films of this recording: from the address, where nobody shall copy it from, or from before. */
export function keptFilmsToken(
  address: ReplayAddress,
  kept: () => Pick<Storage, "getItem" | "setItem">,
  forget: (link: string) => void,
): string {
  const name = `sfumato.films.${address.recording}`;
  try {
    // Reading `sessionStorage` alone may throw.
    if (address.films === "") return kept().getItem(name) ?? "";
    kept().setItem(name, address.films);
  } catch {
    // A browser that keeps nothing: it is good until the page is loaded again.
  }
  forget(linkTo(address, address.atMs));
  return address.films;
}
