/** Films of a recording: to order, to wait for, to take along. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { Glyph } from "../replay/icons";
import { Dialog } from "../room/dialog";
import { Icon } from "../room/icons";
import {
  type Film,
  FORMATS,
  type FormatId,
  filmName,
  filmWords,
  isUnderWay,
  LAYOUTS,
  type LayoutId,
} from "./film";
import type { FilmRequests } from "./film_requests";
import { FilmsModel } from "./films_model";
import { LayoutSketch } from "./layout_sketch";
import "./films.css";

const LOOK_MS = 1_000;

export interface FilmsDialogProps {
  requests: FilmRequests;
  /** Which recording it is, where the page does not say. */
  of?: string;
  onClose: () => void;
}

export default function FilmsDialog({ requests, of, onClose }: FilmsDialogProps): JSX.Element {
  const model = useMemo(() => new FilmsModel(requests), [requests]);
  const underWay = model.isUnderWay.value;
  useEffect(() => void model.look(), [model]);
  useEffect(() => {
    if (!underWay) return;
    const timer = setInterval(() => void model.look(), LOOK_MS);
    return () => clearInterval(timer);
  }, [model, underWay]);
  const films = model.films.value ?? [];
  return (
    <Dialog title="Make a film" onClose={onClose}>
      <div class="stack films">
        <p class="muted">
          One file of {of ?? "the whole recording"}, to keep or to send. You may close this meanwhile.
        </p>
        <OrderForm model={model} />
        {films.length > 0 && (
          <section aria-label="Films">
            <ul>
              {films.map((film) => (
                <FilmRow key={film.id} model={model} film={film} />
              ))}
            </ul>
          </section>
        )}
        {model.problem.value !== "" && (
          <p class="note" role="alert">
            <Icon name="warning" />
            {model.problem.value}
          </p>
        )}
        <p class="unseen" role="status" aria-live="polite">
          {model.said.value}
        </p>
      </div>
    </Dialog>
  );
}

function OrderForm({ model }: { model: FilmsModel }): JSX.Element {
  const layout = useSignal<LayoutId>("grid");
  const format = useSignal<FormatId>("mp4");
  const there = model.of(layout.value, format.value);
  const words =
    there?.state === "finished"
      ? "Made already"
      : there && isUnderWay(there)
        ? "Being made"
        : "Make the film";
  const ready = words === "Make the film";
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void model.order(layout.peek(), format.peek());
      }}
    >
      <fieldset class="film-layouts">
        <legend class="label">Layout</legend>
        {LAYOUTS.map(({ id, words: name, hint }) => (
          <label key={id}>
            <input
              type="radio"
              name="layout"
              aria-label={`${name}: ${hint}`}
              checked={layout.value === id}
              onChange={() => {
                layout.value = id;
              }}
            />
            <LayoutSketch layout={id} />
            <strong>{name}</strong>
            <small>{hint}</small>
          </label>
        ))}
      </fieldset>
      <div class="film-order">
        <fieldset class="film-formats">
          <legend class="label">Format</legend>
          {FORMATS.map(({ id, words: name, hint }) => (
            <label key={id} title={hint}>
              <input
                type="radio"
                name="format"
                aria-label={`${name}: ${hint}`}
                checked={format.value === id}
                onChange={() => {
                  format.value = id;
                }}
              />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
        <button type="submit" class="button primary" aria-disabled={!ready}>
          {words}
        </button>
      </div>
    </form>
  );
}

function FilmRow({ model, film }: { model: FilmsModel; film: Film }): JSX.Element {
  const name = filmName(film);
  return (
    <li class="film" data-state={film.state}>
      <div class="film-facts">
        <strong>{name}</strong>
        <span class={film.state === "failed" ? "failed" : "muted"}>{filmWords(film)}</span>
        {film.state === "running" && <progress aria-label={name} max={1} value={film.progress} />}
      </div>
      <div class="film-acts">
        {film.state === "failed" && (
          <button
            type="button"
            class="button quiet small"
            aria-label={`Try again: ${name}`}
            onClick={() => void model.order(film.layout as LayoutId, film.format as FormatId)}
          >
            Try again
          </button>
        )}
        {film.state === "finished" && (
          <a
            class="button small"
            href={model.requests.url(film.id)}
            download=""
            aria-label={`Download ${name}`}
          >
            <Glyph name="download" />
            Download
          </a>
        )}
        {isUnderWay(film) ? (
          <button
            type="button"
            class="button quiet small"
            aria-label={`Cancel ${name}`}
            onClick={() => void model.remove(film)}
          >
            Cancel
          </button>
        ) : (
          <SureButton
            words="Delete"
            of={name}
            sureWords="Really delete"
            onSure={() => void model.remove(film)}
          />
        )}
      </div>
    </li>
  );
}

export interface SureButtonProps {
  words: string;
  /** What it is about, for who hears the button alone. */
  of: string;
  sureWords: string;
  onSure: () => void;
}

/** A button that asks once more before it does something that cannot be undone. */
export function SureButton({ words, of, sureWords, onSure }: SureButtonProps): JSX.Element {
  const sure = useSignal(false);
  return (
    <button
      type="button"
      class={sure.value ? "button danger small" : "button quiet small"}
      aria-label={`${sure.value ? sureWords : words} ${of}`}
      onBlur={() => {
        sure.value = false;
      }}
      onClick={() => {
        if (sure.peek()) onSure();
        sure.value = !sure.peek();
      }}
    >
      {sure.value ? sureWords : words}
    </button>
  );
}
