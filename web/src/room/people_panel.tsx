/** Who is in the room, who waits outside, and what a host can do about it. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Role } from "../client";
import type { Actions } from "./actions";
import { Avatar } from "./avatar";
import { Icon } from "./icons";
import { Choice, Item, Menu } from "./menu";
import type { Person, RoomModel } from "./room_model";
import { Switch } from "./switch";
import { peopleWords, ROLE_WORDS } from "./words";

interface Props {
  model: RoomModel;
  actions: Actions;
}

const ROLES: readonly Role[] = ["viewer", "participant", "presenter", "host"];

export function PeoplePanel({ model, actions }: Props): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  const close = () => {
    actions.peopleOpen.value = false;
  };
  const unlisted = model.count.value - model.people.value.length;
  return (
    <aside
      class="panel"
      aria-label="People"
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <div class="panel-head">
        <h2 ref={heading} tabIndex={-1}>
          {peopleWords(model.count.value)}
        </h2>
        <button type="button" class="button quiet icon-only" aria-label="Close people" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to scroll by keyboard */}
      <section class="panel-body" tabIndex={0} aria-label="List of people">
        <Knocking model={model} actions={actions} />
        <div>
          <ul>
            {model.people.value.map((person) => (
              <PersonRow key={person.id} person={person} model={model} actions={actions} />
            ))}
          </ul>
          {unlisted > 0 && <p class="muted">and {unlisted} more</p>}
        </div>
      </section>
      <PanelFoot model={model} actions={actions} />
    </aside>
  );
}

function Knocking({ model, actions }: Props): JSX.Element | null {
  const waiting = model.knocking.value;
  if (waiting.length === 0) return null;
  return (
    <section aria-label="Waiting to be let in">
      <h3>Waiting to be let in</h3>
      <ul>
        {waiting.map(({ id, name, identity }) => (
          <li class="person" key={id}>
            <Avatar name={name} identity={identity} />
            <bdi class="who clipped">{name}</bdi>
            <button
              type="button"
              class="button quiet small"
              aria-label={`Deny ${name}`}
              onClick={() => void actions.moderate({ action: "deny", participant: id })}
            >
              Deny
            </button>
            <button
              type="button"
              class="button primary small"
              aria-label={`Admit ${name}`}
              onClick={() => void actions.moderate({ action: "admit", participant: id })}
            >
              Admit
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function PersonRow({ person, model, actions }: Props & { person: Person }): JSX.Element {
  const facts = [
    person.self ? "You" : "",
    person.role === "participant" ? "" : (ROLE_WORDS[person.role] ?? person.role),
  ];
  if (person.away) facts.push("reconnecting");
  if (person.screen) facts.push("sharing a screen");
  if (person.looking !== "" && !person.self) facts.push(person.looking);
  return (
    <li class="person">
      <Avatar name={person.name} identity={person.identity} />
      <div class="who">
        <bdi class="clipped" style={{ display: "block" }}>
          {person.name}
        </bdi>
        <small>{factsWords(facts)}</small>
      </div>
      <span class="marks">
        {person.hand && (
          <span class="raised" role="img" aria-label="Hand raised">
            <Icon name="hand" />
          </span>
        )}
        <span role="img" aria-label={person.microphone === "on" ? "Microphone on" : "Muted"}>
          <Icon name={person.microphone === "on" ? "microphone" : "microphoneOff"} />
        </span>
      </span>
      {!person.self && <PersonMenu person={person} model={model} actions={actions} />}
    </li>
  );
}

/** What there is to say of somebody, as one line. */
function factsWords(facts: readonly string[]): string {
  const said = facts.filter((fact) => fact !== "").join(" · ");
  return said.slice(0, 1).toUpperCase() + said.slice(1);
}

function PersonMenu({ person, model, actions }: Props & { person: Person }): JSX.Element | null {
  const mayMute = model.allowed("mute_others") && person.microphone === "on";
  const moderates = model.allowed("moderate");
  const mayWrite = model.allowed("chat");
  if (!model.allowed("mute_others") && !moderates) {
    return (
      <>
        {mayWrite && (
          <button
            type="button"
            class="button quiet small icon-only"
            aria-label={`Message ${person.name}`}
            onClick={() => actions.writeTo(person.identity)}
          >
            <Icon name="chat" />
          </button>
        )}
        <PinItemButton person={person} model={model} />
      </>
    );
  }
  return (
    <Menu label={`Actions for ${person.name}`} class="button quiet small icon-only" icon="more">
      <Item icon="pin" onChoose={() => model.pin(`camera ${person.id}`)}>
        Pin
      </Item>
      {mayMute && (
        <Item icon="microphoneOff" onChoose={() => void actions.muteOther(person)}>
          Mute
        </Item>
      )}
      {mayWrite && (
        <Item icon="chat" onChoose={() => actions.writeTo(person.identity)}>
          Message
        </Item>
      )}
      {moderates && person.hand && (
        <Item
          icon="hand"
          onChoose={() => void actions.moderate({ action: "lower_hand", participant: person.id })}
        >
          Lower hand
        </Item>
      )}
      {moderates && (
        <>
          <hr />
          {ROLES.map((role) => (
            <Choice
              key={role}
              chosen={person.role === role}
              onChoose={() => void actions.setRole(person, role)}
            >
              {ROLE_WORDS[role]}
            </Choice>
          ))}
          <hr />
          <Item
            icon="remove"
            danger
            onChoose={() => void actions.moderate({ action: "remove", participant: person.id })}
          >
            Remove
          </Item>
          <Item
            icon="lock"
            danger
            onChoose={() => void actions.moderate({ action: "remove", participant: person.id, ban: true })}
          >
            Remove and keep out
          </Item>
        </>
      )}
    </Menu>
  );
}

function PinItemButton({ person, model }: { person: Person; model: RoomModel }): JSX.Element {
  const key = `camera ${person.id}`;
  return (
    <button
      type="button"
      class="button quiet small icon-only"
      aria-label={`Pin ${person.name}`}
      aria-pressed={model.pinned.value === key}
      onClick={() => model.pin(key)}
    >
      <Icon name="pin" />
    </button>
  );
}

function PanelFoot({ model, actions }: Props): JSX.Element {
  return (
    <div class="panel-foot">
      <button type="button" class="button" onClick={() => void actions.copyInvitation()}>
        <Icon name={actions.copied.value ? "check" : "link"} />
        {actions.copied.value ? "Copied" : "Copy invitation"}
      </button>
      {model.allowed("mute_others") && (
        <button
          type="button"
          class="button quiet"
          onClick={() => void actions.moderate({ action: "mute_all" })}
        >
          <Icon name="microphoneOff" />
          Mute everyone else
        </button>
      )}
      {model.allowed("moderate") && (
        <>
          <Switch
            label="Newcomers wait to be let in"
            on={model.lobby.value}
            onChange={(enabled) => void actions.moderate({ action: "lobby", enabled })}
          />
          <Switch
            label="Lock: nobody new may enter"
            on={model.locked.value}
            onChange={(locked) => void actions.moderate({ action: "lock", locked })}
          />
        </>
      )}
    </div>
  );
}
