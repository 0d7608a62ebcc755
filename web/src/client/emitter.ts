/** Listeners by the name of an event. */

export class Emitter<Events> {
  private readonly listeners = new Map<keyof Events, Set<(event: never) => void>>();

  /** Calls `listener` for every event of that name; returns the call that stops it. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners);
    listeners.add(listener as (event: never) => void);
    return () => listeners.delete(listener as (event: never) => void);
  }

  /** Tells the listeners, in the order they came. One that throws does not keep the event from the others. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) {
      try {
        listener(event as never);
      } catch (error) {
        // Uncaught in a task of its own: the page's developer sees it, the meeting goes on.
        setTimeout(() => {
          throw error;
        });
      }
    }
  }
}
