/** Who may draw on what we share. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Annotators as Who } from "../client/annotations";
import { Glyph } from "../room/glyphs";
import { Icon } from "../room/icons";
import { Choice, Menu } from "../room/menu";
import type { OverModel } from "./over_model";

interface Props {
  over: OverModel;
  track: string;
  class: string;
}

export function Annotators({ over, track, class: className }: Props): JSX.Element {
  const { annotations, room } = over;
  const who = useSignal<Who>(annotations.annotators(track));
  useEffect(() => {
    const look = () => {
      who.value = annotations.annotators(track);
    };
    look();
    return annotations.on("changed", look);
  }, [annotations, track]);
  const chosen = who.value;
  const named = typeof chosen === "string" ? [] : chosen;
  const people = room.model.people.value.filter(({ self }) => !self);
  const toggle = (id: string) =>
    annotations.allow(track, named.includes(id) ? named.filter((one) => one !== id) : [...named, id]);
  const words =
    chosen === "all" ? "everyone" : chosen === "none" || named.length === 0 ? "nobody else" : "chosen people";
  return (
    <Menu
      label={`Who may draw: ${words}`}
      tip="Who may draw"
      class={className}
      icon={
        <>
          <Glyph name="people" />
          {className !== "mark-tool" && (
            <span>
              <span class="wide-only">Who may draw: </span>
              {words}
            </span>
          )}
        </>
      }
    >
      <Choice chosen={chosen === "all"} onChoose={() => annotations.allow(track, "all")}>
        Everyone may draw
      </Choice>
      <Choice chosen={chosen === "none"} onChoose={() => annotations.allow(track, "none")}>
        Nobody else may draw
      </Choice>
      {people.length > 0 && <hr />}
      {people.map(({ id, name }) => (
        <button
          key={id}
          type="button"
          role="menuitemcheckbox"
          aria-checked={named.includes(id)}
          tabIndex={-1}
          onClick={(event) => {
            // Several are chosen in a row: the menu stays.
            event.stopPropagation();
            toggle(id);
          }}
        >
          <span class="words">
            <bdi>{name}</bdi>
          </span>
          {named.includes(id) && <Icon name="check" />}
        </button>
      ))}
    </Menu>
  );
}
